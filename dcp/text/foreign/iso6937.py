"""ISO 6937 as EBU STL uses it: a diacritic stands before its letter."""

from __future__ import annotations

import unicodedata

_SINGLE = dict(zip(
    (*range(0xA0, 0xC0), *range(0xD0, 0xD8), *range(0xDC, 0xE5), *range(0xE6, 0x100)),
    "\xa0¡¢£$¥#§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿" "—¹®©™♪¬¦" "⅛⅜⅝⅞ΩÆÐªĦ" "ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ\xad",
    strict=True,
))  # fmt: skip
_ACCENTS = {
    0xC1: "\u0300", 0xC2: "\u0301", 0xC3: "\u0302", 0xC4: "\u0303", 0xC5: "\u0304", 0xC6: "\u0306",
    0xC7: "\u0307", 0xC8: "\u0308", 0xC9: "\u0308", 0xCA: "\u030a", 0xCB: "\u0327", 0xCD: "\u030b",
    0xCE: "\u0328", 0xCF: "\u030c",
}  # fmt: skip


def decoded_6937(data: bytes) -> str:
    """The text; U+FFFD for a byte without a meaning."""
    signs: list[str] = []
    accent = ""
    for byte in data:
        if byte in _ACCENTS:
            accent = _ACCENTS[byte]
            continue
        # The standard's first edition has a currency sign where this is a dollar; nobody writes one.
        sign = chr(byte) if byte < 0x80 else _SINGLE.get(byte, "\ufffd")
        if accent:
            sign = unicodedata.normalize("NFC", sign + accent)
            accent = ""
        signs.append(sign)
    return "".join(signs)
