"""Commands to a show at random, and what they come to, told in the plainest way."""

from __future__ import annotations

import random

from player.transport import Command, Loop, Pause, Play, Seek, Step


class Model:
    """What a viewer sees: no reading ahead, nothing void."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.shown: int | None = None
        self.next = first
        self.owed = False
        self.playing, self.loop = True, False

    def obey(self, command: Command) -> None:
        here = self.next if self.owed else self.shown
        if isinstance(command, Play):
            if not self.playing and here == self.last and not self.owed and not self.loop:
                self.go(self.first)
            self.playing = True
        elif isinstance(command, Pause):
            self.playing = False
            self.owed = self.owed or self.shown is None
        elif isinstance(command, Step):
            self.playing = False
            self.go((self.next if here is None else here) + command.count)
        elif isinstance(command, Seek):
            self.go(command.frame)
        elif isinstance(command, Loop):
            self.loop = command.on

    def go(self, frame: int) -> None:
        self.next, self.owed = min(max(frame, self.first), self.last), True

    @property
    def coming(self) -> int | None:
        """The frame that is seen next, if nothing is said."""
        if not self.playing and not self.owed:
            return None
        if self.next > self.last:
            return self.first if self.loop else None
        return self.next

    def tick(self) -> int | None:
        frame = self.coming
        if frame is not None:
            self.shown, self.owed, self.next = frame, False, frame + 1
        return frame


def random_command(dice: random.Random, last: int) -> Command:
    """Play as often as all others but one."""
    choice = dice.randrange(6)
    if choice == 0:
        return Pause()
    if choice == 1:
        return Step(dice.randint(-5, 5))
    if choice == 2:
        return Seek(dice.randint(-5, last + 5))
    return Loop(dice.random() < 0.5) if choice == 3 else Play()
