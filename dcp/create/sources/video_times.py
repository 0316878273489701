"""When the frames of a video file are presented, without decoding it where its container says so.

In order of cost: the index of the container has every frame (MP4, QuickTime; AVI without reordering), or the
container counts in frames (MXF, YUV4MPEG2), or the headers of all packets are read, or all is decoded. What
was found the cheap way is held against the first frames decoded and the last packets of the file; when it
disagrees, the next way is taken.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from dcp.create.planning.clock import timecode
from dcp.create.sources.decoding import decoded
from dcp.create.sources.media import open_media, packets
from dcp.create.sources.quicktime import composition_offsets, edits, first_place
from dcp.dataclass import dataclass
from dcp.errors import SourceError

HEAD = 16
"""Frames decoded to see whether packets tell the frames: more than any codec reorders."""
_COUNTING = ("mxf", "yuv4mpegpipe")
_QUICKTIME = "mov"
_PADDING = 1
_SHORT = 1
"""Seconds that may be missing at the end: streams seldom end together."""


@dataclass(frozen=True)
class FrameTimes:
    """stamps: ascending, in units of the stream's time base, empty where frames have an order alone; `end`
    that of the end of the last. frames: how many. left_out: packets at the beginning that give no frame.
    start: when the first frame is shown, in seconds, where that is not its stamp.
    """

    stamps: array[int]
    end: int
    frames: int
    left_out: int = 0
    start: Fraction | None = None


def frame_times(path: Path, container: Any, stream: Any, head: list[int | None]) -> FrameTimes:
    """Times of all frames of a stream. head: those of the first `HEAD` as decoded.

    The container is read, so its place in the file is lost. SourceError for a file that is cut short.
    """
    found = _told(path, container, stream, head) or _by_decoding(path, stream.index)
    _check_end(path, container, stream, found)
    if container.format.name == "avi":
        return replace(found, start=_start_by_order(path, stream.index, found))
    return found


def _told(path: Path, container: Any, stream: Any, head: list[int | None]) -> FrameTimes | None:
    """By the container, where the decoder's first frames bear it out."""
    if not ascending(head) or _is_edited(path, container, stream):
        return None
    known = [int(stamp) for stamp in head if stamp is not None]
    for stamps, last in _ways(path, container, stream):
        if stamps is not None:
            shown, left_out = _from(stamps, known[0])
            if list(shown[: len(known)]) == known and (len(known) == HEAD or len(shown) == len(known)):
                return FrameTimes(shown, _end(stream, shown, last), len(shown), left_out)
    return None


def _start_by_order(path: Path, number: int, found: FrameTimes) -> Fraction | None:
    """When AVI shows the first frame, in seconds; None where nothing tells.

    It has times of decoding alone, and shows its pictures, put in order, at these; FFmpeg's stamps are later
    by what a decoder holds back, or may hold back.
    """
    import av

    decoding, stamps = [], []
    with open_media(path) as container:
        stream = container.streams[number]
        try:
            for packet in packets(container, stream):
                if packet.size and packet.dts is not None:
                    decoding.append(packet.dts)
                    stamps.append(packet.dts if packet.pts is None else packet.pts)
                if len(decoding) == HEAD:
                    break
        except av.FFmpegError:
            return None
        if not decoding:
            return None
        left_out = found.stamps[0] - min(stamps) if found.stamps else 0
        return Fraction((min(decoding) + left_out) * stream.time_base)


def _check_end(path: Path, container: Any, stream: Any, found: FrameTimes) -> None:
    """SourceError where the file says that it goes on, as one whose copying was broken off."""
    name = container.format.name.split(",")[0]
    rate = stream.average_rate or stream.guessed_rate
    ended = found.end * stream.time_base if found.stamps else found.frames / rate if rate else Fraction(0)
    if name == "avi":
        _check_riff(path)
    if name in ("avi", "mxf") and stream.duration:
        said = stream.duration * stream.time_base
    elif name == "matroska" and container.duration:
        said = Fraction(container.duration, 1_000_000)  # AV_TIME_BASE; of all its streams
        if said - ended > _SHORT:
            ended = max(ended, _last_of_all(path))
    else:
        return
    if said - ended > _SHORT:
        raise SourceError("source.ends-early", where=path, said=timecode(said), ended=timecode(ended))


