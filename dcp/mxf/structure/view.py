"""The sets of one header with their declared items read, each on its own: a wrong one leaves the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.mxf.items import MalformedItem
from dcp.mxf.labels import UL, any_version
from dcp.mxf.metadata import DYNAMIC_TAGS
from dcp.mxf.sets import HeaderSet, Item, declared
from dcp.mxf.structure.values import PartitionRead, RandomIndex, RawItem, RawSet
from dcp.texts.catalogue import Text

INSTANCE_UID = 0x3C0A
"""The tag that every set has, one of an unknown kind too."""


@dataclass(frozen=True)
class SetView:
    """A set as its declaration reads it. values: of the declared items by name. malformed: what is wrong with
    an item's bytes. undeclared: the items that its class does not have. kind: None for a key that is unknown.
    """

    raw: RawSet
    kind: type[HeaderSet] | None
    values: Mapping[str, Any]
    places: Mapping[str, int]
    malformed: tuple[tuple[RawItem, str, Text], ...]
    undeclared: tuple[tuple[RawItem, UL | None], ...]

    @property
    def name(self) -> str:
        """As the standard calls it, or its key."""
        return self.kind.__name__ if self.kind is not None else str(self.raw.key)

    @property
    def uid(self) -> UUID | None:
        return self.values.get("instance_uid")

    def is_a(self, *kinds: type[HeaderSet]) -> bool:
        return self.kind is not None and issubclass(self.kind, kinds)

    def get(self, name: str) -> Any:
        """The value of an item; None when it is not there or malformed."""
        return self.values.get(name)

    def at(self, name: str) -> int:
        """The offset of an item, of the set where it has none."""
        return self.places.get(name, self.raw.offset)


@dataclass(frozen=True)
class View:
    """The header metadata of a partition. kept: what was found out of it once, by those who judge."""

    primer: Mapping[int, UL]
    sets: tuple[SetView, ...]
    by_uid: Mapping[UUID, SetView] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def of(self, *kinds: type[HeaderSet]) -> Iterator[SetView]:
        return (each for each in self.sets if each.is_a(*kinds))

    def first(self, *kinds: type[HeaderSet]) -> SetView | None:
        return next(self.of(*kinds), None)

    def find(self, reference: UUID | None) -> SetView | None:
        return self.by_uid.get(reference) if reference is not None else None

    def found(self, references: tuple[UUID, ...] | None) -> list[SetView]:
        """Those of the sets referred to that are there."""
        return [each for one in references or () if (each := self.find(one)) is not None]


@dataclass(frozen=True)
class Structure:
    """partitions: in the order of the file, wherever something leads to them. astray: offsets that the random
    index or a pack names and at which no partition begins. behind: bytes of the file behind its last KLV, and
    whether all of them are zero. metadata: the sets that count, of a header left open those that a later
    partition repeats. segments: of the index table, of all partitions."""

    size: int
    partitions: tuple[PartitionRead, ...]
    random_index: RandomIndex | None
    astray: tuple[int, ...]
    behind: int
    behind_zero: bool
    metadata: View
    segments: tuple[SetView, ...]

    @property
    def header(self) -> PartitionRead:
        return self.partitions[0]

    @property
    def items(self) -> int:
        """How many items all sets have together, with what the sets take: memory and time go with them."""
        return sum(len(each.items) + 2 for part in self.partitions for each in (*part.sets, *part.index))

    @property
    def footer(self) -> PartitionRead | None:
        """The last partition, when it is a footer."""
        last = self.partitions[-1]
        return last if last.pack.partition.kind == "footer" else None


def view_of(partition: PartitionRead, *, index: bool = False, primer: Mapping[int, UL] | None = None) -> View:
    """The header sets of a partition, or its index segments. primer: instead of the partition's own."""
    tags = dict(primer) if primer is not None else {}
    if primer is None:
        for each in partition.primers:
            for tag, label in each.entries:
                tags.setdefault(tag, label)
    sets = tuple(_view(each, tags) for each in (partition.index if index else partition.sets))
    by_uid: dict[UUID, SetView] = {}
    for found in sets:
        if found.uid is not None:
            by_uid.setdefault(found.uid, found)
    return View(tags, sets, by_uid)


def items_of(kind: type[HeaderSet]) -> tuple[Mapping[int, str], Mapping[bytes, str], Mapping[str, Item]]:
    """(names by static tag, names by label, declarations by name) of a class."""
    if kind not in _ITEMS:
        found = declared(kind)
        _ITEMS[kind] = (
            {each.tag: name for name, each in found.items() if each.tag is not None},
            {any_version(each.label): name for name, each in found.items()},
            found,
        )
    return _ITEMS[kind]


def _view(raw: RawSet, primer: Mapping[int, UL]) -> SetView:
    kind = HeaderSet.SETS.get(any_version(raw.key))
    values: dict[str, Any] = {}
    if kind is None and (uid := raw.get(INSTANCE_UID)) is not None and len(uid) == 16:
        values["instance_uid"] = UUID(bytes=uid)
    places: dict[str, int] = {}
    malformed: list[tuple[RawItem, str, Text]] = []
    undeclared: list[tuple[RawItem, UL | None]] = []
    by_tag, by_label, declarations = items_of(kind) if kind is not None else ({}, {}, {})
    for each in raw.items:
        label = primer.get(each.tag)
        name = by_label.get(any_version(label)) if label is not None else None
        name = name or (by_tag.get(each.tag) if each.tag < DYNAMIC_TAGS else None)
        if name is None:
            undeclared.append((each, label))
            continue
        places.setdefault(name, each.offset)
        type_ = declarations[name].type
        try:
            if type_.size not in (None, len(each.value)):
                raise MalformedItem("mxf.item-length", expected=type_.size, n=len(each.value))
            values.setdefault(name, type_.read(each.value))
        except MalformedItem as error:
            malformed.append((each, name, error.text))
    return SetView(raw, kind, values, places, tuple(malformed), tuple(undeclared))


_ITEMS: dict[type[HeaderSet], tuple[Mapping[int, str], Mapping[bytes, str], Mapping[str, Item]]] = {}
