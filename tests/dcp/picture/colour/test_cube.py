"""Colour tables: read whole or refused by the line, and applied as OpenColorIO applies them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.picture.colour import ColourPath, to_dcdm
from dcp.picture.colour import cube as module
from dcp.picture.colour.cube import read_cube

pytestmark = pytest.mark.extra("picture")


def written(path: Path, head: str, rows: Iterable[Iterable[float]] = ()) -> Path:
    path.write_text(head + "\n" + "".join(" ".join(f"{v:.7f}" for v in row) + "\n" for row in rows), "utf-8")
    return path


def grid(side: int) -> NDArray[np.float64]:
    """Red fastest."""
    axis = np.linspace(0, 1, side)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack([red, green, blue], axis=-1).reshape(-1, 3)


def bent(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Something that mixes channels and is not straight."""
    mixed = rgb @ np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.05, 0.05, 0.9]])
    return mixed**0.8


def converted(path: ColourPath, rgb: NDArray[Any]) -> NDArray[np.int64]:
    out = np.zeros((1, len(rgb), 3), np.uint16)
    to_dcdm([np.ascontiguousarray(plane)[None] for plane in rgb.T], path, out)
    return out[0].astype(np.int64)


def codes16() -> NDArray[np.uint16]:
    codes = np.random.default_rng(9).integers(0, 65536, (5000, 3)).astype(np.uint16)
    codes[:8] = np.array([[r, g, b] for r in (0, 65535) for g in (0, 65535) for b in (0, 65535)])
    codes[8:100] = codes[8:100, :1]  # greys
    codes[100:200, 2] = codes[100:200, 1]  # two channels alike
    return codes


def by_opencolorio(file: Path, rgb: NDArray[Any]) -> NDArray[np.float64]:
    ocio = pytest.importorskip("PyOpenColorIO", reason="OpenColorIO is not installed")
    how = ocio.FileTransform(str(file), interpolation=ocio.INTERP_TETRAHEDRAL)
    pixels = np.array(rgb, np.float32, order="C")
    ocio.Config.CreateRaw().getProcessor(how).getDefaultCPUProcessor().applyRGB(pixels)
    codes: NDArray[np.float64] = (pixels * 4095).clip(0, 4095)
    return codes


