"""Tables of screens that are written, and read back."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import UsageError
from kdm.facility.screens import COLUMNS, read_screens
from kdm.facility.screens_writing import write_screens
from kdm.facility.values import Device, Facility, Screen

World = Any


def cinemas(world: World) -> list[Facility]:
    projector = Device(tuple(world.projector.chain))
    rex = Facility(
        id="urn:x-facilityID:example.com:1",
        name='大光明, "Rex"',
        screens=(
            Screen("1", (Device(tuple(world.hall.chain)), Device((world.other.leaf,))), (projector,)),
            Screen("../2;3", (Device((world.other.leaf,)),)),
        ),
        time_zone="+08:00",
        emails=("a@b.example", "c@d.example"),
        country="CN",
        language="zh",
        circuit="院线",
    )
    return [rex, replace(rex, id="2", name="Grand", emails=(), time_zone=None, screens=rex.screens[1:])]


def test_what_was_written_reads_back_equal(world: World, tmp_path: Path) -> None:
    path = tmp_path / "out" / "screens.csv"
    folder = write_screens(cinemas(world), path)
    assert folder == tmp_path / "out" / "screens-certificates"
    found = read_screens(path)
    assert list(found.facilities) == cinemas(world) and found.problems == () == found.notes
    assert all(file.parent == folder and file.name.endswith(".pem") for file in folder.rglob("*"))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "the mark by which spreadsheets know UTF-8"
    header = next(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    assert header == list(COLUMNS)


@pytest.mark.parametrize(
    "name",
    [
        "=HYPERLINK(1)",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20a",
        "\ufe63 1",
        "\u22121",
        "'=1",
        "''-",
        "'t Hooft",
    ],
)
def test_a_table_of_screens_holds_no_formula(world: World, tmp_path: Path, name: str) -> None:
    made = Facility(name, name, (Screen(name, (Device((world.other.leaf,)),)),), emails=(name,), circuit=name)
    write_screens([made], tmp_path / "screens.csv")
    (found,) = read_screens(tmp_path / "screens.csv").facilities
    assert replace(found, emails=(name,), notes=()) == made and found.emails == () != found.notes
    _, row = csv.reader(io.StringIO((tmp_path / "screens.csv").read_text("utf-8-sig")))
    assert all(cell == "" or cell[0] not in "=+-@\uff1d\uff0b\uff0d\uff20\ufe63\u2212" for cell in row)


def test_long_names_that_are_alike_are_files_of_their_own(world: World, tmp_path: Path) -> None:
    block = Device((world.other.leaf,))
    long = "\U00020000" * 90  # four bytes each
    screens = tuple(Screen(f"{long} {number}", (block,)) for number in range(3))
    made = Facility("1", long, (*screens, Screen("x_2", (block, block)), Screen("X", (block, block))))
    folder = write_screens([made, replace(made, id="2")], tmp_path / "screens.csv")
    assert len(list(folder.iterdir())) == 14
    assert [each.name for each in read_screens(tmp_path / "screens.csv").facilities] == [long, long]


def test_a_name_that_is_no_text_is_refused(world: World, tmp_path: Path) -> None:
    made = Facility("bad\udcff", "bad\udcff", (Screen("1", (Device((world.other.leaf,)),)),))
    with pytest.raises(UsageError, match=r"not UTF-8.*\n.*bad\?\n"):
        write_screens([made], tmp_path / "screens.csv")
    assert list(tmp_path.iterdir()) == []


_CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=10
)  # fmt: skip


@settings(max_examples=40)
@given(names=st.lists(_CELL, min_size=1, max_size=3, unique=True), screen=_CELL, circuit=_CELL)
def test_any_names_read_back_equal(
    world: World, tmp_path_factory: pytest.TempPathFactory, names: list[str], screen: str, circuit: str
) -> None:
    block = Device((world.other.leaf,))
    made = [Facility(name, name, (Screen(screen, (block,)),), circuit=circuit) for name in names]
    path = tmp_path_factory.mktemp("table") / "screens.csv"
    write_screens(made, path)
    assert list(read_screens(path).facilities) == made


def test_a_thumbprint_alone_has_no_place_in_a_table(world: World, tmp_path: Path) -> None:
    bare = Facility("1", "Rex", (Screen("1", (Device((world.other.leaf,)),), (), (bytes(20),)),))
    with pytest.raises(UsageError, match="thumbprint alone"):
        write_screens([bare], tmp_path / "screens.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_not_written_to(world: World, tmp_path: Path) -> None:
    (tmp_path / "screens-certificates").mkdir()
    (tmp_path / "screens-certificates" / "mine.pem").write_text(base64.b64encode(b"x").decode())
    with pytest.raises(UsageError, match="not empty"):
        write_screens(cinemas(world), tmp_path / "screens.csv")
    assert not (tmp_path / "screens.csv").exists()
