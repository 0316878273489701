"""The mark of a recording read: for `extract`, and to repeat what it found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import UsageError
from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from dcpkit.films import Film
    from watermark.extraction import Extraction
    from watermark.index import FilmIndex
    from watermark.secret import Secret


def read_mark(
    recording: Path,
    secrets: Sequence[Secret],
    films: Sequence[Film],
    *,
    threshold: float,
    tell: Callable[[Text], None],
    quiet: bool,
) -> Extraction:
    """The mark of a recording; while films are read, how far they are, unless quiet. The errors are those of
    reading it, and of the films."""
    from dcp.texts.catalogue import text
    from dcpkit.console import progress
    from watermark.extract import extract
    from watermark.frames import video_footage
    from watermark.index import is_index

    if recording.is_file() and is_index(recording):
        raise UsageError("mark.index-as-recording", where=recording)
    footage = video_footage(recording)
    indexes: list[FilmIndex] = []
    if films:
        tell(text("mark.stage.reference"))
    for film in films:
        with progress("indexing", "frames", quiet=quiet) as advance:
            indexes.append(film.index(advance))
    return extract(footage, secrets, indexes, threshold=threshold, progress=tell)
