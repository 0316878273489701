"""Packages at a lower rate: what is above it is coded anew, and nothing else."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from needing import needing
from packages_packed import NOW, a_signer, facts, media, write

from dcp.errors import CodestreamError, DcpError, TrackFileError, UsageError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import encrypted_size, frame_limits
from dcp.rework.lower import LoweredPackage, _limits, lower_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

KEYS = (ContentKey.generate("MDIK"), ContentKey.generate("MDAK"))
SIZE = (256, 144)
RATE = Fraction(24)


@functools.cache
def picture(seed: int | None, size: tuple[int, int] = SIZE) -> bytes:
    """A codestream of noise, which is large, or of grey, which is small."""
    needing("picture")
    import numpy as np

    width, height = size
    image = np.full((height, width, 3), 1500, np.uint16)
    if seed is not None:
        image = np.random.default_rng(seed).integers(500, 3500, (height, width, 3), np.uint16)
    limits = frame_limits(RATE, four_k=width > 2048)
    return codec_by_name().encode(image, limits=limits)


def film(root: Path, frames: list[bytes], **more: Any) -> Package:
    named = {name: more.pop(name) for name in ("standard", "stereo") if name in more}
    parts = media(root, frames=frames, **named, **more)
    return open_package(write(root, [parts], [facts(parts.reel, **named)], a_signer()))


def mixed(loud: set[int], count: int = 24, size: tuple[int, int] = SIZE) -> list[bytes]:
    return [picture(n if n in loud else None, size) for n in range(count)]


def lower(package: Package, out: Path, mbps: int = 10, **more: Any) -> LoweredPackage:
    return lower_package(package, out, mbps=mbps, signer=a_signer(), now=NOW, **more)


def units(root: Path, keyring: Keyring | None = None) -> list[bytes]:
    package = open_package(root)
    asset = package.compositions[0].reels[0].picture
    assert asset is not None
    key = keyring.require(asset.key_id) if keyring and asset.key_id else None
    with TrackFile.open(package.require(asset.id)) as track:
        return [bytes(unit.data) for unit in track.units(key=key, strict=True)]


def findings(root: Path, ring: Keyring | None = None) -> set[tuple[str, str]]:
    found = verify_package(root, now=NOW, keyring=ring).findings
    return {(each.severity, each.id) for each in found if each.severity != "info"}


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_frames_above_the_rate_are_coded_anew_and_no_others(
    tmp_path: Path, standard: Any, encrypted: bool
) -> None:
    loud, ring = {0, 7, 8, 23}, Keyring(KEYS) if encrypted else None
    frames = mixed(loud)
    package = film(tmp_path / "in", frames, standard=standard, keys=KEYS if encrypted else ())
    told: list[tuple[int, int]] = []
    done = lower(package, tmp_path / "out", keyring=ring, progress=lambda *each: told.append(each))
    now = units(done.root, ring)
    assert {n for n in range(24) if now[n] != frames[n]} == loud
    most = 10_000_000 // 8 // 24
    sizes = [encrypted_size(len(each)) if encrypted else len(each) for each in now]
    assert max(sizes) <= most < len(frames[0])
    (old,) = done.files
    lowered = done.files[old]
    assert (lowered.frames, lowered.coded) == (24, 4)
    assert lowered.now == pytest.approx(max(sizes) * 8 * 24 / 1e6) and lowered.now <= 10 < lowered.was
    assert done.assets == {old: lowered.asset_id}
    assert done.void == ((package.compositions[0].id,) if encrypted else ())
    assert findings(done.root, ring) <= findings(package.root, ring)
    assert told[-1][0] == told[-1][1]
    made, was = (each.compositions[0] for each in (open_package(done.root), package))
    assert made.key_ids == was.key_ids and made.reels[0].sound == was.reels[0].sound
    assert not list(done.root.rglob("*.spool"))


def test_the_picture_stays_what_it_was_as_far_as_the_rate_lets_it(tmp_path: Path) -> None:
    package = film(tmp_path / "in", mixed({3}))
    codec = codec_by_name()
    import numpy as np

    was = codec.decode(picture(3)).astype(float)
    nearer = []
    for mbps in (4, 16):
        done = lower(package, tmp_path / f"{mbps}", mbps)
        now = codec.decode(units(done.root)[3]).astype(float)
        assert now.shape == was.shape
        nearer.append(float(np.square(now - was).mean()))
    assert nearer[1] < nearer[0] < 900_000  # the noise's own square is 750,000 about its mean


def test_what_keeps_to_the_rate_is_left_alone(tmp_path: Path) -> None:
    package = film(tmp_path / "in", mixed({2}))
    with pytest.raises(UsageError) as error:
        lower(package, tmp_path / "out", 250)
    assert error.value.id == "lower.nothing" and not (tmp_path / "out").exists()
    root = tmp_path / "two"
    parts = [media(root, "r1", frames=mixed(set())), media(root, "r2", frames=mixed({2}))]
    write(root, parts, [facts(*(each.reel for each in parts))])
    done = lower_package(open_package(root), tmp_path / "half", mbps=10, now=NOW)
    assert set(done.files) == {parts[1].picture.asset_id}
    copy = open_package(done.root).require(parts[0].picture.asset_id)
    assert copy.read_bytes() == parts[0].picture.path.read_bytes()


def test_of_two_eyes_each_keeps_to_half(tmp_path: Path) -> None:
    frames = mixed({5, 6, 11}, 48)
    package = film(tmp_path / "in", frames, stereo=True)
    done = lower(package, tmp_path / "out", 20)
    now = units(done.root)
    assert {n for n in range(48) if now[n] != frames[n]} == {5, 6, 11}
    assert max(map(len, now)) <= 20_000_000 // 8 // 48
    (lowered,) = done.files.values()
    assert (lowered.frames, lowered.coded) == (48, 3)


def test_4k_stays_4k(tmp_path: Path) -> None:
    size = (2064, 64)  # more than 2K holds
    frames = mixed({1}, 24, size)
    package = film(tmp_path / "in", frames, size=size)
    done = lower(package, tmp_path / "out", 20)
    from dcp.picture.codestream import parse_codestream

    now = units(done.root)
    assert {n for n in range(24) if now[n] != frames[n]} == {1}
    headers = parse_codestream(now[1])
    assert headers.rsiz == 4 and len(headers.tile_parts) == 6 and len(now[1]) <= 20_000_000 // 8 // 24


def test_the_limits_follow_what_the_header_says(tmp_path: Path) -> None:
    package = film(tmp_path / "in", mixed({2}), keys=KEYS)
    (asset, *_) = package.compositions[0].assets
    with TrackFile.open(package.require(asset.id)) as track:
        header = track.header
    assert _limits(header, 50) == frame_limits(RATE, mbps=50, encrypted=True)
    assert isinstance(header.descriptor, PictureDescriptor)
    hdr = replace(header.descriptor, transfer_characteristic=TRANSFER_ST2084)
    large = replace(header.descriptor, stored_width=4096, stored_height=2160)
    limits = _limits(replace(header, descriptor=hdr, edit_rate=Fraction(48)), 50)
    assert limits == frame_limits(Fraction(48), mbps=50, hdr=True, encrypted=True) and limits.rest
    limits = _limits(replace(header, descriptor=large, essence="stereo_picture"), 50)
    assert limits == frame_limits(RATE, mbps=50, four_k=True, stereo=True, encrypted=True)


def test_a_rate_that_no_picture_goes_into_is_refused(tmp_path: Path) -> None:
    package = film(tmp_path / "in", mixed({2}))
    with pytest.raises(CodestreamError):
        lower(package, tmp_path / "out", 1, codec=_Stubborn())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


class _Stubborn:
    """A codec that never gets small enough."""

    name = "stubborn"

    def encode(self, image: Any, *, limits: Any, bits: int = 12) -> bytes:
        raise CodestreamError("codec.does-not-fit", most=limits.total)

    def decode(self, codestream: Any, *, reduce: int = 0) -> Any:
        return codec_by_name().decode(codestream, reduce=reduce)


@pytest.mark.parametrize("harm", ["wrong-key", "damaged", "lost", "broken-hash"])
def test_what_cannot_be_believed_leaves_nothing(tmp_path: Path, harm: str) -> None:
    package = film(tmp_path / "in", mixed({2}), keys=KEYS)
    path, ring = tmp_path / "in" / "r1_picture.mxf", Keyring(KEYS)
    data = bytearray(path.read_bytes())
    if harm == "wrong-key":
        ring = Keyring(tuple(ContentKey(id=key.id, type=key.type, value=bytes(16)) for key in KEYS))
    elif harm == "lost":
        (tmp_path / "in" / "r1_sound.mxf").unlink()
    else:
        data[len(data) // 2 if harm == "damaged" else 9000] ^= 1
        path.write_bytes(data)
    error = TrackFileError if harm in ("wrong-key", "damaged") else DcpError
    with pytest.raises(error):
        lower(package if harm != "lost" else open_package(tmp_path / "in"), tmp_path / "out", keyring=ring)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in"]


def test_what_waits_of_an_encrypted_picture_is_not_in_the_clear(tmp_path: Path) -> None:
    package = film(tmp_path / "in", mixed(set(range(24))), keys=KEYS)
    seen: set[str] = set()

    def look(done: int, total: int) -> None:
        for path in tmp_path.rglob("*.spool"):
            seen.add(path.suffix)
            assert path.stat().st_mode & 0o077 == 0
            assert b"\xff\x4f\xff\x51\x00\x2f" not in path.read_bytes()

    done = lower(package, tmp_path / "out", keyring=Keyring(KEYS), progress=look)
    assert seen == {".spool"}
    digests = {hashlib.sha1(each).digest() for each in units(done.root, Keyring(KEYS))}
    assert len(digests) == 24
