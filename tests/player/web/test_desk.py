"""The whole page in a browser, on a real show: every control changes it, everybody can use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from browser import Chromium, Tab, chromium_path
from desk_page import at, choose, desk, seeing, words

from dcp.documents.cpl import Marker, ReelAsset
from tests.player.conftest import make_package
from tests.support.shows import encrypted_units, tamper
from tests.support.titling import cue, titled
from tests.support.web_shows import web_show

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.extra("text"),
    pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed"),
]

TABS = ("picture", "sound", "text", "keys", "log", "show")
AA, AA_LARGE = 4.5, 3.0
MEASURES = (Path(__file__).parents[2] / "support/page_measures.js").read_text("utf-8")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two reels, markers, subtitles and captions; frame 3 is damaged."""
    made = make_package(tmp_path_factory.mktemp("desk") / "film", lengths=(30, 20))
    picture = made.files["picture1.mxf"]
    tamper(picture, encrypted_units(picture, made.keyring.keys[0])[3])
    titled(made, [cue(5, 9)], language="en")
    titled(made, [cue(5, 9, "A DOG BARKS")], kind="ClosedCaption", language="en")
    first, *others = made.cpl.reels
    markers = ReelAsset(
        kind="MainMarkers",
        id=uuid4(),
        edit_rate=Fraction(24),
        intrinsic_duration=30,
        marker_list=(Marker("FFOC", 2), Marker("FFMC", 20)),
    )
    made.cpl = replace(made.cpl, reels=(replace(first, assets=(markers, *first.assets)), *others))
    made.write()
    return made


@pytest.fixture(scope="module")
def shown(chromium: Chromium, film: Any) -> Iterator[tuple[Tab, str]]:
    """A page of the show that one test after the other has, and where it is served."""
    with web_show(film) as show, desk(chromium, show.address) as tab:
        yield seeing(tab), show.origin


@pytest.fixture
def tab(shown: tuple[Tab, str]) -> Tab:
    """The page as it was at first: in English, its first panel, its first frame."""
    page, _ = shown
    page.size(1280, 900)
    choose(page, "#language", "en")
    page.evaluate("document.querySelector('#tab-picture').click(); document.activeElement.blur()")
    page.evaluate("booth.socket.command('pause'); booth.socket.command('seek', 0)")
    at(page, 0)
    return page


def test_every_control_of_the_transport_moves_the_show(chromium: Chromium, film: Any) -> None:
    with web_show(film) as show:
        with desk(chromium, show.address) as tab:
            at(seeing(tab), 0)
            for button, frame in (
                ("#step-on", 1), ("#second-on", 25), ("#step-back", 24), ("#second-back", 0),
                ("#to-last", 49), ("#to-first", 0), ("#next-marker", 2), ("#next-marker", 20),
                ("#marker-before", 2),
            ):  # fmt: skip
                tab.click(button)
                at(tab, frame)
            for said, frame in (("31", 31), ("00:00:01:04", 28), ("ffmc", 20), ("1.5s", 36)):
                choose(tab, "#goal", said)
                tab.click("#go")
                at(tab, frame)
            assert words(tab, "#tc-composition") == "00:00:01:12"
            assert (words(tab, "#name-reel"), words(tab, "#n-reel")) == ("Reel 2", "6")
            assert (words(tab, "#tc-file"), words(tab, "#n-file")) == ("00:00:00:06", "6")
            for said, why in (("50", "lies outside"), ("nowhere", "no frame"), ("00:00:61:00", "no frame")):
                choose(tab, "#goal", said)
                tab.click("#go")
                assert why in words(tab, "#go-wrong")
            choose(tab, "#markers", "20")
            at(tab, 20)
            tab.click("#timeline", 0.5, 0.3)
            at(tab, 25)
            tab.click("#loop")
            tab.until("booth.state.loop && document.querySelector('#loop').ariaPressed === 'true'")
            tab.click("#loop")
            tab.until("!booth.state.loop")
            tab.click("#play")
            tab.until("booth.state.playing && document.querySelector('#play').ariaLabel === 'Pause'")
            tab.click("#play")
            tab.until("!booth.state.playing && document.querySelector('#play').ariaLabel === 'Play'")
            tab.click("#stop")
            assert tab.evaluate("document.querySelector('#sure').open")
            tab.click("#yes-stop")
            tab.until("!document.querySelector('#over').hidden")
            assert words(tab, "#over") == "The show was stopped before every frame was shown."
            assert tab.evaluate("document.querySelector('#play').disabled")
        assert show.wait().verdict == "stopped"


