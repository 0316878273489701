"""The form of messages: what the page gets, and what of a page is believed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from player.transport import Jump, Loop, Pause, Play, Seek, Step, Stop, Subtitles
from player.web import wire
from tests.support.web_shows import unpacked


@pytest.mark.parametrize("title", ["", "a", "ab", "abc", "银幕"])
def test_payloads_begin_at_multiples_of_four(title: str) -> None:
    data = wire.message({"title": title}, b"\1\2\3\4\5", b"\6")
    header, payload = unpacked(data)
    assert header == {"title": title}
    assert payload == b"\1\2\3\4\5\0\0\0\6"
    assert (len(data) - len(payload)) % 4 == 0


def test_a_frame_says_what_its_picture_is() -> None:
    data = wire.frame_message(
        serial=6,
        number=3,
        reel=1,
        generation=2,
        eye="left",
        due=1.5,
        encoding="xyz12",
        width=4,
        height=1,
        views=2,
        dither=False,
        data=bytes(24),
    )
    header, payload = unpacked(data)
    assert header["picture"] == {
        "encoding": "xyz12",
        "width": 4,
        "height": 1,
        "views": 2,
        "dither": False,
        "bytes": 24,
    }
    assert "sound" not in header and payload == bytes(24)
    assert (header["type"], header["serial"], header["number"]) == ("frame", 6, 3)
    assert (header["reel"], header["generation"], header["eye"], header["due"]) == (1, 2, "left", 1.5)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"type": "ack", "serial": 4, "outcome": "late"}, wire.Acked(4, "late")),
        ({"type": "ping", "page": 1}, wire.Pinged(1.0)),
        ({"type": "clock", "server": 2.5, "page": 2.0}, wire.Clocked(2.5, 2.0)),
        ({"type": "control"}, wire.Controlled()),
        ({"type": "command", "command": "play"}, wire.Commanded(Play())),
        ({"type": "command", "command": "pause", "value": None}, wire.Commanded(Pause())),
        ({"type": "command", "command": "step", "value": -3}, wire.Commanded(Step(-3))),
        ({"type": "command", "command": "seek", "value": 9}, wire.Commanded(Seek(9))),
        ({"type": "command", "command": "jump", "value": "FFOC"}, wire.Commanded(Jump("FFOC"))),
        ({"type": "command", "command": "loop", "value": True}, wire.Commanded(Loop(True))),
        ({"type": "command", "command": "subtitles", "value": "de"}, wire.Commanded(Subtitles("de"))),
        ({"type": "command", "command": "stop"}, wire.Commanded(Stop())),
    ],
)
def test_what_a_page_says(said: dict[str, Any], meant: wire.Said) -> None:
    assert wire.read(json.dumps(said)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "[]",
        "null",
        '"ack"',
        "{}",
        '{"type": 7}',
        '{"type": ""}',
        '{"type": "shutdown"}',
        '{"type": "ack", "serial": "1", "outcome": "late"}',
        '{"type": "ack", "serial": true, "outcome": "late"}',
        '{"type": "ack", "serial": 1.5, "outcome": "late"}',
        '{"type": "ack", "serial": 1, "outcome": "seen"}',
        '{"type": "ack", "outcome": "late"}',
        '{"type": "ping"}',
        '{"type": "ping", "page": NaN}',
        '{"type": "ping", "page": Infinity}',
        '{"type": "ping", "page": 1e400}',
        '{"type": "ping", "page": false}',
        '{"type": "clock", "server": 1}',
        '{"type": "command"}',
        '{"type": "command", "command": "__class__"}',
        '{"type": "command", "command": "seek"}',
        '{"type": "command", "command": "seek", "value": 1e999}',
        '{"type": "command", "command": "seek", "value": 99999999999999999999}',
        '{"type": "command", "command": "step", "value": 1.0}',
        '{"type": "command", "command": "loop", "value": 1}',
        '{"type": "command", "command": "jump", "value": ["FFOC"]}',
        '{"type": "command", "command": "jump", "value": "%s"}' % ("a" * 101),
        '{"type": "command", "command": "subtitles", "value": ""}',
        "[" * 60_000,
        '{"type": ' * 7_000,
        '{"type": "control", "more": "%s"}' % ("a" * wire.MOST_SAID),
        '{"type": "ack", "serial": %s, "outcome": "late"}' % ("9" * 5_000),
    ],
)
def test_what_no_page_says_is_an_error_and_nothing_else(text: str) -> None:
    with pytest.raises(wire.WireError):
        wire.read(text)


def test_a_name_that_is_no_utf_8_does_not_break_a_message() -> None:
    text = wire.document("show", package=os.fsdecode(b"fil\xffm"), title="银幕")
    assert json.loads(text.encode()) == {"type": "show", "package": "fil?m", "title": "银幕"}