def _check_riff(path: Path) -> None:
    """AVI: FFmpeg counts only what is there; the first chunk says how much there should be."""
    with path.open("rb") as file:
        head, size = file.read(8), path.stat().st_size
    needed = 8 + int.from_bytes(head[4:], "little")
    if head[:4] == b"RIFF" and size + _PADDING < needed < 8 + 0xFFFF_FFFF:
        raise SourceError("source.cut-short-by", where=path, size=size, needed=needed)


def _last_of_all(path: Path) -> Fraction:
    """When the last packet of any stream begins."""
    import av

    last = Fraction(0)
    with open_media(path) as container:
        try:
            for packet in packets(container, *container.streams):
                if packet.pts is not None and packet.time_base:
                    last = max(last, packet.pts * packet.time_base)
        except av.FFmpegError:
            return last
    return last


def _is_edited(path: Path, container: Any, stream: Any) -> bool:
    """Whether frames come from several places of a track, some of which a decoder may not be able to give.

    SourceError for edits that FFmpeg does not carry out.
    """
    if not container.format.name.startswith(_QUICKTIME):
        return False
    listed = edits(path, stream.id)
    shown = [number for number, edit in enumerate(listed) if edit.media >= 0]
    if len(shown) < 2:
        return False
    gaps = len(shown) < shown[-1] - shown[0] + 1
    if gaps or any(listed[number].speed != 1 for number in shown):
        raise SourceError("source.edit-list", where=path)
    return not stream.codec_context.codec.intra_only


def ascending(stamps: list[int | None]) -> bool:
    """Whether frames came with times, in their order. Those of AVI with reordered frames do not."""
    known = [stamp for stamp in stamps if stamp is not None]
    return len(known) == len(stamps) > 0 and all(a < b for a, b in pairwise(known))


def _from(stamps: array[int], first: int) -> tuple[array[int], int]:
    """Without what the decoder cannot show: frames before the first one that is whole."""
    left_out = sum(1 for stamp in stamps if stamp < first)
    return stamps[left_out:], left_out


