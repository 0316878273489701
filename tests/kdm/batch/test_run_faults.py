"""What one cinema is to blame for does not stop the others; folders in use; runs that were stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from batch_runs import contents, messages, run
from judges import KDM_PARTS, KDM_SCHEMA, schema_holds, signature_holds

from dcp.errors import DcpError, UsageError
from kdm.batch.manifest import CSV_FILE, JSON_FILE, read_manifest
from kdm.facility.values import Device, FacilityList, Screen
from kdm.message import parse_message


def test_a_message_that_cannot_be_made_does_not_stop_the_others(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kdm.issue import KdmIssuer

    whole = KdmIssuer.issue

    def failing(self: Any, recipient: Any, **more: Any) -> Any:
        if "IMB-5" in recipient.common_name:
            raise DcpError("a text that nobody can carry", remedy="ask the cinema")
        return whole(self, recipient, **more)

    monkeypatch.setattr(KdmIssuer, "issue", failing)
    result = run(town, tmp_path)
    assert len(result.made) == 5 and result.cinemas == 3
    (left,) = result.left_out
    assert (left.screen, left.why, left.remedy) == (
        "Saal 2",
        "a text that nobody can carry",
        "ask the cinema",
    )
    assert read_manifest(tmp_path).left_out == (left,)


@pytest.mark.parametrize("workers", [1, 2])
def test_hostile_certificates_and_addresses_are_left_out_alone(
    town: Any, tmp_path: Path, workers: int
) -> None:
    """Texts for another reader: for a terminal, for XML, for a mail."""
    from kdm.facility.values import Facility

    hostile = Facility(
        id="66",
        name="=?utf-8?q?Evil=0D=0ABcc=3A_x=40y=2Ez?=",
        screens=(
            Screen("1", (Device((town.leaf("SM.\x1b]0;pwned\x07", serial=1),)),)),
            Screen("2", (Device((town.leaf("SM.Long", serial=1 << 20_000),)),)),
            town.screen("3", 12),
        ),
        time_zone="UTC",
        emails=("=?utf-8?q?=0A?=@a.example", "good@a.example"),
    )
    result = run(town, tmp_path, town.plan([FacilityList((hostile, *town.cinemas))]), workers=workers)
    assert len(result.made) == 7 and result.cinemas == 4
    assert {left.screen for left in result.left_out} == {"1", "2"}
    (evil,) = [path for path in tmp_path.rglob("message.eml") if b"good@a.example" in path.read_bytes()]
    assert message_from_bytes(evil.read_bytes(), policy=policy.default)["Bcc"] is None


@pytest.mark.parametrize("workers", [1, 2])
def test_a_parcel_that_cannot_be_made_does_not_stop_the_others(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    from kdm.batch import run as running

    whole = running.mail

    def failing(letter: Any, **more: Any) -> bytes:
        if letter.cinema == "Rex, Göttingen":
            raise DcpError("its mail cannot be written", remedy="correct the name")
        return whole(letter, **more)

    monkeypatch.setattr(running, "mail", failing)
    result = run(town, tmp_path, workers=workers)
    assert (len(result.made), result.cinemas) == (6, 2)
    (left,) = result.left_out
    assert (left.cinema, left.screen, left.remedy) == ("Rex, Göttingen", "", "correct the name")
    assert left.why.startswith("the KDMs are made, their parcel is not: its mail")
    assert len(list(tmp_path.rglob("message.eml"))) == 2 and read_manifest(tmp_path).left_out == (left,)
    assert "their parcel is not" in (tmp_path / CSV_FILE).read_text("utf-8-sig")
    assert not list(tmp_path.rglob("*Rex*.zip"))


def test_a_folder_with_other_things_is_refused(town: Any, tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "film")
    (tmp_path / "film" / "a.mxf").touch()
    for place in ("film", "file", "link"):
        with pytest.raises(UsageError, match="no folder of a batch") as caught:
            run(town, tmp_path / place)
        assert caught.value.remedy
    assert [path.name for path in (tmp_path / "film").iterdir()] == ["a.mxf"]


def test_a_damaged_manifest_is_not_overwritten(town: Any, tmp_path: Path) -> None:
    (tmp_path / JSON_FILE).write_text("{}")
    with pytest.raises(DcpError, match="damaged"):
        run(town, tmp_path)
    assert contents(tmp_path).keys() == {JSON_FILE}


def test_an_empty_folder_is_taken(town: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert len(run(town, tmp_path / "b").made) == 6


def test_two_runs_at_once_are_refused(town: Any, tmp_path: Path) -> None:
    def second(done: int, total: int) -> None:
        with pytest.raises(UsageError, match="another run is at work"):
            run(town, tmp_path)

    assert len(run(town, tmp_path, advance=second).made) == 6


class Stop(BaseException):
    pass


@pytest.mark.parametrize("means", ["processes", "threads"])
def test_a_stopped_run_leaves_whole_files_and_is_continued(town: Any, tmp_path: Path, means: Any) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        run(town, tmp_path, means=means, advance=stop)
    assert not list(tmp_path.rglob("*.part")) and not list(tmp_path.rglob(".*"))
    recorded = read_manifest(tmp_path).issued
    assert len(recorded) == 3
    for path in messages(tmp_path):
        assert parse_message(path.read_bytes())
    result = run(town, tmp_path)
    assert (len(result.made), len(result.kept)) == (3, 3)
    assert len(messages(tmp_path)) == 6


def test_what_the_manifest_does_not_know_is_made_again(town: Any, tmp_path: Path) -> None:
    """As after a kill that left messages behind the last manifest, and temporary files."""
    result = run(town, tmp_path)
    document = json.loads((tmp_path / JSON_FILE).read_bytes())
    unknown = [entry["file"] for entry in document["issued"][3:]]
    document["issued"] = document["issued"][:3]
    (tmp_path / JSON_FILE).write_text(json.dumps(document))
    cinema = messages(tmp_path)[0].parent
    (cinema / f".{messages(tmp_path)[0].name}.0123456789ab.part").touch()
    (tmp_path / ".manifest.json.0123456789ab.part").touch()
    (cinema / "notes of mine.txt").touch()
    again = run(town, tmp_path)
    assert (len(again.made), len(again.kept)) == (3, 3)
    assert not any((tmp_path / file).exists() for file in unknown)
    assert not list(tmp_path.rglob(".*"))
    assert (cinema / "notes of mine.txt").exists()
    assert again.order == result.order and len(messages(tmp_path)) == 6


def test_a_full_disk_is_named_and_what_is_finished_kept(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kdm.batch import run as running

    whole = running.write_finished

    def full(path: Path, data: bytes) -> None:
        if "IMB-5" in path.name:
            raise DcpError("the disk is full", where=path)
        whole(path, data)

    monkeypatch.setattr(running, "write_finished", full)
    with pytest.raises(DcpError, match="disk is full"):
        run(town, tmp_path, workers=1)
    monkeypatch.undo()
    assert len(read_manifest(tmp_path).issued) == 4
    result = run(town, tmp_path)
    assert (len(result.made), len(result.kept)) == (2, 4)


@pytest.mark.oracle
def test_outside_judges_accept_a_message_of_a_batch(
    town: Any, tmp_path: Path, oracle: Callable[[str], str], standards: Path
) -> None:
    run(town, tmp_path / "b", town.plan(formulation="dci-any"))
    kdm = messages(tmp_path / "b")[0]
    lab, now = town.world.lab, town.world.now
    signature_holds(oracle("xmlsec1"), kdm, chain=lab.chain, at=now, folder=tmp_path, parts=KDM_PARTS)
    schema_holds(oracle("xmllint"), standards / "xsd" / KDM_SCHEMA, kdm)
