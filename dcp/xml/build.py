"""A plain builder of documents: a root, children, indented once before signing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from lxml import etree

from dcp.errors import DocumentError
from dcp.xml.parse import element_path, namespace_of


def new_root(name: str, namespace: str, prefixes: Mapping[str, str] | None = None) -> etree._Element:
    """A root whose own namespace is the default one; `prefixes` are declared on it."""
    declared: dict[str | None, str] = {None: namespace}
    declared.update(prefixes or {})
    return etree.Element(f"{{{namespace}}}{name}", nsmap=cast("dict[str, str]", declared))


def add(
    parent: etree._Element,
    name: str,
    value: object = None,
    *,
    namespace: str | None = None,
    prefix: str | None = None,
    **attributes: str | None,
) -> etree._Element:
    """Append a child; in the parent's namespace unless another is given, then declared with `prefix` here."""
    place = namespace_of(parent) if namespace is None else namespace
    declared = {prefix: place} if prefix is not None else None
    child = etree.SubElement(parent, f"{{{place}}}{name}" if place else name, nsmap=declared)
    for key, content in attributes.items():
        if content is not None:
            child.set(key, content)
    if value is not None:
        try:
            child.text = str(value)
        except ValueError:
            raise DocumentError("xml.characters", where=element_path(child)) from None
    return child


def finish(root: etree._Element) -> etree._Element:
    """Indent by two blanks, as people read it; done before signing, never after."""
    etree.indent(root, space="  ")
    return root
