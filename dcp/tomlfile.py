"""TOML from anybody: bounded before it is parsed, and with the lines that the parser does not give."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dcp.bounded import read_bounded
from dcp.errors import UsageError
from dcp.patterns import pattern

_DEEP = 16
"""Names with a dot between, in a row: ours have four, and the parser's time goes with the square of them."""
_LONG = pattern(r"0[xob][0-9A-Fa-f_]{65}")  # what Python reads, but does not print
_WORDS = pattern(r"""[\w"'-]++\s*+(\.\s*+)?|.""", re.DOTALL)


def words_of(path: Path, *, most: int, too_large: str, no_text: str) -> str:
    """The text of a file of `most` bytes at most. UsageError, by the ids of its kind, for another."""
    raw = read_bounded(path, most)
    if raw is None:
        raise UsageError(too_large, where=path, most=most)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(no_text, where=path, offset=error.start) from None


def parse_toml(words: str) -> dict[str, Any]:
    """The tables of a text. ValueError, in one sentence with the place, when it is no TOML or too deep."""
    try:
        _check_depth(words)
        return tomllib.loads(words)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def line_of(words: str, name: str) -> int | None:
    """The line of a name that stands in the text once."""
    found: int | None = None
    shape = rf"(?:^|[{{,\s.\[\"']){re.escape(name)}[\"']?[^\S\n]*(?:=|\.|\])"
    for each in re.finditer(shape, words, re.MULTILINE):
        number = words.count("\n", 0, each.end() - 1) + 1
        if found not in (None, number):
            return None
        found = number
    return found


def _check_depth(words: str) -> None:
    if _LONG.search(words):
        raise ValueError("a number without end")
    deep = 0
    for word in _WORDS.finditer(words):
        deep = deep + 1 if word[1] else 0
        if deep > _DEEP:
            raise RecursionError
