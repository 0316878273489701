"""The timed texts of a package: out of the pass over each track file, and Interop's loose files with theirs.

Both come as one value (`FoundText`), so that no rule asks how a text is packed.
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.errors import DcpError, DocumentError, SourceError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.package.survey import Document, Survey
from dcp.verify.rule import measure
from dcp.verify.timedtext.values import FoundText, LoadedFont, Part, TextDocument

if TYPE_CHECKING:
    from dcp.mxf.reader import Unit
    from dcp.verify.facts import TrackFacts

MAX_PART_BYTES = 32 * 1024 * 1024
"""Of a font or picture that is looked into."""
MAX_PARTS = 20_000
ROOTS = (b"DCSubtitle", b"SubtitleReel")


class _Track:
    """Gathers the text of a track file: its document comes first, its fonts and pictures behind it."""

    def __init__(self, track: TrackFacts, descriptor: TimedTextDescriptor | None) -> None:
        self.track = track
        resources = descriptor.resources if descriptor is not None else ()
        self.types = {each.id: each.mime_type.lower() for each in resources}
        self.document: TextDocument | None = None
        self.error: DcpError | None = None
        self.parts: list[Part] = []
        self.damaged = False

    def unit(self, unit: Unit) -> None:
        if unit.fault is not None:
            self.damaged = True
        elif unit.resource_id is None:
            if unit.index == 0:
                from dcp.verify.timedtext.reading import read_text

                try:
                    self.document = read_text(bytes(unit.data), where=self.track.name)
                except DocumentError as error:
                    self.error = error
        elif len(self.parts) < MAX_PARTS:
            self.parts.append(self._part(unit.resource_id, unit.data))

    def _part(self, id: uuid.UUID, data: memoryview) -> Part:
        type = self.types.get(id, "")
        fonts = self.document.fonts if self.document is not None else ()
        loaded = [font for font in fonts if font.resource == id]
        if "font" in type or (loaded and type != "image/png"):
            return _font(
                str(id),
                bytes(data) if len(data) <= MAX_PART_BYTES else None,
                len(data),
                self.document,
                loaded,
                id,
            )
        if type == "image/png":
            return _picture(str(id), bytes(data) if len(data) <= MAX_PART_BYTES else None, len(data), id)
        return Part("other", str(id), id, size=len(data))

    def result(self) -> FoundText | None:
        if self.document is None and self.error is None:
            return None
        return FoundText(
            file=self.track.name,
            asset_id=self.track.asset_id,
            wrapped=True,
            document=self.document,
            error=self.error,
            parts=tuple(self.parts),
            types=self.types,
        )  # fmt: skip


def _gatherer(track: TrackFacts) -> _Track | None:
    header = track.header
    if header is None or header.essence != "timed_text" or not track.readable:
        return None
    descriptor = header.descriptor
    return _Track(track, descriptor if isinstance(descriptor, TimedTextDescriptor) else None)


TEXTS = measure("texts", _gatherer)


def loose_texts(survey: Survey) -> tuple[FoundText, ...]:
    """The texts that are files of their own, here and, where they are played, in the originals; with the
    fonts and pictures beside them, none of them from outside the package. Files are read here."""
    played = {
        asset.id
        for cpl in survey.compositions
        for asset in cpl.assets
        if asset.kind in (*SUBTITLE_KINDS, *CAPTION_KINDS)
    }
    found = []
    for package in (survey, *survey.ov):
        beside = _Beside(package)
        for document in package.documents:
            if document.kind != "other" or (package is not survey and document.asset_id not in played):
                continue
            if document.asset_id in played or any(root in document.data[:4096] for root in ROOTS):
                found.append(_loose(document, survey.relative(document.path), beside))
    return tuple(found)


def _loose(document: Document, name: str, beside: _Beside) -> FoundText:
    from dcp.verify.timedtext.reading import read_text

    try:
        text = read_text(document.data, where=name)
    except DocumentError as error:
        return FoundText(name, document.asset_id, False, None, error)
    parts = tuple(beside.parts(document.name, text)) if text.standard == "interop" else ()
    return FoundText(name, document.asset_id, False, text, None, parts)


class _Beside:
    """The files of a package, for a text that names some of them."""

    def __init__(self, survey: Survey) -> None:
        self.root = survey.root
        self.present = {each.name: each.size for each in survey.entries if each.kind == "file"}
        self.lower = {name.lower() for name in self.present}
        self.listed = {survey.relative(each) for each in survey.files.values()}

    def parts(self, file: str, text: TextDocument) -> Iterator[Part]:
        folder = posixpath.dirname(file)
        by_path: dict[str, list[LoadedFont]] = {}
        for font in text.fonts:
            if isinstance(font.resource, str):
                by_path.setdefault(font.resource, []).append(font)
        for path, loaded in by_path.items():
            place, presence, other = self._find(folder, (path, unquote(path)))
            data, size = self._read(place) if place is not None else (None, 0)
            if place is None:
                yield Part("font", path, presence=presence, other_case=other)  # type: ignore[arg-type]
            else:
                made = _font(path, data, size, text, loaded, None)
                yield _with(made, presence)
        for number, id in enumerate(text.images):
            if number >= MAX_PARTS:
                return
            names = (f"{id}.png", str(id), f"{id}.PNG")
            place, presence, other = self._find(folder, names)
            if place is None:
                yield Part("picture", names[0], id, presence, other_case=other)  # type: ignore[arg-type]
            else:
                data, size = self._read(place)
                yield _with(_picture(names[0], data, size, id), presence)

    def _find(self, folder: str, names: tuple[str, ...]) -> tuple[str | None, str, bool]:
        """Where the file lies, whether it may be taken, and whether one of other letter case is there."""
        places = [posixpath.normpath(posixpath.join(folder, name)) for name in names]
        if any(_leaves(name) for name in names) or any(place.startswith("../") for place in places):
            return None, "outside", False
        for place in places:
            if place in self.present:
                return place, "here" if place in self.listed else "unlisted", False
        return None, "absent", any(place.lower() in self.lower for place in places)

    def _read(self, place: str) -> tuple[bytes | None, int]:
        size = self.present[place]
        path = self.root / place
        if size > MAX_PART_BYTES or not path.resolve().is_relative_to(self.root.resolve()):
            return None, size
        try:
            with path.open("rb") as stream:
                return stream.read(MAX_PART_BYTES), size
        except OSError:
            return None, size


def _leaves(path: str) -> bool:
    """Whether a path as it is written does not stay below its own folder."""
    return path.startswith(("/", "\\")) or ":" in path or ".." in path.replace("\\", "/").split("/")


def _with(part: Part, presence: str) -> Part:
    return replace(part, presence=presence)  # type: ignore[arg-type]


def _font(
    name: str,
    data: bytes | None,
    size: int,
    text: TextDocument | None,
    loaded: list[LoadedFont],
    id: uuid.UUID | None,
) -> Part:
    if data is None:
        return Part("font", name, id, size=size)
    from dcp.text.sfnt import read_font

    try:
        facts = read_font(data, name)
    except SourceError as error:
        return Part("font", name, id, size=size, error=error, read=True)
    signs: frozenset[str] = frozenset()
    if text is not None:
        signs = frozenset().union(*(text.signs_of(font) for font in loaded))
    return Part("font", name, id, size=size, lacking=facts.lacking(signs), altered=facts.altered, read=True)


def _picture(name: str, data: bytes | None, size: int, id: uuid.UUID) -> Part:
    if data is None:
        return Part("picture", name, id, size=size)
    from dcp.text.pictures import check_png

    try:
        return Part("picture", name, id, size=size, picture=check_png(data, name), read=True)
    except SourceError as error:
        return Part("picture", name, id, size=size, error=error, read=True)


def gathered(measured: Iterator[tuple[TrackFacts, FoundText | None]]) -> tuple[FoundText, ...]:
    """Those of track files that could be read at all."""
    return tuple(found for _, found in measured if found is not None)
