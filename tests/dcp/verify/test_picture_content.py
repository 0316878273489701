"""--decode: what pictures show, with its frames; and that a frame does not decode."""

from __future__ import annotations

import functools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from verified import NOW, Make, judge

from dcp.picture.limits import frame_limits
from dcp.verify.engine import verify_package

pytestmark = pytest.mark.extra("picture")
SIZE = (48, 260)


@functools.cache
def coded(kind: str, number: int = 0, shift: int = 0) -> bytes:
    """A small picture: grain that differs with the number, or a flat one."""
    import numpy as np

    from dcp.picture.codec import codec_by_name

    picture = np.zeros((*SIZE, 3), np.uint16)
    if kind == "grain":
        rng = np.random.default_rng(number)
        grain = (1500 + 500 * rng.standard_normal(SIZE)).clip(0, 4000)
        lower = SIZE[0] // 2
        grain[lower:] = np.roll(grain[lower:], shift, axis=1)
        picture[:] = grain[..., None]
    elif kind != "black":
        picture[:] = {
            "clipped": (4095, 3900, 4000),
            "bright": (3900, 4050, 3900),
            "green": (1000, 3000, 300),
        }[kind]
    return codec_by_name().encode(picture, limits=frame_limits(Fraction(24)))


def film(**instead: bytes) -> list[bytes]:
    units = [coded("grain", number) for number in range(24)]
    for name, unit in instead.items():
        first, _, last = name.removeprefix("at_").partition("_")
        for number in range(int(first), int(last or first) + 1):
            units[number] = unit
    return units


def found(made: Any, **more: Any) -> list[tuple[str, str, str | None]]:
    report = judge(made, decode=True, **more)
    areas = ("QC-00", "QC-01", "J2K-04")
    return [
        (each.id, each.severity, each.place)
        for each in report.findings
        if each.id.startswith(areas) and each.file == "picture.mxf"
    ]


def test_a_film_that_moves_is_silent(make: Make) -> None:
    made = make(units=film())
    assert found(made) == []
    assert not [each for each in judge(made).findings if each.id.startswith("QC-0")]


def test_black_inside_and_at_the_ends(make: Make) -> None:
    black = coded("black")
    assert found(make("inside", units=film(at_8_11=black))) == [("QC-001", "info", "frames 8-11")]
    assert found(make("ends", units=film(at_0_3=black, at_20_23=black))) == []
    assert found(make("all", units=[black] * 24)) == [("QC-001", "info", None)]


def test_black_that_a_playlist_leaves_out(make: Make) -> None:
    def later(cpl: Any) -> Any:
        picture, sound = cpl.reels[0].assets
        assets = (replace(picture, entry_point=10, duration=14), replace(sound, entry_point=10, duration=14))
        return replace(cpl, reels=(replace(cpl.reels[0], assets=assets),))

    units = film(at_3_5=coded("black"), at_9_11=coded("black"), at_15=coded("black"))
    assert found(make(units=units, change=later)) == [("QC-001", "info", "frame 15")]


def test_a_picture_that_stands(make: Make) -> None:
    assert found(make("short", units=film(at_2_12=coded("grain", 2)))) == [("QC-010", "info", "frames 3-12")]
    assert found(make("long", units=[coded("grain", 1)] * 24)) == [("QC-002", "info", "frames 0-23")]


def test_large_parts_that_screens_do_not_show(make: Make) -> None:
    for id, kind in (("QC-011", "clipped"), ("QC-012", "bright"), ("QC-013", "green")):
        assert found(make(id, units=film(at_7=coded(kind)))) == [(id, "info", "frame 7")]


def test_frames_that_do_not_decode(make: Make) -> None:
    broken = undecodable(coded("grain", 4))
    said = found(make(units=film(at_3=broken, at_17_18=broken)))
    assert [each for each in said if each[0] == "J2K-040"] == [("J2K-040", "error", "frames 3, 17-18")]


def undecodable(good: bytes) -> bytes:
    """The decoder is patient: only some damage in a packet header stops it."""
    from dcp.errors import CodestreamError
    from dcp.picture.looks import look
    from dcp.picture.packets import read_packets

    for packet in read_packets(good):
        for at in range(packet.header, packet.body):
            for bits in (0x01, 0x10, 0x80):
                bad = good[:at] + bytes((good[at] ^ bits,)) + good[at + 1 :]
                try:
                    look(bad)
                except CodestreamError:
                    return bad
    raise AssertionError("all of it decodes")


def test_what_is_no_codestream_is_said_once(make: Make) -> None:
    made = make(units=film(at_3=b"not a codestream"))
    report = judge(made, decode=True)
    assert [each.id for each in report.errors] == ["J2K-001"]


def pairs(left: Any, right: Any) -> list[bytes]:
    return [unit for number in range(24) for unit in (left(number), right(number))]


def test_eyes(make: Make) -> None:
    def eye(number: int) -> bytes:
        return coded("grain", number)

    usual = pairs(eye, lambda n: coded("grain", n, -3))
    assert found(make("good", units=usual, stereo=True)) == []
    missing = pairs(eye, lambda n: coded("black") if n in (4, 5) else coded("grain", n, -3))
    assert found(make("missing", units=missing, stereo=True)) == [("QC-014", "info", "frames 4-5")]
    assert found(make("flat", units=pairs(eye, eye), stereo=True)) == [("QC-015", "info", "frames 0-23")]


def test_swapped_eyes_are_suspected(make: Make) -> None:
    def shifted(number: int) -> bytes:
        return coded("grain", number, -3)

    def eye(number: int) -> bytes:
        return coded("grain", number)

    assert found(make("swapped", units=pairs(shifted, eye), stereo=True)) == [("QC-016", "info", None)]
    assert found(make("right", units=pairs(eye, shifted), stereo=True)) == []


def test_without_the_key_it_says_so(make: Make) -> None:
    made = make(units=film(at_8=coded("black")), encrypt=True)
    report = judge(made, decode=True)
    assert "J2K-040" in {each.id for each in report.not_checked}
    opened = found(made, keyring=made.keyring)
    assert ("QC-001", "info", "frame 8") in opened


def test_without_the_extra_it_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(units=film(at_8=coded("black")))
    monkeypatch.setattr("dcp.verify.rules.picture_content.has", lambda extra: False)
    report = judge(made, decode=True)
    assert [each.id for each in report.findings if each.id.startswith("QC-00")] == []
    (left,) = [each for each in report.not_checked if each.id == "J2K-040"]
    assert "dcpkit[picture]" in left.why


def test_several_threads_find_the_same(make: Make) -> None:
    made = make(units=film(at_8_9=coded("black"), at_15=coded("grain", 14)))
    assert found(made, workers=1) == found(made, workers=4)


@pytest.mark.soak
def test_pictures_of_real_packages_are_whole(corpus: Path, golden: Path) -> None:
    """What other makers coded is walked and decoded without a word."""
    roots = {
        path.parent
        for base in (corpus / "libdcp", golden / "libdcp/plain")
        for path in base.rglob("ASSETMAP*")
    }
    assert len(roots) > 5
    for root in sorted(roots):
        report = verify_package(root, now=NOW, hashes=False, decode=True, thorough=True)
        said = [each for each in report.findings if each.id in ("J2K-038", "J2K-039", "J2K-040")]
        assert not said, (root, [each.message for each in said])
