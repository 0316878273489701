"""A show in a page: begun, shown in its order, acknowledged, ended; who comes and who goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.support.web_shows import page_of, unhurried


def test_a_show_begins_paused_is_played_in_order_and_stays_at_its_end(make: Callable[..., Any]) -> None:
    made = make(lengths=(30,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.of("state") and page.frames)
            assert page.heard[0]["type"] == "hello" and page.heard[0]["role"] == "controller"
            assert page.numbers == [0] and not page.state["playing"]
            await page.command("play")
            await page.until(lambda: len(page.frames) >= 30)
            assert page.numbers == list(range(30))
            await page.until(lambda: page.state["performance"]["shown"] == 30)
            assert page.state["frame"] == 29 and not page.state["playing"] and not page.of("over")
            assert len(page.sounds) == 30
            first = np.frombuffer(page.payloads[3], "<u2").reshape(144, 256, 3)
            assert abs(float(first.mean()) - 580) < 2
            await page.command("stop")
            await page.until(lambda: page.of("over"))
            assert page.of("over")[0]["verdict"] == "complete"

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.wait()
    assert report.verdict == "complete" and report.exit_code == 0
    assert report.frames_shown == 30 and report.frames_dropped == 0
