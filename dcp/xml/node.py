"""One element of a document while it is read: typed access, and every refusal says file and element path."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import DocumentError
from dcp.xml.parse import element_path, elements, local_name, namespace_of, parse_xml, text_of
from dcp.xml.values import parse_base64, parse_date_time, parse_integer, parse_rational, parse_uuid_urn

MAX_FAULTS = 100
"""So many faults of a document are kept with their places; the rest is counted."""
T = TypeVar("T")
_STAND_IN = uuid.UUID("8f6c9d0e-6a3b-5c14-9d8e-2f1b7a404c55")

NOTHING: frozenset[str] = frozenset()
"""What a value has unread that was read strictly, or in full."""
NO_TIME = datetime(1, 1, 2, tzinfo=UTC)
"""Stands for a time that could not be read; a value says that it is `unread`."""


@dataclass
class Faults:
    """What a lenient reading could not read, in the document's order. count: of all, the kept ones too."""

    found: list[DocumentError] = field(default_factory=list)
    count: int = 0

    def add(self, error: DocumentError) -> None:
        self.count += 1
        if len(self.found) < MAX_FAULTS:
            self.found.append(error)


@dataclass(frozen=True)
class Node:
    """One element while a document is read: typed access, every refusal says file and element path.

    faults: None for a strict reading, which stops at the first; a lenient one collects them here and goes on
    (`Fields`).
    """

    element: etree._Element
    where: str
    faults: Faults | None = None

    @property
    def lenient(self) -> bool:
        return self.faults is not None

    @property
    def name(self) -> str:
        """Without the namespace."""
        return local_name(self.element)

    @property
    def namespace(self) -> str:
        """Empty when there is none."""
        return namespace_of(self.element)

    @property
    def path(self) -> str:
        """As `element_path` gives it."""
        return element_path(self.element)

    def refusal(self, id: str, **places: Any) -> DocumentError:
        """The error for this element, to be raised: a text's id and its places."""
        if self.faults is not None and len(self.faults.found) >= MAX_FAULTS:
            return DocumentError(id, where=self.where, **places)  # a path costs a look at all before it
        return DocumentError(id, where=f"{self.where}: {self.path}", **places)

    def complain(self, error: DocumentError) -> None:
        """Raise the error, or keep it when the reading is lenient."""
        if self.faults is None:
            raise error
        self.faults.add(error)

    def children(self, name: str | None = None, *, namespace: str | None = None) -> list[Node]:
        """The child elements of that name; in this element's namespace unless another is given."""
        tag = None if name is None else f"{{{self.namespace if namespace is None else namespace}}}{name}"
        return [
            Node(child, self.where, self.faults)
            for child in elements(self.element)
            if tag is None or child.tag == tag or (tag.startswith("{}") and child.tag == name)
        ]

    def find(self, name: str, *, namespace: str | None = None) -> Node | None:
        """The child of that name, or None; DocumentError when it is there twice."""
        found = self.children(name, namespace=namespace)
        if len(found) > 1:
            self.complain(found[1].refusal("xml.more-than-once", name=name))
        return found[0] if found else None

    def items(self, name: str, *, most: int) -> list[Node]:
        """The children of that name; DocumentError when there are more than `most`."""
        found = self.children(name)
        if len(found) > most:
            self.complain(self.refusal("xml.too-many", most=most, name=name))
        return found[:most]

    def require(self, name: str, *, namespace: str | None = None) -> Node:
        """The child of that name; DocumentError when it is not there, or there twice."""
        found = self.find(name, namespace=namespace)
        if found is None:
            raise self.refusal("xml.missing", name=name)
        return found

    def attribute(self, name: str) -> str | None:
        """The value of an attribute without a namespace, None when it is not there."""
        value = self.element.get(name)
        return None if value is None else str(value)

    def text(self) -> str:
        """The text without blanks around it; DocumentError when there are elements in it."""
        text = text_of(self.element)
        if text is None:
            raise self.refusal("xml.elements-for-text")
        return text

    def uuid(self) -> uuid.UUID:
        """An id, urn:uuid:...; DocumentError for anything else."""
        value = parse_uuid_urn(self.text())
        if value is None:
            raise self.refusal("xml.not-uuid")
        return value

    def instant(self) -> datetime:
        """An xs:dateTime. One without an offset, which the schemas allow, is read as UTC."""
        value = parse_date_time(self.text())
        if value is None:
            raise self.refusal("xml.not-date-time")
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)

    def integer(self, *, minimum: int = 0) -> int:
        """A whole number; DocumentError for anything else and below `minimum`."""
        value = parse_integer(self.text())
        if value is None or value < minimum:
            raise self.refusal("xml.not-whole-number", least=minimum)
        return value

    def rational(self) -> Fraction:
        """Two numbers, `24 1`."""
        value = parse_rational(self.text())
        if value is None:
            raise self.refusal("xml.not-rate")
        return value

    def base64(self, *, length: int | None = None) -> bytes:
        """Base64 of `length` bytes; DocumentError for anything else."""
        value = parse_base64(self.text())
        if value is None or (length is not None and len(value) != length):
            if length is None:
                raise self.refusal("xml.not-base64")
            raise self.refusal("xml.not-base64-of-length", n=length)
        return value


