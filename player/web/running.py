"""The server's thread, begun when the screen is lit, ended with it. The show's threads only hand over."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from dcp.errors import DcpError
from player.log.event import Event
from player.screen.screen import PLAIN, About, Frame, Samples, Signal
from player.web import wire
from player.web.bind import Bound
from player.web.doors import PATIENCE, QUIET, Connection, Doors
from player.web.hub import Hub, failure_of
from player.web.preview import Picture, picture_of
from player.web.server import Given, Site

TICK = 0.05
"""Seconds between two looks at what is past."""

COUNTED = 10.0
"""Seconds between two lines of the log about connections that were one too many: it tells how many."""

BEGIN, END = 10.0, 5.0
"""Seconds in which the server has to be up, and to be gone."""


class Running:
    """The lit screen; its methods are called on the show's threads."""

    def __init__(self, hub: Hub, given: Given, bound: Bound) -> None:
        self._hub, self._given, self._bound = hub, given, bound
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._verdict = "stopped"
        self._end = asyncio.Event()
        self._doors = Doors()
        self._counted = -COUNTED
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def begin(self) -> None:
        """Serve. DcpError when that cannot be."""
        self._thread.start()
        if not self._up.wait(BEGIN):
            raise DcpError("web.failed", why="TimeoutError")
        if self._hub.failure is not None:
            raise self._hub.failure

    def end(self, verdict: str) -> None:
        """Tell the pages what became of the show, and end."""
        self._verdict = verdict
        with suppress(RuntimeError):  # it may have ended by itself
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(END)

    # --- a screen's -----

    def prepare(self, image: Samples) -> Picture:
        return self.prepare_as(image, PLAIN)

    def prepare_as(self, image: Samples, about: About) -> Picture:
        picture = picture_of(image, about)
        if self._hub.wants_jpeg:
            picture.make_jpeg()
        return picture

    def show(self, frame: Frame) -> None:
        self._call(self._hub.take, frame)

    def changed(self, signal: Signal) -> None:
        self._call(self._hub.change, signal)

    def awaits(self) -> bool:
        return self._hub.awaits()

    def told(self, event: Event) -> None:
        """An event of the log; any thread, while it runs or not."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hub.note, event)

    # --- how it is done -----

    def _call(self, function: Callable[[Any], None], value: Any) -> None:
        if self._hub.failure is not None:
            raise self._hub.failure
        try:
            self._loop.call_soon_threadsafe(self._guarded, function, value)
        except RuntimeError:
            raise DcpError("web.failed", why="RuntimeError") from None

    def _guarded(self, function: Callable[[Any], None], value: Any) -> None:
        try:
            function(value)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """What goes wrong here comes out on the show's thread, and wakes it where the show stands."""
        self._hub.failure = self._hub.failure or failure_of(error)
        self._hub.stop()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._served())
        except Exception as error:
            self._fail(error)
        finally:
            self._up.set()
            self._bound.socket.close()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _served(self) -> None:
        site = Site(self._given)
        manager = web.Server(self._answer(site))
        server = await self._loop.create_server(
            lambda: Connection(
                self._doors,
                manager,
                loop=self._loop,
                logger=QUIET,
                access_log=None,
                keepalive_timeout=PATIENCE,
                lingering_time=0.0,
                max_line_size=4096,
                max_field_size=4096,
                auto_decompress=False,
            ),
            sock=self._bound.socket,
        )
        self._up.set()
        try:
            while not self._end.is_set():
                self._tick()
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK):
                        await self._end.wait()
            self._tick(at_end=True)
            self._hub.say(wire.document("over", verdict=self._verdict))
            site.close()
            await self._gone()
        finally:
            server.close()
            await manager.shutdown(timeout=1.0)
            rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    def _answer(self, site: Site) -> Callable[[web.BaseRequest], Any]:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            try:
                return await site.answer(request)
            except DcpError as error:  # the log cannot be written
                self._fail(error)
                raise

        return answer

    def _tick(self, *, at_end: bool = False) -> None:
        now = time.monotonic()
        try:
            self._hub.tick(now)
            if at_end or now - self._counted >= COUNTED:
                self._count(now)
        except Exception as error:
            self._fail(error)

    def _count(self, now: float) -> None:
        refused = self._doors.refused()
        if refused:
            self._counted = now
            message = f"{refused} connections were cut: there were as many as may be"
            self._given.note("WebRefused", message, connections=refused)

    async def _gone(self) -> None:
        """Wait for the pages, but not long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END / 2):
                while self._hub.peers:
                    await asyncio.sleep(0.01)
