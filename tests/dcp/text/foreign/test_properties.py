"""What is written reads the same; nothing that is fed in ends in anything but an error of ours."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needing import has_extra
from stl_files import stl_block, stl_file

from dcp.errors import DcpError
from dcp.text.opening import open_text
from dcp.text.values import Line

SIGNS = st.characters(
    exclude_categories=("C", "Z"), exclude_characters="<>&{}\u00ad", max_codepoint=0x2FFFF
) | st.just(" ")  # fmt: skip
BLOCKS = ("NOTE", "STYLE", "REGION")


def is_plain(text: str) -> bool:
    """Whether a row of these words means nothing else in any of the formats."""
    return bool(text) and not text.isdigit() and "->" not in text and not text.startswith(BLOCKS)


WORDS = st.text(SIGNS, min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(is_plain)
ROWS = st.lists(WORDS, min_size=1, max_size=3)
CUES = st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 5000), ROWS), min_size=1, max_size=12)


def stamp(milliseconds: int, mark: str) -> str:
    seconds, part = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{part:03}"


def timed(cues: list[tuple[int, int, list[str]]]) -> list[tuple[int, int, list[str]]]:
    """Gaps and lengths in milliseconds to times."""
    found, time = [], 0
    for gap, length, rows in cues:
        found.append((time + gap, time + gap + length, rows))
        time += gap + length
    return found


def read(content: str | bytes, name: str = "film.srt") -> list[tuple[Fraction, Fraction, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return [
            (cue.start * 1000, cue.end * 1000, [line.text for line in cue.content if isinstance(line, Line)])
            for cue in open_text(path).cues
        ]


@settings(max_examples=60)
@given(CUES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_is_written_as_srt_reads_the_same(
    cues: list[tuple[int, int, list[str]]], end: str, mark: bool
) -> None:
    expected = timed(cues)
    blocks = [
        f"{n}\n{stamp(start, ',')} --> {stamp(stop, ',')}\n" + "\n".join(rows) + "\n"
        for n, (start, stop, rows) in enumerate(expected, start=1)
    ]
    content = ("\ufeff" if mark else "") + "\n".join(blocks).replace("\n", end)
    assert read(content) == expected


@settings(max_examples=60)
@given(CUES)
def test_what_is_written_as_webvtt_reads_the_same(cues: list[tuple[int, int, list[str]]]) -> None:
    expected = timed(cues)
    blocks = [
        f"{stamp(start, '.')} --> {stamp(stop, '.')}\n" + "\n".join(rows) + "\n"
        for start, stop, rows in expected
    ]
    assert read("WEBVTT\n\n" + "\n".join(blocks), "film.vtt") == expected


@settings(max_examples=60)
@given(CUES, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "gb18030"]))
def test_a_told_encoding_reads_the_same(cues: list[tuple[int, int, list[str]]], encoding: str) -> None:
    expected = timed(cues)
    content = "\n".join(
        f"{n}\n{stamp(start, ',')} --> {stamp(stop, ',')}\n" + "\n".join(rows) + "\n"
        for n, (start, stop, rows) in enumerate(expected, start=1)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.srt"
        path.write_bytes(content.encode(encoding))
        cues_read = open_text(path, encoding=encoding).cues
    assert [(cue.start * 1000, cue.end * 1000) for cue in cues_read] == [each[:2] for each in expected]


@pytest.mark.parametrize("said", ["[Events]", "[Script Info]", "[V4 STYLES]", "[v4+ Styles]"])
def test_a_subtitle_that_reads_like_a_section_of_a_script_is_a_subtitle(said: str) -> None:
    content = f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n"
    assert read(content) == [(1000, 2000, [said])]


def test_signs_of_utf_16_that_are_bytes_of_utf_8_too(tmp_path: Path) -> None:
    path = tmp_path / "film.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\n\u85c2\n".encode("utf-16-le"))
    assert [cue.content[0].text for cue in open_text(path, encoding="utf-16-le").cues] == ["\u85c2"]  # type: ignore[union-attr]


PIECES = st.binary(max_size=3) | st.sampled_from([b"\n", b"<", b"{\\", b"-->", b"9", b"\xff", b"9429 "])
SEEDS = [
    b"1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\n\n2\n00:00:03,000 --> 00:00:04,000\n{\\an8}World\n",
    b"WEBVTT\n\n00:01.000 --> 00:02.500 line:0 align:left\n<c.red>Hello</c> <ruby>a<rt>b</rt></ruby>\n",
    b"[Script Info]\nPlayResX: 640\n[V4+ Styles]\nFormat: Name, Fontsize, Alignment\nStyle: Default,20,2\n"
    b"[Events]\nFormat: Start, End, Style, Text\n"
    b"Dialogue: 0:00:01.00,0:00:02.00,Default,{\\pos(1,2)\\fad(1,2)}a\\Nb\n",
    stl_file(stl_block(1, (0, 0, 1, 0), (0, 0, 2, 0), b"\x0d\x0bHello\x8a\xc2e")),
]  # fmt: skip
WITH_LIBRARIES = [
    b'<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"><head><layout>'
    b'<region xml:id="r" tts:origin="10% 10%" tts:extent="80% 80%"/></layout></head><body region="r"><div>'
    b'<p begin="1s" end="2s">a<br/><span tts:color="red">b</span></p></div></body></tt>',
    b"Scenarist_SCC V1.0\n\n00:00:00:00\t9420 94ae 9470 c8e5 ecec ef80 9425 94ad 9429\n\n"
    b"00:00:01:00\t942f\n\n00:00:02:00\t942c\n",
]  # fmt: skip


@pytest.mark.parametrize("seed", [*SEEDS, *WITH_LIBRARIES], ids=["srt", "vtt", "ass", "stl", "ttml", "scc"])
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_changed_bytes_end_in_cues_or_in_an_error_of_ours(seed: bytes, data: st.DataObject) -> None:
    if seed in WITH_LIBRARIES and not has_extra("text"):
        pytest.skip("the extra text is not installed")
    changed = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(changed) - 1))
        piece = data.draw(PIECES)
        changed[place : place + data.draw(st.integers(0, 4))] = piece
    try:
        assert read(bytes(changed), "film")
    except DcpError as error:
        assert error.id and error.say() and error.say("zh") and error.lines("zh")


@settings(max_examples=200)
@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_random_bytes_end_in_an_error_of_ours(data: bytes) -> None:
    for name in ("film.srt", "film.vtt", "film"):
        try:
            read(data, name)
        except DcpError as error:
            assert error.id and error.say("zh")
