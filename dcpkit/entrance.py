"""What `import dcpkit` gives: each of the toolkit's jobs as one function.

Files are named by `str` or `Path`; where keys, certificates, a KDM or a playlist are asked for, what was read
already will do as well. `now`, the instant that validity is judged at, is the clock's when it is not given; a
time without an offset is refused. Whatever is wrong ends in a `DcpError`: what, where, and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from dcp.create.build import BuiltPackage
    from dcp.create.plan import Container, Resolution
    from dcp.documents.namespaces import Standard
    from dcp.mxf.reader import MicPolicy, TrackFile
    from dcp.package.package import Package
    from dcp.secrets.keys import Keyring
    from dcp.trust.certificate import Certificate
    from dcp.trust.making import NewChain
    from dcp.trust.signer import Signer
    from dcp.verify.facts import KdmFacts
    from dcp.verify.finding import VerificationReport
    from kdm.block import Decrypter
    from kdm.checklist import KdmReport
    from kdm.diagnose.diagnosis import Diagnosis
    from player.report import PlayReport
    from watermark.detect import Extraction
    from watermark.secret import Secret

Place = str | os.PathLike[str]
"""The name of a file or a folder."""

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all, 0 when that is not known."""


def open_package(folder: Place, *, ov: Sequence[Place] = ()) -> Package:
    """The documents of a package, read and held together.

    ov: the packages that a version file builds on. DcpError when the folder is no package or a document of it
    cannot be read; no essence is opened.
    """
    from dcp.package.package import open_package as open_

    return open_(Path(folder), ov=_paths(ov))


def open_track_file(file: Place) -> TrackFile:
    """An MXF track file: its header, and its units one by one. TrackFileError when it is none.

    To be closed, or used in `with`.
    """
    from dcp.mxf.reader import TrackFile

    return TrackFile.open(Path(file))


def read_certificates(file: Place | bytes) -> tuple[Certificate, ...]:
    """The certificates of a file or its bytes, in their order. CertificateError when there is none in it."""
    from dcp.trust.certificate import read_certificates as read

    return read(file if isinstance(file, bytes) else Path(file))


def read_keys(file: Place) -> Keyring:
    """The content keys of a keys file. DcpError when it is none, or locked with a passphrase."""
    from dcp.secrets.keys import read_keys as read

    return read(Path(file))


def read_signer(folder: Place) -> Signer:
    """Who signs: `chain.pem` and `leaf.key` of a folder. CertificateError when they do not fit each other."""
    from dcp.trust.signer import read_signer as read

    return read(Path(folder))


def make_chain(
    folder: Place | None = None,
    *,
    organization: str,
    unit: str,
    role: str | Sequence[str] = "CS",
    years: int | None = None,
    now: datetime | None = None,
) -> NewChain:
    """A new root, intermediate and leaf with their private keys (ST 430-2), written when a folder is given.

    role: `CS` signs content, `SM` and others are a media block's. UsageError when a name cannot stand in a
    certificate or the folder exists.
    """
    from dcp.trust.making import make_chain as make
    from dcp.trust.making import write_chain

    chain = make(organization=organization, unit=unit, role=role, years=years, now=_instant(now))
    if folder is not None:
        write_chain(chain, Path(folder))
    return chain


def verify(
    package: Place,
    *,
    keys: Keyring | Place | None = None,
    kdm: bytes | Place | None = None,
    private_key: Decrypter | Place | None = None,
    ov: Sequence[Place] = (),
    trust: Sequence[Certificate] | None = None,
    profile: str = "field",
    hashes: bool = True,
    picture: bool = True,
    mic: MicPolicy = "require",
    now: datetime | None = None,
    progress: Progress | None = None,
) -> VerificationReport:
    """Judge a package: structure, references, hashes, signatures, headers, and, with keys, every unit.

    keys, or kdm with the private key that opens it, for what is encrypted. trust: root certificates; None
    takes any sound chain. What is wrong inside becomes a finding; RefusedError when the KDM is refused,
    UsageError when there is nothing to look into.
    """
    from dcp.verify.engine import verify_package
    from dcpkit.opening import keys_for_verifying

    root, at = Path(package), _instant(now)
    keyring = _keys(keys)
    kdms: tuple[KdmFacts, ...] = ()
    if kdm is not None:
        key, recipient = _identity(private_key)
        keyring, kdms = keys_for_verifying(
            _message(kdm),
            root,
            private_key=key,
            recipient=recipient,
            trust=trust,
            now=at,
            where=_where(kdm, "the KDM"),
        )
    return verify_package(
        root,
        now=at,
        ov=_paths(ov),
        keyring=keyring,
        kdms=kdms,
        trust=trust,
        profile=profile,
        hashes=hashes,
        picture=picture,
        mic=mic,
        progress=progress,
    )


