"""One element of a document while it is read: typed access, and every refusal says file and element path."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import DocumentError
from dcp.xml.parse import element_path, elements, local_name, namespace_of, parse_xml, text_of
from dcp.xml.values import parse_base64, parse_date_time, parse_integer, parse_rational, parse_uuid_urn


@dataclass(frozen=True)
class Node:
    """One element while a document is read: typed access, every refusal says file and element path.

    lenient: for a survey of what is wrong; a hash that is none reads as no bytes, so that the rest is seen.
    """

    element: etree._Element
    where: str
    lenient: bool = False

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
        return DocumentError(id, where=f"{self.where}: {self.path}", **places)

    def children(self, name: str | None = None, *, namespace: str | None = None) -> list[Node]:
        """The child elements of that name; in this element's namespace unless another is given."""
        tag = None if name is None else f"{{{self.namespace if namespace is None else namespace}}}{name}"
        return [
            Node(child, self.where, self.lenient)
            for child in elements(self.element)
            if tag is None or child.tag == tag or (tag.startswith("{}") and child.tag == name)
        ]

    def find(self, name: str, *, namespace: str | None = None) -> Node | None:
        """The child of that name, or None; DocumentError when it is there twice."""
        found = self.children(name, namespace=namespace)
        if len(found) > 1:
            raise found[1].refusal("xml.more-than-once", name=name)
        return found[0] if found else None

    def items(self, name: str, *, most: int) -> list[Node]:
        """The children of that name; DocumentError when there are more than `most`."""
        found = self.children(name)
        if len(found) > most:
            raise self.refusal("xml.too-many", most=most, name=name)
        return found

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
        """Base64 of `length` bytes; DocumentError for anything else, no bytes when lenient."""
        value = parse_base64(self.text())
        if value is None or (length is not None and len(value) != length):
            if self.lenient:
                return b""
            if length is None:
                raise self.refusal("xml.not-base64")
            raise self.refusal("xml.not-base64-of-length", n=length)
        return value


def root_node(
    data: bytes, *, where: str | Path, name: str, namespaces: Iterable[str], lenient: bool = False
) -> Node:
    """Parse a document and hold its root against the name and the namespaces it may have."""
    node = Node(parse_xml(data, where=where), str(where), lenient)
    if node.name != name:
        raise node.refusal("xml.other-document", found=node.name, expected=name)
    if node.namespace not in namespaces:
        raise node.refusal("xml.namespace-not-known-of", namespace=node.namespace, name=name)
    return node
