"""Timed text as packages carry it, as a source: documents with what lies beside them, track files."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.bounded import read_bounded
from dcp.documents.namespaces import Standard
from dcp.errors import PathError, SourceError
from dcp.package.paths import safe_path
from dcp.text.foreign.encoding import decoded
from dcp.text.foreign.notes import Notes
from dcp.text.opening import Kind, SourceText, of_ttml, root_of
from dcp.text.values import Cue, Image, LoadedFont, TimedText, cue_place
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring

MAX_RESOURCE = 64 * 1024 * 1024
MAX_RESOURCES = 1024 * 1024 * 1024
"""Bytes of all fonts and pictures of a document, which are held in memory."""
_FONT_SUFFIXES = (".otf", ".ttf", ".ttc", "")
Fetch = Callable[[LoadedFont | uuid.UUID], bytes | None]


def open_document(path: Path, data: bytes, standard: Standard, *, lenient: bool = False) -> SourceText:
    """A document of ST 428-7 or Interop with the fonts and PNG files beside it, in its own folder. lenient:
    as in `open_text`.

    SourceError when a picture is not there; a font that is not there is said. DocumentError; PathError for a
    font that would be taken from outside the folder.
    """
    if standard == "smpte":
        from dcp.text.smpte import read_smpte

        return _source(path, "smpte", read_smpte(data, str(path)), _beside(path), lenient)
    from dcp.text.interop import read_interop

    return _source(path, "interop", read_interop(data, str(path)), _beside(path), lenient)


def open_track_file(
    path: Path, *, rate: Fraction | None = None, keyring: Keyring | None = None, lenient: bool = False
) -> SourceText:
    """A timed text track file with its resources; of TTML, as IMF has it, the text. rate, lenient: as in
    `open_text`.

    SourceError when it holds something else, TrackFileError when it is damaged, KeyMissingError when it is
    encrypted and `keyring` has not its key.
    """
    from dcp.mxf.reader import TrackFile, key_for
    from dcp.text.smpte import read_smpte

    document: bytes | None = None
    resources: dict[uuid.UUID, bytes] = {}
    left = MAX_RESOURCES
    with TrackFile.open(path) as track:
        if track.header.essence != "timed_text":
            raise SourceError("text.other-essence", where=path)
        for unit in track.units(key=key_for(track, keyring), mic="if-present", strict=True):
            left -= len(unit.data)
            if left < 0:
                raise SourceError("text.resources-too-large", where=path, most=MAX_RESOURCES)
            if document is None:
                document = bytes(unit.data)
            elif unit.resource_id is not None:
                resources[unit.resource_id] = bytes(unit.data)
    if document is None:
        raise SourceError("text.no-cue", where=path)

    def fetch(resource: LoadedFont | uuid.UUID) -> bytes | None:
        id = resource.resource if isinstance(resource, LoadedFont) else resource
        return resources.get(id) if isinstance(id, uuid.UUID) else None

    if root_of(document) == "tt":
        return of_ttml(path, decoded(document, path), rate, "mxf")
    return _source(path, "mxf", read_smpte(document, str(path)), fetch, lenient)


# --- how it is done -----


def _source(path: Path, kind: Kind, read: TimedText, fetch: Fetch, lenient: bool) -> SourceText:
    notes = Notes()
    cues = _from_start(_shown(read.cues, path, notes, lenient), read, notes)
    if not cues:
        raise SourceError("text.no-cue", where=path)
    fonts: dict[str, bytes] = {}
    for font in read.fonts:
        if (data := fetch(font)) is None:
            notes.say(text("note.text-font-absent", font=str(font.resource)[:80]))
        else:
            fonts[font.id] = data
    images = _images(cues, path, fetch, notes if lenient else None)
    if lenient:
        cues = tuple(_with_images(cues, images))
    if sum(map(len, (*fonts.values(), *images.values()))) > MAX_RESOURCES:
        raise SourceError("text.resources-too-large", where=path, most=MAX_RESOURCES)
    said: tuple[Text, ...] = (*read.notes, *notes.all())
    return SourceText(path, kind, cues, read.language, "utf-8", fonts, images, said)


def _shown(cues: Sequence[Cue], path: Path, notes: Notes, lenient: bool) -> list[Cue]:
    """Those that show something, in the order of their times."""
    kept = []
    for index, cue in enumerate(cues):
        if cue.end <= cue.start and lenient:
            notes.at("note.text-ends-early", _place(cue.at or f"{index + 1}"))
            continue
        if cue.end <= cue.start:
            place = text("place.in-file", file=path, place=cue_place(cue, index))
            raise SourceError("text.ends-early", where=place)
        if any(isinstance(each, Image) or each.text.strip() for each in cue.content):
            kept.append(cue)
        else:
            notes.at("note.text-empty", _place(cue.at or f"{index + 1}"))
    ordered = sorted(kept, key=lambda cue: cue.start)
    if ordered != kept:
        notes.say(text("note.text-order-unsaid"))
    return ordered


def _place(said: str) -> Text | int:
    number = said.removeprefix("line ")
    return int(number) if number.isdigit() else text("place.said", place=said)


def _from_start(cues: Sequence[Cue], read: TimedText, notes: Notes) -> tuple[Cue, ...]:
    """Times from the document's start on, where it has one that its cues keep to."""
    if not read.start:
        return tuple(cues)
    if any(cue.start < read.start for cue in cues):
        notes.say(text("note.text-start-ignored"))
        return tuple(cues)
    notes.say(text("note.text-start"))
    return tuple(
        dataclasses.replace(cue, start=cue.start - read.start, end=cue.end - read.start) for cue in cues
    )


