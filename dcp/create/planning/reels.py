"""The reels of a composition, planned: pictures and sound of one length, and their pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import Composition
from dcp.create.makers.protocol import Progress
from dcp.create.planning.expanding import LogicalReel
from dcp.create.planning.pictures import PlannedPicture, Probed, plan_picture
from dcp.create.planning.plan import PicturePiece, SoundPiece
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_values import SoundPlan
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.extras import has
from dcp.secrets.keys import Keyring
from dcp.sound.layout import Layout
from dcp.texts.catalogue import Text, text


@dataclass(frozen=True)
class PlannedReel:
    """A logical reel, planned: pieces of picture and sound, as long as each other."""

    pictures: tuple[PlannedPicture, ...]
    sounds: tuple[SoundPlan, ...]

    @property
    def frames(self) -> int:
        return sum(each.piece.count for each in self.pictures)


def plan_reels(
    composition: Composition,
    logical: Sequence[LogicalReel],
    probed: Sequence[Sequence[Probed]],
    rate: Fraction,
    size: tuple[int, int],
    keyring: Keyring | None,
) -> list[PlannedReel]:
    """Each reel with its pictures and its sound. A part that comes again is planned once.

    rate: the package's edit units a second; size: (width, height) of the container. UsageError, SourceError
    for what cannot be.
    """
    pictures: dict[object, PlannedPicture] = {}
    reels = []
    for reel, parts in zip(logical, probed, strict=True):
        planned = []
        for each in parts:
            if each.part not in pictures:
                pictures[each.part] = plan_picture(each, composition, rate=rate, size=size, keyring=keyring)
            planned.append(pictures[each.part])
        reels.append(PlannedReel(tuple(planned), _sounds(reel, parts, planned, rate, keyring)))
    return reels


def with_sound_alike(
    reels: list[PlannedReel],
    composition: Composition,
    kind: str,
    rate: Fraction,
    keyring: Keyring | None,
    *,
    measure: bool,
    progress: Progress | None,
) -> tuple[list[PlannedReel], list[Text], list[Text]]:
    """The reels with one layout throughout, silent ones given it, and the loudness that was asked for; what
    was decided, what is advised.

    kind: of content; measure: the sound is measured though no loudness is asked for. SourceError for layouts
    that differ.
    """
    plans = [plan for reel in reels for plan in reel.sounds]
    decisions = [line for plan in plans for line in plan.decisions]
    advice = [line for plan in plans for line in plan.advice]
    layouts = list(dict.fromkeys(plan.layout for plan in plans if plan.sources))
    if len(layouts) > 1:
        raise SourceError("create.sound-layouts", layouts=", ".join(map(_layout_name, layouts)))
    if layouts:
        reels = [
            replace(
                reel,
                sounds=tuple(
                    plan if plan.sources else replace(plan, layout=layouts[0]) for plan in reel.sounds
                ),
            )
            for reel in reels
        ]
    if not layouts or (composition.loudness is None and not measure):
        return reels, decisions, advice
    if composition.loudness is None and not has("sound"):
        return reels, [*decisions, text("plan.loudness-unmeasured")], advice
    from dcp.create.planning.loudness import level
    from dcp.create.planning.measuring import measured

    heard = measured([plan for reel in reels for plan in reel.sounds], rate, keyring, progress)
    found = level(heard, kind, composition.loudness)
    raised = [
        replace(reel, sounds=tuple(replace(plan, gain=plan.gain + found.gain) for plan in reel.sounds))
        for reel in reels
    ]
    if found.gain:
        decisions = [line for line in decisions if line.id != "plan.sound-untouched"]
    return raised, [*decisions, *found.decisions], [*advice, *found.advice]


def chapters_of(reel: PlannedReel, rate: Fraction) -> tuple[int, ...]:
    """Where the chapters of the sources begin, in frames of the reel."""
    found, start = [], 0
    for picture in reel.pictures:
        for second in picture.piece.run.eyes[0].facts.chapters:
            frame = round(picture.clock.shown(second) * rate)
            if 0 < frame < picture.piece.count:
                found.append(start + frame)
        start += picture.piece.count
    return tuple(found)


def picture_pieces(pieces: Sequence[PicturePiece], start: int, count: int) -> tuple[PicturePiece, ...]:
    """Frames `start` to before `start + count` of pieces in a row."""
    found, at = [], 0
    for piece in pieces:
        first, last = max(start, at), min(start + count, at + piece.count)
        if first < last:
            found.append(PicturePiece(piece.run, piece.first + first - at, last - first))
        at += piece.count
    return tuple(found)


def sound_pieces(reel: PlannedReel, start: int, count: int) -> tuple[SoundPiece, ...]:
    """Edit units `start` to before `start + count` of a reel's sound."""
    if len(reel.sounds) == 1:
        return (SoundPiece(reel.sounds[0], start, count),)
    found, at = [], 0
    for plan, picture in zip(reel.sounds, reel.pictures, strict=True):
        first, last = max(start, at), min(start + count, at + picture.piece.count)
        if first < last:
            found.append(SoundPiece(plan, first - at, last - first))
        at += picture.piece.count
    return tuple(found)


def active_area(reels: Sequence[PlannedReel], size: tuple[int, int]) -> tuple[int, int]:
    """The part of the picture that is not black border, of the source that fills most."""
    areas = [
        eye.placement.active_area if eye.placement is not None else size
        for reel in reels
        for picture in reel.pictures
        for eye in picture.piece.run.eyes
    ]
    width, height = max(area[0] for area in areas), max(area[1] for area in areas)
    return width - width % 2, height - height % 2


# --- how it is done -----


def _sounds(
    reel: LogicalReel,
    parts: Sequence[Probed],
    pictures: Sequence[PlannedPicture],
    rate: Fraction,
    keyring: Keyring | None,
) -> tuple[SoundPlan, ...]:
    """One plan for the whole reel where the sound is its own, else one for each part."""
    if reel.sound.sources or reel.sound.silent or len(parts) == 1:
        length = Fraction(sum(each.piece.count for each in pictures)) / rate
        (first, *_) = pictures
        own = parts[0].facts
        return (
            plan_sound(
                reel.sound,
                own.path if own.kind == "video" else None,
                first.clock,
                length=length,
                edit_rate=rate,
                trim=first.trim if len(parts) == 1 else Fraction(0),
                beyond=first.beyond if len(parts) == 1 else Fraction(0),
                keyring=keyring,
            ),
        )
    return tuple(
        plan_sound(
            reel.sound,
            each.facts.path if each.facts.kind == "video" and not each.part.black else None,
            picture.clock,
            length=Fraction(picture.piece.count) / rate,
            edit_rate=rate,
            trim=picture.trim,
            beyond=picture.beyond,
        )
        for each, picture in zip(parts, pictures, strict=True)
    )


def _layout_name(layout: Layout) -> str:
    return f"{layout.field}({','.join(name or '-' for name in layout.channels)})"
