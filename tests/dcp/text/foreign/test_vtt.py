"""WebVTT: settings become places, tags styles; what stands between the cues; what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Colour, Line, Ruby, Run

CUE = "\n00:01.000 --> 00:02.500{}\n{}\n"


def read(folder: Path, content: str) -> SourceText:
    path = folder / "film.vtt"
    path.write_text(content, "utf-8")
    return open_text(path)


def one(folder: Path, settings: str = "", words: str = "Hello") -> SourceText:
    return read(folder, "WEBVTT\n" + CUE.format(settings, words))


def test_cues_and_what_stands_between(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        "WEBVTT - title\nkind: subtitles\n\nNOTE\na remark --> here\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:a\n\nname\n01:00:01.000 --> 01:00:02.000\nHello\n\n01:00:03.000 --> 01:00:04.000\nthere",
    )
    assert [(cue.start, cue.number, cue.at) for cue in source.cues] == [
        (3601, "name", "line 14"), (3603, None, "line 17"),
    ]  # fmt: skip
    assert [note.id for note in source.notes] == ["note.text-late", "note.text-vtt-style"]


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ("", ("center", 0.0, "bottom", 8.0)), (" align:left", ("left", 5.0, "bottom", 8.0)),
        (" align:start position:10%", ("left", 10.0, "bottom", 8.0)),
        (" align:end position:80%", ("right", 20.0, "bottom", 8.0)),
        (" position:25%", ("center", -25.0, "bottom", 8.0)), (" line:0", ("center", 0.0, "top", 8.0)),
        (" line:-1", ("center", 0.0, "bottom", 8.0)), (" line:-2", ("center", 0.0, "bottom", 12.04)),
        (" line:2", ("center", 0.0, "top", 18.67)), (" line:10%", ("center", 0.0, "top", 10.0)),
        (" line:90%", ("center", 0.0, "bottom", 8.0)), (" line:90%,end", ("center", 0.0, "bottom", 10.0)),
        (" line:40%,center", ("center", 0.0, "center", -10.0)),
        (" line:auto", ("center", 0.0, "bottom", 8.0)),
    ],
)  # fmt: skip
def test_settings_become_places(tmp_path: Path, settings: str, place: tuple[object, ...]) -> None:
    source = one(tmp_path, settings)
    found = source.cues[0].content[0].place
    assert (found.halign, found.hposition, found.valign, found.vposition) == place
    assert source.notes == ()


def test_tags_become_styles_and_ruby(tmp_path: Path) -> None:
    source = one(
        tmp_path,
        words="<v Bob>a<i>b</i><c.yellow.loud>c</c> &lt;3 &amp; <ruby>漢<rt>kan</rt></ruby> <lang e>d</lang>",
    )
    (line,) = source.cues[0].content
    assert isinstance(line, Line) and line.text == "abc <3 & 漢 d"
    runs = [each for each in line.content if isinstance(each, Run)]
    assert runs[1].style.italic and runs[2].style.colour == Colour(255, 255, 0)
    assert [each for each in line.content if isinstance(each, Ruby)] == [Ruby(Run("漢"), "kan")]
    assert [(note.id, note.places["what"]) for note in source.notes] == [("note.text-tag-dropped", ".loud")]


@pytest.mark.parametrize(
    ("settings", "words", "note"),
    [
        (" size:50%", "a", "note.text-vtt-setting"), (" line:200%", "a", "note.text-vtt-setting"),
        (" nonsense", "a", "note.text-vtt-setting"), (" region:a", "a", "note.text-vtt-setting"),
        (" vertical:rl", "a", "note.text-vtt-vertical"), ("", "a<00:00:01.500>b", "note.text-tag-dropped"),
        ("", "a<blink>b</blink>", "note.text-tag-dropped"), ("", "<b>a", "note.text-tag-open"),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_said(tmp_path: Path, settings: str, words: str, note: str) -> None:
    source = one(tmp_path, settings, words)
    assert {each.id for each in source.notes} == {note} and source.notes[0].say("zh")


def test_vertical_text_stands_in_columns(tmp_path: Path) -> None:
    lines = one(tmp_path, " vertical:rl", "a\nb").cues[0].content
    assert [getattr(each, "direction", "") for each in lines] == ["ttb", "ttb"]
    assert lines[0].place.hposition < lines[1].place.hposition and lines[0].place.halign == "right"


def test_a_time_with_a_comma_is_read_and_said(tmp_path: Path) -> None:
    source = read(tmp_path, "WEBVTT\n\n00:00:01,500 --> 00:00:02,5\na\n")
    assert source.cues[0].start == Fraction(3, 2) and [note.id for note in source.notes] == [
        "note.text-time-form"
    ]


@pytest.mark.parametrize(
    ("content", "id", "line"),
    [
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\na\n", "text.vtt-signature", 1),
        ("1\n00:01.000 --> 00:02.000\na\n", "text.vtt-signature", 1),
        ("WEBVTT\n", "text.no-cue", None),
        ("WEBVTT\n\nNOTE only\n", "text.no-cue", None),
        ("WEBVTT\n\n00:01.000 --> \na\n", "text.vtt-times", 3),
        ("WEBVTT\n\n00:01.000 --> 00:0x.000\na\n", "text.vtt-times", 3),
        ("WEBVTT\n\n00:01.000 --> 00:61.000\na\n", "text.vtt-times", 3),
        ("WEBVTT\n\n-00:01.000 --> 00:02.000\na\n", "text.before-zero", 3),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\na\n", "text.ends-early", 3),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\na\n\nlost text\n", "text.vtt-no-times", 6),
        ("WEBVTT\n\na\nb\n00:01.000 --> 00:02.000\na\n", "text.vtt-no-times", 3),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, content: str, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, content)
    path = str(tmp_path / "film.vtt")
    assert (caught.value.id, caught.value.where) == (id, f"{path}: line {line}" if line else path)
    assert caught.value.remedy
