"""ASS and SSA: columns by the Format lines, styles, override tags; what is refused; agreement with others."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Colour, Line, Run

STYLE = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold,"
    " Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment,"
    " MarginL, MarginR, MarginV, Encoding\n"
    "Style: Default,Arial,20,&H00FFFFFF,&H0,&H00000000,&H0,0,0,0,0,100,100,0,0,1,2,0,2,10,10,10,1\n"
    "Style: Sign,Arial,30,&H0000FFFF,&H0,&H00FF0000,&H0,-1,-1,0,0,100,100,0,0,1,2,0,8,10,10,10,1\n"
)
HEAD = "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n" + STYLE
EVENTS = "\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
LINE = "Dialogue: 0,0:00:01.00,0:00:02.50,{},,0,0,0,,{}\n"


def read(folder: Path, content: str) -> SourceText:
    path = folder / "film.ass"
    path.write_text(content, "utf-8")
    return open_text(path)


def one(folder: Path, words: str, style: str = "Default") -> SourceText:
    return read(folder, HEAD + EVENTS + LINE.format(style, words))


def runs(source: SourceText, row: int = 0) -> list[Run]:
    line = source.cues[0].content[row]
    assert isinstance(line, Line)
    return [each for each in line.content if isinstance(each, Run)]


def test_times_lines_and_remarks(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        HEAD + EVENTS + LINE.format("Default", r"Hello\Nyou,\hthere{a remark}")
        + "Comment: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,not shown\n",
    )  # fmt: skip
    (cue,) = source.cues
    assert (cue.start, cue.end, cue.at) == (1, Fraction(5, 2), "line 13")
    assert [each.text for each in cue.content if isinstance(each, Line)] == ["Hello", "you, there"]
    assert source.kind == "ass" and source.notes == ()


def test_columns_stand_where_the_format_line_has_them(tmp_path: Path) -> None:
    content = (
        HEAD + "\n[Events]\nFormat: Start, Style, End, Text\nDialogue: 0:00:01.00,Sign,0:00:02.00,a, b\n"
    )
    (cue,) = read(tmp_path, content).cues
    assert (cue.start, cue.end) == (1, 2) and isinstance(cue.content[0], Line)
    assert cue.content[0].text == "a, b" and cue.content[0].place.valign == "top"


def test_styles_of_the_script(tmp_path: Path) -> None:
    (run,) = runs(one(tmp_path, "x", "Sign"))
    assert (run.style.bold, run.style.italic, run.style.colour) == (True, True, Colour(255, 255, 0))
    assert (run.style.effect, run.style.effect_colour) == ("border", Colour(0, 0, 255))
    both = read(tmp_path, HEAD + EVENTS + LINE.format("Default", "a") * 2 + LINE.format("Sign", "b"))
    sizes = {each.style.size for cue in both.cues for line in cue.content if isinstance(line, Line)
             for each in line.content if isinstance(each, Run)}  # fmt: skip
    assert sizes == {42.0, 63.0} and "note.text-ass-sizes" in {note.id for note in both.notes}


def test_override_tags(tmp_path: Path) -> None:
    source = one(tmp_path, r"{\i1}a{\i0\b1}b{\r}c{\c&H0000FF&}d{\c}e{\u1\3c&H00FF00&}f{\fs10}g{\alpha&H80&}h")
    a, b, c, d, e, f, g, h = runs(source)
    assert a.style.italic and not b.style.italic and b.style.bold and not c.style.bold
    assert (d.style.colour, e.style.colour) == (Colour(255, 0, 0), Colour())
    assert f.style.underline and f.style.effect_colour == Colour(0, 255, 0)
    assert g.style.size == 21.0 and h.style.colour.alpha == 127
    assert source.notes == ()


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (r"{\an7}x", ("left", 5.0, "top", 8.0)), (r"{\an5}x", ("center", 0.0, "center", 0.0)),
        (r"{\a6}x", ("center", 0.0, "top", 8.0)), (r"{\an3}x", ("right", 5.0, "bottom", 8.0)),
        (r"{\pos(320,180)}x", ("center", 0.0, "bottom", 50.0)),
        (r"{\an7\pos(64,36)}x", ("left", 10.0, "top", 10.0)),
        (r"{\an6\pos(576,180)}x", ("right", 10.0, "center", 0.0)),
    ],
)  # fmt: skip
def test_places(tmp_path: Path, words: str, place: tuple[object, ...]) -> None:
    source = one(tmp_path, words)
    found = source.cues[0].content[0].place
    assert (found.halign, found.hposition, found.valign, found.vposition) == place
    assert source.notes == ()


def test_fades(tmp_path: Path) -> None:
    (cue,) = one(tmp_path, r"{\fad(200,400)}x").cues
    assert (cue.fade_up, cue.fade_down) == (Fraction(1, 5), Fraction(2, 5))


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (r"{\blur2}x", "note.text-tag-dropped"), (r"{\t(0,500,\fs40)}x", "note.text-tag-dropped"),
        (r"{\move(1,2,3,4)}x", "note.text-tag-dropped"), (r"{\fnArial}x", "note.text-tag-dropped"),
        (r"{\p1}m 0 0 l 1 1{\p0}x", "note.text-tag-dropped"), (r"{\zzz}x", "note.text-tag-dropped"),
        (r"{\i1}", "note.text-empty"),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_said(tmp_path: Path, words: str, note: str) -> None:
    content = (
        HEAD + EVENTS + LINE.format("Default", words) + LINE.replace("01.00", "02.50").format("Default", "y")
    )
    source = read(tmp_path, content.replace("0:00:02.50,0:00:02.50", "0:00:02.50,0:00:04.00"))
    assert {each.id for each in source.notes} == {note}


def test_karaoke_keeps_its_text_and_says_nothing(tmp_path: Path) -> None:
    source = one(tmp_path, r"{\k20}Hel{\k30}lo")
    assert source.notes == () and "".join(run.text for run in runs(source)) == "Hello"


def test_ssa_has_its_own_numbers_for_places(tmp_path: Path) -> None:
    content = (
        "[Script Info]\nScriptType: v4.00\n[V4 Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\n"
        "Style: Default,Arial,20,65535,6\n[Events]\nFormat: Marked, Start, End, Style, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,x\n"
    )
    source = read(tmp_path, content)
    (run,) = runs(source)
    assert run.style.colour == Colour(255, 255, 0) and source.cues[0].content[0].place.valign == "top"


@pytest.mark.parametrize(
    ("content", "id", "line"),
    [
        (HEAD, "text.no-cue", None),
        (HEAD + EVENTS, "text.no-cue", None),
        (HEAD + EVENTS + LINE.format("Default", ""), "text.no-cue", None),
        (HEAD + EVENTS + "Dialogue: 0,0:00:01.00\n", "text.ass-fields", 13),
        (HEAD + EVENTS + LINE.replace("01.00", "xx").format("Default", "a"), "text.ass-time", 13),
        (HEAD + EVENTS + LINE.replace("0:00:01", "-0:00:01").format("", "a"), "text.before-zero", 13),
        (HEAD + EVENTS + LINE.replace("01.00", "03.00").format("Default", "a"), "text.ends-early", 13),
        (HEAD + "[Events]\nFormat: Start, End, Text, Style\nDialogue: 0,1,a,b\n", "text.ass-columns", 12),
        (HEAD + "Style: Short,Arial\n", "text.ass-fields", 10),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, content: str, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, content)
    path = str(tmp_path / "film.ass")
    assert (caught.value.id, caught.value.where) == (id, f"{path}: line {line}" if line else path)
    assert caught.value.remedy


def test_times_and_words_agree_with_another_reading(tmp_path: Path) -> None:
    pysubs2 = pytest.importorskip("pysubs2")
    words = r"{{\i1}}word {}{{\i0}}\Nmore"
    at = (LINE.replace("01.00", f"{n:02}.{n:02}").replace("02.50", f"{n:02}.99") for n in range(1, 50))
    lines = [line.format("Default", words.format(n)) for n, line in enumerate(at)]
    content = HEAD + EVENTS + "".join(lines)
    theirs = pysubs2.SSAFile.from_string(content)
    ours = read(tmp_path, content).cues
    assert [(cue.start * 1000, cue.end * 1000) for cue in ours] == [(each.start, each.end) for each in theirs]
    said = ["\n".join(line.text for line in cue.content if isinstance(line, Line)) for cue in ours]
    assert said == [each.plaintext for each in theirs]
