"""A pattern is compiled when it is first used, and is used as `re` would have it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

import pytest

from dcp import patterns
from dcp.patterns import pattern


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What was compiled, one entry each time."""
    made: list[object] = []
    compile_ = re.compile

    def noted(*given: object) -> object:
        made.append(given)
        return compile_(*given)  # type: ignore[call-overload]

    monkeypatch.setattr(patterns.re, "compile", noted)
    yield made


def test_nothing_is_compiled_until_it_is_used_and_then_a_method_once(compiled: list[object]) -> None:
    word = pattern(r"(\w+)é", re.ASCII)
    assert word.pattern == r"(\w+)é" and not compiled
    assert word.fullmatch("caffé") and not word.fullmatch("éé") and word.search("a café")
    assert len(compiled) == 2
    for _ in range(3):
        assert word.fullmatch("cafe") is None and word.sub("x", "café") == "x"
    assert len(compiled) == 3
    assert word.groups == 1 and pattern(rb"\d").findall(b"1a2") == [b"1", b"2"]


def test_a_wrong_one_is_said_at_its_first_use_and_copies_work() -> None:
    with pytest.raises(re.error):
        pattern("(").match("x")
    assert copy.deepcopy(pattern("a+")).fullmatch("aa")
