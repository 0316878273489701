"""The picture maker: frames in, a track file's units out; stereo, black, codestreams, a run that goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
from lettering import needing_fonts
from numpy.typing import NDArray

from dcp.create.makers.frame import Frame, Recipe, code, frame_of
from dcp.create.makers.picture import PictureMaker, Stretch
from dcp.create.makers.protocol import Maker, Work
from dcp.create.sources.facts import Pixels
from dcp.create.work.executor import Threads
from dcp.errors import DcpError, SourceError
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file
from dcp.picture.codec import CODECS, Drawing, codec_by_name
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import place
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.text.fonts import fonts_for
from dcp.text.layout.burnt import BurntText, for_eye, shown_in
from dcp.text.values import Cue, Line, Place, Run, Style

if TYPE_CHECKING:
    from dcp.picture.codec import Picture

pytestmark = pytest.mark.extra("picture")

RATE = Fraction(24)
SIZE = (96, 54)


def recipe(half: str | None = None, *, target: str = "dcdm", stereo: bool = False) -> Recipe:
    placement = place((96, 54), SIZE, half=half, squeezed=half is not None)  # type: ignore[arg-type]
    limits = frame_limits(RATE, stereo=stereo, hdr=target == "hdr")
    return Recipe(SIZE, limits, RATE, placement, ColourPath("rgb", target=target), stereo)  # type: ignore[arg-type]


def frame(value: int) -> Pixels:
    plane = np.full((54, 96), value, np.uint8)
    plane[:, 48:] //= 2
    return Pixels((plane, plane, plane), "rgb", 8, full_range=True)


def reader(frames: Iterable[Frame]) -> object:
    held = list(frames)
    return lambda first: iter(held[first:])


def maker(
    frames: Iterable[Frame], *recipes: Recipe, count: int = 6, right: Iterable[Frame] | None = None
) -> Maker:
    stretch = Stretch(
        Path("film.mov"),
        reader(frames),  # type: ignore[arg-type]
        recipes or (recipe(),),
        count,
        reader(right) if right is not None else None,  # type: ignore[arg-type]
    )
    return PictureMaker((stretch,))


class Counting:
    """A codec that remembers what it was given."""

    name = "counting"

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.real = codec_by_name()

    def encode(self, image: Picture, *, limits: FrameLimits, bits: int = 12) -> bytes:
        assert isinstance(image, Drawing)
        width, height = image.size
        planes = np.full((3, height, width), -1, np.int32)
        image.draw(tuple(planes))
        self.calls.append(int(planes[1, 0, 0]))
        return self.real.encode(image, limits=limits, bits=bits)

    def decode(self, codestream: bytes | bytearray | memoryview, *, reduce: int = 0) -> NDArray[np.uint16]:
        return self.real.decode(codestream, reduce=reduce)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    codec = Counting()
    monkeypatch.setitem(CODECS, "counting", lambda: codec)
    yield codec


def written(made: Maker, folder: Path, **more: object) -> TrackFile:
    path = folder / "picture.mxf"
    more = {"coding": "exact", **more}
    with made.making(Work(folder / "spool", executor=Threads(2), **more)) as units:  # type: ignore[arg-type]
        write_track_file(
            path,
            units.units(),
            sizes=units.sizes,
            descriptor=units.descriptor,
            edit_rate=made.facts().edit_rate,
            asset_id=uuid4(),
            now=datetime(2026, 1, 1, tzinfo=UTC),
        )
    assert [one.name for one in folder.iterdir()] == ["picture.mxf"]  # nothing is left of the spool
    return TrackFile.open(path)


def test_frames_become_units_in_order(tmp_path: Path) -> None:
    frames = [frame(40 * number + 30) for number in range(5)] + [None]
    told = []
    made = maker(frames)
    with written(made, tmp_path, progress=lambda done, total: told.append((done, total))) as track:
        units = [bytes(unit.data) for unit in track.units()]
        assert track.header.container_duration == 6 == made.facts().duration
    codec = codec_by_name()
    assert units == [code(one, recipe(), codec) for one in frames]
    assert codec.decode(units[-1]).max() == 0
    assert told == [(number, 6) for number in range(1, 7)]


def test_what_repeats_and_black_is_coded_once(tmp_path: Path, counting: Counting) -> None:
    still, other = frame(200), frame(100)
    frames = [None, still, still, still, None, other, other, None]
    with written(maker(frames, count=8), tmp_path, codec="counting") as track:
        units = [bytes(unit.data) for unit in track.units()]
    assert len(counting.calls) == 3
    assert units[1] == units[2] == units[3] != units[5]
    assert units[0] == units[4] == units[7]


def test_both_eyes_alternate(tmp_path: Path) -> None:
    lefts, rights = [frame(50 + number) for number in range(3)], [frame(200 - number) for number in range(3)]
    eyes = recipe(stereo=True), recipe(stereo=True)
    with written(maker(lefts, *eyes, count=3, right=rights), tmp_path) as track:
        units = [bytes(unit.data) for unit in track.units()]
        assert track.header.container_duration == 3
    codec = codec_by_name()
    wanted = [one for pair in zip(lefts, rights, strict=True) for one in pair]
    assert units == [code(one, eyes[0], codec) for one in wanted]


def test_both_eyes_in_one_frame(tmp_path: Path) -> None:
    eyes = recipe("left", stereo=True), recipe("right", stereo=True)
    with written(maker([frame(200)] * 2, *eyes, count=2), tmp_path) as track:
        units = [codec_by_name().decode(bytes(unit.data)) for unit in track.units()]
    assert len(units) == 4
    assert units[0][27, 48, 1] > units[1][27, 48, 1]
    assert np.array_equal(units[0], units[2]) and np.array_equal(units[1], units[3])


@pytest.mark.parametrize("stereo", [False, True])
@pytest.mark.parametrize("stopped_after", [1, 4, 5])
def test_a_stopped_run_is_gone_on_with(
    tmp_path: Path, counting: Counting, stereo: bool, stopped_after: int
) -> None:
    frames = [frame(20 + 30 * number) for number in range(6)]
    eyes = (recipe(stereo=True), recipe(stereo=True)) if stereo else (recipe(),)
    right = frames[::-1] if stereo else None
    seen = 0

    def stop(done: int, total: int) -> None:
        nonlocal seen
        seen = done

    made = maker(frames, *eyes, right=right)
    work = Work(
        tmp_path / "spool", "counting", Threads(1), stop, lambda: seen >= stopped_after, coding="exact"
    )
    with pytest.raises(DcpError, match="stopped"), made.making(work):
        pass
    before = len(counting.calls)
    assert (tmp_path / "spool").exists() and seen >= stopped_after
    with written(made, tmp_path, codec="counting") as track:
        units = [bytes(unit.data) for unit in track.units()]
    assert len(counting.calls) - before <= len(units) - seen
    wanted = frames if right is None else [one for pair in zip(frames, right, strict=True) for one in pair]
    assert units == [code(one, eyes[0], codec_by_name()) for one in wanted]


def test_hdr_says_so_in_its_descriptor(tmp_path: Path) -> None:
    with maker([frame(90)], recipe(target="hdr"), count=1).making(Work(tmp_path / "spool")) as units:
        assert units.descriptor.transfer_characteristic == TRANSFER_ST2084  # type: ignore[union-attr]


def test_codestreams_need_no_codec_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    plain = Recipe(SIZE, frame_limits(RATE), RATE)
    good = code(frame(80), recipe(), codec_by_name())
    with written(maker([good] * 2, plain, count=2), tmp_path, codec="there is none") as track:
        assert [bytes(unit.data) for unit in track.units()] == [good, good]
    for bad, message in ((b"no codestream at all", "SOC"), (None, "black frame")):
        with (
            pytest.raises(SourceError, match=message) as caught,
            maker([good, good, bad], plain, count=3).making(Work(tmp_path / "other")),
        ):
            pass
        assert "film.mov" in str(caught.value.where) and "frame 2" in str(caught.value.where)
        for left in tmp_path.glob("other*"):
            left.unlink()
    stretch = Stretch(
        Path("folder"),
        lambda first: iter([b"?"]),
        (plain,),
        1,
        file_of=lambda unit, eye: Path(f"folder/{unit}_{eye}.j2c"),
    )
    named = PictureMaker((stretch,))
    with pytest.raises(SourceError) as caught, named.making(Work(tmp_path / "third")):
        pass
    assert caught.value.where == str(Path("folder/0_left.j2c"))


@pytest.mark.parametrize("stereo", [False, True])
def test_a_source_that_ends_early_is_an_error(tmp_path: Path, stereo: bool) -> None:
    eyes = (recipe(stereo=True), recipe(stereo=True)) if stereo else (recipe(),)
    made = maker([frame(90)] * 6, *eyes, right=[frame(90)] * 4) if stereo else maker([frame(90)] * 4)
    with (
        pytest.raises(SourceError, match="gave 4 frames, it announced 6"),
        made.making(Work(tmp_path / "spool")),
    ):
        pass


def test_frames_beyond_those_that_were_announced_are_not_asked_for(tmp_path: Path) -> None:
    with maker((frame(9) for _ in range(9)), count=2).making(Work(tmp_path / "spool")) as units:
        assert len(units.sizes) == 2


def test_text_is_burnt_in_and_frames_of_two_cues_are_told_apart(tmp_path: Path, counting: Counting) -> None:
    needing_fonts("Noto Sans")
    still, black = frame(100), None
    cues = tuple(
        Cue(
            first / RATE,
            (first + 2) / RATE,
            (Line((Run(words, Style(size=300)),)),),
            Fraction(0),
            Fraction(0),
        )
        for first, words in ((0, "one"), (2, "two"), (6, "one"))
    )
    shown = shown_in(BurntText(cues, fonts_for(cues)[0]), RATE)
    frames = [still] * 6 + [black] * 3
    stretch = Stretch(Path("film.mov"), reader(frames), (recipe(),), 9, burnt=shown)  # type: ignore[arg-type]
    with written(PictureMaker((stretch,)), tmp_path, codec="counting") as track:
        units = [bytes(unit.data) for unit in track.units()]
    assert [units.index(each) for each in units] == [0, 0, 2, 2, 4, 4, 6, 6, 8]
    assert len(counting.calls) == 5


def test_both_eyes_see_text_in_depth_apart() -> None:
    needing_fonts("Noto Sans")
    place = Place("center", 0, "bottom", 30, z=20.0)
    line = Line((Run("I", Style(size=300, effect="none")),), place)
    cue = Cue(Fraction(0), Fraction(1), (line,), Fraction(0), Fraction(0))
    cues = shown_in(BurntText((cue,), fonts_for((cue,))[0]), RATE)(0)
    ground = frame_of(None, recipe())
    assert not ground.any()
    middles = []
    for eye in ("left", "right"):
        seen = frame_of(None, replace(recipe(), burnt=for_eye(cues, eye)))  # type: ignore[arg-type]
        middles.append(float(np.nonzero(seen[..., 1].max(axis=0))[0].mean()))
    assert abs(middles[1] - middles[0] - 0.2 * SIZE[0]) <= 1
