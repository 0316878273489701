"""Sound measured whole before it is made, for what its loudness asks for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dcp.create.makers.protocol import Progress
from dcp.create.makers.sound import sound_units
from dcp.create.planning.sound_values import SoundPlan
from dcp.extras import need
from dcp.secrets.keys import Keyring
from dcp.sound.loudness import Loudness, Meter


def measured(
    plans: Sequence[SoundPlan],
    rate: Fraction,
    keyring: Keyring | None = None,
    progress: Progress | None = None,
) -> Loudness:
    """The loudness of reels' sound, one after another, with the gains and fades that they have already.

    rate: edit units a second. keyring: for sources that are encrypted. progress(edit units done, in all).
    SourceError where a source cannot be read.
    """
    need("sound")
    meter = Meter(plans[0].layout, plans[0].sample_rate)
    counts = [int(plan.length * rate) for plan in plans]
    done = 0
    for plan, count in zip(plans, counts, strict=True):
        for unit in sound_units(plan, edit_rate=rate, count=count, keyring=keyring):
            meter.add(unit)
            done += 1
            if progress is not None:
                progress(done, sum(counts))
        meter.end_reel()
    return meter.result()
