from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import DcpError, UsageError
from watermark.attack import (
    ATTACKS,
    CODERS,
    EIGHT_BITS,
    Camcorder,
    Clip,
    Codec,
    Parameter,
    attack_by_name,
    attacked,
    blend_to_rate,
    camcorder,
    collude,
    drawn_value,
    in_eight_bits,
    parameters_of,
    split_coder,
    to_eight_bits,
    values_of,
    write_video,
)
from watermark.attack.parameters import OneOf
from watermark.dither import noise, rounded
from watermark.ycbcr import planes_of, rgb_of


def pictures(count: int = 6, width: int = 128, height: int = 72) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    base = rng.integers(40, 200, (height, width, 3), dtype=np.uint8)
    return (np.roll(base, index, axis=1) for index in range(count))


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_gives_the_same_frames_for_the_same_seed(name: str) -> None:
    attack = attack_by_name(name)
    once, again = (list(attack(Clip(pictures(), Fraction(24)), 7).frames) for _ in range(2))
    assert len(once) >= 5
    for one, two in zip(once, again, strict=True):
        assert one.dtype == np.uint8 and one.ndim == 3 and one.shape[2] == 3
        assert (one == two).all()


@pytest.mark.parametrize("name", ["camcorder", "crop", "shift", "noise"])
def test_another_seed_gives_other_frames(name: str) -> None:
    one, two = (next(ATTACKS[name](Clip(pictures(), Fraction(24)), seed).frames) for seed in (1, 2))
    assert one.shape != two.shape or (one != two).any()


def test_an_unknown_attack_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match="no attack") as caught:
        attack_by_name("hammer")
    assert "camcorder" in str(caught.value)


def test_blending_keeps_the_time_and_mixes_neighbours() -> None:
    frames = [np.full((4, 4, 3), 10 * value, dtype=np.uint8) for value in range(24)]
    clip = blend_to_rate(Clip(iter(frames), Fraction(24)), Fraction(30))
    blended = list(clip.frames)
    assert clip.rate == 30 and len(blended) == 30
    # Output 1 lies over [0.8, 1.6): a quarter of frame 0, three quarters of frame 1.
    assert [int(frame[0, 0, 0]) for frame in blended[:4]] == [0, 8, 15, 23]
    slower = list(blend_to_rate(Clip(iter(frames), Fraction(24)), Fraction(12)).frames)
    assert [int(frame[0, 0, 0]) for frame in slower[:2]] == [5, 25] and len(slower) == 12


def test_the_camera_sees_a_tilted_darker_cornered_picture() -> None:
    white = (np.full((720, 1280, 3), 180, dtype=np.uint8) for _ in range(2))
    camera = Camcorder(width=320, height=180, keystone=0.1, vignette=0.5)
    frame = next(camcorder(Clip(white, Fraction(24)), 1, camera=camera).frames)
    assert frame.shape == (180, 320, 3)
    assert frame[90, 160].mean() > frame[20:40, 20:40].mean() + 5


def test_a_video_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "copy.mp4"
    assert write_video(path, pictures(24), rate=Fraction(24), bit_rate=300_000) == 24
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 24
        assert sum(1 for _ in container.decode(video=0)) == 24

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from pictures(3)
        raise UsageError("stopped")

    with pytest.raises(UsageError, match="stopped"):
        write_video(tmp_path / "other.mkv", broken(), rate=Fraction(24))
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.mp4"]


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv"):
        write_video(tmp_path / name, pictures(12), rate=Fraction(25), crf=30)
    one, two = (
        [frame.to_ndarray() for frame in av.open(str(tmp_path / name)).decode(video=0)]
        for name in ("a.mkv", "b.mkv")
    )
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_videos_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="kind of video"):
        write_video(tmp_path / "a.avi", pictures(), rate=Fraction(24))
    with pytest.raises(UsageError, match="no frame"):
        write_video(tmp_path / "a.mp4", [], rate=Fraction(24))
    with pytest.raises(UsageError, match="in a video of"):
        write_video(tmp_path / "a.mp4", [*pictures(1), *pictures(1, width=64)], rate=Fraction(24))
    with pytest.raises(DcpError, match="cannot write"):
        write_video(tmp_path / "absent" / "a.mp4", pictures(), rate=Fraction(24))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("codec", sorted(CODERS))
def test_every_coder_writes_a_file_of_its_own_form_and_the_same_one_again(
    tmp_path: Path, codec: Codec
) -> None:
    for name in ("a.mkv", "b.mkv"):
        count = write_video(tmp_path / name, pictures(8), rate=Fraction(24), bit_rate=400_000, codec=codec)
        assert count == 8
    with av.open(str(tmp_path / "a.mkv")) as container:
        names = {"h264": "h264", "hevc": "hevc", "av1": "av1", "vp9": "vp9", "mpeg2": "mpeg2video"}
        found = container.streams.video[0].codec_context.codec.name
        assert names[codec] in found or "dav1d" in found
        one = [frame.to_ndarray() for frame in container.decode(video=0)]
    with av.open(str(tmp_path / "b.mkv")) as container:
        two = [frame.to_ndarray() for frame in container.decode(video=0)]
    assert len(one) == 8 and all((a == b).all() for a, b in zip(one, two, strict=True))