def test_the_keys_do_what_the_page_lists(tab: Tab) -> None:
    for key, more, frame in (
        ("ArrowRight", (), 1), ("ArrowRight", ("shift",), 25), ("ArrowLeft", (), 24), ("j", (), 0),
        ("End", (), 49), ("ArrowLeft", ("shift",), 25), ("Home", (), 0), ("m", (), 2), ("m", (), 20),
        ("M", ("shift",), 2),
    ):  # fmt: skip
        tab.press(key, *more)
        at(tab, frame)
    tab.press("g")
    tab.type("00:00:01:00")
    tab.press("Enter")
    at(tab, 24)
    tab.press("Escape")
    tab.press("L", "shift")
    tab.until("booth.state.loop")
    for key, playing in ((" ", "true"), ("k", "false"), ("l", "true"), (" ", "false")):
        tab.press(key)
        tab.until(f"booth.state.playing === {playing}")
    tab.press("t")
    tab.until("booth.state.subtitles === 'off'")
    tab.press("t")
    tab.until("booth.state.subtitles === 'on'")
    tab.press("a")
    assert tab.evaluate("booth.sound.state().volume") == 0
    tab.press("a")
    assert tab.evaluate("booth.sound.state().volume") == 1
    tab.press("L", "shift")
    tab.until("!booth.state.loop")
    assert tab.evaluate("document.querySelector('#step-on').title") == "One frame on (→)"
    tab.press("?", "shift")
    assert tab.evaluate("document.querySelector('#help').open")
    assert tab.evaluate("document.querySelectorAll('#key-rows tr').length") >= 15
    tab.press("m")  # a list is read, nothing else
    tab.press("Escape")
    assert not tab.evaluate("document.querySelector('#help').open")
    tab.evaluate("document.querySelector('#timeline').focus()")
    tab.press("Home")
    at(tab, 0)
    tab.press("ArrowUp")
    at(tab, 1)
    assert tab.evaluate("document.querySelector('#timeline').ariaValueNow") == "1"
    assert tab.evaluate("document.querySelector('#timeline').ariaValueText") == "frame 1, 00:00:00:01, reel 1"


def test_the_instruments_of_picture_sound_and_text(tab: Tab) -> None:
    tab.press("ArrowRight")
    at(tab, 1)
    tab.until("Math.abs(parseInt(document.querySelector('#probe-codes').innerText) - 460) < 4")
    codes = [int(code) for code in words(tab, "#probe-codes").split()]
    assert len(codes) == 3 and all(abs(code - 460) < 4 for code in codes)  # the grey of frame 1
    light = 52.37 * (codes[1] / 4095) ** 2.6
    assert float(words(tab, "#probe-light")) == pytest.approx(light, abs=0.02)
    one = tab.evaluate("[...booth.picture.read(4, 4, 1, 1)]")
    choose(tab, "#display", "pq")
    assert tab.evaluate("[...booth.picture.read(4, 4, 1, 1)]") != one
    choose(tab, "#transfer", "linear")
    assert tab.evaluate("booth.picture.settings.transfer") == "linear"
    choose(tab, "#scope", "waveform")
    tab.until("!document.querySelector('#scope-view').hidden")
    for box in ("overlay-gamut", "guide-2.39", "guide-title", "guide-centre"):
        tab.evaluate(f"document.getElementById('{box}').click()")
    assert tab.evaluate("booth.picture.settings.overlay.gamut")
    drawn = """(() => { const lines = document.querySelector('#guide-lines');
      const data = lines.getContext('2d').getImageData(0, 0, lines.width, lines.height).data;
      return data.some((value) => value); })()"""
    assert tab.evaluate(drawn)

    tab.click("#tab-sound")
    assert tab.evaluate("document.querySelectorAll('#channels tr').length") == 2
    assert words(tab, "#channels th") == "L"
    for row, button, state in ((0, 0, "solo"), (1, 1, "muted")):
        tab.evaluate(
            f"document.querySelectorAll('#channels tr')[{row}].querySelectorAll('button')[{button}].click()"
        )
        assert tab.evaluate(f"booth.sound.state().{state}") == [row]
    choose(tab, "#delay", "40")
    choose(tab, "#volume", "50")
    choose(tab, "#route", "direct")
    choose(tab, "#channels .delay input", "12")
    now = tab.evaluate("booth.sound.state()")
    assert (now["offset"], now["volume"], now["delays"][0]) == (0.04, 0.5, 0.012)
    assert "channel" in words(tab, "#route-note")
    tab.click("#mute-all")
    assert tab.evaluate("booth.sound.state().volume") == 0

    tab.click("#tab-text")
    assert words(tab, "#captions") == "No caption at this frame"
    choose(tab, "#goal", "6")
    tab.click("#go")
    at(tab, 6)
    tab.until("document.querySelector('#captions').innerText.includes('A DOG BARKS')")
    assert tab.evaluate("document.querySelector('#captions p').lang") == "en"
    tab.click("#announce")
    assert tab.evaluate("document.querySelector('#captions').ariaLive") == "polite"
    tab.click("#announce")
    assert tab.evaluate("document.querySelector('#captions').ariaLive") == "off"
    choose(tab, "#subtitles", "off")
    tab.until("booth.state.subtitles === 'off'")
    choose(tab, "#subtitles", "en")
    tab.until("booth.state.subtitles === 'en'")


