"""A version file over its original: which of the original's tracks each reel plays, what is said of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import Job, OtherKind, OtherTrack, PictureTrack, Reel, SoundTrack, TextKind
from dcp.create.planning.languages import spoken
from dcp.create.planning.plan import Plan, ReelPlan, Referred
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.original import (
    Originals,
    OriginalTrack,
    active_area,
    picture_facts,
    said_of_files,
    stretch,
    track_of,
)
from dcp.dataclass import dataclass
from dcp.documents import cpl as documents
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, CompositionPlaylist, ReelAsset
from dcp.errors import UsageError
from dcp.packing.metadata import HDR
from dcp.packing.name_reading import parse_name
from dcp.texts.catalogue import Text, text
from dcp.timecode import range_of

_OTHER_KINDS: dict[OtherKind, tuple[str, ...]] = {
    "subtitle": SUBTITLE_KINDS, "caption": CAPTION_KINDS, "aux": ("AuxData",)
}  # fmt: skip
_ANY_OTHER = tuple(kind for kinds in _OTHER_KINDS.values() for kind in kinds)
_TEXT_KINDS: dict[TextKind, tuple[str, ...]] = {
    "subtitle": SUBTITLE_KINDS,
    "caption": CAPTION_KINDS,
    "burn-in": (),
}


@dataclass(frozen=True)
class OriginalPicture:
    """A stretch of the original's picture as a reel's own. facts: by the file's header alone.

    markers: label and frame of the reel, those that the original has in it.
    """

    picture: Referred
    facts: PictureFacts
    active: tuple[int, int] | None
    markers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class OriginalReel:
    """What a reel plays of the original; None, () where it plays nothing of a kind."""

    picture: OriginalPicture | None = None
    sound: Referred | None = None
    others: tuple[Referred, ...] = ()


def reel_of(originals: Originals, reel: Reel) -> OriginalReel:
    """What a reel of a job with `ov` in it plays of the original.

    UsageError for a reel, an asset or a stretch that is not there.
    """
    picture, sound = reel.picture, reel.sound
    if picture.ov is None:
        heard = None
        if sound.ov is not None:
            heard = _sound(originals, _asset(originals, sound.ov, "sound"), sound)
        return OriginalReel(sound=heard, others=_named(originals, reel))
    asset = _asset(originals, picture.ov, "picture")
    if isinstance(picture.ov, int):
        whole = originals.reel(picture.ov)
    else:
        found = originals.reel_with(picture.ov)
        whole = documents.Reel(uuid.uuid4(), (asset,)) if found is None else found
        # the file's own first frame is what its id counts from, whatever a reel plays of it
        before = asset.entry_point / asset.edit_rate
        return _of_stretch(originals, whole, asset, reel, counted_from=-before)
    return _of_stretch(originals, whole, asset, reel)


def reel_of_package(originals: Originals, found: documents.Reel, reel: Reel) -> OriginalReel:
    """What a reel of a source that is a package plays of the original: all that is not given anew."""
    assert found.picture is not None
    given = anew(reel)
    for asset in found.assets:
        new = asset.kind in given or (asset is found.sound and (reel.sound.sources or reel.sound.silent))
        if asset.is_track_file and not new and not originals.holds(asset.id):
            raise UsageError("ov.elsewhere", where=reel.picture.source, kind=asset.kind, asset=asset.id)
    if reel.picture != PictureTrack(source=reel.picture.source):
        raise UsageError("ov.picture-steps", where=reel.picture.source)
    return _of_stretch(originals, found, found.picture, reel)


def inherited(job: Job, originals: Originals) -> Job:
    """The job, its compositions as the original's where they do not say themselves: title, kind, HDR,
    luminance. UsageError where nobody says which of several compositions that is."""
    kinds = [anew(replace(reel, texts=(*each.texts, *reel.texts))) for each in job.compositions
             for reel in each.reels]  # fmt: skip
    cpl = originals.composition(anew=set.intersection(*kinds) if kinds else ())
    metadata = cpl.metadata
    full = metadata.full_content_title_text if metadata is not None else None
    graded_for = None
    if metadata is not None and metadata.luminance is not None:
        graded_for = f"{metadata.luminance} {metadata.luminance_units or ''}"
    hdr = metadata is not None and any(each.scope == HDR.scope for each in metadata.extension_metadata_list)
    if not hdr and any(each.hdr for each in job.compositions):
        raise UsageError("ov.hdr", where="--hdr")
    return replace(
        job,
        compositions=tuple(
            replace(
                each,
                title=each.title or _film(full or cpl.content_title_text),
                kind=each.kind or cpl.content_kind,
                hdr=each.hdr or hdr,
                luminance=each.luminance or graded_for,
            )
            for each in job.compositions
        ),
    )


def check_version(plan: Plan, originals: Originals) -> tuple[list[Text], list[Text]]:
    """Decisions and advice on the whole.

    UsageError for a composition that plays nothing of the original, and for a package that adds nothing.
    """
    where = originals.packages[0].root
    compositions, own = plan.compositions, plan.pictures or plan.sounds or plan.texts or plan.auxes
    played = {each.track.id for plan in compositions for reel in plan.reels for each in reel.referred}
    if not played:
        raise UsageError("ov.nothing-referred", where=where)
    known = [_shape_of_playlist(cpl) for cpl in originals.compositions]
    if not own and any(_shape(plan.reels) in known for plan in compositions):
        raise UsageError("ov.nothing-new", where=where)
    decisions, advice = said_of_files(originals, sorted(played, key=str))
    count = sum(
        len({each.track.id for reel in plan.reels for each in reel.referred}) for plan in compositions
    )
    decisions.insert(0, text("plan.version-file", name=where.name, n=count))
    secret = {each.track.key_id is not None for each in plan.referred}
    if own and (secret == {True}) != bool(plan.encrypt):
        advice.append(text("advice.mixed-with-original"))
    if len(compositions) > 1:
        advice.append(text("advice.version-of-several", n=len(compositions)))
    shifted = any(
        each.track.entry_point and each.track.kind in (*SUBTITLE_KINDS, *CAPTION_KINDS)
        for plan in compositions
        for reel in plan.reels
        for each in reel.others
    )
    if shifted:
        advice.append(text("advice.text-entry-point"))
    return decisions, advice


# --- how it is done -----


def _film(title: str) -> str:
    parts = parse_name(title)
    return parts.film if parts is not None else title


def _asset(originals: Originals, which: int | uuid.UUID, kind: str) -> ReelAsset:
    if isinstance(which, int):
        reel = originals.reel(which)
        found = reel.picture if kind == "picture" else reel.sound
        if found is None:
            what = Text(f"word.essence-{kind}")
            raise UsageError("ov.reel-without", where=originals.packages[0].root, number=which, what=what)
        return found
    asset = originals.asset(which)
    if (asset.kind == "MainSound") != (kind == "sound") or (
        "Picture" not in asset.kind and kind == "picture"
    ):
        raise UsageError(
            "ov.other-kind",
            where=originals.packages[0].root,
            asset=which,
            kind=asset.kind,
            what=Text(f"word.essence-{kind}"),
        )
    return asset


def _of_stretch(
    originals: Originals,
    whole: documents.Reel,
    asset: ReelAsset,
    reel: Reel,
    *,
    counted_from: Fraction = Fraction(0),
) -> OriginalReel:
    """counted_from: seconds, on the reel's clock, of the frame that `trim` calls 0."""
    track = track_of(originals, asset)
    facts = picture_facts(track)
    rate = asset.edit_rate
    first, frames = int(counted_from * rate), asset.duration
    if counted_from:
        frames = track.asset.intrinsic_duration
    if reel.picture.trim is not None:
        begin, end = range_of(reel.picture.trim, rate, where="trim")
        if end is None:
            end = frames
        first, frames = first + begin, end - begin
    start, length = Fraction(first) / rate, Fraction(frames) / rate
    picture = OriginalPicture(
        Referred(stretch(track, start, length), track.path),
        facts,
        _active(originals, asset),
        tuple(
            (each.label, each.offset - first) for each in whole.markers if 0 <= each.offset - first < frames
        ),
    )
    return OriginalReel(
        picture,
        _sound_beside(originals, whole, reel.sound, start, length),
        _others(originals, whole, reel, start, length)
        if reel.others is None
        else _named(originals, reel, length),
    )


