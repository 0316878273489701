"""Canonical XML 1.0, inclusive, of whole documents and of single elements, as XML signatures need it."""

from __future__ import annotations

from lxml import etree

from dcp.errors import SignatureError

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


def _canonical(tree: etree._Element | etree._ElementTree, with_comments: bool) -> bytes:
    try:
        return bytes(etree.tostring(tree, method="c14n", with_comments=with_comments))
    except etree.LxmlError:  # of a namespace that is a relative URI
        raise SignatureError("the document has no canonical form") from None


def reparsed(data: bytes) -> etree._Element:
    """Read again what was parsed, or written, by this program itself."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        remove_blank_text=False,
        strip_cdata=True,
    )
    return etree.fromstring(data, parser)
