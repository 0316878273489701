"""A reel's immersive sound and other auxiliary data decided, and the sync signal beside it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.auxdata.sync_signal import CHANNEL, MAX_UNITS, SAMPLE_RATES, SYMBOL, can_carry, read_messages
from dcp.create.job.values import AuxTrack, Sync
from dcp.create.planning.plan import AuxTrackPlan
from dcp.create.planning.sound_values import Route, SoundPlan
from dcp.create.planning.telling import in_file
from dcp.create.sources.aux_data import checked_frames, probe_aux
from dcp.create.sources.sound_reading import open_samples
from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import SourceError, UsageError
from dcp.secrets.keys import Keyring
from dcp.sound.layout import BYTES_PER_SAMPLE, MAX_CHANNELS, Layout
from dcp.texts.catalogue import Text, text
from dcp.timecode import timecode_of

if TYPE_CHECKING:
    from dcp.create.planning.reels import PlannedReel

_PLACE = CHANNEL - 1


@dataclass(frozen=True)
class PlannedAux:
    """track: as long as the reel. sync: what the job says of the signal."""

    track: AuxTrackPlan
    sync: Sync | None = None
    decisions: tuple[Text, ...] = ()

    @property
    def immersive(self) -> bool:
        return self.track.facts.kind != "data"


def plan_aux(
    track: AuxTrack,
    *,
    frames: int,
    rate: Fraction,
    standard: Standard,
    trim: Fraction = Fraction(0),
    first: int | None = None,
    keyring: Keyring | None = None,
) -> PlannedAux | None:
    """The auxiliary data of a reel of so many frames, every frame of it looked into; None where a package
    brings some that the new one has no place for.

    rate: the package's; it has to be that of the data. trim: seconds that are cut from the picture's source:
    the data begins where that does, and is cut as well. first: the unit that plays first, where a package
    says it. UsageError, SourceError for what cannot be, with the number of a wrong frame.
    """
    if track.source is None:
        raise UsageError("job.no-aux-source", reel=1)
    if standard != "smpte":
        if first is not None:
            return None
        raise UsageError("aux.interop", where=track.source)
    facts = probe_aux(track.source, coding=track.coding, keyring=keyring)
    if facts.rate is not None and facts.rate != rate:
        raise SourceError("aux.other-rate", where=facts.path, rate=facts.rate, expected=rate)
    decisions: list[Text] = []
    start = first if first is not None else _start(trim * rate, facts.path)
    if first is None and facts.first and facts.frames >= start + facts.first + frames:
        decisions.append(text("plan.aux-first-frame", n=facts.first))
        start += facts.first
    if facts.frames < start + frames:
        raise SourceError(
            "aux.shorter", where=facts.path, n=max(facts.frames - start, 0), frames=frames,
            end=timecode_of(max(facts.frames - start, 0), rate),
        )  # fmt: skip
    left = facts.frames - start - frames
    if left and first is None:
        decisions.append(text("plan.aux-cut", n=left))
    facts = checked_frames(facts, start, frames, rate, keyring=keyring)
    planned = AuxTrackPlan(facts, start, frames, rate)
    return PlannedAux(
        planned, track.sync, tuple(in_file(facts.path, said) for said in (*facts.decisions, *decisions))
    )


def with_sync(
    reels: Sequence[PlannedReel], rate: Fraction, keyring: Keyring | None
) -> tuple[list[PlannedReel], set[int], list[Text], list[Text]]:
    """The reels with channel 14 of their sound free for the sync signal, the numbers (from 0) of those that
    get it, what was decided and what is advised.

    Every reel's sound gets the channel, as all are of one layout; those with immersive sound get the signal.
    keyring: for sound that is encrypted. UsageError where it is asked for and cannot be.
    """
    wanted = {
        number: reel.aux for number, reel in enumerate(reels) if reel.aux is not None and reel.aux.immersive
    }
    if not wanted or all(aux.sync == "off" for aux in wanted.values()):
        return list(reels), set(), [], []
    asked = any(aux.sync == "on" for aux in wanted.values())
    plans = [plan for reel in reels for plan in reel.sounds]
    if not all(reel.sounds for reel in reels):  # some play an original's sound, which stays as it is
        signalled = all(_has_signal(reels[number]) for number in wanted)
        hindrance = None if signalled else text("aux.no-sync-original")
        plans = []
    else:
        hindrance = _hindrance(reels, plans, rate, keyring)
    if hindrance is not None:
        if asked:
            raise UsageError("aux.no-sync", where="--sync-signal", why=hindrance)
        return list(reels), set(), [], [text("advice.no-sync", why=hindrance)]
    if not plans:
        return list(reels), set(), [], []
    decisions = [text("plan.sync-signal", channel=CHANNEL)]
    if any(route.position == _PLACE for plan in plans for route in plan.routes):
        decisions = [text("plan.sync-renewed", channel=CHANNEL)]
    if any(len(plan.layout.channels) < MAX_CHANNELS for plan in plans):
        decisions.append(text("plan.sync-channels", n=MAX_CHANNELS))
    silent = len(wanted) < len(reels)
    advice = [text("advice.immersive-in-some", n=len(wanted), reels=len(reels))] if silent else []
    made = [replace(reel, sounds=tuple(map(_with_channel, reel.sounds))) for reel in reels]
    return made, {number for number, aux in wanted.items() if aux.sync != "off"}, decisions, advice


# --- how it is done -----


def _start(units: Fraction, path: Path) -> int:
    if units.denominator != 1:
        raise SourceError("aux.between-frames", where=path, units=float(units))
    return int(units)


def _has_signal(reel: PlannedReel) -> bool:
    """Whether the original's sound that it plays has the channel."""
    form = reel.original.sound.form if reel.original.sound is not None else None
    return form is not None and form.channels[_PLACE : _PLACE + 1] == (SYMBOL,)


