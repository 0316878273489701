"""A plan in words, for a person, and as the document that scripts get."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcp.create.job.values import Essence, TextKind
from dcp.create.planning.plan import CompositionPlan, Plan, ReelPlan, Referred
from dcp.sound.layout import FIELD_NAMES, NO_FIELD
from dcp.texts.catalogue import Text, has, say, text

SCHEMA = "dcpkit.plan/1"


def lines_of(plan: Plan) -> list[Text]:
    """The plan for a person to read, without the advice."""
    lines = [line for each in plan.compositions for line in _composition(plan, each)]
    lines += [text("plan.decision", said=each) for each in plan.decisions]
    lines.append(text("plan.room", gigabytes=plan.bytes_at_most / 1e9))
    if plan.seconds is not None:
        lines.append(_time(plan.seconds))
    return lines


def advice_lines(advice: Sequence[Text]) -> list[Text]:
    """Each with what to do below it, for a person to read."""
    lines = []
    for each in advice:
        lines.append(text("plan.advice", said=each))
        inner = innermost(each)
        if has(inner.id, "remedy"):
            lines.append(text("plan.remedy", said=Text(inner.id, inner.places, "remedy")))
    return lines


def document_of(plan: Plan) -> dict[str, Any]:
    """`dcpkit.plan/1`, as scripts get it."""
    return {
        "schema": SCHEMA,
        "title": plan.compositions[0].title,
        "standard": plan.standard,
        "encrypt": list(plan.encrypt),
        "mark": plan.mark.document() if plan.mark is not None else None,
        "coding": plan.coding,
        "compositions": [_document(plan, each) for each in plan.compositions],
        "advice": [
            {"id": innermost(each).id, "message": str(each), "remedy": remedy_of(each)}
            for each in plan.advice
        ],
        "decisions": [{"id": innermost(each).id, "message": str(each)} for each in plan.decisions],
        "bytes_at_most": plan.bytes_at_most,
        "frames": plan.frames,
        "seconds_about": plan.seconds,
    }


def in_file(path: Path, said: Text) -> Text:
    """The text with the file that it is about."""
    return text("note.in-file", file=path.name, note=said)


def innermost(said: Text) -> Text:
    """The text itself, of one that names its file first."""
    note = said.places.get("note")
    return innermost(note) if isinstance(note, Text) else said


def remedy_of(advice: Text) -> str | None:
    """What to do, in English, where the catalogue has it."""
    inner = innermost(advice)
    return say(inner.id, inner.places, part="remedy") if has(inner.id, "remedy") else None


# --- how it is done -----


def _composition(plan: Plan, composition: CompositionPlan) -> list[Text]:
    form = plan.sound_form(composition)
    return [
        _title(plan, composition),
        _picture_line(plan, composition),
        *([text("plan.sound", field=_field(form.field), n=len(form.channels))] if form else []),
        *_texts(plan, composition),
        *_auxes(plan, composition),
        *(_reel(plan, number, reel) for number, reel in enumerate(composition.reels, start=1)),
    ]


def _title(plan: Plan, composition: CompositionPlan) -> Text:
    title, kind = composition.title, composition.kind.value
    held: dict[Essence, Sequence[object]] = {
        "picture": plan.pictures, "sound": plan.sounds, "text": plan.texts, "aux": plan.auxes
    }  # fmt: skip
    if not plan.encrypt:
        return text("plan.title-plain", title=title, kind=kind, standard=plan.standard)
    if all(each in plan.encrypt for each, tracks in held.items() if tracks):
        return text("plan.title-encrypted", title=title, kind=kind, standard=plan.standard)
    kinds = [Text(f"word.essence-{each}") for each in plan.encrypt]
    return text("plan.title-some", title=title, kind=kind, standard=plan.standard, kinds=kinds)


def _auxes(plan: Plan, composition: CompositionPlan) -> list[Text]:
    """What its auxiliary data is, each once."""
    facts = [plan.auxes[reel.aux].facts for reel in composition.reels if isinstance(reel.aux, int)]
    said = [
        text("plan.auxiliary", label=each.descriptor.data_essence_coding)
        if each.kind == "data"
        else text("plan.immersive", coding="IAB" if each.kind == "iab" else "Dolby Atmos")
        for each in facts
    ]
    return list(dict.fromkeys(said))


def _texts(plan: Plan, composition: CompositionPlan) -> list[Text]:
    """A line a kind and language: how many cues it has in all reels."""
    counts: dict[tuple[TextKind, str], int] = {}
    for track in (plan.texts[number] for reel in composition.reels for number in reel.texts):
        line = (track.kind, track.language)
        counts[line] = counts.get(line, 0) + (len(track.cues) if track.sources else 0)
    return [
        text("plan.text", kind=Text(f"word.text-{kind}"), language=language, n=n)
        for (kind, language), n in counts.items()
    ]


def _picture_line(plan: Plan, composition: CompositionPlan) -> Text:
    width, height = composition.size
    places = {"width": width, "height": height, "rate": composition.rate}
    own = [plan.pictures[reel.picture] for reel in composition.reels if isinstance(reel.picture, int)]
    if not own:
        id = "plan.picture-of-original-3d" if composition.stereo else "plan.picture-of-original"
        return text(id, **places)
    id = "plan.picture-3d" if composition.stereo else "plan.picture"
    return text(id, **places, mbps=own[0].mbps)


def _reel(plan: Plan, number: int, reel: ReelPlan) -> Text:
    if isinstance(reel.picture, int):
        names = dict.fromkeys(piece.run.name for piece in plan.pictures[reel.picture].pieces)
        told = text("plan.reel", number=number, frames=reel.frames, path=", ".join(names))
    else:
        name = reel.picture.path.name
        told = text("plan.reel-of-original", number=number, frames=reel.frames, path=name)
    rest = [each.path.name for each in reel.referred if each is not reel.picture]
    return text("plan.reel-beside", said=told, names=rest) if rest else told


def _field(name: str) -> str | Text:
    return text("word.no-soundfield") if name == NO_FIELD else FIELD_NAMES.get(name, name)


def _time(seconds: float) -> Text:
    if seconds < 60:
        return text("plan.time-short")
    minutes = round(seconds / 60)
    return text("plan.time", n=minutes) if minutes < 120 else text("plan.time-long", n=round(minutes / 60))


def _document(plan: Plan, composition: CompositionPlan) -> dict[str, Any]:
    return {
        "title": composition.title,
        "kind": composition.kind.value,
        "rate": str(composition.rate),
        "size": list(composition.size),
        "active": list(composition.active),
        "stereo": composition.stereo,
        "hdr": composition.hdr,
        "markers": dict(composition.markers),
        "reels": [
            {
                "frames": reel.frames,
                "tracks": [
                    _picture(plan, reel),
                    *_sound(plan, reel),
                    *(_text(plan, number) for number in reel.texts),
                    *_aux(plan, reel),
                    *map(_of_original, reel.others),
                ],
            }
            for reel in composition.reels
        ],
    }


def _picture(plan: Plan, reel: ReelPlan) -> dict[str, Any]:
    if isinstance(reel.picture, Referred):
        return {**_of_original(reel.picture), "kind": "picture"}
    track = plan.pictures[reel.picture]
    sources = dict.fromkeys(
        str(path) for piece in track.pieces for eye in piece.run.eyes for path in eye.facts.media
    )
    return {
        "kind": "picture",
        "track": reel.picture,
        "sources": list(sources),
        "coded": not track.codestreams,
        "mbps": track.mbps,
        "burnt_in": [each.language for each in track.burnt],
    }


def _sound(plan: Plan, reel: ReelPlan) -> list[dict[str, Any]]:
    if reel.sound is None:
        return []
    if isinstance(reel.sound, Referred):
        return [{**_of_original(reel.sound), "kind": "sound"}]
    track = plan.sounds[reel.sound]
    sources = dict.fromkeys(
        str(path) for piece in track.pieces for each in piece.plan.sources for path in each.files
    )
    form = track.form
    return [
        {
            "kind": "sound",
            "track": reel.sound,
            "sources": list(sources),
            "field": form.layout.field,
            "channels": list(form.layout.channels),
            "language": form.language,
        }
    ]


def _text(plan: Plan, number: int) -> dict[str, Any]:
    track = plan.texts[number]
    return {
        "kind": track.kind,
        "track": number,
        "sources": [str(path) for path in track.sources],
        "language": track.language,
        "cues": len(track.cues) if track.sources else 0,
    }


def _aux(plan: Plan, reel: ReelPlan) -> list[dict[str, Any]]:
    if reel.aux is None:
        return []
    track = plan.auxes[reel.aux]
    facts = track.facts
    return [
        {
            "kind": "aux",
            "track": reel.aux,
            "sources": [str(facts.path)],
            "essence": facts.kind,
            "entry_point": track.first,
        }
    ]


def _of_original(referred: Referred) -> dict[str, Any]:
    """track: None, as it is none of the package's files."""
    track = referred.track
    return {
        "kind": track.kind or "",
        "track": None,
        "original": str(track.id),
        "sources": [str(referred.path)],
        "entry_point": track.entry_point,
        "duration": track.played,
        "language": track.language,
    }
