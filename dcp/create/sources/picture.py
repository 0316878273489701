"""Frames out of video files, folders of stills and folders of codestreams, fitted into a cinema's container.

A source gives frames in order; making X'Y'Z' of one (`Frame.xyz`) is a pure function that any thread may run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcp.create.sources.media import open_media
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.extras import need
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

if TYPE_CHECKING:  # codestreams are taken without them
    import numpy as np
    from numpy.typing import NDArray

    Rgb16 = NDArray[np.uint16]
    Xyz = NDArray[np.uint16]

Kind = Literal["video", "stills", "codestreams"]

CONTAINERS = {
    ("flat", "2k"): (1998, 1080),
    ("scope", "2k"): (2048, 858),
    ("full", "2k"): (2048, 1080),
    ("flat", "4k"): (3996, 2160),
    ("scope", "4k"): (4096, 1716),
    ("full", "4k"): (4096, 2160),
}
"""ST 428-1, DCSS 4.3.3."""

STILLS = (".png", ".tif", ".tiff", ".dpx", ".exr", ".jpg", ".jpeg", ".bmp")
LINEAR_STILLS = (".exr",)
CODESTREAMS = (".j2c", ".j2k")
MAX_SOURCE_SIDE = 16_384

# FFmpeg's numbers (ISO/IEC 23091-2): matrix and primaries and transfer
_MATRIX_709, _MATRIX_601, _MATRIX_2020, _UNTAGGED = 1, (5, 6), (9, 10), 2
_PQ, _HLG = 16, 18


@dataclass(frozen=True)
class PictureFacts:
    """A picture source as probed: sizes in pixels, `frames` None when only decoding would tell.

    pixel_aspect: width of a pixel by its height. colour: its encoding for `dcp.picture.colour`. matrix: that
    of a video's Y'CbCr, by swscale's name. notes: what had to be assumed. duration: in seconds, as the file
    says; None when it does not.
    """

    path: Path
    kind: Kind
    width: int
    height: int
    rate: Fraction | None
    frames: int | None
    pixel_aspect: Fraction = Fraction(1)
    colour: str = "rec709"
    matrix: str = "ITU709"
    notes: tuple[Text, ...] = ()
    files: tuple[Path, ...] = ()
    duration: Fraction | None = None

    @property
    def expected_frames(self) -> int:
        """The number of frames, estimated where `frames` is None; 0 when nothing tells. For progress only."""
        if self.frames is not None:
            return self.frames
        if self.duration is None or self.rate is None:
            return 0
        return round(self.duration * self.rate)


@dataclass(frozen=True)
class Frame:
    """One frame: a codestream as it stands, or a function that makes full-range RGB of 16 bits."""

    codestream: bytes | None
    rgb: Callable[[], Rgb16] | None
    facts: PictureFacts

    def xyz(self, size: tuple[int, int]) -> Xyz:
        """X'Y'Z' of 12 bits, (height, width, 3), fitted into `size` = (width, height) with black around."""
        from dcp.picture.colour import to_xyz12

        assert self.rgb is not None
        fitted = fit(self.rgb(), size, self.facts.pixel_aspect)
        return to_xyz12(fitted, source=self.facts.colour)


def probe_picture(path: Path) -> PictureFacts:
    """What a source is. SourceError when it holds no picture that can be taken."""
    if path.is_dir():
        return _probe_folder(path)
    return _probe_video(path)


def frames(facts: PictureFacts) -> Iterator[Frame]:
    """The frames in order. SourceError when one cannot be read."""
    if facts.kind == "video":
        yield from _video_frames(facts)
    for file in facts.files:
        if facts.kind == "codestreams":
            yield Frame(_read(file), None, facts)
        else:
            yield Frame(None, _still(file), facts)


def fitted_size(
    source: tuple[int, int], size: tuple[int, int], pixel_aspect: Fraction = Fraction(1)
) -> tuple[int, int]:
    """(width, height) of the largest picture of the source's shape inside `size`."""
    width, height = size
    scale = min(Fraction(width) / (source[0] * pixel_aspect), Fraction(height, source[1]))
    return (
        min(width, max(1, round(source[0] * pixel_aspect * scale))),
        min(height, max(1, round(source[1] * scale))),
    )


def fit(rgb: Rgb16, size: tuple[int, int], pixel_aspect: Fraction = Fraction(1)) -> Rgb16:
    """Scale to touch `size` = (width, height) from inside, shape kept, centred on black."""
    import cv2
    import numpy as np

    width, height = size
    source_height, source_width = rgb.shape[:2]
    inner_width, inner_height = fitted_size((source_width, source_height), size, pixel_aspect)
    if (inner_width, inner_height) != (source_width, source_height):
        smaller = inner_width < source_width
        method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        rgb = cv2.resize(rgb, (inner_width, inner_height), interpolation=method).astype(np.uint16, copy=False)
    if (inner_width, inner_height) == size:
        return rgb
    whole = np.zeros((height, width, 3), dtype=np.uint16)
    top, left = (height - inner_height) // 2, (width - inner_width) // 2
    whole[top : top + inner_height, left : left + inner_width] = rgb
    return whole


# --- video -----


