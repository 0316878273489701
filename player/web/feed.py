"""What the page is told of a show: once what it is, and again and again how it stands.

Plain values that JSON has, bounded whatever the show is. Sentences come in both languages, so that a page can
be switched from one to the other without asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.picture.colour.displays import Display, display_named
from dcp.texts.catalogue import LANGUAGES, Language, Sayable
from dcp.timecode import timecode_of
from kdm.checklist import KdmReport
from player.drawing import OFF, ON
from player.media_block import MediaBlock
from player.pipeline import Show
from player.plan import ReelPlan, ShowPlan, Track
from player.play import not_checked, not_rendered
from player.quality import rounded_db
from player.sound.desk import symbols_in
from player.timeline import timeline_of
from player.web.displays import display_documents, dither_document
from player.web.soundfacts import sound_facts

MOST_RUNS = 256
"""Runs of damaged, and of late, frames that a state tells; where there are more, near ones are joined."""
MOST_MARKERS = 500
MOST_REELS = 1_000
MOST_NOTES = 200

REC709 = display_named("rec709")

Runs = list[list[int]]


def show_document(
    show: Show, block: MediaBlock, language: Language, display: Display = REC709
) -> dict[str, Any]:
    """What a show is. A frame is one of the composition, from 0; a rate is [numerator, denominator], frames a
    second; words are {"en": ..., "zh": ...}.

    - `language`: the one that the page begins with.
    - `id`, `title`, `package`: of the composition and of its folder; `title` is None where it has none.
    - `rate`: as it begins; `first`, `last`: the frames that are played; `start`: the one it begins with.
    - `total`: frames of the whole composition.
    - `reels`: `number` from 1; `first`, `last`; `counted`: the first one as timecodes count it; `width`,
      `height` of the picture; `rate`; `stereo`, `hdr`;
      `tracks`: `kind` as in the playlist, `role` (picture, sound, text, data), `language`, `encrypted`,
      `entry` (the edit unit of its file that plays first), `units`, `rate` (edit units a second),
      `channels` (of sound: a symbol or None each). `reels_left_out`: how many there was no room for.
    - `markers`: `label`, `frame`, in their order; `markers_left_out`.
    - `kdm`: None where keys came without one, else `verdict` (accept, refuse, incomplete), `until` (ISO 8601,
      the end of its window, or None) and `checklist`: `step`, `result` (pass, warn, fail, skipped), `ok`,
      `sentence`.
    - `encrypted`: whether any track that is played is; `mic`: how integrity codes are taken; `marked`:
      whether the pictures of encrypted tracks get a mark.
    - `stereo`, `hdr`: of any reel; `view`: the eyes that are sent (`player.views`); `encoding`: of pictures.
    - `sound`: None without any, else as `player.web.soundfacts.sound_facts`.
    - `subtitles`: `choices`: `on`, `off` and every language there is, without `on` where there is no text;
      `captions`: the languages of captions, None for one without.
    - `display`: the name of the one that is assumed first, of `displays`, which the page can convert for;
      `dither`: what it dithers marked frames with, None where none are marked (`player.web.displays`).
    - `quality`: what was asked for.
    - `notes`: what is not checked, and not shown. `damaged`: as in `state_document`.
    """
    plan = show.plan
    line = timeline_of(plan, block.cpl)
    tracks = [track for reel in plan.played for track in reel.tracks]
    return {
        "language": language,
        "id": str(block.cpl.id),
        "title": block.cpl.content_title_text or None,
        "package": block.package.root.absolute().name,
        "rate": _rate(plan.rate),
        "first": plan.first,
        "last": plan.last,
        "start": show.first,
        "total": sum(reel.duration for reel in plan.reels),
        "reels": [_reel(plan, reel) for reel in plan.played[:MOST_REELS]],
        "reels_left_out": max(len(plan.played) - MOST_REELS, 0),
        "markers": [{"label": mark.label, "frame": mark.frame} for mark in line.markers[:MOST_MARKERS]],
        "markers_left_out": max(len(line.markers) - MOST_MARKERS, 0),
        "kdm": _kdm(block.judged, block) if block.judged is not None else None,
        "encrypted": any(track.encrypted for track in tracks),
        "mic": show.mic,
        "marked": show.mark is not None,
        "stereo": any(reel.stereo for reel in plan.played),
        "hdr": any(reel.hdr for reel in plan.played),
        "view": show.view,
        "encoding": str(show.screen.encoding),
        "sound": sound_facts(show),
        "subtitles": {"choices": _choices(tracks), "captions": _captions(tracks)},
        "display": display.name,
        "displays": display_documents(display),
        "dither": dither_document() if show.mark is not None else None,
        "quality": show.quality if isinstance(show.quality, str) else f"{show.quality:g}",
        "notes": [_both(note) for note in (*not_rendered(show), *not_checked(block))[:MOST_NOTES]],
        "damaged": damaged_runs(show),
    }


def state_document(show: Show, *, queue: int = 0) -> dict[str, Any]:
    """How a show stands; cheap, on any thread. queue: frames that were handed over and are not acknowledged.

    - `frame`: on the screen, or sought; None before the first. `playing`, `loop`, `stopped`; `generation` of
      the commands, which counts up.
    - `subtitles`: which text is drawn.
    - `timecode`: None, or `composition` (HH:MM:SS:FF); `reel`: `number`, `frame` (from 0), `timecode`;
      `file`: None or `unit`, `timecode` of the file of its picture, at its own rate.
    - `performance`: `shown`, `late` (frames); `unseen`: those asked for that it did not come to yet;
      `queue`; `thinned` (frames of which coding passes were left out), `least_db` (the furthest of them to
      the whole decode, None without any).
    - `damaged`, `late`: runs [first, last] of frames, in their order, MOST_RUNS at most each: of more, those
      nearest to each other are told as one.
    - `colours`: of pictures that were converted here: `display`, `outside_percent` of their pixels that it
      lacked; None where the page converts.
    """
    state, plan, book = show.transport.state, show.plan, show.book
    quality = show.qualities.report()
    late = sum(reel.late for reel in book.reels)
    colours = show.colours
    return {
        "frame": state.frame,
        "playing": state.playing,
        "loop": state.loop,
        "stopped": state.stopped,
        "generation": state.generation,
        "subtitles": state.subtitles,
        "timecode": timecodes(plan, state.frame) if state.frame is not None else None,
        "performance": {
            "shown": book.shown,
            "late": late,
            "unseen": book.dropped - late,
            "queue": queue,
            "thinned": quality.thinned,
            "least_db": rounded_db(quality.least_db),
        },
        "damaged": damaged_runs(show),
        "late": joined(tuple(book.late_runs.runs), MOST_RUNS),
        "colours": colours.document() if colours.display is not None else None,
    }


def timecodes(plan: ShowPlan, frame: int) -> dict[str, Any]:
    """The places of a frame: in the composition, in its reel, in the file of its picture. UsageError for a
    frame that no reel has.

    A timecode of a composition whose reels differ in their rate counts the frames of each at its own.
    """
    line = timeline_of(plan)
    reel = line.reel_at(frame)
    inside = frame - reel.first
    picture = reel.picture
    unit = line.unit_of(picture, frame) if picture is not None else None
    return {
        "composition": timecode_of(*_of_composition(plan, reel, inside)),
        "reel": {"number": reel.number, "frame": inside, "timecode": timecode_of(inside, reel.rate)},
        "file": {"unit": unit, "timecode": timecode_of(unit, picture.edit_rate)}
        if picture is not None and unit is not None
        else None,
    }


def damaged_runs(show: Show) -> Runs:
    """The frames at which a unit of any track was found damaged."""
    found = [
        (damage.first_frame, damage.last_frame)
        for reel in show.book.reels
        for track in reel.tracks
        for damage in tuple(track.damage)
    ]
    return joined(found, MOST_RUNS)


def joined(runs: Sequence[tuple[int, int]], most: int) -> Runs:
    """The same frames as runs in their order that do not touch, `most` of them at most: of more, the smallest
    gaps between them are closed."""
    found: Runs = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    if len(found) <= most:
        return found
    gaps = sorted(range(1, len(found)), key=lambda at: found[at][0] - found[at - 1][1], reverse=True)
    kept = sorted((0, *gaps[: most - 1]))
    ends = (*kept[1:], len(found))
    return [[found[at][0], found[end - 1][1]] for at, end in zip(kept, ends, strict=True)]


# --- how it is done -----


def _of_composition(plan: ShowPlan, reel: ReelPlan, inside: int) -> tuple[int, Fraction]:
    """The frame that a timecode counts, and its rate: where all reels go alike, that of the composition."""
    before = sum((each.duration / each.rate for each in plan.reels[: reel.number - 1]), Fraction(0))
    return int(before * reel.rate) + inside, reel.rate


def _rate(rate: Fraction) -> list[int]:
    return [rate.numerator, rate.denominator]


def _both(words: Sayable) -> dict[str, str]:
    return {language: words.say(language) for language in LANGUAGES}


def _reel(plan: ShowPlan, reel: ReelPlan) -> dict[str, Any]:
    return {
        "number": reel.number,
        "first": reel.first,
        "counted": _of_composition(plan, reel, 0)[0],
        "last": reel.first + reel.duration - 1,
        "width": reel.width,
        "height": reel.height,
        "rate": _rate(reel.rate),
        "stereo": reel.stereo,
        "hdr": reel.hdr,
        "tracks": [_track(track) for track in reel.tracks],
    }


def _track(track: Track) -> dict[str, Any]:
    sound = track.sound
    return {
        "kind": track.kind,
        "role": track.role,
        "language": track.language,
        "encrypted": track.encrypted,
        "entry": track.entry_point,
        "units": track.duration,
        "rate": _rate(track.edit_rate),
        "channels": list(symbols_in(sound)) if sound is not None else None,
    }


def _kdm(judged: KdmReport, block: MediaBlock) -> dict[str, Any]:
    return {
        "verdict": judged.verdict,
        "until": block.until.isoformat() if block.until is not None else None,
        "checklist": [
            {
                "step": step,
                "result": outcome.result,
                "ok": outcome.result == "pass",
                "sentence": _both(outcome),
            }
            for step, outcome in judged.outcomes.items()
        ],
    }


def _choices(tracks: Iterable[Track]) -> list[str]:
    texts = [track for track in tracks if track.kind in SUBTITLE_KINDS]
    languages = dict.fromkeys(track.language for track in texts if track.language)
    return [*((ON,) if texts else ()), OFF, *languages]


def _captions(tracks: Iterable[Track]) -> list[str | None]:
    return list(dict.fromkeys(track.language for track in tracks if track.kind in CAPTION_KINDS))
