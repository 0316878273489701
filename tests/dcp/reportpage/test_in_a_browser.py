"""The page as a browser lays it out: nothing wider than the screen, no word broken, all of it legible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Chromium, Tab, browser, chromium_path, pages_of
from screens import REPORTS
from screens import page as html_of

from dcp.texts.catalogue import LANGUAGES

WIDTHS = (390, 768, 1280)
SHOWN = (
    "failed-en",
    "failed-zh",
    "verify-no-keys-en",
    "play-no-keys-zh",
    "trace-good-zh",
    "evidence-read-zh",
)
"""The ends of the names of the reports that are looked at here; `make screenshots` draws all of them."""
LOOKED_AT = [
    (name, language) for language in LANGUAGES for name in REPORTS if f"{name}-{language}".endswith(SHOWN)
]
AA, AA_LARGE = 4.5, 3.0
MOST_PAGES = 7

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed"),
]

MEASURES = (Path(__file__).parents[2] / "support/page_measures.js").read_text("utf-8")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module", params=LOOKED_AT, ids="-".join)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, language = request.param
    path = tmp_path_factory.mktemp("page") / f"{name}-{language}.html"
    path.write_text(html_of(name, language), "utf-8")
    return path


def shown(chromium: Chromium, page: Path, **how: Any) -> Tab:
    tab = chromium.open(page, **how)
    tab.evaluate(MEASURES)
    return tab


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen_and_no_word_is_broken(
    chromium: Chromium, page: Path, width: int
) -> None:
    tab = shown(chromium, page, width=width)
    for _ in ("as it opens", "with all that is folded"):
        assert tab.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        assert tab.evaluate("measures.outside()") == []
        assert tab.evaluate("measures.broken()") == []
        assert tab.evaluate("measures.cut()") == []
        tab.evaluate("measures.openAll()")


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_stands_out_from_its_ground(chromium: Chromium, page: Path, dark: bool) -> None:
    tab = shown(chromium, page, width=1280, dark=dark)
    tab.evaluate("measures.openAll()")
    texts: list[Any] = tab.evaluate("measures.contrasts()")
    assert len(texts) > 20
    assert [each for each in texts if each[0] < (AA_LARGE if each[1] else AA)] == []


def test_in_print_what_is_folded_is_open_and_it_takes_few_sheets(chromium: Chromium, page: Path) -> None:
    tab = shown(chromium, page, width=794, media="print", dark=True)
    assert tab.evaluate("measures.hidden()") == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert 1 <= pages_of(tab.pdf()) <= MOST_PAGES


def test_the_page_fetches_nothing_and_runs_nothing(page: Path) -> None:
    html = page.read_text("utf-8")
    assert "<script" not in html and "onclick" not in html
    assert "default-src 'none'" in html
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "/media/operator" not in html
