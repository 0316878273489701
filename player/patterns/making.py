"""A pattern as a package: its frames coded, its sound written, and both put through `dcp.create`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dcp.create.build import BuiltPackage, build_package
from dcp.create.job.values import Composition, Job, PictureTrack, Reel, SoundTrack
from dcp.create.planning.making import plan_job
from dcp.documents.cpl import ContentVersion
from dcp.errors import UsageError
from dcp.output import check_new_folder
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import fresh_keys_file, read_keys
from dcp.sound.wav import WavWriter
from dcp.version import VERSION
from player.patterns.pattern import SAMPLE_RATE, Pattern
from player.sound.blocks import to_bytes

if TYPE_CHECKING:
    from dcp.trust.signer import Signer


def make_pattern(
    pattern: Pattern,
    out: Path,
    *,
    keys: Path | None = None,
    signer: Signer | None = None,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> BuiltPackage:
    """The pattern as a package in the new folder `out`. keys: a keys file: then it is encrypted, with the
    keys of the file or with fresh ones that are written there, and `signer` signs it.

    progress(frames coded, frames in all). UsageError before any work, DcpError later: nothing is left then.
    """
    if keys is not None and signer is None:
        raise UsageError("create.no-signer")
    check_new_folder(out)
    with TemporaryDirectory(prefix="dcpkit-pattern-") as folder:
        _frames(pattern, Path(folder) / "picture", progress)
        if pattern.sound is not None:
            _sound(pattern, Path(folder) / "sound.wav")
        job = _job(pattern, Path(folder), encrypted=keys is not None)
        plan = plan_job(job, signer=signer, now=now)
        known = read_keys(keys) if keys is not None and keys.exists() else None
        with fresh_keys_file(keys if known is None else None, essence=out, work=None) as keep:
            return build_package(plan, out, keyring=known, keep_keys=keep, signer=signer, now=now)


def _job(pattern: Pattern, folder: Path, *, encrypted: bool) -> Job:
    sound = SoundTrack(silent=True)
    if pattern.sound is not None:
        sound = SoundTrack(sources=(folder / "sound.wav",), channels=",".join(pattern.symbols))
    version = ContentVersion(f"urn:uuid:{pattern.id}", f"dcpkit {VERSION} pattern {pattern.name}")
    composition = Composition(
        reels=(Reel(PictureTrack(folder / "picture"), sound),),
        title=f"dcpkit pattern {pattern.name}",
        kind="test",
        picture_rate=pattern.rate,
        container="full",
        content_version=version,
    )
    return Job((composition,), encrypt=("picture", "sound") if encrypted else ())


def _frames(pattern: Pattern, folder: Path, progress: Callable[[int, int], None] | None) -> None:
    """Codestreams, a file a frame; frames that are alike are coded once."""
    folder.mkdir()
    codec, limits = codec_by_name(), frame_limits(pattern.rate)
    coded: dict[bytes, bytes] = {}
    for number in range(pattern.frames):
        image = pattern.frame(number, pattern.size)
        mark = hashlib.blake2b(image.tobytes()).digest()
        if mark not in coded:
            coded = {mark: codec.encode(image, limits=limits)}  # those that are alike follow each other
        (folder / f"{number:06d}.j2c").write_bytes(coded[mark])
        if progress is not None:
            progress(number + 1, pattern.frames)


def _sound(pattern: Pattern, path: Path) -> None:
    assert pattern.sound is not None
    with WavWriter(path, channels=len(pattern.symbols), sample_rate=SAMPLE_RATE) as wav:
        for number in range(pattern.frames):
            wav.write(to_bytes(pattern.sound(number)))
