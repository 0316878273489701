"""Wrong input to `dcpkit create`: refused before any work, in both languages, with nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from needing import needing
from wrong_creates import ROWS
from wrong_sources import NOW, Good, Wrong

pytestmark = pytest.mark.extra("create")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    needing("create")
    return Good(tmp_path_factory.mktemp("good"))


class Begun(AssertionError):
    """The work began."""


@pytest.fixture
def unbegun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Work that begins is noted, and goes no further."""
    import dcp.create.build

    begun: list[str] = []

    def begin(*arguments: object, **more: object) -> None:
        begun.append("begun")
        raise Begun

    monkeypatch.setattr(dcp.create.build, "Making", begin)
    yield begun
    assert not begun


def arguments_of(row: Wrong, good: Good, folder: Path, out: Path) -> list[str]:
    """The arguments, with a title and an output where the row has none of its own; None: without it."""
    given = list(row.make(good, folder))
    if "--job" not in given and "--title" not in given and given[-1] is not None:
        given += ["--title", "Wrong_TST"]
    if "-o" not in given:
        given += ["-o", out / "new" / "DCP"]
    if given[-1] is None:
        given = given[:-2] if given[-2] == "-o" else given[:-1]
    return [str(each) for each in given if each is not None] + ["--now", NOW, "--quiet"]


def listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path.relative_to(folder)), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row.name, marks=pytest.mark.posix if row.posix else ()) for row in ROWS],
)
def test_wrong_input_is_refused_before_any_work(
    row: Wrong, good: Good, unbegun: list[str], dcpkit: Run, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    arguments = arguments_of(row, good, folder, out)
    before = listing(tmp_path)
    code, said, err = dcpkit("create", *arguments, "--json")
    assert code == 2, err
    error = json.loads(said)["error"]
    assert error["id"] == row.id, err
    assert error["what"] and error["remedy"], err
    said_of = [error["where"] or "", error["what"]]
    if row.where.startswith("-"):  # a flag may stand where it says what to do
        said_of.append(error["remedy"])
    assert any(row.where in said for said in said_of), err
    assert "Traceback" not in err and len(err.splitlines()) <= 3, err
    code, said, err = dcpkit("create", *arguments, "--lang", "zh")
    assert code == 2 and not said
    assert any("\u4e00" <= sign <= "\u9fff" for sign in err.splitlines()[0]), err
    assert "处理方法：" in err
    assert listing(tmp_path) == before


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) >= 100
    assert len({row.name for row in ROWS}) == len(ROWS)
