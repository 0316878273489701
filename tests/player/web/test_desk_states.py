"""The page in states of their own: lost and found again, far away, without WebGL2, with a KDM, in 3D."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from browser import Chromium, chromium_path
from desk_page import WITHOUT_WEBGL, at, choose, desk, seeing, words
from shows import distributor_and_theatre, with_kdm

from dcp.package.package import open_package
from dcp.secrets.keys import write_keys
from dcp.timecode import frame_of
from player.plan import plan_show
from player.web.feed import timecodes
from tests.support.web_shows import web_show

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(chromium_path() is None, reason="chromium is not installed"),
]

Make = Callable[..., Any]
NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
LOOKED_AWAY = """let awake = false;
const real = window.requestAnimationFrame.bind(window), asked = [];
window.requestAnimationFrame = (draw) => awake ? real(draw) : asked.push(draw);
window.look = () => { awake = true; asked.splice(0).forEach((draw) => real(draw)); };"""


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is on another machine."""
    monkeypatch.setattr("player.web.server.is_near", lambda address: False)


@contextmanager
def command(root: Path, keys: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`dcpkit play` with its page, in a process of its own, once it says where it is."""
    called = [sys.executable, "-m", "dcpkit", "--lang", "en", "play", str(root), "--keys", str(keys)]
    process = subprocess.Popen([*called, "--output", f"web:{port}"], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        assert any(f":{port}/".encode() in line for line in iter(process.stderr.readline, b""))
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.posix
def test_a_lost_connection_is_told_and_found_again(chromium: Chromium, make: Make, tmp_path: Path) -> None:
    made = make(lengths=(3,))
    keys = tmp_path / "keys.json"
    write_keys(keys, made.keyring)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    with command(made.root, keys, port) as first, desk(chromium, address) as tab:
        seeing(tab)
        first.kill()
        tab.until("document.querySelector('#connection').dataset.state === 'lost'")
        assert words(tab, "#connection") == "Connection lost; trying again"
        assert tab.evaluate("document.querySelector('#play').disabled")
        with command(made.root, keys, port) as second:
            tab.until("document.querySelector('#connection').dataset.state === 'connected'")
            tab.until("document.querySelector('#say').textContent === 'Connected again'")
            for frame in range(3):
                if frame:
                    tab.press("ArrowRight")
                tab.until(f"booth.state.performance.unseen === {2 - frame}")
            late = tab.evaluate("booth.state.performance.late")  # some may be on a busy machine
            second.send_signal(signal.SIGINT)
            tab.until("!document.querySelector('#over').hidden")
            assert words(tab, "#connection") == "The show has ended"
            assert second.wait(20) == (130 if late else 0), "0 when every frame was seen"


def test_far_away_an_encrypted_show_keeps_its_picture_and_says_so(
    chromium: Chromium, make: Make, far: None
) -> None:
    with web_show(make(lengths=(6,))) as show, desk(chromium, show.address) as tab:
        assert "stays on the machine" in words(tab, "#curtain")
        tab.click("#tab-show")
        assert "--allow-remote-picture" in words(tab, "#reduced")
        tab.click("#tab-sound")
        assert "sound of an encrypted show stays" in words(tab, "#no-sound")
        tab.click("#tab-keys")
        assert "encrypted" in words(tab, "#tracks")
        assert tab.evaluate("booth.picture.frame") is None


def test_far_away_a_clear_show_comes_as_jpeg_and_says_what_that_lacks(
    chromium: Chromium, make: Make, far: None
) -> None:
    made = make(lengths=(6,), encrypted=(), size=(320, 180))
    with web_show(made) as show, desk(chromium, show.address) as tab:
        at(seeing(tab), 0)
        for box in ("#display", "#transfer", "#overlay-gamut"):
            assert tab.evaluate(f"document.querySelector('{box}').disabled")
        tab.until("document.querySelector('#probe-note').innerText.includes('JPEG')")
        assert words(tab, "#probe-codes") == "–"
        tab.click("#tab-show")
        assert "not at the machine itself" in words(tab, "#reduced")


def test_without_webgl2_the_picture_comes_all_the_same(chromium: Chromium, make: Make) -> None:
    with web_show(make(lengths=(6,))) as show, desk(chromium, show.address, before=WITHOUT_WEBGL) as tab:
        at(seeing(tab), 0)
        assert tab.evaluate("document.querySelector('#scope').disabled")
        tab.click("#tab-show")
        assert "no WebGL2" in words(tab, "#reduced")


def test_what_stands_in_a_tab_that_nobody_sees_counts_once_somebody_looks(
    chromium: Chromium, make: Make
) -> None:
    with web_show(make(lengths=(1,))) as show:
        with desk(chromium, show.address, before=LOOKED_AWAY) as tab:
            tab.until("globalThis.booth?.presented.late.length")
            late = tab.evaluate("booth.state.performance.shown")
            tab.evaluate("look()")
            tab.until(f"booth.state.performance.shown > {late}")
            at(seeing(tab), 0)
        assert show.end().verdict == "complete"


def test_the_checklist_of_a_kdm_has_a_sentence_a_step_in_the_language_of_the_page(
    chromium: Chromium, make: Make
) -> None:
    begin, end = NOW - timedelta(hours=1), NOW + timedelta(days=7)
    made = make(lengths=(3,))
    request = with_kdm(made, distributor_and_theatre(begin), begin=begin, end=end)
    with web_show(made, kdm=request, keyring=None) as show, desk(chromium, show.address) as tab:
        tab.click("#tab-keys")
        assert words(tab, "#kdm-verdict") == "The KDM was accepted."
        assert words(tab, "#kdm-until") == "Valid until 2028-06-08 12:00 UTC"
        steps = tab.evaluate("[...document.querySelectorAll('#checklist li')].map((each) => each.innerText)")
        assert len(steps) > 25 and all(len(step) > 20 for step in steps)
        assert any("KDM-101" in step and "holds" in step for step in steps)
        choose(tab, "#language", "zh")
        assert words(tab, "#kdm-verdict") == "已接受 KDM。"
        assert "符合" in words(tab, "#checklist li")


def test_of_a_pair_the_page_shows_what_is_chosen(chromium: Chromium, make: Make) -> None:
    made = make(lengths=(3,), stereo=True)
    with web_show(made, view="side-by-side") as show, desk(chromium, show.address) as tab:
        at(seeing(tab), 0)
        assert tab.evaluate("document.querySelector('#eyes').checkVisibility()")
        left = tab.evaluate("[...booth.picture.read(9, 9, 1, 1)]")
        choose(tab, "#eyes", "right")
        right = tab.evaluate("[...booth.picture.read(9, 9, 1, 1)]")
        assert left != right
        choose(tab, "#eyes", "anaglyph")
        mixed = tab.evaluate("[...booth.picture.read(9, 9, 1, 1)]")
        assert mixed == [left[0], *right[1:]]
        wide = "getComputedStyle(document.querySelector('#view')).getPropertyValue('--ratio') * 1"
        one = tab.evaluate(wide)
        choose(tab, "#eyes", "both")
        assert tab.evaluate(wide) == pytest.approx(2 * one)


def test_the_page_counts_as_the_engine_does(chromium: Chromium, make: Make) -> None:
    made = make(lengths=(30, 3), entry=5)
    package = open_package(made.root)
    plan = plan_show(package, package.composition(None), keyring=made.keyring)
    first, second = plan.reels
    quick = replace(plan, reels=(first, replace(second, rate=Fraction(48))))
    with web_show(made) as show, desk(chromium, show.address) as tab:
        tab.evaluate("import('/page/timecode.js').then((module) => { window.count = module; })")
        tab.evaluate("window.quick = structuredClone(booth.show)")
        tab.evaluate("Object.assign(quick.reels[1], {rate: [48, 1], counted: 60})")
        for name, planned in (("booth.show", plan), ("quick", quick)):
            for frame in (0, 1, 29, 30, 32):
                wanted = timecodes(planned, frame)
                found = tab.evaluate(f"count.placesOf({name}, {frame})")
                assert found["composition"] == {"frame": frame, "timecode": wanted["composition"]}
                assert (found["reel"], found["file"]) == (wanted["reel"], wanted["file"])
        for said in (
            "31",
            "00:00:01:04",
            "1:2:3:04",
            "00:00:02",
            "1.5s",
            "0.1875 s",
            "00:01:00;12",
            "0:0:1.520",
        ):
            assert tab.evaluate(f"count.frameOf(booth.show, {said!r})") == frame_of(said, plan.rate)
        for said in ("", "00:00:00:24", "00:61:00:00", "1:2:3:4", "-3", "1:2", "1e3", "FFOC", "١"):
            assert tab.evaluate(f"count.frameOf(booth.show, {said!r})") is None
