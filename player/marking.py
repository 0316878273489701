"""Whether the show is marked, and with what: only the KDM switches marks off, and clear tracks have none.

The rules are DCSS 9.4.6.2; the flags are read by `kdm.forensic`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import text
from kdm.forensic import Marking
from player.picture import Dither, Mark, reduced
from player.plan import ShowPlan
from player.report import MarkReport
from player.timeline import timeline_of
from watermark.dither import DITHER, SAID, noise
from watermark.embed import Embedder
from watermark.payload import Payload, time_index_of
from watermark.secret import Secret

CLEAR = text("play.mark-clear")
SWITCHED_OFF = text("play.mark-switched-off")
NO_SECRET = text("play.mark-no-secret")
NO_AUDIO_MARK = text("play.mark-no-audio")


@dataclass(frozen=True)
class Marks:
    """embed: marks a frame, None when no picture is to be marked. report: the same in words. dither: of the
    frames that are marked."""

    embed: Mark | None
    report: MarkReport
    dither: Dither | None = None


def decide(
    plan: ShowPlan,
    marking: Marking,
    *,
    location: int | None,
    secret: Secret | None,
    reduce: int,
    now: datetime,
    bits: int | None = None,
) -> Marks:
    """What is marked, and why the rest is not. The mark carries `location` and the 15-minute step of `now`.
    bits: of a screen that wants 8 or 10: marked frames are dithered for it, or it would lose the mark.

    UsageError when a location comes without a secret or the other way round, when the location is out of
    range, or when the frames are too small for a mark that is due.
    """
    if (location is None) != (secret is None):
        raise UsageError("play.mark-needs-both")
    encrypted = {track.role for reel in plan.reels for track in reel.tracks if track.encrypted}
    sound = CLEAR if "sound" not in encrypted else SWITCHED_OFF if marking.channels == 0 else NO_AUDIO_MARK
    picture = CLEAR if "picture" not in encrypted else None if marking.picture else SWITCHED_OFF
    if picture is None and (location is None or secret is None):
        picture = NO_SECRET
    if picture is not None or location is None or secret is None:
        return Marks(None, MarkReport(False, False, picture, sound))
    payload = Payload(location, time_index_of(now))
    dithered = text("play.dithered", bits=bits, how=SAID[DITHER]) if bits is not None else None
    report = MarkReport(True, False, None, sound, payload.location, payload.time_index, dithered)
    return Marks(_embedding(plan, secret, payload, reduce), report, noise if bits is not None else None)


def in_place(embedder: Embedder) -> Mark:
    """Marks pictures of one frame, both eyes alike. They are nobody else's, and marked where they lie."""

    def mark(images: Sequence[NDArray[np.uint16]], frame: int) -> Sequence[NDArray[np.uint16]]:
        outs = [image if image.flags.writeable else np.empty_like(image) for image in images]
        if len(images) == 2:
            return embedder.apply_pair(images[0], images[1], frame, (outs[0], outs[1]))
        return [embedder.apply(image, frame, out) for image, out in zip(images, outs, strict=True)]

    return mark


def _embedding(plan: ShowPlan, secret: Secret, payload: Payload, reduce: int) -> Mark:
    """Marks a frame by the size and rate of its reel."""
    made: dict[tuple[int, int, Fraction], Embedder] = {}
    for reel in plan.played:
        form = (*reduced(reel.width, reel.height, reduce), reel.rate)
        if form not in made:
            made[form] = Embedder(secret, payload, width=form[0], height=form[1], rate=form[2])
    if len(made) == 1:
        return in_place(next(iter(made.values())))
    line = timeline_of(plan)

    def mark(images: Sequence[NDArray[np.uint16]], frame: int) -> Sequence[NDArray[np.uint16]]:
        reel = line.reel_at(frame)
        return in_place(made[*reduced(reel.width, reel.height, reduce), reel.rate])(images, frame)

    return mark
