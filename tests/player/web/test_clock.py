"""The show's clock goes after the sound of a page: slowly, never back, for hours."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from player.clock import SteeredClock, WallPace
from player.screen.null import NullScreen
from player.screen.screen import clock_of
from player.screen.several import Several
from player.web.screen import WebScreen
from tests.support.web_shows import Page, WebShow, page_of, web_show

HOURS = 3 * 3600


class Crystal:
    """A sound card beside this machine's clock. drift: how much faster it goes, by the second."""

    def __init__(self, drift: float, wander: float = 0.0) -> None:
        self.drift, self.wander, self.gone = drift, wander, 0.0

    def second(self, at: float) -> None:
        self.gone += 1 + self.drift + self.wander * math.sin(2 * math.pi * at / 1800)


def lived(drift: float, wander: float, *, seconds: int = HOURS, noise: float = 0.003) -> tuple[float, float]:
    """A show with such a crystal: the largest error behind the first two minutes, in seconds, and the fastest
    the clock went beside the machine's."""
    dice, now = random.Random(7), [1000.0]
    clock, crystal = SteeredClock(lambda: now[0]), Crystal(drift, wander)
    begun, before = clock(), clock()
    worst = fastest = 0.0
    for second in range(1, seconds + 1):
        now[0] += 1.0
        crystal.second(second)
        said, heard = clock(), begun + crystal.gone
        fastest = max(fastest, abs(said - before - 1.0))
        before = said
        if second > 120:
            worst = max(worst, abs(said - heard))
        # the page knows the server's clock from answers that are some seconds old, and reads its own in steps
        blur = dice.gauss(0, noise) + (dice.random() < 0.01) * 0.05
        clock.follow(said + dice.gauss(0, noise), heard + blur)
    return worst, fastest


@pytest.mark.parametrize(("drift", "wander"), [(0, 0), (120e-6, 20e-6), (-300e-6, 10e-6), (400e-6, 0)])
def test_picture_and_sound_stay_together_for_three_hours(drift: float, wander: float) -> None:
    worst, fastest = lived(drift, wander)
    assert worst < 0.008, worst
    assert fastest <= 500e-6 + 1e-9


def test_a_crystal_that_is_none_is_not_followed_further_than_500_ppm() -> None:
    _, fastest = lived(0.01, 0.0, seconds=600)
    assert fastest <= 500e-6 + 1e-9


def test_what_cannot_be_is_left_aside() -> None:
    now = [50.0]
    clock = SteeredClock(lambda: now[0])
    for _ in range(20):
        now[0] += 1.0
        clock.follow(clock(), clock() + 3600)
        clock.follow(clock() - 3600, clock() - 3600)
    assert clock() == pytest.approx(now[0]) and clock.rate == 1.0


def test_an_error_is_not_worked_off_beyond_the_last_word_of_it() -> None:
    now = [0.0]
    clock = SteeredClock(lambda: now[0])
    for _ in range(5):
        now[0] += 0.01
        clock.follow(clock(), clock() + 0.05)
    now[0] += 3600
    assert 0 < clock() - now[0] <= 0.05


def test_another_page_has_another_crystal() -> None:
    now = [0.0]
    clock = SteeredClock(lambda: now[0])
    for _ in range(60):
        now[0] += 1.0
        clock.follow(clock(), clock() + 0.02)
    assert clock.rate > 1.0001
    before = clock()
    clock.forget()
    assert clock() == before and clock.rate == 1.0


async def _more(page: Page, count: int) -> None:
    await page.until(lambda: len(page.of("clock")) > count)


def test_the_page_that_controls_steers_and_no_other(make: Callable[..., Any]) -> None:
    screen = WebScreen(port=0)

    async def watch(show: WebShow) -> None:
        async with page_of(show) as page, page_of(show) as other:
            await other.until(lambda: other.of("state"))
            for who, ahead in ((other, 0.5), (page, 0.02), (other, 0.5)):
                for _ in range(3):
                    count = len(who.of("clock"))
                    await who.say(type="ping", page=1.25)
                    await _more(who, count)
                    answer = who.of("clock")[-1]
                    assert answer["page"] == 1.25
                    await who.say(type="clock", server=answer["server"], page=answer["server"] + ahead)
            await page.say(type="ping", page=2.0)
            await page.until(lambda: page.of("clock")[-1]["page"] == 2.0)
            assert 1 < screen.clock.rate <= 1 + 500e-6 + 1e-9
            await other.until(lambda: any(event["subtype"] == "WebRefused" for event in other.events))

    with web_show(make(lengths=(4,), encrypted=()), screen) as show:
        asyncio.run(watch(show))


def test_of_several_screens_the_clock_is_that_of_the_page() -> None:
    web, null = WebScreen(port=0), NullScreen()
    assert clock_of(web) is web.clock
    assert clock_of(null) is time.monotonic
    assert clock_of(Several((null, web))) is web.clock


def test_dues_go_by_the_clock_that_is_given() -> None:
    now = [10.0]
    clock = SteeredClock(lambda: now[0])
    pace = WallPace(Fraction(24), clock)
    pace.begin(0, clock() + 1.0)
    now[0] = 11.0
    assert pace.now() == pytest.approx(11.0) and pace.due(24) == pytest.approx(12.0)
