"""The JPEG 2000 codestreams: `dcp.picture.rules` judges them, here is what each check weighs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from dcp.errors import CodestreamError
from dcp.mxf.reader import Unit
from dcp.picture.codestream import parse_codestream
from dcp.picture.rules import faults
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.finding import Severity
from dcp.verify.frames import Frames, frame_place
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, judged, package_rule, unit_rule

PICTURES = ("picture", "stereo_picture")
NEAR_LIMIT = Fraction(245, 250)
_LIMIT_BITS = 250_000_000

_ISO, _RDD, _DCSS = "ISO 15444-1", "RDD 52 10.2.1", "DCSS 4.3.3"
_ROWS: tuple[tuple[str, Severity, str, str], ...] = (
    ("J2K-002", "error", _DCSS, "A frame keeps within 250 Mbit/s, or the limit of its high frame rate"),
    ("J2K-005", "error", _DCSS, "Each colour component of a frame keeps within its share"),
    ("J2K-006", "warning", _ISO, "Rsiz of a 2K codestream is cinema 2K"),
    ("J2K-007", "warning", _ISO, "Rsiz of a 4K codestream is cinema 4K"),
    ("J2K-008", "warning", _RDD, "A 2K codestream has one guard bit"),
    ("J2K-009", "warning", _RDD, "A 4K codestream has two guard bits"),
    ("J2K-010", "error", _RDD, "One tile covers the picture"),
    ("J2K-011", "error", _RDD, "Code blocks are 32 wide"),
    ("J2K-012", "error", _RDD, "Code blocks are 32 high"),
    ("J2K-013", "warning", _RDD, "A 2K codestream has three tile parts"),
    ("J2K-014", "warning", _RDD, "A 4K codestream has six tile parts"),
    ("J2K-015", "warning", _RDD, "A 2K codestream does not change its progression"),
    ("J2K-016", "warning", _RDD, "A 4K codestream changes its progression once"),
    ("J2K-017", "warning", _RDD, "The change of progression parts the 2K picture from the rest"),
    ("J2K-018", "warning", _RDD, "The change of progression stands in the main header"),
    ("J2K-019", "warning", _RDD, "A TLM marker gives the lengths of the tile parts"),
    ("J2K-020", "error", _ISO, "The wavelet is the irreversible 9/7"),
    ("J2K-021", "warning", "ST 429-2 10.2.2", "The wavelet has five levels in 2K and six in 4K"),
    ("J2K-022", "warning", "ST 428-1", "Three components of 12 bits, none subsampled"),
    ("J2K-023", "error", _ISO, "The progression order is CPRL"),
    ("J2K-024", "error", _ISO, "One quality layer, and the component transform is on"),
    ("J2K-025", "error", _ISO, "Precincts are 128 at the lowest resolution, 256 above it"),
    ("J2K-026", "error", _ISO, "Picture and tile begin at the origin"),
    ("J2K-031", "error", _ISO, "The lengths in TLM are those of the tile parts"),
    ("J2K-032", "warning", _ISO, "The codestream ends with EOC, and nothing follows it"),
)
for _id, _severity, _clause, _statement in _ROWS:
    judged(
        _id,
        severity=_severity,
        bv21="error" if _severity == "warning" else None,
        clause=_clause,
        statement=_statement,
    )


@unit_rule(
    "J2K-001",
    severity="error",
    clause=_ISO,
    statement="Every frame is a JPEG 2000 codestream of the cinema profile",
)
def codestreams(track: TrackFacts) -> UnitCheck | None:
    """Parses every frame and brings in the findings of all the judged ids above."""
    header = track.header
    if header is None or header.essence not in PICTURES or not track.readable:
        return None
    rate, stereo = header.edit_rate, header.essence == "stereo_picture"
    found: dict[tuple[str, str], Frames] = {}
    shape: set[tuple[int, int]] = set()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None:
            for (rule, message), frames in found.items():
                yield Hit(message, file=track.name, place=str(frames), rule=rule)
            yield from _descriptor(track, shape)
            return
        if unit.fault is not None:
            return  # a damaged unit is another rule's; its bytes say nothing about the encoder
        try:
            codestream = parse_codestream(unit.data)
        except CodestreamError as error:
            yield Hit(error.what, file=track.name, place=frame_place(unit), remedy=error.remedy)
            return
        shape.add((codestream.xsiz - codestream.xosiz, codestream.ysiz - codestream.yosiz))
        for rule, message in faults(codestream, rate=rate, stereo=stereo):
            sized = rule in ("J2K-002", "J2K-005")
            key = (rule, message if not sized else _STATEMENTS[rule])
            found.setdefault(key, Frames()).add(unit.index)

    return check


_STATEMENTS = {
    "J2K-002": "the frame is larger than the limit",
    "J2K-005": "a colour component of the frame is larger than its limit",
}

judged(
    "J2K-030",
    severity="error",
    clause="ST 429-4",
    statement="The codestream's size is that of the track file's picture descriptor",
)


def _descriptor(track: TrackFacts, shape: set[tuple[int, int]]) -> Iterable[Hit]:
    descriptor = track.header.descriptor if track.header is not None else None
    stated = (getattr(descriptor, "stored_width", None), getattr(descriptor, "stored_height", None))
    if None in stated or not shape or shape == {stated}:
        return
    said = ", ".join(f"{width}x{height}" for width, height in sorted(shape))
    yield Hit(
        f"the descriptor says {stated[0]}x{stated[1]}, the codestreams are {said}",
        file=track.name,
        rule="J2K-030",
    )


@unit_rule("J2K-003", severity="info", statement="No frame comes close to the limit of 250 Mbit/s")
def near_the_limit(track: TrackFacts) -> UnitCheck | None:
    header = track.header
    if header is None or header.essence not in PICTURES or header.edit_rate >= 60 or not track.readable:
        return None
    rate = header.edit_rate * (2 if header.essence == "stereo_picture" else 1)
    limit = Fraction(_LIMIT_BITS, 8) / rate
    frames = Frames()

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is not None:
            if unit.fault is None and limit * NEAR_LIMIT < len(unit.data) <= limit:
                frames.add(unit.index)
        elif frames:
            yield Hit("frames are within 2 % of 250 Mbit/s", file=track.name, place=str(frames))
        return

    return check


@package_rule(
    "J2K-029",
    severity="error",
    clause="ST 429-4",
    statement="A picture file has as many codestreams as its duration says, two an edit unit in 3D",
)
def as_many_as_stated(facts: PackageFacts) -> Outcome:
    for asset_id, done in facts.passes.items():
        track = facts.tracks[asset_id]
        header = track.header
        if header is None or header.essence not in PICTURES or not done.complete:
            continue
        expected = header.container_duration * (2 if header.essence == "stereo_picture" else 1)
        if done.units != expected:
            yield Hit(
                f"the file has {done.units} codestreams, its duration asks for {expected}", file=track.name
            )
