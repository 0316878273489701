"""Before a show: are the files the ones that were packed?"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dcp.documents.pkl import parse_pkl, write_pkl
from dcp.errors import UsageError
from player.play import play
from player.report import PlayReport, to_html

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
Make = Callable[..., Any]


def show(made: Any, catcher: Any, **options: Any) -> PlayReport:
    return play(made.root, now=NOW, keyring=made.keyring, screen=catcher, ingest=True, **options)


def flip(path: Path, place: int = -600) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_files_as_they_were_packed_are_played_and_said(make: Make, catcher: Any) -> None:
    told: list[tuple[int, int]] = []
    report = show(make(lengths=(2, 1)), catcher, ingesting=lambda done, total: told.append((done, total)))
    assert (report.verdict, report.exit_code) == ("complete", 0)
    assert report.ingest is not None and report.ingest.files == 5 and report.ingest.remembered == 0
    assert told[-1] == (report.ingest.bytes, report.ingest.bytes)
    assert [str(what) for what in report.not_checked if "hash" in str(what)] == []
    assert any("5 files" in line and "all as packed" in line for line in report.lines())
    assert report.document()["ingest"]["wrong"] == []
    checked = [event for event in report.events if event.subtype == "CPLCheck"]
    assert [event.parameters["files"] for event in checked] == [5]


def test_without_it_the_report_says_that_hashes_were_not_checked(make: Make, catcher: Any) -> None:
    made = make(lengths=(1,))
    report = play(made.root, now=NOW, keyring=made.keyring, screen=catcher)
    assert any("hashes of the packing list" in str(what) for what in report.not_checked)
    assert report.document()["ingest"] is None


def test_a_flipped_bit_is_named_and_nothing_is_shown(make: Make, catcher: Any, tmp_path: Path) -> None:
    made = make(lengths=(2, 2))
    flip(made.root / "sound2.mxf")
    report = show(made, catcher, log=tmp_path / "log")
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)
    assert catcher.signal is None
    assert report.ingest is not None and [each.file for each in report.ingest.wrong] == ["sound2.mxf"]
    assert any("not as packed: sound2.mxf: it was damaged or changed" in line for line in report.lines())
    assert any("copy these files again" in line for line in report.lines())
    assert "sound2.mxf" in to_html(report).replace("<wbr>", "")
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    (check,) = [event for event in events if event["exception"] == "AssetHashError"]
    assert [each["message"].partition(":")[0] for each in check["exceptions"]] == ["sound2.mxf"]
    # what is not played is not asked for
    assert show(made, catcher, frames=(0, 1)).verdict == "complete"


def test_a_file_of_another_size_and_a_changed_playlist_are_wrong_too(make: Make, catcher: Any) -> None:
    made = make(lengths=(1,))
    with (made.root / "picture1.mxf").open("ab") as stream:
        stream.write(b"more")
    cpl = made.root / "cpl.xml"
    cpl.write_bytes(cpl.read_bytes().replace(b"Player test", b"Player text"))
    report = show(made, catcher)
    assert report.ingest is not None
    assert {each.file: str(each.why)[:6] for each in report.ingest.wrong} == {
        "cpl.xml": "it was", "picture1.mxf": "it has",
    }  # fmt: skip
    assert "2 files are not as packed" in to_html(report)


def test_a_file_that_no_list_has_is_said(make: Make, catcher: Any) -> None:
    made = make(lengths=(1,))
    path = made.root / "pkl.xml"
    packed = parse_pkl(path.read_bytes(), where=path)
    kept = tuple(asset for asset in packed.asset_list if asset.id != made.ids["sound1.mxf"])
    path.write_bytes(write_pkl(replace(packed, asset_list=kept)))
    report = show(made, catcher)
    assert report.verdict == "complete" and report.ingest is not None
    assert report.ingest.unlisted == ("sound1.mxf",)
    assert any("sound1.mxf" in str(what) for what in report.not_checked)


def test_the_second_show_reads_nothing_that_has_not_changed(
    make: Make, catcher: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.verify.hashing.WORTH", 1)
    made, cache = make(lengths=(2,)), tmp_path / "cache"
    first, second = (show(made, catcher, cache=cache) for _ in range(2))
    assert first.ingest is not None and second.ingest is not None
    assert (first.ingest.remembered, second.ingest.remembered) == (0, 3)
    assert any("3 not read again" in line for line in second.lines())
    flip(made.root / "picture1.mxf")
    third = show(made, catcher, cache=cache)
    assert third.verdict == "refused" and third.ingest is not None
    assert [each.file for each in third.ingest.wrong] == ["picture1.mxf"]
    with pytest.raises(UsageError):
        show(made, catcher, cache=made.root / "cache")


def test_who_asks_to_stop_is_heard(make: Make, catcher: Any) -> None:
    report = show(make(lengths=(1,)), catcher, cancel=lambda: True)
    assert (report.verdict, report.exit_code, report.frames_shown) == ("stopped", 1, 0)
    assert catcher.signal is None


def test_what_an_original_version_holds_is_held_against_its_own_lists(
    make: Make, catcher: Any, tmp_path: Path
) -> None:
    original, version = make(lengths=(1,)), make(lengths=(1,))
    for path in version.files.values():
        path.unlink()
    version.files.clear()
    version.cpl = replace(original.cpl, id=version.cpl.id)
    version.keyring = original.keyring
    version.write()
    report = show(version, catcher, ov=[original.root])
    assert report.verdict == "complete" and report.ingest is not None
    assert (report.ingest.files, report.ingest.unlisted) == (3, ())
    flip(original.root / "picture1.mxf")
    report = show(version, catcher, ov=[original.root])
    assert report.verdict == "refused" and report.ingest is not None
    (wrong,) = report.ingest.wrong
    assert wrong.file.endswith("picture1.mxf")
    with pytest.raises(UsageError):
        show(version, catcher, ov=[original.root], cache=original.root / "cache")
