"""Packages with texts more."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from faults.bases import font

from dcp.documents.cpl import ReelAsset
from dcp.mxf.text_writer import FONT_TYPE, Resource, write_timed_text_file
from dcp.secrets.keys import ContentKey, Keyring
from dcp.text.smpte import write_smpte
from dcp.text.values import Cue, Line, LoadedFont, Place, Run, Style, TimedText

RATE = Fraction(24)
FONT = uuid.UUID(int=0xF1)


def line(words: str, *, size: float = 60.0, z: float = 0.0) -> Line:
    style = Style(font="font", size=size)
    return Line((Run(words, style),), Place(valign="bottom", vposition=10.0, z=z))


def cue(start: int, end: int, words: str = "HELLO", **more: Any) -> Cue:
    """From frame `start` to before `end`, without fades."""
    return Cue(Fraction(start, 24), Fraction(end, 24), (line(words, **more),), Fraction(0), Fraction(0))


def titled(
    made: Any,
    cues: Sequence[Cue],
    *,
    kind: str = "MainSubtitle",
    language: str = "en",
    key: ContentKey | None = None,
    entry: int = 0,
    reel: int = 0,
    held: Sequence[Resource] | None = None,
    change: Callable[[bytes], bytes] = lambda data: data,
) -> Any:
    """The package with a text more in a reel. held: its fonts and pictures, None for the font alone. change:
    what becomes of its document."""
    document = TimedText(
        uuid.uuid4(),
        "Film",
        tuple(cues),
        RATE,
        24,
        issue_date=made.cpl.issue_date,
        language=language,
        reel=1,
        fonts=(LoadedFont("font", FONT),),
    )
    name = f"text{len(made.files)}.mxf"
    path = made.files[name] = made.root / name
    length = made.cpl.reels[reel].picture.duration
    resources = held if held is not None else [Resource(FONT, FONT_TYPE, font())]
    written = write_timed_text_file(
        path,
        change(write_smpte(document)),
        resources,
        resource_id=document.id,
        namespace_uri="http://www.smpte-ra.org/schemas/428-7/2014/DCST",
        language=language,
        edit_rate=RATE,
        duration=length + entry,
        asset_id=uuid.uuid4(),
        key=key,
        now=made.cpl.issue_date,
        as_found=True,
    )
    made.ids[name] = written.asset_id
    asset = ReelAsset(
        kind=kind,
        id=written.asset_id,
        edit_rate=RATE,
        intrinsic_duration=length + entry,
        entry_point=entry,
        duration=length,
        key_id=key.id if key else None,
        language=language,
    )
    reels = list(made.cpl.reels)
    reels[reel] = replace(reels[reel], assets=(*reels[reel].assets, asset))
    made.cpl = replace(made.cpl, reels=tuple(reels))
    if key is not None:
        made.keyring = Keyring((*made.keyring.keys, key))
    made.write()
    return made
