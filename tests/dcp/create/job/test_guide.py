"""The page about job files is the table's."""

from __future__ import annotations

from pathlib import Path

from dcp.create.job import guide

DOCS = Path(__file__).resolve().parents[4] / "docs"


def test_the_page_is_the_one_that_the_table_makes(tmp_path: Path) -> None:
    assert (DOCS / guide.FILE).read_text("utf-8") == guide.page(), "`make docs` writes it again"
    guide.write_page(tmp_path)
    assert (tmp_path / guide.FILE).read_bytes() == guide.page().encode()
