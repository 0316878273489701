"""A timed text document and the fonts and pictures beside it into one track file."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from dcp.bounded import read_bounded
from dcp.errors import SourceError, UsageError
from dcp.mxf import klv
from dcp.mxf.descriptors import LabelSet
from dcp.mxf.text_writer import FONT_TYPE, IMAGE_TYPE, Resource, write_timed_text_file
from dcp.mxf.writer import WrittenTrackFile
from dcp.patterns import pattern
from dcp.secrets.keys import ContentKey
from dcp.text.beside import file_beside
from dcp.text.limits import MOST_FONT_BYTES
from dcp.text.pictures import check_png, png_advice
from dcp.text.references import References, read_references
from dcp.text.smpte import read_smpte
from dcp.text.values import TimedText
from dcp.texts.catalogue import Text, text
from dcp.xml.parse import read_document

_FONTS, _PICTURES = ("", ".otf", ".ttf", ".OTF", ".TTF"), ("", ".png", ".PNG")
_TAG = pattern(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def wrap_text(
    source: Path,
    out: Path,
    *,
    edit_rate: Fraction | None,
    duration: int | None,
    label_set: LabelSet,
    asset_id: uuid.UUID,
    key: ContentKey | None,
    now: datetime,
    progress: Callable[[int, int], None] | None,
) -> tuple[WrittenTrackFile, tuple[Text, ...]]:
    """The track file `out` of the ST 428-7 document `source`, as it stands, and what is to be known of it.

    Fonts and pictures are files in the document's folder that are called by their ids, with or without a
    suffix. duration: edit units, up to the end of the last cue when None. edit_rate: has to be the document's
    when it is told. DocumentError, SourceError, UsageError: nothing is left then.
    """
    document = read_document(source)
    found = read_references(document, where=source)
    read = read_smpte(document, str(source))
    if edit_rate is not None and edit_rate != read.edit_rate:
        raise UsageError("wrap.text-rate", where=source, rate=edit_rate, own=read.edit_rate)
    lasts = _length(read)
    if duration is None and not lasts:
        raise SourceError("text.no-cue", where=source)
    if duration is not None and duration < lasts:
        raise UsageError("wrap.text-longer", where=source, n=duration, needed=lasts)
    resources, advice = _resources(source, found)
    notes = [text("wrap.text-lasts", n=lasts, rate=read.edit_rate)] if duration is None else []
    language = read.language if read.language and _TAG.fullmatch(read.language) else None
    if language != read.language:
        notes.append(text("wrap.text-language", language=(read.language or "")[:40]))
    total = 1 + len(resources)
    written = write_timed_text_file(
        out,
        document,
        resources,
        resource_id=found.id,
        namespace_uri=found.namespace,
        language=language,
        edit_rate=read.edit_rate,
        duration=lasts if duration is None else duration,
        asset_id=asset_id,
        key=key,
        now=now,
        label_set=label_set,
        where=source,
        progress=None if progress is None else lambda done: progress(done, total),
    )
    return written, (*notes, *advice)


def _length(read: TimedText) -> int:
    """Edit units up to the end of the last cue, from the document's start where its cues keep to one."""
    start = read.start or Fraction(0)
    if any(cue.start < start for cue in read.cues):
        start = Fraction(0)
    return math.ceil(max(read.end - start, Fraction(0)) * read.edit_rate)


def _resources(source: Path, found: References) -> tuple[list[Resource], list[Text]]:
    """What the document refers to, from its folder."""
    resources, advice = [], []
    for id in found.fonts:
        path = _beside(source, id, _FONTS, "text-track.font-absent")
        data = _whole(path)
        if data[:4] not in (b"\0\1\0\0", b"OTTO", b"true"):
            raise SourceError("text.font-unreadable", where=path)
        if len(data) > MOST_FONT_BYTES:
            advice.append(text("advice.font-large", font=path.name, bytes=len(data), most=MOST_FONT_BYTES))
        resources.append(Resource(id, FONT_TYPE, data))
    for id in found.images:
        path = _beside(source, id, _PICTURES, "text-track.image-absent")
        data = _whole(path)
        advice.extend(png_advice(check_png(data, path), path))
        resources.append(Resource(id, IMAGE_TYPE, data))
    return resources, advice


def _beside(source: Path, id: uuid.UUID, suffixes: tuple[str, ...], absent: str) -> Path:
    for name in (str(id), str(id).upper()):
        for suffix in suffixes:
            path = file_beside(source, name + suffix)
            if path is not None:
                return path
    raise SourceError(absent, where=source, resource=id)


def _whole(path: Path) -> bytes:
    data = read_bounded(path, klv.MAX_LENGTH)
    if data is None:
        raise SourceError("wrap.text-resource", where=path, most=klv.MAX_LENGTH)
    return data
