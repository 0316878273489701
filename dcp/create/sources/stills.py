"""Stills read by OpenImageIO: DPX, TIFF, EXR, PNG, JPEG, BMP, as they stand in the file.

A still is a function of its file alone (`read_still`), so that any worker may read it. All headers of a
sequence are read when it is probed, so that one that differs stops it before the first frame is coded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.create.sources.facts import ColourTags, PictureFacts, Pixels
from dcp.create.sources.media import check_regular
from dcp.create.sources.still_ends import check_whole
from dcp.create.sources.still_header import StillHeader, fault_of, header_of, undecodable
from dcp.create.sources.still_plain import plain_samples
from dcp.create.sources.still_tags import PNG_SIGNATURE, Png, check_png, png_head
from dcp.errors import SourceError
from dcp.extras import need
from dcp.texts.catalogue import Text
from dcp.texts.system import why

if TYPE_CHECKING:  # heavy, and not in the core
    from numpy.typing import NDArray


MAX_FILE = (1 << 31) + (1 << 24)
"""Bytes: the largest picture that is taken, in floats and without compression, fits in."""


def probe_stills(
    path: Path, files: Sequence[Path | None], *, stereo: bool = False, decisions: tuple[Text, ...] = ()
) -> PictureFacts:
    """What a sequence of stills is. files: in order, None for a black frame; of stereo left, right in turns.

    All headers are read, and the first and last picture. SourceError for one that cannot be read, or that
    differs from the first in size, depth, channels or colour.
    """
    need("create")
    given = list(dict.fromkeys(file for file in files if file is not None))
    first = _header(given[0])
    for file in given[1:]:
        _same(first, _header(file), file, given[0])
    for file in dict.fromkeys((given[0], given[-1])):
        read_still(file)
    return PictureFacts(
        path=path,
        kind="stills",
        width=first.width,
        height=first.height,
        rate=None,
        frames=len(files) // 2 if stereo else len(files),
        tags=first.tags,
        depth=first.depth,
        pixel_aspect=first.pixel_aspect,
        rotation=first.rotation,
        flip=first.flip,
        alpha=first.alpha is not None,
        stereo=stereo,
        files=tuple(files),
        decisions=(*decisions, *first.decisions),
    )


def read_still(path: Path) -> Pixels:
    """The picture of a file. SourceError when it is damaged or cut short, whatever of it could be had."""
    need("create")
    _regular(path)
    if _begins(path, PNG_SIGNATURE):
        check_png(_bytes(path), path)
    image = _open(path)
    try:
        header = header_of(image, path, _png(path))
        wanted = [*header.channels, *([] if header.alpha is None else [header.alpha])]
        low, fault = 0, ""
        samples = _plain(path, header)
        if samples is None:
            low = min(wanted)
            samples = image.read_image(0, 0, low, max(wanted) + 1, header.samples)
            fault = fault_of(image.geterror)
            if samples is not None and header.shift:
                samples >>= header.shift
    finally:
        image.close()
    if samples is None or fault:
        raise undecodable(path, fault)
    planes = _planes(samples, [number - low for number in wanted], header)
    return Pixels(
        planes=tuple(planes[: len(header.channels)]),
        model=header.model,
        depth=header.depth,
        full_range=header.tags.range != "limited",
        alpha=planes[-1] if header.alpha is not None else None,
    )


def _plain(path: Path, header: StillHeader) -> NDArray[Any] | None:
    try:
        return plain_samples(path, header)
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


def _planes(samples: NDArray[Any], numbers: Sequence[int], header: StillHeader) -> list[NDArray[Any]]:
    """The channels one by one, at the file's depth, where their window lies in the picture. They share the
    memory of the samples: whoever makes something of them takes them apart on the way."""
    import numpy as np

    planes = samples.transpose(2, 0, 1)
    x, y, width, height = header.window
    if (x, y, width, height) != (0, 0, header.width, header.height):
        whole = np.zeros((len(planes), header.height, header.width), planes.dtype)
        top, left = max(y, 0), max(x, 0)
        part = planes[:, top - y : header.height - y, left - x : header.width - x]
        whole[:, top : top + part.shape[1], left : left + part.shape[2]] = part
        planes = whole
    return [planes[number] for number in numbers]


# --- headers -----


def _same(first: StillHeader, other: StillHeader, file: Path, first_file: Path) -> None:
    """SourceError where a still differs from the first of its sequence."""
    pairs: tuple[tuple[str, Callable[[StillHeader], object]], ...] = (
        ("still-size", lambda each: f"{each.width}x{each.height}"),
        ("still-depth", lambda each: each.depth),
        ("still-channels", lambda each: each.model + ("+alpha" if each.alpha is not None else "")),
        ("still-turn", lambda each: f"{each.rotation}{'+flip' if each.flip else ''}"),
        ("still-aspect", lambda each: each.pixel_aspect),
        ("still-colour", lambda each: _tag_words(each.tags)),
    )
    for what, value in pairs:
        if value(first) != value(other):
            raise SourceError(
                "sequence.differs",
                where=file,
                what=what,
                found=value(other),
                expected=value(first),
                first=first_file.name,
            )


def _tag_words(tags: ColourTags) -> str:
    return f"{tags.primaries or '-'}/{tags.transfer or '-'}/{tags.range or '-'}"


def _header(path: Path) -> StillHeader:
    _regular(path)
    image = _open(path)
    try:
        header = header_of(image, path, _png(path))
    finally:
        image.close()
    check_whole(path)
    return header


# --- files -----


def _regular(path: Path) -> None:
    """SourceError unless it is a file that holds something: a pipe would be waited for."""
    size = check_regular(path)
    if not size:
        raise SourceError("still.empty", where=path)
    if size > MAX_FILE:
        raise SourceError("still.file-too-large", where=path, bytes=size, most=MAX_FILE)


def _open(path: Path) -> Any:
    """OpenImageIO's reader. SourceError when it is no still."""
    import OpenImageIO as oiio

    oiio.attribute("threads", 1)  # frames are what is read at once, a worker each
    oiio.attribute("exr_threads", 1)
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    image = oiio.ImageInput.open(str(path), as_stored)
    if image is None:
        raise undecodable(path, fault_of(oiio.geterror))
    return image


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


def _begins(path: Path, signature: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(signature)) == signature
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None


def _png(path: Path) -> Png | None:
    if not _begins(path, PNG_SIGNATURE):
        return None
    with path.open("rb") as stream:
        return png_head(stream)
