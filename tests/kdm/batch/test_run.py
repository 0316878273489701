"""An order carried out: each message opens at its screen, and a later run keeps what is there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest
from batch_runs import contents, messages, run

from dcp import output
from dcp.errors import DcpError
from dcp.secrets.keys import ContentKey, Keyring
from kdm.batch import cores
from kdm.batch.manifest import CSV_FILE, read_manifest
from kdm.batch.names import name_faults
from kdm.facility.values import Device, FacilityList, Screen
from kdm.message import parse_message
from kdm.receive import open_kdm


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
