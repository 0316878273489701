"""The document of a planned text, in the form of either standard."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from fractions import Fraction

from dcp.create.planning.plan import TextTrackPlan
from dcp.create.planning.text_fonts import FONT
from dcp.documents.namespaces import Standard
from dcp.text.editing import numbered
from dcp.text.values import DisplayType, LoadedFont, TimedText

_SOME_ID, _SOME_TIME = uuid.UUID(int=0), datetime(2000, 1, 1, tzinfo=UTC)


def text_document(
    track: TextTrackPlan, *, id: uuid.UUID, now: datetime, font: uuid.UUID | str | None
) -> TimedText:
    """The values of a planned text's document, its cues counted anew. font: where its font is, as the
    document names it."""
    display: DisplayType = "MainSubtitle" if track.kind == "subtitle" else "ClosedCaption"
    return TimedText(
        id=id,
        title=track.title,
        cues=numbered(track.cues),
        edit_rate=track.rate,
        time_code_rate=round(track.rate),
        issue_date=now,
        language=track.language,
        reel=track.number,
        display=display,
        start=Fraction(0),
        fonts=(LoadedFont(FONT, font),) if font is not None else (),
    )


def trial_document(track: TextTrackPlan, standard: Standard) -> bytes:
    """Its document but for ids and times of its making. UsageError, naming the cue, for what the form of the
    standard cannot say."""
    from dcp.text.interop import write_interop
    from dcp.text.smpte import write_smpte

    document = text_document(track, id=_SOME_ID, now=_SOME_TIME, font=_SOME_ID if track.font else None)
    return write_smpte(document) if standard == "smpte" else write_interop(document)