def test_what_a_coder_cannot_do_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="frames a second"):
        write_video(tmp_path / "a.mkv", pictures(), rate=Fraction(22), codec="mpeg2")
    with pytest.raises(UsageError, match="10 bits"):
        write_video(tmp_path / "a.mkv", pictures(), rate=Fraction(24), codec="h264", depth=10)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_parameter_is_drawn_within_its_range_and_told(name: str) -> None:
    rng = np.random.default_rng(5)
    values = {each.name.replace("-", "_"): drawn_value(each, rng) for each in parameters_of(ATTACKS[name])}
    values.update({"generations": 1} if "generations" in values else {})
    if name in CODERS:
        values["depth"] = 8
    if name == "mpeg2":
        values["bit_rate"] = 500_000
    if name.startswith(("camcorder", "screen")):
        values["lines"] = 480 if name.startswith("screen") else 360
    deep = (frame.astype(np.uint16) * 257 for frame in pictures())
    clip = ATTACKS[name](Clip(deep, Fraction(24)), 7, **values)
    first = next(clip.frames)
    assert first.ndim == 3 and first.dtype == np.uint16
    if name != "none":
        told = clip.done[-1].values
        assert all(
            name.replace("_", "-") in told or name in told for name in values if name not in ("rate", "lines")
        )


EVERY_PARAMETER = [
    (attack, each)
    for attack, function in ATTACKS.items()
    if attack not in (*CODERS, "recompress", "camcorder-30")
    for each in parameters_of(function)
]


@pytest.mark.parametrize(
    ("name", "parameter"), EVERY_PARAMETER, ids=[f"{name}.{each.name}" for name, each in EVERY_PARAMETER]
)
def test_no_parameter_is_ignored(name: str, parameter: Parameter) -> None:
    limits = parameter.range
    ends = (
        limits.values[:: len(limits.values) - 1] if isinstance(limits, OneOf) else (limits.low, limits.high)
    )
    small = {"camcorder": {"lines": 360}, "screen-recording": {"lines": 480}, "reorder": {"seconds": 1.0}}
    others: dict[str, object] = small.get(name, {})  # type: ignore[assignment]
    count = {"lose-frames": 96, "reorder": 96, "camcorder": 2}.get(name, 4)
    base = next(pictures(1, 32, 18) if count > 4 else pictures(1))
    rng = np.random.default_rng(1)
    source = [base + rng.integers(0, 8, base.shape, dtype=np.uint8) for _ in range(count)]

    def made(value: object) -> tuple[object, int]:
        keywords = others | {parameter.name.replace("-", "_"): value}
        clip = attack_by_name(name)(Clip(iter(source), Fraction(24)), 7, **keywords)
        return clip.rate, hash(b"".join(frame.tobytes() for frame in clip.frames))

    values = [parameter.kind(each) if parameter.kind is int else each for each in ends]
    assert made(values[0]) != made(values[1])


def test_each_share_of_lost_frames_is_its_own() -> None:
    def shown(**shares: float) -> list[int]:
        given = {"dropped": 0.0, "doubled": 0.0, "swapped": 0.0} | shares
        frames = (np.full((2, 2, 3), n % 250, np.uint8) for n in range(250))
        clip = ATTACKS["lose-frames"](Clip(frames, Fraction(24)), 2, **given)
        return [int(frame[0, 0, 0]) for frame in clip.frames]

    whole = list(range(250))
    assert shown() == whole
    few, more, turned = shown(dropped=0.1), shown(doubled=0.1), shown(swapped=0.1)
    assert 215 < len(few) < 240 and few == sorted(set(few))
    assert 260 < len(more) < 285 and sorted(set(more)) == whole and more == sorted(more)
    assert turned != whole and sorted(turned) == whole


def test_of_several_attacks_each_gets_its_own_values() -> None:
    frames = [np.full((8, 8, 3), 128, np.uint8)] * 2
    clip = attacked(
        Clip(iter(frames), Fraction(24)), ["gamma", "speed"], 3, values=[{"power": 1.0}, {"factor": 1.0}]
    )
    assert clip.rate == 24 and (next(clip.frames) == 128).all()


def test_parameters_are_read_and_wrong_ones_refused() -> None:
    found = values_of(["crop", "gamma"], ["share=0.2", "gamma.power=1.5"])
    assert found == [{"share": 0.2}, {"power": 1.5}]
    assert values_of(["rate-blend"], ["rate=23.976"]) == [{"rate": Fraction(24000, 1001)}]
    for words in (["share=0.3"], ["share=nan"], ["share"], ["hat=1"], ["power=x"]):
        with pytest.raises(UsageError):
            values_of(["crop", "gamma"], words)
    with pytest.raises(UsageError):  # of which of the two
        values_of(["crop", "shift"], ["share=0.05"])


