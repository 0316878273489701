"""`watermark attack`, `attacks` and `bench` as they are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scenes import write_clip

pytestmark = pytest.mark.extra("watermark")
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("footage") / "clip.mkv")


def made(dcpkit: Call, clip: Path, output: Path, *more: object) -> dict[str, Any]:
    code, out, _ = dcpkit("watermark", "attack", clip, "-o", output, "--json", "--quiet", *more)
    assert code == 0
    return dict(json.loads(out))


def test_what_was_drawn_is_told_and_the_same_seed_makes_the_same_bytes(
    dcpkit: Call, clip: Path, tmp_path: Path
) -> None:
    flags = ("--attack", "crop", "--attack", "vp9", "--param", "share=0.2", "--param", "bit-rate=400000")
    one = made(dcpkit, clip, tmp_path / "a.mkv", *flags, "--seed", 4)
    two = made(dcpkit, clip, tmp_path / "b.mkv", *flags, "--seed", 4)
    other = made(dcpkit, clip, tmp_path / "c.mkv", *flags, "--seed", 5)
    assert {**one, "output": 0} == {**two, "output": 0}
    assert one["coder"] == {"codec": "vp9", "bit_rate": 400_000}
    assert one["drawn"][0]["attack"] == "crop" and one["drawn"][0]["left"] != other["drawn"][0]["left"]
    assert (tmp_path / "a.mkv").stat().st_size == (tmp_path / "b.mkv").stat().st_size


def test_the_list_has_every_parameter_with_its_range(dcpkit: Call) -> None:
    code, out, _ = dcpkit("watermark", "attacks", "--json")
    known = {each["name"]: each["parameters"] for each in json.loads(out)["attacks"]}
    assert code == 0 and known["crop"] == [{"name": "share", "default": "0.1", "range": "0..0.25"}]
    assert {"hevc", "av1", "vp9", "mpeg2", "screen-recording", "rate-pulldown", "reorder"} <= set(known)
    code, out, _ = dcpkit("watermark", "attacks")
    assert code == 0 and "power=1.3 (0.6..1.7)" in out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--attack", "hammer"), "no attack"),
        (("--attack", "crop", "--param", "share=0.4"), "0..0.25"),
        (("--attack", "crop", "--param", "hat=1"), "crop.share"),
        (("--attack", "h264", "--param", "depth=10"), "10 bits"),
    ],
)
def test_what_an_attack_does_not_know_is_refused(
    dcpkit: Call, clip: Path, tmp_path: Path, flags: tuple[str, ...], said: str
) -> None:
    code, _, err = dcpkit("watermark", "attack", clip, "-o", tmp_path / "a.mkv", *flags)
    assert code == 2 and said in err and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--attacks", "hammer"), "no attack"),
        (("--seconds", "9-3"), "not understood"),
        (("--size", "9x9"), "from 256"),
        (("--modes", "guessing"), "informed, blind"),
    ],
)
def test_what_a_bench_does_not_know_is_refused(
    dcpkit: Call, clip: Path, flags: tuple[str, ...], said: str
) -> None:
    code, _, err = dcpkit("watermark", "bench", "--footage", clip.parent, "--seed", 1, *flags)
    assert code == 2 and said in err


def test_a_bench_without_footage_is_refused(dcpkit: Call, tmp_path: Path) -> None:
    code, _, err = dcpkit("watermark", "bench", "--footage", tmp_path, "--seed", 1)
    assert code == 2 and "no video" in err
