"""KDMs as they arrive, alone or in a mail; and the keys of one for a whole package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import UsageError
from dcp.texts.catalogue import text

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring
    from dcp.texts.catalogue import Text
    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from dcp.verify.facts import KdmFacts
    from kdm.block import Decrypter
    from kdm.checklist import KdmReport
    from kdm.diagnose.reading import KdmFile


def read_message(path: Path, recipient: Certificate | None = None) -> tuple[bytes, Text | None]:
    """A KDM's bytes, and what was decided: an e-mail or a ZIP archive is opened, and of several KDMs in it
    the one for the recipient is taken.

    Whatever is none of these is handed on as it is, bounded; it is for the checklist to say what it is.
    UsageError when the file cannot be read, or it cannot be told which KDM of it is meant.
    """
    from dcp.texts.system import why
    from kdm.message import MAX_MESSAGE_BYTES

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_MESSAGE_BYTES + 1)
    except OSError as error:
        raise UsageError("flags.kdm-unreadable", where=path, why=why(error)) from None
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):  # as nearly all are
        return data, None
    from kdm.diagnose.reading import find_kdms, kind_of

    if kind_of(data) not in ("mail", "archive"):
        return data, None
    inside = [file for file in find_kdms([path]) if file.message is not None]
    meant = inside
    if len(inside) > 1 and recipient is not None:
        meant = [file for file in inside if _is_for(file, recipient)]
    if not inside:
        raise UsageError("flags.no-kdm-inside", where=path)
    if len(meant) != 1:
        names = [file.where.rpartition("/")[2] for file in inside[:6]]
        if recipient is None:
            raise UsageError("flags.which-kdm-inside", where=path, kdms=len(inside), names=names)
        raise UsageError(
            "flags.several-kdms-inside", where=path, kdms=len(inside), fitting=len(meant), names=names
        )
    return meant[0].data, text("flags.took-kdm-inside", path=meant[0].where, kdms=len(inside))


def _is_for(file: KdmFile, certificate: Certificate) -> bool:
    from dcp.trust.name_text import names_equal

    assert file.message is not None
    serial = file.message.recipient.x509_issuer_serial
    fields = certificate.fields
    return (
        fields.issuer is not None
        and serial.x509_serial_number == fields.serial
        and names_equal(serial.x509_issuer_name, fields.issuer)
    )


def keys_for_verifying(
    data: bytes,
    package: Path,
    *,
    private_key: Decrypter,
    recipient: Certificate | None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    now: datetime,
    where: str | Path = "the KDM",
    several: bool = False,
) -> tuple[Keyring | None, tuple[KdmFacts, ...]]:
    """The KDM's keys, its window left to the findings (KDM-002, KDM-003). RefusedError for anything else.

    several: the package is one of several, and a KDM for another of them is none for this one.
    """
    from dcp.package.package import survey_package
    from dcp.verify.facts import KdmFacts
    from kdm.checklist import check_kdm
    from kdm.receive import keys_of

    playlists = [document for document in survey_package(package).documents if document.kind == "composition"]

    def judged(cpl: bytes | None) -> KdmReport:
        return check_kdm(
            data,
            private_key=private_key,
            recipient=recipient,
            cpl=cpl,
            trust=trust,
            revoked=revoked,
            now=now,
            window="report",
            where=where,
        )

    report = judged(None)
    if report.message is not None:
        named = report.message.composition_playlist_id
        fitting = next((d for d in playlists if getattr(d.value, "id", None) == named), None)
        if fitting is not None:
            report = judged(fitting.data)
        elif several:
            return None, ()
    keys = keys_of(report)
    message = report.message
    assert message is not None  # or it would have been refused
    return keys, (
        KdmFacts(
            cpl_id=message.composition_playlist_id,
            not_valid_before=message.content_keys_not_valid_before,
            not_valid_after=message.content_keys_not_valid_after,
            key_ids=frozenset(key.id for key in keys.keys),
            file=str(where),
        ),
    )
