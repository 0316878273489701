"""How long a planned package is likely to take on this machine: some frames are made, the rest is counted on
from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dcp.create.makers.frame import Frame, code
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.marking import Marking
from dcp.create.planning.plan import PicturePiece, PictureTrackPlan, Plan
from dcp.picture.codec import codec_by_name
from dcp.secrets.keys import Keyring
from dcp.system import cores

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
        _frame_of(track, keyring, plan.mark, codec, workers or cores(), clock) for track in coded[:MOST_TRIED]
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
    coder, recipe = codec_by_name(codec), stretch.recipes[0]
    reading = making = 0.0
    size = 0
    for _ in range(pair.count):  # the first one looks for its place, and finds nothing compiled
        begun = clock()
        frame: Frame = next(frames, None)
        read = clock()
        size = len(code(frame, recipe, coder, mark=maker.marks(stretch.begin)))
        reading, making = read - begun, clock() - read
    eyes = len(stretch.recipes)
    # frames are read one after another while all workers code
    return max(reading * (2 if stretch.read_right else 1), making * eyes / workers), size


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
