"""The page on the real server: frames in order and each once, picture and sound together as they come out."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from tests.support.booth_pages import LISTEN, PACE, WATCH, in_time, open_booth
from tests.support.browser import Chromium, Tab, browser, chromium_path
from tests.support.web_shows import WebShow, web_show

pytestmark = pytest.mark.skipif(chromium_path() is None, reason="no Chromium on this machine")
Make = Callable[..., Any]
SIZE = (256, 144)
FRAMES = 72
FLASHES = (12, 36, 60)
"""A second apart, over the end of a loop too."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with browser(webgl=True) as found:
        yield found


@functools.cache
def flat(bright: bool) -> bytes:
    image = np.full((SIZE[1], SIZE[0], 3), 3800 if bright else 100, np.uint16)
    return codec_by_name().encode(image, limits=frame_limits(Fraction(24)))


def film(make: Make) -> Any:
    """White frames that begin with a click."""

    def click(number: int, unit: bytes) -> bytes:
        block = bytearray(len(unit))
        if number in FLASHES:
            block[: 3 * 2 * 96] = b"\x00\x00\x60" * 2 * 96
        return bytes(block)

    return make(
        lengths=(FRAMES,), size=SIZE, sound_unit=click, encrypted=(), picture=lambda n, *_: flat(n in FLASHES)
    )


@contextmanager
def playing(chromium: Chromium, made: Any, **options: Any) -> Iterator[tuple[Tab, WebShow]]:
    with web_show(made, **options) as show:
        tab = open_booth(chromium, show)
        tab.evaluate("booth.sound.start()", gesture=True)
        tab.evaluate("booth.socket.command('play')")
        tab.until("booth.sound.context() !== null")
        tab.evaluate(PACE)
        with in_time(lambda: list(tab.evaluate("pace()"))):
            tab.until("booth.presented.presented.length > 2 && booth.sound.state().blocks > 2")
            yield tab, show
        tab.close()


def apart(tab: Tab) -> list[float]:
    """By how many milliseconds each click is behind its flash."""
    flashes, clicks, unsure, acks = tab.evaluate("[seen.flashes, heard.clicks, heard.unsure, seen.acks]")
    presented = {serial for serial, outcome in acks if outcome == "presented"}
    found = []
    for serial, flash in flashes[:-1]:  # of the last one the click may not be found yet
        if serial not in presented:
            continue
        nearest = min([*clicks, *unsure], key=lambda click: abs(click - flash), default=None)
        if nearest in clicks:
            found.append(nearest - flash)
    return found


def heard(tab: Tab, least: int, timeout: float = 60.0) -> list[float]:
    """As `apart`, once so many clicks are sure."""
    until = time.monotonic() + timeout
    while len(found := apart(tab)) < least:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(found)} of {least} clicks are sure after {timeout:.0f} s")
        time.sleep(0.2)
    return found


def watched(
    chromium: Chromium, made: Any, until: str, timeout: float, then: Callable[[Tab], None] = lambda tab: None
) -> tuple[list[float], dict[str, Any]]:
    """Play a loop until this is so and four clicks are sure; what is done then is no part of it."""
    with playing(chromium, made, loop=True) as (tab, show):
        tab.evaluate(WATCH)
        tab.evaluate(LISTEN)
        tab.until(until, timeout)
        differences = heard(tab, 4)
        told = tab.evaluate(
            "({acks: seen.acks, presented: booth.presented.presented.map(({serial}) => serial),"
            " late: booth.presented.late,"
            " sound: booth.sound.state(), ahead: booth.clock.ahead(), doubt: booth.clock.doubt(),"
            " pace: pace(), leads: booth.clock.leads(),"
            " errors: booth.presented.presented.map(({at, due}) => at - due)})"
        )
        then(tab)
        tab.evaluate("booth.socket.command('stop')")
        told["report"] = show.wait()
        told["said"] = tab.said()
    return differences, told


def together(differences: list[float], told: dict[str, Any]) -> None:
    """In order, none twice, each flash that counts as presented within half a frame of its click."""
    acks = [serial for serial, _ in told["acks"]]
    assert acks == sorted(set(acks))
    presented = [serial for serial, outcome in told["acks"] if outcome == "presented"]
    ring = [serial for serial in told["presented"] if serial >= acks[0]]
    assert presented[-len(ring) :] == ring
    assert told["leads"] and told["said"] == []
    far = sorted(differences)
    assert max(map(abs, far)) <= 1000 / 24 / 2, far[:5] + far[-5:]


def test_240_frames_in_order_none_twice_and_clicks_with_their_flashes(chromium: Chromium, make: Make) -> None:
    presented = "seen.acks.filter(([, outcome]) => outcome === 'presented').length"
    moved: list[float] = []

    def later(tab: Tab) -> None:
        """The sound is moved, the picture stays."""
        tab.evaluate("booth.sound.set({offset: 0.12})")
        tab.evaluate("new Promise((done) => setTimeout(done, 700))")
        tab.evaluate("seen.flashes = []; heard.clicks = []; heard.unsure = [];")
        moved.extend(heard(tab, 2))

    differences, told = watched(chromium, film(make), f"{presented} >= 240", 100, later)
    assert all(abs(each - 120) <= 1000 / 24 / 2 for each in moved), moved
    together(differences, told)
    assert len(told["presented"]) >= 240
    assert len(told["presented"]) <= told["report"].frames_shown


def test_a_pause_stands_at_what_is_seen_and_loses_nothing(chromium: Chromium, make: Make) -> None:
    with playing(chromium, film(make)) as (tab, show):
        tab.until("booth.presented.shown()?.number >= 20")
        tab.press(" ")  # as who sits there does
        tab.until("!booth.state.playing")
        tab.evaluate("new Promise((done) => setTimeout(done, 300))")
        still = tab.evaluate(
            "[booth.state.frame, booth.presented.shown().number, booth.presented.presented.length,"
            " booth.clock.leads()]"
        )
        assert still[0] == still[1] and not still[3]
        tab.press(" ")
        tab.until(f"booth.presented.shown().number === {FRAMES - 1}")
        seen = tab.evaluate("booth.presented.presented.map(({number}) => number)")
        late = tab.evaluate("booth.presented.late.map(({number, why}) => [number, why])")
        tab.evaluate("booth.socket.command('stop')")
        report = show.wait()
    assert seen == sorted(set(seen)), "none twice"
    assert seen[still[2]] > still[0] and all(number > still[0] for number in seen[still[2] :])
    again = {number for number, why in late if why == "void"}
    assert again <= {*range(still[0] + 1, still[0] + 8)}, "only what was on its way"
    missed = {frame for first, last in report.late for frame in range(first, last + 1)}
    # the last frame comes once more where it was not seen
    assert len(missed) + report.frames_shown == FRAMES + (FRAMES - 1 in missed)


@pytest.mark.soak
@pytest.mark.parametrize("seconds", [60, 600])
def test_minutes_of_flash_and_click(chromium: Chromium, make: Make, seconds: int) -> None:
    past = f"performance.now() - seen.begun > {1000 * seconds}"
    differences, told = watched(chromium, film(make), past, seconds + 60)
    assert len(differences) >= seconds / 6
    together(differences, told)
    worst, late = max(map(abs, differences)), len(told["late"])
    print(f"{seconds} s: {len(differences)} flashes, {worst:.1f} ms at most, {late} frames late")
