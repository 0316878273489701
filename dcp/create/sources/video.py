"""What a video file is: its film among its streams, when its frames are shown, how they are meant."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.create.sources.decoding import decoded, read_video, top_field_first
from dcp.create.sources.facts import ColourTags, Fields, PictureFacts, Range
from dcp.create.sources.grid import grid_of
from dcp.create.sources.media import open_media, packets
from dcp.create.sources.planes import depth_of, has_alpha, model_of
from dcp.create.sources.quicktime import unfinished
from dcp.create.sources.video_times import HEAD, FrameTimes, frame_times
from dcp.errors import SourceError
from dcp.ffmpeg import NO_FILM
from dcp.texts.catalogue import Text, text

__all__ = ["probe_video", "read_video"]

MAX_SIDE = 16_384
MAX_CHAPTERS = 1_000
_DEFAULT = 1
_BEYOND_ONE = 100
"""Packets of one stream after which another has had its second, unless it is a single picture."""
_TOP_FIRST, _BOTTOM_FIRST = (2, 4), (3, 5)  # AVFieldOrder, by the field that is shown first
_UNSPECIFIED = 2  # ISO/IEC 23091-2
_RANGES: dict[int, Range] = {1: "limited", 2: "full"}  # AVColorRange
_WIDEST_PIXEL = 16
_TAGS = ("colorspace", "color_primaries", "color_trc", "color_range")
_NOTHING = {("color_range", 0), *((name, value) for name in _TAGS[:3] for value in (0, _UNSPECIFIED))}


def probe_video(path: Path) -> PictureFacts:
    """The facts of a video file's picture. SourceError for what holds no film, or one that cannot be taken.

    Some frames are decoded; the others are counted by the container's index, or by the headers of its
    packets, and decoded only where these do not tell them.
    """
    with _opened(path) as container:
        stream, decisions = _film(path, container)
        said = _said(stream.codec_context)
        first, head = _head(path, container, stream)
        times = frame_times(path, container, stream, head)
        if times.left_out:
            decisions.append(text("note.frames-before-key", n=times.left_out))
        grid = grid_of(times.stamps, stream.time_base, _stated(stream, counted=not times.stamps))
        if not times.stamps:
            decisions.append(text("note.no-time-stamps", rate=f"{float(grid.rate or 0):.6g}"))
        fields = _fields(first, stream)
        if fields != "progressive":
            top = fields == "top-first"
            decisions.append(text("plan.deinterlaced-top-first" if top else "plan.deinterlaced-bottom-first"))
        turn, flip = _turned(first)
        return PictureFacts(
            path=path,
            kind="video",
            width=first.width,
            height=first.height,
            rate=grid.rate,
            frames=times.frames,
            tags=_tags(first, said),
            depth=depth_of(first.format),
            times=times.stamps,
            time_base=Fraction(stream.time_base),
            end=times.end,
            start=times.start,
            variable=grid.variable,
            stream=stream.index,
            pixel_aspect=_pixel_aspect(stream),
            rotation=turn,
            flip=flip,
            fields=fields,
            alpha=has_alpha(first.format),
            chapters=_chapters(container, times, stream),
            decisions=tuple(decisions),
        )


def _opened(path: Path) -> Any:
    try:
        return open_media(path)
    except SourceError as error:
        if error.id == "source.no-media" and path.is_file() and unfinished(path):
            raise SourceError("source.no-index", where=path) from None
        raise


# --- which stream -----


def _film(path: Path, container: Any) -> tuple[Any, list[Text]]:
    """The stream that is the film, and what is said of those beside it."""
    streams = list(container.streams.video)
    if not streams:
        raise SourceError("source.no-picture", where=path)
    films = [stream for stream in streams if not stream.disposition & NO_FILM]
    if len(films) > 1:
        single = _singles(path, {stream.index for stream in films})
        films = [stream for stream in films if stream.index not in single] or films
    if not films:
        raise SourceError("source.cover-only", where=path)
    usable = [stream for stream in films if stream.codec_context is not None]
    if not usable:
        raise SourceError("source.codec-unknown", where=path)
    film = max(usable, key=_rank)
    decisions = []
    covers = [stream for stream in streams if stream not in films]
    others = [stream for stream in films if stream is not film]
    if covers:
        decisions.append(text("note.cover-left", covers=[_named(stream) for stream in covers]))
    if others:
        decisions.append(
            text("plan.stream-taken", taken=_named(film), left=[_named(stream) for stream in others])
        )
    return film, decisions


def _singles(path: Path, among: set[int]) -> set[int]:
    """Streams of one picture beside a film, though no flag says so: covers, thumbnails of chapters."""
    import av

    counts = dict.fromkeys(among, 0)
    with open_media(path) as container:
        try:
            for packet in packets(container, *(container.streams[number] for number in sorted(among))):
                if packet.size:
                    counts[packet.stream_index] += 1
                if min(counts.values()) > 1 or max(counts.values()) >= _BEYOND_ONE:
                    break
        except av.FFmpegError:
            return set()
    return {number for number, count in counts.items() if count < 2} if max(counts.values()) > 1 else set()


def _rank(stream: Any) -> tuple[bool, int, int]:
    """The one that players show by themselves, else the largest, else the first."""
    area = (stream.codec_context.width or 0) * (stream.codec_context.height or 0)
    return bool(stream.disposition & _DEFAULT), area, -stream.index


def _named(stream: Any) -> Text:
    context = stream.codec_context
    if context is None:
        return text("word.stream", number=stream.index)
    size = f"{context.width}x{context.height}"
    return text("word.stream-of", number=stream.index, codec=context.name, size=size)


# --- its first frames -----


def _head(path: Path, container: Any, stream: Any) -> tuple[Any, list[int | None]]:
    """The first frame, and the times of the first `HEAD`."""
    if max(stream.codec_context.width, stream.codec_context.height) > MAX_SIDE:
        context = stream.codec_context
        raise SourceError(
            "source.video-too-large", where=path, width=context.width, height=context.height, most=MAX_SIDE
        )
    first = None
    stamps: list[int | None] = []
    for frame in decoded(container, stream, path):
        first = first or frame
        if (frame.width, frame.height) != (first.width, first.height):
            raise SourceError("source.size-changes", where=path)
        stamps.append(frame.pts)
        if len(stamps) == HEAD:
            break
    if first is None:
        raise SourceError("source.no-frame", where=path)
    return first, stamps


def _stated(stream: Any, *, counted: bool) -> list[Fraction]:
    """What the file says of its rate, the best witness first. counted: it has no times, so that an average
    is FFmpeg's guess.
    """
    rates = [stream.average_rate, stream.guessed_rate, stream.base_rate]
    if counted:
        rates = rates[1:]
    return [Fraction(rate) for rate in rates if rate]


def _fields(frame: Any, stream: Any) -> Fields:
    """By the frame's own flag, else by the container's."""
    if frame.interlaced_frame:
        return "top-first" if top_field_first(frame) else "bottom-first"
    order = stream.codec_context.field_order
    if order in _TOP_FIRST:
        return "top-first"
    return "bottom-first" if order in _BOTTOM_FIRST else "progressive"


def _said(holder: Any) -> dict[str, int]:
    """What a frame says of its colour, or, before the first one is decoded, its container: a decoder writes
    what it finds over that, were it nothing.
    """
    values = {name: int(getattr(holder, name, None) or 0) for name in _TAGS}
    return {name: value for name, value in values.items() if (name, value) not in _NOTHING}


def _tags(frame: Any, container: dict[str, int]) -> ColourTags:
    """The frame's, else its container's."""
    said = {**container, **_said(frame)}
    colour_range = 2 if frame.format.name.startswith("yuvj") else said.get("color_range")
    return ColourTags(
        model=model_of(frame.format),
        matrix=said.get("colorspace"),
        primaries=said.get("color_primaries"),
        transfer=said.get("color_trc"),
        range=_RANGES.get(colour_range or 0),
    )


def _turned(frame: Any) -> tuple[int, bool]:
    """How a player turns it: degrees clockwise, and whether it is mirrored before that."""
    for side in frame.side_data:
        if side.type.name != "DISPLAYMATRIX" or len(bytes(side)) < 36:
            continue
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(side)[:36])
        flip = a * d - b * c < 0
        if flip:
            a, b = -a, -b
        return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360, flip
    return 0, False


def _pixel_aspect(stream: Any) -> Fraction:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    return aspect if Fraction(1, _WIDEST_PIXEL) <= aspect <= _WIDEST_PIXEL else Fraction(1)


def _chapters(container: Any, times: FrameTimes, stream: Any) -> tuple[Fraction, ...]:
    """Where they begin, on the clock that picture and sound share."""
    starts: Sequence[Fraction] = sorted(
        {chapter["start"] * Fraction(chapter["time_base"]) for chapter in container.chapters()[:MAX_CHAPTERS]}
    )
    end = times.end * stream.time_base
    return tuple(start for start in starts if not times.stamps or start < end)
