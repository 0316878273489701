"""The bytes of a text file as text: in which encoding they are is told, or found out and said."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.patterns import pattern
from dcp.text.foreign.languages import CODECS, ENCODINGS, FREQUENT, LETTERS
from dcp.text.foreign.notes import at_line
from dcp.texts.catalogue import Text, text

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_ENDS = pattern("\r\n|\r|\n")
_NO_TEXT = frozenset(("idna", "punycode", "raw_unicode_escape", "unicode_escape", "utf_7", "undefined"))
_JUDGED = 20_000
"""Signs beyond ASCII that are looked at."""
_NEUTRAL = frozenset("。、，！？；：“”‘’「」『』《》〈〉（）【】…—–«»·～　\xa0¿¡°¨")
_IN_LATIN = pattern("(?<=[A-Za-z])[\u0370-\u0eff]|[\u0370-\u0eff](?=[A-Za-z])")
_ENOUGH = 0.5
"""The least mark that an encoding has to reach to be taken without being told."""
_CERTAIN_SIGNS = 4


@dataclass(frozen=True)
class Decoded:
    """encoding: as people name it. notes: what was found out rather than told."""

    text: str
    encoding: str
    notes: tuple[Text, ...] = ()


def decoded(data: bytes, where: Path, told: str | None = None) -> Decoded:
    """The text without its byte order mark.

    A mark tells the encoding; bytes that are whole UTF-8 are UTF-8; zeros at every other byte are UTF-16. Of
    the rest each encoding of `languages.py` that all bytes have a meaning in gets a mark: how large a part of
    the signs beyond ASCII is frequent in a language that it is used for. told: by the user. UsageError when
    nobody knows it; SourceError, naming the line, when the file is not in it, or in none with some certainty.
    """
    marked = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), None)
    name = _known(told) if told is not None else None
    if marked is not None:
        bom, found = marked
        if name is not None and not found.startswith(name.removesuffix("-sig")):
            raise SourceError("text.encoding-other", where=at_line(where, 1), told=told, found=found)
        return Decoded(_strictly(data[len(bom) :], found, where), found)
    if name is not None:
        return _as_told(data, name, str(told), where)
    return _found(data, where)


def decoded_as(data: bytes, encoding: str) -> str:
    """The text, with U+FFFD for what has no meaning. UsageError for an encoding that nobody knows."""
    return data.decode(_known(encoding), "replace")


def _known(told: str) -> str:
    """Python's name. UsageError for what is no encoding of text."""
    name, is_text = "", "\0" not in told
    try:
        name = codecs.lookup(CODECS.get(told.lower(), told)).name
        b"a".decode(name)
    except UnicodeError:  # half a sign
        pass
    except (LookupError, ValueError):
        is_text = False
    if not is_text or name.replace("-", "_") in _NO_TEXT:
        raise UsageError("text.encoding-unheard", encoding=told[:40])
    return name


def _as_told(data: bytes, name: str, told: str, where: Path) -> Decoded:
    if (
        not name.startswith("utf-8") and b"\0" not in data
    ):  # UTF-8 has none; UTF-16 has one in each ASCII sign
        signs = _signs_of_utf_8(data)
        if signs is not None and (signs >= _CERTAIN_SIGNS or name.startswith(("utf-16", "utf-32"))):
            line = _line(next((data[:i].decode() for i, byte in enumerate(data) if byte > 0x7F), ""))
            raise SourceError("text.encoding-other", where=at_line(where, line), told=told, found="utf-8")
    found = _strictly(data, name, where)
    if control := re.search("[\x80-\x84\x86-\x9f]", found):  # no text has these; windows-1252 has signs there
        line = _line(found[: control.start()])
        raise SourceError("text.encoding-wrong", where=at_line(where, line), encoding=told)
    return Decoded(unicodedata.normalize("NFC", found) if name == "cp1258" else found, told.lower())


def _found(data: bytes, where: Path) -> Decoded:
    if name := _by_zeros(data):
        return Decoded(_strictly(data, name, where), name, (text("note.text-no-mark", encoding=name),))
    if b"\x1b$B" in data or b"\x1b$@" in data:
        return _guessed("iso-2022-jp", _strictly(data, "iso2022_jp_ext", where))
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        kept = data.decode("utf-8", "replace")
        lost = kept.count("\ufffd")
        if sum(sign > "\x7f" for sign in kept) - lost > 10 * lost:
            raise _broken(data, error, "utf-8", where) from None
        first = _line(kept[: kept.index("\ufffd")])
    best, mark, meant = "", 0.0, ""
    for encoding, languages in ENCODINGS.items():
        try:
            this = data.decode(CODECS.get(encoding, encoding))
        except UnicodeDecodeError:
            continue
        this = unicodedata.normalize("NFC", this) if encoding == "windows-1258" else this
        if (better := max(_marks(this, language) for language in languages)) > mark:
            best, mark, meant = encoding, better, this
    if mark < _ENOUGH:
        if b"\0" in data:
            raise SourceError("text.unknown-format", where=where)
        raise SourceError("text.encoding-unknown", where=at_line(where, first))
    return _guessed(best, meant)


def _guessed(encoding: str, meant: str) -> Decoded:
    line = next((line for line in _ENDS.split(meant) if not line.isascii()), "")
    return Decoded(
        meant, encoding, (text("note.text-encoding", encoding=encoding, sample=line.strip()[:60]),)
    )


def _marks(meant: str, language: str) -> float:
    """0 to 1: how much a text looks like the language."""
    signs = Counter([sign for sign in meant if sign > "\x7f" and sign not in _NEUTRAL][:_JUDGED])
    count = signs.total()
    if not count:
        return 0.6 if language in ("fr", "zh-Hans") else 0.0  # quotation marks alone
    mark = min(1.0, sum(weight * signs[sign] for sign, weight in _weights(language).items()) / count)
    if language in LETTERS and min(map(ord, LETTERS[language])) > 0x370:  # no word is of two alphabets
        mark *= 1 - min(1.0, len(_IN_LATIN.findall(meant[:_JUDGED])) / count)
    return mark


@cache
def _weights(language: str) -> Mapping[str, float]:
    if language in FREQUENT:
        return dict.fromkeys(FREQUENT[language], 1.8)
    letters = LETTERS[language]
    small = {letter: 1.0 if place < 10 else 0.5 for place, letter in enumerate(dict.fromkeys(letters))}
    # Capitals are fewer than small letters: where all are capitals, it is another encoding that has them so.
    large = {
        letter.upper(): weight / 2
        for letter, weight in small.items()
        if len(letter.upper()) == 1 and letter.upper() not in small
    }
    return small | large


def _by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: ASCII's signs in it have a zero each, on the same side."""
    start = data[:65536]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 10 < len(start) // 2 or max(even, odd) < 4 * min(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _signs_of_utf_8(data: bytes) -> int | None:
    """How many signs beyond ASCII whole UTF-8 has; None when it is not whole."""
    try:
        return sum(sign > "\x7f" for sign in data.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def _strictly(data: bytes, name: str, where: Path) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise _broken(data, error, name, where) from None


def _broken(data: bytes, error: UnicodeDecodeError, name: str, where: Path) -> SourceError:
    line = _line(data[: error.start].decode(name, "replace"))
    found = data[error.start : error.start + 4].hex(" ")
    return SourceError("text.encoding-broken", where=at_line(where, line), encoding=name, bytes=found)


def _line(before: str) -> int:
    return len(_ENDS.findall(before)) + 1
