"""What the server refuses: strangers, other pages, wrong paths, wrong messages, too many, too slow."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dcp.errors import UsageError
from player.web import access, doors
from player.web.bind import bind
from player.web.hub import MOST_VIEWERS
from player.web.screen import WebScreen
from tests.player.conftest import make_package
from tests.support.web_shows import WebShow, page_of, web_show

PIN = "271828"
PART = b"\xfe\x7f\xff\0\0\0\0" + b"a" * 0x7FFF  # of a message, masked with zeros
WORD = "Player test"  # the title of the show


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_package(tmp_path_factory.mktemp("refused") / "package", lengths=(6,), encrypted=())


@pytest.fixture
def show(made: Any) -> Iterator[WebShow]:
    with web_show(made) as found:
        yield found


@pytest.fixture
def guarded(made: Any) -> Iterator[WebShow]:
    with web_show(made, WebScreen(port=0, pin=PIN)) as found:
        yield found


def asked(show: WebShow, *requests: tuple[str, str, dict[str, Any]]) -> list[tuple[int, dict[str, str], str]]:
    """(method, path, options) each -> status, headers and body; no redirects, no cookies kept."""

    async def ask() -> list[tuple[int, dict[str, str], str]]:
        found = []
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            for method, path, options in requests:
                url = show.origin + path
                async with session.request(method, url, allow_redirects=False, **options) as answer:
                    found.append((answer.status, dict(answer.headers), await answer.text()))
        return found

    return asyncio.run(ask())


def entered(show: WebShow, pin: str = PIN) -> tuple[int, dict[str, str], str]:
    return asked(show, ("POST", "/pin", {"data": {"pin": pin}, "headers": {"Origin": show.origin}}))[0]


def raw(show: WebShow, request: bytes) -> bytes:
    """What a request as bytes is answered."""
    host, port = re.fullmatch(r"http://(.*):(\d+)/", show.address).groups()  # type: ignore[union-attr]
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(request)
        found = b""
        with contextlib.suppress(ConnectionError):
            while block := connection.recv(65536):
                found += block
        return found


def logged(show: WebShow, subtype: str) -> list[str]:
    return [event.message for event in show.end().events if event.subtype == subtype]


# --- strangers -----


def test_without_the_pin_nothing_is_answered_but_the_form(guarded: WebShow) -> None:
    form, *others, posted = asked(
        guarded,
        ("GET", "/", {}),
        ("GET", "/page/main.js", {}),
        ("GET", "/page/words.json", {}),
        ("GET", "/page/style.css", {}),
        ("GET", "/report.html", {}),
        ("GET", "/report.json", {}),
        ("GET", "/nothing", {}),
        ("HEAD", "/", {}),
        ("PUT", "/", {}),
        ("GET", "/socket", {"headers": {"Cookie": "dcpkit_booth_1=" + "0" * 64}}),
        ("POST", "/report.json", {"headers": {"Origin": guarded.origin}}),
    )
    assert form[0] == 200 and 'name="pin"' in form[2]
    assert [status for status, _, _ in (*others, posted)] == [401] * 10
    assert all(not body for _, _, body in (*others, posted))
    assert WORD not in form[2] and "script" not in form[2]
    assert "default-src 'none'" in form[1]["Content-Security-Policy"]


def test_without_the_pin_there_is_no_socket(guarded: WebShow) -> None:
    async def connect() -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with page_of(guarded):
                pass
        assert caught.value.status == 401

    asyncio.run(connect())
    report = guarded.end()
    assert report.frames_shown == 0


def test_the_right_pin_opens_page_and_socket(guarded: WebShow) -> None:
    status, headers, _ = entered(guarded)
    assert status == 303 and headers["Location"] == "/"
    assert re.search(r"HttpOnly; Path=/; SameSite=Strict", headers["Set-Cookie"])
    cookie = headers["Set-Cookie"].partition(";")[0]
    page, script = asked(
        guarded,
        ("GET", "/", {"headers": {"Cookie": cookie}}),
        ("GET", "/page/main.js", {"headers": {"Cookie": cookie}}),
    )
    assert page[0] == script[0] == 200 and "/page/main.js" in page[2]

    async def look() -> None:
        async with page_of(guarded, cookie=cookie) as page:
            await page.until(lambda: page.frames)

    asyncio.run(look())


def test_five_wrong_pins_and_the_pauses_grow(guarded: WebShow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "FIRST_PAUSE", 0.04)
    statuses = []
    for wrong in range(5):
        status, headers, body = entered(guarded, "000000")
        statuses.append(status)
        assert "Set-Cookie" not in headers and 'role="alert"' in body and headers["Retry-After"]
        if wrong == 4:
            status, headers, _ = entered(guarded)
            assert status == 429 and "Set-Cookie" not in headers, "the right one, too soon"
        asyncio.run(asyncio.sleep(0.04 * 2**wrong + 0.01))
    assert statuses == [403] * 5
    assert entered(guarded)[0] == 303
    said = [message for message in logged(guarded, "WebRefused") if "wrong PIN" in message]
    assert len(said) == 5 and "5." in said[4] and PIN not in "".join(said)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 403),
        (b"pin=", 403),
        (b"pin=%31%32", 403),
        (b"\xff\xfe", 400),
        (b"a=1&b=2&c=3&d=4&e=5&pin=1", 400),
        (b"pin=" + b"1" * 100_000, 413),
    ],
)
def test_a_form_that_is_none(guarded: WebShow, data: bytes, status: int) -> None:
    origin = {"Origin": guarded.origin}
    assert asked(guarded, ("POST", "/pin", {"data": data, "headers": origin}))[0][0] == status


def test_a_form_of_another_page_is_not_read(guarded: WebShow) -> None:
    for origin in ("http://evil.example", "null", ""):
        headers = {"Origin": origin} if origin else {}
        answer = asked(guarded, ("POST", "/pin", {"data": {"pin": PIN}, "headers": headers}))[0]
        assert answer[0] == 403 and "Set-Cookie" not in answer[1]


def test_with_listen_there_is_always_a_pin(made: Any) -> None:
    for address in ("127.0.0.1", "::1"):
        try:
            bind(address, 0).socket.close()
        except UsageError:
            continue  # a machine without IPv6
        with web_show(made, WebScreen(port=0, listen=address)) as show:
            assert show.pin is not None and len(show.pin) == 6
            assert asked(show, ("GET", "/report.json", {}))[0][0] == 401
            assert entered(show, show.pin)[0] == 303


# --- other pages -----


def test_a_foreign_host_is_refused(show: WebShow) -> None:
    port = show.origin.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}", "127.0.0.1"):
        status, _, body = asked(show, ("GET", "/", {"headers": {"Host": host}}))[0]
        assert status == 403 and WORD not in body and "main.js" not in body
    assert asked(show, ("GET", "/", {"headers": {"Host": f"localhost:{port}"}}))[0][0] == 200
    assert len(logged(show, "WebRefused")) == 4


def test_a_foreign_origin_gets_no_socket(show: WebShow) -> None:
    async def connect(origin: str) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with page_of(show, origin=origin):
                pass
        assert caught.value.status == 403

    for origin in (
        "http://evil.example",
        "null",
        show.origin.replace("127.0.0.1", "localhost"),
        show.origin + "0",
    ):
        asyncio.run(connect(origin))
    assert len(logged(show, "WebRefused")) == 4


def test_another_pages_script_is_refused(show: WebShow) -> None:
    site = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    refused, report, page = asked(
        show,
        ("GET", "/page/main.js", {"headers": site}),
        ("GET", "/report.html", {"headers": followed}),
        ("GET", "/", {"headers": followed}),
    )
    assert (refused[0], report[0], page[0]) == (403, 403, 200)


def test_every_answer_keeps_other_pages_out(show: WebShow) -> None:
    for status, headers, _ in asked(
        show,
        ("GET", "/", {}),
        ("GET", "/page/main.js", {}),
        ("GET", "/report.html", {}),
        ("GET", "/none", {}),
    ):
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store", (
            status
        )
        assert (
            headers["Cross-Origin-Resource-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
        )
        assert headers["Referrer-Policy"] == "same-origin" and "aiohttp" not in headers["Server"]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script-src 'self'" in policy or "script-src" not in policy
        assert "Access-Control-Allow-Origin" not in headers


# --- paths -----


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/%2e%2e/server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e%2f%2e%2e%2fplay.py",
        "//etc/passwd",
        "/page//main.js",
        "/page/main.js/",
        "/page/main.js%00.html",
        "/page/index.html",
        "/PAGE/main.js",
        "/page/",
        "/page",
        "/ASSETMAP.xml",
        "/cpl.xml",
        "/page/none.js",
        "/page/" + "a" * 3000,
    ],
)
def test_what_is_not_in_the_table_is_not_there(show: WebShow, path: str) -> None:
    host = show.origin.removeprefix("http://")
    answer = raw(show, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert not answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ],
)
def test_what_is_no_request_is_not_explained(show: WebShow, request_line: bytes) -> None:
    answer = raw(show, request_line)
    assert answer == b"" or re.match(rb"HTTP/1\.[01] 40[03] ", answer), answer[:100]
    assert not any(word in answer for word in (b"Traceback", b"Error", b"aiohttp", b"Python"))


# --- messages -----


async def closed(show: WebShow, *messages: Any) -> int:
    """The code with which the socket is closed after the messages; then the show still answers another."""
    headers = {"Origin": show.origin}
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(show.address + "socket", headers=headers, max_msg_size=0) as ws:
            with contextlib.suppress(ConnectionError):
                for message in messages:
                    await (ws.send_bytes(message) if isinstance(message, bytes) else ws.send_str(message))
            async with asyncio.timeout(20):
                while (await ws.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                    pass
            code = ws.close_code
        async with session.get(show.address) as answer:
            assert answer.status == 200
    assert code is not None
    return code


@pytest.mark.parametrize(
    ("messages", "codes"),
    [
        (["{"], {1008}),
        (['{"type": "reboot"}'], {1008}),
        ([b"\0\0\0\0"], {1003}),
        (["x" * 70_000], {1009}),
        (['{"type": "control"}'] * 1500, {1008, 1006}),  # a sender that goes on may miss the code
    ],
)
def test_a_page_that_says_what_none_says_is_closed(
    show: WebShow, messages: list[Any], codes: set[int]
) -> None:
    assert asyncio.run(closed(show, *messages)) in codes
    assert len(logged(show, "WebClosed")) == 1


def test_a_message_of_100_mb_is_closed_unread(show: WebShow) -> None:
    """It is closed at the word of its length; how the sender hears of it is the system's matter."""

    async def send() -> None:
        async with page_of(show) as page:
            with contextlib.suppress(ConnectionError):
                await page.socket.send_bytes(bytes(100_000_000))
            await page.until(lambda: page.gone)

    asyncio.run(send())
    (said,) = logged(show, "WebClosed")
    assert str(64 * 1024) in said


