"""How a setting is read and written: the same forms for a flag's word and for a value of the job file."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import ContentVersion
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

MAX_WORDS = 1000
"""Entries of a list, so that no job grows without bound."""
MAX_LETTERS = 4096
_URI = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
MOST_REELS = 5000
"""Of an original: as many as a playlist is read with."""


@dataclass(frozen=True)
class Place:
    """Where a value stands: `name` for people (a flag, or the path in the file), `base` the folder that its
    paths are relative to, `line` in the file where that is known."""

    name: str
    base: Path | None = None
    file: Path | None = None
    line: int | None = None

    def wrong(self, expected: str, value: object, **places: object) -> UsageError:
        """The error that says what was expected here: a text's id, filled with `places`."""
        shown = str(value)
        return UsageError(
            "job.value",
            where=self.where,
            name=self.name,
            value=shown if len(shown) <= 80 else shown[:77] + "...",
            expected=text(expected, **places),
        )

    @property
    def where(self) -> Path | Text | None:
        if self.file is None:
            return None
        if self.line is None:
            return self.file
        return text("job.line", file=self.file, line=self.line)


@dataclass(frozen=True)
class Form:
    """read: of a flag's word or a value as TOML has it; UsageError by the place. write: as TOML has it.

    several: a flag may be given repeatedly, and its words come as a tuple. switch: a flag without a word.
    metavar: what `--help` shows for the word.
    """

    read: Callable[[object, Place], object]
    write: Callable[[object], object] = lambda value: value
    several: bool = False
    switch: bool = False
    metavar: str | None = None
    choices: tuple[str, ...] = ()


def _word(value: object, place: Place) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_LETTERS:
        raise place.wrong("job.expected.text", value)
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise place.wrong("job.expected.text", value)
    return value


def _path(value: object, place: Place) -> Path:
    found = value if isinstance(value, Path) else Path(_word(value, place))
    return place.base / found if place.base is not None else found


def _colour(value: object, place: Place) -> str:
    """A name, or the path of a .cube file."""
    word = str(value) if isinstance(value, Path) else _word(value, place)
    return str(_path(word, place)) if word.lower().endswith(".cube") else word


def _fraction(value: object, place: Place, expected: str, unit: str = "") -> Fraction:
    if isinstance(value, bool):
        raise place.wrong(expected, value)
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise place.wrong(expected, value)
        return Fraction(str(value))
    shape = rf"(\d{{1,9}})(?:\.(\d{{1,6}}))?(?:[/ ](\d{{1,6}}))?\s*(?:{unit})?"
    match = re.fullmatch(shape, value.strip(), re.ASCII) if isinstance(value, str) else None
    if not match or (match[2] and match[3]) or (match[3] and not int(match[3])):
        raise place.wrong(expected, value)
    return Fraction(int(match[1]), int(match[3])) if match[3] else Fraction(f"{match[1]}.{match[2] or 0}")


def _written(value: object) -> object:
    assert isinstance(value, Fraction)
    if value.denominator == 1:
        return int(value)
    return float(value) if Fraction(str(float(value))) == value else str(value)


def _listed(value: object) -> object:
    assert isinstance(value, tuple)
    return list(value)


def _named(value: object) -> object:
    assert isinstance(value, tuple)
    return [str(one) for one in value]


def _mapped(value: object) -> object:
    assert isinstance(value, tuple)
    return dict(value)


def _rate(value: object, place: Place) -> Fraction:
    found = _fraction(value, place, "job.expected.rate", "fps")
    if not 0 < found <= 1000:
        raise place.wrong("job.expected.rate", value)
    # people write 23.976 and mean the exact one
    pulled = Fraction(round(found * Fraction(1001, 1000)) * 1000, 1001)
    return pulled if found.denominator != 1 and abs(found - pulled) < Fraction(1, 100) else found


def _positive(expected: str, unit: str, most: int) -> Callable[[object, Place], object]:
    def read(value: object, place: Place) -> Fraction:
        found = _fraction(value, place, expected, unit)
        if not 0 < found <= most:
            raise place.wrong(expected, value)
        return found

    return read


def number(expected: str, unit: str, least: float, most: float) -> Form:
    """A number with an optional unit behind it."""

    def read(value: object, place: Place) -> float:
        if isinstance(value, str):
            words = re.sub(rf"\s*{unit}$", "", value.strip(), flags=re.IGNORECASE)
            shape = re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,6})?", words, re.ASCII)
            value = float(words) if shape else value
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise place.wrong(expected, value)
        return float(value)

    return Form(read, metavar="N")


def whole(least: int, most: int) -> Form:
    """A whole number within bounds."""

    def read(value: object, place: Place) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise place.wrong("job.expected.whole", value, least=least, most=most)
        return value

    return Form(read, metavar="N")


def choice(*names: str) -> Form:
    """One of some words."""

    def read(value: object, place: Place) -> str:
        found = value.lower() if isinstance(value, str) else value
        if found not in names:
            raise place.wrong("job.expected.choice", value, names=", ".join(names))
        assert isinstance(found, str)
        return found

    return Form(read, metavar="|".join(names), choices=names)


def listed(*names: str) -> Form:
    """Some of a few words, with commas between, in their own order, each once."""

    def read(value: object, place: Place) -> tuple[str, ...]:
        words = value.split(",") if isinstance(value, str) else value
        if not isinstance(words, list | tuple):
            raise place.wrong("job.expected.some", value, names=", ".join(names))
        given = [word.strip().lower() if isinstance(word, str) else word for word in words]
        if any(word not in names for word in given):
            raise place.wrong("job.expected.some", value, names=", ".join(names))
        return tuple(name for name in names if name in given)

    return Form(read, _listed, metavar="[" + ",".join(names) + "]")


