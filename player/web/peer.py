"""One page at the other end of a socket: what waits for it, in bounds, and the one task that sends it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from player.screen.screen import Frame, Sound
from player.web import wire
from player.web.line import Line
from player.web.preview import Picture

MOST_TEXT = 4 * 1024 * 1024
"""Bytes of JSON that wait for a page; one that lets more wait is closed."""

MOST_SOUNDS = 128
"""Blocks of sound that wait for a page; of more the oldest is left out."""

SLOW = 20.0
"""Seconds that one message may take to go out."""

MOST_ASKED, ASKED_A_SECOND = 600, 300
"""Messages that a page may send at once, and on end."""

Form = wire.PictureEncoding | Literal["none"]
"""How a page gets pictures; `none`: neither picture nor sound."""


class Socket(Protocol):
    """What a peer needs of a WebSocket."""

    async def send_str(self, data: str) -> None: ...

    async def send_bytes(self, data: bytes) -> None: ...


class TooSlow(Exception):
    """A page takes what it is sent too slowly."""


class Peer:
    """address: of the page; form: of its pictures, `none` where it gets neither picture nor sound. page: the
    number that it gave itself, by which it is known when it comes again. One thread."""

    def __init__(self, address: str, *, near: bool, form: Form, page: str | None, line: Line) -> None:
        self.address, self.near, self.form, self.page, self.line = address, near, form, page, line
        self.role: wire.Role = "viewer"
        self.replaced = False
        self.flooded = False  # more JSON waited than may
        self._wake = asyncio.Event()
        self._texts: deque[str] = deque()
        self._waiting = 0  # bytes of them
        self._state: str | None = None
        self._sounds: deque[bytes] = deque()
        self._shown_again: Frame | None = None
        self._allowed, self._asked = float(MOST_ASKED), 0.0
        self.closing = False

    @property
    def sees(self) -> bool:
        """Whether it gets pictures."""
        return self.form != "none"

    def say(self, text: str) -> None:
        """JSON, in its order; a page that lets too much wait is given up."""
        self._texts.append(text)
        self._waiting += len(text.encode())
        if self._waiting > MOST_TEXT:
            self.flooded = True
            self.close()
        self._wake.set()

    def state(self, text: str) -> None:
        """JSON of which only the newest counts."""
        self._state = text
        self._wake.set()

    def hear(self, sound: bytes) -> None:
        """A message of sound."""
        self._sounds.append(sound)
        if len(self._sounds) > MOST_SOUNDS:
            self._sounds.popleft()
        self._wake.set()

    def renew(self) -> None:
        """Sound of before is void."""
        self._sounds.clear()
        self._shown_again = None

    def see(self, frame: Frame) -> None:
        """A frame with a picture."""
        self.line.add(frame)
        self._wake.set()

    def see_again(self, frame: Frame) -> None:
        """A frame that was shown before, for one who comes later: at once, and no word of it counts."""
        self._shown_again = frame
        self._wake.set()

    def wake(self) -> None:
        """There may be room."""
        self._wake.set()

    def close(self) -> None:
        """Send no more."""
        self.closing = True
        self._wake.set()

    def may_ask(self, now: float) -> bool:
        """Whether it says no more than a page does."""
        self._allowed = min(self._allowed + (now - self._asked) * ASKED_A_SECOND, MOST_ASKED)
        self._asked = now
        self._allowed -= 1
        return self._allowed >= 0

    async def feed(self, socket: Socket, clock: Callable[[], float]) -> None:
        """Send what waits, until it is closed: text first, then sound, then pictures. TooSlow, or an error of
        the connection."""
        while not self.closing:
            self._wake.clear()
            if not await self._send_one(socket, clock):
                await self._wake.wait()

    async def finish(self, socket: Socket) -> None:
        """Send the text that waits."""
        while self._texts:
            await _sent(socket.send_str(self._texts.popleft()))

    async def _send_one(self, socket: Socket, clock: Callable[[], float]) -> bool:
        if self._texts:
            text = self._texts.popleft()
            self._waiting -= len(text.encode())
            await _sent(socket.send_str(text))
        elif self._state is not None:
            state, self._state = self._state, None
            await _sent(socket.send_str(state))
        elif self._sounds:
            await _sent(socket.send_bytes(self._sounds.popleft()))
        elif self._shown_again is not None:
            frame, self._shown_again = self._shown_again, None
            await _sent(socket.send_bytes(await self._packed(frame, None)))
        else:
            frame_or_none = self.line.take(clock())
            if frame_or_none is None:
                return False
            await _sent(socket.send_bytes(await self._packed(frame_or_none, frame_or_none.due)))
        return True

    async def _packed(self, frame: Frame, due: float | None) -> bytes:
        picture = frame.prepared
        assert isinstance(picture, Picture)
        data: bytes | memoryview = picture.codes.data
        if self.form == "jpeg":
            data = await picture_as_jpeg(picture)
        return wire.frame_message(
            serial=frame.serial,
            number=frame.number,
            reel=frame.reel,
            generation=frame.generation,
            eye=frame.eye,
            due=due,
            encoding="jpeg" if self.form == "jpeg" else "xyz12",
            width=picture.width,
            height=picture.height,
            views=picture.about.views,
            dither=self.form != "jpeg" and picture.about.noise is not None,
            data=data,
        )


async def picture_as_jpeg(picture: Picture) -> bytes:
    """Its JPEG, made on another thread where it was not made with the picture."""
    if picture.has_jpeg:
        return picture.jpeg
    return await asyncio.get_running_loop().run_in_executor(None, lambda: picture.jpeg)


def sound_of(frame: Frame, form: Sound) -> bytes | None:
    """The message of a frame's sound; None where it has none."""
    if not frame.sound:
        return None
    return wire.sound_message(
        serial=frame.serial,
        number=frame.number,
        generation=frame.generation,
        due=frame.due,
        channels=form.channels,
        rate=form.sample_rate,
        data=frame.sound,
    )


async def _sent(sending: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(sending, SLOW)
    except TimeoutError:
        raise TooSlow from None
