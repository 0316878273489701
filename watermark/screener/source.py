"""What a video file is, as far as a marked copy must be alike: its film among its streams, and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.ffmpeg import NO_FILM
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from watermark.embed import MAX_SIDE
from watermark.frames import film_of, open_video
from watermark.orientation import Orientation, orientation_of
from watermark.screener.shell import Light

_UNSPECIFIED = 2  # ISO/IEC 23091-2
_FULL = 2  # AVColorRange
_RGB = ("gbr", "rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "pal8")
_PROGRESSIVE = (0, 1)  # AVFieldOrder: unknown, progressive
_LOSSLESS = {
    "ffv1",
    "ffvhuff",
    "huffyuv",
    "utvideo",
    "rawvideo",
    "v210",
    "r210",
    "png",
    "qtrle",
    "magicyuv",
    "v410",
}
_INTERMEDIATE = {"prores", "dnxhd", "cfhd", "jpeg2000", "hap", "v308"}
_HEAD = 64
"""Packets of a stream that are looked at for marks of encryption."""
_ENCRYPTED = ("encryption_info", "encryption_init_info")


@dataclass(frozen=True)
class Tags:
    """Numbers of ISO/IEC 23091-2, 2 where nothing is said; range: 1 limited, 2 full, 0 not said."""

    primaries: int
    transfer: int
    matrix: int
    range: int


@dataclass(frozen=True)
class Source:
    """A video file. stream: index of its film. codec, tag: FFmpeg's name and the four letters in the file.

    form: pixel format. rate: frames a second on average; frames: how many the file says, 0 for unknown.
    fields: AVFieldOrder of interlaced pictures, else 0. seconds: how long the file says that it is, or 0.
    start: when its first frame is
    shown, in seconds. light: HDR metadata. dolby: whether Dolby Vision is in it. left: side data not kept.
    """

    path: Path
    stream: int
    codec: str
    tag: str
    width: int
    height: int
    form: str
    time_base: Fraction
    rate: Fraction
    frames: int
    tags: Tags
    pixel_aspect: Fraction | None
    orientation: Orientation
    fields: int
    light: Light | None
    dolby: bool
    left: tuple[str, ...]
    seconds: float
    start: Fraction
    decisions: tuple[Text, ...]

    @property
    def full(self) -> bool:
        """Whether code 0 is black. What says nothing is limited, unless it is RGB."""
        return self.tags.range == _FULL or (self.tags.range == 0 and self.form.startswith(_RGB))

    @property
    def lossless(self) -> bool:
        """Whether its codec loses nothing."""
        return self.codec in _LOSSLESS

    @property
    def intermediate(self) -> bool:
        """Whether its codec is one for cutting rooms."""
        return self.codec in _INTERMEDIATE


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and the stream that is its film. SourceError for what is no video that can be marked."""
    with open_video(path) as container:
        names = container.format.name
        if names.endswith("_pipe") or names in ("image2", "gif", "tty", "apng"):
            raise SourceError("mark.still", where=path)
        yield container, film_of(container, path)


def source_of(path: Path) -> Source:
    """Its facts; a few packets are read and one frame is decoded. SourceError as `opened`, and for encrypted
    files, sizes and rates that are not marked, and what cannot be decoded."""
    import av

    with opened(path) as (container, stream):
        _clear(container, path)
        context = stream.codec_context
        if max(context.width, context.height) > MAX_SIDE:
            raise SourceError(
                "mark.video-too-large", where=path, width=context.width, height=context.height, most=MAX_SIDE
            )
        said = _tags(context)
        order = int(context.field_order)
    with opened(path) as (container, stream):
        try:
            frame = next(container.decode(stream), None)
        except av.FFmpegError as error:
            raise SourceError("mark.video-damaged", where=path, why=why(error)) from None
        if frame is None:
            raise SourceError("mark.no-frame", where=path)
        rate = stream.average_rate or stream.guessed_rate
        if not rate or not 1 <= rate <= 240:
            raise SourceError("mark.no-rate", where=path)
        kinds = {side.type.name: bytes(side) for side in frame.side_data}
        light = Light.of(kinds.get("MASTERING_DISPLAY_METADATA"), kinds.get("CONTENT_LIGHT_LEVEL"))
        fields = 0
        if frame.interlaced_frame or order not in _PROGRESSIVE:
            fields = order if order not in _PROGRESSIVE else 2
        decisions = []
        films = [one for one in container.streams.video if not one.disposition & NO_FILM]
        if len(films) > 1:
            others = [str(one.index) for one in films if one.index != stream.index]
            decisions.append(text("mark.stream-taken", stream=stream.index, others=", ".join(others)))
        return Source(
            path=path,
            stream=stream.index,
            codec=stream.codec_context.codec.canonical_name,
            tag=_tag(stream),
            width=frame.width,
            height=frame.height,
            form=frame.format.name,
            time_base=Fraction(stream.time_base),
            rate=Fraction(rate).limit_denominator(1_001_000),
            frames=int(stream.frames or 0),
            tags=_merged(said, frame),
            pixel_aspect=Fraction(stream.sample_aspect_ratio) if stream.sample_aspect_ratio else None,
            orientation=orientation_of(frame),
            fields=fields,
            light=light,
            dolby=any(name.startswith("DOVI") for name in kinds),
            left=tuple(sorted(_LEFT[name] for name in kinds if name in _LEFT)),
            seconds=(container.duration or 0) / 1_000_000,
            start=Fraction(frame.pts or 0) * Fraction(stream.time_base),
            decisions=tuple(decisions),
        )


_LEFT = {
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
    "SPHERICAL": "360°",
    "STEREO3D": "3D",
    "ICC_PROFILE": "ICC",
    "AMBIENT_VIEWING_ENVIRONMENT": "ambient light",
    "FILM_GRAIN_PARAMS": "film grain parameters",
}


def _clear(container: Any, path: Path) -> None:
    """SourceError where the first packets say that they are encrypted."""
    import av

    try:
        for count, packet in enumerate(container.demux()):
            if any(packet.has_sidedata(name) for name in _ENCRYPTED):
                raise SourceError("mark.encrypted", where=path)
            if count >= _HEAD:
                break
    except av.FFmpegError as error:
        raise SourceError("mark.video-damaged", where=path, why=why(error)) from None


def _tag(stream: Any) -> str:
    try:
        return str(stream.codec_context.codec_tag)
    except UnicodeDecodeError:
        return ""


def _tags(holder: Any) -> dict[str, int]:
    names = ("color_primaries", "color_trc", "colorspace", "color_range")
    return {name: int(getattr(holder, name, None) or 0) for name in names}


def _merged(container: dict[str, int], frame: Any) -> Tags:
    """The frame's, else the container's: a decoder writes what it finds over that, were it nothing."""
    own = _tags(frame)

    def one(name: str) -> int:
        return (
            own[name] if own[name] not in (0, _UNSPECIFIED) else container[name] or own[name] or _UNSPECIFIED
        )

    model = own["colorspace"] if frame.format.name.startswith(_RGB) else one("colorspace")
    full = frame.format.name.startswith("yuvj")
    return Tags(
        primaries=one("color_primaries"),
        transfer=one("color_trc"),
        matrix=model,
        range=_FULL if full else own["color_range"] or container["color_range"],
    )