def create(
    sources: Place | Sequence[Place],
    folder: Place,
    *,
    title: str,
    kind: str = "feature",
    audio: Sequence[Place] = (),
    picture_rate: Fraction | int | None = None,
    container: Container = "flat",
    resolution: Resolution = "2k",
    mbps: int = 250,
    standard: Standard = "smpte",
    signer: Signer | Place | None = None,
    keys: Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> BuiltPackage:
    """Make a package of video files, folders of stills or of codestreams, a reel each. Extra: `picture`.

    keys: the keys file; given, everything is encrypted, with its keys when it exists and with fresh ones
    written to it otherwise; then a signer is needed. SourceError when a source does not fit, before the first
    frame.
    """
    from dcp.create.build import build_package
    from dcp.create.plan import plan_package
    from dcp.errors import UsageError
    from dcp.secrets.keys import fresh_keys_file
    from dcp.secrets.keys import read_keys as read

    key_file = None if keys is None else Path(keys)
    if key_file is not None and signer is None:
        raise UsageError("entrance.encrypt-needs-signer")
    several = [sources] if isinstance(sources, str | os.PathLike) else sources
    plan = plan_package(
        _paths(several),
        title=title,
        kind=kind,
        picture_rate=None if picture_rate is None else Fraction(picture_rate),
        container=container,
        resolution=resolution,
        mbps=mbps,
        audio=_paths(audio),
        encrypt=key_file is not None,
        standard=standard,
    )
    signs = read_signer(signer) if isinstance(signer, str | os.PathLike) else signer
    known = read(key_file) if key_file is not None and key_file.exists() else None
    fresh = key_file if known is None else None
    with fresh_keys_file(fresh, essence=Path(folder)) as keep:
        return build_package(
            plan,
            Path(folder),
            keyring=known,
            keep_keys=keep,
            signer=signs,
            now=_instant(now),
            progress=progress,
        )


def issue_kdm(
    cpl: bytes | Place,
    *,
    keys: Keyring | Place,
    signer: Signer | Place,
    recipient: Certificate | Place,
    not_before: datetime,
    not_after: datetime,
    formulation: str = "modified-transitional-1",
    device_list: Sequence[Certificate] = (),
    forensic_flags: Sequence[str] = (),
    now: datetime | None = None,
) -> bytes:
    """A key delivery message (ST 430-1) for one device, as XML.

    DcpError when a key of the composition is missing, a certificate does not fit its part, or the window has
    no place in theirs. Many at once: `dcpkit kdm issue`.
    """
    from kdm.composition import read_cpl_facts
    from kdm.issue import prepare_kdms

    keyring = _keys(keys)
    assert keyring is not None
    issuer = prepare_kdms(
        cpl=read_cpl_facts(_document(cpl), where=_where(cpl, "the playlist")),
        keyring=keyring,
        signer=read_signer(signer) if isinstance(signer, str | os.PathLike) else signer,
        not_before=not_before,
        not_after=not_after,
        formulation=formulation,
        device_list=device_list,
        forensic_flags=forensic_flags,
        now=_instant(now),
    )
    return issuer.issue(_recipient(recipient)).data


def check_kdm(
    kdm: bytes | Place,
    *,
    private_key: Decrypter | Place | None = None,
    recipient: Certificate | Place | None = None,
    cpl: bytes | Place | None = None,
    devices: Sequence[Certificate] = (),
    trust: Sequence[Certificate] | None = None,
    now: datetime | None = None,
) -> KdmReport:
    """Judge a message by the checklist of a security manager, step by step; nothing raises for a bad one.

    What is not handed over (no playlist, no private key) is a step left out, never one that passed.
    """
    from kdm.checklist import check_kdm as check

    key: Decrypter | None = None
    certificate = None if recipient is None else _recipient(recipient)
    if private_key is not None:
        key, beside = _identity(private_key)
        certificate = certificate or beside
    return check(
        _message(kdm),
        private_key=key,
        recipient=certificate,
        cpl=None if cpl is None else _document(cpl),
        devices=devices,
        trust=trust,
        now=_instant(now),
        where=_where(kdm, "the KDM"),
    )


def unwrap_kdm(
    kdm: bytes | Place,
    *,
    private_key: Decrypter | Place,
    recipient: Certificate | Place | None = None,
    cpl: bytes | Place | None = None,
    trust: Sequence[Certificate] | None = None,
    now: datetime | None = None,
) -> Keyring:
    """The content keys of a message that holds. RefusedError, with the first step that failed, otherwise."""
    from kdm.receive import open_kdm

    key, beside = _identity(private_key)
    return open_kdm(
        _message(kdm),
        private_key=key,
        recipient=beside if recipient is None else _recipient(recipient),
        cpl=None if cpl is None else _document(cpl),
        trust=trust,
        now=_instant(now),
        where=_where(kdm, "the KDM"),
    )


def diagnose(
    cpl: bytes | Place,
    *,
    kdms: Place | Sequence[Place],
    certificate: Certificate | Place,
    now: datetime | None = None,
) -> Diagnosis:
    """The one cause why a composition will not play on a device, and what to do.

    kdms: files, folders, ZIP archives and mails of them. certificate: of the screen's media block.
    """
    from dcp.trust.certificate import read_bounded
    from kdm.diagnose.diagnosis import diagnose as find_cause
    from kdm.diagnose.reading import find_kdms

    places = [kdms] if isinstance(kdms, str | os.PathLike) else kdms
    device = (
        read_bounded(Path(certificate), meant="leaf.pem")
        if isinstance(certificate, str | os.PathLike)
        else certificate
    )
    return find_cause(
        list(find_kdms(_paths(places))), cpl=_document(cpl), certificate=device, now=_instant(now)
    )


def play(
    package: Place,
    *,
    keys: Keyring | Place | None = None,
    kdm: bytes | Place | None = None,
    private_key: Decrypter | Place | None = None,
    ov: Sequence[Place] = (),
    output: str = "null",
    frames: tuple[int, int] | None = None,
    reduce: int = 0,
    location: int | None = None,
    secret: Secret | Place | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> PlayReport:
    """Play a package as a media block does: check, decrypt, decode, mark, show, report. Extra: `player`.

    output: `null`, `frames:DIR` or `y4m:PATH`. frames: the first and the last, counted from 0. location and
    secret: mark what is shown. A message that is refused shows nothing, and the report says so.
    """
    from dcp.extras import need

    need("player")
    from player.media_block import KdmRequest
    from player.play import play as play_
    from player.screen.registry import screen_for

    request = None
    if kdm is not None:
        key, recipient = _identity(private_key)
        request = KdmRequest(
            data=_message(kdm), private_key=key, recipient=recipient, where=_where(kdm, "the KDM")
        )
    return play_(
        Path(package),
        now=_instant(now),
        ov=_paths(ov),
        kdm=request,
        keyring=_keys(keys),
        screen=screen_for(output),
        frames=frames,
        reduce=reduce,
        location=location,
        secret=_secret(secret),
        progress=progress,
    )


def embed_mark(
    video: Place,
    marked: Place,
    *,
    secret: Secret | Place,
    location: int,
    time: datetime,
    progress: Progress | None = None,
) -> int:
    """Write a marked copy of a Rec.709 video file; the number of frames. Extra: `watermark`.

    location: 19 bits that say whose copy it is. time: its 15-minute step of the year goes into the mark.
    """
    from dcp.extras import need

    need("watermark")
    import numpy as np

    from dcp.picture.colour import from_xyz12, to_xyz12
    from watermark.payload import Payload, time_index_of
    from watermark.video import mark_video

    held = _secret(secret)
    assert held is not None
    return mark_video(
        Path(video),
        Path(marked),
        held,
        Payload(location, time_index_of(_instant(time))),
        to_xyz=lambda rgb: to_xyz12(rgb, source="rec709"),
        from_xyz=lambda xyz: from_xyz12(xyz, display="rec709").astype(np.uint8, copy=False),
        progress=progress,
    )


def extract_mark(
    recording: Place,
    *,
    secret: Secret | Place,
    reference: Place,
    keys: Keyring | Place | None = None,
    threshold: float = 1e-9,
    on_stage: Callable[[str], None] | None = None,
) -> Extraction:
    """Read the mark out of a recording, with the film beside it. Extra: `watermark`.

    reference: the package (with its keys where it is encrypted) or a clean video of the film. threshold: the
    chance of being wrong that is taken; `found` is False above it.
    """
    from dcp.extras import need

    need("watermark")
    from watermark.detect import extract_informed
    from watermark.frames import video_footage

    held = _secret(secret)
    assert held is not None
    film = Path(reference)
    footage = _film(film, _keys(keys)) if film.is_dir() else video_footage(film)
    tell = None if on_stage is None else lambda stage: on_stage(str(stage))
    return extract_informed(video_footage(Path(recording)), footage, held, threshold=threshold, progress=tell)


# --- what may be given in two forms -----


def _instant(now: datetime | None) -> datetime:
    from dcp.errors import UsageError

    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise UsageError("time.no-offset")
    return now


def _paths(places: Sequence[Place]) -> list[Path]:
    return [Path(place) for place in places]


def _where(given: bytes | Place, name: str) -> str:
    return name if isinstance(given, bytes) else os.fspath(given)


def _keys(keys: Keyring | Place | None) -> Keyring | None:
    return read_keys(keys) if isinstance(keys, str | os.PathLike) else keys


def _secret(secret: Secret | Place | None) -> Secret | None:
    from watermark.secret import read_secret

    return read_secret(Path(secret)) if isinstance(secret, str | os.PathLike) else secret


def _document(document: bytes | Place) -> bytes:
    from dcp.xml.parse import read_document

    return document if isinstance(document, bytes) else read_document(Path(document))


def _message(kdm: bytes | Place) -> bytes:
    from dcpkit.opening import read_message

    return kdm if isinstance(kdm, bytes) else read_message(Path(kdm))[0]


def _recipient(certificate: Certificate | Place) -> Certificate:
    from dcp.trust.signer import recipient_of

    if isinstance(certificate, str | os.PathLike):
        return recipient_of(read_certificates(certificate))
    return certificate


def _identity(private_key: Decrypter | Place | None) -> tuple[Decrypter, Certificate | None]:
    """A private key, and its certificate where one lies with it."""
    from dcp.errors import UsageError
    from dcp.trust.signer import find_certificate_for, read_private_key

    if private_key is None:
        raise UsageError("entrance.kdm-needs-key")
    if not isinstance(private_key, str | os.PathLike):
        return private_key, None
    path = Path(private_key)
    key: RSAPrivateKey = read_private_key(path)
    return key, find_certificate_for(key, path)


def _film(root: Path, keys: Keyring | None) -> Any:
    from dcp.picture.codec import codec_by_name
    from dcp.secrets.keys import Keyring
    from player.reference import Reference
    from watermark.frames import Footage

    package = open_package(root)
    film = Reference(
        package,
        package.composition(None),
        keyring=keys or Keyring(),
        codec=codec_by_name(),
        mic="require",
        reduce=2,
    )
    return Footage(rate=film.rate, walk=film.walk, encoding="xyz")
