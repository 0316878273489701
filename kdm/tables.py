"""Tables that people keep in spreadsheets: CSV read in whatever form that wrote it, cells written so that no
spreadsheet takes them for a formula.

The names in them come out of other people's lists. A cell that begins like a formula gets an apostrophe in
front, which spreadsheets do not show and `read_cell` takes away again.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dcp.errors import DocumentError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from kdm.phrases import Listed, Phrase, phrase

MAX_COLUMNS = 100
MAX_HEADER = 64 * 1024  # characters in which the delimiter is looked for

_TITLE = pattern(r"[^\W\d][^\W\d_ -]{0,20}(?:[_ -][^\W\d_ -]{1,20})?")  # and no piece of a key
_MINUS = "\N{MINUS SIGN}"  # the others' wide and small forms are normalized to these
_FORMULA = frozenset(("=", "+", "-", "@", _MINUS))


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, as `read_cell` reads it."""
    text = text.replace("\x00", "")  # which would make the whole table no text
    return f"'{text}" if _is_formula(text) else text


def read_cell(text: str) -> str:
    """What was meant by a cell: `plain_cell` undone, blanks around it left out."""
    text = text.strip()
    return text[1:].strip() if text[:1] == "'" and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    """By its first sign that can be seen, whatever stands before it; a form of =, +, - or @."""
    for sign in text:
        if sign != "'" and sign != " " and sign.isprintable():
            return unicodedata.normalize("NFKC", sign)[:1] in _FORMULA
    return False


def decode_table(data: bytes, *, where: Path | str) -> tuple[str, str]:
    """The text of a table and the encoding it was in: UTF-8 or UTF-16 with or without a mark, the GB18030 of
    Chinese spreadsheets, or the Windows-1252 of western ones. DocumentError for anything else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    elif _looks_chinese(data):
        tries = [("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("cp1252", "Windows-1252")]
    else:
        tries = [("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("gb18030", "GB18030")]
    for codec, name in tries:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, name
    raise DocumentError("table.no-text", where=where)


def table_rows(
    text: str,
    *,
    where: Path | str,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
    max_rows: int,
    misfits: list[tuple[int, Phrase]],
    unknown: list[str] | None = None,
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each row below the header.

    columns: their names, and what else each is called. unknown: is given the titles that are none of them.
    misfits: is given line and fault of each row with more in it than the header names: it is left out, since
    nobody knows which cell is which.
    DocumentError when it is no table, names too few columns or one twice, or has too many rows or columns.
    """
    titles = {other: name for name, others in columns.items() for other in (name, *others)}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, titles), strict=True)
    names: list[str | None] = []
    count = 0
    try:
        for row in reader:
            if len(row) > MAX_COLUMNS:
                if not names:
                    raise DocumentError("table.too-wide", where=_line(where, 1), most=MAX_COLUMNS)
                del row[MAX_COLUMNS:]
            cells = [read_cell(cell) for cell in row]
            if not any(cells):
                continue
            if not names:
                names = _header(cells, titles, required, where)
                if unknown is not None:
                    unknown += [
                        cell for cell, name in zip(cells, names, strict=True) if name is None and cell
                    ]
                continue
            count += 1
            if count > max_rows:
                raise DocumentError("table.too-long", where=where, most=max_rows)
            over = cells[len(names) :]
            if any(over):
                said = phrase("table.too-many-cells", cells=len(cells), columns=len(names))
                misfits.append((reader.line_num, said))
                continue
            pairs = zip(names, cells, strict=False)
            yield reader.line_num, {name: cell for name, cell in pairs if name is not None}
    except csv.Error as error:
        raise DocumentError("table.no-csv", where=_line(where, reader.line_num), detail=str(error)) from None
    if not names:
        raise DocumentError("table.empty", where=where)


def _looks_chinese(data: bytes) -> bool:
    """Whether most bytes above ASCII come in the pairs of GB 2312, which western words do not form."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    paired = sum(len(run) for run in runs if len(run) % 2 == 0 and min(run) >= 0xA1)
    return paired * 2 > sum(map(len, runs))


def _delimiter(text: str, titles: Mapping[str, str]) -> str:
    """The one that finds most columns in the header."""
    lines = (line.strip() for line in islice(io.StringIO(text, newline=None), 100))
    header = next((line for line in lines if line), "")[:MAX_HEADER]

    def found(delimiter: str) -> int:
        parts = header.split(delimiter, MAX_COLUMNS)
        return sum(_column(part.strip().strip('"'), titles) is not None for part in parts)

    return max(",;\t", key=found)


def _column(title: str, titles: Mapping[str, str]) -> str | None:
    return titles.get(re.sub(r"[\s-]+", "_", title.strip().casefold()))


def _header(
    cells: Sequence[str], titles: Mapping[str, str], required: Sequence[str], where: Path | str
) -> list[str | None]:
    names = [_column(cell, titles) for cell in cells]
    known = Counter(name for name in names if name is not None)
    place = _line(where, 1)
    for name, times in known.items():
        if times > 1:
            raise DocumentError("table.column-twice", where=place, column=name)
    missing = [name for name in required if name not in known]
    if missing:
        titled = [cell for cell in cells[:10] if _TITLE.fullmatch(cell)]
        lacks = text("table.column" if len(missing) == 1 else "table.columns", names=Listed(missing))
        places: dict[str, Any] = {"where": place, "lacks": lacks, "required": Listed(required)}
        if titled and len(cells) > 1:
            raise DocumentError("table.header-reads", reads=Listed(titled), **places)
        raise DocumentError("table.header", **places)
    return names


def _line(where: Path | str, number: int) -> Text:
    return text("place.line", file=where, line=number)
