"""The container of a marked file: everything beside the film as it was, packet for packet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from watermark.frames import open_video
from watermark.screener.coding import Coding
from watermark.screener.shell import pattern_stream
from watermark.screener.source import Source

_ATTACHED = 1024
_LARGEST_COVER = 1 << 26
_COVERS = {
    "mjpeg": ("cover.jpg", "image/jpeg"),
    "png": ("cover.png", "image/png"),
    "bmp": ("cover.bmp", "image/bmp"),
    "webp": ("cover.webp", "image/webp"),
    "gif": ("cover.gif", "image/gif"),
}
BIBLIOGRAPHIC = {
    "bod": "tib", "ces": "cze", "cym": "wel", "deu": "ger", "ell": "gre", "eus": "baq", "fas": "per",
    "fra": "fre", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac", "mri": "mao", "msa": "may",
    "mya": "bur", "nld": "dut", "ron": "rum", "slk": "slo", "sqi": "alb", "zho": "chi",
}  # fmt: skip
"""The other code of ISO 639-2 for the languages that have two: QuickTime has a number for that one alone."""
_PLAIN = {"1 channels": "mono", "2 channels": "stereo"}
"""Channels whose places a file does not say."""
_DISCARD_ALL = 48
_CHAPTER_TITLES = "bin_data"
OWN_KEYS = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time", "duration"}
)
"""What a container writes by itself."""
_FINEST = 1 << 24
_APPLE = "com.apple.quicktime."


@dataclass(frozen=True)
class Streams:
    """Where packets go: film, the stream that is marked; copies: by index of the source."""

    film: Any
    copies: Mapping[int, Any]
    not_kept: tuple[Text, ...]


def options_of(metadata: Mapping[str, str], facts: Source, coding: Coding) -> dict[str, str]:
    """Of the muxer."""
    options: dict[str, str] = {}
    if coding.container == "matroska":
        return options
    if coding.container == "mov" and any(key.startswith(_APPLE) for key in metadata):
        options["movflags"] = "+use_metadata_tags"
    if (facts.start * 1000).denominator != 1 and facts.time_base.denominator < _FINEST:
        options["movie_timescale"] = str(facts.time_base.denominator)  # of the place where a stream begins
    return options


def add_streams(source: Any, output: Any, facts: Source, coding: Coding, encoder: Any) -> Streams:
    """Announce each stream of the source in its order. UsageError where sound cannot be carried, which names
    the container that can."""
    copies: dict[int, Any] = {}
    not_kept: list[Text] = []
    film: Any = None
    for stream in source.streams:
        if stream.index == facts.stream:
            film = _film(output, facts, coding, encoder)
            _alike(stream, film, coding)
            continue
        if _made_anew(stream, coding):
            continue
        if coding.container == "matroska" and is_cover(stream):
            name, kind = _COVERS.get(stream.codec_context.name, ("cover", "application/octet-stream"))
            output.add_attachment(
                stream.metadata.get("filename", name), kind, cover_of(facts.path, stream.index)
            )
            continue
        copy = _copy(output, stream, coding)
        if copy is None:
            if stream.type in ("audio", "video") and not is_cover(stream):
                raise UsageError(
                    "mark.stream-refused",
                    where=facts.path,
                    stream=stream.index,
                    kind=named(stream),
                    to=coding.container,
                )
            not_kept.append(
                text("mark.stream-left", stream=stream.index, kind=named(stream), to=coding.container)
            )
            continue
        _alike(stream, copy, coding)
        copies[stream.index] = copy
    output.metadata.update({key: value for key, value in source.metadata.items() if key not in OWN_KEYS})
    if "creation_time" in source.metadata:
        output.metadata["creation_time"] = source.metadata["creation_time"]
    output.set_chapters(source.chapters())
    return Streams(film, copies, tuple(not_kept))


def _made_anew(stream: Any, coding: Coding) -> bool:
    """Whether the muxer writes it of what it is told besides: titles of chapters, time code."""
    if stream.type != "data":
        return False
    if int(stream.discard) >= _DISCARD_ALL and stream.name == _CHAPTER_TITLES:
        return True
    return coding.container != "matroska" and stream.name in (None, "none") and "timecode" in stream.metadata


def named(stream: Any) -> str:
    """What a stream is, for people."""
    context = stream.codec_context
    codec = context.name if context is not None else (stream.name or "?")
    language = stream.metadata.get("language")
    return f"{stream.type} {codec}" + (f" {language}" if language and language != "und" else "")


def _film(output: Any, facts: Source, coding: Coding, encoder: Any) -> Any:
    with pattern_stream(coding.codec, facts.width, facts.height, facts.light) as pattern:
        film = output.add_stream_from_template(pattern, opaque=True)
    context = film.codec_context
    context.pix_fmt = encoder.pix_fmt
    context.extradata = encoder.extradata
    if facts.pixel_aspect is not None:
        context.sample_aspect_ratio = facts.pixel_aspect
    context.framerate = facts.rate
    context.color_range, context.colorspace = encoder.color_range, encoder.colorspace
    context.color_primaries, context.color_trc = encoder.color_primaries, encoder.color_trc
    context.field_order = facts.fields or 1
    if coding.codec == "prores":
        context.codec_tag = encoder.codec_tag
    elif coding.codec == "hevc" and coding.container != "matroska":
        context.codec_tag = "hvc1"
    if encoder.profile:
        context.profile = encoder.profile
    context.level = encoder.level
    film.time_base = facts.time_base
    if facts.orientation.matrix is not None:
        film.set_display_matrix(facts.orientation.matrix)
    return film


def _copy(output: Any, stream: Any, coding: Coding) -> Any:
    """None where the container has no place for it."""
    if stream.type == "data" or (stream.type == "attachment" and coding.container != "matroska"):
        return None
    try:
        copy = output.add_stream_from_template(stream, opaque=True)
    except ValueError:
        return None
    if stream.type == "audio" and stream.codec_context.layout.name in _PLAIN:
        copy.codec_context.layout = _PLAIN[stream.codec_context.layout.name]
    return copy


def is_cover(stream: Any) -> bool:
    """Whether it is a picture that stands for the file."""
    return bool(stream.type == "video" and stream.disposition & _ATTACHED)


def cover_of(path: Path, index: int) -> bytes:
    """A cover picture's file; empty where it cannot be read."""
    with open_video(path) as container:
        for packet in container.demux(container.streams[index]):
            return bytes(packet) if packet.size <= _LARGEST_COVER else b""
    return b""


def _alike(stream: Any, copy: Any, coding: Coding) -> None:
    copy.metadata.clear()
    copy.metadata.update({key: value for key, value in stream.metadata.items() if key not in OWN_KEYS})
    language = copy.metadata.get("language")
    if coding.container == "mov" and language in BIBLIOGRAPHIC:
        copy.metadata["language"] = BIBLIOGRAPHIC[language]
    copy.disposition = int(stream.disposition)
    copy.id = stream.id
