"""A job built from flags, or one that was read with flags over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from dcp.create.job.forms import Place
from dcp.create.job.settings import FLAGS, LEVELS, SETTINGS, TEXT_FLAGS, Level, Setting
from dcp.create.job.values import (
    AuxTrack,
    Composition,
    Job,
    PictureTrack,
    Reel,
    SoundTrack,
    TextKind,
    TextTrack,
)
from dcp.errors import UsageError

MAX_REELS = 256
MAX_TEXTS = 32
"""Of a reel: as many languages as anybody ships, and captions."""
Track = TypeVar("Track", PictureTrack, SoundTrack)
_TEXT_KINDS: tuple[TextKind, ...] = ("subtitle", "caption", "burn-in")


def job_of(
    sources: Sequence[Path],
    given: Mapping[str, object],
    *,
    left: Path | None = None,
    job: Job | None = None,
) -> Job:
    """The job that the flags say, or `job` with the flags over it: a flag holds for every composition, reel
    and track.

    sources: one a reel. given: words or values by `Setting.key`; None and empty tuples are not given. left:
    the left eye's source, where the right one's is given. UsageError for a word that is none, for flags that
    do not go together, and where there is no source.
    """
    values = _read(given)
    picture, sound, aux = values["picture"], values["sound"], values["aux"]
    audio, immersive = sound.pop("sources", ()), aux.pop("source", ())
    assert isinstance(audio, tuple)
    texts = {each.name: values["text"].pop(each.name, ()) for each in TEXT_FLAGS}
    right = picture.get("right")
    if (left is None) != (right is None) and (job is None or left is not None):
        raise UsageError("job.one-eye")
    if left is not None:
        if sources:
            raise UsageError("job.eyes-and-sources")
        sources = [left]
    if job is None:
        if not sources:
            raise UsageError("create.no-source")
        reels = tuple(Reel(PictureTrack(source=path)) for path in sources)
        title = values["composition"].get("title")
        if title is None and values["job"].get("ov"):
            title = ""  # the original's
            values["composition"].setdefault("name", "auto")
        if title is None and values["composition"].get("name") is None:
            raise UsageError("job.no-title")
        job = Job((Composition(reels, title=str(_stem(sources[0]) if title is None else title)),))
    elif sources:
        job = _resourced(job, sources)
    if audio:
        job = _with_audio(job, audio)
    if immersive:
        job = _with_aux(job, immersive if isinstance(immersive, tuple) else (immersive,))
    for kind in _TEXT_KINDS:
        given_texts = texts[kind.replace("-", "_")]
        if given_texts:
            job = _with_texts(job, kind, given_texts)
    return _overlaid(job, values)


def job_by_names(
    sources: Sequence[Path],
    settings: Mapping[str, object],
    *,
    left: Path | None = None,
    job: Job | None = None,
) -> Job:
    """`job_of` with the names that settings have in a job file, for programs; `audio` is the sound's sources.

    UsageError for a name that is none.
    """
    names = {_name(each): each for each in FLAGS}
    for name in settings:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            raise UsageError(
                "job.unknown-near" if near else "job.unknown",
                name=name[:80],
                names=", ".join(names),
                **({"near": near[0]} if near else {}),
            )
    return job_of(sources, {names[name].key: value for name, value in settings.items()}, left=left, job=job)


def _name(setting: Setting) -> str:
    """For programs: in `text`, `aux` and `sources` the flag's, as the file's means nothing by itself."""
    if setting.level in ("text", "aux") or setting.name == "sources":
        return (setting.flag or "").removeprefix("--").replace("-", "_")
    return setting.name


def _stem(path: Path) -> str:
    return path.resolve().stem.replace("_", " ").strip() or "DCP"


def _read(given: Mapping[str, object]) -> dict[Level, dict[str, Any]]:
    values: dict[Level, dict[str, Any]] = {level: {} for level in LEVELS}
    for setting in (*SETTINGS, *TEXT_FLAGS):
        value = given.get(setting.key)
        if value is None or value == () or (setting.form.switch and value is False):
            continue
        values[setting.level][setting.name] = setting.form.read(value, Place(setting.flag or setting.name))
    return values


def _resourced(job: Job, sources: Sequence[Path]) -> Job:
    """A job as a template: its pictures are those of `sources`."""
    if len(job.compositions) != 1:
        raise UsageError("job.sources-beside-compositions", n=len(job.compositions))
    (composition,) = job.compositions
    if not composition.reels:
        reels = tuple(Reel(PictureTrack(source=path)) for path in sources)
    else:
        own = [
            number
            for number, reel in enumerate(composition.reels)
            if reel.picture.same_as is None and reel.picture.ov is None
        ]
        if len(own) != len(sources):
            raise UsageError("job.sources-beside-reels", n=len(sources), reels=len(own))
        taken = dict(zip(own, sources, strict=True))
        reels = tuple(
            replace(reel, picture=replace(reel.picture, source=taken[number])) if number in taken else reel
            for number, reel in enumerate(composition.reels)
        )
    return replace(job, compositions=(replace(composition, reels=reels),))


def _with_audio(job: Job, audio: tuple[Path, ...]) -> Job:
    """Sound files: all of them for one reel, one each for several."""
    compositions = []
    for composition in job.compositions:
        count = len(composition.reels)
        if count != 1 and len(audio) != count:
            raise UsageError("create.audio-count", n=len(audio), sources=count)
        shares = [audio] if count == 1 else [(one,) for one in audio]
        reels = tuple(
            replace(reel, sound=replace(reel.sound, sources=share, same_as=None, ov=None, trim=None))
            for reel, share in zip(composition.reels, shares, strict=True)
        )
        compositions.append(replace(composition, reels=reels))
    return replace(job, compositions=tuple(compositions))


def _with_aux(job: Job, sources: tuple[Path, ...]) -> Job:
    """Immersive sound: one source for each reel."""
    compositions = []
    for composition in job.compositions:
        count = len(composition.reels)
        if len(sources) != count:
            raise UsageError("create.aux-count", n=len(sources), sources=count)
        reels = tuple(
            replace(reel, aux=replace(reel.aux or AuxTrack(), source=source))
            for reel, source in zip(composition.reels, sources, strict=True)
        )
        compositions.append(replace(composition, reels=reels))
    return replace(job, compositions=tuple(compositions))


def _with_texts(job: Job, kind: TextKind, given: Sequence[tuple[Path, str | None]]) -> Job:
    """Files of one kind instead of the job's: of a language one for each reel, or one for all."""
    files: dict[str | None, list[Path]] = {}
    for path, language in given:
        files.setdefault(language, []).append(path)
    compositions = []
    for composition in job.compositions:
        count = len(composition.reels)
        through = [each for each in composition.texts if each.kind != kind]
        reels = [[each for each in reel.texts if each.kind != kind] for reel in composition.reels]
        for language, paths in files.items():
            tracks = [TextTrack(path, language, kind) for path in paths]
            if len(tracks) == count:
                for held, track in zip(reels, tracks, strict=True):
                    held.append(track)
            elif len(tracks) == 1:
                through += tracks
            elif count == 1:
                raise UsageError("job.text-twice", where=f"--{kind}", language=language or "", reel=1)
            else:
                raise UsageError(
                    "job.text-count", where=f"--{kind}", n=len(tracks), reels=count, language=language or ""
                )
        compositions.append(
            replace(
                composition,
                texts=tuple(through),
                reels=tuple(
                    replace(reel, texts=tuple(held))
                    for reel, held in zip(composition.reels, reels, strict=True)
                ),
            )
        )
    return replace(job, compositions=tuple(compositions))


