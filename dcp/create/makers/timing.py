"""How long a planned package is likely to take on this machine: some frames are made, the rest is counted on
from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from dcp.create.makers.frame import Frame, code, picture_of
from dcp.create.makers.picture import PictureMaker
from dcp.create.makers.tasks import tried_picture
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.marking import Marking
from dcp.create.planning.plan import PicturePiece, PictureTrackPlan, Plan
from dcp.picture.codec import BIT_DEPTH, codec_by_name
from dcp.picture.coding import Coding, candidates, chosen
from dcp.secrets.keys import Keyring
from dcp.system import cores

if TYPE_CHECKING:
    from dcp.create.makers.frame import Codes

MOST_TRIED = 4
"""Tracks of which frames are made; the rest are taken for as slow."""
_WRITTEN = 100e6
"""Bytes a second through the spool and into the track file, encrypted and hashed."""

Clock = Callable[[], float]


def seconds_of(
    plan: Plan,
    *,
    keyring: Keyring | None = None,
    codec: str = "openjpeg",
    workers: int | None = None,
    clock: Clock = time.perf_counter,
) -> float:
    """Seconds that the making of the package is likely to take.

    workers: threads that will code; by default one a core. clock: seconds. SourceError, CodestreamError where
    a frame that is tried cannot be made.
    """
    written = sum(track.bytes_at_most for track in plan.sounds)
    coded = [track for track in plan.pictures if not track.codestreams]
    written += sum(track.bytes_at_most for track in plan.pictures if track.codestreams)
    tried = [
        _frame_of(track, keyring, plan.mark, codec, plan.coding, workers or cores(), clock)
        for track in coded[:MOST_TRIED]
    ]
    seconds = 0.0
    for number, track in enumerate(coded):
        of_frame, size = tried[number] if number < len(tried) else max(tried)
        seconds += of_frame * _different(track)
        written += size * track.frames * (2 if track.stereo else 1)
    return seconds + written / _WRITTEN


# --- how it is done -----


def _frame_of(
    track: PictureTrackPlan,
    keyring: Keyring | None,
    marking: Marking | None,
    codec: str,
    coding: Coding,
    workers: int,
    clock: Clock,
) -> tuple[float, int]:
    """Seconds that an edit unit of the track takes with all workers, and the bytes of a frame of it."""
    made = [each for each in track.pieces if track.begin is not None or not each.run.codestreams]
    piece = max(made, key=lambda each: each.count)
    at = piece.first + piece.count // 2
    pair = PicturePiece(piece.run, at, min(2, piece.first + piece.count - at))
    maker = picture_maker(replace(track, pieces=(pair,)), keyring=keyring, marking=marking)
    (stretch,) = maker.stretches
    frames = iter(stretch.read(0))
    coder, recipe, mark = codec_by_name(codec), stretch.recipes[0], _mark_of(maker, stretch.begin)
    reading = making = 0.0
    size = planes = 0
    for number in range(pair.count):  # the first one looks for its place, and finds nothing compiled
        begun = clock()
        frame: Frame = next(frames, None)
        read = clock()
        size = len(code(frame, recipe, coder, bits=BIT_DEPTH - planes, mark=mark))
        reading, making = read - begun, clock() - read
        if not number and frame is not None:
            picture = picture_of(frame, recipe, coder)
            tries = candidates(coding, None)
            errors = {each: tried_picture(picture, recipe, codec, each)[1] for each in tries[1:] and tries}
            planes = chosen(coding, errors)
    eyes = len(stretch.recipes)
    # frames are read one after another while all workers code
    return max(reading * (2 if stretch.read_right else 1), making * eyes / workers), size


def _mark_of(maker: PictureMaker, number: int) -> Callable[[Codes], Codes] | None:
    mark = maker.mark
    return None if mark is None else lambda picture: mark((picture,), number)[0]


def _different(track: PictureTrackPlan) -> int:
    """Edit units whose picture is not that of the one before; marked, no two are alike."""
    if track.begin is not None:
        return track.frames
    count = 0
    for piece in track.pieces:
        takes = piece.run.eyes[0].takes
        before = None
        for at in range(piece.first, piece.first + piece.count):
            mark = (takes.first[at], takes.second[at] if takes.second else None)
            count += mark != before
            before = mark
    return count
