"""KDMs as they arrive, alone or in a mail; and the keys of one for a whole package."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.secrets.keys import merged
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


MOST_MESSAGES = 200
"""KDMs of one mail or archive that are judged for a package."""


@dataclass(frozen=True)
class Message:
    """A KDM as it was handed over. where: its file; of a mail or an archive, with its name in there."""

    where: str
    data: bytes = field(repr=False)


def read_message(path: Path, recipient: Certificate | None = None) -> tuple[bytes, Text | None]:
    """A KDM's bytes, and what was decided: an e-mail or a ZIP archive is opened, and of several KDMs in it
    the one for the recipient is taken.

    Whatever is none of these is handed on as it is, bounded; it is for the checklist to say what it is.
    UsageError when the file cannot be read, or it cannot be told which KDM of it is meant.
    """
    data = _bytes_of(path)
    if _is_alone(data):
        return data, None
    from kdm.diagnose.reading import find_kdms

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


def read_messages(path: Path, recipient: Certificate | None = None) -> tuple[Message, ...]:
    """A KDM's bytes, each of a mail or an archive: those for the recipient where some are, else all.

    UsageError when the file cannot be read, or no KDM is in it.
    """
    data = _bytes_of(path)
    if _is_alone(data):
        return (Message(str(path), data),)
    from kdm.diagnose.reading import find_kdms

    inside = [file for file in find_kdms([path]) if file.message is not None]
    if not inside:
        raise UsageError("flags.no-kdm-inside", where=path)
    meant = [file for file in inside if recipient is not None and _is_for(file, recipient)] or inside
    return tuple(Message(file.where, file.data) for file in meant)


def keys_for_verifying(
    messages: Sequence[Message],
    package: Path,
    *,
    private_key: Decrypter,
    recipient: Certificate | None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    now: datetime,
    several: bool = False,
) -> tuple[Keyring | None, tuple[KdmFacts, ...]]:
    """The keys of the KDMs that are for a package's compositions, and what is to be reported of them.

    Whatever is wrong with a message is left to the findings: its window (KDM-002, KDM-003), a step that
    refuses it, keys that it lacks. The keys are those of messages that nothing in themselves refuses,
    whatever the playlist says against them. Of several messages for one composition the best one counts.
    several: the package is one of several, and a KDM for another of them is none for this one.
    """
    from dcp.package.package import survey_package

    surveyed = survey_package(package).documents
    playlists = {getattr(d.value, "id", None): d.data for d in surveyed if d.kind == "composition"}

    def judged(message: Message, cpl: bytes | None) -> KdmReport:
        from kdm.checklist import check_kdm

        return check_kdm(
            message.data,
            private_key=private_key,
            recipient=recipient,
            cpl=cpl,
            trust=trust,
            revoked=revoked,
            now=now,
            window="report",
            where=message.where,
        )

    best: dict[uuid.UUID | None, tuple[KdmReport, KdmReport]] = {}
    for message in messages[:MOST_MESSAGES]:
        alone = judged(message, None)
        named = alone.message.composition_playlist_id if alone.message is not None else None
        cpl = playlists.get(named) if named is not None else None
        found = (alone, alone if cpl is None else judged(message, cpl))
        if named not in best or _merit(found, now) > _merit(best[named], now):
            best[named] = found
    own = [found for named, found in best.items() if named is not None and named in playlists]
    if not own and several:
        return None, ()
    taken = own or list(best.values())
    rings = [alone.keyring for alone, _ in taken if alone.keyring is not None]
    return (merged(rings) if rings else None), tuple(map(facts_of, taken))


def facts_of(found: tuple[KdmReport, KdmReport]) -> KdmFacts:
    """What verification is told of a message: judged by itself, and together with its playlist."""
    from dcp.verify.facts import KdmFacts, KdmStep
    from kdm.phrases import Saying

    alone, whole = found
    message = whole.message
    steps = tuple(
        KdmStep(each.step, Saying(each.text), Saying(each.remedy), each.result == "warn")
        for each in whole.findings
    )
    if message is None:
        return KdmFacts(None, None, None, frozenset(), whole.where, steps)
    return KdmFacts(
        cpl_id=message.composition_playlist_id,
        not_valid_before=message.content_keys_not_valid_before,
        not_valid_after=message.content_keys_not_valid_after,
        key_ids=frozenset(key_id for _, _, key_id in message.keys),
        file=whole.where,
        steps=steps,
        opened=alone.keyring is not None,
    )


# --- how it is done -----


def _bytes_of(path: Path) -> bytes:
    from dcp.texts.system import why
    from kdm.message import MAX_MESSAGE_BYTES

    try:
        with path.open("rb") as stream:
            return stream.read(MAX_MESSAGE_BYTES + 1)
    except OSError as error:
        raise UsageError("flags.kdm-unreadable", where=path, why=why(error)) from None


def _is_alone(data: bytes) -> bool:
    """Whether it is no mail and no archive."""
    if data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):  # as nearly all are
        return True
    from kdm.diagnose.reading import kind_of

    return kind_of(data) not in ("mail", "archive")


def _merit(found: tuple[KdmReport, KdmReport], now: datetime) -> tuple[bool, bool, bool]:
    alone, whole = found
    start, end = alone.message.window if alone.message is not None else (now, now)
    return alone.keyring is not None, start <= now <= end, not whole.failures