def test_a_ping_is_answered(show: WebShow) -> None:
    async def ask() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                show.address + "socket", headers={"Origin": show.origin}, max_msg_size=0, autoping=False
            ) as page,
            asyncio.timeout(10),
        ):
            assert page._response.headers["Server"] == "dcpkit"
            await page.ping(b"there?")
            async for message in page:
                if message.type is aiohttp.WSMsgType.PONG:
                    assert message.data == b"there?"
                    return

    asyncio.run(ask())


@pytest.mark.parametrize(
    "frames",
    [
        b"\xff" * 64,  # reserved bits, no such opcode
        b"\x81\x7f" + b"\xff" * 8,  # text of 2**64 - 1 bytes
        b"\x81\x05hello",  # not masked
        b"\x80\x80\0\0\0\0",  # goes on with nothing
        b"\x81\x82\0\0\0\0\xc3\x28",  # no UTF-8
        b"\x01" + PART + (b"\x00" + PART) * 4,  # too long in parts
        b"\x89\x80\0\0\0\0" * 2000,  # more pings than there is time for
        b"\x8a\x80\0\0\0\0" * 2000,
    ],
    ids=["reserved", "long", "bare", "continued", "encoding", "parts", "pings", "pongs"],
)
def test_what_is_no_websocket_is_cut_and_the_show_goes_on(show: WebShow, frames: bytes) -> None:
    host = show.origin.removeprefix("http://")
    ask = (
        f"GET /socket HTTP/1.1\r\nHost: {host}\r\nOrigin: {show.origin}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert raw(show, ask.encode() + frames).startswith(b"HTTP/1.1 101 ")

    async def look() -> None:
        async with page_of(show) as page:
            await page.until(lambda: page.frames and page.of("hello")[0]["role"] == "controller")

    asyncio.run(look())
    assert len(logged(show, "WebClosed")) == 1


# --- too many, too slow -----


def test_of_200_viewers_no_more_than_the_most_are_let_in(show: WebShow) -> None:
    async def come() -> tuple[int, set[int]]:
        headers = {"Origin": show.origin}
        there, refused = [], []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            for _ in range(200):
                try:
                    there.append(
                        await session.ws_connect(show.address + "socket", headers=headers, max_msg_size=0)
                    )
                except aiohttp.WSServerHandshakeError as error:
                    refused.append(error.status)
            for socket in there:
                assert not socket.closed
            roles = [(await socket.receive_json())["role"] for socket in there]
            assert roles == ["controller"] + ["viewer"] * MOST_VIEWERS
            for socket in there:
                await socket.close()
        return len(there), set(refused)

    assert asyncio.run(come()) == (MOST_VIEWERS + 1, {503})
    report = show.end()
    refused = [event for event in report.events if event.subtype == "WebRefused"]
    assert 0 < len(refused) <= 40, "the log has no line for each"


def test_connections_have_a_bound(show: WebShow) -> None:
    port = int(show.origin.rpartition(":")[2])
    with contextlib.ExitStack() as held:
        opened = [
            held.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            for _ in range(doors.MOST_CONNECTIONS + 20)
        ]
        deadline = time.monotonic() + 10
        while (ended := sum(map(is_ended, opened))) < 20 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ended == 20
        opened[0].close()
        while time.monotonic() < deadline:
            with contextlib.suppress(aiohttp.ClientError):
                assert asked(show, ("GET", "/", {}))[0][0] == 200
                break
            time.sleep(0.05)
        else:
            pytest.fail("nobody comes in where one went")
    assert [said for said in logged(show, "WebRefused") if said.startswith("20 connections were cut")]


def test_others_do_not_shut_this_machine_out() -> None:
    found = doors.Doors()
    let_in = [found.enter(f"192.0.2.{each}") for each in range(1, 5) for _ in range(doors.MOST_OF_ONE)]
    assert let_in.count(True) == doors.MOST_CONNECTIONS
    assert found.enter("127.0.0.1") and not found.enter("192.0.2.9")
    found.leave("192.0.2.1")
    assert found.enter("192.0.2.9")


def is_ended(connection: socket.socket) -> bool:
    """Whether the other side cut it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except BlockingIOError:
        return False


def test_a_request_that_never_ends_is_cut(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "PATIENCE", 0.5)
    with web_show(made, WebScreen(port=0, pin=PIN)) as show:
        port = int(show.origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 10) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: ")
            for _ in range(20):
                with contextlib.suppress(ConnectionError):
                    slow.sendall(b"a")
                    asyncio.run(asyncio.sleep(0.1))
            with contextlib.suppress(ConnectionError):
                assert slow.recv(1) == b""
        form = f"POST /pin HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {show.origin}\r\n"
        form += "Content-Length: 400\r\n\r\n"
        monkeypatch.setattr("player.web.server.FORM_TIME", 0.3)
        assert raw(show, form.encode() + b"pin=").startswith(b"HTTP/1.1 408 ")


def test_the_page_that_is_served_is_all_there_is(show: WebShow) -> None:
    """Nothing of the package, nothing of the program but the page's own files."""
    from player.web.server import PAGE, page_files

    names = {Path(path).name for path in page_files()} - {"", "words.json"}
    assert names == {path.name for path in PAGE.iterdir() if path.suffix in (".js", ".css")}
    for name in names:
        assert asked(show, ("GET", f"/page/{name}", {}))[0][0] == 200
