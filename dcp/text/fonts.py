"""Which font draws which signs: the one that was told, the ones of a document, or the first installed one
that has every glyph, by the language's preference; several where no single one has all.

Fonts without outlines (coloured emoji of bitmaps) are passed over: what is drawn here has one colour and a
border. Needs the extra `text`.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.text.font_choice import families_for, joins_or_hides
from dcp.text.values import Cue, Group, Line, Ruby, Run, Space, Turned, cue_place
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    import uharfbuzz

MAX_FONT = 64 << 20
"""Bytes; the largest collections of CJK faces have some 30 MB."""
MAX_FILES, MAX_FACES = 20_000, 64
"""Looked at, of a machine and of a collection."""
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_USUAL = ("regular", "book", "roman", "normal", "w3")
_OUTLINES = {"glyf", "CFF ", "CFF2"}


@dataclass(frozen=True)
class FontFile:
    """A face. path: its file, or for messages the id of a document's font, whose bytes are `data` then.

    index: in a collection. style: `Regular`, `Bold Italic` ...
    """

    path: Path
    index: int = 0
    family: str = ""
    style: str = "Regular"
    data: bytes | None = None

    @property
    def bold(self) -> bool:
        return "bold" in self.style.lower().split()

    @property
    def italic(self) -> bool:
        return bool({"italic", "oblique"} & set(self.style.lower().split()))


@dataclass(frozen=True)
class Fonts:
    """The faces that draw a text, in the order in which they are asked for a sign. named: those of a document
    by the ids that styles name. language: RFC 5646, for the forms of shared signs. told: the first was told
    by the user.
    """

    faces: tuple[FontFile, ...] = ()
    named: tuple[tuple[str, FontFile], ...] = ()
    language: str | None = None
    told: bool = False

    def of(self, font: str | None) -> tuple[FontFile, ...]:
        """In their order, for a style that names this font."""
        own = () if self.told else tuple(face for id, face in self.named if id == font)
        return (*own, *(face for face in self.faces if face not in own))


def find_font(signs: str, *, language: str | None = None, font: Path | None = None) -> FontFile:
    """The told font, or the first installed one that has all of these signs.

    language: RFC 5646; prefers faces, and the right one of several that share Chinese characters. UsageError
    for a sign that the font, or every single font, lacks.
    """
    if font is not None:
        face = opened(font, signs=signs, language=language)
        _check(face, signs)
        return face
    wanted = needed(signs)
    for face in preferred(wanted, language):
        if covers(face, wanted):
            return face
    found = _together(wanted, language)
    raise UsageError("text.no-one-font", families=[each.family for each in found])


def fonts_for(
    cues: Iterable[Cue],
    *,
    language: str | None = None,
    font: Path | None = None,
    loaded: Mapping[str, bytes] | None = None,
    where: Path | None = None,
) -> tuple[Fonts, tuple[Text, ...]]:
    """The fonts that draw all of these cues, and what was decided.

    font: for all of it, instead of the document's. loaded: a document's fonts by the ids that styles name;
    they are asked first. SourceError, naming it and its cue, for a sign that nobody has.
    """
    used: dict[str, Cue] = {}
    lacked = set[str]()
    named = tuple((id, loaded_font(id, data)) for id, data in (loaded or {}).items())
    own = {id: signs_of(face) for id, face in named}
    for cue in cues:
        for id, sign in _signs(cue):
            used.setdefault(sign, cue)
            if id not in own or not has_sign(own[id], sign):
                lacked.add(sign)
    wanted = needed("".join(used)) if font is not None or not named else needed("".join(lacked))
    if font is not None:
        face = opened(font, signs="".join(wanted), language=language)
        for sign in wanted:
            if not has_sign(signs_of(face), sign):
                raise SourceError(
                    "text.font-lacks", where=_place(where, used[sign]), font=font, sign=sign, name=_name(sign)
                )
        return Fonts((face,), named, language, told=True), (_chosen(face),)
    if not wanted:
        return Fonts((), named, language), ()
    for face in preferred(wanted, language):
        if covers(face, wanted):
            return Fonts((face,), named, language), (_chosen(face),)
    try:
        faces = _together(wanted, language)
    except NoGlyphError as error:
        error.where = _place(where, used[error.sign])
        raise
    said = text("plan.text-fonts", families=[each.family for each in faces])
    return Fonts(faces, named, language), (said,)


def without_glyph(
    cues: Iterable[Cue], *, language: str | None = None, loaded: Mapping[str, bytes] | None = None
) -> frozenset[str]:
    """The signs of these cues that neither their own font nor any installed one has. loaded: as in
    `fonts_for`, each of which is a font."""
    own = {id: signs_of(loaded_font(id, data)) for id, data in (loaded or {}).items()}
    lacked = {
        sign for cue in cues for id, sign in _signs(cue) if id not in own or not has_sign(own[id], sign)
    }
    left = set(needed("".join(sorted(lacked))))
    for face in preferred(tuple(sorted(left)), language):
        if not left:
            break
        signs = signs_of(face)
        left = {sign for sign in left if not has_sign(signs, sign)}
    return frozenset(left)


class NoGlyphError(SourceError):
    """No font of this machine has the sign."""

    def __init__(self, sign: str) -> None:
        super().__init__("text.no-glyph", sign=sign, name=_name(sign))
        self.sign = sign


def opened(path: Path, *, signs: str = "", language: str | None = None) -> FontFile:
    """A font file that was told; of a collection the language's face for these signs, or the first one.
    UsageError for one that is none."""
    try:
        if path.stat().st_size > MAX_FONT:
            raise UsageError("text.font-large", where=path, most=MAX_FONT >> 20)
        faces = _faces(path)
    except OSError as error:
        from dcp.texts.system import why

        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    if not faces:
        raise UsageError("text.font-unreadable", where=path)
    families = families_for(signs, language)
    return min(
        faces, key=lambda face: families.index(face.family) if face.family in families else len(families)
    )


def loaded_font(id: str, data: bytes) -> FontFile:
    """A font that a document brings. SourceError for one that is none."""
    if len(data) > MAX_FONT:
        raise SourceError("text.font-large", where=id, most=MAX_FONT >> 20)
    from io import BytesIO

    import freetype

    face = FontFile(Path(id), data=data)
    try:
        freetype.Face(BytesIO(data), 0)  # what draws it is stricter than what shapes it
        drawable = _drawable(hb_face(face))
    except (freetype.FT_Exception, ValueError):
        drawable = False
    if not drawable:
        raise SourceError("text.font-unreadable", where=id)
    return face


def sister(face: FontFile, *, bold: bool, italic: bool, signs: str) -> FontFile:
    """The face of the same family with this weight and slope that has the signs; itself without one."""
    if face.data is not None or (face.bold, face.italic) == (bold, italic):
        return face
    for each in installed():
        if each.family == face.family and (each.bold, each.italic) == (bold, italic):
            plain = each.style.lower().replace("italic", "").replace("oblique", "").replace("bold", "")
            if plain.strip() in ("", "regular") and covers(each, needed(signs)):
                return each
    return face


def font_bytes(face: FontFile) -> bytes:
    """The face as a font of its own, taken out of its collection."""
    data = face.data if face.data is not None else face.path.read_bytes()
    if data[:4] != b"ttcf":
        return data
    from io import BytesIO

    from fontTools.ttLib import TTFont

    out = BytesIO()
    with TTFont(BytesIO(data), fontNumber=face.index, lazy=True) as font:
        font.save(out)
    return out.getvalue()


def needed(signs: str) -> tuple[str, ...]:
    """The signs that a font must have, each once: not blanks, joiners and marks of direction."""
    return tuple(sign for sign in dict.fromkeys(signs) if not joins_or_hides(sign))


def has_sign(signs: uharfbuzz.Set, sign: str) -> bool:
    """Whether a font of these signs can draw this one, out of its parts perhaps."""
    if ord(sign) in signs:
        return True
    parts = unicodedata.normalize("NFD", sign)
    return parts != sign and all(ord(part) in signs for part in parts)


def covers(face: FontFile, wanted: Sequence[str]) -> bool:
    signs = signs_of(face)
    return all(has_sign(signs, sign) for sign in wanted)


def preferred(wanted: Sequence[str], language: str | None) -> Iterator[FontFile]:
    """The installed upright faces of usual weight, in the order in which they are tried."""
    families = families_for("".join(wanted), language)
    usual = [
        face for face in installed() if face.style.lower() in ("regular", "book", "roman", "normal", "w3")
    ]
    ranks = {family: rank for rank, family in enumerate(families)}
    yield from sorted(usual, key=lambda face: _rank(face, ranks))


@lru_cache(maxsize=1)
def installed() -> tuple[FontFile, ...]:
    """The outline faces of the usual folders of this system, by family; looked for once a process."""
    found: dict[tuple[str, str], FontFile] = {}
    looked = 0
    for folder in folders():
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if not name.lower().endswith(_SUFFIXES):
                    continue
                looked += 1
                if looked > MAX_FILES:
                    break
                try:
                    for face in _faces(Path(root, name)):
                        found.setdefault((face.family, face.style), face)
                except OSError:
                    continue
    return tuple(sorted(found.values(), key=lambda face: (face.family, face.style)))


def folders() -> tuple[Path, ...]:
    """Where this system keeps fonts."""
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        places = [Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")]
        places += [Path(local, "Microsoft", "Windows", "Fonts")] if local else []
    elif sys.platform == "darwin":
        places = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    else:
        data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        own = os.environ.get("XDG_DATA_HOME")
        places = [Path(own) / "fonts" if own else home / ".local/share/fonts", home / ".fonts"]
        places += [Path(each) / "fonts" for each in data.split(":") if each]
    return tuple(place for place in dict.fromkeys(places) if place.is_dir())


@lru_cache(maxsize=64)
def hb_face(face: FontFile) -> uharfbuzz.Face:
    """The face, opened for shaping; its file is mapped, not read."""
    import uharfbuzz as hb

    blob = hb.Blob(face.data) if face.data is not None else hb.Blob.from_file_path(str(face.path))
    return hb.Face(blob, face.index)


@lru_cache(maxsize=1024)
def signs_of(face: FontFile) -> uharfbuzz.Set:
    """The code points that it has glyphs for."""
    return hb_face(face).unicodes


# --- how it is done -----


def _faces(path: Path) -> list[FontFile]:
    import uharfbuzz as hb

    if not path.stat().st_size:
        return []
    try:
        blob = hb.Blob.from_file_path(str(path))
        count = min(_count(path), MAX_FACES)
    except (hb.HarfBuzzError, ValueError):
        return []
    found = []
    for index in range(count):
        face = hb.Face(blob, index)
        try:
            if not _drawable(face):
                continue
            family = face.get_name(16) or face.get_name(1) or path.stem
            style = face.get_name(17) or face.get_name(2) or "Regular"
        except ValueError:  # names that are no text
            continue
        found.append(FontFile(path, index, family[:200], style[:100]))
    return found


def _count(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(12)
    return int.from_bytes(head[8:12], "big") if head[:4] == b"ttcf" else 1


def _drawable(face: uharfbuzz.Face) -> bool:
    return bool(_OUTLINES & set(face.table_tags)) and face.glyph_count > 0


def _rank(face: FontFile, ranks: Mapping[str, int]) -> tuple[int, bool, bool, bool, str]:
    family = face.family
    words = family.lower().split()
    return (
        ranks.get(family, len(ranks)),
        "mono" in words or "code" in words or "symbols" in words or "math" in words,
        "serif" in words and "sans" not in words,
        "sans" not in words,
        family,
    )


def _together(wanted: Sequence[str], language: str | None) -> tuple[FontFile, ...]:
    """As few as can be: each has most of what the ones before it lack. NoGlyphError for what nobody has."""
    candidates = list(preferred(wanted, language))
    left, found = list(wanted), []
    while left:
        best: tuple[int, FontFile] | None = None
        for face in candidates:
            signs = signs_of(face)
            count = sum(has_sign(signs, sign) for sign in left)
            if count and (best is None or count > best[0]):
                best = count, face
        if best is None:
            raise NoGlyphError(left[0])
        found.append(best[1])
        left = [sign for sign in left if not has_sign(signs_of(best[1]), sign)]
    return tuple(found)


def _check(face: FontFile, signs: str) -> None:
    for sign in needed(signs):
        if not has_sign(signs_of(face), sign):
            raise UsageError("text.font-lacks", font=face.path, sign=sign, name=_name(sign))


def _signs(cue: Cue) -> Iterator[tuple[str | None, str]]:
    """Every sign with the font that its style names."""
    for line in cue.content:
        if not isinstance(line, Line):
            continue
        for part in line.content:
            match part:
                case Run(words, style):
                    yield from ((style.font, sign) for sign in words)
                case Ruby(Run(words, style), reading):
                    yield from ((style.font, sign) for sign in words + reading)
                case Group(run) | Turned(run):
                    yield from ((run.style.font, sign) for sign in run.text)
                case Space():
                    pass


def _name(sign: str) -> str:
    return f"U+{ord(sign):04X} {unicodedata.name(sign, '')}".strip()


def _place(where: Path | None, cue: Cue) -> str | Path | Text | None:
    at = cue_place(cue)
    if where is None or at is None:
        return at if at is not None else where
    return text("place.in-file", file=where, place=at)


def _chosen(face: FontFile) -> Text:
    return text("plan.text-font", family=face.family, file=face.path.name)
