"""One entrance: what a source is shows in its content; documents with what lies beside them; track files."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, KeyMissingError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.text.interop import write_interop
from dcp.text.opening import MAX_BYTES, open_text
from dcp.text.smpte import write_smpte
from dcp.text.values import Cue, Image, Line, LoadedFont, Run, Style, TimedText

FONT, PICTURE, ID = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
ASS = "[Script Info]\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,Hello\n"


def document(*cues: Cue, **changed: Any) -> TimedText:
    words = Line((Run("Hello", Style(font="F")),))
    values: dict[str, Any] = {
        "id": ID,
        "title": "T",
        "cues": cues
        or (Cue(Fraction(1), Fraction(2), (words,)), Cue(Fraction(3), Fraction(4), (Image(PICTURE),))),
        "edit_rate": Fraction(24),
        "time_code_rate": 24,
        "issue_date": datetime(2027, 1, 1, tzinfo=UTC),
        "language": "en",
        "fonts": (LoadedFont("F", FONT),),
    }
    return TimedText(**{**values, **changed})


def saved(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [(SRT, "srt"), (VTT, "vtt"), (ASS, "ass"), ("\ufeff" + SRT, "srt"), ("\ufeff" + VTT, "vtt")],
)
@pytest.mark.parametrize("name", ["film.txt", "film", "film.xml"])
def test_a_source_is_known_by_its_content(tmp_path: Path, content: str, kind: str, name: str) -> None:
    source = open_text(saved(tmp_path / name, content))
    assert source.kind == kind and source.cues[0].start == 1


@pytest.mark.parametrize(
    "content", ["hello", "{1}{25}MicroDVD", "<html/>", "\x89PNG\r\n\x1a\n", "PK\x03\x04" + "a" * 99]
)
def test_anything_else_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(DcpError) as caught:
        open_text(saved(tmp_path / "film.txt", content.encode("latin-1")))
    assert caught.value.id in ("text.unknown-format", "text.encoding-unknown")
    assert str(caught.value.where).startswith(str(tmp_path / "film.txt")) and caught.value.remedy


def test_a_file_of_bytes_is_not_asked_for_its_encoding(tmp_path: Path) -> None:
    with pytest.raises(DcpError) as caught:
        open_text(saved(tmp_path / "film.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0\x81\x8d\x8f\x90\x9d"))
    assert caught.value.id == "text.unknown-format"


def test_what_is_no_file_and_what_is_too_large(tmp_path: Path) -> None:
    for path, id in ((tmp_path, "text.no-file"), (tmp_path / "absent.srt", "file.cannot-read")):
        with pytest.raises(DcpError) as caught:
            open_text(path)
        assert caught.value.id == id
    large = tmp_path / "large.srt"
    with large.open("wb") as stream:
        stream.write(SRT.encode())
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(DcpError) as caught:
        open_text(large)
    assert caught.value.id == "text.too-large"


class TestDocuments:
    def test_of_smpte_with_what_lies_beside(self, tmp_path: Path) -> None:
        path = saved(tmp_path / "text.xml", write_smpte(document()))
        saved(tmp_path / f"{PICTURE}.png", b"png")
        saved(tmp_path / f"{FONT}.otf", b"font")
        source = open_text(path)
        assert (source.kind, source.language, source.notes) == ("smpte", "en", ())
        assert source.images == {PICTURE: b"png"} and source.fonts == {"F": b"font"}
        assert [(cue.start, cue.end) for cue in source.cues] == [(1, 2), (3, 4)]

    def test_a_font_that_is_not_there_is_said_and_a_picture_refused(self, tmp_path: Path) -> None:
        path = saved(tmp_path / "text.xml", write_smpte(document()))
        with pytest.raises(DcpError) as caught:
            open_text(path)
        assert caught.value.id == "text.picture-absent" and str(PICTURE) in caught.value.say()
        saved(tmp_path / f"{PICTURE}.png", b"png")
        assert [note.id for note in open_text(path).notes] == ["note.text-font-absent"]

    def test_of_interop_with_its_font_by_path(self, tmp_path: Path) -> None:
        text = document(fonts=(LoadedFont("F", "fonts/a.ttf"),), standard="interop")
        path = saved(tmp_path / "text.xml", write_interop(text))
        (tmp_path / "fonts").mkdir()
        saved(tmp_path / "fonts" / "a.ttf", b"font")
        saved(tmp_path / f"{PICTURE}.png", b"png")
        source = open_text(path)
        assert (
            source.kind == "interop" and source.fonts == {"F": b"font"} and source.images == {PICTURE: b"png"}
        )

    @pytest.mark.parametrize(
        "bad", ["../a.ttf", "/etc/hosts", "a/../../a.ttf", "file:///etc/hosts", "C:/a.ttf"]
    )
    def test_no_font_comes_from_outside_the_folder(self, tmp_path: Path, bad: str) -> None:
        data = write_interop(document(fonts=(LoadedFont("F", "a.ttf"),))).replace(b"a.ttf", bad.encode())
        saved(tmp_path / "a.ttf", b"outside")
        inner = tmp_path / "inner"
        inner.mkdir()
        saved(inner / f"{PICTURE}.png", b"png")
        path = saved(inner / "text.xml", data)
        try:
            found = open_text(path).fonts
        except DcpError as error:
            assert error.exit_code == 2
        else:
            assert not found

    @pytest.mark.posix
    def test_no_font_comes_through_a_link_to_outside(self, tmp_path: Path) -> None:
        inner = tmp_path / "inner"
        inner.mkdir()
        saved(tmp_path / "secret", b"secret")
        (inner / "a.ttf").symlink_to(tmp_path / "secret")
        saved(inner / f"{PICTURE}.png", b"png")
        path = saved(inner / "text.xml", write_interop(document(fonts=(LoadedFont("F", "a.ttf"),))))
        with pytest.raises(DcpError) as caught:
            open_text(path)
        assert caught.value.id == "path.link-out"

    def test_times_count_from_the_start_and_blank_ones_are_left_out(self, tmp_path: Path) -> None:
        hello = Line((Run("Hello"),))
        cues = (
            Cue(Fraction(12), Fraction(13), (hello,)), Cue(Fraction(11), Fraction(12), (hello,)),
            Cue(Fraction(14), Fraction(15), (Line((Run(" "),)),)),
        )  # fmt: skip
        text = document(*cues, fonts=(), start=Fraction(10))
        source = open_text(saved(tmp_path / "text.xml", write_smpte(text)))
        assert [cue.start for cue in source.cues] == [1, 2]
        assert {note.id for note in source.notes} == {
            "note.text-empty", "note.text-order-unsaid", "note.text-start",
        }  # fmt: skip

    def test_one_that_ends_early_is_refused_with_its_line(self, tmp_path: Path) -> None:
        data = write_smpte(document(Cue(Fraction(2), Fraction(3), (Line((Run("x"),)),)), fonts=()))
        path = saved(tmp_path / "text.xml", data.replace(b"00:00:03:00", b"00:00:01:00"))
        with pytest.raises(DcpError) as caught:
            open_text(path)
        assert caught.value.exit_code == 2 and str(caught.value.where).startswith(str(path))


class TestTrackFiles:
    KEY = ContentKey(
        id=uuid.UUID("11111111-2222-4333-8444-000000000003"),
        type="MDSK",
        value=bytes.fromhex("0123456789abcdeffedcba9876543210"),
    )

    @pytest.mark.parametrize("name", ["tt_smpte_plain", "tt_smpte_enc_hmac"])
    def test_of_others_plain_and_encrypted(self, golden: Path, name: str) -> None:
        path = golden / "asdcp" / f"{name}.mxf"
        source = open_text(path, keyring=Keyring((self.KEY,)))
        assert source.kind == "mxf" and source.notes == () and len(source.cues) == 2
        assert [len(data) for data in (*source.fonts.values(), *source.images.values())] == [7632, 111]

    def test_one_whose_key_is_not_at_hand(self, golden: Path) -> None:
        with pytest.raises(KeyMissingError):
            open_text(golden / "asdcp" / "tt_smpte_enc_hmac.mxf")

    def test_one_of_something_else_and_a_cut_one(self, golden: Path, tmp_path: Path) -> None:
        with pytest.raises(DcpError) as caught:
            open_text(golden / "asdcp" / "pcm51_smpte_plain_24.mxf")
        assert caught.value.id == "text.other-essence"
        data = (golden / "asdcp" / "tt_smpte_plain.mxf").read_bytes()
        with pytest.raises(DcpError):
            open_text(saved(tmp_path / "cut.mxf", data[:17000]))


def test_the_documents_of_field_case_60_are_read(tmp_path: Path) -> None:
    """Times with a decimal point, a comment before the root, fonts in fonts, half a per cent, no LoadFont."""
    words = (
        '<Text VPosition="8.5" VAlign="bottom">x<Font Italic="yes">a<Font Italic="no">b</Font></Font></Text>'
    )
    data = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a tool -->\n<DCSubtitle Version="1.0">'
        f"<SubtitleID>{ID}</SubtitleID><MovieTitle>One</MovieTitle><ReelNumber>1</ReelNumber>"
        '<Language>English</Language><Font Size="42">'
        '<Subtitle SpotNumber="1" FadeUpTime="0" FadeDownTime="0" '
        f'TimeIn="00:00:00.200" TimeOut="00:00:00.900">{words}</Subtitle></Font></DCSubtitle>'
    )
    source = open_text(saved(tmp_path / "text.xml", data))
    (cue,) = source.cues
    assert (cue.start, cue.end) == (Fraction(1, 5), Fraction(9, 10))
    assert cue.content[0].place.vposition == 8.5 and isinstance(cue.content[0], Line)
    assert [each.text for each in cue.content[0].content if isinstance(each, Run)] == ["x", "a", "b"]


@pytest.mark.extra("text")
def test_a_track_file_of_ttml_is_read_as_ttml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Path
) -> None:
    """As IMF has them: another document in the place of a real one."""
    from dcp.text import carried

    ttml = b'<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s" end="2s">x</p></div></body></tt>'
    monkeypatch.setattr(
        carried, "bytes", lambda data: ttml if len(data) == 1241 else bytes(data), raising=False
    )
    source = open_text(golden / "asdcp" / "tt_smpte_plain.mxf")
    assert source.kind == "mxf" and [(cue.start, cue.end) for cue in source.cues] == [(1, 2)]