def test_what_is_told_beside_the_picture(tab: Tab) -> None:
    choose(tab, "#goal", "3")
    tab.click("#go")
    at(tab, 3)
    tab.until("document.querySelectorAll('#timeline .damaged rect').length === 1")
    assert "1 damaged frame" in words(tab, "#timeline-says")
    assert tab.evaluate("document.querySelectorAll('#timeline .reels rect').length") == 2
    assert tab.evaluate("document.querySelectorAll('#timeline .markers path').length") == 2
    tab.click("#tab-log")
    tab.until("document.querySelectorAll('#events .problem').length >= 1")
    assert "Show begun" in words(tab, "#events")
    all_events = tab.evaluate("document.querySelectorAll('#events li').length")
    tab.click("#problems")
    assert 0 < tab.evaluate("document.querySelectorAll('#events li').length") < all_events
    tab.click("#tab-show")
    assert int(words(tab, "#value-shown")) >= 1
    assert "8 bits a channel" in words(tab, "#reduced")
    assert "dcpkit verify" in words(tab, "#notes")
    assert "is slow" not in words(tab, "#reduced")
    tab.evaluate(LATE)
    tab.until("document.querySelector('#reduced').innerText.includes('is slow')")
    report = tab.evaluate("fetch('/report.json').then((answer) => answer.json())")
    page = "fetch(document.querySelector('#report-page').href).then((answer) => answer.text())"
    assert "Player test" in tab.evaluate(page)
    assert report["frames_shown"] >= 1 and report["title"] == "Player test"
    tab.click("#tab-keys")
    assert "without a KDM" in words(tab, "#kdm-verdict")
    assert "Reel 1, Picture, encrypted" in words(tab, "#tracks")


def test_at_every_width_in_light_and_dark_all_is_readable(tab: Tab) -> None:
    tab.evaluate(MEASURES)
    for scheme in ("light", "dark"):
        tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for width, height in ((360, 740), (768, 1024), (1280, 800)):
            tab.size(width, height)
            for name in TABS:
                tab.evaluate(f"document.querySelector('#tab-{name}').click()")
                assert tab.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), (width, name)
                assert tab.evaluate("measures.outside()") == [], (width, name)
                thin = [
                    each
                    for each in tab.evaluate("measures.contrasts()") if width == 1280
                    if each[0] < (AA_LARGE if each[1] else AA)
                ]  # fmt: skip
                assert thin == [], (scheme, name)


LATE = """for (let n = 0; n < 48; n++) booth.presented.take({ serial: -1 - n, number: 0, due: 0,
  generation: booth.state.generation, picture: null })"""
LOUD = """[...document.querySelectorAll(
  "[aria-live]:not([aria-live=off]), [role=alert], [role=status]")].map((each) => each.id)"""
WATCHED = """(() => { window.changes = 0;
  const watcher = new MutationObserver(() => window.changes++);
  const all = { childList: true, subtree: true, characterData: true };
  for (const id of ["go-wrong", "over", "say"]) watcher.observe(document.getElementById(id), all); })()"""
