"""When the frames of a video file are presented, without decoding it where its container says so.

In order of cost: the index of the container has every frame (MP4, QuickTime; AVI without reordering), or the
container counts in frames (MXF, YUV4MPEG2), or the headers of all packets are read, or all is decoded. What
was found the cheap way is held against the first frames decoded and the last packets of the file; when it
disagrees, the next way is taken.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from dcp.create.sources.decoding import decoded
from dcp.create.sources.media import open_media
from dcp.dataclass import dataclass
from dcp.errors import SourceError

HEAD = 16
"""Frames decoded to see whether packets tell the frames: more than any codec reorders."""
_COUNTING = ("mxf", "yuv4mpegpipe")
_QUICKTIME = "mov"


@dataclass(frozen=True)
class FrameTimes:
    """stamps: ascending, in units of the stream's time base, empty where frames have an order alone; `end`
    that of the end of the last. frames: how many. left_out: packets at the beginning that give no frame.
    """

    stamps: array[int]
    end: int
    frames: int
    left_out: int = 0


def frame_times(path: Path, container: Any, stream: Any, head: list[int | None]) -> FrameTimes:
    """Times of all frames of a stream. head: those of the first `HEAD` as decoded.

    The container is read, so its place in the file is lost. SourceError for a file that is cut short.
    """
    if ascending(head):
        known = [int(stamp) for stamp in head if stamp is not None]
        for stamps in _ways(path, container, stream):
            if stamps is not None:
                shown, left_out = _from(stamps, known[0])
                if list(shown[: len(known)]) == known and (len(known) == HEAD or len(shown) == len(known)):
                    return FrameTimes(shown, _end(stream, shown), len(shown), left_out)
    return _by_decoding(path, stream.index)


def ascending(stamps: list[int | None]) -> bool:
    """Whether frames came with times, in their order. Those of AVI with reordered frames do not."""
    known = [stamp for stamp in stamps if stamp is not None]
    return len(known) == len(stamps) > 0 and all(a < b for a, b in pairwise(known))


def _from(stamps: array[int], first: int) -> tuple[array[int], int]:
    """Without what the decoder cannot show: frames before the first one that is whole."""
    left_out = sum(1 for stamp in stamps if stamp < first)
    return stamps[left_out:], left_out


def _end(stream: Any, stamps: array[int], last: int = 0) -> int:
    """The end of the last frame: it lasts as long as its packet says, else as its neighbours usually do."""
    if last > 0:
        return stamps[-1] + last
    steps = sorted(b - a for a, b in pairwise(stamps[-50:]))
    if steps:
        return stamps[-1] + steps[len(steps) // 2]
    rate = stream.average_rate or stream.guessed_rate
    return stamps[-1] + (max(1, round(1 / (rate * stream.time_base))) if rate else 1)


def _ways(path: Path, container: Any, stream: Any) -> Iterator[array[int] | None]:
    """The cheap ways first; each is held against the end of the file before it is believed."""
    for stamps in (_of_index(path, container, stream), _of_count(container, stream)):
        if stamps and _ends_with(container, stream, stamps[-1]):
            yield stamps
    yield _of_packets(path, stream.index)


def _ends_with(container: Any, stream: Any, last: int) -> bool:
    """Whether the last packets of the file say so too."""
    import av

    try:
        container.seek(last, stream=stream, backward=True)
        shown = [packet.pts for packet in container.demux(stream) if _shows(packet)]
    except av.FFmpegError:
        return False
    return last == max((stamp for stamp in shown if stamp is not None), default=None)


def _shows(packet: Any) -> bool:
    """Whether a packet gives a frame: not those at the end of a stream, before an edit, or of VP8's hidden
    ones, which only others are coded from.
    """
    if not packet.size or packet.is_discard:
        return False
    return packet.stream.codec_context.name != "vp8" or bool(bytes(packet)[0] >> 4 & 1)


def _of_packets(path: Path, number: int) -> array[int] | None:
    """From the headers of all packets. The file is opened anew: not every one can go back to its start."""
    import av

    stamps = array("q")
    with open_media(path) as container:
        try:
            for packet in container.demux(container.streams[number]):
                if _shows(packet):
                    if packet.pts is None:
                        return None
                    stamps.append(packet.pts)
        except av.FFmpegError as error:
            raise SourceError("source.cut-short", where=path, why=error.strerror or str(error)) from None
    return array("q", sorted(stamps))


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
        if not container.format.name.startswith(_QUICKTIME) or len(stamps) != stream.frames:
            return None
        offsets = composition_offsets(path, stream.id, len(stamps))
        if offsets is None:
            return None
        first = _first_stamp(container, stream, stamps[0])
        if first is None:
            return None
        shift = first - offsets[0]
        stamps = array("q", (stamp + offset + shift for stamp, offset in zip(stamps, offsets, strict=True)))
    return array("q", sorted(stamp for stamp, seen in zip(stamps, shown, strict=True) if seen))


def _first_stamp(container: Any, stream: Any, decoded_at: int) -> int | None:
    """How much later than it is decoded the first packet is presented."""
    import av

    try:
        container.seek(decoded_at, stream=stream, backward=True)
        packet = next(container.demux(stream), None)
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


# --- MP4 and QuickTime: how much later than decoded a frame is presented -----

_PATH = (b"mdia", b"minf", b"stbl", b"ctts")


def composition_offsets(path: Path, track: int, count: int) -> array[int] | None:
    """The offsets of a track's `count` samples, in its own units, as its ctts box has them.

    None where there is none to be found, or one of another number of samples: FFmpeg reads these boxes, and
    uses them, but does not hand them out.
    """
    with path.open("rb") as file:
        end = path.stat().st_size
        for kind, start, stop in _boxes(file, 0, end):
            if kind != b"moov":
                continue
            for inner, begin, behind in _boxes(file, start, stop):
                if inner == b"trak" and _track_id(file, begin, behind) == track:
                    return _offsets(file, begin, behind, count)
    return None


def _boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes between two places: kind, begin and end of what is inside."""
    while start + 8 <= stop:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        inside = start + 8
        if size == 1:
            size = int.from_bytes(file.read(8), "big")
            inside += 8
        elif size == 0:
            size = stop - start
        if size < inside - start or start + size > stop:
            return
        yield kind, inside, start + size
        start += size


def _track_id(file: BinaryIO, start: int, stop: int) -> int | None:
    for kind, begin, _ in _boxes(file, start, stop):
        if kind == b"tkhd":
            file.seek(begin)
            wide = file.read(1) == b"\1"
            file.seek(begin + 4 + (16 if wide else 8))
            return int.from_bytes(file.read(4), "big")
    return None


def _offsets(file: BinaryIO, start: int, stop: int, count: int) -> array[int] | None:
    for name in _PATH:
        found = next((box for box in _boxes(file, start, stop) if box[0] == name), None)
        if found is None:
            return array("q", bytes(8 * count)) if name == b"ctts" else None  # no box: no offsets
        _, start, stop = found
    file.seek(start + 4)
    runs = int.from_bytes(file.read(4), "big")
    if runs > min(count, (stop - start - 8) // 8):
        return None
    offsets = array("q")
    for samples, offset in struct.iter_unpack(">Ii", file.read(8 * runs)):
        if samples > count - len(offsets):
            return None
        offsets.extend([offset] * samples)
    return offsets if len(offsets) == count else None
