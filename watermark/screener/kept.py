"""What a marked copy has as its source had it: both are opened and held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.texts.catalogue import Text, text
from watermark.screener.coding import Coding
from watermark.screener.source import Source, opened, source_of
from watermark.screener.streams import BIBLIOGRAPHIC, OWN_KEYS, is_cover, named

_KINDS = {
    "audio": "sound",
    "subtitle": "subtitles",
    "attachment": "attachments",
    "video": "video",
    "data": "data",
}


def kept_of(
    facts: Source, path: Path, coding: Coding, frames: int
) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """What was kept and what was not, beside what was said before. path: the finished copy."""
    copy = source_of(path)
    kept: list[Text] = [text("kept.times", n=frames)]
    lost: list[Text] = []
    for name, had, has in _film(facts, copy):
        if had is None:
            continue
        (kept if had == has else lost).append(
            text(f"kept.{name}") if had == has else text("mark.film-lost", what=text(f"kept.{name}"))
        )
    if facts.dolby:
        lost.append(text("mark.dolby-left"))
    if facts.left:
        lost.append(text("mark.side-left", what=", ".join(facts.left)))
    with opened(facts.path) as (source, film), opened(path) as (output, marked):
        others = [one for one in source.streams if one.index != film.index]
        copies = [one for one in output.streams if one.index != marked.index]
        pairs = list(_paired(others, copies))
        counts: dict[str, int] = {}
        for one, other in pairs:
            kind = "cover" if is_cover(one) else _KINDS.get(one.type, "data")
            counts[kind] = counts.get(kind, 0) + 1
            lost.extend(_changed(one, other))
        lost.extend(_changed(film, marked))
        kept.extend(text(f"kept.{kind}", n=n) for kind, n in counts.items())
        chapters, written = _chapters(source), _chapters(output)
        if chapters:
            (kept if chapters == written else lost).append(
                text("kept.chapters", n=len(chapters))
                if chapters == written
                else text("mark.chapters-lost", n=len(chapters), kept=len(written))
            )
        gone = _gone(source.metadata, output.metadata)
        if gone:
            lost.append(text("mark.metadata-lost", keys=", ".join(gone)))
        elif any(key.lower() not in OWN_KEYS for key in source.metadata):
            kept.append(text("kept.metadata"))
    return tuple(kept), tuple(lost)


def _film(had: Source, has: Source) -> Iterator[tuple[str, Any, Any]]:
    """Facts of the film: their name, what the source had (None for nothing to keep), what the copy has."""
    said = [had.tags.primaries, had.tags.transfer, had.tags.matrix, had.tags.range]
    same = [has.tags.primaries, has.tags.transfer, has.tags.matrix, has.tags.range]
    if any(value not in (0, 2) for value in said[:3]) or said[3]:
        yield "colour", [*said[:3], had.full], [*same[:3], has.full]
    yield "light", had.light and had.light.rounded(), has.light and has.light.rounded()
    turned = had.orientation.matrix is not None
    yield (
        "rotation",
        (had.orientation.turn, had.orientation.flip) if turned else None,
        (
            has.orientation.turn,
            has.orientation.flip,
        ),
    )
    aspect = had.pixel_aspect if had.pixel_aspect not in (None, Fraction(1)) else None
    yield "aspect", aspect, has.pixel_aspect
    yield "fields", had.fields or None, has.fields
    yield (
        "start",
        had.start or None,
        has.start if abs(has.start - had.start) > Fraction(1, 1999) else had.start,
    )


def _paired(sources: list[Any], copies: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Streams of the source and their copies, in their order within each kind."""
    rest = list(copies)
    for one in sources:
        for other in rest:
            if other.type == one.type and _codec(other) == _codec(one):
                rest.remove(other)
                yield one, other
                break


def _codec(stream: Any) -> str:
    if stream.type == "attachment":
        return str(stream.name)
    return str(stream.codec_context.codec.canonical_name if stream.codec_context is not None else stream.name)


def _changed(one: Any, other: Any) -> Iterator[Text]:
    """What a stream says of itself and its copy does not."""
    for key in ("language", "title"):
        had, has = one.metadata.get(key), other.metadata.get(key)
        if had not in (None, "und") and has not in (had, BIBLIOGRAPHIC.get(had, had)):
            yield text(
                "mark.stream-lost", stream=one.index, kind=named(one), what=key, had=had, has=has or "-"
            )
    if int(one.disposition) & ~int(other.disposition):
        had, has = _dispositions(one), _dispositions(other)
        yield text(
            "mark.stream-lost", stream=one.index, kind=named(one), what="disposition", had=had, has=has
        )


def _dispositions(stream: Any) -> str:
    names = [str(flag.name) for flag in stream.disposition]
    return ", ".join(names) or "-"


def _chapters(container: Any) -> list[tuple[int, str]]:
    return [
        (round(chapter["start"] * chapter["time_base"] * 1000), chapter["metadata"].get("title", ""))
        for chapter in container.chapters()
    ]


def _gone(had: Any, has: Any) -> list[str]:
    """Keys of the file's own metadata that the copy lacks or has otherwise. The case of letters differs."""
    copy = {key.lower(): value for key, value in has.items()}
    return [
        key for key, value in had.items() if key.lower() not in OWN_KEYS and copy.get(key.lower()) != value
    ]
