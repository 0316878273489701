"""Stills read by OpenImageIO: DPX, TIFF, EXR, PNG, JPEG, BMP, as they stand in the file.

A still is a function of its file alone (`read_still`), so that any worker may read it. All headers of a
sequence are read when it is probed, so that one that differs stops it before the first frame is coded.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.create.sources.facts import ColourTags, Model, PictureFacts, Pixels
from dcp.create.sources.still_tags import PNG_SIGNATURE, Png, check_png, png_head, tags_of
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.extras import need
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

if TYPE_CHECKING:  # heavy, and not in the core
    from numpy.typing import NDArray

MAX_SOURCE_SIDE = 16_384
MAX_SOURCE_PIXELS = 1 << 27
"""An IMAX scan of 16K by 8K; it is what a small file of an absurd size could make us allocate."""

_SAMPLES = {"uint8": "uint8", "uint16": "uint16", "half": "float", "float": "float", "double": "float"}
_PALETTE, _RGB_OR_GREY = 3, frozenset({0, 1, 2, 3, 6})
_PHOTOMETRIC = {5: "CMYK", 8: "CIELAB", 9: "ICCLAB", 10: "ITULAB", 32803: "CFA", 34892: "LinearRaw"}
_EXIF: Mapping[int, tuple[int, bool]] = {
    2: (0, True),
    3: (180, False),
    4: (180, True),
    5: (270, True),
    6: (90, False),
    7: (90, True),
    8: (270, False),
}
"""EXIF's orientation: degrees clockwise, mirrored before."""
_TAIL = 65_536


@dataclass(frozen=True)
class _Header:
    """width, height: as shown; window: (x, y, width, height) of the samples that the file has inside it.

    channels: numbers of the planes; alpha: that of the coverage. shift: bits that the reader put below the
    samples to fill its word.
    """

    form: str
    width: int
    height: int
    window: tuple[int, int, int, int]
    model: Model
    channels: tuple[int, ...]
    alpha: int | None
    samples: str
    depth: int
    tags: ColourTags
    rotation: int
    flip: bool
    pixel_aspect: Fraction
    decisions: tuple[Text, ...]

    @property
    def shift(self) -> int:
        return 16 - self.depth if self.samples == "uint16" else 0


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
        header = _header_of(image, path, _png(path))
        wanted = [*header.channels, *([] if header.alpha is None else [header.alpha])]
        low, high = min(wanted), max(wanted) + 1
        samples = image.read_image(0, 0, low, high, header.samples)
        fault = _fault(image.geterror)
    finally:
        image.close()
    if samples is None or fault:
        raise _undecodable(path, fault)
    planes = [_plane(samples[:, :, number - low], header) for number in wanted]
    alpha = planes.pop() if header.alpha is not None else None
    return Pixels(
        planes=tuple(planes),
        model=header.model,
        depth=header.depth,
        full_range=header.tags.range != "limited",
        alpha=alpha,
    )


def _plane(samples: NDArray[Any], header: _Header) -> NDArray[Any]:
    """One channel on its own, at the file's depth, where its window lies in the picture."""
    import numpy as np

    plane = samples >> header.shift if header.shift else np.ascontiguousarray(samples)
    x, y, width, height = header.window
    if (x, y, width, height) == (0, 0, header.width, header.height):
        return plane
    whole = np.zeros((header.height, header.width), plane.dtype)
    top, left = max(y, 0), max(x, 0)
    part = plane[top - y : header.height - y, left - x : header.width - x]
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    return whole


# --- headers -----


