"""What the server keeps of pages and frames, without a connection: who is given what when somebody goes."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from player.clock import SteeredClock
from player.screen.screen import PLAIN, XYZ, Ack, Frame, Signal
from player.transport import Transport
from player.web import peer, wire
from player.web.hub import Hub, Told
from player.web.peer import Peer
from player.web.preview import picture_of


class Booth:
    """A hub of a show of 100 frames that plays. acks: what the show is told."""

    def __init__(self, *, title: str = "", transport: Transport | None = None) -> None:
        self.acks: list[Ack] = []
        self.transport = transport or Transport(0, 99)
        self.clock = SteeredClock()
        told = Told(
            transport=self.transport,
            show=lambda: {"title": title},
            state=lambda queue: {},
            note=lambda subtype, message, **parameters: None,
            clock=self.clock,
            ended=lambda: False,
        )
        signal = Signal(64, 36, Fraction(24), XYZ, 0, 100, acknowledge=self.acks.append)
        self.hub = Hub(signal, told, language="en", encrypted=False, away=False)

    def page(self, number: str | None = None) -> Peer:
        peer = Peer("127.0.0.1", near=True, form="xyz12", page=number, line=self.hub.line())
        self.hub.join(peer)
        return peer

    def frame(self, serial: int, *, generation: int) -> None:
        picture = picture_of(np.zeros((36, 64, 3), np.uint16), PLAIN)
        due = self.clock() + 5
        self.hub.take(Frame(serial, generation, serial // 2, 1, picture, None, due=due))


def heard(peer: Peer, type: str) -> list[dict[str, object]]:
    """The messages of a type that wait for a page."""
    said = [json.loads(text) for text in peer._texts]
    return [each for each in said if each["type"] == type]


def test_the_next_screen_takes_over_frames_of_before_and_behind_a_seek() -> None:
    booth = Booth()
    first = booth.page()
    for serial, generation in ((0, 0), (2, 0), (4, 1)):
        booth.frame(serial, generation=generation)
        assert first.line.take(booth.clock()) is not None  # on its way, without a word
    second = booth.page()
    booth.hub.leave(first)
    assert booth.hub.screen is second
    sent = second.line.take(booth.clock())
    assert sent is not None and sent.serial == 4
    assert [(ack.serial, ack.outcome) for ack in booth.acks] == [(0, "late"), (2, "late")]


def test_nobody_is_told_of_a_free_place_that_is_taken_again_at_once() -> None:
    booth = Booth()
    booth.page("0" * 32)
    viewer = booth.page()
    again = booth.page("0" * 32)
    assert booth.hub.controller is again
    assert heard(viewer, "role")[-1:] in ([], [{"type": "role", "role": "viewer", "free": False}])


def test_what_waits_is_counted_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Booth().page()
    waits = sum(len(text.encode()) for text in page._texts)
    more = wire.document("log", events=["放映"] * 50)
    assert len(more.encode()) > len(more) + 150
    monkeypatch.setattr(peer, "MOST_TEXT", waits + len(more.encode()))
    page.say(more)
    assert not page.flooded
    page.say("0")
    assert page.flooded


def test_a_show_that_stays_at_its_last_frame_shows_it_though_it_came_late() -> None:
    transport = Transport(0, 1, stays=True)
    booth = Booth(transport=transport)
    page = booth.page()
    for serial, outcome in ((0, "presented"), (2, "late")):
        wanted = transport.take()
        assert wanted is not None
        transport.handed(wanted)
        booth.frame(serial, generation=wanted.generation)
        assert page.line.take(booth.clock()) is not None
        booth.hub.hear(page, json.dumps({"type": "ack", "serial": serial, "outcome": outcome}))
        transport.passed(wanted)
    assert not transport.state.playing and transport.state.frame == 1
    booth.hub.tick(0.0)
    again = transport.take()
    assert again is not None and (again.generation, again.frame) == (1, 1), "sought once more"
    booth.hub.tick(1.0)
    assert transport.state.generation == 1, "and not for ever"
    transport.handed(again)
    booth.frame(4, generation=1)
    assert page.line.take(booth.clock()) is not None
    booth.hub.hear(page, json.dumps({"type": "ack", "serial": 4, "outcome": "presented"}))
    transport.passed(again)
    booth.hub.tick(2.0)
    assert transport.state.generation == 1, "nor when it was seen"
