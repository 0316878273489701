"""Timed text over the picture: read when its reel begins, set by the layout engine that burns it in, too.

What cannot be drawn is told and never stops the show: the picture goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.documents.cpl import SUBTITLE_KINDS
from dcp.errors import DcpError, SourceError, UsageError
from dcp.extras import has
from dcp.secrets.keys import Keyring
from dcp.text.editing import within
from dcp.text.layout.burnt import BurntCue, BurntText, burn_cues, for_eye, shown_in
from dcp.text.layout.overlay import Eye
from dcp.text.values import Image as Picture
from dcp.texts.catalogue import Text, text
from player.plan import ReelPlan, ShowPlan, Track
from player.screen.screen import Image
from player.transport import ON as FIRST

ON, OFF = FIRST, "off"


@dataclass(frozen=True)
class Overlaid:
    """The text of a reel. shown: the cues of a frame of the reel, which counts from 0. notes: what of it is
    not drawn."""

    shown: Callable[[int], tuple[BurntCue, ...]]
    notes: tuple[Text, ...] = ()


def chosen(reel: ReelPlan, subtitles: str) -> Track | None:
    """The text that is drawn: subtitles, of the language that is asked for; never captions, which go to
    devices of their own."""
    tracks = [track for track in reel.tracks if track.kind in SUBTITLE_KINDS]
    if subtitles == OFF:
        return None
    return next((track for track in tracks if subtitles == ON or _speaks(track, subtitles)), None)


def check_choice(plan: ShowPlan, subtitles: str) -> None:
    """UsageError, with the languages there are, when no reel has text in the one that is asked for."""
    if subtitles in (ON, OFF) or any(chosen(reel, subtitles) for reel in plan.reels):
        return
    tracks = [track for reel in plan.reels for track in reel.tracks if track.kind in SUBTITLE_KINDS]
    known = sorted({track.language for track in tracks if track.language})
    raise UsageError("play.no-such-text", language=subtitles, known=", ".join(known) or text("word.none"))


def overlaid(track: Track, reel: ReelPlan, rate: Fraction) -> Overlaid:
    """Its cues on the reel's clock, as far as they can be drawn. DcpError for what cannot be read."""
    from dcp.text.opening import LOST, open_text
    from player.cues import at_once, outside, with_fonts

    if not has("text"):
        raise DcpError("play.text-needs-extra")
    keyring = Keyring((track.key,)) if track.key is not None else None
    source = open_text(track.path, rate=rate, keyring=keyring, lenient=True)
    notes = [note for note in source.notes if note.id in LOST]
    units = (
        track.header.container_duration if track.header is not None else track.entry_point + track.duration
    )
    notes += outside(source.cues, units / track.edit_rate)
    first = track.entry_point / track.edit_rate
    cues, crowded = at_once(within(source.cues, first, first + reel.duration / rate))
    notes += crowded
    cues, fonts, left_out = with_fonts(cues, source.fonts, language=source.language, where=track.path)
    notes += left_out
    named = {part.resource for cue in cues for part in cue.content if isinstance(part, Picture)}
    images = tuple((id, data) for id, data in source.images.items() if id in named)
    return Overlaid(shown_in(BurntText(cues, fonts, images, source.language), rate), tuple(notes))


def drawn(
    image: Image, cues: Sequence[BurntCue], eye: Eye | None, *, hdr: bool = False
) -> tuple[Image, tuple[Text, ...]]:
    """The X'Y'Z' picture with the cues over it, as one eye sees them, and what could not be drawn.
    hdr: the codes are of ST 2084."""
    if not cues:
        return image, ()
    image = image if image.flags.writeable else np.array(image)
    planes = [image[..., component] for component in range(3)]
    problems: list[Text] = []
    for cue in cues if eye is None else for_eye(cues, eye):
        try:
            burn_cues(planes, [cue], hdr=hdr)
        except SourceError:
            problems += _in_parts(planes, cue)
    return image, tuple(problems)


def _in_parts(planes: Sequence[NDArray[np.uint16]], cue: BurntCue) -> Iterator[Text]:
    """Of a cue that cannot be drawn the lines and images that can, and why the others cannot."""
    for part in cue.cue.content:
        try:
            burn_cues(planes, [replace(cue, cue=replace(cue.cue, content=(part,)))])
        except SourceError as error:
            yield text("play.cue-not-drawn", why=error)


def _speaks(track: Track, language: str) -> bool:
    tag = (track.language or "").lower()
    return tag == language.lower() or tag.split("-")[0] == language.lower()
