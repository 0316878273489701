"""Partitions of track files: their packs, what they count, where they lead; the random index and fill.

Readers built on asdcplib take FooterPartition, HeaderByteCount and IndexByteCount at their word, find the
essence through the random index, and refuse a length of fewer than four bytes: those weigh as errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcp.mxf import labels
from dcp.mxf.element import element_of
from dcp.mxf.labels import INTEROP_OP_ATOM, OP_1A, OP_ATOM, PARTITION_STEM, UL, VERSION_BYTE, same
from dcp.mxf.partition import CLOSED_COMPLETE, GENERIC_STREAM_STATUS
from dcp.mxf.sets import Preface
from dcp.mxf.structure import Fill, Foreign, PartitionRead, RawSet, Structure
from dcp.texts.catalogue import Text, text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.mxf_shared import (
    KLV_FORM,
    body_sids,
    byte,
    counting,
    dangling,
    essence_bytes,
    judged,
    resource_sids,
    streams,
    structure_rule,
    structures,
)
from dcp.verify.rule import Hit, Outcome, hit

VERSIONS = ((1, 2), (1, 3))
_PLAIN_FILL = bytes.fromhex("060e2b34010101020301021001000000")
_OLD_FILL = bytes.fromhex("060e2b34010101010301021001000000")


_KINDS = {
    "header": "mxf.partition-header",
    "body": "mxf.partition-body",
    "footer": "mxf.partition-footer",
    "generic_stream": "mxf.partition-generic-stream",
}


def _packs(facts: PackageFacts) -> Iterator[tuple[TrackFacts, Structure, PartitionRead]]:
    for track, structure in structures(facts):
        for partition in structure.partitions:
            yield track, structure, partition


def _kind(partition: PartitionRead) -> Text:
    return text(_KINDS[partition.pack.partition.kind])


def _wrong(
    id: str,
    track: TrackFacts,
    partition: PartitionRead,
    field: str | Text,
    found: object,
    wanted: object,
    severity: Severity | None = None,
) -> Hit:
    return hit(
        id,
        file=track.name,
        place=byte(partition.pack.offset),
        severity=severity,
        kind=_kind(partition),
        field=field,
        found=found,
        wanted=wanted,
    )


@structure_rule("MXF-005", severity="warning", clause="ST 377-1")
def they_lead(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        footer = structure.footer.pack.offset if structure.footer is not None else 0
        previous = bridged = 0  # bridged: the last partition that holds no resource
        for partition in structure.partitions:
            pack, stands = partition.pack.partition, partition.pack.offset
            if pack.this_partition != stands:
                yield _wrong("MXF-005.value", track, partition, "ThisPartition", pack.this_partition, stands)
            if pack.previous_partition not in (previous, bridged):
                yield _wrong(
                    "MXF-005.value", track, partition, "PreviousPartition", pack.previous_partition, previous
                )
            if pack.footer_partition != footer:
                if stands == 0:
                    grave: Severity | None = "error" if pack.status == CLOSED_COMPLETE else None
                    yield _wrong(
                        "MXF-005.value",
                        track,
                        partition,
                        "FooterPartition",
                        pack.footer_partition,
                        footer,
                        grave,
                    )
                elif pack.footer_partition or pack.kind == "footer":
                    yield _wrong(
                        "MXF-005.value", track, partition, "FooterPartition", pack.footer_partition, footer
                    )
            previous = stands
            bridged = stands if pack.kind != "generic_stream" else bridged


@structure_rule("MXF-006", severity="error", clause="ST 377-1")
def they_count(facts: PackageFacts) -> Outcome:
    for track, structure, partition in _packs(facts):
        pack = partition.pack.partition
        if partition.broken is not None:
            yield hit("MXF-006.broken", file=track.name, place=byte(partition.end), why=partition.broken)
            continue
        header, index = _counts(partition)
        if not structure.segments and pack.index_byte_count:
            continue  # there is no index at all, and MXF-042 says so
        fill = sum(each.size for each in _leading_fill(partition))
        if pack.header_byte_count not in (header, header + fill):
            yield _wrong("MXF-006.value", track, partition, "HeaderByteCount", pack.header_byte_count, header)
        trailing = _trailing_fill(partition)
        if pack.index_byte_count not in (index, index + trailing if index else 0):
            yield _wrong("MXF-006.value", track, partition, "IndexByteCount", pack.index_byte_count, index)


def _leading_fill(partition: PartitionRead) -> list[Fill]:
    found: list[Fill] = []
    for each in partition.content:
        if not isinstance(each, Fill):
            return found
        found.append(each)
    return []  # nothing but fill: no metadata to count


def _trailing_fill(partition: PartitionRead) -> int:
    last = partition.content[-1] if partition.content else None
    return last.size if isinstance(last, Fill) else 0


def _counts(partition: PartitionRead) -> tuple[int, int]:
    """(bytes of primer, sets and the fill behind them, bytes of index segments)."""
    header = index = 0
    leading = len(_leading_fill(partition))
    inside = False
    for each in partition.content[leading:]:
        if isinstance(each, RawSet) and each.is_index:
            index += each.size
            inside = True
        elif inside and isinstance(each, Fill):
            continue
        elif not (isinstance(each, Fill) and header == 0):
            header += each.size
    return header, index


@structure_rule("MXF-007", severity="warning", clause="ST 377-1")
def their_streams(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        if counting(structure).broken is not None:
            continue
        body, index = streams(structure)
        resources = resource_sids(structure)
        position = 0
        for number, partition in enumerate(structure.partitions):
            pack = partition.pack.partition
            essence = essence_bytes(structure, number)
            sids = body_sids(structure, number, body, resources)
            if pack.body_sid not in sids:
                grave: Severity = "error" if essence > 0 else "warning"
                said = ", ".join(map(str, sorted(sids))) or text("word.none")
                yield _wrong("MXF-007.value", track, partition, "BodySID", pack.body_sid, said, grave)
            wanted = index if partition.index and index is not None else 0
            if pack.index_sid != wanted and structure.segments:
                yield _wrong("MXF-007.value", track, partition, "IndexSID", pack.index_sid, wanted)
            of_essence = pack.kind in ("header", "body") and body in sids
            offset = position if of_essence else 0
            if pack.body_offset != offset:
                yield _wrong("MXF-007.value", track, partition, "BodyOffset", pack.body_offset, offset)
            if essence > 0 and of_essence:
                position += essence


@structure_rule("MXF-008", severity="warning", clause="ST 377-1")
def their_form(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        yield from _opened(track, structure)
    for track, _, partition in _packs(facts):
        pack, raw = partition.pack.partition, partition.pack
        stem = PARTITION_STEM[:VERSION_BYTE] + b"\x01" + PARTITION_STEM[VERSION_BYTE + 1 :]
        if raw.key[:13] != stem or raw.key[15] != 0:
            yield _wrong(
                "MXF-008.value", track, partition, text("mxf.key"), raw.key, UL(stem + raw.key[13:15] + b"\0")
            )
        if (pack.major_version, pack.minor_version) not in VERSIONS:
            stated = f"{pack.major_version}.{pack.minor_version}"
            yield _wrong("MXF-008.value", track, partition, text("mxf.version"), stated, "1.2")
        if (pack.major_version, pack.minor_version) == (1, 3):
            yield _wrong("MXF-008.value", track, partition, text("mxf.version"), "1.3", "1.2", "info")
        if pack.kag_size != 1:
            weight: Severity = "info" if pack.kag_size in _GRIDS else "warning"
            yield _wrong("MXF-008.value", track, partition, "KAGSize", pack.kag_size, 1, weight)
        if raw.item_size != 16 or raw.spare:
            yield hit("MXF-008.labels", file=track.name, place=byte(raw.offset), kind=_kind(partition))


def _opened(track: TrackFacts, structure: Structure) -> Iterator[Hit]:
    """Partitions that are not closed and complete, as findings of the rule that asks it."""
    for partition in structure.partitions:
        pack = partition.pack.partition
        if pack.kind == "generic_stream":
            if pack.status != GENERIC_STREAM_STATUS:
                yield hit(
                    "MXF-001.open",
                    file=track.name,
                    place=byte(partition.pack.offset),
                    kind=_kind(partition),
                    rule="MXF-001",
                )
            continue
        if pack.status == CLOSED_COMPLETE:
            continue
        header = track.header
        if pack.kind == "header" and header is not None and header.from_footer:
            yield hit("MXF-001.open-header", file=track.name, place=byte(0), rule="MXF-001")
        elif pack.kind == "header" and header is not None and not header.container_duration:
            yield hit("MXF-001.unfinished", file=track.name, place=byte(0), rule="MXF-001")
        else:
            weight: Severity = "warning" if pack.kind == "body" else "error"
            yield hit(
                "MXF-001.open",
                file=track.name,
                place=byte(partition.pack.offset),
                severity=weight,
                kind=_kind(partition),
                rule="MXF-001",
            )


_GRIDS = (256, 512, 1024, 2048, 4096)


@structure_rule("MXF-009", severity="error", clause="ST 429-3")
def one_pattern(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        first = structure.header.pack.partition.operational_pattern
        if first not in (OP_ATOM, INTEROP_OP_ATOM):
            yield hit("MXF-009.no-atom", file=track.name, place=byte(64), pattern=first)
        for partition in structure.partitions[1:]:
            pack = partition.pack.partition
            tolerated = pack.kind == "generic_stream" and pack.operational_pattern == OP_1A
            if pack.operational_pattern != first and not tolerated:
                yield _wrong(
                    "MXF-009.value",
                    track,
                    partition,
                    "OperationalPattern",
                    pack.operational_pattern,
                    first,
                    "warning",
                )
        preface = structure.metadata.first(Preface)
        stated = preface.get("operational_pattern") if preface is not None else None
        if preface is not None and stated is not None and stated != first:
            yield hit(
                "MXF-009.preface",
                file=track.name,
                place=byte(preface.at("operational_pattern")),
                severity="warning",
                found=stated,
                wanted=first,
            )


@structure_rule("MXF-010", severity="warning", clause="ST 377-1")
def containers(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        header = track.header
        assert header is not None
        if header.container is None:
            continue
        if element_of(header.container) is None:  # of what is not known the packs may know
            first = structure.header.pack.partition.essence_containers
            if first and not header.encrypted and not any(same(each, header.container) for each in first):
                said, listed = str(header.container), ", ".join(map(str, first))
                yield _wrong("MXF-010.value", track, structure.header, "EssenceContainers", listed, said)
            continue
        real = labels.GC_ENCRYPTED if header.encrypted else _registered(header.container)
        wanted = {bytes(labels.GC_MULTIPLE), bytes(real)}
        said = ", ".join(str(UL(each)) for each in sorted(wanted))
        for partition in structure.partitions:
            pack = partition.pack.partition
            found = pack.essence_containers
            if pack.kind == "generic_stream" and _stream_labels(found, wanted):
                continue
            if not _lists(found, wanted):
                yield _wrong(
                    "MXF-010.value", track, partition, "EssenceContainers", ", ".join(map(str, found)), said
                )
        preface = structure.metadata.first(Preface)
        if preface is not None and not _lists(preface.get("essence_containers") or (), wanted):
            yield hit(
                "MXF-010.preface",
                file=track.name,
                place=byte(preface.at("essence_containers")),
                found=", ".join(map(str, preface.get("essence_containers") or ())),
                wanted=said,
            )


def _registered(container: UL) -> UL:
    """The label in the version of the register, whatever the descriptor's."""
    known = (each for each in labels.LABELS.values() if same(each, container))
    return next(known, container)


