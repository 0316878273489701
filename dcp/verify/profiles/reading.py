"""A profile out of its TOML file. Every name must be known; an error names the line where that can be had.

schema = "dcpkit.profile/1"
title = "Film Festival of Somewhere, deliveries of 2027"
extends = "isdcf-delivery"
standard = "smpte"

[severity]
NAM = "error"
TT-017 = "off"

[[source]]
title = "Technical delivery, 3.2"
url = "https://..."
read = 2027-01-15
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, get_args

from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text
from dcp.tomlfile import line_of, parse_toml, words_of
from dcp.verify.areas import did_you_mean, named
from dcp.verify.profiles import NAMES, Profile, Source, Standard, Weights, Word, Words, profile_by_name

SCHEMA = "dcpkit.profile/1"
MAX_BYTES = 1 << 17
MAX_SOURCES = 200
MAX_TITLE = 200
MAX_WORDS = 4000

_KEYS = ("schema", "title", "description", "extends", "weights", "standard", "severity", "source")
_SOURCE_KEYS = ("title", "url", "read")


def read_profile(path: Path) -> Profile:
    """The profile of a file, over the one that it builds on (`field`, where it names none). UsageError when
    the file cannot be read, is no TOML, or says what no profile can."""
    words = words_of(
        path, most=MAX_BYTES, too_large="verify-profile.too-large", no_text="verify-profile.no-text"
    )
    try:
        table = parse_toml(words)
    except ValueError as error:
        raise UsageError("verify-profile.no-toml", where=path, why=str(error)[:200]) from None
    return _Reader(path, words).profile(table)


class _Reader:
    """What every value needs to be put in its place: the file, its words."""

    def __init__(self, path: Path, words: str) -> None:
        self.path, self.words = path, words

    def profile(self, table: Mapping[str, Any]) -> Profile:
        schema = table.get("schema")
        if schema != SCHEMA:
            shown = "" if schema is None else str(schema)[:80]
            raise UsageError("verify-profile.schema", where=self.path, schema=shown, known=SCHEMA)
        self._known(table, _KEYS, "")
        if "title" not in table:
            raise UsageError("verify-profile.no-title", where=self.path)
        base = self._base(table)
        return Profile(
            name=self.path.stem,
            title=self._said(table["title"], "title", MAX_TITLE),
            description=self._said(table.get("description", ""), "description", MAX_WORDS),
            weights=self._one_of(table, "weights", Weights) or (base.weights if base else "field"),
            standard=self._one_of(table, "standard", Standard) or (base.standard if base else None),
            layers=(self._severities(table.get("severity", {})), *(base.layers if base else ())),
            sources=self._sources(table.get("source", [])),
            extends=base.name if base else None,
        )

    def _base(self, table: Mapping[str, Any]) -> Profile | None:
        name = table.get("extends")
        if name is None:
            return None
        if not isinstance(name, str) or name not in NAMES:
            known = ", ".join(NAMES)
            raise UsageError("verify.no-profile", where=self._at("extends"), name=str(name)[:80], known=known)
        return profile_by_name(name)

    def _severities(self, value: object) -> Mapping[str, Word]:
        if not isinstance(value, Mapping):
            self._wrong("severity", text("verify-profile.expected-table"))
        found: dict[str, Word] = {}
        for name, word in value.items():
            key = named(name)
            if key is None:
                remedy = did_you_mean(name)
                raise UsageError(
                    "verify-profile.no-rule", where=self._at(name), asked=name[:80], remedy=remedy
                )
            if word not in get_args(Word):
                self._wrong(name, text("verify-profile.expected-one-of", names=list(get_args(Word))))
            if key in found:
                raise UsageError("verify-profile.twice", where=self._at(name), name=key)
            found[key] = word
        return found

    def _sources(self, value: object) -> tuple[Source, ...]:
        if not isinstance(value, list) or len(value) > MAX_SOURCES:
            self._wrong("source", text("verify-profile.expected-sources", most=MAX_SOURCES))
        return tuple(self._source(one) for one in value)

    def _source(self, value: object) -> Source:
        if not isinstance(value, Mapping):
            self._wrong("source", text("verify-profile.expected-sources", most=MAX_SOURCES))
        self._known(value, _SOURCE_KEYS, "source.")
        if "title" not in value:
            self._wrong("source.title", text("verify-profile.expected-text", most=MAX_TITLE))
        read = value.get("read")
        if read is not None and type(read) is not date:
            self._wrong("source.read", text("verify-profile.expected-date"))
        day = None if read is None else read.isoformat()
        url = self._text(value["url"], "source.url", MAX_WORDS) if "url" in value else None
        return Source(self._text(value["title"], "source.title", MAX_TITLE), url, day)

    def _said(self, value: object, name: str, most: int) -> Words:
        """A text, or a table of one for each language, English at least."""
        if not isinstance(value, Mapping):
            return Words(self._text(value, name, most))
        self._known(value, ("en", "zh"), f"{name}.")
        if "en" not in value:
            self._wrong(f"{name}.en", text("verify-profile.expected-text", most=most))
        chinese = self._text(value["zh"], f"{name}.zh", most) if "zh" in value else None
        return Words(self._text(value["en"], f"{name}.en", most), chinese)

    def _text(self, value: object, name: str, most: int) -> str:
        words = " ".join(value.split()) if isinstance(value, str) else None
        if words is None or len(words) > most or not words.isprintable():
            self._wrong(name, text("verify-profile.expected-text", most=most))
        return words

    def _one_of(self, table: Mapping[str, Any], name: str, kind: Any) -> Any:
        value, names = table.get(name), get_args(kind)
        if value is not None and value not in names:
            self._wrong(name, text("verify-profile.expected-one-of", names=list(names)))
        return value

    def _known(self, table: Mapping[str, Any], names: Sequence[str], at: str) -> None:
        for name in table:
            if name not in names:
                from difflib import get_close_matches

                near = get_close_matches(name, names, 1)
                remedy = text("verify-profile.did-you-mean", near=near[0]) if near else None
                raise UsageError(
                    "verify-profile.unknown",
                    where=self._at(name),
                    name=f"{at}{name}"[:80],
                    names=names,
                    remedy=remedy,
                )

    def _wrong(self, name: str, expected: Text) -> NoReturn:
        where = self._at(name.rpartition(".")[2])
        raise UsageError("verify-profile.wrong-value", where=where, name=name[:80], expected=expected)

    def _at(self, name: str) -> Path | Text:
        line = line_of(self.words, name)
        return self.path if line is None else text("place.line", file=self.path, line=line)
