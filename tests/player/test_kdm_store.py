"""Several KDMs at hand: the one that fits is used, each of the others is named with the reason."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import player.kdm_store as kdm_store
from dcp.errors import UsageError
from dcp.secrets.keys import Keyring
from dcp.trust.making import NewChain, make_chain
from kdm.issue import prepare_kdms
from player.media_block import KdmRequest
from player.play import play
from player.report import PlayReport, to_html

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
BEGIN = NOW - timedelta(hours=1)
Make = Callable[..., Any]
Issue = Callable[..., bytes]


@pytest.fixture(scope="module")
def studio() -> NewChain:
    return make_chain(organization="studio.example", unit="test", role="CS", now=BEGIN - timedelta(days=9))


@pytest.fixture(scope="module")
def screen_1() -> NewChain:
    return make_chain(organization="rex.example", unit="1", role="SM SPB MD", now=BEGIN - timedelta(days=9))


@pytest.fixture(scope="module")
def screen_2() -> NewChain:
    return make_chain(organization="rex.example", unit="2", role="SM SPB MD", now=BEGIN - timedelta(days=9))


@pytest.fixture
def made(make: Make, studio: NewChain) -> Any:
    made = make(lengths=(2,))
    made.signer = studio.signer
    made.write()
    return made


@pytest.fixture
def issue(made: Any, studio: NewChain, screen_1: NewChain) -> Issue:
    """`issue(days=..., begin=..., cpl=..., keys=..., to=...)`: a message for the package."""

    def one(
        *,
        days: float = 7,
        begin: datetime = BEGIN,
        cpl: Any = None,
        to: NewChain = screen_1,
        keys: Keyring | None = None,
    ) -> bytes:
        order = prepare_kdms(
            cpl=cpl or made.cpl,
            keyring=keys or made.keyring,
            signer=studio.signer,
            not_before=begin,
            not_after=begin + timedelta(days=days),
            now=begin,
        )
        return order.issue(to.leaf).data

    return one


@pytest.fixture
def show(made: Any, screen_1: NewChain, catcher: Any) -> Callable[..., PlayReport]:
    def run(*store: Path, **options: Any) -> PlayReport:
        request = KdmRequest(data=b"", private_key=screen_1.private_key, recipient=screen_1.leaf, store=store)
        return play(made.root, now=NOW, kdm=request, screen=catcher, **options)

    return run


def reasons(report: PlayReport) -> dict[str, str]:
    return {Path(use.file).name: str(use.why) for use in report.kdms}


def test_of_a_folder_the_one_that_fits_is_used_and_the_others_are_named(
    made: Any, issue: Issue, show: Callable[..., PlayReport], screen_2: NewChain, tmp_path: Path, catcher: Any
) -> None:
    store = tmp_path / "store"
    (store / "deep" / "down").mkdir(parents=True)
    (store / "fits.xml").write_bytes(issue(days=3))
    (store / "longest.xml").write_bytes(issue(days=8))
    (store / "over.xml").write_bytes(issue(begin=BEGIN - timedelta(days=5), days=2))
    (store / "later.xml").write_bytes(issue(begin=NOW + timedelta(days=1)))
    (store / "deep" / "down" / "neighbour.xml").write_bytes(issue(to=screen_2))
    other = replace(made.cpl, id=uuid4(), content_title_text="Another film")
    (store / "film.xml").write_bytes(issue(cpl=other))
    again = replace(made.cpl, id=uuid4())
    (store / "again.xml").write_bytes(issue(cpl=again))
    (store / "torn.xml").write_bytes(issue()[:-900])
    (store / "notes.xml").write_text("<html/>")
    with zipfile.ZipFile(store / "mailed.zip", "w") as packed:
        packed.writestr("in/short.xml", issue(days=1))
    log = tmp_path / "log.jsonl"
    report = show(store, log=log)
    assert (report.verdict, report.exit_code) == ("complete", 0)
    assert [Path(use.file).name for use in report.kdms if use.used] == ["longest.xml"]
    assert report.kdms[0].used and report.kdms[0].message_id == report.judged.message.message_id  # type: ignore[union-attr]
    said = reasons(report)
    assert set(said) == {
        "fits.xml", "longest.xml", "over.xml", "later.xml", "neighbour.xml", "film.xml", "again.xml",
        "torn.xml", "short.xml",
    }  # fmt: skip
    assert "of the 3 that fit, its window ends last, at 2028-06-09" in said["longest.xml"]
    assert "the one that is used ends later" in said["fits.xml"] and "2028-06-04" in said["fits.xml"]
    assert "KDM-002" in said["over.xml"] and "KDM-003" in said["later.xml"]
    assert "another device" in said["neighbour.xml"] and "Another film" in said["film.xml"]
    assert "the same title" in said["again.xml"] and "not used: " in said["torn.xml"]
    document = report.document()
    assert document["kdms"][0]["used"] is True and set(document["kdms"][0]) == {
        "file", "message_id", "used", "why",
    }  # fmt: skip
    lines = report.lines()
    assert sum(line.startswith("KDM ") for line in lines) == 8 and "1 more KDM" in "\n".join(lines)
    page = to_html(report).replace("<wbr>", "")
    assert "neighbour.xml" in page and str(store) not in page
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert sum(event["subtype"] == "KDMNotUsed" for event in events) == 8
    assert sum(event["subtype"] == "KDMKeysReceived" for event in events) == 1


def test_files_one_by_one_and_a_folder_beside_them(
    issue: Issue, show: Callable[..., PlayReport], screen_2: NewChain, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for name, data in (("a.xml", issue(to=screen_2)), ("folder/b.xml", issue()), ("c.xml", b"no KDM")):
        (tmp_path / name).write_bytes(data)
    report = show(tmp_path / "a.xml", tmp_path / "c.xml", tmp_path / "folder")
    assert report.verdict == "complete" and Path(report.kdms[0].file).name == "b.xml"
    assert set(reasons(report)) == {"a.xml", "b.xml", "c.xml"}


def test_where_none_fits_each_says_why_and_nothing_is_shown(
    made: Any, issue: Issue, show: Callable[..., PlayReport], screen_2: NewChain, tmp_path: Path, catcher: Any
) -> None:
    (tmp_path / "over.xml").write_bytes(issue(begin=BEGIN - timedelta(days=5), days=2))
    (tmp_path / "hall.xml").write_bytes(issue(to=screen_2))
    lacking = Keyring(made.keyring.keys[:1])
    cpl = replace(
        made.cpl,
        reels=tuple(
            replace(reel, assets=tuple(asset for asset in reel.assets if asset.kind == "MainPicture"))
            for reel in made.cpl.reels
        ),
    )
    (tmp_path / "lacks.xml").write_bytes(issue(cpl=cpl, keys=lacking))
    report = show(*sorted(tmp_path.glob("*.xml")))
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)
    assert catcher.signal is None and not any(use.used for use in report.kdms)
    said = reasons(report)
    assert "KDM-002" in said["over.xml"] and "KDM-010" in said["lacks.xml"]
    assert "another device" in said["hall.xml"]
    assert report.judged is not None and report.judged.refusals
    assert sum(line.startswith("KDM ") for line in report.lines()) == 3


def test_a_folder_without_any_is_no_show(show: Callable[..., PlayReport], tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("none here")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as packed:
        packed.writestr("poster.jpg", b"x")
    for store in (tmp_path, tmp_path / "empty.zip"):
        with pytest.raises(UsageError) as caught:
            show(store)
        assert caught.value.id == "play.no-kdm-found"
    with pytest.raises(UsageError):
        show(tmp_path / "absent.xml")


def test_a_link_out_of_the_folder_is_left_aside(
    issue: Issue, show: Callable[..., PlayReport], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (tmp_path / "outside.xml").write_bytes(issue(days=9))
    (store / "link.xml").symlink_to(tmp_path / "outside.xml")
    (store / "own.xml").write_bytes(issue(days=2))
    report = show(store)
    assert [Path(use.file).name for use in report.kdms] == ["own.xml"]


def test_no_more_are_judged_and_named_than_a_report_holds(
    issue: Issue,
    show: Callable[..., PlayReport],
    screen_2: NewChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kdm_store, "MOST_JUDGED", 2)
    monkeypatch.setattr(kdm_store, "MOST_NAMED", 4)
    for number in range(5):
        (tmp_path / f"{number}.xml").write_bytes(issue(days=1 + number))
        (tmp_path / f"hall{number}.xml").write_bytes(issue(to=screen_2))
    report = show(tmp_path)
    assert report.verdict == "complete" and Path(report.kdms[0].file).name == "4.xml"
    assert (len(report.kdms), report.kdms_left_out) == (4, 6)
    assert report.document()["kdms_left_out"] == 6
