"""Who sits at a show in a page: one who controls, others who look; who goes, who comes again, nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import cv2
import numpy as np
import pytest

from dcp.errors import DcpError
from player.log.journal import Journal
from player.screen.several import together
from player.screen.wav import WavScreen
from player.web import hub, line, peer, server
from player.web.screen import WebScreen
from tests.support.shows import SECRET
from tests.support.web_shows import Page, WebShow, page_of, unhurried

Make = Callable[..., Any]


def notes(report: Any, subtype: str) -> list[str]:
    return [event.message for event in report.events if event.subtype == subtype]


def test_a_dropped_connection_loses_no_frame(make: Make) -> None:
    made = make(lengths=(40,), encrypted=())

    async def watch() -> None:
        async with page_of(show, query="?page=" + "a" * 32) as first:
            await first.until(lambda: first.frames)
            await first.command("play")
            await first.until(lambda: len(first.frames) >= 10)
            first.acks = False
            await first.until(lambda: len(first.frames) >= 12)
        await asyncio.sleep(0.3)
        async with page_of(show, query="?page=" + "b" * 32) as again:
            await again.until(lambda: again.performance["shown"] >= 40)
            assert again.numbers[0] == 10 and again.numbers[-1] == 39
            assert again.of("hello")[0]["role"] == "controller"
            await again.command("stop")
            await again.until(lambda: again.of("over"))

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.wait()
    assert report.verdict == "complete"
    assert (report.frames_shown, report.frames_dropped, report.runs) == (40, 0, ((0, 39),))


def test_nobody_there_the_show_waits_and_then_goes_on(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "WAIT", 0.5)
    made = make(lengths=(48,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as first:
            await first.until(lambda: first.frames)
            await first.command("play")
            await first.until(lambda: len(first.frames) >= 6)
        await asyncio.sleep(3.5)
        async with page_of(show) as again:
            await again.until(lambda: again.frames)
            assert again.numbers == [47] and again.state["frame"] == 47 and not again.state["playing"]
            await again.command("stop")
            await again.until(lambda: again.of("over"))
            assert again.of("over")[0]["verdict"] == "stopped"

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.wait()
    assert report.verdict == "stopped" and report.exit_code == 1
    assert 30 < report.frames_dropped < 48 and len(notes(report, "NobodyThere")) == 1


def test_a_show_that_stands_waits_as_long_as_nobody_comes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "WAIT", 0.1)
    made = make(lengths=(3,), encrypted=())

    async def watch() -> None:
        await asyncio.sleep(0.6)
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            assert page.numbers == [0] and page.performance["late"] == 0

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert not notes(report, "NobodyThere") and report.frames_shown == 1
    assert report.verdict == "stopped", "it was ended before all was seen"


def test_a_show_that_nobody_watches_ends_at_once_when_it_is_told_to(make: Make) -> None:
    made = make(lengths=(48,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            await page.command("play")
            await page.until(lambda: len(page.frames) >= 3)
            page.acks = False
            await page.until(lambda: len(page.frames) >= 5)

    with unhurried(made) as show:
        asyncio.run(watch())
        begun = time.monotonic()
        report = show.end()
    assert time.monotonic() - begun < 4, "it does not wait for word of frames whose page is gone"
    assert report.verdict == "stopped"


def test_a_viewer_looks_and_does_not_control(make: Make) -> None:
    made = make(lengths=(24,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            async with page_of(show) as viewer:
                await viewer.until(lambda: viewer.frames)
                assert viewer.numbers == [0], "the frame that stands there"
                await viewer.command("play")
                await viewer.say(type="control")
                await viewer.until(lambda: len(viewer.of("role")) >= 2)
                assert viewer.of("role")[-1] == {"type": "role", "role": "viewer", "free": False}
                assert not page.state["playing"]
                await page.command("play")
                await viewer.until(lambda: len(viewer.frames) > 5)
                shared = set(viewer.numbers) & set(page.numbers)
                assert {f["number"]: f["serial"] for f in viewer.frames if f["number"] in shared}
            await page.until(lambda: page.performance["shown"] == 24)

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.verdict == "complete" and report.frames_dropped == 0
    assert len(notes(report, "WebRefused")) == 2


def test_viewers_that_take_nothing_hold_nothing_up(make: Make) -> None:
    made = make(lengths=(48,), encrypted=(), size=(1024, 540))

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            deaf = [await _deaf(show) for _ in range(3)]
            async with page_of(show, acks=False):
                await page.command("play")
                await page.until(lambda: page.performance["shown"] + page.performance["late"] >= 48)
            for _, writer in deaf:
                writer.close()

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.frames_shown > 24


async def _deaf(show: WebShow) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket of a page that never reads."""
    host, port = show.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(
        f"GET /socket HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {show.origin}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    await writer.drain()
    return reader, writer


def test_the_controllers_place_is_free_when_he_goes(make: Make) -> None:
    made = make(lengths=(12,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as viewer_to_be:
            await viewer_to_be.until(lambda: viewer_to_be.frames)
            async with page_of(show) as viewer:
                await viewer.until(lambda: viewer.frames)
                await viewer_to_be.socket.close()
                await viewer.until(lambda: any(each["free"] for each in viewer.of("role")))
                await viewer.say(type="control")
                await viewer.until(lambda: viewer.of("role")[-1]["role"] == "controller")
                await viewer.command("play")
                await viewer.until(lambda: viewer.performance["shown"] >= 12)

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.verdict == "complete"


def test_a_page_that_comes_again_takes_its_own_place(make: Make) -> None:
    """Its old connection may hang for a while: it is known by the number that it gave itself."""
    made = make(lengths=(6,), encrypted=())

    async def watch() -> None:
        query = "?page=" + "0123456789abcdef" * 2
        async with page_of(show, query=query) as hanging:
            await hanging.until(lambda: hanging.frames)
            async with page_of(show) as viewer:
                await viewer.until(lambda: viewer.of("hello"))
                async with page_of(show, query=query) as again:
                    await again.until(lambda: again.of("hello"))
                    assert again.of("hello")[0]["role"] == "controller"
                    await hanging.until(lambda: hanging.gone)
                    await again.until(lambda: again.frames)

    with unhurried(made) as show:
        asyncio.run(watch())


def test_a_page_that_never_came_in_keeps_no_place(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(lengths=(6,), encrypted=())
    told = Mock(side_effect=[ValueError("once"), *[{}] * 9])
    monkeypatch.setattr("player.web.feed.show_document", told)

    async def watch() -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with page_of(show):
                pass
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            assert page.of("hello")[0]["role"] == "controller"

    with unhurried(made) as show:
        asyncio.run(watch())


def test_a_page_that_hangs_is_late_and_gets_no_more(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "STALL", 0.3)
    made = make(lengths=(48,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            page.acks = False
            await page.command("play")
            await page.until(lambda: page.performance["late"] >= 47)
            assert len(page.frames) < 10
            page.acks = True
            await page.say(type="ack", serial=page.frames[-1]["serial"], outcome="late")
            await page.until(lambda: page.numbers[-1] == 47)

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.verdict == "stopped" and report.frames_dropped >= 46


# --- what leaves the machine -----


def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page is another machine's."""
    monkeypatch.setattr(server, "is_near", lambda address: False)


async def seen(show: WebShow, frames: int) -> Page:
    async with page_of(show) as page:
        await page.until(lambda: page.of("state"))
        await page.command("play")
        if frames:
            await page.until(lambda: len(page.frames) >= frames)
        else:
            await page.until(lambda: page.of("state") and page.state["playing"])
            await asyncio.sleep(1.0)
        return page


def test_encrypted_content_does_not_leave_the_machine(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    far(monkeypatch)
    made = make(lengths=(24,))
    with unhurried(made) as show:
        page = asyncio.run(seen(show, 0))
        report = show.end()
    assert page.of("hello")[0]["picture"] == "none" and page.of("show")
    assert not page.frames and not page.sounds and not page.of("captions")
    assert report.frames_shown == 0 and not notes(report, "RemotePicture")


def test_it_does_when_that_is_allowed_and_the_log_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    far(monkeypatch)
    made = make(lengths=(8,), size=(1024, 540))
    marks = {"location": 3, "secret": SECRET}
    with unhurried(made, WebScreen(port=0, remote_picture=True), **marks) as show:
        page = asyncio.run(seen(show, 8))
        report = show.end()
    assert page.of("hello")[0]["picture"] == "jpeg"
    picture = page.frames[3]["picture"]
    assert picture["encoding"] == "jpeg" and (picture["width"], picture["height"]) == (1024, 540)
    assert cv2.imdecode(np.frombuffer(page.payloads[3], np.uint8), cv2.IMREAD_COLOR).shape == (540, 1024, 3)
    assert report.marked and report.mark.dither is not None and len(notes(report, "RemotePicture")) == 1
    assert page.sounds


def test_clear_content_goes_as_jpeg_with_the_same_serials(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page near by, one in the hall."""
    made = make(lengths=(8,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as near:
            await near.until(lambda: near.frames)
            far(monkeypatch)
            async with page_of(show) as hall:
                await hall.until(lambda: hall.frames)
                await near.command("play")
                await hall.until(lambda: hall.numbers[-1] == 7)
                await near.until(lambda: near.numbers[-1] == 7)
                assert near.frames[0]["picture"]["encoding"] == "xyz12"
                assert hall.frames[0]["picture"]["encoding"] == "jpeg"
                by_number = {frame["number"]: frame["serial"] for frame in near.frames}
                assert all(by_number[frame["number"]] == frame["serial"] for frame in hall.frames)

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert not notes(report, "RemotePicture")


def test_who_controls_without_a_picture_leaves_the_screen_to_who_has_one(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(lengths=(6,))

    async def watch() -> None:
        far(monkeypatch)
        async with page_of(show) as tablet:
            await tablet.until(lambda: tablet.of("hello"))
            monkeypatch.setattr(server, "is_near", lambda address: True)
            async with page_of(show) as booth:
                await booth.until(lambda: booth.frames)
                assert booth.of("hello")[0]["role"] == "viewer"
                await tablet.command("play")
                await tablet.until(lambda: tablet.performance["shown"] == 6)
                assert booth.sounds and not tablet.frames and not tablet.sounds

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.verdict == "complete"


# --- what else there is -----


def test_the_report_so_far(make: Make) -> None:
    made = make(lengths=(6,), encrypted=())

    async def look() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.performance["shown"] == 1)
            async with aiohttp.ClientSession() as session:
                async with session.get(show.address + "report.json") as answer:
                    report = json.loads(await answer.text())
                async with session.get(show.address + "report.html") as answer:
                    html = await answer.text()
                    assert "script" not in answer.headers["Content-Security-Policy"]
        assert report["schema"] == "dcpkit.play/1" and report["frames_shown"] == 1
        assert "Player test" in html

    with unhurried(made) as show:
        asyncio.run(look())


def test_a_file_beside_the_page_stays_when_all_was_seen(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(12,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            await page.command("play")
            await page.until(lambda: page.performance["shown"] == 12)

    wav = tmp_path / "sound.wav"
    page = WebScreen(port=0)
    with unhurried(made, page, screen_of=lambda: together([page, WavScreen(wav)])) as show:
        asyncio.run(watch())
        report = show.end()
    assert report.verdict == "complete"
    assert wav.stat().st_size > 12 * 2000 * 6


def test_a_marker_that_is_none_is_a_sentence_in_both_languages(make: Make) -> None:
    made = make(lengths=(3,), encrypted=())

    async def ask() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            await page.command("jump", "NONE")
            await page.until(lambda: page.of("refused"))
            sentence = page.of("refused")[0]["sentence"]
            assert "NONE" in sentence["en"] and "NONE" in sentence["zh"] and sentence["en"] != sentence["zh"]

    with unhurried(made) as show:
        asyncio.run(ask())


def test_a_log_that_cannot_be_written_ends_the_show(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever's thread it is that notes: a media block that cannot log does not play."""
    made = make(lengths=(3,), encrypted=())
    noted = Journal.note

    def note(self: Journal, type: Any, subtype: str, *rest: Any, **more: Any) -> Any:
        if subtype == "WebPage":
            raise DcpError("play.log-not-written", where="log", why="full")
        return noted(self, type, subtype, *rest, **more)

    monkeypatch.setattr(Journal, "note", note)

    async def come() -> None:
        try:
            async with page_of(show) as page:
                await page.until(lambda: page.gone)
        except aiohttp.ClientError:
            pass

    with pytest.raises(DcpError) as caught, unhurried(made) as show:
        asyncio.run(come())
        show.wait()
    assert caught.value.id == "play.log-not-written"


def test_it_does_so_while_the_show_stands(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(lengths=(3,), encrypted=())
    noted = Journal.note

    def note(self: Journal, type: Any, subtype: str, *rest: Any, **more: Any) -> Any:
        if subtype == "WebClosed":
            raise DcpError("play.log-not-written", where="log", why="full")
        return noted(self, type, subtype, *rest, **more)

    monkeypatch.setattr(Journal, "note", note)

    async def come() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            await page.socket.send_str("{")
            await page.until(lambda: page.gone)

    with pytest.raises(DcpError) as caught, unhurried(made) as show:
        asyncio.run(come())
        show.wait()
    assert caught.value.id == "play.log-not-written"


def test_who_does_not_take_what_he_is_sent_is_closed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "SLOW", 0.5)
    made = make(lengths=(48,), encrypted=(), size=(1024, 540))

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames)
            _, writer = await _deaf(show)
            await page.command("play")
            await page.until(lambda: any(event["subtype"] == "WebClosed" for event in page.events))
            writer.close()

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    (said,) = notes(report, "WebClosed")
    assert "too slowly" in said


def test_who_lets_too_much_wait_is_closed_and_the_log_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "MOST_TEXT", 500)
    made = make(lengths=(2,), encrypted=())

    async def watch() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.gone)

    with unhurried(made) as show:
        asyncio.run(watch())
        report = show.end()
    assert any("too slowly" in said for said in notes(report, "WebClosed"))
