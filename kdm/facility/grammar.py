"""Elements of a facility list by their local names: its variants differ in namespace, not in words."""

from __future__ import annotations

from dcp.xml.node import Node

MAX_TEXT = 1024


def every(parent: Node | None, name: str, *, most: int = 1000) -> list[Node]:
    """The children of that local name; DocumentError when there are more than `most`."""
    if parent is None:
        return []
    found = [Node(child, parent.where) for child in parent.element.iterchildren(f"{{*}}{name}")]
    if len(found) > most:
        raise parent.refusal("flm.too-many-elements", most=most, name=name)
    return found


def one(parent: Node | None, *names: str) -> Node | None:
    """The child of one of those local names, None when there is none; DocumentError for a second one."""
    found = [child for name in names for child in every(parent, name)]
    if len(found) > 1:
        raise found[1].refusal("message.more-than-once", name=found[1].name)
    return found[0] if found else None


def words(parent: Node | None, *names: str) -> str:
    """The text of that child on one line, "" when there is none."""
    node = one(parent, *names)
    if node is None:
        return ""
    text = " ".join(node.text().split())
    if len(text) > MAX_TEXT:
        raise node.refusal("flm.text-too-long", name=node.name, most=MAX_TEXT)
    return text


def truth(parent: Node | None, name: str) -> bool | None:
    """An xs:boolean, None when it is not there."""
    node = one(parent, name)
    if node is None:
        return None
    value = {"true": True, "1": True, "false": False, "0": False}.get(node.text())
    if value is None:
        raise node.refusal("flm.no-boolean")
    return value