REACHED = """(() => { const at = document.activeElement;
  if (at === document.body) return null;
  const style = getComputedStyle(at);
  const labels = [...(at.labels ?? [])].map((label) => label.innerText).join(" ");
  const name = at.ariaLabel || labels || at.innerText || at.value;
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const shown = seen || at.classList.contains("skip");
  return [at.id || at.tagName + (at.closest("[id]")?.id ?? ""), (name || "").trim(), shown];
})()"""
FOCUSABLE = """[...document.querySelectorAll("a[href], button, input, select, [tabindex='0']")]
  .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0)
  .map((each) => each.id || each.tagName + (each.closest("[id]")?.id ?? ""))"""


def test_all_is_reached_by_tab_with_a_visible_focus_and_a_name(tab: Tab) -> None:
    for name in TABS:
        tab.evaluate(
            f"document.querySelector('#tab-{name}').click(); document.querySelector('.skip').focus()"
        )
        wanted = tab.evaluate(FOCUSABLE)
        found = [tab.evaluate(REACHED)]
        for _ in range(len(wanted) + 3):
            tab.press("Tab")
            here = tab.evaluate(REACHED)
            if here is None or here[0] == found[0][0]:
                break
            found.append(here)
        assert {each[0] for each in found} == {*wanted}, name
        assert [each for each in found if not each[1] or not each[2]] == [], name
    tab.evaluate("document.querySelector('#tab-picture').focus()")
    tab.press("ArrowRight")
    assert tab.evaluate("document.activeElement.id") == "tab-sound"
    assert tab.evaluate("document.querySelector('#panel-sound').checkVisibility()")


def test_in_chinese_no_english_sentence_and_no_bare_id_is_left(tab: Tab) -> None:
    choose(tab, "#language", "zh")
    assert tab.evaluate("document.documentElement.lang") == "zh-CN"
    for name in TABS:
        tab.evaluate(f"document.querySelector('#tab-{name}').click()")
        said = tab.evaluate(
            """(() => { const copy = document.body.cloneNode(true);
              for (const each of copy.querySelectorAll("[lang=en], script, noscript")) each.remove();
              const labels = [...copy.querySelectorAll("[aria-label], [placeholder], [title]")]
                .flatMap((each) => [each.ariaLabel, each.placeholder, each.title]);
              return copy.innerText + "\\n" + labels.join("\\n"); })()"""
        )
        assert "画面" in said
        assert re.findall(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", said) == []
        assert re.findall(r"^[a-z]+(?:[.-][a-z0-9]+)+$", said, re.M) == []
    choose(tab, "#language", "en")
    assert words(tab, "#tab-picture") == "Picture"


def test_nothing_is_asked_elsewhere_and_the_browser_has_nothing_to_complain_of(
    tab: Tab, shown: tuple[Tab, str]
) -> None:
    for name in TABS:
        tab.click(f"#tab-{name}")
    tab.press("ArrowRight")
    at(tab, 1)
    asked = tab.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert len(asked) > 15 and all(each.startswith(shown[1]) for each in asked)
    assert tab.said() == []
    loud = tab.evaluate(LOUD)
    assert sorted(loud) == ["go-wrong", "over", "say"]  # and none of them changes with the frames
    tab.evaluate(WATCHED)
    tab.press(" ")
    tab.until("booth.state.frame > 20", 20)
    tab.click("#tab-sound")
    tab.until("/[0-9]/.test(document.querySelector('#channels .figure').innerText)")  # a true peak
    tab.until("/LUFS/.test(document.querySelector('#momentary').innerText)")
    assert tab.evaluate("window.changes") <= 4  # played, and at its end paused, each after a blank


def test_a_second_page_looks_on_and_may_take_over(chromium: Chromium, film: Any) -> None:
    with web_show(film) as show, desk(chromium, show.address) as first:
        at(seeing(first), 0)
        with desk(chromium, show.address, width=768) as second:
            assert "somebody else controls" in words(second, "#role")
            assert second.evaluate("document.querySelector('#play').disabled")
            second.click("#tab-show")
            assert "You are a viewer" in words(second, "#reduced")
            second.press(" ")
            second.click("#ask")
            second.until("document.querySelector('#say').textContent.includes('ask again')")
            assert not first.evaluate("booth.state.playing")
            first.close()
            second.until("document.querySelector('#say').textContent.includes('you may take control')")
            second.click("#ask")
            second.until("document.querySelector('#ask').hidden")
            second.press("End")
            at(second, 49)
