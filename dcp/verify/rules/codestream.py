"""The JPEG 2000 codestreams: `dcp.picture.rules` judges them, here is what each check weighs."""

from __future__ import annotations

from collections.abc import Iterable

from dcp.errors import CodestreamError
from dcp.mxf.reader import Unit
from dcp.picture.codestream import Codestream
from dcp.picture.rules import Judging, component_sizes, limits_for
from dcp.texts.catalogue import Text, text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, judged, package_rule, unit_rule
from dcp.verify.rules.rates import is_hdr

PICTURES = ("picture", "stereo_picture")
_ISO, _RDD, _DCSS = "ISO 15444-1", "RDD 52 10.2.1", "DCSS 4.3.3"
_ROWS: tuple[tuple[str, Severity, str], ...] = (
    ("J2K-002", "error", _DCSS),
    ("J2K-005", "error", _DCSS),
    ("J2K-006", "warning", _ISO),
    ("J2K-007", "warning", _ISO),
    ("J2K-008", "info", _RDD),
    ("J2K-009", "info", _RDD),
    ("J2K-010", "error", _RDD),
    ("J2K-011", "error", _RDD),
    ("J2K-012", "error", _RDD),
    ("J2K-013", "warning", _RDD),
    ("J2K-014", "warning", _RDD),
    ("J2K-015", "warning", _RDD),
    ("J2K-016", "warning", _RDD),
    ("J2K-017", "warning", _RDD),
    ("J2K-018", "warning", _RDD),
    ("J2K-019", "warning", _RDD),
    ("J2K-020", "error", _ISO),
    ("J2K-021", "error", "ST 429-2 10.2.2"),
    ("J2K-022", "warning", "ST 428-1"),
    ("J2K-023", "error", _ISO),
    ("J2K-024", "error", _ISO),
    ("J2K-025", "error", _ISO),
    ("J2K-026", "error", _ISO),
    ("J2K-027", "error", _ISO),
    ("J2K-031", "error", _ISO),
    ("J2K-032", "warning", _ISO),
    ("J2K-034", "error", _ISO),
    ("J2K-035", "warning", _ISO),
    ("J2K-036", "error", _ISO),
    ("J2K-037", "error", _ISO),
)
for _id, _severity, _clause in _ROWS:
    judged(
        _id,
        severity=_severity,
        bv21="error" if _severity != "error" else None,
        clause=_clause,
    )


@unit_rule("J2K-001", severity="error", clause=_ISO)
def codestreams(track: TrackFacts) -> UnitCheck | None:
    """Parses every frame and brings in the findings of all the judged ids above."""
    header = track.header
    if header is None or header.essence not in PICTURES or not track.readable:
        return None
    stereo = header.essence == "stereo_picture"
    judging = Judging(header.edit_rate, stereo=stereo, hdr=is_hdr(header))
    found: dict[tuple[object, ...], tuple[str, Text, Frames]] = {}
    broken: dict[tuple[str, str], tuple[CodestreamError, Frames]] = {}
    large = _TooLarge(track)
    shape: set[tuple[int, int]] = set()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            for (rule, _), (error, frames) in broken.items():
                yield Hit(error, file=track.name, place=frames, rule=rule)
            for rule, said, frames in found.values():
                severity = _lighter(said)
                yield Hit(said, file=track.name, place=frames, rule=rule, severity=severity)
            yield from large.hits()
            yield from _descriptor(track, shape)
            return
        if unit.fault is not None:
            return  # a damaged unit is another rule's; its bytes say nothing about the encoder
        try:
            codestream = unit.codestream()
        except CodestreamError as error:
            rule = "J2K-027" if error.id in _NEEDED else "J2K-001"
            broken.setdefault((rule, error.what), (error, Frames()))[1].add(unit.index)
            return
        shape.add((codestream.xsiz - codestream.xosiz, codestream.ysiz - codestream.yosiz))
        over = False
        for rule, said in judging.faults(codestream):
            if rule in _TOO_LARGE:
                over = True
                continue
            key = _key(said)
            found.setdefault(key, (rule, said, Frames()))[2].add(unit.index)
        if over:
            large.look(unit, codestream)

    return check


def _key(said: Text) -> tuple[object, ...]:
    """Quicker than the words themselves, frame by frame."""
    inner = (_key(value) if isinstance(value, Text) else value for value in said.places.values())
    return (said.id, *inner)


_NEEDED = {"codestream.marker-missing", "codestream.no-siz"}


