"""A job out of a TOML file. Every name must be known, every value of its form; an error names the path in the
file, and the line where that can be had.

    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound"]

    [[composition]]
    title = "The Film"
    kind = "trailer"

    [[composition.reel]]
    picture = { source = "film.mov", crop = "auto" }
    sound = { sources = ["mix"], language = "en" }

    [[composition.reel.text]]
    source = "zh.srt"
    language = "zh-Hans"
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dcp.create.job.flags import MAX_TEXTS, checked
from dcp.create.job.forms import Place
from dcp.create.job.settings import Level, settings_of
from dcp.create.job.values import (
    SCHEMA,
    AuxTrack,
    Composition,
    Job,
    OtherTrack,
    PictureTrack,
    Reel,
    SoundTrack,
    TextTrack,
)
from dcp.errors import UsageError
from dcp.tomlfile import line_of, parse_toml, words_of

MAX_BYTES = 1 << 20
MAX_COMPOSITIONS = 256
_TRACKS = ("picture", "sound", "text", "aux", "other")


def read_job(path: Path, *, as_template: bool = False, over_original: bool = False) -> Job:
    """The job that a file describes; its paths are relative to the file's folder.

    as_template: sources are given elsewhere, so that reels may lack them. over_original: so is the original
    version. UsageError when the file cannot be
    read, is no TOML, or says what no job can.
    """
    words = words_of(path, most=MAX_BYTES, too_large="job.too-large", no_text="job.no-text")
    try:
        table = parse_toml(words)
    except ValueError as error:
        raise UsageError("job.no-toml", where=path, why=str(error)[:200]) from None
    return _Reader(path, words, as_template, over_original).job(table)


# --- how it is done -----


class _Reader:
    """What every value needs to be put in its place: the file, its words."""

    def __init__(self, path: Path, words: str, as_template: bool, over_original: bool) -> None:
        self.path, self.words, self.as_template = path, words, as_template
        self.over_original = over_original
        self.base = path.parent
        self.lines: dict[str, int | None] = {}

    def job(self, table: Mapping[str, Any]) -> Job:
        schema = table.get("schema")
        if schema != SCHEMA:
            shown = "" if schema is None else str(schema)[:80]
            raise UsageError("job.schema", where=self.path, schema=shown, known=SCHEMA)
        self._known("", table, "job", ("schema", "composition"))
        tables = self._tables("composition", table.get("composition", []))
        if len(tables) > MAX_COMPOSITIONS:
            raise UsageError(
                "job.too-many-compositions", where=self.path, n=len(tables), most=MAX_COMPOSITIONS
            )
        compositions = tuple(
            self._composition(f"composition[{number}]", each, original=self.over_original or "ov" in table)
            for number, each in enumerate(tables, start=1)
        )
        job = Job(compositions=compositions, **self._values("", table, "job"))
        if self.as_template and job.compositions and not all(one.reels for one in job.compositions):
            return job
        return checked(job, Place("", file=self.path), over_original=self.over_original)

    def _composition(self, at: str, table: Mapping[str, Any], *, original: bool) -> Composition:
        self._known(at, table, "composition", ("reel", "text"))
        if "title" not in table and not original:
            raise UsageError("job.missing", where=self.path, name=f"{at}.title")
        reels = tuple(
            self._reel(f"{at}.reel[{number}]", each)
            for number, each in enumerate(self._tables(f"{at}.reel", table.get("reel", [])), start=1)
        )
        texts = self._texts(at, table)
        values = {"title": "", **self._values(at, table, "composition")}
        return Composition(reels=reels, texts=texts, **values)

    def _reel(self, at: str, table: Mapping[str, Any]) -> Reel:
        for name in table:
            if name not in _TRACKS:
                raise self._unknown(f"{at}.{name}", name, _TRACKS)
        return Reel(
            PictureTrack(**self._track(at, table, "picture")),
            SoundTrack(**self._track(at, table, "sound")),
            self._texts(at, table),
            AuxTrack(**self._track(at, table, "aux")) if "aux" in table else None,
            self._others(at, table) if "other" in table else None,
        )

    def _others(self, at: str, table: Mapping[str, Any]) -> tuple[OtherTrack, ...]:
        tables = self._tables(f"{at}.other", table["other"])
        if len(tables) > MAX_TEXTS:
            raise UsageError("job.too-many-texts", where=self.path, name=at, n=len(tables), most=MAX_TEXTS)
        found = []
        for number, each in enumerate(tables, start=1):
            place = f"{at}.other[{number}]"
            self._known(place, each, "other", ())
            if "ov" not in each:
                raise UsageError("job.missing", where=self.path, name=f"{place}.ov")
            found.append(OtherTrack(**self._values(place, each, "other")))
        return tuple(found)

    def _track(self, at: str, table: Mapping[str, Any], level: Level) -> dict[str, Any]:
        place = f"{at}.{level}"
        track = self._table(place, table.get(level, {}))
        self._known(place, track, level, ())
        return self._values(place, track, level)

    def _texts(self, at: str, table: Mapping[str, Any]) -> tuple[TextTrack, ...]:
        tables = self._tables(f"{at}.text", table.get("text", []))
        if len(tables) > MAX_TEXTS:
            raise UsageError("job.too-many-texts", where=self.path, name=at, n=len(tables), most=MAX_TEXTS)
        return tuple(self._text(f"{at}.text[{number}]", each) for number, each in enumerate(tables, start=1))

    def _text(self, at: str, table: Mapping[str, Any]) -> TextTrack:
        self._known(at, table, "text", ())
        if "source" not in table:
            raise UsageError("job.missing", where=self.path, name=f"{at}.source")
        return TextTrack(**self._values(at, table, "text"))

    def _values(self, at: str, table: Mapping[str, Any], level: Level) -> dict[str, Any]:
        found = {}
        for setting in settings_of(level):
            if setting.name in table:
                name = f"{at}.{setting.name}" if at else setting.name
                place = Place(name, self.base, self.path, self._line(setting.name))
                found[setting.name] = setting.form.read(table[setting.name], place)
        return found

    def _known(self, at: str, table: Mapping[str, Any], level: Level, more: tuple[str, ...]) -> None:
        names = tuple(setting.name for setting in settings_of(level)) + more
        for name in table:
            if name not in names:
                raise self._unknown(f"{at}.{name}" if at else name, name, names)

    def _unknown(self, path: str, name: str, names: tuple[str, ...]) -> UsageError:
        near = get_close_matches(name, names, n=1)
        return UsageError(
            "job.unknown-near" if near else "job.unknown",
            where=Place(path, file=self.path, line=self._line(name)).where,
            name=path[:200],
            names=", ".join(names),
            **({"near": near[0]} if near else {}),
        )

    def _tables(self, at: str, value: object) -> list[Mapping[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise UsageError("job.no-tables", where=self.path, name=at)
        return value

    def _table(self, at: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise UsageError("job.no-table", where=self.path, name=at)
        return value

    def _line(self, name: str) -> int | None:
        """The line of a name that stands in the file once: tomllib gives none."""
        if name not in self.lines:
            self.lines[name] = line_of(self.words, name)
        return self.lines[name]
