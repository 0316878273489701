"""The booth page of a show in a browser of the tests: what is on it, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from browser import Chromium, Tab

MEANT = "import('/page/main.js').then((page) => { window.booth = page.booth; return true; })"

WITHOUT_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : real.call(this, kind, ...more);
};
"""
"""Before the page's scripts: as in a browser that has none."""


@contextmanager
def desk(chromium: Chromium, address: str, **how: Any) -> Iterator[Tab]:
    """The page, once it shows a frame; `booth` of its main module stands in the window."""
    tab = chromium.open(address, **how)
    try:
        tab.until("document.querySelector('#connection').dataset.state === 'connected'")
        tab.evaluate(MEANT)
        tab.until("booth.state && booth.show")
        yield tab
    finally:
        with suppress(RuntimeError):  # it was closed
            tab.close()


def seeing(tab: Tab) -> Tab:
    """The page when it shows a picture."""
    tab.until("document.querySelector('#curtain').hidden")
    return tab


def words(tab: Tab, selector: str) -> str:
    """What stands in an element."""
    found: str = tab.evaluate(f"document.querySelector({selector!r}).innerText")
    return found


def choose(tab: Tab, selector: str, value: str) -> None:
    """A value of a list, or of a field."""
    tab.evaluate(
        f"""(() => {{ const at = document.querySelector({selector!r});
          at.value = {value!r};
          for (const kind of ["input", "change"]) at.dispatchEvent(new Event(kind, {{bubbles: true}}));
        }})()"""
    )


def at(tab: Tab, frame: int) -> None:
    """Wait until the show stands at a frame, and the page shows that it does."""
    tab.until(f"booth.state.frame === {frame} && !booth.state.playing")
    tab.until(f"document.querySelector('#n-composition').innerText.startsWith('{frame} /')")
