"""An order carried out: each message opens at its screen, and a later run keeps what is there."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest
from judges import KDM_PARTS, KDM_SCHEMA, schema_holds, signature_holds

from dcp import output
from dcp.errors import DcpError, UsageError
from dcp.secrets.keys import ContentKey, Keyring
from kdm.batch import cores
from kdm.batch.manifest import CSV_FILE, JSON_FILE, read_manifest
from kdm.batch.names import name_faults
from kdm.batch.run import BatchResult, issue_batch
from kdm.facility.values import Device, FacilityList, Screen
from kdm.message import parse_message
from kdm.receive import open_kdm


def run(town: Any, folder: Path, plan: Any = None, **changes: Any) -> BatchResult:
    return issue_batch(plan or town.plan(), folder, **{"now": town.world.now, "workers": 2, **changes})


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its inode and what is in it: a file that is written anew has another inode."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def messages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("k_*.xml"))


@pytest.mark.parametrize("means", ["processes", "threads"])
@pytest.mark.parametrize("full_for", [".k_*.xml.*", ".k_*.zip.*"])
def test_a_full_disk_in_a_worker_is_told(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, means: Any, full_for: str
) -> None:
    """It stops the run, unlike what one screen is to blame for; what was finished is kept."""
    write, write_all, new_file = Path.write_bytes, output.write_all, output.new_file
    opened: dict[int, Path] = {}

    def refuse(path: Path) -> None:
        if path.match(full_for):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def full(path: Path, data: bytes) -> int:
        refuse(path)
        return write(path, data)

    def full_too(descriptor: int, parts: Any) -> None:
        refuse(opened[descriptor])
        write_all(descriptor, parts)

    def opening(path: Path) -> int:
        descriptor = new_file(path)
        opened[descriptor] = path
        return descriptor

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        patched.setattr(output, "write_all", full_too)
        patched.setattr(output, "new_file", opening)
        with pytest.raises(DcpError, match="the disk is full"):
            run(town, tmp_path / "b", means=means)
    assert not list(tmp_path.rglob("*.part"))
    kept = len(messages(tmp_path / "b"))
    assert kept == len(read_manifest(tmp_path / "b").issued) == (0 if "xml" in full_for else 6)
    again = run(town, tmp_path / "b", means=means)
    assert (len(again.kept), len(again.made), again.cinemas) == (kept, 6 - kept, 3)


@pytest.mark.posix
def test_no_key_goes_through_a_pipe(town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What processes tell each other is looked at as it is sent, in either direction."""
    sent, dumps = tmp_path / "sent", ForkingPickler.dumps

    def watched(told: object, protocol: int | None = None) -> Any:
        data = dumps(told, protocol)
        with sent.open("ab") as stream:
            stream.write(data)
        return data

    monkeypatch.setattr(ForkingPickler, "dumps", watched)
    plan = town.plan()
    result = run(town, tmp_path / "b", plan)
    told = sent.read_bytes()
    assert all(entry.sha256.encode() in told for entry in result.made), "the watch works"
    values = [key.value() for key in town.world.keyring.keys]
    assert not any(form in told for value in values for form in (value, value.hex().encode()))
    assert not any(block in told for block in plan.sample.blocks)


