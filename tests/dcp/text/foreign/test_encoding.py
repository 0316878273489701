"""Encodings: found by marks, by UTF-8's rules, by frequent signs; told; refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.foreign.encoding import decoded

HERE = Path("film.srt")
WORDS = {
    "gb18030": "你好吗？\n我不知道这是什么地方。\n他们说过要来的，可是没有人来。",
    "big5": "你好嗎？\n我不知道這是什麼地方。\n他們說過要來的，可是沒有人來。",
    "shift_jis": "こんにちは。\nここはどこなのか、私にはわからない。\n彼らは来ると言ったのに。",
    "euc-jp": "こんにちは。\nここはどこなのか、私にはわからない。\n彼らは来ると言ったのに。",
    "euc-kr": "안녕하세요?\n여기가 어디인지 모르겠어요.\n그 사람들이 온다고 했는데 아무도 없어요.",
    "windows-1251": "Привет, как дела?\nЯ не знаю, что это за место.\nОни сказали, что придут.",
    "koi8-u": "Привет, как дела?\nЯ не знаю, что это за место.\nОни сказали, что придут.",
    "iso-8859-5": "Привет, как дела?\nЯ не знаю, что это за место.\nОни сказали, что придут.",
    "windows-1252": "Où êtes-vous allés ?\nÇa a l’air très loin.\nÀ bientôt, mon garçon… « déjà »",
    "windows-1250": "Příliš žluťoučký kůň úpěl ďábelské ódy.\nNevím, kde jsme.\nŘekli, že přijdou.",
    "windows-1253": "Γειά σου, τι κάνεις;\nΔεν ξέρω πού είμαστε.\nΕίπαν ότι θα έρθουν.",
    "windows-1254": "Nasılsın? Burası neresi?\nSöylediler, ama hiç kimse gelmedi. Şimdi ağlıyor.",
    "windows-1255": "שלום, מה שלומך?\nאני לא יודע איפה אנחנו.\nהם אמרו שיבואו.",
    "windows-1256": "مرحبا، كيف حالك؟\nلا أعرف أين نحن.\nقالوا إنهم سيأتون.",
    "windows-1257": "Ačiū, kaip sekasi?\nNežinau.\nJie sakė, kad ateis į vakarėlį. Mūsų šuo žaidžia.",
    "windows-874": "สวัสดี คุณเป็นอย่างไรบ้าง\nฉันไม่รู้ว่าที่นี่คือที่ไหน\nพวกเขาบอกว่าจะมา",
}
PYTHON = {"big5": "cp950", "windows-874": "cp874"}


@pytest.mark.parametrize("encoding", WORDS)
def test_what_is_not_utf_8_is_known_by_its_frequent_signs_and_said(encoding: str) -> None:
    found = decoded(WORDS[encoding].encode(PYTHON.get(encoding, encoding)), HERE)
    assert (found.encoding, found.text) == (encoding, WORDS[encoding])
    (said,) = found.notes
    assert said.id == "note.text-encoding" and encoding in said.say("zh")


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Größe, Äpfel, Übermut, süß", "windows-1252"),
        ("¿Qué pasó, señor? Mañana será otro día.", "windows-1252"),
        ("Não, não é possível. Vocês já estão lá?", "windows-1252"),
        ("Hvor går du hen? Jeg ønsker øl.", "windows-1252"),
        ("Zażółć gęślą jaźń. Dziękuję, że przyszłaś.", "windows-1250"),
        ("Hová mész? Őrült ötlet, fütyülő hűvös.", "windows-1250"),
        ("Це дуже гарне місце, їжак її знає.", "windows-1251"), ("don’t — “stop”", "windows-1252"),
    ],
)  # fmt: skip
def test_a_few_words_are_enough(words: str, encoding: str) -> None:
    assert decoded(words.encode(encoding), HERE).text == words


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_tells_it(encoding: str) -> None:
    data = (("" if encoding == "utf-8-sig" else "\ufeff") + "Grüße").encode(encoding)
    found = decoded(data, HERE)
    assert (found.text, found.encoding, found.notes) == ("Grüße", encoding.removesuffix("-sig"), ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "words", ["1\n00:00:01,000 --> 00:00:02,000\nHello\n", "1\n00:00:01,000 --> 00:00:02,000\n你好，一\n"]
)
def test_utf_16_without_a_mark_is_known_by_its_zeros(encoding: str, words: str) -> None:
    found = decoded(words.encode(encoding), HERE)
    assert (found.text, found.encoding) == (words, encoding)
    assert [note.id for note in found.notes] == ["note.text-no-mark"]


def test_iso_2022_jp_is_known_by_its_escapes() -> None:
    assert decoded("こんにちは".encode("iso-2022-jp"), HERE).text == "こんにちは"


@pytest.mark.parametrize("told", ["GB18030", "gbk", "latin-1", "cp949", "utf-8", "Shift_JIS"])
def test_a_told_one_is_taken(told: str) -> None:
    found = decoded("déjà".encode("latin-1") if told == "latin-1" else b"abc", HERE, told)
    assert found.encoding == told.lower() and found.notes == ()


@pytest.mark.parametrize(
    ("data", "told", "id", "line"),
    [
        (b"a", "nonsense", "text.encoding-unheard", None),
        (b"a", "rot13", "text.encoding-unheard", None),
        (b"a", "base64", "text.encoding-unheard", None),
        (b"a", "unicode_escape", "text.encoding-unheard", None),
        (b"a", "utf-7", "text.encoding-unheard", None),
        (b"a", "a\0b", "text.encoding-unheard", None),
        ("a\nb\nпривет".encode(), "windows-1251", "text.encoding-other", 3),
        ("a\nпривет".encode(), "gb18030", "text.encoding-other", 2),
        (b"plain text", "utf-16", "text.encoding-other", 1),
        ("\ufeffa".encode("utf-16-le"), "utf-8", "text.encoding-other", 1),
        ("a\r\nb\r\nпривет".encode("cp1251"), "utf-8", "text.encoding-broken", 3),
        ("a\rпривет".encode("cp1251"), "ascii", "text.encoding-broken", 2),
        ("x\ndon’t".encode("cp1252"), "latin-1", "text.encoding-wrong", 2),
        ("这是".encode("gb18030") + b"\n\xff", "gb18030", "text.encoding-broken", 2),
        (b"x\ny\x81\x8d\x8f\x90\x9d", None, "text.encoding-unknown", 2),
        (("Grüße. " * 9 + "\n").encode() + b"\xfc", None, "text.encoding-broken", 2),
    ],
)  # fmt: skip
def test_a_wrong_one_is_refused_with_its_line(
    data: bytes, told: str | None, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        decoded(data, HERE, told)
    assert (caught.value.id, caught.value.where) == (id, f"film.srt: line {line}" if line else None)
    assert caught.value.remedy and caught.value.exit_code == 2
