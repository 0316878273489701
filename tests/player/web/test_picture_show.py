"""The picture of a real show in its page: the codes of the film, as a display that was chosen shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Chromium, Tab, chromium_path
from desk_page import MEANT, WITHOUT_WEBGL, choose
from display_twins import twin
from numpy.typing import NDArray
from shows import SECRET

from dcp.picture.colour.display_file import read_display
from dcp.picture.colour.displays import NAMES, display_named
from dcp.picture.colour.output import convert
from player.screen.registry import screen_for
from player.web.screen import WebScreen
from tests.player.conftest import make_package
from tests.support.web_shows import web_show
from watermark.dither import noise

pytestmark = [pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed")]

Make = Callable[..., Any]


def opened(chromium: Chromium, address: str, before: str = "") -> Tab:
    """The page, its first frame on it."""
    tab = chromium.open(address, before=before)
    tab.evaluate(MEANT)
    tab.until("booth.picture.frame !== null", 30)
    return tab


def seen(tab: Tab) -> NDArray[np.uint8]:
    height, width = tab.evaluate("(({height, width}) => [height, width])(document.getElementById('picture'))")
    data = tab.bytes_of(f"booth.picture.read(0, 0, {width}, {height})")
    return np.frombuffer(data, np.uint8).reshape(height, width, 4)[..., :3]


def came(tab: Tab) -> NDArray[np.uint16]:
    """The codes that came over the socket."""
    height, width = tab.evaluate("(({height, width}) => [height, width])(booth.picture.frame.picture)")
    data = tab.bytes_of("booth.picture.frame.picture.data.slice()")
    return np.frombuffer(data, "<u2").reshape(height, width, 3)


def test_an_unmarked_film_has_the_nearest_codes_of_every_display(chromium: Chromium, make: Make) -> None:
    with web_show(make(lengths=(3,), encrypted=(), sound=False)) as show:
        tab = opened(chromium, show.address)
        xyz = came(tab)
        assert np.abs(xyz.astype(int) - 400).max() <= 2  # the grey of frame 0
        assert [option["value"] for option in options(tab, "display")] == list(NAMES)
        for name in NAMES:
            choose(tab, "#display", name)
            assert np.abs(seen(tab) - twin(xyz, name, top=255)).max() <= 0.51, name
        choose(tab, "#display", "rec709")
        choose(tab, "#transfer", "srgb")  # Rec.709 and sRGB have the same primaries
        assert (seen(tab) == np.floor(twin(xyz, "srgb", top=255) + 0.5)).all()
        choose(tab, "#transfer", "own")
        assert (seen(tab) == np.floor(twin(xyz, "rec709", top=255) + 0.5)).all()
        assert tab.said() == []
        tab.close()


def test_a_marked_film_is_dithered_in_the_page_as_elsewhere(chromium: Chromium, make: Make) -> None:
    with web_show(make(lengths=(3,), sound=False), location=77, secret=SECRET) as show:
        tab = opened(chromium, show.address)
        xyz = came(tab)
        wanted, _ = convert(xyz, display_named("rec709"), bits=8, noise=noise(0))
        assert (seen(tab) != wanted).mean() < 1e-3
        assert (
            len(np.unique(wanted)) > 1 and (seen(tab) != np.rint(twin(xyz, "rec709", top=255))).mean() > 0.05
        )
        tab.close()


@pytest.fixture(scope="module")
def pair(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    made = make_package(
        tmp_path_factory.mktemp("3d") / "pair", lengths=(2,), encrypted=(), sound=False, stereo=True
    )
    with web_show(made, view="side-by-side") as show:
        yield opened(chromium, show.address)


@pytest.fixture
def stereo(pair: Tab) -> Tab:
    """A film in 3D whose left eye is seen."""
    choose(pair, "#eyes", "left")
    return pair


def test_both_eyes_come_and_the_page_chooses(stereo: Tab) -> None:
    xyz = came(stereo)
    assert xyz.shape == (144, 512, 3)
    both = np.floor(twin(xyz, "rec709", top=255) + 0.5)
    left, right = both[:, :256], both[:, 256:]
    for view, picture in (("left", left), ("right", right), ("difference", np.abs(left - right))):
        choose(stereo, "#eyes", view)
        assert (seen(stereo) == picture).all(), view
    assert (left != right).all()


def test_a_page_without_webgl_gets_jpegs_and_says_so(chromium: Chromium, make: Make) -> None:
    with web_show(make(lengths=(2,), encrypted=(), sound=False)) as show:
        tab = opened(chromium, show.address, WITHOUT_WEBGL)
        assert tab.evaluate("booth.picture.capabilities.webgl2") is False
        assert tab.evaluate("booth.picture.frame.picture.encoding") == "jpeg"
        assert np.abs(seen(tab).astype(int) - seen(tab)[0, 0]).max() <= 2  # it is flat, and grey
        assert "WebGL2" in tab.evaluate("document.getElementById('reduced').textContent")
        tab.close()


def test_the_scope_is_that_of_the_frame_on_which_the_show_stands(chromium: Chromium, make: Make) -> None:
    with web_show(make(lengths=(6,), encrypted=(), sound=False)) as show:
        tab = opened(chromium, show.address)
        choose(tab, "#scope", "histogram")
        for number in (1, 4, 2):
            tab.evaluate(f"booth.socket.command('seek', {number})")
            tab.until(f"booth.picture.frame.number === {number}")
            code = int(came(tab)[70, 120, 1])
            tab.until(f"""(() => {{ const flat = document.getElementById("scope-view").getContext("2d");
              const bins = flat.getImageData(0, 100, 512, 1).data;
              return bins[{code >> 3} * 4 + 1] === 255; }})()""")
        tab.close()


def lines(tab: Tab) -> list[list[float]]:
    """Where white lines go all along the middle of the guides, as parts of their height and width."""
    found: list[list[float]] = tab.evaluate("""(() => {
      const above = document.getElementById("guide-lines"), {width, height} = above;
      const pixels = above.getContext("2d").getImageData(0, 0, width, height).data;
      const white = (x, y) =>
        pixels[(y * width + x) * 4] === 255 && pixels[(y * width + x) * 4 + 3] === 255;
      const all = (n, test) => [...Array(n).keys()].every(test);
      return [
        [...Array(height).keys()].filter((y) => all(100, (n) => white((width * (30 + n / 10) / 100) | 0, y))),
        [...Array(width).keys()].filter((x) => all(100, (n) => white(x, (height * (45 + n / 10) / 100) | 0))),
      ].map((at, way) => at.map((each) => each / [height, width][way])); })()""")
    return found


def test_guides_lie_on_the_picture_as_it_is_shown(stereo: Tab) -> None:
    """Of both eyes on each."""
    stereo.evaluate("document.getElementById('guide-2.39').click()")
    edge = (144 - 256 * 858 / 2048) / 2 / 144
    across, down = lines(stereo)
    assert across == pytest.approx([edge, 1 - edge], abs=0.01)
    assert down == pytest.approx([0, 1], abs=0.01)
    choose(stereo, "#eyes", "both")
    stereo.until("document.getElementById('picture').width === 512")
    across, down = lines(stereo)
    assert across == pytest.approx([edge, 1 - edge], abs=0.01)
    assert {round(2 * each) / 2 for each in down} == {0, 0.5, 1}
    stereo.evaluate("document.getElementById('guide-2.39').click()")
    assert lines(stereo) == [[], []]


def options(tab: Tab, of: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = tab.evaluate(
        f"[...document.getElementById('{of}').options].map(({{value, text}}) => ({{value, text}}))"
    )
    return found


def test_the_display_of_the_command_is_assumed(chromium: Chromium, make: Make, tmp_path: Path) -> None:
    """A wall of its own too, with the light of its modules."""
    wall = tmp_path / "wall.toml"
    wall.write_text(
        'schema = "dcpkit.display/1"\nname = "Screen 3"\npeak = 60\ntransfer = 2.6\nprimaries = "p3-d65"\n'
        "[modules]\ncolumns = 4\nrows = 2\n[[modules.module]]\ncolumn = 2\nrow = 1\ngain = 0.9\n"
    )
    screen = screen_for("web:0", display=str(wall))
    assert isinstance(screen, WebScreen)
    with web_show(make(lengths=(2,), encrypted=(), sound=False), screen) as show:
        tab = opened(chromium, show.address)
        tab.until("document.getElementById('display').value === 'Screen 3'")
        assert "Screen 3" in options(tab, "display")[0]["text"]
        wanted, _ = convert(came(tab), read_display(wall), bits=8)
        assert (seen(tab) == wanted).all() and len(np.unique(wanted)) > 3
        tab.close()
