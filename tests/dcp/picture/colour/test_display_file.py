"""Displays out of TOML files: what they mean, and what is refused, by its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dcp.errors import UsageError
from dcp.picture.colour.display_file import MOST_BYTES, MOST_MODULES, read_display
from dcp.picture.colour.displays import display_named

WHOLE = """schema = "dcpkit.display/1"
name = "Wall 3"
peak = 300
transfer = 2.6
primaries = "p3-d65"
[modules]
columns = 8
rows = 4
[[modules.module]]
column = 3
row = 2
gain = [0.5, 1.0, 2.0]
[[modules.module]]
column = 8
row = 4
white = [0.314, 0.351]
"""
PLAIN = 'schema = "dcpkit.display/1"\npeak = 48\ntransfer = "pq"\n'
POINTS = "red = [0.68, 0.32]\ngreen = [0.265, 0.69]\nblue = [0.15, 0.06]\nwhite = [0.314, 0.351]\n"
ROWS = display_named("p3-dci").matrix


def written(folder: Path, words: str) -> Path:
    path = folder / "wall.toml"
    path.write_text(words, "utf-8")
    return path


def test_a_wall_of_modules(tmp_path: Path) -> None:
    wall = read_display(written(tmp_path, WHOLE))
    assert (wall.name, wall.peak, wall.transfer) == ("Wall 3", 300.0, "g26")
    assert wall.matrix == display_named("p3-d65").matrix
    assert (wall.grid.columns, wall.grid.rows) == (8, 4)
    gained, white = wall.grid.modules
    assert (gained.column, gained.row, white.column, white.row) == (2, 1, 7, 3)
    assert np.allclose(gained.matrix, np.array(wall.matrix) * [0.5, 1, 2])
    assert np.allclose(white.matrix, ROWS)


@pytest.mark.parametrize(
    "colours", [POINTS, 'primaries = "p3-dci"\n', f"matrix = {[list(r) for r in ROWS]}\n"]
)
def test_the_ways_to_say_colours(tmp_path: Path, colours: str) -> None:
    display = read_display(written(tmp_path, PLAIN + colours))
    assert (display.name, display.transfer, display.grid.modules) == ("wall", "pq", ())
    assert np.allclose(display.matrix, ROWS)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dcpkit.display/1", "dcpkit.job/1", "schema"),
        ("peak = 300", "peak = nan", "peak is nan, not a number from 1 to 10000"),
        ("peak = 300", "peak = true", "peak is True"),
        ("peak = 300", "peak = 1" + "0" * 400, "peak is 1"),
        ("peak = 300", "peak = 20000", "peak is 20000"),
        ("peak = 300", "", "peak is missing"),
        ("peak = 300", "peek = 300", "peek is no name"),
        ("transfer = 2.6", "transfer = 2.5", "no transfer is called '2.5'"),
        ("transfer = 2.6", "transfer = [2.6]", "no transfer"),
        ('"p3-d65"', '"p3"', "no primaries are called 'p3'"),
        ('primaries = "p3-d65"', "", "in one way"),
        ('primaries = "p3-d65"', 'primaries = "p3-d65"\nwhite = [0.3, 0.3]', "in one way"),
        ('primaries = "p3-d65"', "red = [0.68, 0.32]", "green is missing"),
        ('primaries = "p3-d65"', POINTS.replace("0.32]", "0.33]"), "red is no chromaticity"),
        ('primaries = "p3-d65"', POINTS.replace("0.314", "0.9"), "white is no chromaticity"),
        ('primaries = "p3-d65"', POINTS.replace("0.314, 0.351", "0.1, 0.7"), "span no area"),
        ('primaries = "p3-d65"', POINTS.replace("0.265, 0.69", "0.68, 0.32"), "span no area"),
        ('primaries = "p3-d65"', "matrix = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]", "matrix does not"),
        ('primaries = "p3-d65"', "matrix = [[1, 1, 1], [0.2, 0.7, 0.1], [1, 1, 1]]", "matrix does not"),
        ('primaries = "p3-d65"', 'matrix = [[1, 0, 0], [0, 1, 0], [0, 0, "1"]]', "matrix does not"),
        ("columns = 8", "columns = 0", "modules.columns is 0, not a number from 1 to 256"),
        ("columns = 8", "columns = 1000000000", "modules.columns is 1000000000"),
        ("column = 3", "column = 9", r"modules.module\[1\].column is 9, not a number from 1 to 8"),
        ("row = 2", "row = 0", r"module\[1\].row is 0"),
        ("row = 2", "", r"module\[1\].row is missing"),
        ("column = 8\nrow = 4", "column = 3\nrow = 2", "column 3, row 2 stands twice"),
        ("[0.5, 1.0, 2.0]", "[0.5, 1.0]", "gain"),
        ("[0.5, 1.0, 2.0]", "0.01", "gain is 0.01, not a number from 0.1 to 10"),
        ("gain = [0.5", "gian = [0.5", r"module\[1\].gian is no name"),
        ("[modules]\ncolumns = 8\nrows = 4\n", "modules = 3\n#", "modules is no table"),
        ("[[modules.module]]", "[modules.module]", "no TOML|no list"),
        ('primaries = "p3-d65"', f"matrix = {[list(r) for r in ROWS]}", "has points"),
        ("rows = 4", "rows = 4\nmodule = [3]", "no TOML"),
        ("peak = 300", "peak = ", "no TOML"),
    ],
)
def test_what_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    words = WHOLE.replace(old, new)
    if "modules = 3" in new:
        words = words[: words.index("#")]
    with pytest.raises(UsageError, match=message) as caught:
        read_display(written(tmp_path, words))
    assert "wall.toml" in str(caught.value.where)
    assert caught.value.remedy


def test_the_line_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_display(written(tmp_path, WHOLE.replace("peak = 300", "peak = 0")))
    assert "wall.toml" in str(caught.value.where) and "3" in str(caught.value.where)


def test_files_without_end(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger than"):
        read_display(written(tmp_path, "#" * (MOST_BYTES + 1)))
    modules = "[[modules.module]]\n" * (MOST_MODULES + 1)
    with pytest.raises(UsageError, match="no list of 4096"):
        read_display(written(tmp_path, WHOLE + modules))
    (tmp_path / "wall.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no UTF-8"):
        read_display(tmp_path / "wall.toml")
    with pytest.raises(UsageError, match="cannot read"):
        read_display(tmp_path / "none.toml")
