"""Known patches through the whole chain: coded, packed, played, and read again from what came out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from display_twins import DCI_WHITE, Floats, difference, patches, shown_by, twin
from numpy.typing import NDArray
from shows import run

from dcp.errors import UsageError
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import TRANSFER_ST2084
from dcp.picture.codec import codec_by_name
from dcp.picture.colour.displays import NAMES
from dcp.picture.limits import frame_limits
from player.screen.registry import screen_for, screens_for

Make = Callable[..., Any]
SIDE = 32
WIDTH, HEIGHT = 8 * SIDE, 7 * SIDE


def chart() -> NDArray[np.uint16]:
    """The patches, a square each; black where there is none."""
    codes = np.zeros((56, 3), np.uint16)
    found = patches()[:, 0]
    codes[: len(found)] = found
    return np.kron(codes.reshape(7, 8, 3), np.ones((SIDE, SIDE, 1), np.uint16))


def squares(picture: NDArray[Any]) -> NDArray[np.float64]:
    """The mean of each patch, away from its border: (n, 1, 3)."""
    parts = picture.reshape(7, SIDE, 8, SIDE, 3)[:, 8:-8, :, 8:-8].astype(np.float64)
    means: NDArray[np.float64] = parts.mean(axis=(1, 3)).reshape(56, 1, 3)
    return means[: len(patches())]


@pytest.fixture
def film(make: Make) -> Callable[..., Any]:
    """A package whose every frame is the chart."""

    def build(**options: Any) -> Any:
        data = codec_by_name().encode(chart(), limits=frame_limits(Fraction(24)))
        return make(lengths=(1,), size=(WIDTH, HEIGHT), sound=False, damage=lambda *_: data, **options)

    return build


@pytest.mark.parametrize("display", list(NAMES))
def test_patches_come_out_as_the_formulas_say(film: Any, tmp_path: Path, display: str) -> None:
    report = run(film(), screen_for(f"tiff:{tmp_path / 'out'}", display=display))
    assert report.verdict == "complete"
    shown = cv2.imread(str(tmp_path / "out" / "000000.tif"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    wanted = shown_by(twin(patches(), display), display)
    assert difference(shown_by(squares(shown), display), wanted, DCI_WHITE) < 0.5
    told = report.document()["colours"]
    assert told["display"] == display
    assert (told["outside_pixels"] == 0) == (display == "pq")


def ycbcr(rgb: Floats, depth: int) -> Floats:
    """BT.709 in double precision."""
    r, g, b = np.moveaxis(rgb / 65535, -1, 0)
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    planes = [219 * y + 16, 224 * (b - y) / 1.8556 + 128, 224 * (r - y) / 1.5748 + 128]
    return np.stack(planes, axis=-1) * 2.0 ** (depth - 8)


@pytest.mark.parametrize("depth", [8, 10])
def test_y4m_has_the_codes_of_the_formulas(film: Any, tmp_path: Path, depth: int) -> None:
    path = tmp_path / "out.y4m"
    report = run(film(), screen_for(f"y4m:{path}", depth=depth))
    assert report.encoding == f"rec709, Y'CbCr, {depth} bits"
    data = path.read_bytes()
    samples = np.frombuffer(data[data.index(b"FRAME\n") + 6 :], np.uint8 if depth == 8 else "<u2")
    found = squares(samples.reshape(3, HEIGHT, WIDTH).transpose(1, 2, 0))
    assert np.abs(found - ycbcr(twin(patches(), "rec709"), depth)).max() <= 0.5 + 0.15 * 2 ** (depth - 8)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).width == WIDTH


def test_what_is_cut_is_told(film: Any, tmp_path: Path) -> None:
    report = run(film(), screen_for(f"tiff:{tmp_path / 'out'}", display="p3-d65"))
    lines = [line for line in report.lines() if "outside the colours of p3-d65" in line]
    share = report.colours.percent
    assert 2 < share < 20
    assert lines == [
        f"{round(share, 2)} % of the pixels lay outside the colours of p3-d65, or were brighter than it "
        "shows, and were clipped"
    ]
    assert any(event.subtype == "Colours" for event in report.events)
    assert run(film()).document()["colours"] == {
        "display": None,
        "outside_pixels": 0,
        "outside_percent": 0.0,
    }


WALL = 'schema = "dcpkit.display/1"\nname = "wall"\npeak = 300\ntransfer = 2.6\nprimaries = "p3-dci"\n'


def test_a_wall_of_300_shows_the_light_of_the_film(film: Any, tmp_path: Path) -> None:
    (tmp_path / "wall.toml").write_text(WALL)
    report = run(film(), screen_for(f"tiff:{tmp_path / 'out'}", display=str(tmp_path / "wall.toml")))
    shown = cv2.imread(str(tmp_path / "out" / "000000.tif"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    light = (squares(shown) / 65535) ** 2.6 * 300
    wanted = (twin(patches()[:16], "p3-dci") / 65535) ** 2.6 * 48
    assert np.abs(light[:16] - wanted).max() < 0.05
    assert report.encoding == "wall, 16 bits"


def test_two_pictures_do_not_lie_on_modules(film: Any, tmp_path: Path) -> None:
    module = "[modules]\ncolumns = 4\nrows = 2\n[[modules.module]]\ncolumn = 1\nrow = 1\ngain = 0.9\n"
    (tmp_path / "wall.toml").write_text(WALL + module)
    screen = screen_for(f"tiff:{tmp_path / 'out'}", display=str(tmp_path / "wall.toml"))
    with pytest.raises(UsageError, match="beside each other"):
        run(film(), screen, view="side-by-side")
    run(film(), screen, view="anaglyph")


def test_hdr_is_read_as_hdr(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """White of DCI's HDR addendum: 299.6 cd/m2, in PQ."""
    white = np.empty((HEIGHT, WIDTH, 3), np.uint16)
    white[:] = [2524, 2546, 2583]
    data = codec_by_name().encode(white, limits=frame_limits(Fraction(24)))
    described = PictureDescriptor.from_codestream

    def hdr(*given: Any) -> PictureDescriptor:
        return replace(described(*given), transfer_characteristic=TRANSFER_ST2084)

    monkeypatch.setattr(PictureDescriptor, "from_codestream", hdr)
    made = make(lengths=(1,), size=(WIDTH, HEIGHT), sound=False, damage=lambda *_: data)
    run(made, screen_for(f"tiff:{tmp_path / 'out'}", display="pq"))
    shown = cv2.imread(str(tmp_path / "out" / "000000.tif"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    light = shown_by(shown[60:64, 60:64], "pq")
    assert light[..., 1] == pytest.approx(299.6, rel=0.005)


def test_stills_and_two_videos_in_one_pass(film: Any, tmp_path: Path) -> None:
    outputs = [f"tiff:{tmp_path / 'out'}", f"y4m:{tmp_path / 'out.y4m'}"]
    report = run(film(), screens_for(outputs))
    run(film(), screen_for(f"y4m:{tmp_path / 'alone.y4m'}"))
    assert report.verdict == "complete"
    assert (tmp_path / "out.y4m").read_bytes() == (tmp_path / "alone.y4m").read_bytes()
    assert (tmp_path / "out" / "000000.tif").stat().st_size > WIDTH * HEIGHT * 6