def _sound_beside(
    originals: Originals, whole: documents.Reel, told: SoundTrack, start: Fraction, length: Fraction
) -> Referred | None:
    """The sound of the picture's reel, or the one that is told; None where it is new, or there is none."""
    if told.sources or told.silent:
        return None
    if told.ov is not None:
        return _sound(originals, _asset(originals, told.ov, "sound"), told, length)
    if whole.sound is None:
        return None
    if replace(told, language=None) != SoundTrack():
        raise UsageError("ov.sound-steps", where=originals.packages[0].root)
    language = spoken(told.language) if told.language is not None else None
    return _referred(track_of(originals, whole.sound), start, length, language)


def _named(originals: Originals, reel: Reel, length: Fraction | None = None) -> tuple[Referred, ...]:
    """The text and data that the job names. length: as of `_sound`."""
    found: list[Referred] = []
    for other in reel.others or ():
        assert other.ov is not None
        if isinstance(other.ov, uuid.UUID):
            assets = [originals.asset(other.ov)]
        else:
            kinds = _OTHER_KINDS[other.kind] if other.kind is not None else _ANY_OTHER
            assets = [each for each in originals.reel(other.ov).assets if each.kind in kinds]
        where = originals.packages[0].root
        if not assets:
            what = Text(f"word.essence-{'aux' if other.kind == 'aux' else 'text'}")
            raise UsageError("ov.reel-without", where=where, number=other.ov, what=what)
        for asset in assets:
            if asset.kind not in _ANY_OTHER:
                what = Text("word.essence-text")
                raise UsageError("ov.other-kind", where=where, asset=asset.id, kind=asset.kind, what=what)
            if asset.kind in anew(reel) or any(each.track.kind == asset.kind for each in found):
                raise UsageError("ov.kind-twice", where=where, kind=asset.kind, asset=asset.id)
            found.append(_sound(originals, asset, other, length))
    return tuple(found)


