"""What a still is, by its header: size, windows, channels, depth, orientation, colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.create.sources.facts import ColourTags, Model
from dcp.create.sources.still_tags import Png, tags_of
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.texts.catalogue import Text, text

MAX_SOURCE_SIDE = 16_384
MAX_SOURCE_PIXELS = 1 << 27
"""An IMAX scan of 16K by 8K; it is what a small file of an absurd size could make us allocate."""

_SAMPLES = {"uint8": "uint8", "uint16": "uint16", "half": "half", "float": "float", "double": "float"}
"""What a type of the file is read as: half floats come through OpenImageIO's conversion at twice the cost."""
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


@dataclass(frozen=True)
class StillHeader:
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


def header_of(image: Any, path: Path, png: Png | None) -> StillHeader:
    spec = image.spec()
    form = image.format_name()
    try:
        said = {attribute.name: attribute.value for attribute in spec.extra_attribs}
        names = list(spec.channelnames)
    except UnicodeDecodeError as error:
        raise undecodable(path, str(error)) from None
    windowed = form == "openexr"
    width, height = (spec.full_width, spec.full_height) if windowed else (spec.width, spec.height)
    _bounded(path, (width, height), (spec.width, spec.height))
    _refuse_models(path, form, said, names, deep=spec.deep)
    notes: list[Text] = []
    model, channels, alpha = _channels(path, form, spec, names, notes)
    samples = _SAMPLES.get(str(spec.channelformat(channels[0])))
    if samples == "half" and any(str(spec.channelformat(number)) != "half" for number in channels):
        samples = "float"
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
    fault_of(image.geterror)  # that there is no second page is no fault
    rotation, flip = _EXIF.get(said.get("Orientation", 1), (0, False))
    if rotation or flip:
        notes.append(text("plan.still-mirrored" if flip else "plan.still-turned", degrees=rotation))
    aspect = _aspect(said.get("PixelAspectRatio"))
    if aspect != 1:
        notes.append(text("plan.still-aspect", aspect=float(aspect)))
    colour = tags_of(form, model, said, png.chunks if png else None)
    return StillHeader(
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
    if samples in ("half", "float"):
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


# --- errors -----


def fault_of(message: Callable[[], str]) -> str:
    """What the library says and forgets; it quotes damaged names as they are."""
    try:
        return message()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "replace")


def undecodable(path: Path, fault: str) -> SourceError:
    lines = [line.strip() for line in fault.splitlines() if line.strip()]
    reason = lines[0].replace(str(path), path.name)[:200] if lines else "?"
    return SourceError("still.undecodable", where=path, why=reason)
