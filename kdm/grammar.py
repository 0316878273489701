"""What may stand where in a KDM, and the values of its elements: the grammar that `kdm.message` reads by."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from dcp.errors import DcpError, DocumentError
from dcp.texts.catalogue import Sayable, Text
from dcp.xml.parse import element_path, elements, local_name, namespace_of, text_of
from dcp.xml.values import BLANKS, parse_base64, parse_date_time, parse_uuid_urn

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"

ONE, MAYBE, SOME, ANY = (1, 1), (0, 1), (1, None), (0, None)
_Count = tuple[int, int | None]
Children = Mapping[str, Sequence[etree._Element]]
"""The children of an element by their names; () for one that may be absent and is."""

# What is missing often enough, and asked for by name, to have an entry of its own.
_KINDS: Mapping[str, str] = dict.fromkeys(
    ("AuthorizedDeviceInfo", "DeviceList", "CertificateThumbprint"), "no-device-list"
)
_ANYWHERE = (f"{{{_XSI}}}", f"{{{_XML}}}")


class MessageError(DocumentError):
    """A message that is not what the schemas say; `check` is the id of the step that refuses it.

    `kind`: the entry of `kdm.refusals`, where it is not the one that the step has for what is unreadable.
    """

    def __init__(
        self,
        id: str,
        *,
        check: str = "KDM-001",
        kind: str | None = None,
        where: str | Path | Text | None = None,
        remedy: str | DcpError | Sayable | None = None,
        **places: object,
    ) -> None:
        super().__init__(id, where=where, remedy=remedy, **places)
        self.check = check
        self.kind = kind


class Particle(NamedTuple):
    """One particle of an xs:sequence."""

    tag: str
    name: str
    namespace: str
    least: int
    most: int | None


def particles(*specs: tuple[str, str, _Count]) -> tuple[Particle, ...]:
    """The particles of an xs:sequence: namespace, name, and how often it stands there."""
    return tuple(
        Particle(f"{{{namespace}}}{name}", name, namespace, *count) for namespace, name, count in specs
    )


def sequence(element: etree._Element, parts: Sequence[Particle], attributes: Sequence[str] = ()) -> Children:
    """The children by name. MessageError when they, or the attributes, are not those of the xs:sequence."""
    only_attributes(element, attributes)
    children: list[etree._Element] = []
    tags: list[str] = []
    between = [element.text or ""]
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            children.append(child)
            tags.append(tag)
        between.append(child.tail or "")
    if "".join(between).strip(BLANKS):
        raise error_at(element, "message.text-between")
    place, end = 0, len(tags)
    tags.append("")  # behind the last
    found: dict[str, Sequence[etree._Element]] = {}
    for part in parts:
        tag, name, _, least, most = part
        start = place
        while tags[place] == tag:
            place += 1
        if place - start < least:
            raise _missing(element, part, children, place)
        if most is not None and place - start > most:
            raise error_at(children[start + most], "message.more-than-once", name=name)
        found[name] = children[start:place]
    if place < end:
        child = children[place]
        places = {"name": local_name(child), "namespace": namespace_of(child)}
        raise error_at(child, "message.element-not-here", **places)
    return found


def only_attributes(element: etree._Element, allowed: Sequence[str]) -> None:
    """MessageError for another attribute than these; those of xsi and xml may stand anywhere."""
    for name, _ in element.items():
        text = str(name)
        if text not in allowed and not text.startswith(_ANYWHERE):
            raise error_at(element, "message.attribute-not-here", name=text)


def error_at(
    element: etree._Element,
    id: str,
    *,
    check: str = "KDM-001",
    kind: str | None = None,
    **places: Any,
) -> MessageError:
    """The error for this element; `parse_message` puts the document before the element's path."""
    return MessageError(id, check=check, kind=kind, where=element_path(element), **places)


def attribute(element: etree._Element, name: str) -> str | None:
    """The value of an attribute; None without it."""
    value = element.get(name)
    return None if value is None else str(value)


def text_in(element: etree._Element) -> str:
    """The text of an element that has no attributes."""
    only_attributes(element, ())
    return plain_text(element)


def user_text(element: etree._Element) -> str:
    """The text of an element that may say its language."""
    only_attributes(element, ("language",))
    return plain_text(element)


def plain_text(element: etree._Element) -> str:
    """The text of an element; its attributes are not looked at. MessageError when elements stand in it."""
    text = text_of(element)
    if text is None:
        raise error_at(element, "message.no-text")
    return text


def uuid_in(element: etree._Element, *, check: str = "KDM-001") -> uuid.UUID:
    """An id of the form urn:uuid:. check: the step that refuses another text."""
    only_attributes(element, ())
    text = text_of(element)
    if text is None:
        raise error_at(element, "message.no-text", check=check)
    value = parse_uuid_urn(text)
    if value is None:
        raise error_at(element, "message.no-id", check=check)
    return value


def instant_in(element: etree._Element, *, check: str) -> tuple[datetime, str]:
    """An xs:dateTime with an offset, and its text as it stands. check: the step that refuses another text."""
    text = text_in(element)
    value = parse_date_time(text)
    if value is None:
        raise error_at(element, "message.no-time", check=check)
    if value.tzinfo is None:
        raise error_at(element, "message.no-offset", check=check)
    return value, text


def digest_in(element: etree._Element, *, check: str) -> bytes:
    """A SHA-1 digest in base64, 20 bytes. check: the step that refuses another text."""
    value = parse_base64(text_in(element))
    if value is None or len(value) != 20:
        raise error_at(element, "message.no-digest", check=check)
    return value


def foreign_names(element: etree._Element) -> tuple[str, ...]:
    """The names of what stands in NonCriticalExtensions; the content is ignored."""
    return tuple(f"{{{namespace_of(child)}}}{local_name(child)}" for child in elements(element))


def _missing(
    element: etree._Element, part: Particle, children: Sequence[etree._Element], place: int
) -> MessageError:
    name, names, kind = part.name, [local_name(child) for child in children], _KINDS.get(part.name)
    if names[place : place + 1] == [name]:
        found = namespace_of(children[place])
        return error_at(
            element, "message.namespace-of", kind=kind, name=name, found=found, wanted=part.namespace
        )
    if name in names:
        return error_at(element, "message.out-of-place", kind=kind, name=name, there=names[place])
    return error_at(element, "message.missing", kind=kind, name=name)
