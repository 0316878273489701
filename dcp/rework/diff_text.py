"""Timed text of two compositions held against each other: the documents, and the cues that are shown.

Documents are compared in their canonical form, with all that lies beside them; where they differ, cue by cue
on the composition's clock, each with its fonts and pictures, whatever these are called.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.errors import SourceError
from dcp.mxf.labels import UL_PREFIX
from dcp.mxf.reader import MicPolicy, TrackFile, key_for
from dcp.rework.differences import Cued, Texts
from dcp.rework.playing import Composition, Piece
from dcp.secrets.keys import Keyring
from dcp.text.beside import files_beside
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Cue, Image, Line, Style
from dcp.trust.canonical import canonical_element
from dcp.xml.parse import parse_xml, read_document

_CLOSED = ("ClosedCaption", "ClosedSubtitle", "MainClosedCaption")
FAMILIES: tuple[tuple[str, ...], ...] = (SUBTITLE_KINDS, ("MainCaption",), _CLOSED)
"""Kinds that are the same thing under the names of either standard."""
assert {kind for family in FAMILIES for kind in family} == {*SUBTITLE_KINDS, *CAPTION_KINDS}


def compare_texts(
    one: Composition,
    other: Composition,
    *,
    first: Fraction,
    stop: Fraction,
    keyring: Keyring | None,
    mic: MicPolicy,
) -> tuple[Texts, ...]:
    """Each text track of either composition, from second `first` up to `stop`.

    Tracks of one kind are told apart by their language; where each side has one alone, that is the same.
    TrackFileError for a damaged unit, KeyMissingError without a key; DocumentError, SourceError for text that
    cannot be read.
    """
    found = []
    for family in FAMILIES:
        languages = [_languages(each, family) for each in (one, other)]
        alone = all(len(each) == 1 for each in languages)
        wanted = [None] if alone else sorted({*languages[0], *languages[1]}, key=str)
        for language in wanted:
            pieces = [each.pieces(*family, language=language) for each in (one, other)]
            said = language or next((a.language for p in pieces[0] if (a := p.asset) is not None), None)
            found.append(_compared(family[0], said, pieces, first, stop, keyring, mic))
    return tuple(found)


# --- how it is done -----


def _languages(composition: Composition, family: Sequence[str]) -> list[str | None]:
    return list(dict.fromkeys(a.language for a in composition.cpl.assets if a.kind in family))


def _compared(
    kind: str,
    language: str | None,
    sides: Sequence[Sequence[Piece]],
    first: Fraction,
    stop: Fraction,
    keyring: Keyring | None,
    mic: MicPolicy,
) -> Texts:
    documents = [[_document(piece, keyring, mic) for piece in side if piece.path] for side in sides]
    cues = [[cue for piece in side for cue in _cues(piece, keyring, first, stop)] for side in sides]
    counted = [Counter(each) for each in cues]
    sides_of: tuple[tuple[Literal["a", "b"], Counter[Cue]], ...] = (
        ("a", counted[0] - counted[1]),
        ("b", counted[1] - counted[0]),
    )
    differing = [
        Cued(name, cue.start, cue.end, _words(cue)) for name, more in sides_of for cue in more.elements()
    ]
    differing.sort(key=lambda each: (each.start, each.side))
    same = documents[0] == documents[1]
    return Texts(kind, language, same, (len(cues[0]), len(cues[1])), tuple(differing))


def _document(piece: Piece, keyring: Keyring | None, mic: MicPolicy) -> bytes:
    """A digest of the canonical document and of what lies beside it, in an order of its own."""
    assert piece.path is not None
    if not _is_track_file(piece.path):
        text = read_document(piece.path)
        beside = sorted(_digest_of(path) for path in files_beside(piece.path))
    else:
        with TrackFile.open(piece.path) as track:
            units = [
                bytes(unit.data) if unit.resource_id is None else hashlib.sha256(unit.data).digest()
                for unit in track.units(key=key_for(track, keyring), mic=mic, strict=True)
            ]
        text, beside = (units[0], sorted(units[1:])) if units else (b"", [])
    root = parse_xml(text, where=piece.path)
    whole = hashlib.sha256(canonical_element(root, with_comments=False))
    for each in beside:
        whole.update(each)
    return whole.digest()


def _digest_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _is_track_file(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(UL_PREFIX)) == UL_PREFIX


def _cues(piece: Piece, keyring: Keyring | None, first: Fraction, stop: Fraction) -> Iterator[Cue]:
    """The cues of a reel that are shown there, on the composition's clock."""
    if piece.path is None or piece.asset is None:
        return
    try:
        source = open_text(piece.path, keyring=keyring, lenient=True)
    except SourceError as error:
        if error.id == "text.no-cue":
            return
        raise
    begin = piece.begin - piece.asset.entry_point / piece.asset.edit_rate
    earliest, latest = max(first, piece.begin), min(stop, piece.begin + piece.seconds)
    for cue in source.cues:
        start, end = max(cue.start + begin, earliest), min(cue.end + begin, latest)
        if start < end:
            yield _plain(replace(cue, start=start, end=end, number=None), source)


def _plain(cue: Cue, source: SourceText) -> Cue:
    """The cue with what its fonts and pictures are in place of what they are called."""
    fonts = {id: hashlib.sha256(data).hexdigest() for id, data in source.fonts.items()}
    content = tuple(_renamed(each, fonts, source.images) for each in cue.content)
    return replace(cue, content=content)


def _renamed(value: Any, fonts: Mapping[str, str], images: Mapping[uuid.UUID, bytes]) -> Any:
    if isinstance(value, Image):
        digest = hashlib.sha256(images.get(value.resource, b"")).digest()
        return replace(value, resource=uuid.UUID(bytes=digest[:16]))
    if isinstance(value, Style):
        return replace(value, font=fonts.get(value.font or "", value.font))
    if isinstance(value, tuple):
        return tuple(_renamed(each, fonts, images) for each in value)
    for name in ("content", "style", "base", "run"):
        if hasattr(value, name):
            value = replace(value, **{name: _renamed(getattr(value, name), fonts, images)})
    return value


def _words(cue: Cue) -> str:
    lines = [each.text if isinstance(each, Line) else "[PNG]" for each in cue.content]
    return " / ".join(lines)[:200]