def _lighter(said: Text) -> Severity | None:
    """Fewer levels than ST 429-2 has are allowed by DCI's own specification, which servers are built by."""
    inner = said.places.get("fault", said)
    return "info" if isinstance(inner, Text) and inner.id == "J2K-021.fewer" else None


_TOO_LARGE = {
    "J2K-002": ("J2K-002.one", "J2K-002.several"),
    "J2K-005": ("J2K-005.one", "J2K-005.several"),
}


class _TooLarge:
    """The frames of a file that are over a limit (J2K-002, J2K-005): all of them, and the largest."""

    def __init__(self, track: TrackFacts) -> None:
        header = track.header
        assert header is not None
        self._name = track.name
        self._rate, self._stereo = header.edit_rate, header.essence == "stereo_picture"
        self._hdr = is_hdr(header)
        self._frames: dict[object, Frames] = {}
        self._largest: dict[object, tuple[int, int, Text]] = {}

    def look(self, unit: Unit, codestream: Codestream) -> None:
        limits = limits_for(codestream, self._rate, stereo=self._stereo, hdr=self._hdr)
        components = component_sizes(codestream)
        sizes: list[tuple[object, int, int]] = [(None, codestream.size, limits.total)]
        sizes += ((n, size, limits.component) for n, size in enumerate(components))
        if limits.rest is not None:
            sizes.append(("rest", sum(components[1:]), limits.rest))
        for what, size, limit in sizes:
            if size > limit:
                self._frames.setdefault(what, Frames()).add(unit.index)
                if size > self._largest.get(what, (0, 0, None))[0]:
                    self._largest[what] = (size, limit, frame_place(unit))

    def hits(self) -> Iterable[Hit]:
        for what, frames in self._frames.items():
            size, limit, frame = self._largest[what]
            rule = "J2K-002" if what is None else "J2K-005"
            one = len(frames) == 1
            if what == "rest":
                said = text("J2K-005.together", count=len(frames), frame=frame, bytes=size, most=limit)
            else:
                places = {
                    "frame": frame,
                    "count": len(frames),
                    "component": what,
                    "bytes": size,
                    "rate": float(size * 8 * self._rate * (2 if self._stereo else 1) / 1_000_000),
                    "most": limit,
                }
                said = Text(_TOO_LARGE[rule][0 if one else 1], places)
            yield Hit(said, file=self._name, place=frame if one else frames, rule=rule)


judged("J2K-030", severity="error", clause="ST 429-4")


def _descriptor(track: TrackFacts, shape: set[tuple[int, int]]) -> Iterable[Hit]:
    descriptor = track.header.descriptor if track.header is not None else None
    stated = (getattr(descriptor, "stored_width", None), getattr(descriptor, "stored_height", None))
    if None in stated or not shape or shape == {stated}:
        return
    said = ", ".join(f"{width}x{height}" for width, height in sorted(shape))
    yield hit("J2K-030.size", file=track.name, rule="J2K-030", stated=f"{stated[0]}x{stated[1]}", found=said)


@unit_rule("J2K-028", severity="warning")
def double_ff(track: TrackFacts) -> UnitCheck | None:
    """The place where old Dolby media blocks stumble over two bytes FF, by what other checkers know of it.

    It counts from the beginning of the codestream, and in each tile part after the first from that part's.
    """
    header = track.header
    if header is None or header.essence not in PICTURES or not track.readable:
        return None
    frames = Frames()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            if frames:
                yield hit("J2K-028.double", file=track.name, place=frames, count=len(frames))
        elif unit.fault is None and _has_double(unit):
            frames.add(unit.index)

    return check


def _has_double(unit: Unit) -> bool:
    try:
        parts = unit.codestream().tile_parts
    except CodestreamError:
        return False
    data = unit.data
    for number, part in enumerate(parts):
        start = (part.offset if number else 0) + _STUMBLE
        first = unit.every(256, start, part.offset + part.length - 1)
        at = first.find(b"\xff")
        while at >= 0:
            if data[start + 256 * at + 1] == 0xFF:
                return True
            at = first.find(b"\xff", at + 1)
    return False


_STUMBLE = 254


@package_rule("J2K-029", severity="error", clause="ST 429-4")
def as_many_as_stated(facts: PackageFacts) -> Outcome:
    for asset_id, done in facts.passes.items():
        track = facts.tracks[asset_id]
        header = track.header
        if header is None or header.essence not in PICTURES or not done.complete:
            continue
        expected = header.container_duration * (2 if header.essence == "stereo_picture" else 1)
        if done.units != expected:
            yield hit("J2K-029.count", file=track.name, found=done.units, expected=expected)
