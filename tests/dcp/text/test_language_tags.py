"""Tags of RFC 5646: their form, and what there is."""

from __future__ import annotations

import pytest

from dcp.text.language_tags import has_form, is_region, shorter, wrong_tag

TAGS = "en EN-us zh-Hans-CN cmn-Hant es-419 sl-nedis de-1996 en-a-bbb-x-a x-own i-lux yue und zxx qaa"


@pytest.mark.parametrize("tag", TAGS.split())
def test_a_tag(tag: str) -> None:
    assert has_form(tag) and wrong_tag(tag) is None


@pytest.mark.parametrize(
    ("tag", "fault"),
    [
        ("", "language.form"),
        ("e", "language.form"),
        ("en_US", "language.form"),
        ("en US", "language.form"),
        ("en-", "language.form"),
        ("xx", "language.unknown"),
        ("english", "language.unknown"),
        ("eng", "language.longer"),
        ("en-OO", "language.region"),
    ],
)
def test_what_is_wrong_with_one(tag: str, fault: str) -> None:
    found = wrong_tag(tag)
    assert found is not None and found.id == fault
    assert has_form(tag) == (fault != "language.form")


def test_parts_of_tags() -> None:
    assert [shorter(each) for each in ("eng", "ger", "deu", "yue", "en")] == ["en", "de", "de", "yue", "en"]
    assert [each for each in ("US", "cn", "001", "OO", "U", "USA", "0001", "") if is_region(each)] == [
        "US",
        "cn",
        "001",
    ]
