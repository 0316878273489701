"""What a cinema gets: ZIP, letters, mail."""

from __future__ import annotations

import email
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from typing import Any

import pytest
from batches import ENTRY
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError
from kdm.batch.manifest import LeftOut
from kdm.batch.parcel import (
    Letter,
    good_addresses,
    letter_text,
    mail,
    one_line,
    screen_order,
    subject_of,
    zip_parcel,
)
from kdm.phrases import phrase

TWO = (ENTRY, replace(ENTRY, screen="2号厅", device="IMB-2"))
LETTER = Letter(cinema="北京影城", parcel="k_Film.zip", maker="Example Films", entries=TWO)


def test_a_zip_holds_the_messages_and_is_the_same_each_time() -> None:
    issued = datetime(2027, 5, 1, 20, 0, tzinfo=timezone(timedelta(hours=8)))
    messages = [("k_b.xml", b"<b/>" * 99, issued), ("k_a.xml", b"<a/>", issued)]
    data = zip_parcel(messages)
    assert data == zip_parcel(messages)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [(each.filename, archive.read(each)) for each in archive.infolist()] == [
            (name, body) for name, body, _ in messages
        ]
        assert archive.infolist()[0].date_time == (2027, 5, 1, 12, 0, 0)
        assert archive.infolist()[0].external_attr >> 16 == 0o100644


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_letter_says_what_for_whom_and_when(language: Any) -> None:
    text = letter_text(LETTER, language)
    first, _, rest = text.partition("\n")
    assert subject_of(LETTER, language) in first
    for told in (
        "北京影城",
        "Film",
        ENTRY.cpl_id,
        "1号厅",
        "IMB-1",
        "2号厅",
        "IMB-2",
        "k_Film.zip",
        "Example Films",
    ):
        assert told in rest
    assert "2027-05-01 00:00:00 +08:00" in rest and "2027-04-30 16:00:00" in rest
    assert rest.count("2027-05-08 00:00:00 +08:00") == 1  # once for all screens of one window
    assert text.endswith("Example Films\n")


def test_screens_with_another_window_stand_under_it() -> None:
    other = replace(ENTRY, screen="3号厅", not_after="2027-05-09T00:00:00+08:00")
    text = letter_text(replace(LETTER, entries=(*TWO, other)), "en")
    assert text.index("2号厅") < text.index("2027-05-09") < text.index("3号厅")


def test_a_letter_names_the_screens_without_a_kdm() -> None:
    def left(screen: str, why: str, device: str = "CN=SM.IMB-9") -> LeftOut:
        return LeftOut(ENTRY.order, ENTRY.cinema_id, ENTRY.cinema, screen, device, why)

    missing = (
        left("B", "the disk is full"),
        left("1号厅", phrase("batch.denied-serial")),
        left("2号厅", "its projector is odd", ""),
    )
    letter = replace(LETTER, missing=missing)
    english, chinese = letter_text(letter, "en"), letter_text(letter, "zh")
    told = "B: what we have of it cannot be used, please ask us (the disk is full)"
    assert f"No KDM for:\n\n    {told}\n" in english and "projector is odd" not in english
    assert "    1号厅, CN=SM.IMB-9: its media block, or a device beside it, is on our list" in english
    assert "没有 KDM" in chinese and "    B：我方手中的资料无法使用" in chinese and "吊销名单" in chinese
    body = read(mail(letter, addresses=[], language="en", archive=b"PK")).get_body().get_content()
    assert "No KDM for:" in body and "以下影厅没有 KDM" in body
    assert "No KDM" not in letter_text(LETTER, "en") and "没有密钥" not in letter_text(LETTER, "zh")
    hostile = replace(LETTER, missing=(left("B\r\nBcc: x", "a\x1b[2J\nb" * 200),))
    assert "\nBcc" not in letter_text(hostile, "en") and "\x1b" not in letter_text(hostile, "zh")


def read(data: bytes) -> Any:
    return email.message_from_bytes(data, policy=policy.default)


def test_a_mail_carries_the_zip_and_both_languages() -> None:
    archive = zip_parcel([("k_a.xml", b"<a/>", datetime(2027, 5, 1, tzinfo=UTC))])
    data = mail(LETTER, addresses=["a@example.com", " b@example.com "], language="zh-CN", archive=archive)
    assert data == mail(LETTER, addresses=["a@example.com", "b@example.com"], language="zh", archive=archive)
    message = read(data)
    assert message["To"] == "a@example.com, b@example.com"
    assert message["From"] is None and message["Subject"] == subject_of(LETTER, "zh")
    body = message.get_body().get_content()
    assert body.index("您好") < body.index("Dear colleagues")
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("k_Film.zip", archive)
    english = read(mail(LETTER, addresses=[], language="", archive=archive))
    assert english["To"] is None and english["Subject"] == subject_of(LETTER, "en")


