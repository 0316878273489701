"""A reel's picture made: frames by their recipe into codestreams, which wait in a spool for their file."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from dcp.create.makers import chain, tasks
from dcp.create.makers.alike import Look, Looking
from dcp.create.makers.chain import Chain, Kind, Note, Seen
from dcp.create.makers.coded import coded_of
from dcp.create.makers.frame import Frame, Recipe, check_answer, code, picture_of
from dcp.create.makers.marked import MarkedPictures
from dcp.create.makers.protocol import EssenceFacts, Units, Work
from dcp.create.makers.referring import with_looks
from dcp.create.makers.tasks import Referred
from dcp.create.makers.underway import Wanted, made
from dcp.create.planning.marking import MarkPictures
from dcp.create.sources.facts import Pixels
from dcp.create.work.executor import Pool, Threads
from dcp.create.work.spool import Spool
from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, UsageError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.picture.codec import BIT_DEPTH, codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.coding import Coding
from dcp.picture.main_header import sample_bits
from dcp.text.layout.burnt import BurntCue, for_eye
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.makers.frame import Codes
    from dcp.picture.codec import Codec

Eye = Literal["left", "right"]
Read = Callable[[int], Iterable[Frame]]
"""The frames of one eye, or of both in one, from an edit unit on; a repeated frame is the same object."""
Refer = Callable[[int], Iterable[Referred | None]]
"""The same as references; None is black."""


@dataclass(frozen=True)
class Stretch:
    """Frames of one source. source: for messages. read: the frames, one an edit unit, `count` of them.

    recipes: one; of a stereoscopic picture the left eye's and the right eye's, and then `read_right` has the
    right eye's frames, or both eyes are in each frame of `read`. file_of: which file an edit unit of the
    stretch comes from, where each has its own, for messages. sizes: tells the bytes of each frame in the
    order of the file, where they are known before a frame is read. burnt: the text over an edit unit. begin:
    which frame of the composition the first edit unit is. refer, refer_right: what `read`, `read_right` give,
    as references, where the source is such that they can be; files: what must be seen for that.
    """

    source: Path
    read: Read
    recipes: tuple[Recipe, ...]
    count: int
    read_right: Read | None = None
    file_of: Callable[[int, Eye], Path | None] | None = None
    sizes: Callable[[], Sequence[int] | None] | None = None
    burnt: Callable[[int], tuple[BurntCue, ...]] | None = None
    begin: int = 0
    refer: Refer | None = None
    refer_right: Refer | None = None
    files: Callable[[], Sequence[Path]] = tuple

    @property
    def coded(self) -> bool:
        """Whether frames are made; else all are codestreams already."""
        return self.recipes[0].path is not None


@dataclass(frozen=True)
class PictureMaker:
    """A picture track of stretches, one behind the other, of one size, rate and number of eyes. mark: what
    every frame gets before it is coded; codestreams are decoded for it."""

    stretches: tuple[Stretch, ...]
    mark: MarkPictures | None = None

    @property
    def recipe(self) -> Recipe:
        """The first one: what all have alike stands in it."""
        return self.stretches[0].recipes[0]

    @property
    def eyes(self) -> int:
        return len(self.stretches[0].recipes)

    @property
    def count(self) -> int:
        """Edit units."""
        return sum(stretch.count for stretch in self.stretches)

    def facts(self) -> EssenceFacts:
        return EssenceFacts("picture", self.recipe.rate, self.count)

    @contextmanager
    def making(self, work: Work) -> Iterator[Units]:
        """Code every frame into the spool, going on where an earlier run left it. Codestreams whose sizes are
        known need no spool: they pass on while they are written. CodestreamError, SourceError for a frame
        that cannot be coded or passed on, or that the source lacks; DcpError when stopped."""
        sizes = self._known_sizes()
        if sizes is not None:
            yield Units(self._descriptor(self._first()), sizes, lambda: self._passed(work))
            return
        with Spool.go_on(work.spool, tell=work.checking) as spool:
            self._fill(spool, work)
            coded = coded_of(spool.notes, work.coding)
            yield Units(self._descriptor(spool.first()), spool.sizes, spool.frames, spool.kept, coded)
            spool.remove()

    def _descriptor(self, first: bytes) -> PictureDescriptor:
        descriptor = PictureDescriptor.from_codestream(
            parse_codestream(first), self.recipe.rate, self.eyes == 2
        )
        if self.recipe.hdr:
            descriptor = replace(descriptor, transfer_characteristic=TRANSFER_ST2084)
        return descriptor

    def _known_sizes(self) -> Sequence[int] | None:
        sizes = array("Q")
        for stretch in self.stretches:
            found = stretch.sizes() if stretch.sizes is not None else None
            if found is None:
                return None
            sizes.extend(found)
        return sizes

    def _first(self) -> bytes:
        """The first codestream, checked."""
        for item in self._items(0):
            return self._checked(item)
        raise SourceError("source.fewer-frames", where=self.stretches[0].source, n=0, expected=self.count)

    def _passed(self, work: Work) -> Iterator[bytes]:
        done, total = 0, self.count * self.eyes
        for item in self._items(0):
            if work.cancel is not None and work.cancel():
                raise DcpError("create.stopped")
            yield self._checked(item)
            done += 1
            if work.progress is not None:
                work.progress(done, total)
        self._complete(done)

    def _checked(self, item: _Item) -> bytes:
        try:
            assert isinstance(item.frame, bytes)
            return code(item.frame, item.recipe, None)
        except DcpError as error:
            error.where = self._place(item)
            raise

    def _complete(self, done: int) -> None:
        if done != self.count * self.eyes:
            source = self.stretches[-1].source
            raise SourceError("source.fewer-frames", where=source, n=done // self.eyes, expected=self.count)

    def _fill(self, spool: Spool, work: Work) -> None:
        coding = self.mark is not None or any(stretch.coded for stretch in self.stretches)
        codec = codec_by_name(work.codec) if coding else None
        executor = (work.executor if coding else None) or Threads()
        if executor.elsewhere and self.mark is not None:
            raise UsageError("cluster.marked")
        done, total, eyes = len(spool.sizes), self.count * self.eyes, self.eyes
        anchors = [chain.last_anchor(spool.notes, eye, eyes) for eye in range(eyes)]
        chains = [
            Chain() if anchor is None else Chain(None, anchor[0], anchor[1].light) for anchor in anchors
        ]
        tasks.begin()
        if done and work.progress is not None:
            work.progress(done, total)
        with executor.pool() as pool:
            hands = _Hands(codec, work.codec, pool, executor.elsewhere)
            frames = made(
                self._wanted(done, chains, work.coding, hands),
                pool,
                coding=work.coding,
                last={eye: anchor[1].planes for eye, anchor in enumerate(anchors) if anchor is not None},
                kept=lambda eye: spool.frame(done - 1 - (done - 1 - eye) % eyes),
                cancel=work.cancel,
            )
            for codestream, note in frames:
                if executor.elsewhere:
                    check_answer(codestream, self.recipe, done // eyes)
                spool.append(codestream, _as_coded(note, codestream).packed())
                done += 1
                if work.progress is not None:
                    work.progress(done, total)
        self._complete(done)

    def _wanted(self, done: int, chains: list[Chain], coding: Coding, hands: _Hands) -> Iterator[Wanted]:
        """What is left, from frame `done` on. Those before it are looked at: the next may be the same."""
        unit = max(0, done // self.eyes - 1)
        items = self._items(unit, hands)
        looked: Iterator[tuple[_Item, Look | None]] = ((item, None) for item in items)
        if hands.elsewhere:
            looked = with_looks(items, _referred, hands.pool)
        black = lru_cache(maxsize=2)(lambda recipe: code(None, recipe, hands.codec))  # coded once
        looking = Looking(hands.codec)
        for number, (item, look) in enumerate(looked, start=unit * self.eyes):
            eye, frame, recipe = number % self.eyes, item.frame, _recipe_of(item)
            kind: Kind = "coded"
            if isinstance(frame, bytes) and self.mark is None:
                kind = "passed"
            elif frame is None and not (item.burnt and self.mark is not None):
                kind = "black"
            if kind != "coded":
                chains[eye] = chains[eye].behind(None)
            else:
                seen = Seen(look if isinstance(frame, Referred) else looking.at(frame), recipe)
                if number < done:
                    chains[eye] = chains[eye].behind(seen)
                else:
                    at, unlike = number // self.eyes, self.mark is not None
                    kind, chains[eye] = chain.decided(chains[eye], seen, at, coding=coding, unlike=unlike)
            if number >= done:
                codestream = None
                if kind in ("passed", "black"):
                    codestream = self._at_once(item, recipe, hands.codec, black)
                yield self._wanting(item, kind, eye, chains[eye].light, recipe, codestream, hands)

    def _at_once(
        self, item: _Item, recipe: Recipe, codec: Codec | None, black: Callable[[Recipe], bytes]
    ) -> bytes:
        """A codestream that is passed on, or black."""
        try:
            if item.frame is not None:
                return self._checked(item)
            if codec is None:
                raise SourceError("source.black-among-codestreams")
            return black(recipe)
        except DcpError as error:
            error.where = self._place(item)
            raise

    def _wanting(
        self,
        item: _Item,
        kind: Kind,
        eye: int,
        light: int,
        recipe: Recipe,
        codestream: bytes | None,
        hands: _Hands,
    ) -> Wanted:
        codec, name, pool, _ = hands
        frame, marked, at = item.frame, item.marked, eye
        if kind not in ("coded", "anchor"):
            item, frame = item._replace(frame=None), None  # it is needed no more
        elif self.mark is not None and marked is None and codec is not None:
            marked, at = MarkedPictures([_picture(item, codec)], self.mark, item.number), 0

        def failed(error: DcpError) -> None:
            error.where = self._place(item)

        def coded(planes: int) -> Future[bytes]:
            if marked is not None:
                return pool.submit(marked.coded, at, recipe, name, planes)
            if isinstance(frame, Referred):
                facts = pool.shared(frame.facts)
                return pool.submit(tasks.coded_there, frame.parts, facts, recipe, name, planes)
            return pool.submit(tasks.coded, frame, recipe, name, planes)

        def tried(planes: int) -> Future[tuple[bytes, float]]:
            if marked is not None:
                return pool.submit(marked.tried, at, recipe, name, planes)
            if isinstance(frame, Referred):
                facts = pool.shared(frame.facts)
                return pool.submit(tasks.tried_there, frame.parts, facts, recipe, name, planes)
            return pool.submit(tasks.tried, frame, recipe, name, planes)

        return Wanted(kind, eye, light, _bytes_of(frame), codestream, coded, tried, failed)

    def _items(self, first: int, hands: _Hands | None = None) -> Iterator[_Item]:
        codec = hands.codec if hands is not None else None
        for stretch in self.stretches:
            if first < stretch.count:
                refer = hands is not None and hands.elsewhere and _is_seen(stretch, hands.pool)
                items = _items_of(stretch, first, refer=refer)
                if self.mark is not None and self.eyes == 2 and codec is not None:
                    items = _in_pairs(items, codec, self.mark)
                yield from items
            first = max(0, first - stretch.count)

    def _place(self, item: _Item) -> Path | Text:
        stretch = item.stretch
        eye: Eye = "left" if item.recipe is stretch.recipes[0] else "right"
        file = stretch.file_of(item.at, eye) if stretch.file_of is not None else None
        if file is not None:
            return file
        place = text("place.frame", frame=item.at)
        if self.eyes == 2:
            place = text("place.frame-left" if eye == "left" else "place.frame-right", frame=item.at)
        return text("place.in-file", file=stretch.source, place=place)


class _Hands(NamedTuple):
    """Who does the work. codec: None where nothing is coded; name: the codec's. elsewhere: in other
    processes."""

    codec: Codec | None
    name: str
    pool: Pool
    elsewhere: bool


class _Item(NamedTuple):
    """at: the edit unit of the stretch. marked: both eyes' pictures, where they are marked together."""

    stretch: Stretch
    at: int
    frame: Frame | Referred
    recipe: Recipe
    burnt: tuple[BurntCue, ...] = ()
    marked: MarkedPictures | None = None

    @property
    def number(self) -> int:
        """Of the composition."""
        return self.stretch.begin + self.at


