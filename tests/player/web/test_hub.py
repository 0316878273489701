"""What the server keeps of pages and frames, without a connection: who is given what when somebody goes."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np

from player.clock import SteeredClock
from player.screen.screen import PLAIN, XYZ, Ack, Frame, Signal
from player.transport import Transport
from player.web.hub import Hub, Told
from player.web.peer import Peer
from player.web.preview import picture_of


class Booth:
    """A hub of a show of 100 frames that plays. acks: what the show is told."""

    def __init__(self, *, title: str = "") -> None:
        self.acks: list[Ack] = []
        self.clock = SteeredClock()
        told = Told(
            transport=Transport(0, 99),
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