def _probe_video(path: Path) -> PictureFacts:
    with open_media(path) as container:
        import av

        if not container.streams.video:
            raise SourceError("source.no-picture", where=path)
        stream = container.streams.video[0]
        try:
            first = next(container.decode(stream), None)
        except av.FFmpegError as error:
            raise SourceError("source.video-undecodable", where=path, why=error.strerror) from None
        if first is None:
            raise SourceError("source.no-frame", where=path)
        rate = stream.average_rate or stream.guessed_rate
        matrix, colour, notes = _colour_of(first)
        return PictureFacts(
            path=path,
            kind="video",
            width=first.width,
            height=first.height,
            rate=Fraction(rate) if rate else None,
            frames=stream.frames or None,
            pixel_aspect=Fraction(stream.sample_aspect_ratio or 1),
            colour=colour,
            matrix=matrix,
            notes=notes,
            duration=_duration(container, stream),
        )


def _duration(container: Any, stream: Any) -> Fraction | None:
    """Seconds, by the stream, else by the container (Matroska)."""
    if stream.duration and stream.duration > 0:
        return Fraction(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return Fraction(container.duration, 1_000_000)  # AV_TIME_BASE
    return None


def _colour_of(frame: Any) -> tuple[str, str, tuple[Text, ...]]:
    """swscale's name of the matrix, our name of the encoding, and what was assumed."""
    if frame.color_trc in (_PQ, _HLG):
        raise SourceError("source.hdr")
    tag = frame.colorspace
    if tag in _MATRIX_2020:
        return "BT2020", "rec2020", ()
    if tag in _MATRIX_601:
        return "ITU601", "rec709", ()
    if tag == _MATRIX_709 or not frame.format.name.startswith(("yuv", "nv", "p0")):
        return "ITU709", "rec709", ()
    if frame.height >= 720:
        return "ITU709", "rec709", (text("note.no-tags-709"),)
    return "ITU601", "rec709", (text("note.no-tags-601"),)


def _video_frames(facts: PictureFacts) -> Iterator[Frame]:
    import av

    with open_media(facts.path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        try:
            for frame in container.decode(stream):
                if (frame.width, frame.height) != (facts.width, facts.height):
                    raise SourceError("source.size-changes", where=facts.path)
                yield Frame(None, _converted(frame, facts.matrix), facts)
        except av.FFmpegError as error:
            raise SourceError("source.video-undecodable", where=facts.path, why=error.strerror) from None


def _converted(frame: Any, matrix: str) -> Callable[[], Rgb16]:
    def rgb() -> Rgb16:
        # swscale's own matrix for untagged video is BT.601 whatever its size, so it is always told
        picture: Rgb16 = frame.to_ndarray(format="rgb48le", src_colorspace=matrix)
        return picture

    return rgb


# --- folders -----


def _probe_folder(path: Path) -> PictureFacts:
    files = sorted((file for file in path.iterdir() if file.is_file()), key=_natural)
    coded = tuple(file for file in files if file.suffix.lower() in CODESTREAMS)
    stills = tuple(file for file in files if file.suffix.lower() in STILLS)
    if bool(coded) == bool(stills):
        raise SourceError(
            "source.stills-and-codestreams" if coded else "source.empty-folder",
            where=path,
            stills=" ".join(STILLS),
            codestreams=" ".join(CODESTREAMS),
        )
    if coded:
        from dcp.picture.codestream import parse_codestream

        headers = parse_codestream(_read(coded[0]))
        return PictureFacts(path, "codestreams", headers.width, headers.height, None, len(coded), files=coded)
    need("picture")
    height, width = _still(stills[0])().shape[:2]
    linear = {file.suffix.lower() in LINEAR_STILLS for file in stills}
    if len(linear) > 1:
        raise SourceError("source.exr-and-others", where=path)
    note = text("note.linear-light")
    return PictureFacts(
        path=path,
        kind="stills",
        width=width,
        height=height,
        rate=None,
        frames=len(stills),
        colour="rec709" if True in linear else "srgb",
        notes=(note,) if True in linear else (),
        files=stills,
    )


def _natural(path: Path) -> list[tuple[int, str]]:
    """frame2 before frame10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


def _still(path: Path) -> Callable[[], Rgb16]:
    def rgb() -> Rgb16:
        suffix = path.suffix.lower()
        picture: Rgb16
        if suffix in LINEAR_STILLS:
            picture = _gamma_coded(_by_ffmpeg(path, "gbrpf32le"))
        elif suffix == ".dpx":
            picture = _by_ffmpeg(path, "rgb48le")
        else:
            picture = _decoded_still(path)
        if max(picture.shape[:2]) > MAX_SOURCE_SIDE:
            height, width = picture.shape[:2]
            raise SourceError(
                "source.still-too-large", where=path, width=width, height=height, most=MAX_SOURCE_SIDE
            )
        return picture

    return rgb


def _by_ffmpeg(path: Path, form: str) -> Any:
    import av

    with open_media(path) as container:
        try:
            return next(container.decode(video=0)).to_ndarray(format=form)
        except (av.FFmpegError, StopIteration, ValueError):
            raise SourceError("source.still-undecodable", where=path) from None


def _gamma_coded(light: NDArray[np.float32]) -> Rgb16:
    """Linear light, 1.0 the white, as BT.1886: 16 bits of light itself would be coarse in the dark."""
    import numpy as np

    level = np.clip(np.nan_to_num(light, nan=0.0), 0, 1)
    codes: Rgb16 = np.rint(level ** np.float32(1 / 2.4) * 65535).astype(np.uint16)
    return codes


def _decoded_still(path: Path) -> Rgb16:
    import cv2
    import numpy as np

    data = np.frombuffer(_read(path), dtype=np.uint8)
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        picture = None
    if picture is None or picture.dtype not in (np.uint8, np.uint16):
        raise SourceError("source.still-undecodable", where=path)
    rgb = picture[:, :, ::-1].astype(np.uint16)
    return np.ascontiguousarray(rgb * 257 if picture.dtype == np.uint8 else rgb)
