"""Single frames of a planned composition, made as the package will have them: for a look before the work."""

from __future__ import annotations

from dataclasses import replace

from dcp.create.makers.frame import frame_of
from dcp.create.makers.tracks import burnt_into, picture_maker
from dcp.create.planning.plan import (
    CompositionPlan,
    PicturePiece,
    PictureTrackPlan,
    Plan,
    ReelPlan,
    Referred,
)
from dcp.create.planning.preview import Shot, preview_frames
from dcp.create.sources.trackfile import probe_track_file, read_track_file
from dcp.picture.codec import codec_by_name
from dcp.secrets.keys import Keyring
from dcp.text.layout.burnt import for_eye


def shots_of(plan: Plan, composition: CompositionPlan, *, keyring: Keyring | None = None) -> list[Shot]:
    """Eight frames spread over the composition; of a stereoscopic one, the left eye's.

    SourceError where a source cannot be read.
    """
    return [_shot(plan, composition, number, keyring) for number in preview_frames(composition.frames)]


# --- how it is done -----


def _shot(plan: Plan, composition: CompositionPlan, number: int, keyring: Keyring | None) -> Shot:
    reel, at = _reel_at(composition, number)
    if isinstance(reel.picture, Referred):
        return _of_original(reel.picture, at, number, keyring)
    track = plan.pictures[reel.picture]
    piece = _piece_at(track, at)
    maker = picture_maker(replace(track, pieces=(piece,), burnt=()), keyring=keyring)
    (stretch,) = maker.stretches
    frame = next(iter(stretch.read(0)))
    if isinstance(frame, bytes):
        return Shot(codec_by_name().decode(frame), number, piece.run.name)
    burnt = burnt_into(track)
    recipe = stretch.recipes[0]
    if burnt is not None:
        cues = burnt(at)
        recipe = replace(recipe, burnt=for_eye(cues, "left") if track.stereo else cues)
    return Shot(frame_of(frame, recipe), number, piece.run.name)


def _of_original(picture: Referred, at: int, number: int, keyring: Keyring | None) -> Shot:
    facts = probe_track_file(picture.path, keyring=keyring)
    frame = next(read_track_file(facts, (picture.track.entry_point + at,), keyring=keyring))
    return Shot(codec_by_name().decode(frame), number, picture.path.name)


def _reel_at(composition: CompositionPlan, number: int) -> tuple[ReelPlan, int]:
    for reel in composition.reels:
        if number < reel.frames:
            return reel, number
        number -= reel.frames
    raise IndexError(number)


def _piece_at(track: PictureTrackPlan, at: int) -> PicturePiece:
    """The one frame."""
    for piece in track.pieces:
        if at < piece.count:
            return PicturePiece(piece.run, piece.first + at, 1)
        at -= piece.count
    raise IndexError(at)