def _words(value: object, place: Place) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or len(words) > MAX_WORDS:
        raise place.wrong("job.expected.words", value)
    return tuple(_word(str(word) if isinstance(word, int) else word, place).strip() for word in words)


def _pairs(value: object, place: Place) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if isinstance(value, Mapping):
        found = [(_word(name, place), str(_scalar(one, place))) for name, one in value.items()]
    elif isinstance(value, list | tuple):
        for one in value:
            name, equals, rest = _word(one, place).partition("=")
            if not equals or not name.strip() or not rest.strip():
                raise place.wrong("job.expected.pair", one)
            found.append((name.strip(), rest.strip()))
    else:
        raise place.wrong("job.expected.pair", value)
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or len(found) > MAX_WORDS:
        raise place.wrong("job.expected.once", twice or value)
    return tuple(found)


def _scalar(value: object, place: Place) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise place.wrong("job.expected.pair", value)
    return _word(value, place) if isinstance(value, str) else value


def _switch(value: object, place: Place) -> bool:
    if not isinstance(value, bool):
        raise place.wrong("job.expected.switch", value)
    return value


def _paths(value: object, place: Place) -> tuple[Path, ...]:
    given = [value] if isinstance(value, str | Path) else value
    if not isinstance(given, list | tuple) or len(given) > MAX_WORDS:
        raise place.wrong("job.expected.words", value)
    return tuple(_path(one, place) for one in given)


def _code(value: object, place: Place) -> str:
    """A colour by its numbers, as documents write it."""
    shape = (
        re.fullmatch(r"#?([0-9A-Fa-f]{8}|[0-9A-Fa-f]{6})", value.strip()) if isinstance(value, str) else None
    )
    if shape is None:
        raise place.wrong("job.expected.colour", value)
    return shape[1].upper()


def _texts(value: object, place: Place) -> tuple[tuple[Path, str | None], ...]:
    given = [value] if isinstance(value, str | Path) else value
    if not isinstance(given, list | tuple) or len(given) > MAX_WORDS:
        raise place.wrong("job.expected.words", value)
    return tuple(_text(one, place) for one in given)


def _text(value: object, place: Place) -> tuple[Path, str | None]:
    """FILE:LANG; what stands behind the last colon and is no word is of the path (C:\\x.srt). Whether the
    word is a language is judged where texts are planned: `en_US` is refused as what it was meant to be."""
    if isinstance(value, Path):
        value = str(value)
    file, colon, language = _word(value, place).rpartition(":")
    if not colon or not file or not re.fullmatch(r"([A-Za-z0-9_-]{2,35})?", language):
        return _path(value, place), None
    return _path(file, place), language or None


def _path_each(value: object, place: Place) -> object:
    """A path, as a file has it; of a flag that is given for each reel, all of them."""
    return _paths(value, place) if isinstance(value, tuple) else _path(value, place)


def _original(value: object, place: Place) -> int | uuid.UUID:
    """The number of a reel of the original, or the id of one of its track files."""
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str):
        try:
            return uuid.UUID(value.strip().removeprefix("urn:uuid:"))
        except ValueError:
            raise place.wrong("job.expected.original", value) from None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_REELS:
        raise place.wrong("job.expected.original", value)
    return value


def _version(value: object, place: Place) -> ContentVersion:
    if isinstance(value, ContentVersion):
        return value
    if not isinstance(value, Mapping) or set(value) != {"id", "label"}:
        raise place.wrong("job.expected.version", value)
    id = _word(value["id"], place).strip()
    try:
        id = f"urn:uuid:{uuid.UUID(id)}"
    except ValueError:
        if not _URI.fullmatch(id):
            raise place.wrong("job.expected.version", id) from None
    return ContentVersion(id, _word(value["label"], place))


def _versions(value: object, place: Place) -> tuple[ContentVersion, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_WORDS:
        raise place.wrong("job.expected.version", value)
    return tuple(_version(one, place) for one in value)


def _written_version(value: object) -> object:
    assert isinstance(value, ContentVersion)
    return {"id": value.id, "label": value.label_text}


def _written_versions(value: object) -> object:
    assert isinstance(value, tuple)
    return [_written_version(one) for one in value]


WORD = Form(_word, metavar="TEXT")
PATH = Form(_path, str, metavar="PATH")
COLOUR = Form(_colour, metavar="NAME|FILE.cube")
PATH_EACH = Form(_path_each, str, several=True, metavar="PATH")
PATHS = Form(_paths, _named, several=True, metavar="PATH")
RATE = Form(_rate, _written, metavar="R")
SECONDS = Form(_positive("job.expected.seconds", "s", 24 * 3600), _written, metavar="SECONDS")
MINUTES = Form(_positive("job.expected.minutes", "min", 24 * 60), _written, metavar="MINUTES")
WORDS = Form(_words, _listed, metavar="A,B")
CODE = Form(_code, metavar="RRGGBB")
TEXTS = Form(_texts, several=True, metavar="FILE:LANG")
PAIRS = Form(_pairs, _mapped, several=True, metavar="NAME=VALUE")
SWITCH = Form(_switch, switch=True)
ORIGINAL = Form(
    _original, lambda value: value if isinstance(value, int) else f"urn:uuid:{value}", metavar="N|ID"
)
VERSION = Form(_version, _written_version, metavar="{id, label}")
VERSIONS = Form(_versions, _written_versions, metavar="[{id, label}]")
