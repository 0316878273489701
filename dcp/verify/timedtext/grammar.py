"""What may stand where in a text document, as tables: the three editions of ST 428-7, and Interop.

Of Interop two schemas go round, which differ; what one of them has is not called a fault. Each check says
under which rule its fault belongs, so that one wrong value is one finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from dcp.dataclass import dataclass
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from dcp.xml.values import parse_date_time, parse_integer, parse_rational, parse_uuid_urn

Check = Callable[[str], Text | None]
"""A value to what is wrong with it, None when nothing is."""


@dataclass(frozen=True)
class Value:
    """What an attribute or the text of an element may be. rule: what a fault belongs under; None: another
    rule reads the value itself. required: whether an attribute has to be there.
    blanks: whether those around it count."""

    check: Check | None = None
    rule: str | None = "TT-001"
    required: bool = False
    blanks: bool = False


@dataclass(frozen=True)
class Child:
    """An element in its parent. kind: its row of the table; low, high: how often it stands there. order:
    which of the children come first; those of one number in any order. rule: that says it is not there."""

    kind: str
    low: int = 0
    high: int | None = None
    order: int = 0
    rule: str = "TT-001"


@dataclass(frozen=True)
class Kind:
    """content: `none` (no text), `text` (judged by `value`), `mixed` (text and elements), `beside` (text that
    the schema lets stand and nobody shows)."""

    children: Mapping[str, Child] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)
    content: Literal["none", "text", "mixed", "beside"] = "none"
    value: Value = Value()


Grammar = Mapping[str, Kind]
"""The rows by kind; `root` is the first."""


# --- checks -----


def _words(*words: str) -> Value:
    def check(value: str) -> Text | None:
        return None if value in words else text("value.not-word", words=", ".join(words))

    return Value(check)


def _between(low: float | None, high: float | None = None, *, above: bool = False, em: bool = False) -> Value:
    """A decimal number. above: `low` itself is not one. em: behind it stands `em`."""

    def check(value: str) -> Text | None:
        bare = value.removesuffix("em") if em else value
        if (em and bare == value) or not _DECIMAL.fullmatch(bare):
            return text("value.not-em" if em else "value.not-number")
        number = float(bare)
        if (low is not None and (number < low or (above and number == low))) or (
            high is not None and number > high
        ):
            return text("value.out-of-range", low="-" if low is None else f"{low:g}", high=_or_more(high))
        return None

    return Value(check)


def _or_more(high: float | None) -> str:
    return "-" if high is None else f"{high:g}"


def _number(value: str) -> Text | None:
    return None if _DECIMAL.fullmatch(value) else text("value.not-number")


def _colour(value: str) -> Text | None:
    return None if _COLOUR.fullmatch(value) else text("value.not-colour")


def _positive(value: str) -> Text | None:
    number = parse_integer(value)
    return None if number is not None and number > 0 else text("value.not-whole-number", least=1)


def _filled(value: str) -> Text | None:
    return None if value else text("value.is-empty")


def _urn(value: str) -> Text | None:
    return None if parse_uuid_urn(value) else text("value.not-uuid")


def _instant(value: str) -> Text | None:
    return None if parse_date_time(value) else text("value.not-date-time")


def _rational(value: str) -> Text | None:
    return None if parse_rational(value) else text("value.not-rate")


def _language(value: str) -> Text | None:
    return None if _LANGUAGE.fullmatch(value) else text("value.not-language")


def _version(value: str) -> Text | None:
    return None if value in ("1.0", "1.1") else text("value.not-word", words="1.0, 1.1")


def _nothing(value: str) -> Text | None:
    return None if not value else text("value.holds-text")


_DECIMAL = pattern(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_LANGUAGE = pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_COLOUR = pattern(r"[0-9A-Fa-f]{8}")
_ANY, _ELSEWHERE = Value(), Value(rule=None)
_NUMBER = Value(_number)
_YES_NO = _words("yes", "no")
_TIME = Value(rule=None, required=True)
_IN_LINE = {
    "Font": Child("font-of-line"),
    "Ruby": Child("ruby"),
    "Space": Child("space"),
    "HGroup": Child("words"),
    "Rotate": Child("turned"),
}
_HALIGN, _VALIGN = _words("left", "center", "right"), _words("top", "center", "bottom")


# --- ST 428-7 -----


def _smpte(year: int) -> Grammar:
    newest = year == 2014
    depth = {"Zposition": _between(-100, 100), "VariableZ": _ELSEWHERE} if newest else {}
    place = {
        "Halign": _HALIGN,
        "Hposition": _NUMBER,
        "Valign": _VALIGN,
        "Vposition": _NUMBER,
        **depth,
    }
    directions = ("ltr", "rtl", "ttb", "btt", *(("hor",) if newest else ()))
    font = {
        "ID": _ELSEWHERE,
        "Script": _words("normal", "super", "sub"),
        "Effect": _words("none", "border", "shadow"),
        "Italic": _words("yes", "no", "left", "right") if newest else _YES_NO,
        "Underline": _YES_NO,
        "Weight": _words("normal", "bold"),
        "Color": Value(_colour),
        "EffectColor": Value(_colour),
        "Size": Value(_positive),
    }
    if year > 2007:
        font |= {"AspectAdjust": _between(0.25, 4), "Spacing": _between(-1)}
    if newest:
        font |= {"EffectSize": _between(0), "Feather": _YES_NO}
    head = {
        "Id": Child("elsewhere", 1, 1, 0, "TT-053"),
        "ContentTitleText": Child("said", 1, 1, 1),
        "AnnotationText": Child("said", 0, 1, 2),
        "IssueDate": Child("date", 1, 1, 3),
        "ReelNumber": Child("elsewhere", 0, 1, 4),
        "Language": Child("elsewhere", 0, 1, 5),
        "EditRate": Child("rate", 1, 1, 6),
        "TimeCodeRate": Child("count", 1, 1, 7),
        "StartTime": Child("elsewhere", 0, 1, 8),
        **({"DisplayType": Child("display", 0, 1, 9)} if year > 2007 else {}),
        "LoadFont": Child("load", 0, None, 10),
        "SubtitleList": Child("list", 1, 1, 11),
    }
    pieces = {"Text": Child("line"), "Image": Child("image")}
    return {
        "root": Kind(head, {"IntrinsicPictureResolution": _ANY} if newest else {}),
        "elsewhere": Kind(content="text", value=_ELSEWHERE),
        "said": Kind(content="text", value=_ANY, attributes={"language": Value(_language)}),
        "date": Kind(content="text", value=Value(_instant)),
        "rate": Kind(content="text", value=Value(_rational)),
        "count": Kind(content="text", value=Value(_positive)),
        "display": Kind(content="text", value=_ANY, attributes={"scope": _ANY}),
        "load": Kind(content="text", value=Value(_urn, "TT-055"), attributes={"ID": _ELSEWHERE}),
        "list": Kind({"Subtitle": Child("event"), "Font": Child("font-of-list")}),
        "font-of-list": Kind({"Subtitle": Child("event", 1)}, font, "beside"),
        "event": Kind(
            {
                **({"LoadVariableZ": Child("depths", order=0)} if newest else {}),
                **{name: Child(each.kind, order=1) for name, each in pieces.items()},
                "Font": Child("font-of-event", order=1),
            },
            {
                "SpotNumber": _ANY,
                "TimeIn": _TIME,
                "TimeOut": _TIME,
                "FadeUpTime": _ELSEWHERE,
                "FadeDownTime": _ELSEWHERE,
            },
        ),
        "font-of-event": Kind({"Text": Child("line", 1)}, font, "beside"),
        "depths": Kind(content="text", value=_ELSEWHERE, attributes={"ID": Value(required=True)}),
        "image": Kind(content="text", value=_ELSEWHERE, attributes=place),
        "line": Kind(
            _IN_LINE,
            {**place, "Direction": _words(*directions)},
            "mixed",
        ),
        "font-of-line": Kind({}, font, "mixed"),
        "ruby": Kind({"Rb": Child("base", 1, 1, 0), "Rt": Child("reading", 1, 1, 1)}),
        "base": Kind(content="text", value=Value(_filled) if newest else _ANY),
        "reading": Kind(
            content="text",
            value=_ANY,
            attributes={
                "Size": _between(0, above=True),
                "Position": _words("before", "after"),
                "Offset": _between(-1),
                "Spacing": _between(-1),
                "AspectAdjust": _between(0.25, 4),
            },
        ),
        "space": Kind(
            content="text", value=Value(_nothing, blanks=True), attributes={"Size": _between(-1)}
        ),
        "words": Kind(content="text", value=_ANY),
        "turned": Kind(
            content="text", value=_ANY, attributes={"Direction": _words("none", "left", "right")}
        ),
    }  # fmt: skip


# --- Interop -----


def _interop() -> Grammar:
    place = {"HAlign": _HALIGN, "HPosition": _NUMBER, "VAlign": _VALIGN, "VPosition": _NUMBER}
    font = {
        "Id": _ELSEWHERE,
        "Script": _words("normal", "super", "sub"),
        "Effect": _words("none", "border", "shadow"),
        "Italic": _YES_NO,
        "Underlined": _YES_NO,
        "Weight": _words("normal", "bold"),
        "Color": Value(_colour),
        "EffectColor": Value(_colour),
        "EffectSize": _between(0),
        "Size": Value(_positive),
        "AspectAdjust": _between(0.25, 4),
        "Spacing": _between(None, em=True),
    }
    head = {
        "SubtitleID": Child("elsewhere", 1, 1, 0, "TT-053"),
        "MovieTitle": Child("said", 1, 1, 1),
        "ReelNumber": Child("elsewhere", 1, 1, 2, "TT-008"),
        "Language": Child("elsewhere", 1, 1, 3, "TT-004"),
        "LoadFont": Child("load", 0, None, 4),
        "Font": Child("font", order=5),
        "Subtitle": Child("event", order=5),
    }
    pieces = {"Text": Child("line"), "Image": Child("image")}
    return {
        "root": Kind(head, {"Version": Value(_version, required=True)}),
        "elsewhere": Kind(content="text", value=_ELSEWHERE),
        "said": Kind(content="text", value=_ANY),
        "load": Kind(
            content="text",
            value=Value(_nothing),
            attributes={"Id": Value(required=True), "URI": Value(required=True, rule="TT-055")},
        ),
        "font": Kind(
            {"Font": Child("font"), "Subtitle": Child("event"), **pieces}, font, "beside"
        ),
        "event": Kind(
            {**pieces, "Font": Child("font-of-event")},
            {
                "SpotNumber": Value(required=True),
                "TimeIn": _TIME,
                "TimeOut": _TIME,
                "FadeUpTime": _ELSEWHERE,
                "FadeDownTime": _ELSEWHERE,
            },
        ),
        "font-of-event": Kind({"Font": Child("font-of-event"), **pieces}, font, "beside"),
        "image": Kind(content="text", value=_ELSEWHERE, attributes=place),
        "line": Kind(
            _IN_LINE,
            {**place, "ZPosition": _between(-100, 100), "Direction": _words("horizontal", "vertical")},
            "mixed",
        ),
        "font-of-line": Kind({"Font": Child("font-of-line")}, font, "mixed"),
        "ruby": Kind({"Rb": Child("words", 1, 1, 0), "Rt": Child("reading", 1, 1, 1)}),
        "reading": Kind(
            content="text",
            value=_ANY,
            attributes={
                "Size": _between(None, em=True),
                "Position": _words("before", "after"),
                "Offset": _between(None, em=True),
                "Spacing": _between(None, em=True),
                "AspectAdjust": _between(0.25, 4),
            },
        ),
        "space": Kind(content="text", value=Value(_nothing), attributes={"Size": _between(None, em=True)}),
        "words": Kind(content="text", value=_ANY),
        "turned": Kind(
            content="text", value=_ANY, attributes={"Direction": _words("none", "left", "right")}
        ),
    }  # fmt: skip


GRAMMARS: Mapping[str, Grammar] = {
    "": _interop(),
    **{f"http://www.smpte-ra.org/schemas/428-7/{year}/DCST": _smpte(year) for year in (2007, 2010, 2014)},
}
"""By the namespace of the document, empty for Interop."""
