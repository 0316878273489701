"""The reels of a composition, planned: pictures and sound of one length, and their pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import Composition
from dcp.create.makers.protocol import Progress
from dcp.create.planning.aux import PlannedAux, plan_aux
from dcp.create.planning.expanding import LogicalReel
from dcp.create.planning.originals import OriginalReel
from dcp.create.planning.pictures import PlannedPicture, Probed, plan_picture
from dcp.create.planning.plan import PicturePiece, Referred, SoundPiece
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_values import SoundPlan
from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import SourceError, UsageError
from dcp.extras import has
from dcp.secrets.keys import Keyring
from dcp.sound.layout import Layout
from dcp.texts.catalogue import Text, text


@dataclass(frozen=True)
class PlannedReel:
    """A logical reel, planned: pieces of picture and sound, as long as each other. original: what plays of
    the original version; no sound of its own then, where that has one or there is none. dropped: what of the
    source has no place in the package.
    """

    pictures: tuple[PlannedPicture, ...]
    sounds: tuple[SoundPlan, ...]
    original: OriginalReel = OriginalReel()
    aux: PlannedAux | None = None
    dropped: tuple[Text, ...] = ()
    markers: tuple[tuple[str, int], ...] = ()

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
    standard: Standard = "smpte",
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
        sounds = () if _sound_stays(reel) else _sounds(reel, parts, planned, rate, keyring)
        aux = _aux(reel, planned, rate, standard, keyring)
        dropped = (text("plan.aux-left"),) if reel.aux is not None and aux is None else ()
        marked = _marked(reel, planned[0], rate)
        own = PlannedReel(tuple(planned), sounds, reel.original, aux, dropped, marked)
        reels.append(_with_original(own, rate))
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
    layouts = _with_originals(layouts, reels)
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
    if composition.loudness is not None and not plans:
        raise UsageError("ov.sound-steps", where="--loudness")
    if not layouts or not plans or (composition.loudness is None and not measure):
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


def original_parts(
    reel: PlannedReel, start: int, count: int, rate: Fraction
) -> tuple[Referred | None, Referred | None, tuple[Referred, ...]]:
    """Frames `start` to before `start + count` of what plays of the original: picture, sound, others."""
    original = reel.original
    return (
        original.picture.picture.part(start, count, rate) if original.picture is not None else None,
        original.sound.part(start, count, rate) if original.sound is not None else None,
        tuple(each.part(start, count, rate) for each in original.others),
    )


def markers_of_original(
    told: Sequence[tuple[str, int]], reels: Sequence[PlannedReel]
) -> tuple[tuple[str, int], ...]:
    """The markers that are told, and those of the original, or of compositions of IMF, in the reels.

    The first frame of anything is the first of them, the last the last; the content's own first and last
    frame count in the first and the last reel alone.
    """
    found: dict[str, int] = {}
    start = 0
    for number, reel in enumerate(reels):
        original = reel.original.picture
        for label, frame in (*reel.markers, *(original.markers if original is not None else ())):
            at = {"FFOC": 0, "LFOC": len(reels) - 1}.get(label, number)
            if at == number and not (label.startswith("F") and label in found):
                found[label] = start + frame
        start += reel.frames
    return tuple({**found, **dict(told)}.items())


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
        picture.original.active or size
        if picture.original is not None
        else eye.placement.active_area
        if eye.placement is not None
        else size
        for reel in reels
        for picture in reel.pictures
        for eye in picture.piece.run.eyes
    ]
    width, height = max(area[0] for area in areas), max(area[1] for area in areas)
    return width - width % 2, height - height % 2


# --- how it is done -----


def _with_original(reel: PlannedReel, rate: Fraction) -> PlannedReel:
    """What plays of the original beside a picture of its own is cut to that one's length. UsageError where it
    is shorter."""
    original = reel.original
    if original.picture is not None:
        return reel

    def cut(track: Referred) -> Referred:
        seconds, whole = track.track.played / (track.track.edit_rate or rate), reel.frames / rate
        if seconds < whole:
            raise UsageError("ov.lengths", where=track.path, sound=float(seconds), picture=float(whole))
        return track.part(0, reel.frames, rate)

    return replace(
        reel,
        original=replace(
            original,
            sound=cut(original.sound) if original.sound is not None else None,
            others=tuple(map(cut, original.others)),
        ),
    )


def _marked(reel: LogicalReel, picture: PlannedPicture, rate: Fraction) -> tuple[tuple[str, int], ...]:
    """The reel's own markers, in frames, without those that were cut off."""
    placed = ((label, round(picture.clock.shown(second) * rate)) for label, second in reel.markers)
    return tuple((label, frame) for label, frame in placed if 0 <= frame < picture.piece.count)


def _sound_stays(reel: LogicalReel) -> bool:
    """Whether the reel has the original's sound, or like it none."""
    if reel.original.sound is not None:
        return True
    return reel.original.picture is not None and not reel.sound.sources and not reel.sound.silent


def _with_originals(layouts: list[Layout], reels: Sequence[PlannedReel]) -> list[Layout]:
    """The layouts, and those of the original's sound that do not go with them: where a file names no channel,
    their number decides."""
    found = list(layouts)
    for reel in reels:
        form = reel.original.sound.form if reel.original.sound is not None else None
        if form is not None and not any(_go_together(each.channels, form.channels) for each in found):
            found.append(Layout(form.field, form.channels))
    return found


def _go_together(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    return len(one) == len(other) and all(
        None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True)
    )


def _aux(
    reel: LogicalReel,
    pictures: Sequence[PlannedPicture],
    rate: Fraction,
    standard: Standard,
    keyring: Keyring | None,
) -> PlannedAux | None:
    if reel.aux is None:
        return None
    (first, *_) = pictures
    return plan_aux(
        reel.aux,
        frames=sum(each.piece.count for each in pictures),
        rate=rate,
        standard=standard,
        trim=first.trim / first.clock.speed if len(pictures) == 1 else Fraction(0),
        first=reel.aux_first,
        keyring=keyring,
    )


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
                tracks=reel.heard,
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