def _lists(found: tuple[UL, ...], wanted: set[bytes]) -> bool:
    """The real label, once, with or without the one for several mappings."""
    raw = [bytes(each) for each in found]
    return len(raw) == len(set(raw)) and set(raw) <= wanted and bool(set(raw) - {bytes(labels.GC_MULTIPLE)})


def _stream_labels(found: tuple[UL, ...], wanted: set[bytes]) -> bool:
    """asdcplib writes the element key there, or the labels of the clear file."""
    raw = {bytes(each) for each in found}
    text_labels = {bytes(labels.GC_MULTIPLE), bytes(labels.GC_TIMED_TEXT), bytes(labels.GC_ENCRYPTED)}
    return raw in ({bytes(labels.ELEMENT_TIMED_TEXT)}, wanted) or (bool(raw) and raw <= text_labels)


@structure_rule("MXF-011", severity="error", clause="ST 377-1")
def random_index(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        found = structure.random_index
        if found is None:
            yield hit("MXF-011.none", file=track.name, place=byte(structure.partitions[-1].end))
            continue
        place = byte(found.offset)
        broken = any(each.broken is not None for each in structure.partitions)
        if not found.whole or found.total != found.size:
            yield hit("MXF-011.length", file=track.name, place=place, found=found.total, wanted=found.size)
        if bytes(found.key) != bytes(labels.RANDOM_INDEX):
            yield hit(
                "MXF-011.key",
                file=track.name,
                place=place,
                severity="warning",
                found=found.key,
                wanted=labels.RANDOM_INDEX,
            )
        there = {each.pack.offset: number for number, each in enumerate(structure.partitions)}
        body, resources = streams(structure)[0], resource_sids(structure)
        for sid, offset in found.pairs:
            if offset not in there:
                yield hit("MXF-011.nowhere", file=track.name, place=place, offset=offset)
            elif not broken and sid not in body_sids(structure, there[offset], body, resources):
                yield hit(
                    "MXF-011.stream",
                    file=track.name,
                    place=place,
                    severity="warning",
                    offset=offset,
                    found=sid,
                    wanted=structure.partitions[there[offset]].pack.partition.body_sid,
                )
        named = [offset for _, offset in found.pairs]
        left_out = sorted(set(there) - set(named))
        if left_out:
            yield hit("MXF-011.left-out", file=track.name, place=place, offset=left_out[0])
        elif named != sorted(set(named)) and set(named) <= set(there):
            yield hit("MXF-011.order", file=track.name, place=place, severity="warning")


@structure_rule("MXF-012", severity="warning", clause="ST 377-1")
def nothing_behind(facts: PackageFacts) -> Outcome:
    for track, structure in structures(facts):
        if structure.behind and structure.random_index is not None:
            yield hit(
                "MXF-012.zeros" if structure.behind_zero else "MXF-012.bytes",
                file=track.name,
                place=byte(structure.size - structure.behind),
                count=structure.behind,
            )


@structure_rule("MXF-013", severity="info", clause="ST 377-1")
def fill(facts: PackageFacts) -> Outcome:
    for track, _, partition in _packs(facts):
        for number, each in enumerate(partition.content):
            if not isinstance(each, Fill):
                continue
            if bytes(each.key) == _OLD_FILL:
                yield hit("MXF-013.old", file=track.name, place=byte(each.offset))
            elif bytes(each.key) != _PLAIN_FILL:
                yield hit("MXF-013.key", file=track.name, place=byte(each.offset), found=each.key)
            if each.stain is not None:
                yield hit("MXF-013.stain", file=track.name, place=byte(each.stain))
            if number == 0:
                weight: Severity = "warning" if partition.pack.partition.header_byte_count else "info"
                yield hit("MXF-013.behind-pack", file=track.name, place=byte(each.offset), severity=weight)


@structure_rule("MXF-014", severity="error")
def lengths(facts: PackageFacts) -> Outcome:
    """One finding a file for the short ones, which readers refuse, and one for the long."""
    for track, structure in structures(facts):
        forms = [
            (each.form, each.offset)
            for partition in structure.partitions
            for each in (partition.pack, *partition.content)
        ]
        if structure.random_index is not None:
            forms.append((structure.random_index.form, structure.random_index.offset))
        short = [offset for form, offset in forms if form < KLV_FORM]
        long = [offset for form, offset in forms if form > KLV_FORM]
        if short:
            yield hit("MXF-014.short", file=track.name, place=byte(short[0]), count=len(short))
        if long:
            yield hit("MXF-014.long", file=track.name, place=byte(long[0]), severity="info", count=len(long))


@structure_rule("MXF-017", severity="info", clause="ST 377-1")
def known_keys(facts: PackageFacts) -> Outcome:
    for track, _, partition in _packs(facts):
        for each in partition.content:
            if isinstance(each, Foreign):
                yield hit("MXF-017.foreign", file=track.name, place=byte(each.offset), key=each.key)
    for track, structure in judged(facts):
        strange = {id(target) for *_, target in dangling(structure.metadata)}
        for found in structure.metadata.sets:
            if found.kind is None:
                if id(found) in strange:
                    continue  # MXF-020 says so
                yield hit("MXF-017.set", file=track.name, place=byte(found.raw.offset), key=found.raw.key)
                continue
            for item, label in found.undeclared:
                if label is not None:
                    yield hit(
                        "MXF-017.item",
                        file=track.name,
                        place=byte(item.offset),
                        set=found.name,
                        tag=f"{item.tag:04x}",
                        label=label,
                    )