def _sound(
    originals: Originals, asset: ReelAsset, told: SoundTrack | OtherTrack, length: Fraction | None = None
) -> Referred:
    """A stretch of a track beside the picture. length: seconds of that; None where it is not known yet."""
    track = track_of(originals, asset)
    rate = asset.edit_rate
    first, frames = 0, asset.duration
    if isinstance(told.ov, uuid.UUID):
        first, frames = -asset.entry_point, track.asset.intrinsic_duration
    if told.trim is not None:
        begin, end = range_of(told.trim, rate, where="trim")
        first, frames = first + begin, (frames if end is None else end) - begin
    start = Fraction(first) / rate
    if length is not None and told.trim is not None and told.trim.rstrip()[-1] != "-":
        given = Fraction(frames) / rate
        if given != length:
            raise UsageError("ov.lengths", where=track.path, sound=float(given), picture=float(length))
    return _referred(track, start, length if length is not None else Fraction(frames) / rate)


def _others(
    originals: Originals,
    whole: documents.Reel,
    reel: Reel,
    start: Fraction,
    length: Fraction,
) -> tuple[Referred, ...]:
    """Text and auxiliary data beside the picture, without the kinds that are given anew."""
    given = anew(reel)
    return tuple(
        _referred(track_of(originals, asset), start, length)
        for asset in whole.assets
        if asset.is_track_file and asset not in (whole.picture, whole.sound) and asset.kind not in given
    )


def anew(reel: Reel) -> set[str]:
    """The kinds of text and data that the reel has anew."""
    found = {kind for each in reel.texts for kind in _TEXT_KINDS[each.kind]}
    return found | {"AuxData"} if reel.aux is not None else found


def _referred(
    track: OriginalTrack, start: Fraction, length: Fraction, language: str | None = None
) -> Referred:
    form = replace(track.form, language=language or track.form.language) if track.form is not None else None
    return Referred(stretch(track, start, length, language=language), track.path, form)


def _active(originals: Originals, asset: ReelAsset) -> tuple[int, int] | None:
    return next(
        (
            area
            for cpl in originals.compositions
            if any(each.id == asset.id for each in cpl.assets) and (area := active_area(cpl)) is not None
        ),
        None,
    )


_Shape = tuple[tuple[tuple[uuid.UUID, int, int], ...], ...]


def _shape(reels: Sequence[ReelPlan]) -> _Shape:
    return tuple(
        tuple(sorted((each.track.id, each.track.entry_point, each.track.played) for each in reel.referred))
        for reel in reels
    )


def _shape_of_playlist(cpl: CompositionPlaylist) -> _Shape:
    return tuple(
        tuple(
            sorted((each.id, each.entry_point, each.duration) for each in reel.assets if each.is_track_file)
        )
        for reel in cpl.reels
    )