class Fields:
    """The children of one element, read one by one.

    Strict, the first that cannot be read raises. Lenient, its fault is kept, its name goes into `unread`, and
    a stand-in takes its place that nobody may judge.
    """

    def __init__(self, node: Node, *, find: Callable[[str], Node | None] | None = None) -> None:
        """find: how a child is looked up where that is not by the element's own namespace."""
        self.node = node
        self._find = find or node.find
        self._unread: list[str] = []

    @property
    def unread(self) -> frozenset[str]:
        """The names of the children that could not be read, or are missing."""
        return frozenset(self._unread) if self._unread else NOTHING

    def need(self, name: str, read: Callable[[Node], T], stand_in: T) -> T:
        """The value of a child that has to be there."""

        def required() -> T:
            child = self._find(name)
            if child is None:
                raise self.node.refusal("xml.missing", name=name)
            return read(child)

        return self._try(name, required, stand_in)

    def may(self, name: str, read: Callable[[Node], T]) -> T | None:
        """The value of a child that may be there; None when it is not, or cannot be read."""

        def optional() -> T | None:
            child = self._find(name)
            return read(child) if child is not None else None

        return self._try(name, optional, None)

    def id(self, name: str = "Id") -> uuid.UUID:
        """The id that has to be there. What stands in for it is no other's."""
        return self.need(name, Node.uuid, self.stand_in_id())

    def stand_in_id(self) -> uuid.UUID:
        """An id that nothing else has; the same in each reading of the same document."""
        faults = self.node.faults
        return uuid.uuid5(_STAND_IN, f"{self.node.where} {faults.count}") if faults is not None else _STAND_IN

    def lacks(self, name: str) -> None:
        """Put a name down as unread."""
        self._unread.append(name)

    def _try(self, name: str, read: Callable[[], T], stand_in: T) -> T:
        faults = self.node.faults
        if faults is None:
            return read()
        try:
            return read()
        except DocumentError as error:
            faults.add(error)
            self._unread.append(name)
            return stand_in


def root_node(
    data: bytes,
    *,
    where: str | Path,
    name: str,
    namespaces: Iterable[str],
    faults: Faults | None = None,
) -> Node:
    """Parse a document and hold its root against the name and the namespaces it may have."""
    node = Node(parse_xml(data, where=where), str(where), faults)
    if node.name != name:
        raise node.refusal("xml.other-document", found=node.name, expected=name)
    if node.namespace not in namespaces:
        node.complain(node.refusal("xml.namespace-not-known-of", namespace=node.namespace, name=name))
    return node


S = TypeVar("S")


def by_namespace(fields: Fields, known: Mapping[str, S], otherwise: Callable[[str], S]) -> S:
    """What the root's namespace stands for; of one that is not known (lenient), what it looks most like."""
    namespace = fields.node.namespace
    if namespace in known:
        return known[namespace]
    fields.lacks("xmlns")
    return otherwise(namespace)
