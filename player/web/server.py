"""The server of the booth page: its files, its socket, the report so far, and nothing else.

A table of what there is is made at the start; a path is looked up in it and never joined to another. A
stranger gets the form for the PIN, and 401 for everything else.
"""

from __future__ import annotations

import asyncio
import html
import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.patterns import pattern
from dcp.texts.catalogue import Language, Text, text
from player.report import PlayReport, to_html
from player.web import wire
from player.web.access import Access, Refused, is_near, is_own_host, is_own_origin
from player.web.doors import Connection
from player.web.hub import MOST_VIEWERS, Hub
from player.web.peer import Peer, TooSlow
from player.web.words import words_json

PAGE = Path(__file__).parent / "page"
"""The files of the page."""

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
"""Of a file of the page, by its name's end."""

MOST_FORM = 512
"""Bytes of the form with the PIN."""

FORM_TIME, REPORT_TIME = 5.0, 60.0
"""Seconds in which a form has to arrive, and a report to be made."""

REPORT_AGE = 1.0
"""Seconds for which a report is given again."""

GOODBYE = 2.0
"""Seconds that a page has for the last words."""

HEARTBEAT = 10.0
"""Seconds between two looks whether a page is still there; one that does not answer in half of it is gone."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self';"
    " media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What the page may load: nothing but what this server gives."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with `no-referrer` the browser hides the Origin of the PIN's form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Server": "dcpkit",
}

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:22em;padding:0 1em}"
    "label,input,button{display:block;font:inherit;width:100%;box-sizing:border-box;margin:.5em 0}"
    "input,button{padding:.5em}html{color-scheme:light dark}"
)
"""Of the form for the PIN, which a stranger gets without any other file."""


@dataclass(frozen=True)
class Given:
    """What the server needs. note: takes a subtype of the log, a message and parameters. report: of the show
    so far. made: by what, for the foot of the report."""

    hub: Hub
    access: Access
    port: int
    language: Language
    note: Callable[..., None]
    report: Callable[[], PlayReport]
    made: str


class Site:
    """Answers requests. One thread."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._files = page_files()
        self._cookie = f"dcpkit_booth_{given.port}"
        self._reporting = asyncio.Lock()
        self._reports: dict[str, tuple[float, bytes]] = {}
        self._closing = False

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request, from whoever."""
        connection = request.protocol
        assert isinstance(connection, Connection)
        connection.busy()
        try:
            return await self._answered(request)
        finally:
            connection.idle()

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        own = request.transport.get_extra_info("sockname") if request.transport is not None else None
        host = request.headers.get("Host", "")
        if own is None or not is_own_host(host, str(own[0]), self._given.port):
            self._refuse(request, "a foreign Host")
            return _plain(403, text("web.other-address").say(self._given.language))
        if not _asked_by_page(request):
            self._refuse(request, "another page's script")
            return _plain(403)
        path, method = request.path, request.method
        if method == "POST" and path == "/pin":
            return await self._pin(request, host)
        if method != "GET":
            return _plain(405) if self._knows(request) else _plain(401)
        if not self._knows(request):
            return self._form() if path == "/" else _plain(401)
        if path == "/socket":
            return await self._socket(request, host)
        if path in ("/report.html", "/report.json"):
            return await self._report(path)
        found = self._files.get(path)
        if found is None:
            self._refuse(request, "something that is not there")
            return _plain(404)
        body, kind = found
        return _response(body, kind)

    # --- who comes in -----

    def _knows(self, request: web.BaseRequest) -> bool:
        return self._given.access.knows(request.cookies.get(self._cookie))

    def _form(self, said: Text | None = None, status: int = 200) -> web.Response:
        language = self._given.language
        body = _pin_page(language, said)
        digest = b64encode(sha256(STYLE.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self';"
        response = _response(body.encode(), "text/html", status=status)
        response.headers["Content-Security-Policy"] = f"{policy} base-uri 'none'; frame-ancestors 'none'"
        return response

    async def _pin(self, request: web.BaseRequest, host: str) -> web.Response:
        if not is_own_origin(request.headers.get("Origin"), host):
            self._refuse(request, "a foreign Origin")
            return _plain(403)
        if not self._given.access.asks:
            return _moved()
        try:
            async with asyncio.timeout(FORM_TIME):
                data = await request.content.read(MOST_FORM + 1)
                while len(data) <= MOST_FORM and not request.content.at_eof():
                    data += await request.content.read(MOST_FORM + 1 - len(data))
        except TimeoutError:
            return _last(_plain(408))
        if len(data) > MOST_FORM:
            return _last(_plain(413))
        with suppress(ValueError):
            fields = parse_qs(data.decode("ascii"), max_num_fields=4)
            token = self._entered(request, (fields.get("pin") or [""])[0].strip())
            if isinstance(token, web.Response):
                return token
            response = _moved()
            response.set_cookie(self._cookie, token, httponly=True, samesite="Strict", path="/")
            return response
        return _plain(400)

    def _entered(self, request: web.BaseRequest, pin: str) -> str | web.Response:
        found = self._given.access.enter(request.remote or "", pin)
        if not isinstance(found, Refused):
            self._given.note("WebPage", f"the PIN was given at {request.remote}", address=request.remote)
            return found
        seconds = int(found.seconds) + 1
        if found.looked:
            message = (
                f"a wrong PIN from {request.remote}, the {found.wrong}. of this address; it waits {seconds} s"
            )
            self._given.note("WebRefused", message, address=request.remote, wrong=found.wrong, waits=seconds)
        said = text("web.pin-wrong" if found.looked else "web.pin-pause", seconds=seconds)
        response = self._form(said, status=403 if found.looked else 429)
        response.headers["Retry-After"] = str(seconds)
        return response

    def _refuse(self, request: web.BaseRequest, what: str) -> None:
        message = f"{what} was refused to {request.remote}"
        self._given.note("WebRefused", message, address=request.remote, what=what)

    # --- the report -----

    async def _report(self, path: str) -> web.Response:
        """Made anew at most once in REPORT_AGE: it takes the show's cores."""
        loop = asyncio.get_running_loop()
        async with self._reporting:
            made, body = self._reports.get(path, (-REPORT_AGE, b""))
            if loop.time() - made > REPORT_AGE:
                try:
                    async with asyncio.timeout(REPORT_TIME):
                        body = await loop.run_in_executor(None, self._reported, path)
                except TimeoutError:
                    return _plain(503)
                self._reports[path] = loop.time(), body
        response = _response(body, "text/html" if path.endswith(".html") else "application/json")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
        response.headers["Content-Security-Policy"] = f"{policy}; base-uri 'none'; frame-ancestors 'none'"
        return response

    def _reported(self, path: str) -> bytes:
        for _ in range(REPORT_TRIES):
            with suppress(RuntimeError):  # the show went on while it was counted
                report = self._given.report()
                break
        else:
            report = self._given.report()
        if path.endswith(".html"):
            return to_html(report, language=self._given.language, made=self._given.made).encode(
                errors="replace"
            )
        words = json.dumps(report.document(), ensure_ascii=False, indent=1, default=str)
        return words.encode(errors="replace")

    # --- the socket -----

    async def _socket(self, request: web.BaseRequest, host: str) -> web.StreamResponse:
        given = self._given
        if not is_own_origin(request.headers.get("Origin"), host):
            self._refuse(request, "a foreign Origin")
            return _plain(403)
        page = request.query.get("page", "")
        known = page if PAGE_NUMBER.fullmatch(page) else None
        again = known is not None and any(peer.page == known for peer in given.hub.peers)
        if given.hub.is_full and not again:
            message = f"the page at {request.remote} is one more than {MOST_VIEWERS} viewers"
            given.note("WebRefused", message, address=request.remote)
            return _plain(503)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT,
            max_msg_size=wire.MOST_SAID,
            compress=False,
            timeout=2.0,
            autoclose=True,
            autoping=False,  # the library answers any number of them, and nobody else meanwhile
        )
        socket.headers.update(HEADERS)
        if not socket.can_prepare(request).ok:
            return _plain(400)
        near = is_near(request.remote or "")
        form = given.hub.form_for(near=near, jpeg=request.query.get("picture") == "jpeg")
        peer = Peer(request.remote or "", near=near, form=form, page=known, line=given.hub.line())
        try:
            given.hub.join(peer)
            await socket.prepare(request)
            await self._talk(peer, socket, request)
        finally:
            given.hub.leave(peer)
        return socket

    async def _talk(self, peer: Peer, socket: web.WebSocketResponse, request: web.BaseRequest) -> None:
        """Both ways, until one of them ends."""
        feeding = asyncio.create_task(peer.feed(socket, self._given.hub.clock))
        hearing = asyncio.create_task(self._hear(peer, socket))
        try:
            await asyncio.wait({feeding, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if peer.flooded or (feeding.done() and isinstance(feeding.exception(), TooSlow)):
                self._close_noted(peer, "it takes what it is sent too slowly")
            elif feeding.done() and not hearing.done():
                hearing.cancel()
                code = WSCloseCode.GOING_AWAY if self._closing else WSCloseCode.POLICY_VIOLATION
                with suppress(ConnectionError, TooSlow, TimeoutError):
                    async with asyncio.timeout(GOODBYE):
                        await peer.finish(socket)
                        await socket.close(code=code)
        finally:
            for task in (feeding, hearing):
                task.cancel()
            await asyncio.gather(feeding, hearing, return_exceptions=True)
            if request.transport is not None and not socket.closed:
                request.transport.abort()
        failed = None if hearing.cancelled() else hearing.exception()
        if isinstance(failed, DcpError):  # the log cannot be written
            raise failed

    async def _hear(self, peer: Peer, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                try:
                    self._given.hub.hear(peer, message.data)
                except wire.WireError as error:
                    self._close_noted(peer, str(error))
                    await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                    return
            elif message.type in (WSMsgType.PING, WSMsgType.PONG):
                if not peer.may_ask(time.monotonic()):
                    self._close_noted(peer, "too many messages")
                    await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                    return
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
            elif message.type is WSMsgType.ERROR:
                if isinstance(message.data, WebSocketError):
                    much = message.data.code == WSCloseCode.MESSAGE_TOO_BIG
                    most = f"a message of more than {wire.MOST_SAID} bytes"
                    self._close_noted(peer, most if much else "what came was no WebSocket")
                return
            else:
                self._close_noted(peer, "a binary message")
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
                return

    def _close_noted(self, peer: Peer, reason: str) -> None:
        message = f"the page at {peer.address} was closed: {reason}"
        self._given.note("WebClosed", message, address=peer.address, reason=reason)

    def close(self) -> None:
        """Tell every page that it is over, and send no more."""
        self._closing = True
        for peer in self._given.hub.peers:
            peer.close()


def page_files(folder: Path = PAGE) -> Mapping[str, tuple[bytes, str]]:
    """What there is by its path: its bytes and its type."""
    files = {
        f"/page/{path.name}": (path.read_bytes(), TYPES[path.suffix])
        for path in sorted(folder.iterdir())
        if path.suffix in TYPES and path.name != "index.html"
    }
    return {
        **files,
        "/": ((folder / "index.html").read_bytes(), TYPES[".html"]),
        "/page/words.json": (words_json(), "application/json"),
    }


# --- how it is done -----

REPORT_TRIES = 5
PAGE_NUMBER = pattern("[0-9a-f]{32}")


def _asked_by_page(request: web.BaseRequest) -> bool:
    """Whether the browser says that this page asks, or somebody who typed the address or followed a link.
    What is no browser says nothing, and has to have the PIN like everybody."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    followed = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.path == "/"
    return site in ("same-origin", "none") or (followed and request.method == "GET")


def _response(body: bytes, kind: str, status: int = 200) -> web.Response:
    headers = {**HEADERS, "Content-Security-Policy": POLICY}
    return web.Response(body=body, status=status, headers=headers, content_type=kind, charset="utf-8")


def _plain(status: int, words: str = "") -> web.Response:
    return _response(f"{words}\n".encode() if words else b"", "text/plain", status)


def _last(response: web.Response) -> web.Response:
    response.force_close()
    return response


def _moved() -> web.Response:
    response = _plain(303)
    response.headers["Location"] = "/"
    return response


def _pin_page(language: Language, said: Text | None) -> str:
    title, ask, enter = (
        html.escape(text(id).say(language)) for id in ("web.pin-title", "web.pin-ask", "web.pin-enter")
    )
    alert = f'<p role="alert">{html.escape(said.say(language))}</p>' if said is not None else ""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style><main><h1>{title}</h1>{alert}"
        f'<form method="post" action="/pin"><label for="pin">{ask}</label>'
        '<input id="pin" name="pin" inputmode="numeric" autocomplete="off" pattern="[0-9]*" maxlength="12"'
        f" required autofocus><button>{enter}</button></form></main></html>"
    )