def _in_pairs(items: Iterator[_Item], codec: Codec, mark: MarkPictures) -> Iterator[_Item]:
    """Left and right of each frame, which are marked together."""
    for left in items:
        right = next(items, None)
        if right is None:
            return
        both = MarkedPictures([_picture(left, codec), _picture(right, codec)], mark, left.number)
        yield left._replace(marked=both)
        yield right._replace(marked=both)


def _picture(item: _Item, codec: Codec) -> Callable[[], Codes]:
    frame = item.frame
    assert not isinstance(frame, Referred)  # nothing that is marked is made elsewhere
    return lambda: picture_of(frame, _recipe_of(item), codec)


def _recipe_of(item: _Item) -> Recipe:
    return replace(item.recipe, burnt=item.burnt) if item.burnt else item.recipe


def _items_of(stretch: Stretch, first: int, *, refer: bool = False) -> Iterator[_Item]:
    """From its edit unit `first` on. refer: by reference."""
    read: Refer | Read | None = stretch.refer if refer else stretch.read
    read_right: Refer | Read | None = stretch.refer_right if refer else stretch.read_right
    assert read is not None
    left: Iterable[Frame | Referred] = islice(read(first), stretch.count - first)
    others = iter(read_right(first)) if read_right is not None else None
    for at, frame in enumerate(left, start=first):
        burnt = stretch.burnt(at) if stretch.burnt is not None else ()
        if len(stretch.recipes) == 1:
            yield _Item(stretch, at, frame, stretch.recipes[0], burnt)
        else:
            yield _Item(stretch, at, frame, stretch.recipes[0], for_eye(burnt, "left"))
            if others is not None:
                try:
                    frame = next(others)
                except StopIteration:
                    return
            yield _Item(stretch, at, frame, stretch.recipes[1], for_eye(burnt, "right"))


def _is_seen(stretch: Stretch, pool: Pool) -> bool:
    """Whether its frames may be handed over by reference."""
    if stretch.refer is None or (stretch.read_right is not None and stretch.refer_right is None):
        return False
    return pool.sees(stretch.files())


def _referred(item: _Item) -> Referred | None:
    return item.frame if isinstance(item.frame, Referred) else None


def _bytes_of(frame: Frame | Referred) -> int:
    """That are held with it."""
    if frame is None or isinstance(frame, Referred):
        return 0
    if isinstance(frame, bytes):
        return len(frame)
    parts = [frame] if isinstance(frame, Pixels) else [pixels for pixels, _ in frame]
    return sum(
        plane.nbytes for pixels in parts for plane in (*pixels.planes, pixels.alpha) if plane is not None
    )


def _as_coded(note: Note, codestream: bytes) -> Note:
    """Of 4K, more bits than were asked for may have been needed."""
    bits = sample_bits(parse_codestream(codestream)) if note.kind == "coded" else None
    return note if bits is None else note._replace(planes=BIT_DEPTH - bits)
