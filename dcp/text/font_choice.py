"""Which families are tried first for a language, and which signs need no glyph. Data before code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_SANS = ("Noto Sans", "Arial", "Helvetica Neue", "Segoe UI", "Liberation Sans", "DejaVu Sans")

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "zh-hans": ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
                "Hiragino Sans GB", "WenQuanYi Zen Hei", "SimHei"),
    "zh-hant": ("Noto Sans CJK TC", "Noto Sans TC", "Source Han Sans TC", "PingFang TC", "Microsoft JhengHei",
                "Noto Sans CJK HK"),
    "zh-hk": ("Noto Sans CJK HK", "Noto Sans HK", "PingFang HK", "Noto Sans CJK TC", "Noto Sans TC",
              "PingFang TC", "Microsoft JhengHei"),
    "ja": ("Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans", "Hiragino Sans", "Yu Gothic", "Meiryo",
           "MS Gothic", "IPAexGothic"),
    "ko": ("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans K", "Apple SD Gothic Neo", "Malgun Gothic"),
    "ar": ("Noto Sans Arabic", "Geeza Pro", "Segoe UI", "Arial", "DejaVu Sans"),
    "he": ("Noto Sans Hebrew", "Arial Hebrew", "Segoe UI", "Arial", "DejaVu Sans"),
    "th": ("Noto Sans Thai", "Noto Sans Thai Looped", "Thonburi", "Leelawadee UI"),
    "hi": ("Noto Sans Devanagari", "Kohinoor Devanagari", "Nirmala UI", "Mangal"),
    "": _SANS,
}  # fmt: skip
"""By the key of a language; faces without serifs, as screens show them."""

_SAME = {"fa": "ar", "ur": "ar", "ps": "ar", "ug": "ar", "yi": "he", "mr": "hi", "ne": "hi", "sa": "hi",
         "yue": "zh-hk", "iw": "he"}  # fmt: skip
_HAN = ("zh-hans", "zh-hant", "zh-hk", "ja", "ko")
_HANT = {"tw", "hant"}
_HK = {"hk", "mo"}


def families_for(signs: str, language: str | None) -> tuple[str, ...]:
    """Families in the order of preference. Without a language the signs tell what they can."""
    return tuple(dict.fromkeys((*FAMILIES.get(key_of(signs, language), ()), *_SANS)))


def key_of(signs: str, language: str | None) -> str:
    """Of `FAMILIES`. Chinese of unknown form counts as simplified; signs outweigh a language that is not
    written with them."""
    parts = (language or "").lower().replace("_", "-").split("-")
    key = _SAME.get(parts[0], parts[0])
    if key == "zh":
        key = "zh-hk" if _HK & set(parts) else "zh-hant" if _HANT & set(parts) else "zh-hans"
    seen = _seen(signs)
    if key in _HAN and seen in ("", *_HAN):  # they share signs: the language decides
        return key
    return key if key in FAMILIES and key and seen in ("", key) else seen


def _seen(signs: str) -> str:
    found = set[str]()
    for sign in signs:
        point = ord(sign)
        for key, low, high in _BLOCKS:
            if low <= point <= high:
                found.add(key)
                break
    if "ja" in found or "ko" in found:
        return "ja" if "ja" in found else "ko"
    return next((key for key in ("zh-hans", "ar", "he", "th", "hi") if key in found), "")


_BLOCKS = (
    ("ja", 0x3041, 0x30FF),
    ("ko", 0x1100, 0x11FF), ("ko", 0xAC00, 0xD7AF),
    ("zh-hans", 0x3400, 0x9FFF), ("zh-hans", 0x20000, 0x3FFFF),
    ("he", 0x0590, 0x05FF), ("ar", 0x0600, 0x06FF),
    ("hi", 0x0900, 0x097F), ("th", 0x0E00, 0x0E7F),
)  # fmt: skip


def joins_or_hides(sign: str) -> bool:
    """Whether a sign needs no glyph: blanks, controls, joiners, marks of direction, selectors of a form."""
    point = ord(sign)
    return unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc", "Cf") or (
        0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or point in (0x034F, 0x115F, 0x1160, 0x3164)
    )
