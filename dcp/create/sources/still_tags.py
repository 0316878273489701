"""What a still says of its colour: PNG's chunks, ICC profiles, EXIF, the words of DPX and EXR headers.

PNG, JPEG and BMP that say nothing are sRGB. TIFF, DPX and EXR that say nothing stay untagged: nobody can tell
what they hold, so their tags have no transfer function.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, BinaryIO

from dcp.create.sources.facts import ColourTags, Model, Range
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.texts.catalogue import Text, text

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNK = 1 << 20  # bytes of a chunk that is kept
_WANTED = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")

# numbers of ISO/IEC 23091-2
_RGB_MATRIX = 0
_709, _2020, _P3_DCI, _P3_D65 = 1, 9, 11, 12
_GAMMA_22, _GAMMA_28, _LINEAR, _SRGB = 4, 5, 8, 13

_SRGB_BY_GAMMA = 45_455
_GAMMAS = {_SRGB_BY_GAMMA: _SRGB, 100_000: _LINEAR, 35_714: _GAMMA_28}
"""gAMA counts 1/100000; 1/2.2 is what writers of sRGB without its own chunk put there."""

_CHROMATICITIES = {
    _709: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    _2020: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    _P3_DCI: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    _P3_D65: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
"""Red, green, blue, white, x and y each."""
_NEAR = 0.002

_DPX_SILENT = frozenset({"", "undefined", "user defined"})


@dataclass(frozen=True)
class Tagged:
    """tags, and what was read or assumed on the way to them."""

    tags: ColourTags
    decisions: tuple[Text, ...] = ()


def tags_of(
    form: str, model: Model, said: Mapping[str, Any], chunks: Mapping[bytes, bytes] | None = None
) -> Tagged:
    """The tags of a still. form: its format, by OpenImageIO's name; said: its attributes; chunks: PNG's."""
    base = ColourTags(model, matrix=_RGB_MATRIX if model == "rgb" else None, range="full")
    if form == "dpx":
        return _of_dpx(replace(base, range=None), said)
    if form == "openexr":
        return _of_exr(base, said)
    coded = _of_cicp((chunks or {}).get(b"cICP"))
    if coded is not None:
        primaries, transfer, range_ = coded
        return Tagged(replace(base, primaries=primaries, transfer=transfer, range=range_))
    profile = _profile(said, chunks or {})
    if profile is not None and (known := _of_profile(profile)) is not None:
        read = text("plan.still-profile", profile=profile)
        return Tagged(replace(base, primaries=known, transfer=_SRGB), (read,))
    notes: list[Text] = []
    if profile is not None:
        notes.append(text("plan.still-profile-left", profile=profile or "?"))
    if form == "tiff":
        return Tagged(base, tuple(notes))
    if profile is None and (told := _of_chunks(chunks or {}, notes)) is not None:
        return Tagged(replace(base, primaries=told[0], transfer=told[1]), tuple(notes))
    assumed = said.get("Exif:ColorSpace") != 1 or profile is not None
    return Tagged(replace(base, primaries=_709, transfer=_SRGB, assumed=assumed), tuple(notes))


def _profile(said: Mapping[str, Any], chunks: Mapping[bytes, bytes]) -> str | None:
    """The name of the ICC profile, None without one. A PNG's may be one that the decoder passed over."""
    if "ICCProfile" in said:
        return str(said.get("ICCProfile:profile_description", ""))
    packed = chunks.get(b"iCCP")
    return None if packed is None else packed[:80].partition(b"\0")[0].decode("latin-1")


def _of_profile(name: str) -> int | None:
    """Primaries of the two profiles whose curve is that of sRGB."""
    lower = name.lower()
    if "srgb" in lower:
        return _709
    return _P3_D65 if lower.startswith("display p3") else None


def _of_cicp(data: bytes | None) -> tuple[int, int, Range] | None:
    """Primaries, transfer, range; PNG's own matrix is always 0."""
    if data is None or len(data) != 4:
        return None
    return data[0], data[1], "full" if data[3] else "limited"


def _of_chunks(chunks: Mapping[bytes, bytes], notes: list[Text]) -> tuple[int, int] | None:
    if b"sRGB" in chunks:
        return _709, _SRGB
    gamma = chunks.get(b"gAMA", b"")
    if len(gamma) != 4:
        return None
    (count,) = struct.unpack(">I", gamma)
    transfer = next((number for each, number in _GAMMAS.items() if abs(each - count) <= 50), None)
    corners = chunks.get(b"cHRM", b"")
    primaries: int | None = _709
    if len(corners) == 32:
        white, rest = struct.unpack(">2I", corners[:8]), struct.unpack(">6I", corners[8:])
        primaries = _primaries(tuple(value / 100_000 for value in (*rest, *white)))
    if transfer is None or primaries is None:
        notes.append(text("plan.png-gamma", gamma=count / 100_000))
        return None
    return primaries, transfer


def _primaries(corners: tuple[float, ...]) -> int | None:
    for number, known in _CHROMATICITIES.items():
        if len(corners) == 8 and all(abs(a - b) <= _NEAR for a, b in zip(corners, known, strict=True)):
            return number
    return None


def _of_dpx(base: ColourTags, said: Mapping[str, Any]) -> Tagged:
    """A DPX's words are set at random by half of the writers, so they are told and not relied upon."""
    words = [str(said.get(name, "")) for name in ("dpx:Transfer", "dpx:Colorimetric")]
    spoken = list(dict.fromkeys(word for word in words if word.lower() not in _DPX_SILENT))
    return Tagged(base, (text("plan.dpx-says", words=spoken),) if spoken else ())


def _of_exr(base: ColourTags, said: Mapping[str, Any]) -> Tagged:
    """EXR is linear light; of what primaries only the chromaticities say."""
    corners = said.get("chromaticities")
    tags = replace(base, transfer=_LINEAR)
    if corners is None:
        return Tagged(tags)
    values = tuple(float(value) for value in corners)
    number = _primaries(values)
    if number is not None:
        return Tagged(replace(tags, primaries=number))
    shown = " ".join(f"{value:.4g}" for value in values)
    return Tagged(tags, (text("plan.exr-primaries", corners=shown),))


# --- PNG's chunks -----


@dataclass(frozen=True)
class Png:
    """chunks: those that tell of colour, by name."""

    chunks: Mapping[bytes, bytes] = field(default_factory=dict)


def png_head(stream: BinaryIO) -> Png:
    """The chunks before the picture. The stream is at its begin."""
    stream.seek(len(PNG_SIGNATURE))
    found: dict[bytes, bytes] = {}
    for name, length in _chunk_heads(stream):
        if name in (b"IDAT", b"IEND"):
            break
        if name in _WANTED and length <= _MAX_CHUNK:
            found.setdefault(name, stream.read(length))
            stream.seek(4, 1)
        else:
            stream.seek(length + 4, 1)
    return Png(found)


def _chunk_heads(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        yield name, length


def check_png(data: bytes, path: Path) -> None:
    """SourceError unless every chunk is whole: the decoder would complain on the terminal by itself."""
    view, at = memoryview(data), len(PNG_SIGNATURE)
    while at + 12 <= len(view):
        length, name = struct.unpack_from(">I4s", view, at)
        end = at + 12 + length
        if end > len(view):
            break
        if zlib.crc32(view[at + 4 : end - 4]) != struct.unpack_from(">I", view, end - 4)[0]:
            raise SourceError("still.damaged", where=path, byte=at)
        if name == b"IEND":
            return
        at = end
    raise SourceError("still.cut-short", where=path)
