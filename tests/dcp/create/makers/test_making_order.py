"""A picture made by the rule: which frames are measured, which are the one before, and the same bytes however
often a run is interrupted and whoever does the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shots import ANCHORS, BLACK, RATE, SAME, SIZE, copied, maker, picture, recipe, short_film

from dcp.create.makers.chain import Note, unpacked
from dcp.create.makers.frame import Frame, Recipe, code
from dcp.create.makers.picture import PictureMaker, Stretch
from dcp.create.makers.protocol import Work
from dcp.create.work.executor import Executor, Pool, Threads
from dcp.create.work.spool import Spool
from dcp.errors import DcpError, SourceError
from dcp.picture.codec import CODECS, Drawing, codec_by_name
from dcp.picture.coding import ALLOWED, Coding, measured
from dcp.picture.limits import FrameLimits, frame_limits

pytestmark = pytest.mark.extra("picture")


def made(
    maker: PictureMaker,
    folder: Path,
    *,
    coding: Coding = "fine",
    stop: int | None = None,
    executor: Executor | None = None,
) -> tuple[list[bytes], list[Note]]:
    """Codestreams and notes; stop: after so many frames are in the spool, the run ends with an error."""
    seen = 0

    def tell(done: int, total: int) -> None:
        nonlocal seen
        seen = done

    cancel: Callable[[], bool] = lambda: stop is not None and seen >= stop  # noqa: E731
    folder.mkdir(exist_ok=True)
    work = Work(
        folder / "spool", executor=executor or Threads(2), progress=tell, cancel=cancel, coding=coding
    )
    with Spooled.watching() as spools, maker.making(work) as units:
        return [bytes(each) for each in units.units()], [unpacked(each) for each in spools[-1]]
    raise AssertionError


class Spooled:
    """The notes of spools that are opened meanwhile: they are gone with the spool."""

    @staticmethod
    @contextmanager
    def watching() -> Iterator[list[Any]]:
        found: list[Any] = []
        go_on = Spool.go_on

        def watched(path: Path, **more: Any) -> Spool:
            spool = go_on(path, **more)
            found.append(spool.notes)
            return spool

        patch = pytest.MonkeyPatch()
        patch.setattr(Spool, "go_on", watched)
        try:
            yield found
        finally:
            patch.undo()


def test_frames_are_coded_by_the_rule(tmp_path: Path) -> None:
    film = short_film()
    units, notes = made(maker(film), tmp_path)
    assert [at for at, note in enumerate(notes) if note.kind == "anchor"] == ANCHORS
    assert [at for at, note in enumerate(notes) if note.kind == "same"] == SAME
    assert [at for at, note in enumerate(notes) if note.kind == "black"] == BLACK
    codec, planes = codec_by_name(), 0
    wanted: list[bytes] = []
    for at, (frame, note) in enumerate(zip(film, notes, strict=True)):
        if note.kind == "anchor":
            planes = note.planes
        if at in SAME:
            wanted.append(wanted[-1])
        else:
            bits = 12 if frame is None else 12 - planes
            wanted.append(code(frame, recipe(), codec, bits=bits))
            assert note.planes == (0 if frame is None else planes)
    assert units == wanted
    assert {note.planes for note in notes if note.kind == "anchor"} - {0}, "something is coded short"


def test_what_is_lost_of_a_measured_frame_is_what_is_noted(tmp_path: Path) -> None:
    from dcp.create.makers.frame import frame_of

    film, codec = short_film(), codec_by_name()
    for coding in ("fine", "fast"):
        units, notes = made(maker(film), tmp_path / coding, coding=coding)  # type: ignore[arg-type]
        for at in ANCHORS:
            drawn = frame_of(film[at], recipe())  # type: ignore[arg-type]
            whole = measured(code(film[at], recipe(), codec), drawn, codec)
            error = measured(units[at], drawn, codec)
            note, allowed = notes[at], ALLOWED[coding]  # type: ignore[index]
            assert note.loss == pytest.approx(min(10 * np.log10(error / whole), 10.23), abs=0.006)
            assert note.psnr <= 10 * np.log10(4095**2 / error) < note.psnr + 0.1
            assert note.loss <= allowed.loss + 0.005 or note.psnr >= allowed.psnr


def test_exact_is_every_frame_by_itself(tmp_path: Path) -> None:
    film = short_film()
    units, notes = made(maker(film), tmp_path, coding="exact")
    assert units == [code(frame, recipe(), codec_by_name()) for frame in film]
    assert {note.planes for note in notes} == {0} and "anchor" not in {note.kind for note in notes}
    assert [at for at, note in enumerate(notes) if note.kind == "same"] == SAME


class Remembering:
    """A codec that codes and decodes what is equal once: the runs of a test are alike nearly throughout."""

    name = "openjpeg"

    def __init__(self) -> None:
        self.real = codec_by_name()
        self.coded: dict[object, bytes] = {}
        self.decoded: dict[bytes, Any] = {}

    def encode(self, image: Any, *, limits: FrameLimits, bits: int = 12) -> bytes:
        if isinstance(image, Drawing):
            planes = np.zeros((3, *image.size[::-1]), np.int32)
            image.draw(tuple(planes))
            image = planes.transpose(1, 2, 0).astype(np.uint16)
        key = image.tobytes(), image.shape, limits, bits
        if key not in self.coded:
            self.coded[key] = self.real.encode(image, limits=limits, bits=bits)
        return self.coded[key]

    def decode(self, codestream: Any, *, reduce: int = 0) -> Any:
        key = bytes(codestream)
        if key not in self.decoded or reduce:
            found = self.real.decode(codestream, reduce=reduce)
            if reduce:
                return found
            self.decoded[key] = found
        return self.decoded[key]


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = Remembering()
    monkeypatch.setitem(CODECS, "openjpeg", lambda: codec)


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("eyes", [1, 2], ids=["flat", "stereo"])
def test_a_run_that_goes_on_gives_the_same_bytes_wherever_it_was_stopped(tmp_path: Path, eyes: int) -> None:
    film = short_film()
    right = [film[4], *film[:-1]] if eyes == 2 else None
    whole, notes = made(maker(film, right), tmp_path / "whole")
    assert len(whole) == eyes * len(film)
    for stop in range(1, len(whole)):
        folder = tmp_path / str(stop)
        with pytest.raises(DcpError, match="stopped"):
            made(maker(film, right), folder, stop=stop)
        again = made(maker(film, right), folder)
        assert again == (whole, notes), stop


@pytest.mark.usefixtures("remembering")
def test_a_run_that_is_stopped_again_and_again_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.create.makers.chain.ANCHOR_EVERY", 3)
    film = short_film()
    whole = made(maker(film), tmp_path / "whole")
    assert [at for at, note in enumerate(whole[1]) if note.kind == "anchor"][:3] == [0, 3, 5]
    for stop in range(1, len(film)):
        with pytest.raises(DcpError, match="stopped"):
            made(maker(film), tmp_path / "pieces", stop=stop)
    assert made(maker(film), tmp_path / "pieces") == whole


@pytest.mark.usefixtures("remembering")
def test_marked_frames_are_measured_too_and_go_on_alike(tmp_path: Path) -> None:
    film = [picture(1, 0), picture(1, 0), None, *(picture(2, at) for at in range(3))]

    def marked() -> PictureMaker:
        stretch = maker(film).stretches[0]
        return PictureMaker((stretch,), lambda pictures, number: [each + number % 2 for each in pictures])

    whole, notes = made(marked(), tmp_path / "whole")
    assert [note.kind for note in notes] == ["anchor", "coded", "black", "anchor", "coded", "coded"]
    assert whole[0] != whole[1]
    for stop in range(1, len(film)):
        with pytest.raises(DcpError, match="stopped"):
            made(marked(), tmp_path / str(stop), stop=stop)
        assert made(marked(), tmp_path / str(stop)) == (whole, notes)


def test_codestreams_that_are_marked_are_looked_at_for_their_shots(tmp_path: Path) -> None:
    codec = codec_by_name()
    film: list[Frame] = [
        code(picture(shot, at), recipe(), codec) for shot, at in ((1, 0), (1, 1), (2, 0), (2, 1))
    ]
    plain = Recipe(SIZE, frame_limits(RATE, mbps=2), RATE)
    stretch = Stretch(Path("folder"), lambda first: iter(film[first:]), (plain,), len(film))
    _, notes = made(PictureMaker((stretch,), lambda pictures, number: list(pictures)), tmp_path / "marked")
    assert [note.kind for note in notes] == ["anchor", "coded", "anchor", "coded"]
    passed, notes = made(PictureMaker((stretch,)), tmp_path / "passed")
    assert passed == film and {note.kind for note in notes} == {"passed"}


def test_what_was_done_is_told(tmp_path: Path) -> None:
    film = short_film()
    with maker(film).making(Work(tmp_path / "spool", executor=Threads(2))) as units:
        found = units.coded
    assert found is not None and found.coding == "fine"
    assert (found.same, found.black, found.anchors) == (len(SAME), len(BLACK), len(ANCHORS))
    assert sum(count for _, count in found.frames) == len(film) - len(SAME) - len(BLACK)


def test_a_frame_that_cannot_be_read_is_told_behind_those_before_it(tmp_path: Path) -> None:
    def read(first: int) -> Iterator[Frame]:
        yield from (picture(1, at) for at in range(first, 3))
        raise SourceError("source.no-frame", where="there")

    stretch = Stretch(Path("film.mov"), read, (recipe(),), 6)
    seen = []
    work = Work(tmp_path / "spool", progress=lambda done, total: seen.append(done))
    with pytest.raises(SourceError), PictureMaker((stretch,)).making(work):
        pass
    assert seen == [1, 2, 3]


# --- the order of the work -----


class Later:
    """An executor that does nothing until it is asked to, and then what it is told to do."""

    elsewhere = False

    def __init__(self, choose: Callable[[list[Any]], int], workers: int = 2) -> None:
        self.choose, self.workers, self.room = choose, workers, workers + 1
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self.most = 0
        self.begun: list[str] = []

    @contextmanager
    def pool(self) -> Iterator[Pool]:
        yield self

    def submit(self, function: Any, *arguments: Any, first: bool = False) -> Future[Any]:
        future: Future[Any] = Future()
        self.begun.append(function.__name__)
        self.waiting.append((future, function, arguments))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) > 1:
            self.one()
        return future

    def one(self) -> None:
        future, function, arguments = self.waiting.pop(self.choose(self.waiting))
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)

    def shared(self, value: object) -> object:
        return value

    def sees(self, files: object) -> bool:
        return True

    def check(self) -> None:
        while self.waiting:
            self.one()

    def map(self, *given: Any, **more: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("which", ["first", "last", "any"])
def test_the_bytes_are_the_same_in_whatever_order_the_work_is_done(
    tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.create.makers.underway._LOOKS_UP", 0.001)
    chance = np.random.default_rng(5)
    choose: dict[str, Callable[[list[Any]], int]] = {
        "first": lambda waiting: 0,
        "last": lambda waiting: len(waiting) - 1,
        "any": lambda waiting: int(chance.integers(len(waiting))),
    }
    film = short_film()
    whole = made(maker(film), tmp_path / "threads")
    assert made(maker(film), tmp_path / which, executor=Later(choose[which])) == whole


def test_an_anchor_in_sight_goes_before_the_frames_in_front_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.create.makers.underway._LOOKS_UP", 0.001)
    film: list[Frame] = [picture(1, at) for at in range(6)] + [picture(2, at) for at in range(2)]
    later = Later(lambda waiting: 0)
    made(maker(film), tmp_path, executor=later)
    order = "".join("t" if name == "tried" else "c" for name in later.begun)
    assert order.startswith("ttt") and order.count("ttt") == 2
    second = order.index("ttt", 3)
    assert order[:second].count("c") < 5, "five frames lie before it"


def test_frames_that_wait_take_bounded_memory(tmp_path: Path) -> None:
    taken = 0
    given = 0

    def read(first: int) -> Iterator[Frame]:
        nonlocal taken
        for at in range(first, 40):
            taken += 1
            assert taken - given <= 3 * 2 + 2 + 1
            yield picture(1, at)

    def tell(done: int, total: int) -> None:
        nonlocal given
        given = done

    stretch = Stretch(Path("film.mov"), read, (recipe(),), 40)
    work = Work(tmp_path / "spool", executor=Threads(2), progress=tell)
    with PictureMaker((stretch,)).making(work) as units:
        assert len(units.sizes) == 40


def test_large_frames_are_held_no_more_than_are_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.create.makers.underway._AHEAD", 1)
    held: list[int] = []
    given = 0

    def read(first: int) -> Iterator[Frame]:
        for at in range(first, 12):
            held.append(at + 1 - given)
            yield picture(1, at)

    def tell(done: int, total: int) -> None:
        nonlocal given
        given = done

    stretch = Stretch(Path("film.mov"), read, (recipe(),), 12)
    work = Work(tmp_path / "spool", executor=Threads(2), progress=tell)
    with PictureMaker((stretch,)).making(work) as units:
        assert len(units.sizes) == 12
    assert max(held) <= 3 + 1


def test_a_copy_of_the_frame_before_is_not_coded_again(tmp_path: Path) -> None:
    frame = picture(1, 0)
    units, notes = made(maker([frame, copied(frame), copied(frame)]), tmp_path)
    assert units[0] == units[1] == units[2]
    assert [note.kind for note in notes] == ["anchor", "same", "same"]


class Answering(Threads):
    """Takes itself for a cluster, one of whose workers answers what it likes."""

    elsewhere = True

    def __init__(self, answer: Callable[[bytes], object]) -> None:
        super().__init__(1)
        self._answer = answer

    @contextmanager
    def pool(self) -> Iterator[Pool]:
        with super().pool() as pool:
            own, count = pool.submit, 0

            def submit(function: Callable[..., Any], *arguments: object, first: bool = False) -> Future[Any]:
                nonlocal count
                found = own(function, *arguments, first=first)
                count += isinstance(found.result(), bytes)
                if count != 3 or not isinstance(found.result(), bytes):
                    return found
                count += 1
                changed: Future[Any] = Future()
                changed.set_result(self._answer(found.result()))
                return changed

            pool.submit = submit  # type: ignore[method-assign]
            yield pool


@pytest.mark.parametrize(
    "answer",
    [
        lambda data: data.hex(),
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"x" * (8 << 20),
        lambda data: data.replace(SIZE[0].to_bytes(4, "big"), (SIZE[0] + 16).to_bytes(4, "big"), 1),
    ],
    ids=["words", "half", "empty", "huge", "other-size"],
)
def test_what_is_no_frame_is_not_taken_from_a_worker(
    answer: Callable[[bytes], object], tmp_path: Path
) -> None:
    film = maker(short_film())
    with pytest.raises(DcpError) as refused:
        made(film, tmp_path, executor=Answering(answer))
    assert refused.value.id == "cluster.no-frame"
    assert made(film, tmp_path) == made(film, tmp_path / "anew"), "nothing of it is in the spool"
