"""Thinned codestreams of real pictures are read by OpenJPEG and ffmpeg: footage at 250 Mbit/s in 2K
with grain on it, and every codestream of other people's that there is.

What is measured goes into the record of the test run (`--junit-xml`).
"""

from __future__ import annotations

import functools
import math
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from needing import needing

from dcp.errors import DcpError
from dcp.mxf.reader import TrackFile
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.picture.passes import MOST_PASSES, _thin, thin, why_not

pytestmark = [pytest.mark.extra("picture"), pytest.mark.oracle]
np = pytest.importorskip("numpy")

SHARED = Path(__file__).resolve().parents[4] / "shared"
CLIPS = {
    "sintel_trailer-720p.mp4": (20, 0.02),
    "crystal.mp4": (2, 0.035),
    "frog.mp4": (2, 0.01),
    "bigbuckbunny.mp4": (2, 0.02),
    "palawan.mp4": (1, 0.0),
    "vtest.avi": (5, 0.015),
    "elf.mp4": (3, 0.03),
    "kohlipe1.mp4": (10, 0.02),
}
"""Of each the second that a frame is taken of, and the grain, of the whole range."""
DECIBELS = (50, 44, 40, 36)


@functools.cache
def frame_of(name: str, width: int, height: int) -> bytes:
    """A frame of a clip, grain added, at the rate of 250 Mbit/s in 2K."""
    from dcp.picture.colour import to_xyz12

    path, program = SHARED / "footage" / name, shutil.which("ffmpeg")
    if not path.exists() or program is None:
        pytest.skip(f"{name} or ffmpeg is not here")
    second, grain = CLIPS[name]
    scaled = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
    command = [program, "-v", "error", "-ss", str(second), "-i", path, "-frames:v", "1", "-vf", scaled]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb48le", "-"], capture_output=True, check=True
    ).stdout
    picture = np.frombuffer(raw, "<u2").reshape(height, width, 3) / 65535
    noise = np.random.default_rng(3).normal(0, grain, (height, width, 3))
    for axis in (0, 1):
        noise = (np.roll(noise, 1, axis) + 2 * noise + np.roll(noise, -1, axis)) / 4
    rgb = ((picture + 2.5 * noise).clip(0, 1) * 65535).astype(np.uint16)
    total = frame_limits(Fraction(24)).total * height * width // (1080 * 2048)
    return codec_by_name().encode(to_xyz12(rgb, source="rec709"), limits=FrameLimits(total, total * 4 // 5))


def by_ffmpeg(data: bytes, tmp_path: Path) -> np.ndarray:
    """(height, width, 3), 12 bits."""
    headers = parse_codestream(data)
    file = tmp_path / "frame.j2c"
    file.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "xyz12le", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return (np.frombuffer(done.stdout, "<u2") >> 4).reshape(headers.height, headers.width, 3)


def decibels(first: np.ndarray, second: np.ndarray) -> float:
    error = float(np.mean((first.astype(np.float64) - second) ** 2))
    return 10 * math.log10(4095**2 / error) if error else math.inf


def check_frame(data: bytes, tmp_path: Path, record: Callable[[str, object], None]) -> None:
    codec = codec_by_name()
    assert bytes(_thin(data, 0, parse_codestream(data)).data) == data
    for reduce in (0, 1):
        whole = codec.decode(data, reduce=reduce)
        for asked in DECIBELS:
            thinned = thin(data, MOST_PASSES, least_db=asked, reduce=reduce)
            image = codec.decode(bytes(thinned.data), reduce=reduce)
            found = decibels(image, whole)
            record(
                f"reduce {reduce}, {asked} dB", f"{found:.1f} dB, {thinned.kept / max(thinned.passes, 1):.2f}"
            )
            assert thinned.least_db >= asked
            assert found >= min(thinned.least_db, 90) - 1.0
            if not reduce:
                assert decibels(by_ffmpeg(bytes(thinned.data), tmp_path), image) > 60


@pytest.mark.parametrize("name", ["sintel_trailer-720p.mp4", "palawan.mp4"])
def test_a_small_frame_of_film(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    needing("picture")
    check_frame(frame_of(name, 512, 270), tmp_path, record_property)


@pytest.mark.soak
@pytest.mark.parametrize("name", CLIPS)
def test_a_frame_of_film(name: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    needing("picture")
    check_frame(frame_of(name, 2048, 1080), tmp_path, record_property)


def real_ones() -> list[tuple[str, bytes]]:
    """Codestreams as files, and the first pictures of track files that are not encrypted."""
    found = []
    for path in sorted((SHARED / "corpus").rglob("*")):
        if path.suffix.lower() in (".j2c", ".j2k", ".jpc"):
            found.append((path.name, path.read_bytes()))
        elif path.suffix.lower() == ".mxf":
            try:
                with TrackFile.open(path) as file:
                    if "picture" in file.header.essence and not file.header.encrypted:
                        found += [(path.name, bytes(unit.data)) for unit in file.units(0, 2)]
            except DcpError:
                continue
    return found


@pytest.mark.soak
def test_codestreams_of_others(tmp_path: Path) -> None:
    """Left alone with the reason, or thinned and read by both."""
    needing("picture")
    if not (SHARED / "corpus").exists():
        pytest.skip("the corpus is not here")
    codec, taken = codec_by_name(), 0
    for name, data in real_ones():
        thinned = thin(data, 12)
        if thinned.reason is not None:
            assert thinned.data is data, name
            continue
        taken += 1
        assert why_not(parse_codestream(data)) is None
        assert bytes(_thin(data, 0, parse_codestream(data)).data) == data, name
        for passes in (6, 12, 18, 24):
            cut = bytes(thin(data, passes).data)
            assert codec.decode(cut).shape == codec.decode(data).shape, name
            by_ffmpeg(cut, tmp_path)
    assert taken