def _hindrance(
    reels: Sequence[PlannedReel], plans: Sequence[SoundPlan], rate: Fraction, keyring: Keyring | None
) -> Text | None:
    """Why there can be no signal; None where there can."""
    for plan in plans:
        if not can_carry(rate, plan.sample_rate) or any(reel.frames > MAX_UNITS for reel in reels):
            return text("aux.no-sync-rate", rate=rate, samples=plan.sample_rate)
        held = plan.layout.channels[_PLACE] if len(plan.layout.channels) > _PLACE else None
        routes = [route for route in plan.routes if route.position == _PLACE] if held is None else []
        if held not in (None, SYMBOL) or not all(_is_signal(plan, route, keyring) for route in routes):
            return text("aux.no-sync-taken", channel=CHANNEL)
    return None


def _is_signal(plan: SoundPlan, route: Route, keyring: Keyring | None) -> bool:
    """Whether a channel that has no name is a sync signal, as its first second tells."""
    with ExitStack() as stack:
        source = plan.sources[route.source]
        samples = open_samples(source, keyring)
        if samples is None:
            return False
        stack.enter_context(closing(samples))
        if samples.bits != 24 or source.sample_rate not in SAMPLE_RATES:
            return False
        stride, at = samples.channels * BYTES_PER_SAMPLE, route.channel * BYTES_PER_SAMPLE
        block = samples.read(0, min(samples.samples, source.sample_rate))
    heard = bytearray(len(block) // samples.channels)
    for byte in range(BYTES_PER_SAMPLE):
        heard[byte::BYTES_PER_SAMPLE] = block[at + byte :: stride]
    return bool(read_messages(bytes(heard), sample_rate=source.sample_rate))


def _with_channel(plan: SoundPlan) -> SoundPlan:
    """Of 16 channels, of which 14 is the signal's and gets nothing else."""
    channels: list[str | None] = [*plan.layout.channels, *[None] * (MAX_CHANNELS - len(plan.layout.channels))]
    channels[_PLACE] = SYMBOL
    routes = tuple(route for route in plan.routes if route.position != _PLACE)
    return replace(plan, layout=Layout(plan.layout.field, tuple(channels)), routes=routes)
