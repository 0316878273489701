"""The KLVs of partitions as values: what stands there, right or wrong. Offsets are those of the file.

`form` is how many bytes a KLV's length takes: writers of DCP files use four throughout.
"""

from __future__ import annotations

from dcp.dataclass import dataclass
from dcp.mxf.labels import INDEX_SEGMENT, UL, same
from dcp.mxf.partition import Partition
from dcp.texts.catalogue import Text


@dataclass(frozen=True)
class RawItem:
    """An item of a local set. offset: of its tag."""

    tag: int
    offset: int
    value: bytes


@dataclass(frozen=True)
class RawSet:
    """A local set, whatever its key. whole: its items fill its value to the last byte."""

    key: UL
    offset: int
    size: int
    form: int
    items: tuple[RawItem, ...]
    whole: bool

    @property
    def is_index(self) -> bool:
        """Whether it is an index table segment."""
        return same(self.key, INDEX_SEGMENT)

    def get(self, tag: int) -> bytes | None:
        """The value of the first item with this tag."""
        return next((each.value for each in self.items if each.tag == tag), None)


@dataclass(frozen=True)
class Primer:
    """item_size, count: as stated. entries: those that there is room for. whole: the value ends with them."""

    key: UL
    offset: int
    size: int
    form: int
    count: int
    item_size: int
    entries: tuple[tuple[int, UL], ...]
    whole: bool


@dataclass(frozen=True)
class Fill:
    """A fill item. stain: the offset of its first byte that is not zero."""

    key: UL
    offset: int
    size: int
    form: int
    stain: int | None


@dataclass(frozen=True)
class Foreign:
    """A KLV among the metadata that is neither primer, set nor fill."""

    key: UL
    offset: int
    size: int
    form: int


@dataclass(frozen=True)
class Pack:
    """A partition pack. size: of the whole KLV. item_size: of its labels as stated; spare: bytes behind."""

    key: UL
    offset: int
    size: int
    form: int
    partition: Partition
    item_size: int
    spare: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class PartitionRead:
    """A partition up to its essence. content: in the order of the file. end: where the essence begins, or
    what comes behind the metadata. broken: why reading stopped at `end`, where it is no such place."""

    pack: Pack
    content: tuple[RawSet | Primer | Fill | Foreign, ...]
    end: int
    broken: Text | None

    @property
    def primers(self) -> tuple[Primer, ...]:
        return tuple(each for each in self.content if isinstance(each, Primer))

    @property
    def sets(self) -> tuple[RawSet, ...]:
        """The sets of the header metadata."""
        return tuple(each for each in self.content if isinstance(each, RawSet) and not each.is_index)

    @property
    def index(self) -> tuple[RawSet, ...]:
        """The index table segments."""
        return tuple(each for each in self.content if isinstance(each, RawSet) and each.is_index)


@dataclass(frozen=True)
class RandomIndex:
    """size: of the whole KLV. total: as its last four bytes say."""

    key: UL
    offset: int
    size: int
    form: int
    pairs: tuple[tuple[int, int], ...]
    total: int
    whole: bool

    @property
    def end(self) -> int:
        return self.offset + self.size
