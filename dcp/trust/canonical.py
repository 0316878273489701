"""Canonical XML 1.0, inclusive, of whole documents and of single elements, as XML signatures need it."""

from __future__ import annotations

from lxml import etree

from dcp.errors import SignatureError
from dcp.xml.parse import reparsed

_XML = "{http://www.w3.org/XML/1998/namespace}"


def canonical_element(element: etree._Element, *, with_comments: bool) -> bytes:
    """The canonical form of an element with the namespaces that are in scope where it stands.

    The element is written and read again first: the library's canonical form of an element inside a larger
    document declares `xmlns=""` where nothing should stand, and every digest of a KDM comes out wrong.
    """
    alone = reparsed(etree.tostring(element, encoding="utf-8", with_tail=False))
    # Canonical XML 2.4: an apex element takes over the xml: attributes of the ancestors it leaves behind.
    for ancestor in element.iterancestors():
        for name, value in ancestor.attrib.items():
            if str(name).startswith(_XML) and name not in alone.attrib:
                alone.set(name, value)
    return _canonical(alone, with_comments)


class CanonicalParts:
    """Canonical forms of several elements of one document, which is brought into that form once.

    An element is cut out of the whole where that plainly gives what `canonical_element` gives: nothing is
    declared between it and the root, no attribute of the xml namespace is handed down, and its tags stand
    there once each. (In a canonical form `<` begins tags, processing instructions and comments alone, and
    comments are left out.) Any other element is left to `canonical_element`.
    """

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        try:
            self._whole = _canonical(root.getroottree(), False)
        except SignatureError:  # of one of its elements, not of all
            self._whole = b""
        tag = self._whole[: self._whole.find(b"<", 1)].rstrip()
        name = b"<" + _tag_name(root)
        plain = not root.attrib and tag.startswith(name) and tag.endswith(b">")
        self._scope = tag[len(name) : -1] if plain else None
        """The declarations of the root, as they stand on each element that is taken out of it."""

    def element(self, element: etree._Element, *, with_comments: bool) -> bytes:
        """As `canonical_element`. SignatureError when there is no such form."""
        if not with_comments or next(element.iter(etree.Comment), None) is None:
            cut = self._cut(element)
            if cut is not None:
                return cut
        return canonical_element(element, with_comments=with_comments)

    def _cut(self, element: etree._Element) -> bytes | None:
        if self._scope is None or element is self._root:
            return None
        above = element.getparent()
        while above is not None and above is not self._root:
            if above.attrib or above.nsmap != self._root.nsmap:
                return None
            above = above.getparent()
        if above is None:
            return None
        whole, name = self._whole, _tag_name(element)
        begin, end = b"<" + name, b"</" + name + b">"
        start, stop = whole.find(begin), whole.find(end)
        rest = start + len(begin)
        # Declarations stand before attributes.
        if whole.startswith(b" xmlns", rest):
            return None
        if whole.find(begin, rest) >= 0 or whole.find(end, stop + 1) >= 0:
            return None
        return begin + self._scope + whole[rest : stop + len(end)]


def canonical_without(root: etree._Element, signature: etree._Element) -> bytes:
    """The canonical form of the whole document, comments left out, without its enveloped signature.

    The text after the signature belongs to the document and stays.
    """
    place, before, text = root.index(signature), signature.getprevious(), root.text
    tail = before.tail if before is not None else None
    after = signature.tail or ""
    root.remove(signature)
    try:
        if before is None:
            root.text = (text or "") + after
        else:
            before.tail = (tail or "") + after
        return _canonical(root.getroottree(), False)
    finally:
        root.text = text
        if before is not None:
            before.tail = tail
        root.insert(place, signature)


def _tag_name(element: etree._Element) -> bytes:
    name = str(element.tag).rpartition("}")[2]
    return (f"{element.prefix}:{name}" if element.prefix else name).encode()


def _canonical(tree: etree._Element | etree._ElementTree, with_comments: bool) -> bytes:
    try:
        return bytes(etree.tostring(tree, method="c14n", with_comments=with_comments))
    except etree.LxmlError:  # of a namespace that is a relative URI
        raise SignatureError("xml.no-canonical-form") from None
