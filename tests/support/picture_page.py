"""A page of a test with nothing but the picture and its instruments on it, in a real browser.

`page(chromium)` gives a `PicturePage`; `codes()` gives frames that no film would show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from browser import Chromium, Tab
from numpy.typing import NDArray
from page_server import Content, Script, served

from player.web.displays import display_documents

PAGE = Path(__file__).parents[2] / "player/web/page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'"
)
HTML = """<!doctype html><meta charset="utf-8"><title>picture</title><link rel="icon" href="data:,">
<canvas id="picture"></canvas><script type="module" src="/stage.js"></script>"""
SCRIPT = """
import * as pictures from "/page/picture.js";
const without = new URLSearchParams(location.search).getAll("without");
const real = WebGL2RenderingContext.prototype.getExtension;
WebGL2RenderingContext.prototype.getExtension = function (name) {
  return without.includes(name) ? null : real.call(this, name);
};
if (without.includes("link")) WebGL2RenderingContext.prototype.getProgramParameter = () => false;
window.modules = {};
for (const name of ["scopes", "guides", "probe", "colour"])
  window.modules[name] = await import(`/page/${name}.js`).catch((error) => String(error));
const canvas = document.getElementById("picture");
if (location.search.includes("flat")) canvas.getContext("2d", {alpha: false, willReadFrequently: true});
window.displays = await (await fetch("/displays.json")).json();
window.picture = pictures.createPicture(canvas);
let serial = 0;
window.show = async (picture, number = serial) => {
  const data = await fetch("/frame");
  picture.data = picture.encoding === "jpeg" ? await data.blob() : new Uint16Array(await data.arrayBuffer());
  const frame = {serial: serial++, number, reel: 1, generation: 0, eye: null, due: null, picture};
  const at_once = window.picture.show(frame);
  for (let wait = 0; !at_once && window.picture.frame?.picture !== picture && wait < 200; wait++)
    await new Promise((done) => setTimeout(done, 10));
  return at_once;
};
window.ready = true;
"""


@dataclass
class PicturePage:
    tab: Tab
    content: dict[str, Content] = field(repr=False)

    def show(self, picture: NDArray[np.uint16] | bytes, *, views: int = 1, **more: Any) -> bool:
        """A frame of codes, or of a JPEG; whether it was drawn at once."""
        if isinstance(picture, bytes):
            self.content["/frame"] = picture
            said: dict[str, Any] = {"encoding": "jpeg", "width": 0, "height": 0}
        else:
            self.content["/frame"] = np.ascontiguousarray(picture, "<u2").tobytes()
            said = {"encoding": "xyz12", "width": picture.shape[1], "height": picture.shape[0]}
        number = more.pop("number", 0)
        at_once: bool = self.tab.evaluate(f"show({json.dumps(said | {'views': views} | more)}, {number})")
        return at_once

    def set(self, display: str | None = None, **settings: Any) -> None:
        """display: a name of those that the page knows."""
        said = json.dumps(settings)
        of = f", display: displays.find((each) => each.name === {json.dumps(display)})" if display else ""
        self.tab.evaluate(f"picture.set({{...{said}{of}}})")

    def seen(self) -> NDArray[np.uint8]:
        """R, G, B of every pixel of the canvas."""
        height, width = self.tab.evaluate(
            "(({height, width}) => [height, width])(document.getElementById('picture'))"
        )
        data = self.tab.bytes_of(f"picture.read(0, 0, {width}, {height})")
        return np.frombuffer(data, np.uint8).reshape(height, width, 4)[..., :3]

    def array(self, expression: str, kind: Any) -> NDArray[Any]:
        """What a typed array of the page holds."""
        return np.frombuffer(self.tab.bytes_of(expression), kind)


@contextmanager
def page(chromium: Chromium, *, flat: bool = False, without: Sequence[str] = ()) -> Iterator[PicturePage]:
    """flat: as in a browser without WebGL2; without: extensions of WebGL2 that it lacks, or "link", where the
    driver refuses shaders."""
    asked = "&".join([*(["flat"] if flat else []), *(f"without={each}" for each in without)])
    content: dict[str, Content] = {
        "/": HTML,
        "/stage.js": Script(SCRIPT),
        "/page": PAGE,
        "/displays.json": json.dumps(display_documents()).encode(),
    }
    with served(content, policy=POLICY) as address:
        tab = chromium.open(f"{address}/?{asked}")
        tab.until("window.ready", 20)
        yield PicturePage(tab, content)
        tab.close()


def codes(height: int = 144, width: int = 512, seed: int = 20) -> NDArray[np.uint16]:
    """Every code of each channel with the others black, dark, bright and as the channel itself, the corners
    of the cube, what lies around white, and triples by chance, dark ones in half of them."""
    rng = np.random.default_rng(seed)
    every = np.arange(4096)
    lines = [np.stack([every] * 3, axis=1)]
    for channel in range(3):
        for others in (0, 300, 4095):
            line = np.full((4096, 3), others)
            line[:, channel] = every
            lines.append(line)
    corners = np.array([[a, b, c] for a in (0, 1, 4095) for b in (0, 1, 4095) for c in (0, 1, 4095)])
    near_white = np.array([3794, 3960, 3890]) + rng.integers(-40, 41, (8000, 3))
    count = height * width - sum(map(len, lines)) - len(corners) - len(near_white)
    anywhere = rng.integers(0, 4096, (count // 2, 3))
    dark = (rng.random((count - len(anywhere), 3)) ** 3 * 4095).astype(int)
    found = np.concatenate([*lines, corners, near_white, anywhere, dark])
    return np.clip(found, 0, 4095).astype(np.uint16).reshape(height, width, 3)
