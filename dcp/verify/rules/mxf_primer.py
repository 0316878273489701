"""The primer of a track file and the form of its sets: tags, labels, keys, lengths, lists, texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dcp.mxf import labels, sets
from dcp.mxf.items import IDS, ISO7, LABELS, UTF16
from dcp.mxf.labels import UL, any_version
from dcp.mxf.metadata import DYNAMIC_TAGS
from dcp.mxf.structure import RawSet, SetView, Structure
from dcp.mxf.structure.view import items_of
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.mxf_shared import (
    byte,
    counting,
    every_set,
    judged,
    odd,
    spelled,
    structure_rule,
    structures,
)
from dcp.verify.rule import Outcome, hit

_VARIANTS = {
    bytes(labels.INTEROP_SUB_DESCRIPTORS),
    bytes.fromhex("060e2b34010101050403030200000000"),
    bytes.fromhex("060e2b34010101030403030200000000"),
}
"""Labels of items that files have in another version than the declarations."""


@structure_rule("MXF-015", severity="error", clause="ST 377-1")
def primer(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        partition = counting(structure)
        found = partition.primers
        if len(found) != 1:
            yield hit("MXF-015.count", file=track.name, place=byte(partition.pack.offset), count=len(found))
        if not found:
            continue
        one = found[0]
        first = next((each for each in partition.content if isinstance(each, RawSet)), None)
        if first is not None and first.offset < one.offset:
            yield hit("MXF-015.late", file=track.name, place=byte(one.offset), severity="warning")
        if bytes(one.key) != bytes(labels.PRIMER):
            yield hit(
                "MXF-015.key",
                file=track.name,
                place=byte(one.offset),
                severity="warning",
                found=one.key,
                wanted=labels.PRIMER,
            )
        if not one.whole:
            yield hit("MXF-015.form", file=track.name, place=byte(one.offset))
        tags = Counter(tag for tag, _ in one.entries)
        twice = [tag for tag, count in tags.items() if count > 1]
        if twice:
            yield hit("MXF-015.twice", file=track.name, place=byte(one.offset), tag=f"{twice[0]:04x}")
        yield from _entries_wrong(track, structure)


def _entries_wrong(track: TrackFacts, structure: Structure) -> Outcome:
    for one in counting(structure).primers[:1]:
        for number, (tag, label) in enumerate(one.entries):
            yield from _entry(track, one.offset + 28 + 18 * number, tag, label)


def _entry(track: TrackFacts, offset: int, tag: int, label: UL) -> Outcome:
    """An entry of the primer against the register."""
    by_tag, by_label = _register()
    weight: Severity = "error" if tag >= DYNAMIC_TAGS else "warning"
    known = by_label.get(any_version(label))
    place = byte(offset)
    if known is None:
        if tag in by_tag:
            yield hit(
                "MXF-015.label",
                file=track.name,
                place=place,
                severity=weight,
                tag=f"{tag:04x}",
                found=label,
                wanted=by_tag[tag],
            )
        else:
            yield hit(
                "MXF-017.entry", file=track.name, place=place, rule="MXF-017", tag=f"{tag:04x}", label=label
            )
        return
    registered, exact = known
    if (registered is not None and tag != registered) or (registered is None and tag < DYNAMIC_TAGS):
        yield hit(
            "MXF-015.tag",
            file=track.name,
            place=place,
            severity="warning",
            label=label,
            found=f"{tag:04x}",
            wanted=f"{registered:04x}" if registered is not None else "8000 - ffff",
        )
    elif bytes(label) not in exact and bytes(label) not in _VARIANTS:
        yield hit(
            "MXF-015.label",
            file=track.name,
            place=place,
            severity=weight,
            tag=f"{tag:04x}",
            found=label,
            wanted=UL(min(exact)),
        )


def _register() -> tuple[Mapping[int, UL], Mapping[bytes, tuple[int | None, set[bytes]]]]:
    """(labels by static tag, (static tag, labels in full) by label) of all declared sets."""
    if not _REGISTER:
        by_tag: dict[int, UL] = {}
        by_label: dict[bytes, tuple[int | None, set[bytes]]] = {}
        for kind in sets.HeaderSet.SETS.values():
            for each in items_of(kind)[2].values():
                if each.tag is not None:
                    by_tag.setdefault(each.tag, each.label)
                exact = by_label.setdefault(any_version(each.label), (each.tag, set()))[1]
                exact.add(bytes(each.label))
        _REGISTER.append((by_tag, by_label))
    return _REGISTER[0]


_REGISTER: list[tuple[Mapping[int, UL], Mapping[bytes, tuple[int | None, set[bytes]]]]] = []


@structure_rule("MXF-016", severity="warning", clause="ST 377-1")
def tags(facts: PackageFacts) -> Outcome:
    for track, structure in judged(facts):
        if any(_entries_wrong(track, structure)):
            continue
        named = structure.metadata.primer
        used: set[int] = set()
        missed: set[int] = set()
        for found in every_set(structure):
            for item in found.raw.items:
                used.add(item.tag)
                if found.kind is None or not found.raw.whole:
                    continue
                if item.tag not in named and item.tag not in missed:
                    missed.add(item.tag)
                    yield hit(
                        "MXF-016.missing",
                        file=track.name,
                        place=byte(item.offset),
                        severity="error" if item.tag >= DYNAMIC_TAGS else "warning",
                        set=found.name,
                        tag=f"{item.tag:04x}",
                    )
        idle = sorted(set(named) - used)
        if idle and structure.segments and all(each.raw.whole for each in every_set(structure)):
            yield hit(
                "MXF-016.idle",
                file=track.name,
                place=byte(structure.header.pack.offset),
                severity="info",
                count=len(idle),
                tags=", ".join(f"{tag:04x}" for tag in idle[:20]),
            )


@structure_rule("MXF-018", severity="warning", clause="ST 377-1")
def form(facts: PackageFacts) -> Outcome:
    """Of sets and items: keys to the last byte, lengths, lists, texts."""
    for track, structure in judged(facts):
        for found in every_set(structure):
            raw, place = found.raw, byte(found.raw.offset)
            if not raw.whole:
                yield hit("MXF-018.whole", file=track.name, place=place, severity="error", set=found.name)
            if found.kind is None:
                continue
            if bytes(raw.key) != bytes(found.kind.KEY):
                yield hit(
                    "MXF-018.key",
                    file=track.name,
                    place=place,
                    set=found.name,
                    found=raw.key,
                    wanted=found.kind.KEY,
                )
            for item, name, why in found.malformed:
                yield hit(
                    "MXF-018.item",
                    file=track.name,
                    place=byte(item.offset),
                    severity="error",
                    set=found.name,
                    item=spelled(name),
                    why=why,
                )
            counted = Counter(each.tag for each in raw.items)
            for tag in (tag for tag, count in counted.items() if count > 1):
                yield hit(
                    "MXF-018.twice",
                    file=track.name,
                    place=place,
                    severity="info",
                    set=found.name,
                    tag=f"{tag:04x}",
                )
            yield from _lists(track, structure, found)


def _lists(track: TrackFacts, structure: Structure, found: SetView) -> Outcome:
    """Lists whose stated size of an element is not that of what they list."""
    assert found.kind is not None
    by_tag, by_label, declarations = items_of(found.kind)
    for item in found.raw.items:
        label = structure.metadata.primer.get(item.tag)
        name = (by_label.get(any_version(label)) if label is not None else None) or by_tag.get(item.tag)
        if name is None or name not in found.values:
            continue
        type_ = declarations[name].type
        if type_ in (IDS, LABELS) and len(item.value) >= 8:
            count, size = int.from_bytes(item.value[:4], "big"), int.from_bytes(item.value[4:8], "big")
            if size != 16 and (count or size):
                yield odd("MXF-018.value", track, found, name, 16, "info", value=size)
        elif type_ in (UTF16, ISO7) and not _legible(item.value, "utf-16-be" if type_ is UTF16 else "ascii"):
            yield hit(
                "MXF-018.text",
                file=track.name,
                place=byte(item.offset),
                set=found.name,
                item=spelled(name),
            )
        elif type_.name == "Boolean" and item.value not in (b"\0", b"\1"):
            yield odd("MXF-018.value", track, found, name, "0, 1", "warning", value=item.value)


def _legible(value: bytes, encoding: str) -> bool:
    try:
        words = value.decode(encoding).rstrip("\0")
    except UnicodeDecodeError:
        return False
    return all(letter >= " " and letter != "\x7f" and not "\ue000" <= letter <= "\uf8ff" for letter in words)