def _overlaid(job: Job, values: Mapping[Level, Mapping[str, Any]]) -> Job:
    texts = [each.texts for each in job.compositions]
    texts += [reel.texts for each in job.compositions for reel in each.reels]
    if values["text"] and not any(texts):
        flags = [each.flag for each in SETTINGS if each.level == "text" and each.name in values["text"]]
        raise UsageError("job.text-flags-without-text", flags=flags)
    if values["aux"] and not any(reel.aux for each in job.compositions for reel in each.reels):
        raise UsageError("job.aux-flags-without-source", where="--aux-coding, --sync-signal")
    compositions = tuple(
        replace(
            composition,
            **values["composition"],
            texts=_styled(composition.texts, values),
            reels=tuple(
                Reel(
                    _elsewhere(reel.picture) or replace(reel.picture, **values["picture"]),
                    _elsewhere(reel.sound) or replace(reel.sound, **values["sound"]),
                    _styled(reel.texts, values),
                    replace(reel.aux, **values["aux"]) if reel.aux is not None else None,
                    reel.others,
                )
                for reel in composition.reels
            ),
        )
        for composition in job.compositions
    )
    return checked(replace(job, **values["job"], compositions=compositions))


def _elsewhere(track: Track) -> Track | None:
    """The track, where it is another reel's or the original's: flags are not for it."""
    return track if track.same_as is not None or track.ov is not None else None


