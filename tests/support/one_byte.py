"""One byte of a package changed, and what verification says: by kinds of bytes.

`kinds` cuts a track file into stretches of bytes of a kind. `Judged` puts the rules to a package of which one
track file was replaced: documents and the other files are read once. What it does not judge (hashes,
documents) is what a repaired package has right anyway.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from faults.bases import NOW, Base

from dcp.mxf import labels
from dcp.mxf.labels import UL_SIZE, any_version
from dcp.mxf.metadata import DYNAMIC_TAGS
from dcp.mxf.reader import TrackFile
from dcp.mxf.structure import Fill, Primer, RawSet, read_structure
from dcp.mxf.structure.view import items_of, view_of
from dcp.package.survey import survey_package
from dcp.verify.asked import Asked
from dcp.verify.engine import _header_outcomes, _left_out, _weigh
from dcp.verify.facts import PackageFacts
from dcp.verify.profiles import profile_by_name
from dcp.verify.rule import RULES
from dcp.verify.rules.all import load_rules
from dcp.verify.signatures import judge_signatures
from dcp.verify.tracks import files_to_read, open_track, read_all

Said = Counter[tuple[str, str, str, str]]

ALLOWED = (
    "essence in the clear",
    "fill",
    "Preface/instance_uid",
    "IndexTableSegment/instance_uid",
    "Identification/this_generation_uid",
    "Identification/company_name",
    "Identification/product_name",
    "Identification/product_version",
    "Identification/version_string",
    "Identification/product_uid",
    "Identification/modification_date",
    "Identification/toolkit_version",
    "Identification/platform",
    "Preface/last_modified_date",
    "MaterialPackage/package_uid",
    "MaterialPackage/name",
    "MaterialPackage/package_creation_date",
    "MaterialPackage/package_modified_date",
    "SourcePackage/name",
    "SourcePackage/package_creation_date",
    "SourcePackage/package_modified_date",
    "Track/track_name",
    "StaticTrack/track_name",
    "DMSegment/event_comment",
    "AudioChannelLabelSubDescriptor/mca_link_id",
    "DolbyAtmosSubDescriptor/atmos_id",
    "DolbyAtmosSubDescriptor/max_channel_count",
    "DolbyAtmosSubDescriptor/max_object_count",
    "DolbyAtmosSubDescriptor/first_frame",
)
"""Kinds of bytes that may be another without anyone being able to tell: see docs/verify.md."""

WEIGHTS = {
    "partition": 5,
    "primer": 5,
    "set": 9,
    "index": 5,
    "element": 6,
    "random index": 2,
    "triplet": 3,
    "fill": 1,
    "essence": 1,
}


@dataclass(frozen=True)
class Stretch:
    """Bytes [start, end) of a kind. area: one of WEIGHTS."""

    area: str
    kind: str
    start: int
    end: int


def kinds(path: Path) -> list[Stretch]:
    """The whole track file, in order."""
    found = sorted(_stretches(path), key=lambda each: each.start)
    whole: list[Stretch] = []
    at = 0
    for each in found:
        if each.start > at:
            whole.append(Stretch("essence", "bytes between", at, each.start))
        whole.append(each)
        at = max(at, each.end)
    return whole


def _stretches(path: Path) -> Iterator[Stretch]:
    structure = read_structure(path)
    assert structure is not None
    primer = structure.metadata.primer
    for partition in structure.partitions:
        pack = partition.pack
        kind = pack.partition.kind
        yield Stretch("partition", f"{kind} partition: key and length", pack.offset, pack.offset + 20)
        yield Stretch("partition", f"{kind} partition: pack", pack.offset + 20, pack.end)
        views = {each.raw.offset: each for each in view_of(partition, primer=primer).sets}
        views |= {each.raw.offset: each for each in view_of(partition, index=True, primer=primer).sets}
        for each in partition.content:
            head, end = each.offset + UL_SIZE + each.form, each.offset + each.size
            if isinstance(each, Fill):
                yield Stretch("fill", "fill: key and length", each.offset, head)
                yield Stretch("fill", "fill", head, end)
            elif isinstance(each, Primer):
                yield Stretch("primer", "primer: key and length", each.offset, head)
                yield Stretch("primer", "primer", head, end)
            elif isinstance(each, RawSet):
                area = "index" if each.is_index else "set"
                yield Stretch(area, f"{area}: key and length", each.offset, head)
                view = views[each.offset]
                assert view.kind is not None
                by_tag, by_label, _ = items_of(view.kind)
                for item in each.items:
                    label = primer.get(item.tag)
                    name = by_label.get(any_version(label)) if label is not None else None
                    name = name or (by_tag.get(item.tag) if item.tag < DYNAMIC_TAGS else None)
                    yield Stretch(area, f"{area}: tag and length", item.offset, item.offset + 4)
                    value = item.offset + 4
                    yield Stretch(area, f"{view.name}/{name}", value, value + len(item.value))
    if structure.random_index is not None:
        one = structure.random_index
        yield Stretch("random index", "random index", one.offset, one.end)
    with TrackFile.open(path) as track:
        units = list(track.units(raw=True)) if track.header.encrypted else list(track.units())
        data = path.read_bytes()
        for unit in units:
            start, head = unit.offset, unit.offset + len(unit.head)
            length = int.from_bytes(data[start + UL_SIZE + 1 : head], "big")
            yield Stretch("element", "element: key and length", start, head)
            if any_version(data[start : start + UL_SIZE]) == any_version(labels.TRIPLET):
                yield from _triplet(data, head, head + length)
            else:
                yield Stretch("essence", "essence in the clear", head, head + length)


def _triplet(data: bytes, start: int, end: int) -> Iterator[Stretch]:
    (esv,) = struct.unpack_from(">I", data, start + 64)
    esv &= 0xFFFFFF
    yield Stretch("triplet", "triplet: before the encrypted value", start, start + 68)
    yield Stretch("essence", "encrypted value", start + 68, start + 68 + esv)
    yield Stretch("triplet", "triplet: behind the encrypted value", start + 68 + esv, end)


class Judged:
    """A package that is good, to be judged with one of its track files replaced."""

    def __init__(self, base: Base) -> None:
        load_rules()
        self.base = base
        self._asked = Asked(hashes=False)
        survey = survey_package(base.root)
        self._files = {base.root / name: role for role, name in base.files.items()}
        self._to_read = {each.path: each for each in files_to_read(survey)}
        tracks = {
            each.asset_id: open_track(each, base.keyring, self._asked)
            for each in self._to_read.values()
            if each.track
        }
        self._rules = [
            rule for rule in RULES.values() if rule.scope == "unit" and not rule.id.startswith("QC-")
        ]
        read = self._read(list(self._to_read.values()), tracks)
        self._facts = PackageFacts(
            survey=survey,
            now=NOW,
            keyring=base.keyring,
            asked=self._asked,
            tracks=tracks,
            passes={
                each.asset_id: done
                for each in self._to_read.values()
                if (done := read[each.path].track_pass) is not None
            },
            signatures=tuple(judge_signatures(survey, now=NOW, trust=None, revoked=None)),
        )
        self._told = {path: done.said for path, done in read.items()}
        self.good = self._said(self._facts, self._told)

    def news(self, role: str, path: Path) -> Said:
        """What is said with the file at `path` in place of the one of this role, and not without."""
        original = self.base.root / self.base.files[role]
        file = replace(self._to_read[original], path=path, size=path.stat().st_size)
        tracks = {**self._facts.tracks, file.asset_id: open_track(file, self.base.keyring, self._asked)}
        read = self._read([file], tracks)[path]
        passes = {key: each for key, each in self._facts.passes.items() if key != file.asset_id}
        if read.track_pass is not None:
            passes[file.asset_id] = read.track_pass
        told = {**self._told, original: read.said}
        said = self._said(replace(self._facts, tracks=tracks, passes=passes), told)
        return (said - self.good) + (self.good - said)

    def _read(self, files, tracks):  # type: ignore[no-untyped-def]
        return read_all(
            files,
            tracks,
            self._rules,
            asked=self._asked,
            keyring=self.base.keyring,
            mic="require",
            progress=None,
            cancel=None,
            workers=1,
        )

    def _said(self, facts: PackageFacts, told) -> Said:  # type: ignore[no-untyped-def]
        outcomes = [*_header_outcomes(facts), *(each for said in told.values() for each in said)]
        for rule in RULES.values():
            if rule.package is not None and rule.id.partition("-")[0] in AREAS:
                outcomes.extend((rule, outcome) for outcome in rule.package(facts))
        outcomes.extend(_left_out(facts))
        findings, _ = _weigh(outcomes, profile_by_name("field"))
        return Counter(
            (each.id, each.severity, each.file or "", f"{each.place} {each.message}") for each in findings
        )


AREAS = {"MXF", "REEL", "PIC", "SND", "ENC", "J2K", "TT", "IMM", "META", "AM", "VF", "CPL"}
"""The areas whose rules look at track files."""


@dataclass(frozen=True)
class Change:
    """One changed byte: where, of what kind, and what was said (None: nothing)."""

    role: str
    offset: int
    stretch: Stretch
    old: int
    new: int
    said: Said

    @property
    def noticed(self) -> bool:
        return bool(self.said)

    @property
    def allowed(self) -> bool:
        return self.stretch.kind in ALLOWED


def campaign(
    judged: Judged, folder: Path, *, roles: Sequence[str], count: int, seed: int
) -> Iterator[Change]:
    """Changes one byte `count` times at seeded places. folder: for the changed file."""
    chance = random.Random(seed)
    by_role: dict[str, dict[str, list[Stretch]]] = {}
    data: dict[str, bytes] = {}
    for role in roles:
        path = judged.base.root / judged.base.files[role]
        data[role] = path.read_bytes()
        areas = by_role.setdefault(role, {})
        for each in kinds(path):
            if each.end > each.start:
                areas.setdefault(each.area, []).append(each)
    for _ in range(count):
        role = chance.choice(list(roles))
        areas = by_role[role]
        area = chance.choices(list(areas), [WEIGHTS[each] for each in areas])[0]
        stretches = areas[area]
        stretch = chance.choices(stretches, [each.end - each.start for each in stretches])[0]
        offset = chance.randrange(stretch.start, stretch.end)
        changed = bytearray(data[role])
        old = changed[offset]
        changed[offset] = new = old ^ chance.randrange(1, 256)
        path = folder / judged.base.files[role]
        path.write_bytes(changed)
        yield Change(role, offset, stretch, old, new, judged.news(role, path))


def table(changes: Sequence[Change]) -> list[tuple[str, int, int]]:
    """(kind of bytes, changes, of them unnoticed), the most unnoticed first."""
    all_of = Counter(each.stretch.kind for each in changes)
    silent = Counter(each.stretch.kind for each in changes if not each.noticed)
    return sorted(
        ((kind, count, silent[kind]) for kind, count in all_of.items()), key=lambda row: (-row[2], row[0])
    )


def told(changes: Sequence[Change], write: Callable[[str], object] = print) -> None:
    for kind, count, silent in table(changes):
        write(f"{silent:5} of {count:5} unnoticed: {kind}")
