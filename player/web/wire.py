"""What the server and the page say to each other, as bytes and text: `docs/booth.md` has the form.

To the page: pictures and sound as binary messages of a length, a header in JSON and payloads that begin at
multiples of four; everything else as JSON. From the page: short JSON alone, read here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

from dcp.dataclass import dataclass
from player.screen.screen import Outcome
from player.transport import Command, Jump, Loop, Pause, Play, Seek, Step, Stop, Subtitles

MOST_SAID = 64 * 1024
"""Bytes of one message of a page; a longer one ends the connection."""

MOST_NUMBER = 2**53
"""Beyond it JavaScript has no whole numbers."""

MOST_LABEL = 100
"""Characters of a marker, a language, or what else a command names."""

SCHEMA = "dcpkit.booth/1"

PictureEncoding = Literal["xyz12", "jpeg"]
Role = Literal["controller", "viewer"]


class WireError(ValueError):
    """A page said what no page says; the message tells what, for the log."""


@dataclass(frozen=True)
class Acked:
    """What became of a frame on the page."""

    serial: int
    outcome: Outcome


@dataclass(frozen=True)
class Pinged:
    """The page asks what time it is. page: its own clock, which goes back unread."""

    page: float


@dataclass(frozen=True)
class Clocked:
    """At `server` seconds of the show's clock the page's sound was at `page`, of the same clock."""

    server: float
    page: float


@dataclass(frozen=True)
class Commanded:
    """A command of who sits there."""

    command: Command


@dataclass(frozen=True)
class Controlled:
    """The page asks for the controller's place."""


Said = Acked | Pinged | Clocked | Commanded | Controlled


# --- to the page -----


def message(header: Mapping[str, Any], *payloads: bytes | memoryview) -> bytes:
    """A binary message. Its first four bytes say how long the header is, little-endian; every payload begins
    at a multiple of four."""
    words = json.dumps(header, separators=(",", ":")).encode()
    parts: list[bytes | memoryview] = [len(words).to_bytes(4, "little"), words]
    length = 4 + len(words)
    for payload in payloads:
        parts.append(bytes(-length % 4))
        parts.append(payload)
        length += -length % 4 + size_of(payload)
    return b"".join(parts)


def size_of(payload: bytes | memoryview) -> int:
    """Bytes of a payload, whatever it counts itself."""
    return payload.nbytes if isinstance(payload, memoryview) else len(payload)


def frame_message(
    *,
    serial: int,
    number: int,
    reel: int,
    generation: int,
    eye: str | None,
    due: float | None,
    encoding: PictureEncoding,
    width: int,
    height: int,
    views: int,
    dither: bool,
    data: bytes | memoryview,
) -> bytes:
    """A picture. width: of both views together, where there are two. dither: codes that are marked, and would
    lose the mark if the page rounded them."""
    header = {
        "type": "frame",
        "serial": serial,
        "number": number,
        "reel": reel,
        "generation": generation,
        "eye": eye,
        "due": due,
        "picture": {
            "encoding": encoding,
            "width": width,
            "height": height,
            "views": views,
            "dither": dither,
            "bytes": size_of(data),
        },
    }
    return message(header, data)


def sound_message(
    *,
    serial: int,
    number: int,
    generation: int,
    due: float | None,
    channels: int,
    rate: int,
    data: bytes,
) -> bytes:
    """The sound of a frame: 24 bits, little-endian, channels side by side."""
    header = {
        "type": "sound",
        "serial": serial,
        "number": number,
        "generation": generation,
        "due": due,
        "channels": channels,
        "rate": rate,
        "bytes": len(data),
    }
    return message(header, data)


def document(type: str, **values: Any) -> str:
    """A message in JSON. What no UTF-8 can carry, as a name of a file may have it, is `?`."""
    words = json.dumps({"type": type, **values}, ensure_ascii=False, separators=(",", ":"), default=str)
    return words.encode(errors="replace").decode()


# --- from the page -----


def read(text: str) -> Said:
    """What a page said. WireError for what none says; nothing is taken on trust."""
    if len(text) > MOST_SAID:
        raise WireError("a message is too long")
    try:
        said = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise WireError("a message is no JSON") from None
    if not isinstance(said, dict):
        raise WireError("a message is no object")
    reader = _READERS.get(_word(said, "type"))
    if reader is None:
        raise WireError("a message is of no known type")
    return reader(said)


# --- how it is done -----


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _word(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_LABEL:
        raise WireError(f"{name} is no word")
    return value


def _whole(said: Mapping[str, Any], name: str) -> int:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST_NUMBER:
        raise WireError(f"{name} is no whole number")
    return value


def _seconds(said: Mapping[str, Any], name: str) -> float:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MOST_NUMBER:
        raise WireError(f"{name} is no number of seconds")
    return float(value)


def _flag(said: Mapping[str, Any], name: str) -> bool:
    value = said.get(name)
    if not isinstance(value, bool):
        raise WireError(f"{name} is neither true nor false")
    return value


def _acked(said: Mapping[str, Any]) -> Acked:
    outcome = _word(said, "outcome")
    if outcome not in ("presented", "late"):
        raise WireError("outcome is neither presented nor late")
    return Acked(_whole(said, "serial"), "presented" if outcome == "presented" else "late")


def _commanded(said: Mapping[str, Any]) -> Commanded:
    command = COMMANDS.get(_word(said, "command"))
    if command is None:
        raise WireError("command is none that there is")
    return Commanded(command(said))


COMMANDS: Mapping[str, Callable[[Mapping[str, Any]], Command]] = {
    "play": lambda said: Play(),
    "pause": lambda said: Pause(),
    "step": lambda said: Step(_whole(said, "value")),
    "seek": lambda said: Seek(_whole(said, "value")),
    "jump": lambda said: Jump(_word(said, "value")),
    "loop": lambda said: Loop(_flag(said, "value")),
    "subtitles": lambda said: Subtitles(_word(said, "value")),
    "stop": lambda said: Stop(),
}
"""Of the message of type `command`: its name, and how its value becomes a command."""

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "ack": _acked,
    "ping": lambda said: Pinged(_seconds(said, "page")),
    "clock": lambda said: Clocked(_seconds(said, "server"), _seconds(said, "page")),
    "command": _commanded,
    "control": lambda said: Controlled(),
}
