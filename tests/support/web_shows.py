"""Shows on the web: played on a thread, their page spoken to as a browser speaks to it, without one."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from player.report import PlayReport
from player.screen.screen import Screen
from player.web.screen import Place, WebScreen
from tests.support.shows import run

SOON = 20.0
"""Seconds for what comes soon."""


@dataclass
class WebShow:
    """A show that plays on a thread. end: end it, and its report."""

    address: str
    pin: str | None
    told: threading.Event
    thread: threading.Thread
    result: list[PlayReport | BaseException] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.address.rstrip("/")

    def end(self) -> PlayReport:
        self.told.set()
        self.thread.join(SOON)
        assert not self.thread.is_alive(), "the show goes on"
        (result,) = self.result
        if isinstance(result, BaseException):
            raise result
        return result

    def wait(self) -> PlayReport:
        """It ends by itself."""
        self.thread.join(SOON)
        assert not self.thread.is_alive(), "the show goes on"
        return self.end()


@contextmanager
def web_show(
    made: Any,
    screen: WebScreen | None = None,
    *,
    screen_of: Callable[[], Screen] | None = None,
    lead: float | None = None,
    **options: Any,
) -> Iterator[WebShow]:
    """A show of a package, ended in any case. screen_of: the page and others. lead: seconds by which frames
    come before they are due."""
    screen = screen or WebScreen(port=0)
    screen.lead = lead or screen.lead
    place: list[Place] = []
    there, told = threading.Event(), threading.Event()
    result: list[PlayReport | BaseException] = []

    def tell(found: Place) -> None:
        place.append(found)
        there.set()

    def play() -> None:
        try:
            result.append(run(made, screen_of() if screen_of else screen, cancel=told.is_set, **options))
        except BaseException as error:
            result.append(error)
        finally:
            there.set()

    screen.tell = tell
    thread = threading.Thread(target=play)
    thread.start()
    assert there.wait(SOON)
    if not place:
        thread.join()
        assert isinstance(result[0], BaseException)
        raise result[0]
    show = WebShow(place[0].addresses[0], place[0].pin, told, thread, result)
    try:
        yield show
    finally:
        told.set()
        thread.join(SOON)


@dataclass
class Page:
    """What a page would be: it hears everything, and acknowledges what it is shown unless told not to."""

    socket: aiohttp.ClientWebSocketResponse
    acks: bool = True
    gone: bool = False
    heard: list[dict[str, Any]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    sounds: list[dict[str, Any]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Until the connection is gone."""
        try:
            with contextlib.suppress(ConnectionError):
                async for message in self.socket:
                    await self.take(message)
                    self.news.set()
        finally:
            self.gone = True
            self.news.set()

    async def take(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.TEXT:
            self.heard.append(json.loads(message.data))
        elif message.type is aiohttp.WSMsgType.BINARY:
            header, payload = unpacked(message.data)
            if header["type"] == "sound":
                self.sounds.append({**header, "data": payload})
                return
            self.frames.append(header)
            self.payloads.append(payload)
            if self.acks:
                await self.say(type="ack", serial=header["serial"], outcome="presented")

    async def say(self, **values: Any) -> None:
        await self.socket.send_str(json.dumps(values))

    async def command(self, name: str, value: Any = None) -> None:
        await self.say(type="command", command=name, value=value)

    def of(self, type: str) -> list[dict[str, Any]]:
        return [each for each in self.heard if each["type"] == type]

    @property
    def state(self) -> dict[str, Any]:
        return self.of("state")[-1]

    @property
    def performance(self) -> dict[str, Any]:
        found: dict[str, Any] = self.state["performance"] if self.of("state") else {"shown": 0, "late": 0}
        return found

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for said in self.of("log") for event in said["events"]]

    @property
    def numbers(self) -> list[int]:
        return [frame["number"] for frame in self.frames]

    async def until(self, what: Any, seconds: float = SOON) -> None:
        """Wait until `what()` holds."""
        async with asyncio.timeout(seconds):
            while not what():
                self.news.clear()
                await self.news.wait()


unhurried = functools.partial(web_show, lead=2.0)
"""So that no frame is late on a machine that does much else."""


def unpacked(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a binary message, and its payload."""
    length = int.from_bytes(data[:4], "little")
    start = 4 + length
    return json.loads(data[4:start]), data[start + -start % 4 :]


@asynccontextmanager
async def page_of(
    show: WebShow, *, acks: bool = True, origin: str | None = None, cookie: str | None = None, query: str = ""
) -> AsyncIterator[Page]:
    """A page of the show, connected."""
    headers = {"Origin": origin or show.origin, **({"Cookie": cookie} if cookie else {})}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(show.address + "socket" + query, headers=headers, max_msg_size=0) as socket,
    ):
        page = Page(socket, acks)
        listening = asyncio.create_task(page.listen())
        try:
            yield page
        finally:
            await socket.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
