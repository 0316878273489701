"""Timed text of every kind that a document can say, as hypothesis draws it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import strategies as st

from dcp.text.values import (
    Colour,
    Cue,
    Depth,
    Group,
    Image,
    Inline,
    Line,
    LoadedFont,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    TimedText,
    Turned,
    VariableZ,
)

IDS = [uuid.UUID(int=number + (1 << 100)) for number in range(4)]
WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"), include_characters=" <&\"'>]ü字ع"
    ),
    min_size=1,
    max_size=12,
)
FONTS = ["Font1", "zwei", "字体"]
NAMES = st.sampled_from(FONTS)
POSITIONS = st.integers(-2000, 2000).map(lambda n: n / 20)
EMS = st.integers(0, 200).map(lambda n: n / 100)
ASPECTS = st.integers(25, 400).map(lambda n: n / 100)
BYTES = st.integers(0, 255)
COLOURS = st.builds(Colour, BYTES, BYTES, BYTES, BYTES)


def styles(*, smpte: bool) -> st.SearchStrategy[Style]:
    return st.builds(
        Style,
        font=st.none() | NAMES,
        size=st.integers(1, 99).map(float),
        colour=COLOURS,
        effect=st.sampled_from(["none", "border", "shadow"]),
        effect_colour=COLOURS,
        effect_size=st.none() | EMS,
        bold=st.booleans(),
        italic=st.booleans(),
        underline=st.booleans(),
        script=st.sampled_from(["normal", "super", "sub"]),
        aspect=ASPECTS,
        spacing=st.integers(-100, 100).map(lambda n: n / 100),
        feather=st.booleans() if smpte else st.just(False),
    )


def merged(pieces: list[Inline]) -> tuple[Inline, ...]:
    """Neighbours of one style are one piece: a document cannot tell them apart."""
    made: list[Inline] = []
    for piece in pieces:
        before = made[-1] if made else None
        if isinstance(piece, Run) and isinstance(before, Run) and before.style == piece.style:
            made[-1] = Run(before.text + piece.text, piece.style)
        else:
            made.append(piece)
    return tuple(made)


@st.composite
def contents(draw: st.DrawFn, *, smpte: bool) -> tuple[Inline, ...]:
    """Words in two styles at most; signs that no Font can surround stand in one of them, throughout."""
    first, second = draw(st.tuples(styles(smpte=smpte), styles(smpte=smpte)))
    runs = st.builds(Run, WORDS, st.sampled_from([first, second]))
    if draw(st.booleans()):
        return merged(draw(st.lists(runs, min_size=1, max_size=5)))
    second = Style(**{**vars(second), "font": first.font, "effect_size": first.effect_size})
    runs = st.builds(Run, WORDS, st.sampled_from([first, second]))
    fixed = st.builds(Run, WORDS, st.just(first))
    ruby = st.builds(
        Ruby,
        fixed,
        WORDS,
        size=st.integers(1, 200).map(lambda n: n / 100),
        before=st.booleans(),
        offset=EMS,
        spacing=EMS,
        aspect=ASPECTS,
    )
    turned = st.builds(Turned, fixed, st.sampled_from(["none", "left", "right"]))
    space = st.builds(Space, EMS, st.just(first))
    pieces = st.lists(st.one_of(runs, ruby, turned, space, st.builds(Group, fixed)), max_size=5)
    anchor = draw(st.one_of(ruby, turned, st.builds(Group, fixed)))
    return merged([anchor, *draw(pieces)])


def places(*, smpte: bool) -> st.SearchStrategy[Place]:
    return st.builds(
        Place,
        halign=st.sampled_from(["left", "center", "right"]),
        hposition=POSITIONS,
        valign=st.sampled_from(["top", "center", "bottom"]),
        vposition=POSITIONS,
        z=POSITIONS,
        variable_z=st.none() | st.sampled_from(["Z1", "Z2"]) if smpte else st.none(),
    )


@st.composite
def cues(draw: st.DrawFn, *, smpte: bool, rate: int, edit_rate: Fraction) -> Cue:
    first = draw(st.integers(0, 29 * 3600 * rate))
    start = Fraction(first, rate)
    place = places(smpte=smpte)
    directions = ["ltr", "rtl", "ttb", "btt"] if smpte else ["ltr", "ttb"]
    line = st.builds(Line, contents(smpte=smpte), place, st.sampled_from(directions))
    image = st.builds(Image, st.sampled_from(IDS), place)
    content = tuple(draw(st.lists(line | image, min_size=1, max_size=3)))
    depth = st.builds(Depth, POSITIONS, st.integers(1, 99).map(lambda n: n / edit_rate))
    fades = st.none() | st.integers(0, 3 * rate).map(lambda n: Fraction(n, rate))
    return Cue(
        start=start,
        end=start + Fraction(draw(st.integers(1, 900 * rate)), rate),
        content=content,
        fade_up=draw(fades),
        fade_down=draw(fades),
        number=draw(WORDS.map(str.strip).filter(bool) if not smpte else st.none() | WORDS),
        variable_z=tuple(
            VariableZ(name, tuple(draw(st.lists(depth, min_size=1, max_size=4))))
            for name in sorted({str(each.place.variable_z) for each in content if each.place.variable_z})
        ),
    )


@st.composite
def smpte_texts(draw: st.DrawFn) -> TimedText:
    rate = draw(st.sampled_from([24, 25, 48, 250, 1000]))
    edit_rate = draw(st.sampled_from([Fraction(24), Fraction(25), Fraction(24000, 1001)]))
    return TimedText(
        id=draw(st.sampled_from(IDS)),
        title=draw(WORDS).strip(" "),
        cues=tuple(draw(st.lists(cues(smpte=True, rate=rate, edit_rate=edit_rate), min_size=1, max_size=4))),
        edit_rate=edit_rate,
        time_code_rate=rate,
        issue_date=datetime(2028, 6, 1, 12, 0, draw(st.integers(0, 59)), tzinfo=UTC),
        language=draw(st.sampled_from([None, "en", "zh-Hant-TW"])),
        reel=draw(st.none() | st.integers(1, 99)),
        display=draw(st.sampled_from(["MainSubtitle", "ClosedCaption", "ClosedSubtitle", "MainCaption"])),
        annotation=draw(st.none() | WORDS.map(lambda words: words.strip(" "))),
        start=draw(st.none() | st.just(Fraction(0))),
        fonts=tuple(LoadedFont(name, IDS[0]) for name in FONTS),
    )


@st.composite
def interop_texts(draw: st.DrawFn) -> TimedText:
    edit_rate = Fraction(24)
    return TimedText(
        id=draw(st.sampled_from(IDS)),
        title=draw(WORDS).strip(" "),
        cues=tuple(draw(st.lists(cues(smpte=False, rate=250, edit_rate=edit_rate), max_size=4))),
        edit_rate=edit_rate,
        time_code_rate=250,
        language=draw(st.none() | st.sampled_from(["English", "zh"])),
        reel=draw(st.integers(1, 99)),
        fonts=tuple(LoadedFont(name, f"{name}/a.ttf") for name in FONTS),
        standard="interop",
    )
