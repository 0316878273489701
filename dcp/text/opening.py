"""Timed text of every kind behind one entrance: foreign formats, both standards' documents, track files."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import SourceError
from dcp.extras import need
from dcp.mxf.labels import PARTITION_STEM
from dcp.patterns import pattern
from dcp.text.foreign.ass import is_ass, read_ass
from dcp.text.foreign.encoding import Decoded, decoded
from dcp.text.foreign.found import FoundCue
from dcp.text.foreign.judging import judged
from dcp.text.foreign.lines import lines_of
from dcp.text.foreign.notes import Notes
from dcp.text.foreign.srt import read_srt
from dcp.text.foreign.stl import is_stl, read_stl
from dcp.text.foreign.vtt import read_vtt
from dcp.text.values import Cue
from dcp.texts.catalogue import Text
from dcp.texts.system import why

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring

MAX_BYTES = 16 * 1024 * 1024
_START = 64 * 1024 + 16
_ROOT = pattern(r"<(?:[\w.-]+:)?([\w.-]+)")
_STANDARDS: Mapping[str, Standard] = {"SubtitleReel": "smpte", "DCSubtitle": "interop"}

LOST = frozenset(("note.text-font-absent", "note.text-ends-early", "note.text-picture-absent"))
"""Notes of what is not shown as it was meant."""

Kind = Literal["srt", "vtt", "ass", "stl", "scc", "ttml", "smpte", "interop", "mxf"]


@dataclass(frozen=True)
class SourceText:
    """A source of timed text as it was read.

    cues: in the order of their times, on the source's own clock; never none. language: as the source names
    it, None where it does not. encoding: how its bytes were read (`utf-8`, `gb18030`), None where the
    kind leaves no choice. fonts: by the id that styles name; images: by the resource that an `Image` names;
    both as they stand, unchecked. notes: what was assumed, mended, dropped.
    """

    path: Path
    kind: Kind
    cues: tuple[Cue, ...]
    language: str | None = None
    encoding: str | None = None
    fonts: Mapping[str, bytes] = field(default_factory=dict)
    images: Mapping[uuid.UUID, bytes] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


def open_text(
    path: Path,
    *,
    encoding: str | None = None,
    rate: Fraction | None = None,
    keyring: Keyring | None = None,
    lenient: bool = False,
) -> SourceText:
    """All of a source of timed text. What it is shows in its content, not in its name.

    encoding: of its bytes, where it has to be told. rate: frames a second that its times are counted in,
    where it has frames in them and does not say so, or says it wrongly; where its codes count beyond that and
    it has a rate of its own, that one holds. keyring: for encrypted track files. lenient: of a package's text
    what can be shown, and the rest said (`LOST`), where an absent picture and a cue that ends before it
    begins are refused.
    SourceError, naming the line, for what cannot be read without a guess; UsageError for an encoding that
    nobody knows; KeyMissingError; ExtraMissingError.
    """
    data = _bytes(path)
    if PARTITION_STEM in data[:_START]:
        from dcp.text.carried import open_track_file

        return open_track_file(path, rate=rate, keyring=keyring, lenient=lenient)
    if is_stl(data):
        return _of_stl(path, data, encoding, rate)
    root = root_of(data)
    if (standard := _STANDARDS.get(root or "")) is not None:
        from dcp.text.carried import open_document

        return open_document(path, data, standard, lenient=lenient)
    read = decoded(data, path, encoding)
    if root == "tt":
        return of_ttml(path, read, rate)
    return _of_lines(path, read, rate)


# --- how it is done -----


def _bytes(path: Path) -> bytes:
    """All of it; of a track file no more than shows that it is one."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError("text.no-file", where=path)
        with path.open("rb") as stream:
            start = stream.read(_START)
            if PARTITION_STEM in start:
                return start
            data = start + stream.read(MAX_BYTES + 1 - len(start))
    except OSError as error:
        raise SourceError("file.cannot-read", where=path, why=why(error)) from None
    if len(data) > MAX_BYTES:
        raise SourceError("text.too-large", where=path, most=MAX_BYTES)
    if not data.strip():
        raise SourceError("text.no-cue", where=path)
    return data


def _of_stl(path: Path, data: bytes, encoding: str | None, rate: Fraction | None) -> SourceText:
    notes = Notes(blocks=True)
    found = read_stl(data, path, notes, rate=rate, encoding=encoding)
    cues = judged(found.cues, path, notes)
    return SourceText(path, "stl", cues, found.language, found.table, notes=notes.all())


def of_ttml(path: Path, read: Decoded, rate: Fraction | None, kind: Kind = "ttml") -> SourceText:
    """TTML, of a file or of a track file."""
    need("text", where=str(path))
    from dcp.text.foreign.ttml import read_ttml

    notes = _notes_of(read)
    found = read_ttml(read.text, path, notes, rate=rate)
    cues = judged(found.cues, path, notes)
    return SourceText(path, kind, cues, found.language, read.encoding, notes=notes.all())


def _of_scc(path: Path, lines: list[str], notes: Notes, rate: Fraction | None) -> tuple[FoundCue, ...]:
    need("text", where=str(path))
    from dcp.text.foreign.scc import read_scc

    return tuple(read_scc(lines, path, notes, rate=rate))


def root_of(data: bytes) -> str | None:
    """The local name of the root element of what looks like XML, in an encoding that has ASCII's signs."""
    start = data[:_START].decode("ascii", "replace").replace("\0", "").lstrip("\ufffd \t\r\n")
    if not start.startswith("<"):
        return None
    place = 0
    while start.startswith(("<?", "<!"), place):
        end = "?>" if start[place + 1] == "?" else "-->" if start.startswith("<!--", place) else ">"
        close = start.find(end, place)
        if close < 0:
            return None
        place = start.find("<", close)
        if place < 0:
            return None
    found = _ROOT.match(start, place)
    return found[1] if found is not None else None


def _of_lines(path: Path, read: Decoded, rate: Fraction | None) -> SourceText:
    notes = _notes_of(read)
    lines = lines_of(read.text, path, notes)
    kind: Kind
    found: Sequence[FoundCue]
    if lines[0].startswith("WEBVTT") or path.suffix.lower() == ".vtt":
        kind, found = "vtt", read_vtt(lines, path, notes)
    elif lines[0].strip().startswith("Scenarist_SCC"):
        kind, found = "scc", _of_scc(path, lines, notes, rate)
    elif is_ass(lines):
        kind, found = "ass", read_ass(lines, path, notes)
    elif path.suffix.lower() == ".srt" or any("-->" in line for line in lines):
        kind, found = "srt", read_srt(lines, path, notes, rate)
    else:
        raise SourceError("text.unknown-format", where=path)
    cues = judged(found, path, notes)
    return SourceText(path, kind, cues, encoding=read.encoding, notes=notes.all())


def _notes_of(read: Decoded) -> Notes:
    notes = Notes()
    for said in read.notes:
        notes.say(said)
    return notes