def _styled(texts: tuple[TextTrack, ...], values: Mapping[Level, Mapping[str, Any]]) -> tuple[TextTrack, ...]:
    return tuple(replace(each, **values["text"]) for each in texts)


def checked(job: Job, place: Place | None = None, *, over_original: bool = False) -> Job:
    """The job, when what it says goes together. UsageError otherwise; `place` is the file's.

    over_original: the original version is given elsewhere.
    """
    where = place.file if place is not None else None
    if not job.compositions:
        raise UsageError("job.no-composition", where=where)
    for number, composition in enumerate(job.compositions, start=1):
        if not composition.reels:
            raise UsageError("job.no-reel", where=where, number=number)
        if len(composition.reels) > MAX_REELS:
            raise UsageError("create.too-many-reels", where=where, n=len(composition.reels), most=MAX_REELS)
        for at, reel in enumerate(composition.reels, start=1):
            _check_reel(composition, reel, at, where)
            _check_original(bool(job.ov) or over_original, reel, at, where)
            _check_texts((*composition.texts, *reel.texts), at, where)
    return job


def _check_original(given: bool, reel: Reel, number: int, where: Path | None) -> None:
    tracks: tuple[PictureTrack | SoundTrack, ...] = (reel.picture, reel.sound)
    for track in tracks:
        if track.ov is None:
            continue
        if not given:
            raise UsageError("job.no-original", where=where or "--ov", reel=number)
        if track != type(track)(ov=track.ov, trim=track.trim):
            raise UsageError("job.original-and-more", where=where, reel=number)
    if reel.others is not None and not given:
        raise UsageError("job.no-original", where=where or "--ov", reel=number)
    if reel.sound.trim is not None and reel.sound.ov is None:
        raise UsageError("job.sound-trim", where=where, reel=number)


def _check_reel(composition: Composition, reel: Reel, number: int, where: Path | None) -> None:
    tracks: tuple[PictureTrack | SoundTrack, ...] = (reel.picture, reel.sound)
    for track in tracks:
        other = track.same_as
        if other is None:
            continue
        if track != type(track)(same_as=other):
            raise UsageError("job.same-and-more", where=where, reel=number)
        fits = 1 <= other <= len(composition.reels) and other != number
        target = composition.reels[other - 1] if fits else None
        same = target and (target.picture if isinstance(track, PictureTrack) else target.sound)
        if not same or same.same_as is not None:
            raise UsageError("job.same-as", where=where, reel=number, other=other)
    if reel.aux is not None and reel.aux.source is None:
        raise UsageError("job.no-aux-source", where=where, reel=number)
    if reel.picture.same_as is None and reel.picture.source is None and reel.picture.ov is None:
        raise UsageError("job.no-source", where=where, reel=number)
    if reel.picture.right is not None and reel.picture.stereo is not None:
        raise UsageError("job.two-stereos", where=where, reel=number)
    sound = reel.sound
    if sound.silent and (sound.sources or sound.channels or sound.map):
        raise UsageError("job.silent-and-more", where=where, reel=number)
    if reel.sound.channels is not None and reel.sound.map is not None:
        raise UsageError("job.channels-and-map", where=where, reel=number)


def _check_texts(texts: Sequence[TextTrack], number: int, where: Path | None) -> None:
    """Of a reel; two of one language and kind show nobody which is meant."""
    if len(texts) > MAX_TEXTS:
        raise UsageError(
            "job.too-many-texts", where=where, name=f"reel {number}", n=len(texts), most=MAX_TEXTS
        )
    seen = set[tuple[TextKind, str | None]]()
    for each in texts:
        key = (each.kind, each.language.lower() if each.language else None)
        if key in seen and each.language is not None:
            raise UsageError(
                "job.text-twice", where=where or f"--{each.kind}", language=each.language, reel=number
            )
        seen.add(key)