HEADS = {
    "cube": ("LUT_3D_SIZE 17", lambda: bent(grid(17))),
    "cube with a domain": (
        'TITLE "a b"\n# made\nLUT_3D_SIZE 9\nDOMAIN_MIN -0.1 0 0.1\nDOMAIN_MAX 1 1.2 0.9',
        lambda: bent(grid(9)),
    ),
    "curve": ("LUT_1D_SIZE 33", lambda: np.linspace(0, 1, 33)[:, None] ** [0.5, 1.0, 2.0]),
    "Resolve's range": ("LUT_3D_SIZE 5\nLUT_3D_INPUT_RANGE 0.0 1.5", lambda: bent(grid(5))),
    "Resolve's curve before a cube": (
        "LUT_1D_SIZE 64\nLUT_1D_INPUT_RANGE 0.0 1.0\nLUT_3D_SIZE 9\nLUT_3D_INPUT_RANGE 0.0 1.0",
        lambda: np.vstack([np.linspace(0, 1, 64)[:, None] ** [0.5, 0.6, 0.7], bent(grid(9))]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_tables_are_applied_as_opencolorio_applies_them(kind: str, tmp_path: Path) -> None:
    head, rows = HEADS[kind]
    file = written(tmp_path / "a.cube", head, rows())
    codes = codes16()
    found = converted(ColourPath("rgb", through="cube", cube=file, depth=16), codes)
    assert np.abs(found - by_opencolorio(file, codes / 65535)).max() <= 1


def test_the_identity_is_the_identity(tmp_path: Path) -> None:
    file = written(tmp_path / "a.cube", "LUT_3D_SIZE 2", grid(2))
    codes = np.random.default_rng(1).integers(0, 4096, (1000, 3)).astype(np.uint16)
    assert (converted(ColourPath("rgb", through="cube", cube=file, depth=12), codes) == codes).all()


def test_title_comments_byte_order_marks_and_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.cube"
    text = '\ufeffTITLE\t"Film look"\r\n#x\r\nLUT_1D_SIZE\t2\r\n\r\n0 0 0\r\n# in between\r\n1 1 1\r\n\r\n'
    file.write_bytes(text.encode())
    table = read_cube(file)
    assert table.title == "Film look" and table.cube is None
    assert table.curves is not None and table.curves.tolist() == [[0, 1]] * 3


def test_samples_beyond_the_domain_take_its_ends(tmp_path: Path) -> None:
    file = written(tmp_path / "a.cube", "LUT_3D_SIZE 3\nDOMAIN_MAX 0.5 0.5 0.5", grid(3))
    path = ColourPath("rgb", through="cube", cube=file, depth=32)
    rgb = np.array([[0.5] * 3, [2.0] * 3, [-1.0] * 3, [np.nan] * 3, [np.inf] * 3], np.float32)
    assert converted(path, rgb)[:, 0].tolist() == [4095, 4095, 0, 0, 4095]


WRONG = {
    "empty": "",
    "no table": "hello",
    "binary": "\0\1\2" * 400,
    "no size": 'TITLE "x"\n0 0 0\n1 1 1',
    "size 1": "LUT_3D_SIZE 1\n0 0 0",
    "size 0": "LUT_1D_SIZE 0",
    "a negative size": "LUT_3D_SIZE -2",
    "a size beyond the room": "LUT_3D_SIZE 100000\n0 0 0",
    "a size of many digits": "LUT_3D_SIZE " + "9" * 900,
    "a size that is no number": "LUT_3D_SIZE x",
    "too few": "LUT_3D_SIZE 2\n" + "0 0 0\n" * 7,
    "too many": "LUT_3D_SIZE 2\n" + "0 0 0\n" * 9,
    "two numbers": "LUT_1D_SIZE 2\n0 0 0\n0 0\n",
    "four numbers": "LUT_1D_SIZE 2\n0 0 0\n0 0 0 0\n",
    "not a number": "LUT_1D_SIZE 2\n0 0 0\nnan nan nan\n",
    "words": "LUT_1D_SIZE 2\n0 0 0\n0 zero 0\n",
    "infinite": "LUT_1D_SIZE 2\n0 0 0\n0 1e99 0\n",
    "an empty domain": "LUT_1D_SIZE 2\nDOMAIN_MIN 1 1 1\n0 0 0\n1 1 1\n",
    "half a domain": "LUT_1D_SIZE 2\nDOMAIN_MIN 0 0\n0 0 0\n1 1 1\n",
    "a domain that is none": "LUT_1D_SIZE 2\nDOMAIN_MIN 0 0 nan\n0 0 0\n1 1 1\n",
    "an unknown word": "LUT_1D_SIZE 2\nLUT_IN_VIDEO_RANGE\n0 0 0\n1 1 1\n",
    "a line without an end": "LUT_1D_SIZE 2\n" + "0 " * 5000,
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_table_is_refused_with_what_to_do(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "a.cube"
    file.write_text(WRONG[fault], "utf-8")
    with pytest.raises(UsageError) as caught:
        read_cube(file)
    error = caught.value
    assert error.id and error.id.startswith("cube.") and error.where == str(file) and error.remedy
    assert len("".join(error.lines("zh"))) < 400


def test_the_line_at_fault_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.cube"
    file.write_text("LUT_1D_SIZE 3\n\n0 0 0\n# no\n0 nan 0\n1 1 1\n", "utf-8")
    with pytest.raises(UsageError, match="line 5"):
        read_cube(file)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    file = written(tmp_path / "a.cube", "LUT_1D_SIZE 2", [[0] * 3, [1] * 3])
    with pytest.raises(UsageError) as caught:
        read_cube(file)
    assert caught.value.id == "cube.too-large"


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_cannot_be_read_is_named(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "a.cube")
    with pytest.raises(UsageError) as caught:
        read_cube(tmp_path / "a.cube")
    assert caught.value.where == str(tmp_path / "a.cube")
