"""What is wrong with pictures: in the headers of codestreams, inside of them, and in what they show."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from synthetic import coc, codestream, qcc, segment

from dcp.mxf.descriptors import PictureDescriptor
from dcp.picture.codestream import parse_codestream
from faults.bases import SIZE, real_frame
from faults.changes import Change, Copy, units_of, valued
from faults.rows import Fault, Good

POC_2K = bytes((0, 0, 0, 1, 5, 3, 4))
POC_4K = bytes((0, 0, 0, 1, 6, 3, 4, 6, 0, 0, 1, 7, 3, 4))
LIMIT = 1_302_083
AT = (5, 6, 9)
_EMPTY = len(codestream(b"", size=SIZE))


def payload(size: int) -> bytes:
    """So many bytes that no coder writes, but none FF."""
    return (bytes(range(1, 251)) * (size // 250 + 1))[:size]


def frame(data: int = 300, **shape: Any) -> bytes:
    return codestream(payload(data), **{"size": SIZE, **shape})


def frame_4k(**shape: Any) -> bytes:
    """Of the 4K profile, but no larger than the picture of the base."""
    right: dict[str, Any] = {"rsiz": 4, "levels": 6, "guard": 2, "parts": 6, "poc": POC_4K}
    return frame(**{**right, **shape})


def of_bytes(size: int, **shape: Any) -> bytes:
    return frame(size - _EMPTY, **shape)


def instead(make: Callable[[], bytes], at: Sequence[int] = AT) -> Change:
    """Another codestream for some frames."""

    def units(before: list[bytes]) -> list[bytes]:
        made = make()
        return [made if number in at else unit for number, unit in enumerate(before)]

    return units_of("picture1", units)


def all_of(make: Callable[[], bytes]) -> Change:
    def change(copy: Copy) -> None:
        made = make()
        described = PictureDescriptor.from_codestream(parse_codestream(made), Fraction(24), False)
        units_of("picture1", lambda before: [made] * len(before), descriptor=described)(copy)

    return change


def shaped(rule: str, note: str, *also: str, **shape: Any) -> Fault:
    return Fault(rule, "seen", instead(lambda: frame(**shape)), also, note)


def without(marker: int) -> bytes:
    good = frame()
    at = good.index(struct.pack(">H", marker))
    return good[:at] + good[at + 2 + int.from_bytes(good[at + 2 : at + 4], "big") :]


def double_ff() -> bytes:
    good = frame(4000)
    at = parse_codestream(good).tile_parts[1].offset + 256 + 254
    return good[:at] + b"\xff\xff" + good[at + 2 :]


# --- inside the tile parts -----


def damaged() -> bytes:
    """A packet that says of itself that it is empty."""
    from dcp.picture.packets import read_packets

    good = real_frame(3)
    packet = next(packet for packet in read_packets(good) if packet.parts)
    return good[: packet.header] + b"\x00" + good[packet.header + 1 :]


def mixed() -> bytes:
    """The first packet of the second component stands at the end of the first tile part."""
    from dcp.picture.packets import read_packets

    good = real_frame(3)
    first, second = parse_codestream(good).tile_parts[:2]
    moved = next(packet for packet in read_packets(good) if packet.header == second.data)

    def part(at: int, body: bytes) -> bytes:
        return good[at : at + 6] + struct.pack(">I", 14 + len(body)) + good[at + 10 : at + 14] + body

    one = part(first.offset, good[first.data : moved.header - 14] + good[moved.header : moved.end])
    two = part(second.offset, good[moved.end : second.offset + second.length])
    lengths = [struct.pack(">BI", 0, each.length) for each in (first, second)]
    new = [struct.pack(">BI", 0, len(each)) for each in (one, two)]
    head = good[: first.offset].replace(b"".join(lengths), b"".join(new))
    return head + one + two + good[second.offset + second.length :]


@functools.cache
def undecodable() -> bytes:
    """The decoder is patient: only some damage in a packet header stops it."""
    from dcp.errors import CodestreamError
    from dcp.picture.looks import look
    from dcp.picture.packets import read_packets

    good = real_frame(3)
    for packet in read_packets(good):
        for at in range(packet.header, packet.body):
            bad = good[:at] + bytes((good[at] ^ 0x10,)) + good[at + 1 :]
            try:
                look(bad)
            except CodestreamError:
                return bad
    raise AssertionError("all of it decodes")


# --- what is seen -----


@functools.cache
def shown(*codes: int, share: float = 1.0) -> bytes:
    """A picture with codes in its upper part; below a ramp."""
    import numpy as np

    from dcp.picture.codec import codec_by_name
    from dcp.picture.limits import frame_limits

    picture = np.full((SIZE[1], SIZE[0], 3), 1200, np.uint16)
    picture[: round(SIZE[1] * share)] = codes
    return codec_by_name().encode(picture, limits=frame_limits(Fraction(24)))


def eyes(left: Callable[[int], bytes], right: Callable[[int], bytes]) -> Change:
    def change(copy: Copy) -> None:
        pairs = len(copy.base.units["picture1"]) // 2
        units = [unit for number in range(pairs) for unit in (left(number), right(number))]
        described = PictureDescriptor.from_codestream(parse_codestream(units[1]), Fraction(24), True)
        units_of("picture1", lambda _: units, descriptor=described)(copy)

    return change


@functools.cache
def eye(number: int, shift: int = 0) -> bytes:
    """Large grain whose lower part lies further left by `shift` cells of 24 pixels."""
    import numpy as np

    from dcp.picture.codec import codec_by_name
    from dcp.picture.limits import frame_limits

    cells = np.random.default_rng(number).integers(600, 2600, (SIZE[1] // 24, SIZE[0] // 24 + 1))
    half = cells.shape[0] // 2
    cells[half:] = np.roll(cells[half:], -shift, axis=1)
    picture = cells.repeat(24, 0).repeat(24, 1)[: SIZE[1], : SIZE[0]]
    coded = np.stack([picture] * 3, axis=-1).astype(np.uint16)
    return codec_by_name().encode(coded, limits=frame_limits(Fraction(24), stereo=True))


def looked(rule: str, note: str, change: Change, *also: str, base: str = "seen") -> Fault:
    return Fault(rule, base, change, also, note, asked={"decode": True}, extra="picture")


def walked(rule: str, make: Callable[[], bytes], *also: str) -> Fault:
    return Fault(rule, "seen", instead(make), also, asked={"thorough": True}, extra="picture")


# --- sizes and rates -----


def at_rate(rate: int, size: tuple[int, int] = SIZE, *, stereo: bool = False, **shape: Any) -> Change:
    """The reel at another rate or of another size, a second long at least: its pictures and sound, their
    descriptors, and what the playlist says of them."""

    def change(copy: Copy) -> None:
        made = frame(size=size, **shape)
        before = copy.base.units
        count = max(len(before["sound1"]), rate)
        described = PictureDescriptor.from_codestream(parse_codestream(made), Fraction(rate), stereo)
        pictures = [made] * (count * (2 if stereo else 1))
        units_of("picture1", lambda _: pictures, edit_rate=Fraction(rate), descriptor=described)(copy)
        one, samples = before["sound1"][0], 48_000 // rate
        sound = (one * 2)[: len(one) // 2000 * samples]
        units_of("sound1", lambda _: [sound] * count, edit_rate=Fraction(rate))(copy)
        cpl = copy.read("cpl").replace(b">24 1<", b">%d 1<" % rate).replace(b">24</F", b">%d</F" % rate)
        for name in (b"Duration", b"IntrinsicDuration"):
            cpl = cpl.replace(b">%d</%s>" % (len(before["sound1"]), name), b">%d</%s>" % (count, name))
        cpl = cpl.replace(b">%d</Offset>" % (len(before["sound1"]) - 1), b">%d</Offset>" % (count - 1))
        cpl = cpl.replace(b"%d %d<" % SIZE, b"%d %d<" % size)
        for side, old, new in zip((b"Width", b"Height"), SIZE, size, strict=True):
            cpl = cpl.replace(b"%s>%d<" % (side, old), b"%s>%d<" % (side, new))
        copy.write("cpl", cpl)

    return change


def pairs_as_frames(copy: Copy) -> None:
    """The file of pairs is made one of frames."""
    first = parse_codestream(copy.base.units["picture1"][0])
    described = PictureDescriptor.from_codestream(first, Fraction(24), False)
    units_of("picture1", lambda units: units[::2], descriptor=described)(copy)


SHAPE_4K: dict[str, Any] = {"rsiz": 4, "levels": 6, "guard": 2, "parts": 6, "poc": POC_4K}

FAULTS = [
    Fault("PIC-001", "seen", valued("cpl", "FrameRate", "23 1")),
    Fault("PIC-001", "seen", at_rate(32), ("PIC-002",), "all"),
    Fault("PIC-002", "seen", at_rate(30)),
    Fault("PIC-003", "seen", at_rate(25, (4096, 2160), **SHAPE_4K)),
    Fault("PIC-004", "seen", at_rate(24, (1920, 1080)), ("PIC-008",)),
    Fault("PIC-005", "stereo", at_rate(24, (4096, 2160), stereo=True, **SHAPE_4K)),
    Fault("PIC-006", "stereo", pairs_as_frames),
    Fault("PIC-007", "stereo", valued("cpl", "FrameRate", "24 1")),
    Fault("PIC-008", "seen", valued("cpl", "ScreenAspectRatio", "4 3"), ("PIC-012",)),
    Fault("PIC-009", "seen", at_rate(16), ("PIC-002",)),
    Fault("PIC-010", "seen", at_rate(60), ("PIC-002",)),
    Fault("PIC-011", "interop", at_rate(25), ("REEL-003", "TT-025")),
    Fault("PIC-012", "seen", valued("cpl", "ScreenAspectRatio", "2048 858")),
    shaped("J2K-001", "style", style=1),
    shaped("J2K-001", "rgn", extra=segment(0xFF5E, bytes((0, 0, 7)))),
    shaped("J2K-001", "coc-in-tile", in_tile=coc(1)),
    shaped("J2K-001", "coc-style", extra=coc(1, style=4)),
    Fault("J2K-001", "seen", instead(lambda: b"not a codestream"), (), "none"),
    Fault("J2K-002", "seen", instead(lambda: of_bytes(LIMIT + 1)), (), "over"),
    Fault("J2K-003", "seen", instead(lambda: of_bytes(1_210_000)), (), "near"),
    Fault("J2K-003", "seen", instead(lambda: of_bytes(LIMIT)), (), "close"),
    Fault("J2K-004", "seen", all_of(lambda: of_bytes(1_290_000)), ("J2K-003",)),
    Fault("J2K-005", "seen", instead(lambda: frame(1_100_000, uneven=True))),
    shaped("J2K-006", "rsiz", rsiz=0),
    shaped("J2K-007", "rsiz", "J2K-030", rsiz=3, size=(4096, 2160), levels=6, parts=6, guard=2, poc=POC_4K),
    shaped("J2K-008", "guard", guard=2),
    shaped("J2K-008", "qcc", extra=qcc(2, guard=2)),
    Fault("J2K-009", "seen", instead(lambda: frame_4k(guard=1))),
    shaped("J2K-010", "tile", tile=(999, 1080)),
    shaped("J2K-011", "cod", code_block=(4, 3)),
    shaped("J2K-011", "coc", extra=coc(1, code_block=(4, 3))),
    shaped("J2K-012", "cod", code_block=(3, 4)),
    shaped("J2K-012", "coc", extra=coc(1, code_block=(3, 4))),
    shaped("J2K-013", "one", parts=1),
    Fault("J2K-014", "seen", instead(lambda: frame_4k(parts=3))),
    shaped("J2K-015", "poc", poc=POC_2K),
    Fault("J2K-016", "seen", instead(lambda: frame_4k(poc=b""))),
    Fault("J2K-017", "seen", instead(lambda: frame_4k(poc=POC_2K))),
    shaped("J2K-018", "poc", poc_in_tile=POC_2K),
    shaped("J2K-019", "tlm", tlm=False),
    shaped("J2K-020", "cod", wavelet=1),
    shaped("J2K-020", "coc", extra=coc(1, wavelet=1)),
    shaped("J2K-021", "fewer", levels=4),
    shaped("J2K-021", "more", levels=6),
    shaped("J2K-021", "coc", extra=coc(1, levels=6) + qcc(1, levels=6)),
    shaped("J2K-022", "bits", components=((7, 1, 1),) * 3),
    shaped("J2K-022", "two", components=((11, 1, 1),) * 2),
    shaped("J2K-023", "order", progression=0),
    shaped("J2K-024", "layers", layers=2),
    shaped("J2K-024", "transform", mct=0),
    shaped("J2K-025", "cod", precincts=b"\x88" * 6),
    shaped("J2K-025", "coc", extra=coc(1, precincts=b"\x88" * 6)),
    shaped("J2K-026", "origin", "J2K-030", origin=(2, 0)),
    Fault("J2K-027", "seen", instead(lambda: without(0xFF52)), (), "cod"),
    Fault("J2K-027", "seen", instead(lambda: without(0xFF5C)), (), "qcd"),
    Fault("J2K-028", "seen", instead(double_ff)),
    shaped("J2K-030", "size", size=(2048, 858)),
    shaped("J2K-031", "lengths", tlm=(1, 2, 3)),
    shaped("J2K-031", "tiles", tlm_tiles=(0, 0, 1)),
    shaped("J2K-032", "none", eoc=b""),
    shaped("J2K-032", "after", eoc=b"\xff\xd9\x00"),
    Fault("J2K-033", "encrypted", instead(lambda: of_bytes(LIMIT)), ("J2K-003",)),
    Fault("J2K-002", "encrypted", instead(lambda: of_bytes(LIMIT + 16)), (), "sealed", keys=False),
    shaped("J2K-034", "order", numbers=(0, 2, 1)),
    shaped("J2K-034", "tile", tiles=(0, 0, 1)),
    shaped("J2K-035", "count", count=4),
    shaped("J2K-036", "which", extra=coc(3)),
    shaped("J2K-036", "twice", extra=qcc(1) + qcc(1)),
    shaped("J2K-037", "few", quantization=b"\x22" + b"\x77\x20" * 15),
    shaped("J2K-037", "form", quantization=b"\x20" + b"\x77" * 16),
    shaped("J2K-037", "coc", "J2K-021", extra=coc(1, levels=6)),
    walked("J2K-038", damaged),
    walked("J2K-039", mixed),
    looked("J2K-040", "broken", instead(undecodable)),
    looked("QC-001", "inside", instead(lambda: shown(0, 0, 0), (9, 10, 11))),
    looked("QC-002", "stands", all_of(lambda: real_frame(0))),
    looked("QC-010", "again", units_of("picture1", lambda units: [*units[:8], units[7], *units[9:]])),
    looked("QC-011", "clipped", instead(lambda: shown(4095, 3900, 4000, share=0.2), (5, 9))),
    looked("QC-012", "bright", instead(lambda: shown(3900, 4050, 3900, share=0.2), (5, 9))),
    looked("QC-013", "green", instead(lambda: shown(1000, 3000, 300, share=0.2), (5, 9))),
    looked(
        "QC-014",
        "left",
        eyes(lambda n: shown(0, 0, 0) if n == 9 else eye(n % 4), lambda n: eye(n % 4, 1)),
        base="stereo",
    ),
    looked("QC-016", "swapped", eyes(lambda n: eye(n % 4, 1), lambda n: eye(n % 4)), base="stereo"),
    looked("QC-015", "flat", eyes(lambda n: eye(n % 4), lambda n: eye(n % 4)), base="stereo"),
]

GOOD = [
    Good("4k", "seen", at_rate(24, (4096, 2160), **SHAPE_4K)),
    Good("48-frames", "seen", at_rate(48)),
    Good("coc", "seen", instead(lambda: frame(extra=coc(0) + coc(2)))),
    Good("coc-and-qcc", "seen", instead(lambda: frame(extra=coc(1) + qcc(1) + coc(2) + qcc(2)))),
    Good("comment", "seen", instead(lambda: frame(extra=segment(0xFF64, b"\x00\x01made by another")))),
    Good("parts-not-counted", "seen", instead(lambda: frame(count=0))),
    Good("tiles-in-tlm", "seen", instead(lambda: frame(tlm_tiles=(0, 0, 0)))),
    Good("derived-steps", "seen", instead(lambda: frame(quantization=b"\x21\x77\x20"))),
    Good("packet-lengths", "seen", instead(lambda: frame(in_tile=segment(0xFF58, b"\x00\x05")))),
    Good("4k-profile", "seen", instead(frame_4k)),
    Good("just-within", "seen", instead(lambda: of_bytes(1_197_000))),
    Good(
        "pairs-that-differ",
        "stereo",
        eyes(lambda n: eye(n % 4), lambda n: eye(n % 4, 1)),
        asked={"decode": True, "thorough": True},
        extra="picture",
    ),
    Good(
        "real-frames-in-another-order",
        "seen",
        units_of("picture1", lambda units: units[::-1]),
        asked={"decode": True, "thorough": True},
        extra="picture",
    ),
    Good(
        "fades",
        "seen",
        instead(lambda: shown(0, 0, 0), (0, 1, 22, 23)),
        asked={"decode": True},
        extra="picture",
    ),
]
