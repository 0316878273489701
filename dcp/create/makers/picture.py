"""A reel's picture made: frames by their recipe into codestreams, which wait in a spool for their file."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, NamedTuple

from dcp.create.makers.frame import Frame, Recipe, code, picture_of
from dcp.create.makers.protocol import EssenceFacts, Units, Work
from dcp.create.planning.marking import MarkPictures
from dcp.create.sources.facts import Pixels
from dcp.create.work.executor import Threads
from dcp.create.work.spool import Spool
from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.system import give_memory_back
from dcp.text.layout.burnt import BurntCue, for_eye
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.makers.frame import Codes
    from dcp.picture.codec import Codec

COMPILER = "llvmlite"
"""What compiles the kernels of colour, or loads them compiled: some 70 MB that are of no use after that."""
Eye = Literal["left", "right"]
Read = Callable[[int], Iterable[Frame]]
"""The frames of one eye, or of both in one, from an edit unit on; a repeated frame is the same object."""


@dataclass(frozen=True)
class Stretch:
    """Frames of one source. source: for messages. read: the frames, one an edit unit, `count` of them.

    recipes: one; of a stereoscopic picture the left eye's and the right eye's, and then `read_right` has the
    right eye's frames, or both eyes are in each frame of `read`. file_of: which file an edit unit of the
    stretch comes from, where each has its own, for messages. sizes: tells the bytes of each frame in the
    order of the file, where they are known before a frame is read. burnt: the text over an edit unit. begin:
    which frame of the composition the first edit unit is.
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
            yield Units(self._descriptor(spool.first()), spool.sizes, spool.frames, spool.kept)
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
        begun = Lock()  # taken once, by the first frame
        black = lru_cache(maxsize=2)(lambda recipe: code(None, recipe, codec))  # of a film's many, one coded
        total = self.count * self.eyes

        def made() -> None:
            if begun.acquire(blocking=False):
                give_memory_back(COMPILER)

        def coded(item: _Item) -> bytes:
            try:
                recipe = _recipe_of(item)
                if item.frame is None and not (item.burnt and self.mark is not None):
                    if codec is None:
                        raise SourceError("source.black-among-codestreams")
                    return black(recipe)
                if item.pair is not None and codec is not None and self.mark is not None:
                    picture = item.pair.marked(item, codec, self.mark)
                    made()
                    return codec.encode(picture, limits=recipe.limits)
                return code(item.frame, recipe, codec, mark=self.marks(item.number), tell_made=made)
            except DcpError as error:
                error.where = self._place(item)
                raise

        done = len(spool.sizes)
        items = islice(self._items(done // self.eyes), done % self.eyes, None)
        executor = work.executor or Threads()
        # frames that are alike are coded once, but no two that are marked are alike
        same = _alike if self.mark is None else None
        for codestream in executor.map(coded, items, same=same, cancel=work.cancel):
            spool.append(codestream)
            done += 1
            if work.progress is not None:
                work.progress(done, total)
        self._complete(done)

    def marks(self, number: int) -> Callable[[Codes], Codes] | None:
        """What marks that frame of the composition."""
        mark = self.mark
        return None if mark is None else lambda picture: mark((picture,), number)[0]

    def _items(self, first: int) -> Iterator[_Item]:
        for stretch in self.stretches:
            if first < stretch.count:
                items = _items_of(stretch, first)
                yield from _in_pairs(items) if self.mark is not None and self.eyes == 2 else items
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


class _Item(NamedTuple):
    """at: the edit unit of the stretch. pair: what marks both eyes of it."""

    stretch: Stretch
    at: int
    frame: Frame
    recipe: Recipe
    burnt: tuple[BurntCue, ...] = ()
    pair: _Pair | None = None

    @property
    def number(self) -> int:
        """Of the composition."""
        return self.stretch.begin + self.at


class _Pair:
    """Both eyes of a frame: one change is made to them, whichever is coded first."""

    def __init__(self, left: _Item, right: _Item) -> None:
        self._eyes = left, right
        self._lock = Lock()
        self._marked: list[Codes | None] = []

    def marked(self, item: _Item, codec: Codec, mark: MarkPictures) -> Codes:
        """The item's own picture; it is given away, once."""
        with self._lock:
            if not self._marked:
                pictures = [picture_of(each.frame, _recipe_of(each), codec) for each in self._eyes]
                self._marked = [*mark(pictures, item.number)]
            at = 0 if item.recipe is self._eyes[0].recipe else 1
            picture, self._marked[at] = self._marked[at], None
        assert picture is not None
        return picture


def _in_pairs(items: Iterator[_Item]) -> Iterator[_Item]:
    """Left and right of each frame, which know each other."""
    for left in items:
        right = next(items, None)
        if right is None:
            return
        pair = _Pair(left, right)
        yield left._replace(pair=pair)
        yield right._replace(pair=pair)


def _recipe_of(item: _Item) -> Recipe:
    return replace(item.recipe, burnt=item.burnt) if item.burnt else item.recipe


def _items_of(stretch: Stretch, first: int) -> Iterator[_Item]:
    """From its edit unit `first` on."""
    left = islice(stretch.read(first), stretch.count - first)
    right = stretch.read_right(first) if stretch.read_right is not None else None
    others = iter(right) if right is not None else None
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


def _alike(item: _Item) -> Hashable:
    """Equal for frames that are one object, coded by one recipe, under the same text."""
    frame = item.frame
    if frame is None or isinstance(frame, bytes | Pixels):
        return id(frame), id(item.recipe), item.burnt
    return tuple((id(pixels), weight) for pixels, weight in frame), id(item.recipe), item.burnt
