"""A foreign element, carried from one document to the next as it stands."""

from __future__ import annotations

from lxml import etree

from dcp.dataclass import dataclass
from dcp.xml.parse import local_name, namespace_of, parse_xml, reparsed


@dataclass(frozen=True)
class Raw:
    """Equal when the canonical forms, without the blanks that only indent, are equal."""

    namespace: str
    name: str
    canonical: bytes

    def element(self) -> etree._Element:
        """A fresh copy to hang into a document."""
        return parse_xml(self.canonical, where=self.name)


def raw_of(element: etree._Element) -> Raw:
    clone = reparsed(etree.tostring(element, encoding="utf-8", with_tail=False))
    for part in clone.iter(etree.Element):
        if len(part) and not (part.text or "").strip():
            part.text = None
        if not (part.tail or "").strip():
            part.tail = None
    canonical = etree.tostring(clone, method="c14n", exclusive=True, with_comments=False)
    return Raw(namespace=namespace_of(element), name=local_name(element), canonical=bytes(canonical))
