"""Codestreams with passes left out: nothing cut is the same, less is near, other kinds stay whole."""

from __future__ import annotations

import random
import shutil
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from needing import needing
from synthetic import codestream as headers_only

from dcp.errors import CodestreamError
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.picture.packets import read_packets, walk
from dcp.picture.passes import _thin, thin

pytestmark = pytest.mark.extra("picture")
np = pytest.importorskip("numpy")


@cache
def grainy(width: int = 512, height: int = 270, *, four_k: bool = False) -> bytes:
    rng = np.random.default_rng(7)
    wide = np.arange(width)[None, :, None] * 4 % 2600
    picture = 700 + wide + 150 * rng.standard_normal((height, width, 3))
    picture = picture.clip(0, 4095).astype(np.uint16)
    return codec_by_name().encode(picture, limits=frame_limits(Fraction(24), four_k=four_k))


def near(first: object, second: object) -> float:
    """PSNR over 12 bits, in dB."""
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    return float(10 * np.log10(4095**2 / np.mean(difference**2)))


@pytest.mark.parametrize("four_k", [False, True])
def test_nothing_cut_is_the_same_codestream(four_k: bool) -> None:
    data = grainy(four_k=four_k)
    whole = thin(data, 0)
    assert whole.data is data and whole.reason is None
    written = _thin(data, 0, parse_codestream(data))  # every header is written anew
    assert written.passes == written.kept > 0
    assert bytes(written.data) == data


@pytest.mark.parametrize("four_k", [False, True])
def test_less_is_near_and_whole(four_k: bool) -> None:
    needing("picture")
    data = grainy(four_k=four_k)
    codec = codec_by_name()
    full = codec.decode(data)
    kept, last = 1.0, 200.0
    for passes in (12, 15, 18, 21, 24):
        thinned = thin(data, passes)
        assert thinned.reason is None
        share, loss = thinned.kept / thinned.passes, near(codec.decode(bytes(thinned.data)), full)
        assert share <= kept and loss <= last + 0.01
        headers = parse_codestream(thinned.data)
        assert headers.tlm == tuple(part.length for part in headers.tile_parts)
        assert walk(thinned.data).contributions == walk(data).contributions
        kept, last = share, loss
    assert kept < 0.6 and last > 25


def test_blocks_keep_their_bytes() -> None:
    data = grainy()
    thinned = bytes(thin(data, 18).data)
    cut = 0
    for was, now in zip(read_packets(data), read_packets(thinned), strict=True):
        assert (was.precinct, len(was.parts)) == (now.precinct, len(now.parts))
        for old, new in zip(was.parts, now.parts, strict=True):
            assert (old.block, old.length, old.planes) == (new.block, new.length, new.planes)
            assert 1 <= new.passes <= old.passes
            cut += old.passes - new.passes
            assert thinned[new.offset : new.offset + new.length] == data[old.offset : old.offset + old.length]
    assert cut


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (headers_only(bytes(300), progression=0), "passes.order"),
        (headers_only(bytes(300), layers=2), "passes.order"),
        (headers_only(bytes(300), style=1), "passes.style"),
        (headers_only(bytes(300), style=4), "passes.style"),
        (headers_only(bytes(300), wavelet=1), "passes.reversible"),
        (headers_only(bytes(300), tlm=[1, 2, 3]), "passes.lengths"),
        (headers_only(bytes(48), levels=15), "passes.style"),  # weights of them take seconds, of 20 hours
        (headers_only(bytes(18), quantization=b"\x20" + b"\x40" * 16), "passes.style"),
        (headers_only(bytes(18), quantization=b"\x22\x77\x20"), "passes.style"),
        (headers_only(bytes(18), quantization=b"\x21\x77"), "passes.style"),
        (headers_only(bytes(18), quantization=b"\x22"), "passes.style"),
        (headers_only(bytes(18), components=((11, 1, 1),) * 5), "passes.style"),
    ],
)
def test_other_kinds_come_back_whole(data: bytes, reason: str) -> None:
    thinned = thin(data, 9)
    assert thinned.data is data
    assert thinned.reason is not None and thinned.reason.id == reason


def test_a_picture_without_code_blocks_comes_back_whole() -> None:
    data = headers_only(
        size=(10, 10), origin=(1, 1), components=((11, 255, 255),) * 3, levels=0, tile=(10, 10), mct=0
    )
    for least_db in (None, 40.0):
        thinned = thin(data, 9, least_db=least_db)
        assert thinned.data is data and thinned.reason is None and thinned.cut == 0


def test_what_is_no_codestream_comes_back_whole() -> None:
    for data in (b"", b"\xff\x4f", bytes(500), grainy()[:4000]):
        thinned = thin(data, 9)
        assert thinned.data is data and isinstance(thinned.reason, CodestreamError)


def damaged(data: bytes, seed: int) -> bytes:
    """One to four bytes changed, mostly where headers of packets stand."""
    chance = random.Random(seed)
    made = bytearray(data)
    places = [packet.header for packet in read_packets(data)]
    for _ in range(chance.randint(1, 4)):
        near_header = chance.random() < 0.8
        at = chance.choice(places) + chance.randrange(12) if near_header else chance.randrange(len(made))
        made[min(at, len(made) - 1)] = chance.randrange(256)
    return bytes(made)


def said(data: bytes) -> list[tuple[int, ...]]:
    return [
        (part.block, part.passes, part.length, part.planes)
        for packet in read_packets(data)
        for part in packet.parts
    ]


def refused_or_equal(data: bytes) -> bool:
    """A damaged codestream is left alone, or written as it stands where nothing is cut."""
    cut = thin(data, 20)
    if cut.reason is not None:
        assert cut.data is data
        return False
    headers = parse_codestream(data)
    whole = bytes(_thin(data, 0, headers).data)
    if whole != data:  # bits that fill the last byte of a header mean nothing, and are 0 where it is written
        assert said(whole) == said(data)
    assert walk(cut.data).contributions == walk(data).contributions
    return True


def test_damage_is_refused_or_kept() -> None:
    data = grainy(200, 120)
    taken = sum(refused_or_equal(damaged(data, seed)) for seed in range(150))
    assert 0 < taken < 150


@pytest.mark.soak
def test_ten_thousand_damaged_ones() -> None:
    data = grainy(200, 120)
    taken = sum(refused_or_equal(damaged(data, seed)) for seed in range(10_000))
    assert 1000 < taken < 9000


@pytest.mark.oracle
def test_ffmpeg_reads_it_alike(tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    pictures = []
    for name, passes in (("whole", 0), ("thin", 18)):
        file = tmp_path / f"{name}.j2c"
        file.write_bytes(thin(grainy(), passes).data)
        raw = tmp_path / f"{name}.raw"
        command = [ffmpeg, "-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgb48le", raw]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr
        pictures.append(np.frombuffer(raw.read_bytes(), "<u2") >> 4)
    assert near(*pictures) > 30