def test_the_copy_is_written_by_the_coder_that_ends_the_attacks() -> None:
    assert split_coder(["crop", "vp9"], [{}, {"bit_rate": 400_000}]) == (
        ["crop"],
        {"codec": "vp9", "bit_rate": 400_000},
    )
    assert split_coder(["vp9", "crop"], [{}, {}]) == (["vp9", "crop"], {})
    assert split_coder(["vp9"], [{"generations": 2}]) == (["vp9"], {})


GREY = 65535 * 85 / 219
"""Of 16 bits: as light as Y' 101 of 8 bits, and on the way to 102 are 300 steps."""


@pytest.mark.parametrize("way", sorted(EIGHT_BITS))
def test_a_fraction_of_a_code_is_kept_by_dither_alone(way: str) -> None:
    deep = (np.full((64, 64, 3), round(GREY + 0.3 * 299), np.uint16) for _ in range(16))
    clip = in_eight_bits(Clip(deep, Fraction(24)), way=EIGHT_BITS[way])
    luma = np.stack([planes_of(frame, None)[0] for frame in clip.frames])
    kept = abs(float(luma.mean()) - 101.3) < 0.02
    assert kept == (way != "round")


def deep_pictures(count: int = 5, width: int = 128, height: int = 72) -> Iterator[NDArray[np.uint16]]:
    """A soft ramp of muted colour, whose samples have fractions of a code."""
    y, x = np.mgrid[0:height, 0:width]
    grey = 20_000 + 137.7 * x + 61.3 * y
    for index in range(count):
        yield np.stack([grey + 999, grey + 41 * index, grey - 500], axis=2).astype(np.uint16)


def luma_of(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray()[: frame.height] for frame in container.decode(video=0)]


@pytest.mark.parametrize(("way", "blow"), [(way, blow) for way in EIGHT_BITS for blow in ("none", "mirror")])
def test_a_copy_is_rounded_once(tmp_path: Path, way: str, blow: str) -> None:
    rate = Fraction(24)
    clip = to_eight_bits(Clip(deep_pictures(), rate), way=EIGHT_BITS[way])
    clip = attacked(clip, [blow], 1)
    write_video(tmp_path / "a.mkv", clip.frames, rate=rate, crf=0, way=clip.way)  # without loss
    weights = np.array([0.2126, 0.7152, 0.0722])
    turn = slice(None, None, -1 if blow == "mirror" else 1)
    for index, (frame, found) in enumerate(zip(deep_pictures(), luma_of(tmp_path / "a.mkv"), strict=True)):
        luma = (16 + 219 / 65535 * frame @ weights).astype(np.float32)[:, turn]
        wanted = rounded(np.ascontiguousarray(luma), noise(index, way=EIGHT_BITS[way], rate=rate))
        assert (found != wanted).mean() < 1e-3  # float32 may fall to the other side


def test_a_coder_or_a_camera_leaves_whole_codes_that_are_rounded_plainly() -> None:
    for blow in ("h264", "camcorder"):
        clip = to_eight_bits(Clip(deep_pictures(), Fraction(24)), way="pixel")
        assert clip.way == "pixel" and attacked(clip, [blow], 1).way == "none"
    clip = attacked(Clip(deep_pictures(), Fraction(24)), ["h264"], 1)
    for frame in clip.frames:
        assert frame.dtype == np.uint16
        once = planes_of(frame, None)
        assert all((one == two).all() for one, two in zip(once, planes_of(rgb_of(once), None), strict=True))


def test_frames_wait_in_no_memory_and_all_come_back_in_another_order() -> None:
    frames = [np.full((8, 8, 3), value, np.uint8) for value in range(48)]
    clip = attacked(Clip(iter(frames), Fraction(24)), ["reorder"], 3, values=[{"seconds": 1.0, "pieces": 2}])
    order = [int(frame[0, 0, 0]) for frame in clip.frames]
    assert sorted(order) == list(range(48)) and order != list(range(48))
    breaks = sum(after != before + 1 for before, after in pairwise(order))
    assert breaks <= 3


def test_telecine_weaves_two_moments_and_keeps_the_time() -> None:
    frames = [np.full((8, 8, 3), value, np.uint8) for value in range(24)]
    woven = list(ATTACKS["rate-pulldown"](Clip(iter(frames), Fraction(24)), 0, rate=Fraction(30)).frames)
    assert len(woven) == 30
    mixed = [int(frame[0, 0, 0]) != int(frame[1, 0, 0]) for frame in woven[:5]]
    assert mixed.count(True) == 2  # 2:3: two frames of five have fields of two moments


def test_colluders_share_what_they_agree_on() -> None:
    copies = [Clip(iter([np.full((8, 8, 3), value, np.uint8)] * 2), Fraction(24)) for value in (100, 104)]
    joined = list(collude(copies, 0).frames)
    assert len(joined) == 2 and int(joined[0][0, 0, 0]) == 102
