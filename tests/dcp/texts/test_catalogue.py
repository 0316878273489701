"""The catalogue: both languages whole, every id of the code in it, every id of it in the code."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from dcp import errors
from dcp.errors import DcpError, UsageError
from dcp.texts import __main__ as order
from dcp.texts.catalogue import LANGUAGES, Text, entries, fill, places_of

ROOT = Path(__file__).parents[3]
ROOMS = ("dcp", "kdm", "watermark", "player", "dcpkit")
ID = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:\.[a-z0-9-]+)+")
ERRORS = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, DcpError)
}
AREA = re.compile(r"[a-z][a-z0-9-]*\.")
SAYING = ERRORS | {
    "text",
    "hit",
    "skip",
    "finding",
    "refusal",
    "_Refused",
    "_fault",
    "_said",
    "unit_fault",
    "MalformedItem",
    "MessageError",
    "XmlError",
    "BlockError",
    "Fault",
    "error_at",
    "DerError",
    "fail",
    "warn",
    "judge",
    "phrase",
    "passed",
}
"""What takes an id as its first argument."""


@functools.cache
def sources() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8"))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
    }


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of what takes an id: where, the call, the name."""
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                called = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if called in SAYING:
                    yield f"{name}:{node.lineno}", node, called


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_have_the_same_ids_parts_and_places(language: str) -> None:
    english, other = entries("en"), entries(language)  # type: ignore[arg-type]
    assert other.keys() == english.keys()
    for id, parts in english.items():
        assert other[id].keys() == parts.keys(), id
        for part, template in parts.items():
            assert places_of(other[id][part]) == places_of(template), (id, part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_are_in_their_one_order(language: str) -> None:
    data = (ROOT / "dcp/texts" / f"{language}.json").read_bytes()
    assert data == order.canonical(data), "run python -m dcp.texts"


def test_every_id_that_the_code_says_has_a_text_and_gets_its_places() -> None:
    wrong = []
    for where, call, name in calls():
        first = call.args[0]
        if not (
            isinstance(first, ast.Constant) and isinstance(first.value, str) and ID.fullmatch(first.value)
        ):
            continue
        entry = entries("en").get(first.value)
        if entry is None:
            wrong.append(f"{where}: {name}({first.value!r}) has no text")
            continue
        given = {keyword.arg for keyword in call.keywords}
        needed = frozenset().union(*map(places_of, entry.values()))
        if None not in given and not needed <= given:
            wrong.append(f"{where}: {first.value} lacks {', '.join(sorted(needed - given))}")
    assert not wrong, "\n".join(wrong)


def test_no_sentence_stands_in_the_code_where_an_id_belongs() -> None:
    wrong = []
    for where, call, name in calls():
        first = call.args[0]
        if isinstance(first, ast.JoinedStr):
            area = first.values[0]  # f"progress.{job}"
            sentence = not (isinstance(area, ast.Constant) and AREA.fullmatch(str(area.value)))
        else:
            sentence = (
                isinstance(first, ast.Constant)
                and isinstance(first.value, str)
                and not ID.fullmatch(first.value)
            )
        if sentence:
            wrong.append(f"{where}: {name} with a sentence")
    assert not wrong, "\n".join(wrong)


def test_no_text_is_left_that_nobody_says() -> None:
    literals = {
        node.value
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    tables = "\n".join(path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.toml"))
    prefixes = {literal for literal in literals if literal.endswith(".")} | {"word."}
    unsaid = [
        id
        for id in entries("en")
        if id not in literals
        and not id.startswith(tuple(prefixes))
        and not id.endswith(".holds")  # of the step before the dot
        and id not in tables
    ]
    assert not unsaid


class TestFilling:
    def test_numbers_take_their_noun(self) -> None:
        assert fill("{n:frame}", {"n": 1}) == "1 frame"
        assert fill("{n:entry|entries}", {"n": 2000}) == "2,000 entries"
        assert fill("{n:frame}", {"n": 2000}, "zh") == "2,000"
        ntsc = Fraction(24000, 1001)
        assert fill("{n:frame} a second", {"n": ntsc}) == "23.976 frames a second"
        assert fill("{n:frame}, {n:.1f}", {"n": ntsc}, "zh") == "23.976, 24.0"
        assert fill("{n:frame}, {n:,}", {"n": Fraction(1)}) == "1 frame, 1"
        assert fill("{n}", {"n": ntsc}) == "24000/1001"
        assert (
            fill("{n:,} bytes, {r:.1f} Mbit/s", {"n": 1302991, "r": 250.17})
            == "1,302,991 bytes, 250.2 Mbit/s"
        )

    def test_what_is_inside_speaks_the_language_too(self) -> None:
        inner = Text("system.disk-full")
        assert fill("a: {why}", {"why": inner}, "zh") == "a: 磁盘已满"
        assert fill("{why}", {"why": UsageError("system.disk-full")}, "zh") == "磁盘已满"
        assert fill("{all}", {"all": ("a", "b")}, "zh") == "a、b"
        assert [fill("{all}", {"all": list(each)}) for each in ("", "a", "ab", "abc")] == [
            "", "a", "a and b", "a, b and c",
        ]  # fmt: skip
        assert fill("{t}", {"t": datetime(2027, 5, 1, tzinfo=UTC)}) == "2027-05-01T00:00:00+00:00"

    def test_a_missing_place_is_a_fault_of_the_code(self) -> None:
        with pytest.raises(KeyError):
            fill("{absent}", {})


def test_an_error_speaks_both_languages() -> None:
    error = DcpError("error.internal", where="a.mxf", kind="ValueError")
    assert error.id == "error.internal" and error.what == "an error inside dcpkit (ValueError)"
    assert error.lines("zh") == [
        "dcpkit 内部错误（ValueError）",
        "位置：a.mxf",
        "处理方法：请加 --debug 再运行一次，并报告所显示的内容",
    ]