def _end(stream: Any, stamps: array[int], last: int = 0) -> int:
    """The end of the last frame: as its packet says, else after as long as its neighbours usually last."""
    if last > 0:
        return stamps[-1] + last
    steps = sorted(b - a for a, b in pairwise(stamps[-50:]))
    if steps:
        return stamps[-1] + steps[len(steps) // 2]
    rate = stream.average_rate or stream.guessed_rate
    return stamps[-1] + (max(1, round(1 / (rate * stream.time_base))) if rate else 1)


def _ways(path: Path, container: Any, stream: Any) -> Iterator[tuple[array[int] | None, int]]:
    """The cheap ways first; each is held against the end of the file before it is believed. With how long
    the last frame lasts, 0 where that is not said.
    """
    for stamps in (_of_index(path, container, stream), _of_count(container, stream)):
        last = _last_frame(container, stream, stamps[-1]) if stamps else None
        if last is not None:
            yield stamps, last
    yield _of_packets(path, stream.index)


def _last_frame(container: Any, stream: Any, last: int) -> int | None:
    """How long the frame at `last` lasts, 0 where that is not said; None when the file ends elsewhere."""
    import av

    found: tuple[int, int] | None = None
    try:
        container.seek(last, stream=stream, backward=True)
        for packet in packets(container, stream):
            if packet.size and not packet.is_discard and packet.pts is not None:
                found = max(found or (packet.pts, 0), (packet.pts, packet.duration or 0))
    except av.FFmpegError:
        return None
    return found[1] if found is not None and found[0] == last else None


def _shows(packet: Any, hides: bool) -> bool:
    """Whether a packet gives a frame: not those at the end of a stream, or before an edit. hides: of VP8,
    whose hidden frames, which only others are coded from, are packets too.
    """
    if not packet.size or packet.is_discard:
        return False
    return not hides or bool(bytes(packet)[0] >> 4 & 1)


def _of_packets(path: Path, number: int) -> tuple[array[int] | None, int]:
    """From the headers of all packets. The file is opened anew: not every one can go back to its start."""
    import av

    stamps, latest, last = array("q"), None, 0
    with open_media(path) as container:
        try:
            stream = container.streams[number]
            hides = stream.codec_context.name == "vp8"
            for packet in packets(container, stream):
                if _shows(packet, hides):
                    stamp = packet.pts
                    if stamp is None:
                        return None, 0
                    stamps.append(stamp)
                    if latest is None or stamp > latest:
                        latest, last = stamp, packet.duration or 0
        except av.FFmpegError as error:
            raise SourceError("source.cut-short", where=path, why=error.strerror or str(error)) from None
    return array("q", sorted(stamps)), last


def _of_count(container: Any, stream: Any) -> array[int] | None:
    """A container whose unit is the frame."""
    rate = stream.average_rate
    if container.format.name not in _COUNTING or not stream.duration or stream.time_base * (rate or 0) != 1:
        return None
    first = stream.start_time or 0
    return array("q", range(first, first + stream.duration))


def _of_index(path: Path, container: Any, stream: Any) -> array[int] | None:
    """From the index of the file, where it has every frame."""
    entries = stream.index_entries
    if not len(entries) or container.format.name.split(",")[0] not in (_QUICKTIME, "avi"):
        return None
    size = path.stat().st_size
    stamps, shown = array("q"), bytearray()
    for entry in entries:
        if entry.pos + entry.size > size:
            raise SourceError("source.cut-short-by", where=path, size=size, needed=entry.pos + entry.size)
        stamps.append(entry.timestamp)
        shown.append(not entry.is_discard and entry.size > 0)
    if not stream.codec_context.codec.intra_only:
        # an index may lack samples that an edit leaves out: those at its end are no loss
        whole = 0 < len(stamps) <= stream.frames and entries[0].pos == first_place(path, stream.id)
        if not container.format.name.startswith(_QUICKTIME) or not whole:
            return None
        offsets = composition_offsets(path, stream.id, stream.frames)
        first = _first_stamp(container, stream, stamps[0])
        if offsets is None or first is None:
            return None
        shift = first - offsets[0]
        offsets = offsets[: len(stamps)]
        stamps = array("q", (stamp + offset + shift for stamp, offset in zip(stamps, offsets, strict=True)))
    return array("q", sorted(stamp for stamp, seen in zip(stamps, shown, strict=True) if seen))


def _first_stamp(container: Any, stream: Any, decoded_at: int) -> int | None:
    """How much later than it is decoded the first packet is presented."""
    import av

    try:
        container.seek(decoded_at, stream=stream, backward=True)
        packet = next(packets(container, stream), None)
    except av.FFmpegError:
        return None
    if packet is None or packet.pts is None or packet.dts != decoded_at:
        return None
    return int(packet.pts - decoded_at)


def _by_decoding(path: Path, number: int) -> FrameTimes:
    """What the decoder gives, frame by frame: right for every file, and as slow as its decoding."""
    stamps: list[int | None] = []
    last = 0
    with open_media(path) as container:
        stream = container.streams[number]
        stream.thread_type = "AUTO"
        for frame in decoded(container, stream, path):
            stamps.append(frame.pts)
            last = frame.duration or 0
        if not ascending(stamps):
            return FrameTimes(array("q"), 0, len(stamps))
        known = array("q", (stamp for stamp in stamps if stamp is not None))
        return FrameTimes(known, _end(stream, known, last), len(known))
