"""SubRip: what stands in it, what is mended and said, what is refused with its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Colour, Cue, Line, Run

ONE = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n"
TWO = "2\n00:00:03,000 --> 00:00:04,000\nWorld\n"


def read(folder: Path, content: str | bytes, **told: object) -> SourceText:
    path = folder / "film.srt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_text(path, **told)  # type: ignore[arg-type]


def said(source: SourceText) -> set[str]:
    return {note.id for note in source.notes}


def lines(cue: Cue) -> list[str]:
    return [each.text for each in cue.content if isinstance(each, Line)]


def runs(cue: Cue, row: int = 0) -> tuple[Run, ...]:
    line = cue.content[row]
    assert isinstance(line, Line)
    return tuple(each for each in line.content if isinstance(each, Run))


def test_a_plain_file_says_nothing_of_itself(tmp_path: Path) -> None:
    source = read(tmp_path, ONE + TWO)
    assert source.kind == "srt" and source.encoding == "utf-8" and source.notes == ()
    first, second = source.cues
    assert (first.start, first.end, first.number, first.at) == (1, Fraction(5, 2), "1", "line 2")
    assert lines(first) == ["Hello"] and lines(second) == ["World"]


def test_styles_and_places_are_kept(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        "1\n00:00:01,000 --> 00:00:02,500\n{\\an7}<i>one <b>two</b></i> <u>3</u>\n"
        '<font color="#00ff80">green</font> <font color=red>red</font>\n',
    )
    (cue,) = source.cues
    one, two, gap, three = runs(cue)
    assert one.style.italic and not one.style.bold and two.style.bold and two.style.italic
    assert not gap.style.italic and three.style.underline
    green, _, red = runs(cue, 1)
    assert (green.style.colour, red.style.colour) == (Colour(0, 255, 128), Colour(255, 0, 0))
    above, below = cue.content
    assert (above.place.halign, above.place.valign, above.place.vposition) == ("left", "top", 8.0)
    assert below.place.vposition == 14.63
    assert source.notes == ()


@pytest.mark.parametrize(
    ("content", "note", "shown"),
    [
        (ONE.replace("\n", "\r"), "note.text-line-ends", ["Hello"]),
        (ONE.replace("\n", "\r\n"), None, ["Hello"]),
        ("\ufeff" + ONE, None, ["Hello"]),
        (ONE + "\ufeff" + TWO, "note.text-control", ["Hello", "World"]),
        (ONE.removeprefix("1\n"), "note.text-no-counter", ["Hello"]),
        (ONE.replace(",", "."), "note.text-time-form", ["Hello"]),
        (ONE.replace(",000", "").replace(",500", ",5"), "note.text-time-form", ["Hello"]),
        (ONE.replace("00:00:01,000", "0:00:01,000"), "note.text-time-form", ["Hello"]),
        (ONE.replace("-->", "->"), "note.text-time-form", ["Hello"]),
        (ONE.replace("Hello", "Hello\n\nagain"), "note.text-blank-inside", ["Hello", "again"]),
        (ONE.replace("Hello", "<i>Hello"), "note.text-tag-open", ["Hello"]),
        (ONE.replace("Hello", "Hello</i>"), "note.text-tag-unopened", ["Hello"]),
        (ONE.replace("Hello", "<span x>Hello</span>"), "note.text-tag-dropped", ["Hello"]),
        (ONE.replace("Hello", "<font face=Arial>Hello</font>"), "note.text-tag-dropped", ["Hello"]),
        (ONE.replace("Hello", "{\\blur3}Hello"), "note.text-tag-dropped", ["Hello"]),
        (ONE.replace("Hello", "<laughs>"), "note.text-tag-kept", ["<laughs>"]),
        (ONE.replace("Hello", "I <3 you, 2 < 3"), None, ["I <3 you, 2 < 3"]),
        (ONE.replace("Hello", "AT&amp;T"), "note.text-entity", ["AT&T"]),
        (ONE.replace("Hello", "AT&T"), None, ["AT&T"]),
        (ONE.replace("Hello", "a<br>b"), None, ["a", "b"]),
        (ONE + TWO.replace("World", ""), "note.text-empty", ["Hello"]),
        (ONE + TWO.replace("World", "<i> </i>"), "note.text-empty", ["Hello"]),
        (ONE + TWO.replace("04,000", "03,000"), "note.text-no-time", ["Hello"]),
        (ONE + ONE, "note.text-doubled", ["Hello"]),
        (TWO + "\n" + ONE, "note.text-order", ["Hello", "World"]),
        (ONE.replace("02,500", "02,500 X1:10 X2:20 Y1:3 Y2:4"), "note.text-box", ["Hello"]),
        (ONE.replace("Hello", "Hel\x07lo"), "note.text-control", ["Hello"]),
        (ONE.replace("Hello", "caf\ufffd"), "note.text-lost", ["caf\ufffd"]),
        (ONE.replace("Hello", "1984"), None, ["1984"]),
    ],
)
def test_what_has_one_meaning_is_mended_and_said(
    tmp_path: Path, content: str, note: str | None, shown: list[str]
) -> None:
    source = read(tmp_path, content)
    assert said(source) == ({note} if note else set())
    assert [text for cue in source.cues for text in lines(cue)] == shown
    assert all(each.say("en") and each.say("zh") for each in source.notes)


REFUSED = [
    ("", "text.no-cue", None),
    ("   \n\n", "text.no-cue", None),
    ("\n\n1\n", "text.srt-stray", 3),
    ("hello\n\n" + ONE, "text.srt-stray", 1),
    (ONE.replace("01,000", "0x,000"), "text.srt-times", 2),
    (ONE.replace("00:00:02,500", ""), "text.srt-times", 2),
    (ONE.replace("00:02,500", "75:02,500"), "text.srt-times", 2),
    (ONE.replace("02,500", "02,500 bold"), "text.srt-times", 2),
    (ONE + TWO.replace("00:00:03,000 -->", "00:00:03,000 --> x"), "text.srt-times", 6),
    (ONE + "2\nWorld\n", "text.srt-no-times", 5),
    (ONE + "2\n", "text.srt-no-times", 5),
    (ONE.replace("00:00:01,000", "-00:00:01,000"), "text.before-zero", 2),
    (ONE.replace("01,000", "05,000"), "text.ends-early", 2),
    (ONE.replace("00:00:02", "24:00:02"), "text.beyond-a-day", 2),
    (ONE.replace("01,000", "01:12").replace("02,500", "02:00"), "text.frames", 2),
    (ONE.replace("Hello", "x" * 11_000), "text.line-too-long", 3),
    (ONE.replace("Hello", "\n".join(["x" * 100] * 30)), "text.cue-too-long", 2),
    (ONE.replace("Hello", "He\0lo"), "text.zeros", 3),
    (ONE.replace("Hello", ""), "text.no-cue", None),
    ("".join(ONE.replace("Hello", f"n{n}") for n in range(13)), "text.too-many-at-once", 50),
    (b"\xff\xfe" + ONE.encode("utf-16-le")[:-1], "text.encoding-broken", 4),
    (ONE.encode() + TWO.encode() + "é".encode() * 20 + b"\xff\n", "text.encoding-broken", 8),
    (ONE.replace("Hello", "\x81\x8d\x8f").encode("latin-1"), "text.encoding-unknown", 3),
]  # fmt: skip


@pytest.mark.parametrize(("content", "id", "line"), REFUSED, ids=lambda value: str(value)[:24])
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, content)
    assert caught.value.id == id
    path = str(tmp_path / "film.srt")
    assert caught.value.where == (f"{path}: line {line}" if line else path)
    assert caught.value.exit_code == 2 and caught.value.remedy and caught.value.say("zh")


def test_frames_are_counted_at_the_rate_that_is_told(tmp_path: Path) -> None:
    content = ONE.replace("01,000", "01:12").replace("02,500", "02;12")
    (cue,) = read(tmp_path, content, rate=Fraction(25)).cues
    assert (cue.start, cue.end) == (1 + Fraction(12, 25), 2 + Fraction(12, 25))
    with pytest.raises(DcpError, match="no line of times"):
        read(tmp_path, content.replace(":12", ":31"), rate=Fraction(25))


class TestOverlaps:
    def test_a_short_one_is_cut(self, tmp_path: Path) -> None:
        source = read(tmp_path, ONE + TWO.replace("03,000", "02,300"))
        assert [(cue.start, cue.end) for cue in source.cues] == [
            (1, Fraction(23, 10)), (Fraction(23, 10), 4),
        ]  # fmt: skip
        assert said(source) == {"note.text-cut"}

    def test_a_long_one_is_shown_together_and_the_first_stays_where_it_is(self, tmp_path: Path) -> None:
        source = read(tmp_path, ONE.replace("02,500", "05,000") + TWO)
        assert [(cue.start, cue.end, lines(cue)) for cue in source.cues] == [
            (1, 3, ["Hello"]), (3, 4, ["World", "Hello"]), (4, 5, ["Hello"]),
        ]  # fmt: skip
        assert source.cues[1].content[1] == source.cues[0].content[0]
        assert said(source) == {"note.text-together"}
        first, _, last = source.cues
        assert (first.fade_up, first.fade_down, last.fade_up, last.fade_down) == (None, 0, 0, None)
