"""`dcpkit kdm diagnose`: why will it not play?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import CertificateError, UsageError
from dcpkit.colours import paint
from dcpkit.console import answer, progress
from dcpkit.keying import anchors, certificates_in, deny_list, read_identity, tell_enclosed
from dcpkit.options import A_KEY, A_PATH, TRUST_HELP, KeySource, clock_and_zone, common, deny_lists
from dcpkit.packages import one_package, playlists_in
from dcpkit.secrets import unlocking
from dcpkit.speaking import asked_language, language

if TYPE_CHECKING:
    from dcp.trust.certificate import Certificate
    from kdm.block import Decrypter
    from kdm.diagnose.reading import KdmFile


@click.command()
@click.option("--cpl", "playlist", type=A_PATH, help="The composition playlist that will not play.")
@click.option("--dcp", "package", type=A_PATH, help="Its package, in place of --cpl.")
@click.option(
    "--kdm", type=A_PATH, multiple=True, help="A KDM, a folder, ZIP archive or e-mail (.eml) of them; repeat."
)
@click.option("--certificate", type=A_PATH, help="The certificate of the screen's server (PEM).")
@click.option("--key", "private_key", type=A_KEY, help="The private key that goes with it (PEM, pkcs11:).")
@unlocking
@click.option("--device", type=A_PATH, multiple=True, help="Certificates of attached devices.")
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@deny_lists
@clock_and_zone
@common
def diagnose(
    playlist: Path | None,
    package: Path | None,
    kdm: Sequence[Path],
    certificate: Path | None,
    private_key: KeySource | None,
    device: Sequence[Path],
    trust: Sequence[Path],
    deny: Sequence[Path],
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Say in plain words why a composition will not play: one cause, and what to do."""
    from dcp.trust.certificate import read_bounded
    from kdm.diagnose.diagnosis import diagnose as find_cause
    from kdm.diagnose.reading import find_kdms
    from kdm.diagnose.report import diagnosis_json, diagnosis_lines

    if (playlist is None) == (package is None):
        raise UsageError("flags.which-composition")
    key: Decrypter | None = None
    given: bytes | Certificate | None = None
    if private_key is not None:
        key, given = read_identity(private_key, certificate)
    elif certificate is not None:
        given = read_bounded(certificate, meant="leaf.pem")
        with suppress(CertificateError):  # what is wrong with it is for the diagnosis to say
            tell_enclosed(given, certificate)
    else:
        raise UsageError("flags.which-server")
    files = []
    with progress("reading-kdms", "kdms", quiet=quiet) as advance:
        for number, file in enumerate(find_kdms(kdm), 1):
            files.append(file)
            advance(number, 0)
    data, where = _playlist(playlist, package, files)
    found = find_cause(
        files,
        cpl=data,
        certificate=given,
        private_key=key,
        devices=[one for path in device for one in certificates_in(path)],
        trust=anchors(trust),
        revoked=deny_list(deny),
        now=now,
        zone=tz or (now.tzinfo if now.utcoffset() else None),  # the offset that --now was written with
        cpl_where=str(where),
    )
    document = diagnosis_json(found, asked_language())
    head, *lines = diagnosis_lines(found, language())
    answer(document, [paint(head, "pass" if found.plays else "fail"), *lines], as_json=as_json)
    return 0 if found.plays else 1


def _playlist(playlist: Path | None, package: Path | None, files: Sequence[KdmFile]) -> tuple[bytes, Path]:
    """The playlist's bytes. Of a package with several, the encrypted one; of several of these, the one that
    the KDMs are for."""
    from dcp.xml.parse import read_document

    if playlist is not None:
        return read_document(playlist), playlist
    assert package is not None
    place = one_package(package)
    package = place.root
    found = playlists_in(place)
    encrypted = [one for one in found if getattr(one.value, "encrypted", True)]
    named = {file.message.composition_playlist_id for file in files if file.message is not None}
    meant = [one for one in encrypted if getattr(one.value, "id", None) in named]
    for choice in (meant, encrypted, found):
        if len(choice) == 1:
            return choice[0].data, package / choice[0].name
    names = ", ".join(sorted(one.name for one in (meant or encrypted or found))[:6])
    raise UsageError("flags.several-compositions", where=package, names=names)