def _with_images(cues: Sequence[Cue], images: Mapping[uuid.UUID, bytes]) -> Iterator[Cue]:
    """Without those that are not there."""
    for cue in cues:
        content = tuple(
            each for each in cue.content if not isinstance(each, Image) or each.resource in images
        )
        if len(content) == len(cue.content):
            yield cue
        elif content:
            yield dataclasses.replace(cue, content=content)


def _images(cues: Sequence[Cue], path: Path, fetch: Fetch, lost: Notes | None) -> Mapping[uuid.UUID, bytes]:
    """lost: what is told of those that are not there, which are refused without it."""
    images: dict[uuid.UUID, bytes] = {}
    left = MAX_RESOURCES
    for cue in cues:
        for each in cue.content:
            if not isinstance(each, Image) or each.resource in images:
                continue
            data = fetch(each.resource)
            if data is None and lost is not None:
                lost.at("note.text-picture-absent", _place(cue.at or "?"), str(each.resource))
                continue
            if data is None:
                place = text("place.in-file", file=path, place=cue_place(cue, 0))
                raise SourceError("text.picture-absent", where=place, image=each.resource)
            left -= len(data)
            if left < 0:
                raise SourceError("text.resources-too-large", where=path, most=MAX_RESOURCES)
            images[each.resource] = data
    return images


def _beside(path: Path) -> Fetch:
    """What a document names, from its own folder."""

    def fetch(resource: LoadedFont | uuid.UUID) -> bytes | None:
        if isinstance(resource, uuid.UUID):
            return _first(path, [f"{resource}.png", f"{resource}"])
        named = resource.resource
        if isinstance(named, str):
            return _first(path, [named])
        return _first(path, [f"{named}{suffix}" for suffix in _FONT_SUFFIXES])

    return fetch


def _first(document: Path, names: Sequence[str]) -> bytes | None:
    for name in names:
        try:
            found = safe_path(document.parent, name)
        except PathError as error:
            error.where = document
            raise
        if found.is_file():
            return _whole(found)
    return None


def _whole(path: Path) -> bytes:
    data = read_bounded(path, MAX_RESOURCE, unread=SourceError)
    if data is None:
        raise SourceError("text.resource-too-large", where=path, most=MAX_RESOURCE)
    return data