def _same(first: _Header, other: _Header, file: Path, first_file: Path) -> None:
    """SourceError where a still differs from the first of its sequence."""
    pairs: tuple[tuple[str, Callable[[_Header], object]], ...] = (
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


def _header(path: Path) -> _Header:
    _regular(path)
    image = _open(path)
    try:
        header = _header_of(image, path, _png(path))
    finally:
        image.close()
    _whole(path, header)
    return header


def _header_of(image: Any, path: Path, png: Png | None) -> _Header:
    spec = image.spec()
    form = image.format_name()
    try:
        said = {attribute.name: attribute.value for attribute in spec.extra_attribs}
        names = list(spec.channelnames)
    except UnicodeDecodeError as error:
        raise _undecodable(path, str(error)) from None
    windowed = form == "openexr"
    width, height = (spec.full_width, spec.full_height) if windowed else (spec.width, spec.height)
    _bounded(path, (width, height), (spec.width, spec.height))
    _refuse_models(path, form, said, names, deep=spec.deep)
    notes: list[Text] = []
    model, channels, alpha = _channels(path, form, spec, names, notes)
    samples = _SAMPLES.get(str(spec.format))
    if samples is None:
        raise SourceError("still.samples", where=path, format=str(spec.format))
    window = (0, 0, width, height)
    if windowed:
        window = (spec.x - spec.full_x, spec.y - spec.full_y, spec.width, spec.height)
        _placed(path, window, (width, height), notes)
    if form == "tiff" and said.get("tiff:PhotometricInterpretation") == _PALETTE:
        notes.append(text("plan.still-palette"))
    if image.seek_subimage(1, 0):
        notes.append(text("plan.still-pages"))
        image.seek_subimage(0, 0)
    _fault(image.geterror)  # that there is no second page is no fault
    rotation, flip = _EXIF.get(said.get("Orientation", 1), (0, False))
    if rotation or flip:
        notes.append(text("plan.still-mirrored" if flip else "plan.still-turned", degrees=rotation))
    aspect = _aspect(said.get("PixelAspectRatio"))
    if aspect != 1:
        notes.append(text("plan.still-aspect", aspect=float(aspect)))
    colour = tags_of(form, model, said, png.chunks if png else None)
    return _Header(
        form=form,
        width=width,
        height=height,
        window=window,
        model=model,
        channels=channels,
        alpha=alpha,
        samples=samples,
        depth=_depth(samples, said),
        tags=colour.tags,
        rotation=rotation,
        flip=flip,
        pixel_aspect=aspect,
        decisions=(*notes, *colour.decisions),
    )


def _bounded(path: Path, shown: tuple[int, int], held: tuple[int, int]) -> None:
    for width, height in (shown, held):
        if max(width, height) > MAX_SOURCE_SIDE or width * height > MAX_SOURCE_PIXELS:
            raise SourceError(
                "source.still-too-large", where=path, width=width, height=height, most=MAX_SOURCE_SIDE
            )
        if min(width, height) < 1:
            raise SourceError("still.undecodable", where=path, why=f"{width}x{height}")


def _refuse_models(
    path: Path, form: str, said: Mapping[str, Any], names: Sequence[str], *, deep: bool
) -> None:
    """SourceError, by name, for samples that are no R G B or grey."""
    model = None
    number = said.get("tiff:PhotometricInterpretation", 2)
    if form == "tiff" and number not in _RGB_OR_GREY:
        model = _PHOTOMETRIC.get(number, str(number))
    elif form == "jpeg" and said.get("jpeg:ColorSpace", "RGB") != "RGB":
        model = str(said["jpeg:ColorSpace"])
    elif form == "dpx" and not str(said.get("dpx:ImageDescriptor")).startswith(("RGB", "ABGR", "Luma")):
        model = str(said.get("dpx:ImageDescriptor"))
    elif deep:
        model = "deep EXR"
    elif any(name in ("RY", "BY") for name in names):
        model = "Y RY BY"
    if model is not None:
        raise SourceError("still.model", where=path, model=model)


def _channels(
    path: Path, form: str, spec: Any, names: Sequence[str], notes: list[Text]
) -> tuple[Model, tuple[int, ...], int | None]:
    """The channels that are the picture, and that of its coverage where it is not multiplied in."""
    prefix = ""
    if form == "openexr":
        prefix = _layer(path, names, notes)
    wanted = [prefix + name for name in "RGB"]
    model: Model = "rgb"
    if not all(name in names for name in wanted):
        model = "grey"
        wanted = [prefix + "Y" if prefix + "Y" in names else names[0]]
        if form == "openexr" and wanted[0] not in (prefix + "Y", "Y"):
            raise SourceError("still.channels", where=path, names=names[:12])
    channels = tuple(names.index(name) for name in wanted)
    alpha = spec.alpha_channel if spec.alpha_channel not in (-1, *channels) else None
    left = [name for number, name in enumerate(names) if number not in (*channels, alpha)]
    if left:
        notes.append(text("plan.still-channels-left", names=left[:12]))
    if alpha is not None and not _apart(form, spec):
        notes.append(text("plan.alpha-ignored" if form == "bmp" else "plan.alpha-multiplied"))
        alpha = None
    return model, channels, alpha


def _apart(form: str, spec: Any) -> bool:
    """Is the coverage still to be multiplied in? What is multiplied in already lies over black as it is."""
    return form == "dpx" or bool(spec.get_int_attribute("oiio:UnassociatedAlpha", 0) and form != "bmp")


def _layer(path: Path, names: Sequence[str], notes: list[Text]) -> str:
    """What stands before R, G and B: nothing, or the one layer that has all three."""
    if "R" in names and "G" in names and "B" in names:
        return ""
    layers = [name[:-1] for name in names if name.endswith(".R")]
    whole = [each for each in layers if each + "G" in names and each + "B" in names]
    if len(whole) > 1:
        raise SourceError("still.layers", where=path, names=[each[:-1] for each in whole])
    if whole:
        notes.append(text("plan.exr-layer", layer=whole[0][:-1]))
        return whole[0]
    return ""


def _placed(path: Path, window: tuple[int, int, int, int], size: tuple[int, int], notes: list[Text]) -> None:
    """A line where the samples do not fill the picture. SourceError when none of them lies in it."""
    x, y, width, height = window
    if x >= size[0] or y >= size[1] or x + width <= 0 or y + height <= 0:
        raise SourceError("still.window", where=path)
    if window != (0, 0, *size):
        notes.append(
            text("plan.exr-window", width=width, height=height, x=x, y=y, shown=f"{size[0]}x{size[1]}")
        )


def _depth(samples: str, said: Mapping[str, Any]) -> int:
    """Bits of a sample: those of the file where a word of 16 holds fewer."""
    if samples == "float":
        return 32
    if samples == "uint8":
        return 8
    bits = int(said.get("oiio:BitsPerSample", 16))
    return bits if 8 < bits < 16 else 16


def _aspect(value: Any) -> Fraction:
    """Width of a pixel by its height; what makes no sense is a header that nobody filled in."""
    if not isinstance(value, int | float) or not 0.1 < value < 10:
        return Fraction(1)
    return Fraction(value).limit_denominator(1000)


# --- files -----


def _regular(path: Path) -> None:
    """SourceError unless it is a file that holds something: a pipe would be waited for."""
    try:
        found = path.stat()
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if not stat.S_ISREG(found.st_mode):
        raise SourceError("still.no-file", where=path)
    if not found.st_size:
        raise SourceError("still.empty", where=path)


def _open(path: Path) -> Any:
    """OpenImageIO's reader. SourceError when it is no still."""
    import OpenImageIO as oiio

    oiio.attribute("threads", 1)  # frames are what is read at once, a worker each
    oiio.attribute("exr_threads", 1)
    as_stored = oiio.ImageSpec()
    as_stored.attribute("oiio:UnassociatedAlpha", 1)
    image = oiio.ImageInput.open(str(path), as_stored)
    if image is None:
        raise _undecodable(path, _fault(oiio.geterror))
    return image


def _fault(message: Callable[[], str]) -> str:
    """What the library says and forgets; it quotes damaged names as they are."""
    try:
        return message()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "replace")


def _undecodable(path: Path, fault: str) -> SourceError:
    lines = [line.strip() for line in fault.splitlines() if line.strip()]
    reason = lines[0].replace(str(path), path.name)[:200] if lines else "?"
    return SourceError("still.undecodable", where=path, why=reason)


def _whole(path: Path, header: _Header) -> None:
    """SourceError for a file that ends too early, where that shows without decoding it."""
    if header.form in ("png", "jpeg"):
        mark = b"IEND" if header.form == "png" else b"\xff\xd9"
        try:
            with path.open("rb") as stream:
                size = stream.seek(0, 2)
                stream.seek(max(0, size - _TAIL))
                whole = mark in stream.read(_TAIL)
        except OSError as error:
            raise SourceError("file.cannot-read", where=path, why=why(error)) from None
        if not whole and (header.form == "png" or mark not in _bytes(path)):  # a phone's film may follow
            raise SourceError("still.cut-short", where=path)
    elif header.form == "dpx":
        bits = header.width * header.height * len(header.channels) * header.depth
        if path.stat().st_size < bits // 8:
            raise SourceError("still.cut-short", where=path)


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
