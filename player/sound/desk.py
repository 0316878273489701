"""Between the units of sound tracks and a screen that lets them be heard: joined, routed, counted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from dcp.errors import DcpError, UsageError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.sound.layout import MAX_CHANNELS, assumed
from dcp.texts.catalogue import Text
from player.plan import ReelPlan, ShowPlan
from player.screen.screen import Sound
from player.sound.blocks import samples_of
from player.sound.joining import Joiner
from player.sound.routing import Matrix, Route, mixed

MOST_SAMPLES = 192_000
"""Of a channel: in a second, and in a frame."""


def form_of(plan: ShowPlan, route: Route, *, heard: bool, target: str | None) -> Sound | None:
    """The form of the sound on its way out, where a reel has any. When it is heard: DcpError for what no
    sound of cinema is, UsageError when reels differ in what cannot be brought together."""
    forms: dict[tuple[int, int], None] = {}
    for reel in plan.reels:
        sound = _sound(reel)
        if sound is not None:
            if heard:
                _check(sound, reel.rate, next(each.path for each in reel.tracks if each.role == "sound"))
            forms[route.outputs(sound.channels), sound.sample_rate] = None
    if not forms:
        return None
    (channels, rate), *others = forms
    if others and heard:
        raise UsageError(
            "play.several-sounds",
            where=target,
            channels=channels,
            rate=rate,
            other_channels=others[0][0],
            other_rate=others[0][1],
        )
    return Sound(channels, rate, plan.rate)


def symbols_in(sound: SoundDescriptor) -> tuple[str | None, ...]:
    """What stands on each channel: its label, or what the field's order says where there are none."""
    return sound.symbols or assumed(sound.channels).channels


class Desk:
    """The sound of one showing. form: what comes out of it. clipped: samples that the route's sums would
    have had beyond full scale."""

    def __init__(self, plan: ShowPlan, route: Route, form: Sound) -> None:
        self.form, self._reels = form, plan.reels
        self.clipped = 0
        self._joiner = Joiner(form.channels, form.sample_rate)
        self._matrices: list[Matrix | None] = []
        for reel in plan.reels:
            sound = _sound(reel)
            self._matrices.append(route.matrix(symbols_in(sound)) if sound is not None else None)

    def play(self, frame: int, reel: int, block: bytes | None) -> bytes:
        """The block of a frame as the screen gets it. reel: from 0. block: what the reel's track holds, None
        where silence stands for it. In the order of the show."""
        form, matrix = self.form, self._matrices[reel]
        if block is not None and matrix is not None:
            block, beyond = mixed(block, matrix)
            self.clipped += beyond
        plan = self._reels[reel]
        samples = samples_of(frame - plan.first, form.sample_rate, plan.rate)
        return self._joiner.join(frame, block, samples)


def routed(plan: ShowPlan, route: Route) -> tuple[Text, ...]:
    """What the route does to the sound of the reels, each once."""
    said = [route.said(symbols_in(sound)) for reel in plan.reels if (sound := _sound(reel)) is not None]
    return tuple(dict.fromkeys(each for each in said if each is not None))


def _sound(reel: ReelPlan) -> SoundDescriptor | None:
    track = next((track for track in reel.tracks if track.role == "sound"), None)
    return track.sound if track is not None else None


def _check(sound: SoundDescriptor, rate: Fraction, path: Path) -> None:
    """Nothing is allocated on a file's word. rate: frames a second."""
    known = 1 <= sound.channels <= MAX_CHANNELS and sound.quantization_bits in (16, 24)
    if not known or not 0 < sound.sample_rate <= MOST_SAMPLES * min(rate, Fraction(1)):
        raise DcpError(
            "play.no-such-sound",
            where=path,
            channels=sound.channels,
            bits=sound.quantization_bits,
            rate=sound.sample_rate,
            frames=str(rate),
        )
