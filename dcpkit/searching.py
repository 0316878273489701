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
    from watermark.secret import Secret


def read_mark(
    recording: Path,
    secrets: Sequence[Secret],
    films: Sequence[Film],
    *,
    threshold: float,
    tell: Callable[[Text], None],
) -> Extraction:
    """The mark of a recording. The errors are those of reading it, and of the films."""
    from dcp.texts.catalogue import text
    from watermark.extract import extract
    from watermark.frames import video_footage
    from watermark.index import is_index

    if recording.is_file() and is_index(recording):
        raise UsageError("mark.index-as-recording", where=recording)
    footage = video_footage(recording)
    if films:
        tell(text("mark.stage.reference"))
    return extract(footage, secrets, [each.index() for each in films], threshold=threshold, progress=tell)