HOSTILE = "Rex\r\nBcc: thief@example.com\r\n\r\n<b>\u2028\x00\x1b[2J"


def test_no_name_of_a_list_becomes_a_header() -> None:
    entries = (replace(ENTRY, title=HOSTILE, screen=HOSTILE, device=HOSTILE),)
    letter = Letter(cinema=HOSTILE, parcel="k_Film.zip", maker=HOSTILE, entries=entries)
    message = read(mail(letter, addresses=[HOSTILE, "a@b.c\nBcc: x@y.z"], language=HOSTILE, archive=b"PK"))
    assert [name for name, _ in message.items()] == [
        "Subject", "X-Unsent", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    text = letter_text(letter, "en")
    assert "\x1b" not in text and "\x00" not in text and "\nBcc" not in text


ENCODED = "=?utf-8?q?Rex=0D=0ABcc=3A_thief=40example.com=0D=0AX=3A?="


@pytest.mark.parametrize(
    "name",
    [
        ENCODED,
        ENCODED.replace("=?utf", "==?utf"),
        ENCODED.replace("=?", "= ?"),
        f"Söhne {ENCODED} 影城",
        f"{ENCODED} " * 9,
    ],
)
def test_no_encoded_word_of_a_list_becomes_a_header(name: str) -> None:
    """RFC 2047: whoever reads a header decodes such words, the line ends in them too."""
    entries = (replace(ENTRY, title=name, not_before=f"{name}", screen=name, device=name),)
    letter = Letter(cinema=name, parcel="k_Film.zip", maker=name, entries=entries)
    for language in ("en", "zh"):
        data = mail(letter, addresses=["a@example.com"], language=language, archive=b"PK")
        assert b"\nBcc:" not in data.partition(b"\r\n\r\n")[0]
        message = read(data)
        assert message.keys() == ["To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"]
        assert "=?" not in message["Subject"].replace(" ", "") and "\n" not in message["Subject"]


def test_a_mail_whose_headers_are_not_the_expected_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from kdm.batch import parcel

    # What the library makes of an encoded word differs from one patch level to the next.
    with monkeypatch.context() as patched:
        patched.setattr(parcel.EmailMessage, "as_bytes", lambda self: b"Subject: Rex\r\nBcc: a@b.c\r\n\r\nx")
        with pytest.raises(DcpError, match="mail cannot be written") as caught:
            mail(LETTER, addresses=[], language="en", archive=b"PK")
    assert caught.value.remedy
    monkeypatch.setattr(parcel, "subject_of", lambda letter, language: "Rex\r\nBcc: a@example.com")
    with pytest.raises(DcpError, match="mail cannot be written"):
        mail(LETTER, addresses=[], language="en", archive=b"PK")


@pytest.mark.parametrize(
    "address",
    ["=?utf-8?q?evil=40a=2C_x?=@rex.example", "=?utf-8?q?=0A?=@a.example", "a@rex..example", "a..b@c.example",
     ".a@b.example", "a.@b.example", "a@b.example.", "a@b-.example", "a@=?utf-8?q?b?=", "a=b@c.example",
     "a?b@c.example", "", "a", "a@", "@b.c", "a@b.c>", "a@b.c, x@y.z", "a@b.c\r\nX: y", "a b@c.d", '"a"@b.c',
     "a@b.c;d",
     "ä@b.c", "a@-b.c", "x" * 65 + "@b.c", "a@b.c\n"],
)  # fmt: skip
def test_what_is_no_address_is_left_out(address: str) -> None:
    assert good_addresses([address, "ok@example.com"])[-1] == "ok@example.com"
    assert len(good_addresses([address, "ok@example.com"])) == (2 if address == "a@b.c\n" else 1)


@given(st.text(), st.text(), st.lists(st.text(), max_size=3))
def test_any_names_make_a_mail_that_can_be_read(cinema: str, title: str, addresses: list[str]) -> None:
    letter = Letter(cinema=cinema, parcel="k.zip", maker=cinema, entries=(replace(ENTRY, title=title),))
    message = read(mail(letter, addresses=addresses, language="en", archive=b"PK"))
    assert set(message.keys()) <= {"To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}
    assert one_line(title) in letter_text(letter, "zh") or not one_line(title)


def test_screens_stand_in_the_order_of_their_numbers() -> None:
    names = ["Screen 10", "Screen 2", "A", "Screen 1", "10号厅", "9号厅"]
    assert sorted(names, key=screen_order) == ["9号厅", "10号厅", "A", "Screen 1", "Screen 2", "Screen 10"]