@pytest.mark.parametrize(
    ("workers", "means", "fork"),
    [(1, "processes", True), (2, "processes", True), (2, "processes", False), (2, "threads", True)],
)
def test_each_screen_gets_a_message_that_opens_there(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, means: Any, fork: bool
) -> None:
    if not fork:
        monkeypatch.setattr(cores, "can_fork", lambda: False)
        monkeypatch.setattr(cores, "_WORTH_A_START", 1)
    steps: list[tuple[int, int]] = []
    result = run(
        town, tmp_path / "b", workers=workers, means=means, advance=lambda d, t: steps.append((d, t))
    )
    assert (len(result.made), result.kept, result.left_out, result.cinemas) == (6, (), (), 3)
    assert steps == [(n, 6) for n in range(1, 7)]
    world = town.world
    for job, entry in zip(town.plan().jobs, sorted(result.made, key=lambda e: e.device), strict=True):
        data = (tmp_path / "b" / entry.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry.sha256
        number = int(entry.device.removeprefix("IMB-"))
        opened = open_kdm(
            data,
            private_key=town.key_of(number),
            recipient=job.recipient,
            cpl=world.cpl,
            now=world.now + timedelta(days=2),
        )
        assert {key.id: key.value() for key in opened.keys} == {
            key.id: key.value() for key in world.keyring.keys
        }
        message = parse_message(data)
        assert str(message.message_id) == entry.message_id
        assert name_faults(Path(entry.file).name, message, formulation=entry.formulation) == ()
        assert (entry.cinema, entry.screen) == (job.cinema.name, job.screen)
        assert (entry.not_before, entry.not_after) == (
            message.not_valid_before_text, message.not_valid_after_text,
        )  # fmt: skip


def test_a_cinema_has_its_folder_with_zip_and_letters(town: Any, tmp_path: Path) -> None:
    result = run(town, tmp_path)
    (beijing,) = [path for path in (tmp_path / result.order).iterdir() if path.name.startswith("BJ-1-")]
    names = sorted(path.name for path in beijing.iterdir())
    assert [name for name in names if not name.startswith("k_")] == [
        "mail-en.txt",
        "mail-zh.txt",
        "message.eml",
    ]
    (parcel,) = beijing.glob("*.zip")
    with zipfile.ZipFile(io.BytesIO(parcel.read_bytes())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in beijing.glob("*.xml")
        }
        assert len(archive.namelist()) == 3
        assert "IMB-1" in archive.namelist()[0] and "IMB-3" in archive.namelist()[2]  # 10号厅 comes last
    assert "北京影城" in (beijing / "mail-zh.txt").read_text("utf-8")
    mail = (beijing / "message.eml").read_bytes()
    assert b"To: kdm@beijing.example.com\r\n" in mail
    read = message_from_bytes(mail, policy=policy.default)
    assert read["Subject"].startswith("密钥")  # a cinema in China, whose list tells no language
    rows = (tmp_path / CSV_FILE).read_text("utf-8-sig").splitlines()
    assert len(rows) == 7 and sum("北京影城" in row for row in rows) == 3


def test_no_key_is_in_the_manifest_or_the_letters(town: Any, tmp_path: Path) -> None:
    run(town, tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for key in town.world.keyring.keys:
                assert key.value() not in data and key.value().hex().encode() not in data


def test_a_second_run_changes_nothing(town: Any, tmp_path: Path) -> None:
    first = run(town, tmp_path)
    before = contents(tmp_path)
    again = run(
        town,
        tmp_path,
        town.plan(now=town.world.now + timedelta(hours=5)),
        now=town.world.now + timedelta(hours=5),
    )
    assert again.made == () and len(again.kept) == 6
    assert {entry.message_id for entry in again.kept} == {entry.message_id for entry in first.made}
    assert contents(tmp_path) == before


def test_what_is_missing_or_damaged_is_made_again_and_the_rest_kept(town: Any, tmp_path: Path) -> None:
    run(town, tmp_path)
    missing, damaged, *whole = messages(tmp_path)
    kept = {path: path.stat().st_ino for path in whole}
    missing.unlink()
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (parcel, *_) = sorted(tmp_path.rglob("*.zip"))
    parcel.write_bytes(b"")
    result = run(town, tmp_path)
    assert (len(result.made), len(result.kept)) == (2, 4)
    assert {path: path.stat().st_ino for path in whole} == kept
    assert not missing.exists() and not damaged.exists()  # their ids are not used again
    assert len(messages(tmp_path)) == 6 and zipfile.is_zipfile(parcel)
    before = contents(tmp_path)
    assert run(town, tmp_path).made == ()
    assert contents(tmp_path) == before


def test_new_screens_are_added(town: Any, tmp_path: Path) -> None:
    run(town, tmp_path)
    grown = replace(town.cinemas[2], screens=(*town.cinemas[2].screens, town.screen("B", 8)))
    others = {path: path.read_bytes() for path in messages(tmp_path)}
    result = run(town, tmp_path, town.plan([FacilityList((*town.cinemas[:2], grown))]))
    assert [entry.screen for entry in result.made] == ["B"] and len(result.kept) == 5 + 1
    assert all(path.read_bytes() == data for path, data in others.items())
    (parcel,) = tmp_path.rglob("k_*Odeon*.zip")
    assert len(zipfile.ZipFile(parcel).namelist()) == 2


def test_a_run_for_some_cinemas_leaves_the_others_as_they_are(town: Any, tmp_path: Path) -> None:
    run(town, tmp_path)
    before = contents(tmp_path)
    result = run(town, tmp_path, town.plan([FacilityList(town.cinemas[:1])]))
    assert len(result.kept) == 3 and result.cinemas == 1
    assert contents(tmp_path) == before


def test_a_screen_with_a_new_media_block_gets_a_new_message_and_the_old_leaves_the_zip(
    town: Any, tmp_path: Path
) -> None:
    run(town, tmp_path)
    renewed = replace(town.cinemas[2], screens=(town.screen("A", 10),))
    plan = town.plan([FacilityList((*town.cinemas[:2], renewed))])
    result = run(town, tmp_path, plan)
    assert [entry.device for entry in result.made] == ["IMB-10"]
    (parcel,) = tmp_path.rglob("k_*Odeon*.zip")
    assert ["IMB-10" in name for name in zipfile.ZipFile(parcel).namelist()] == [True]
    (old,) = [entry for entry in read_manifest(tmp_path).issued.values() if entry.superseded]
    assert old.device == "IMB-6" and (tmp_path / old.file).exists()
    assert "superseded" in (tmp_path / CSV_FILE).read_text("utf-8-sig")
    back = run(town, tmp_path)  # the old one is put in again
    assert back.made == () and len(back.kept) == 6
    assert [entry.device for entry in read_manifest(tmp_path).issued.values() if entry.superseded] == [
        "IMB-10"
    ]


def test_new_keys_under_the_same_ids_are_issued_again(town: Any, tmp_path: Path) -> None:
    first = run(town, tmp_path)
    keys = town.world.keyring
    again = Keyring(
        tuple(ContentKey(id=key.id, type=key.type, value=bytes(16)) for key in keys.keys), keys.cpl_id
    )
    result = run(town, tmp_path, town.plan(keyring=again))
    assert (result.order, len(result.made), len(result.kept)) == (first.order, 6, 0)
    for parcel in tmp_path.rglob("*.zip"):
        inside = set(zipfile.ZipFile(parcel).namelist())
        assert inside <= {Path(entry.file).name for entry in result.made}
    assert sum(entry.superseded for entry in read_manifest(tmp_path).issued.values()) == 6
    assert len(run(town, tmp_path, town.plan(keyring=again)).kept) == 6


def test_another_order_is_added_to_the_folder(town: Any, tmp_path: Path) -> None:
    one = run(town, tmp_path)
    before = {name: each for name, each in contents(tmp_path).items() if name.startswith(one.order)}
    two = run(town, tmp_path, town.plan(end="2027-05-07 23:59:59"))
    assert two.order != one.order and len(two.made) == 6
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert len(read_manifest(tmp_path).issued) == 12


def test_what_was_left_out_stands_in_the_manifest_until_it_is_mended(town: Any, tmp_path: Path) -> None:
    bad = replace(town.cinemas[2], screens=(Screen("A", (Device((town.world.hall.chain[1],)),)),))
    result = run(town, tmp_path, town.plan([FacilityList((*town.cinemas[:2], bad))]))
    assert len(result.made) == 5
    (left,) = read_manifest(tmp_path).left_out
    assert (
        left == result.left_out[0]
        and "authority" in left.why
        and (left.cinema, left.screen) == ("Odeon", "A")
    )
    assert "left out" in (tmp_path / CSV_FILE).read_text("utf-8-sig")
    other = run(town, tmp_path, town.plan(end="2027-05-07 09:00"))  # another order says nothing of it
    assert other.left_out == () and read_manifest(tmp_path).left_out == (left,)
    run(town, tmp_path)
    assert read_manifest(tmp_path).left_out == ()


# --- one cinema's fault -----


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


# --- folders -----


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
