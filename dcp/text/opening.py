"""Timed text of every kind behind one entrance: foreign formats, both standards' documents, track files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.values import Cue
from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from dcp.secrets.keys import Keyring

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
) -> SourceText:
    """All of a source of timed text. What it is shows in its content, not in its name.

    encoding: of its bytes, where it has to be told. rate: frames a second that its times are counted in,
    where it has frames in them and does not say so, or says it wrongly. keyring: for encrypted track files.
    SourceError, naming the line, for what cannot be read without a guess; UsageError for an encoding that
    nobody knows; KeyMissingError; ExtraMissingError.
    """
    raise SourceError("text.unknown-format", where=path)
