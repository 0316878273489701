"""Cells that no spreadsheet takes for a formula, and rows of any table."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError, DocumentError
from kdm.tables import MAX_COLUMNS, plain_cell, read_cell, table_rows

COLUMNS = {"cinema": ("rex",), "screen": ()}


def rows(text: str) -> list[tuple[int, dict[str, str]]]:
    return list(
        table_rows(text, where="t.csv", columns=COLUMNS, required=("cinema",), max_rows=9, misfits=[])
    )


@pytest.mark.parametrize("sign", "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")
@pytest.mark.parametrize("before", ["", " ", "\n", "\r", "\t", "\x00", "\xa0", "\u200b", "\ufeff", "'", "''"])
def test_what_begins_like_a_formula_is_text(before: str, sign: str) -> None:
    cell = plain_cell(f"{before}{sign}1")
    assert cell.startswith("'") and "\x00" not in cell and cell[-2:] == f"{sign}1"
    assert plain_cell(f"{before}Rex {sign}1") == f"{before}Rex {sign}1".replace("\x00", "")


def test_other_words_are_as_they_were() -> None:
    for text in ("", "Rex", "'t Hooft", "\u661f\u5149\u5f71\u57ce", "1-2", "a@b.example", "'"):
        assert plain_cell(text) == text == read_cell(text)


@given(st.text(st.one_of(st.sampled_from("'=+-@ \t\uff1d\xa0a"), st.characters(codec="utf-8")), max_size=8))
def test_what_was_written_is_read(text: str) -> None:
    text = text.replace("\x00", "").strip()
    assert read_cell(plain_cell(text)) == text
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["cinema", "screen"], ["x", plain_cell(text)]])
    assert rows(stream.getvalue())[0][1]["screen"] == text


def test_the_columns_are_bounded() -> None:
    many = "," * MAX_COLUMNS
    with pytest.raises(DocumentError, match="more than 100 columns"):
        rows(f"cinema{many}\nx\n")
    assert rows(f"cinema,screen\nx,1{many}\n") == [(2, {"cinema": "x", "screen": "1"})]
    with pytest.raises(DocumentError, match="more than 9 rows"):
        rows("cinema\n" + "x\n" * 10)


@given(st.text(st.sampled_from("cinema,;\t\n\r\"'rex= "), max_size=60))
def test_any_text_is_rows_or_refused(text: str) -> None:
    with contextlib.suppress(DcpError):
        assert all(set(cells) <= set(COLUMNS) for _, cells in rows(text))


def test_of_a_key_that_is_no_table_nothing_is_repeated() -> None:
    for text in ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nAgEA", "-----BEGIN PRIVATE KEY-----\nMIIE",
                 "00aabbccddeeff,11223344\n"):  # fmt: skip
        with pytest.raises(DocumentError) as caught:
            rows(text)
        assert "it reads" not in caught.value.what
