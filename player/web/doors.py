"""Connections: how many there are, from where, and how long one may take that asks for nothing.

A connection that brings no whole request in time is cut, and so is one that does not take its answer.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from aiohttp import web

from player.web.access import is_near, source_of

MOST_CONNECTIONS = 128
"""Of this machine; and of all others together, which leave it its own."""
MOST_OF_ONE = 48
"""Connections of one address, where that is another machine's."""

PATIENCE = 15.0
"""Seconds in which a request has to be there, whole, and after which its answer has to be taken."""

QUIET = logging.getLogger("player.web")
"""Where the library's own words go: nowhere. What matters is in the log of the show."""
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False


class Doors:
    """Counts the connections there are."""

    def __init__(self) -> None:
        self._all = dict.fromkeys((True, False), 0)
        self._by: dict[str, int] = {}
        self._refused = 0

    def enter(self, address: str) -> bool:
        """Whether one more may come in; `leave` is due when it may."""
        source = source_of(address)
        held = self._by.get(source, 0)
        near = is_near(address)
        if self._all[near] >= MOST_CONNECTIONS or (held >= MOST_OF_ONE and not near):
            self._refused += 1
            return False
        self._all[near] += 1
        self._by[source] = held + 1
        return True

    def leave(self, address: str) -> None:
        """One is gone."""
        source = source_of(address)
        self._all[is_near(address)] -= 1
        self._by[source] -= 1
        if not self._by[source]:
            del self._by[source]

    def refused(self) -> int:
        """How many were refused since this was asked last."""
        refused, self._refused = self._refused, 0
        return refused


class Connection(web.RequestHandler):
    """One of them: refused when there are too many, cut when it lets us wait."""

    def __init__(self, doors: Doors, server: Any, **options: Any) -> None:
        super().__init__(server, **options)
        self._doors = doors
        self._address: str | None = None
        self._cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if peer else ""
        if not self._doors.enter(address):
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return
        self._address = address
        self.idle()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.busy()
        if self._address is not None:
            self._doors.leave(self._address)
            self._address = None
        super().connection_lost(exc)

    def busy(self) -> None:
        """It asked for something; who answers sees to the time."""
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def idle(self) -> None:
        """It may ask for something, and has to take what it was given."""
        self.busy()
        self._cut = asyncio.get_running_loop().call_later(PATIENCE, self._abort)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Nothing is said of what went wrong, nor of what this runs on."""
        response = web.Response(status=status, headers={"Server": "dcpkit", "Cache-Control": "no-store"})
        response.force_close()
        return response
