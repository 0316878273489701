"""The mark of a recording read: for `extract`, and to repeat what it found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from dcpkit.films import Film
    from watermark.detect import Extraction
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
    from watermark.detect import extract_informed
    from watermark.frames import video_footage

    footage = video_footage(recording)
    return extract_informed(footage, films[0].footage, secrets[0], threshold=threshold, progress=tell)
