"""What --decode sees of pictures: informations for people; that a frame does not decode at all is an error.

Every frame is decoded at an eighth of its size. What is found is gathered in the pass over the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.extras import has
from dcp.verify.crew import Ordered
from dcp.verify.facts import PackageFacts, Reference, TrackFacts
from dcp.verify.frames import Frames, place_of
from dcp.verify.rule import Hit, Outcome, hit, judged, measure, of_frames, package_rule, skip
from dcp.verify.rules.rates import PICTURES, is_hdr

if TYPE_CHECKING:
    from dcp.mxf.reader import Eye, Unit
    from dcp.picture.looks import Look
    from dcp.texts.catalogue import Text

SHARE = 0.01
"""Of the picture: what fills less is not said."""
VOTES, SURE = 20, 4
"""Pairs that must speak for swapped eyes, and how many times those that speak against it."""


@dataclass
class Looks:
    """What the pictures of a track file show. rate: edit units a second. still: frames of a picture that
    stands, from its second frame on; again: those whose codestream is the one before. errors: what does not
    decode, by what is said of it. usual, swapped: pairs in which the lower part is nearer, farther."""

    rate: float
    count: int = 0
    errors: dict[str, tuple[CodestreamError, Text, Frames]] = field(default_factory=dict)
    black: Frames = field(default_factory=Frames)
    still: Frames = field(default_factory=Frames)
    again: Frames = field(default_factory=Frames)
    clipped: Frames = field(default_factory=Frames)
    bright: Frames = field(default_factory=Frames)
    beyond: Frames = field(default_factory=Frames)
    one_eye: dict[str, Frames] = field(default_factory=dict)
    same_eyes: Frames = field(default_factory=Frames)
    usual: int = 0
    swapped: int = 0


Seen = tuple[int, "Eye | None", "Look | CodestreamError | None"]


class _Gathering:
    def __init__(self, track: TrackFacts) -> None:
        header = track.header
        assert header is not None
        self._hdr = is_hdr(header)
        self._judged = track.asked.picture
        self._found = Looks(float(header.edit_rate))
        self._work: Ordered[Seen] = Ordered(track.crew)
        self._before: dict[Eye | None, bytes] = {}
        self._last: dict[Eye | None, Look | CodestreamError | None] = {}
        self._anchor: Look | None = None

    def unit(self, unit: Unit) -> None:
        if unit.fault is not None:
            self._before.pop(unit.eye, None)
            return
        data = bytes(unit.data)
        if self._before.get(unit.eye) == data:
            seen = self._work.give(_again, unit.index, unit.eye)
        else:
            seen = self._work.give(_seen, data, unit.index, unit.eye, self._hdr)
        self._before[unit.eye] = data
        for each in seen:
            self._take(each)

    def result(self) -> Looks:
        for each in self._work.rest():
            self._take(each)
        return self._found

    def _take(self, seen: Seen) -> None:
        index, eye, what = seen
        found = self._found
        found.count = index + 1
        again = what is None
        look = self._last.get(eye) if what is None else what
        self._last[eye] = look
        if look is None:
            return
        if isinstance(look, CodestreamError):
            if not (self._judged and (look.id or "").startswith("codestream.")):  # which J2K-001 says
                kind = look.id or look.what  # each frame has bytes of its own in its words
                found.errors.setdefault(kind, (look, place_of(index, eye), Frames()))[2].add(index)
            return
        for frames, share in (
            (found.clipped, look.clipped),
            (found.bright, look.bright),
            (found.beyond, look.beyond),
        ):
            if share is not None and share >= SHARE:
                frames.add(index)
        if eye != "right":
            self._moves(index, look)
            if again and not look.black:
                found.again.add(index)
        if eye is None and look.black:
            found.black.add(index)
        if eye == "right":
            self._pair(index, self._last.get("left"), look)

    def _moves(self, index: int, look: Look) -> None:
        """A picture that stands is like its first frame, so that one that moves slowly does not stand."""
        from dcp.picture.looks import alike

        if look is not self._anchor and (self._anchor is None or not alike(self._anchor.luma, look.luma)):
            self._anchor = look
        elif not look.black:
            self._found.still.add(index)

    def _pair(self, index: int, left: Look | CodestreamError | None, right: Look) -> None:
        from dcp.picture.looks import alike, nearer_below

        if left is None or isinstance(left, CodestreamError):
            return
        found = self._found
        if left.black and right.black:
            found.black.add(index)
        elif left.black or right.black:
            found.one_eye.setdefault("left" if left.black else "right", Frames()).add(index)
        else:
            if left is right or alike(left.luma, right.luma):
                found.same_eyes.add(index)
            else:
                side = nearer_below(left.luma, right.luma)
                found.usual += side > 0
                found.swapped += side < 0


def _again(index: int, eye: Eye | None) -> Seen:
    return index, eye, None


def _seen(data: bytes, index: int, eye: Eye | None, hdr: bool) -> Seen:
    from dcp.picture.looks import look

    try:
        return index, eye, look(data, hdr=hdr)
    except CodestreamError as error:
        return index, eye, error


def _gathering(track: TrackFacts) -> _Gathering | None:
    header = track.header
    if not track.asked.decode or header is None or header.essence not in PICTURES or not track.readable:
        return None
    return _Gathering(track) if has("picture") else None


LOOKS = measure("looks", _gathering)

_CONTENT = (
    "QC-002",
    "QC-010",
    "QC-011",
    "QC-012",
    "QC-013",
    "QC-014",
    "QC-015",
    "QC-016",
)
for _id in _CONTENT:
    judged(_id, severity="info")


@package_rule("J2K-040", severity="error", clause="ISO 15444-1")
def frames_decode(facts: PackageFacts) -> Outcome:
    """Brings in what is said of the decoded pictures, too."""
    yield from _not_looked_at(facts)
    for track, looks in LOOKS.of(facts):
        for error, first, frames in looks.errors.values():
            yield of_frames("J2K-040.several", error, first, frames, file=track.name)
        yield from _content(track, looks)


def _not_looked_at(facts: PackageFacts) -> Outcome:
    if not facts.asked.decode:
        return
    for track in facts.tracks.values():
        header = track.header
        if header is None or header.essence not in PICTURES:
            continue
        if not has("picture"):
            yield skip("J2K-040.extra")
        elif not track.readable:
            yield skip("MXF.no-key", name=track.name, key=header.key_id or "")


def _content(track: TrackFacts, looks: Looks) -> Iterator[Hit]:
    stands = [[first - 1, last] for first, last in looks.still.ranges if last - first + 2 >= looks.rate]
    if stands:
        longest = max(last - first + 1 for first, last in stands)
        yield hit(
            "QC-002.stands",
            file=track.name,
            place=Frames(stands),
            rule="QC-002",
            count=len(stands),
            seconds=longest / looks.rate,
        )
    again = Frames([span for span in looks.again.ranges if span[1] - span[0] + 2 < looks.rate])
    if again:
        yield hit("QC-010.again", file=track.name, place=again, rule="QC-010", count=len(again))
    for id, frames in (
        ("QC-011.clipped", looks.clipped),
        ("QC-012.bright", looks.bright),
        ("QC-013.beyond", looks.beyond),
        ("QC-015.same", looks.same_eyes),
    ):
        if frames:
            yield hit(id, file=track.name, place=frames, rule=id[:6], count=len(frames))
    for eye, frames in looks.one_eye.items():
        id = "QC-014.left" if eye == "left" else "QC-014.right"
        yield hit(id, file=track.name, place=frames, rule="QC-014", count=len(frames))
    if looks.swapped >= VOTES and looks.swapped >= SURE * looks.usual:
        measured = looks.swapped + looks.usual
        yield hit("QC-016.swapped", file=track.name, rule="QC-016", n=looks.swapped, count=measured)


@package_rule("QC-001", severity="info")
def black(facts: PackageFacts) -> Outcome:
    played: dict[object, list[Reference]] = {}
    ends: set[tuple[object, int]] = set()
    for _, cpl in facts.compositions():
        pictures = [reel.picture for reel in cpl.reels if reel.picture is not None]
        if pictures:
            ends |= {(pictures[0].id, pictures[0].entry_point), (pictures[-1].id, pictures[-1].end - 1)}
    for reference in facts.references():
        played.setdefault(reference.asset.id, []).append(reference)
    for track, looks in LOOKS.of(facts):
        found = Frames()
        at_ends = {frame for id, frame in ends if id == track.asset_id}
        for first, last in _in_play(looks.black, played.get(track.asset_id, ())):
            if not any(first <= frame <= last for frame in at_ends):
                found.ranges.append([first, last])
        if found:
            yield hit("QC-001.black", file=track.name, place=found, count=len(found))
        elif looks.count and len(looks.black) == looks.count:
            yield hit("QC-001.all", file=track.name)


def _in_play(frames: Frames, references: Iterable[Reference]) -> list[tuple[int, int]]:
    """Of the ranges what a playlist plays, each once and in order."""
    spans = {(reference.asset.entry_point, reference.asset.end - 1) for reference in references}
    cut = {
        (max(first, start), min(last, end))
        for first, last in frames.ranges
        for start, end in spans
        if first <= end and start <= last
    }
    kept: list[tuple[int, int]] = []
    for first, last in sorted(cut):
        if not kept or first > kept[-1][1]:
            kept.append((first, last))
        elif last > kept[-1][1]:
            kept[-1] = (kept[-1][0], last)
    return kept
