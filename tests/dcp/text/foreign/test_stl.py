"""EBU STL: exact times at each rate, characters, places; what is refused with its block."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import pytest
from stl_files import stl_block, stl_file

from dcp.errors import DcpError
from dcp.text.foreign.iso6937 import decoded_6937
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Colour, Line, Run

TIMES = (0, 0, 1, 0), (0, 0, 2, 0)
NTSC = Fraction(30000, 1001)
ONE = stl_block(1, (0, 0, 1, 0), (0, 0, 2, 12), b"\x0d\x0b\x0bHello\x0a\x0a\x8a\x8a\x0d\x0b\x0bWorld\x0a\x0a")


def read(folder: Path, data: bytes, **told: object) -> SourceText:
    path = folder / "film.stl"
    path.write_bytes(data)
    return open_text(path, **told)  # type: ignore[arg-type]


def texts(source: SourceText) -> list[list[str]]:
    return [[each.text for each in cue.content if isinstance(each, Line)] for cue in source.cues]


def test_times_lines_and_language(tmp_path: Path) -> None:
    source = read(tmp_path, stl_file(ONE))
    assert (source.kind, source.language, source.encoding, source.notes) == ("stl", "en", "iso-6937", ())
    (cue,) = source.cues
    assert (cue.start, cue.end, cue.number, cue.at) == (1, 2 + Fraction(12, 25), "1", "block 1")
    assert texts(source) == [["Hello", "World"]]
    assert [each.place.vposition for each in cue.content] == [14.63, 8.0]


@pytest.mark.parametrize(
    ("dfc", "rate", "time", "frames", "true", "note"),
    [
        (b"STL23.01", None, (0, 1, 0, 0), 1440, Fraction(24000, 1001), None),
        (b"STL24.01", None, (0, 1, 0, 0), 1440, Fraction(24), None),
        (b"STL25.01", None, (1, 0, 0, 24), 90024, Fraction(25), "note.text-late"),
        (b"STL30.01", None, (0, 1, 0, 2), 1800, NTSC, "note.text-stl-drop"),
        (b"STL30.01", None, (0, 10, 0, 0), 17982, NTSC, "note.text-stl-drop"),
        (b"STL30.01", None, (0, 1, 0, 1), 1801, NTSC, "note.text-stl-no-drop"),
        (b"STL30.01", Fraction(30), (0, 1, 0, 1), 1801, Fraction(30), None),
        (b"STL25.01", Fraction(24), (0, 0, 10, 23), 263, Fraction(24), None),
        (b"STL25.01", Fraction(24), (0, 0, 10, 24), 274, Fraction(25), "note.text-own-rate"),
        (b"STL??.??", Fraction(25), (0, 0, 10, 23), 273, Fraction(25), None),
    ],
)
def test_a_time_is_exact_at_the_rate_that_is_stated_or_told(
    tmp_path: Path,
    dfc: bytes,
    rate: Fraction | None,
    time: tuple[int, ...],
    frames: int,
    true: Fraction,
    note: str | None,
) -> None:
    block = stl_block(1, time, (2, 0, 0, 0), b"x")
    source = read(tmp_path, stl_file(block, dfc=dfc), rate=rate)
    assert source.cues[0].start == frames / true
    assert [each.id for each in source.notes] == ([note] if note else [])


def test_times_count_from_the_start_of_the_programme(tmp_path: Path) -> None:
    block = stl_block(1, (10, 0, 5, 0), (10, 0, 7, 0), b"x")
    source = read(tmp_path, stl_file(block, start=b"10000000"))
    assert source.cues[0].start == 5 and [note.id for note in source.notes] == ["note.text-stl-start"]
    source = read(tmp_path, stl_file(block))
    assert source.cues[0].start == 36005 and [note.id for note in source.notes] == ["note.text-late"]
    source = read(tmp_path, stl_file(block, start=b"11000000"))
    assert "note.text-stl-start-ignored" in {note.id for note in source.notes}


def test_extension_blocks_continue_and_comments_are_left_out(tmp_path: Path) -> None:
    times = (0, 0, 3, 0), (0, 0, 4, 0)
    source = read(
        tmp_path,
        stl_file(
            ONE,
            stl_block(2, *times, b"A long ", extension=0),
            stl_block(2, *times, b"text", extension=0xFF),
            stl_block(2, *times, b"\x01\x02", extension=0xFE),
            stl_block(3, *times, b"a remark", comment=1),
        ),
    )
    assert texts(source)[1] == ["A long text"]
    assert [note.id for note in source.notes] == ["note.text-stl-comment"]


def test_styles_of_open_and_of_teletext_subtitles(tmp_path: Path) -> None:
    source = read(tmp_path, stl_file(stl_block(1, *TIMES, b"a \x80b\x81 \x82c\x83"), dsc=b"0"))
    (line,) = source.cues[0].content
    assert isinstance(line, Line)
    runs = [each for each in line.content if isinstance(each, Run)]
    assert [(each.text, each.style.italic, each.style.underline) for each in runs] == [
        ("a ", False, False), ("b", True, False), (" ", False, False), ("c", False, True),
    ]  # fmt: skip
    source = read(tmp_path, stl_file(stl_block(1, *TIMES, b"\x0b\x03yellow\x02green\x8awhite")))
    first, second = source.cues[0].content
    assert isinstance(first, Line) and isinstance(second, Line)
    assert [each.style.colour for each in first.content if isinstance(each, Run) and each.text.strip()] == [
        Colour(255, 255, 0), Colour(0, 255, 0),
    ]  # fmt: skip
    assert first.text == "yellow green" and second.text == "white"


@pytest.mark.parametrize(
    ("row", "justification", "place"),
    [
        (20, 2, ("center", "bottom", 8.0)), (22, 1, ("left", "bottom", 8.0)), (1, 3, ("right", "top", 8.0)),
        (6, 2, ("center", "top", 27.39)), (12, 2, ("center", "bottom", 48.26)),
    ],
)  # fmt: skip
def test_rows_and_justification_become_places(
    tmp_path: Path, row: int, justification: int, place: tuple[object, ...]
) -> None:
    block = stl_block(1, *TIMES, b"x", row=row, justification=justification)
    found = read(tmp_path, stl_file(block)).cues[0].content[0].place
    assert (found.halign, found.valign, found.vposition) == place


def test_tables_of_characters(tmp_path: Path) -> None:
    field = "Привет".encode("iso8859-5")
    source = read(tmp_path, stl_file(stl_block(1, *TIMES, field), cct=b"01"))
    assert texts(source) == [["Привет"]]
    source = read(
        tmp_path,
        stl_file(stl_block(1, *TIMES, "你好".encode("gb18030"))),
        encoding="gb18030",
    )
    assert texts(source) == [["你好"]]
    assert decoded_6937(b"caf\xc2e \xc8O\xd5 \xfb $") == "café Ö♪ ß $"


@pytest.mark.extra("text")
def test_characters_agree_with_another_reading() -> None:
    from ttconv.stl import iso6937

    for code in (*range(0x20, 0x7F), *range(0xA1, 0x100)):
        said = iso6937.decode(bytes([code]), errors="replace")[0]
        if said != "\ufffd" and not 0xC0 <= code <= 0xCF and code != 0xA4:
            assert decoded_6937(bytes([code])) in (said, "Ω"), hex(code)
    for accent in range(0xC1, 0xD0):
        for letter in b"aeiouyAEIOUYnNcCszSZ":
            said = iso6937.decode(bytes([accent, letter]), errors="replace")[0]
            if said and "\ufffd" not in said and len(said) == 1:
                assert decoded_6937(bytes([accent, letter])) == said, (hex(accent), chr(letter))


@pytest.mark.extra("text")
def test_times_of_whole_rates_agree_with_another_reading(tmp_path: Path) -> None:
    from ttconv import model
    from ttconv.stl import reader

    blocks = [stl_block(n, (0, 0, n, n % 25), (0, 0, n, 24), b"text %d" % n, row=18) for n in range(1, 24)]
    data = stl_file(*blocks)
    found = [
        each
        for each in reader.to_model(io.BytesIO(data)).get_body().dfs_iterator()
        if isinstance(each, model.P)
    ]
    times = [(each.get_begin(), each.get_end()) for each in found]
    assert [(cue.start, cue.end) for cue in read(tmp_path, data).cues] == times


@pytest.mark.parametrize(
    ("data", "id", "place"),
    [
        (stl_file(ONE)[:-1], "text.stl-cut", None),
        (stl_file(ONE, count=2), "text.stl-cut", None),
        (stl_file(ONE)[:500], "text.stl-cut", None),
        (stl_file(stl_block(1, *TIMES, b"x", extension=0)), "text.stl-cut", None),
        (stl_file(ONE, dfc=b"STL99.01"), "text.stl-rate", None),
        (stl_file(ONE, stl_block(2, (0, 0, 1, 25), (0, 0, 2, 0), b"x")), "text.stl-time", "block 2"),
        (stl_file(ONE, stl_block(2, (24, 0, 1, 0), (24, 0, 2, 0), b"x")), "text.stl-time", "block 2"),
        (stl_file(ONE, stl_block(2, (0, 0, 5, 0), (0, 0, 4, 0), b"x")), "text.ends-early", "block 2"),
        (stl_file(stl_block(1, *TIMES, b"")), "text.no-cue", None),
        (stl_file(count=0), "text.no-cue", None),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_block(
    tmp_path: Path, data: bytes, id: str, place: str | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, data)
    path = str(tmp_path / "film.stl")
    assert (caught.value.id, caught.value.where) == (id, f"{path}: {place}" if place else path)
    assert caught.value.remedy
