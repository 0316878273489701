"""Files that are small to hand in and would take hours, or all memory: each ends in seconds."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import open_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no alarm there")
SECONDS = 6
SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
TTML = '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body><div>{}</div></body></tt>'
DCST = (
    '<SubtitleReel xmlns="http://www.smpte-ra.org/schemas/428-7/2014/DCST">'
    "<Id>urn:uuid:11111111-1111-4111-8111-111111111111</Id><ContentTitleText>t</ContentTitleText>"
    "<IssueDate>2020-01-01T00:00:00</IssueDate><EditRate>24 1</EditRate><TimeCodeRate>24</TimeCodeRate>"
    '<SubtitleList><Subtitle TimeIn="00:00:01:00" TimeOut="00:00:02:00"><Text>{}</Text></Subtitle>'
    "</SubtitleList></SubtitleReel>"
)


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def read(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    with suppress(DcpError):
        open_text(path)


def test_a_tag_of_letters_without_end(tmp_path: Path) -> None:
    read(tmp_path, "a.srt", SRT.format("<font " + "\n".join(["a" * 9990] * 150) + ">"))


def test_tags_in_tags(tmp_path: Path) -> None:
    read(tmp_path, "a.srt", SRT.format("\n".join(["<b>" * 3000] * 40 + ["x<br>"] * 2000)))


def test_blanks_without_a_break(tmp_path: Path) -> None:
    read(tmp_path, "a.xml", DCST.format("a" + " " * 200_000 + "a"))


@pytest.mark.extra("text")
def test_declarations_inside(tmp_path: Path) -> None:
    read(tmp_path, "a.ttml", TTML.format("<!--" + "<?xml" * 300_000 + "-->"))


@pytest.mark.extra("text")
def test_a_paragraph_that_changes_all_the_time(tmp_path: Path) -> None:
    spans = "".join(f'<span begin="{number / 1000:.3f}s">a</span>' for number in range(900))
    path = tmp_path / "a.ttml"
    path.write_text(TTML.format(f'<p begin="1s" end="3s">{spans}</p>'))
    with pytest.raises(DcpError) as error:
        open_text(path)
    assert error.value.id == "text.too-many-parts"
    assert "a.ttml" in str(error.value)


def test_what_is_said_of_a_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(
        "\n".join(
            f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\n<zz{n}>a\n"
            for n in range(500)
        )
    )
    notes = open_text(path).notes
    assert len(notes) <= 110
    assert sum(note.places["n"] for note in notes if note.id == "note.text-tag-kept") == 500  # type: ignore[misc]
