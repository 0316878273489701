"""What is against the grammar of a text document, each kind of fault once, with its places."""

from __future__ import annotations

from typing import Any

from lxml import etree

from dcp.texts.catalogue import text
from dcp.verify.finding import Severity
from dcp.verify.timedtext.grammar import Child, Grammar, Kind, Value
from dcp.verify.timedtext.values import Fault, Spots
from dcp.xml.parse import local_name, namespace_of
from dcp.xml.values import BLANKS

MAX_FAULTS = 100
"""Different ones; a hostile document has a new name in each element."""
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"


class Faults:
    """Collects them: equal ones are one, with their number and first places."""

    def __init__(self) -> None:
        self._found: dict[object, Fault] = {}

    def add(
        self,
        rule: str,
        id: str,
        at: etree._Element,
        severity: Severity | None = None,
        **places: Any,
    ) -> None:
        key = (rule, id, severity, tuple((name, str(value)) for name, value in places.items()))
        fault = self._found.get(key)
        if fault is None:
            if len(self._found) >= MAX_FAULTS:
                return
            fault = self._found[key] = Fault(rule, text(id, **places), severity, Spots())
        fault.spots.add(line_of(at), number_of(at))

    def all(self) -> tuple[Fault, ...]:
        return tuple(self._found.values())


def line_of(element: etree._Element) -> int:
    """Of the document, 0 where it is not known."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def number_of(element: etree._Element) -> str | None:
    """The SpotNumber of the event that an element is or stands in."""
    place: etree._Element | None = element
    while place is not None:
        if local_name(place) == "Subtitle":
            return place.get("SpotNumber")
        place = place.getparent()
    return None


def judge(root: etree._Element, grammar: Grammar, faults: Faults) -> None:
    """Hold a document against its grammar."""
    space = namespace_of(root)
    pending = [(root, grammar["root"])]
    while pending:  # no recursion: as deep as the document
        element, kind = pending.pop()
        _attributes(element, kind, faults)
        _content(element, kind, faults)
        if kind.content == "text":
            continue
        for child, row in reversed(_children(element, kind, space, faults)):
            pending.append((child, grammar[row.kind]))


def _attributes(element: etree._Element, kind: Kind, faults: Faults) -> None:
    name = local_name(element)
    for key, said in element.items():
        key, said = str(key), str(said)
        value = kind.attributes.get(key)
        if value is None:
            if key[:1] == "{" and key[1:].startswith((XSI, XML)):
                continue
            faults.add("TT-001", "TT-001.attribute", element, name=_short(key), element=name)
        else:
            _value(said, value, f"{name}/@{key}", element, faults)
    for key, value in kind.attributes.items():
        if value.required and value.rule is not None and key not in element.attrib:
            rule = value.rule or "TT-001"
            faults.add(rule, "TT-001.attribute-missing", element, name=key, element=name)


def _value(said: str, value: Value, name: str, element: etree._Element, faults: Faults) -> None:
    if value.check is None:
        return
    fault = value.check(said if value.blanks else said.strip(BLANKS))
    if fault is not None:
        faults.add(
            value.rule or "TT-001",
            "TT-001.value",
            element,
            _severity(name),
            name=name,
            value=_short(said.strip(BLANKS)),
            fault=fault,
        )


def _severity(name: str) -> Severity:
    """What a machine cannot do without is an error; how a text looks is not."""
    return "error" if name in ("EditRate", "TimeCodeRate", "LoadFont") else "warning"


def _content(element: etree._Element, kind: Kind, faults: Faults) -> None:
    name = local_name(element)
    if kind.content == "mixed":
        return
    if kind.content == "text":
        if any(isinstance(child.tag, str) for child in element):
            child = next(each for each in element if isinstance(each.tag, str))
            faults.add(
                "TT-001", "TT-001.element", child, "warning", name=_short(local_name(child)), parent=name
            )
            return
        said = "".join([element.text or "", *(child.tail or "" for child in element)])
        _value(said, kind.value, name, element, faults)
        return
    for stray in (element.text, *(child.tail for child in element)):
        if stray and stray.strip(BLANKS):
            severity: Severity | None = "warning" if kind.content == "beside" else None
            faults.add("TT-057", "TT-057.stray", element, severity, name=name)
            return


def _children(
    element: etree._Element, kind: Kind, space: str, faults: Faults
) -> list[tuple[etree._Element, Child]]:
    name, order = local_name(element), 0
    counts: dict[str, int] = {}
    known: list[tuple[etree._Element, Child]] = []
    for child in element:
        if not isinstance(child.tag, str):
            continue
        said = local_name(child)
        row = kind.children.get(said) if namespace_of(child) == space else None
        if row is None:
            faults.add("TT-001", "TT-001.element", child, "warning", name=_short(said), parent=name)
            continue
        if row.order < order:
            faults.add("TT-001", "TT-001.order", child, "warning", name=said)
        order = max(order, row.order)
        counts[said] = counts.get(said, 0) + 1
        if row.high is not None and counts[said] == row.high + 1:
            faults.add("TT-001", "TT-001.more", child, name=said, parent=name)
        known.append((child, row))
    for said, row in kind.children.items():
        if counts.get(said, 0) < row.low:
            weight: Severity | None = "warning" if said in ("Text", "Subtitle") else None
            faults.add(row.rule, "TT-001.missing", element, weight, name=said, parent=name)
    return known


def _short(said: str) -> str:
    return said if len(said) <= 40 else said[:39] + "…"


def head_text(root: etree._Element, name: str) -> str | None:
    """The text of the first such child, None without one."""
    for child in root:
        if isinstance(child.tag, str) and local_name(child) == name:
            said = "".join([child.text or "", *(each.tail or "" for each in child)])
            return said.strip(BLANKS)[:1000]
    return None
