"""SCC: time codes to exact times, CEA-608's words to text; what is refused with its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Line

HEAD = "Scenarist_SCC V1.0\n\n"
NTSC = Fraction(30000, 1001)
SHOW, CLEAR = "942f", "942c"


def read(folder: Path, content: str, **told: object) -> SourceText:
    path = folder / "film.scc"
    path.write_text(content)
    return open_text(path, **told)  # type: ignore[arg-type]


def pop_on(start: str, end: str) -> str:
    """`Hello`, sent and shown with the same word, cleared later."""
    return f"{HEAD}{start}\t{SHOW}\n\n{end}\t{CLEAR}\n"


def loaded(start: str, end: str) -> str:
    """`Hello` loaded at zero, shown at `start`, cleared at `end`."""
    return f"{HEAD}00:00:00:00\t9420 94ae 9470 c8e5 ecec ef80\n\n{start}\t{SHOW}\n\n{end}\t{CLEAR}\n"


@pytest.mark.parametrize(
    ("start", "rate", "frames", "true"),
    [
        ("00:00:01:00", None, 30, NTSC), ("00:01:00:02", None, 1802, NTSC), ("00:01:00;02", None, 1800, NTSC),
        ("00:10:00;00", None, 17982, NTSC), ("00:00:10:23", Fraction(24), 263, Fraction(24)),
        ("00:00:10:23", Fraction(24000, 1001), 263, Fraction(24000, 1001)),
        ("00:00:01:24", Fraction(25), 49, Fraction(25)),
        ("00:01:00:01", Fraction(30), 1801, Fraction(30)),
    ],
)  # fmt: skip
def test_a_time_code_is_exact_at_each_rate(
    tmp_path: Path, start: str, rate: Fraction | None, frames: int, true: Fraction
) -> None:
    source = read(tmp_path, loaded(start, "00:20:00:00"), rate=rate)
    (cue,) = source.cues
    assert cue.start == frames / true and cue.at == "line 5"
    assert [each.text for each in cue.content if isinstance(each, Line)] == ["Hello"]
    assert [note.id for note in source.notes] == (["note.text-scc-rate"] if rate is None else [])


def test_codes_beyond_the_rate_that_is_told_count_at_their_own(tmp_path: Path) -> None:
    """Who tells the rate of the picture does not make the codes of television others."""
    source = read(tmp_path, loaded("00:00:01:29", "00:20:00:00"), rate=Fraction(24000, 1001))
    assert source.cues[0].start == 59 / NTSC and [note.id for note in source.notes] == ["note.text-scc-rate"]


def test_a_caption_that_is_never_cleared_is_shown_for_four_seconds(tmp_path: Path) -> None:
    source = read(tmp_path, loaded("00:00:01:00", "00:00:02:00").rpartition("\n\n")[0])
    (cue,) = source.cues
    assert cue.end - cue.start == 4 and "note.text-no-end" in {note.id for note in source.notes}


@pytest.mark.parametrize(
    ("content", "id", "line"),
    [
        (HEAD, "text.no-cue", None),
        (pop_on("00:00:01:00", "00:00:02:00"), "text.no-cue", None),
        (HEAD + "00:00:01:00 942\n", "text.scc-line", 3),
        (HEAD + "00:00:01:00\t94xx\n", "text.scc-line", 3),
        (HEAD + "hello\n", "text.scc-line", 3),
        (HEAD + "00:00:01:30\t9420\n", "text.stl-time", 3),
        (HEAD + "00:01:00;00\t9420\n", "text.stl-time", 3),
        (HEAD + "00:00:02:00\t9420\n\n00:00:01:00\t9420\n", "text.scc-backwards", 5),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, content: str, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, content)
    path = str(tmp_path / "film.scc")
    assert (caught.value.id, caught.value.where) == (id, f"{path}: line {line}" if line else path)
    assert caught.value.remedy
