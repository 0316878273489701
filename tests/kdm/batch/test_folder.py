"""A folder that somebody else has had hands on: nothing of it is believed, nothing outside it is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, UsageError
from dcp.trust.deny import deny_certificates
from kdm.batch.manifest import JSON_FILE
from kdm.batch.names import cinema_name
from kdm.batch.run import BatchResult, issue_batch
from kdm.facility.values import FacilityList
from kdm.writing import frame


def run(town: Any, folder: Path, *, cinemas: Any = None, **order: Any) -> BatchResult:
    plan = town.plan([FacilityList(cinemas or town.cinemas)], **order)
    return issue_batch(plan, folder, now=town.world.now, workers=1)


def edit(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    document = json.loads((folder / JSON_FILE).read_bytes())
    change(document["issued"])
    (folder / JSON_FILE).write_text(json.dumps(document))


def parcel(folder: Path, name: str) -> list[str]:
    (found,) = folder.rglob(f"k_*_{name}-*.zip")
    return [member.split("_")[3] for member in zipfile.ZipFile(found).namelist()]


def entry_of(entries: list[dict[str, Any]], device: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["device"] == device)


@pytest.mark.parametrize("place", ["Documents/private/thesis.docx", "{order}/{cinema}/thesis.docx"])
def test_a_foreign_file_that_the_manifest_names_is_not_deleted(town: Any, tmp_path: Path, place: str) -> None:
    first = run(town, tmp_path)
    cinema = Path(first.made[0].file).parts[1]
    file = place.format(order=first.order, cinema=cinema)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("years of work")
    edit(tmp_path, lambda entries: entries[0].update(file=file))
    result = run(town, tmp_path)
    assert (tmp_path / file).read_text() == "years of work"
    assert (len(result.made), len(result.kept)) == (1, 5)


def test_the_message_of_another_order_is_not_deleted(town: Any, tmp_path: Path) -> None:
    other = run(town, tmp_path, end="2027-05-07 09:00")
    mine = run(town, tmp_path)
    theirs = next(entry.file for entry in other.made if entry.device == "IMB-6")
    edit(tmp_path, lambda entries: next(
        e for e in entries if e["device"] == "IMB-6" and e["order"] == mine.order
    ).update(file=theirs, sha256="0" * 64))  # fmt: skip
    assert len(run(town, tmp_path).made) == 1
    assert (tmp_path / theirs).exists()


@pytest.mark.parametrize("whole", [True, False])
def test_another_cinemas_message_is_not_kept_as_ones_own(town: Any, tmp_path: Path, whole: bool) -> None:
    """whole: the entry points at the other's file; or a copy of it lies under the right name."""
    run(town, tmp_path)

    def change(entries: list[dict[str, Any]]) -> None:
        mine, theirs = entry_of(entries, "IMB-6"), entry_of(entries, "IMB-4")
        if whole:
            mine.update({name: theirs[name] for name in ("file", "sha256", "message_id")})
        else:
            shutil.copy(tmp_path / theirs["file"], tmp_path / mine["file"])
            mine["sha256"] = theirs["sha256"]

    edit(tmp_path, change)
    result = run(town, tmp_path)
    assert [entry.device for entry in result.made] == ["IMB-6"] and parcel(tmp_path, "Odeon") == ["IMB-6"]
    odeon = next(tmp_path.rglob("k_*IMB-6*.xml"))
    assert b"IMB-6" in odeon.read_bytes() and b"IMB-4" not in odeon.read_bytes()
    assert len(list(tmp_path.rglob("k_*IMB-4*.xml"))) == 1


def test_a_message_that_was_moved_to_another_cinema_is_not_sent_there(town: Any, tmp_path: Path) -> None:
    """Its entry says that it is that cinema's, and it lies in that cinema's folder."""
    run(town, tmp_path)

    def change(entries: list[dict[str, Any]]) -> None:
        mine, theirs = entry_of(entries, "IMB-6"), entry_of(entries, "IMB-4")
        place = Path(theirs["file"]).with_name(Path(mine["file"]).name)
        (tmp_path / mine["file"]).rename(tmp_path / place)
        mine.update(cinema_id=theirs["cinema_id"], cinema=theirs["cinema"], file=place.as_posix())

    edit(tmp_path, change)
    result = run(town, tmp_path)
    assert [entry.device for entry in result.made] == ["IMB-6"]
    assert parcel(tmp_path, "Odeon") == ["IMB-6"] and parcel(tmp_path, "Rex-Gottingen") == ["IMB-4", "IMB-5"]


@pytest.mark.parametrize("named", [True, False])
def test_a_message_of_another_window_composition_or_device_is_not_kept(
    town: Any, tmp_path: Path, named: bool
) -> None:
    """A file that is a KDM, and not the one of the job. named: its screen is in this run's lists."""
    first = run(town, tmp_path)
    mine = next(entry for entry in first.made if entry.device == "IMB-5")
    job = next(job for job in town.plan().jobs if job.screen == mine.screen)
    issuer = job.issuer
    template = replace(issuer.template, not_valid_after_text="2027-05-07T23:59:59+02:00")
    longer = replace(issuer, frame=frame(template)).issue(job.recipient).data
    (tmp_path / mine.file).write_bytes(longer)
    digest = hashlib.sha256(longer).hexdigest()
    said = {"sha256": digest, **({"not_after": "2027-05-07T23:59:59+02:00"} if named else {})}
    edit(tmp_path, lambda entries: entry_of(entries, "IMB-5").update(said))
    rex = town.cinemas[1]
    cinemas = None if named else (replace(rex, screens=rex.screens[:1]),)
    result = run(town, tmp_path, cinemas=cinemas)
    if named:
        assert [entry.device for entry in result.made] == ["IMB-5"]
        assert parcel(tmp_path, "Rex-Gottingen") == ["IMB-4", "IMB-5"]
    else:
        assert result.made == () and parcel(tmp_path, "Rex-Gottingen") == ["IMB-4"]
        (left,) = result.left_out
        assert left.screen == "Saal 2" and "not what the manifest says" in left.why and left.remedy


@pytest.mark.parametrize("other", ["recipient", "number", "hour", "devices", "keys", "composition"])
def test_a_message_that_the_manifest_tells_truly_is_held_against_the_job(
    town: Any, tmp_path: Path, other: str
) -> None:
    """Its entry and its name fit it; it is not what this screen is to have."""
    order = {"formulation": "dci-specific", "device_list": None}
    first = run(town, tmp_path, **order)
    mine = next(entry for entry in first.made if entry.device == "IMB-5")
    job = next(job for job in town.plan(**order).jobs if job.screen == mine.screen)
    hall = town.world.other
    recipient, template, devices = job.recipient, job.issuer.template, job.devices
    if other == "recipient":
        recipient = town.leaf("SM.IMB-5", owner=hall, serial=1005)
    elif other == "number":
        recipient = town.leaf("SM SPB MD.IMB-5", owner=hall, serial=5)
    elif other == "hour":
        template = replace(template, not_valid_after_text="2027-05-06T23:59:58+02:00")
    elif other == "keys":
        template = replace(template, key_id_list=template.key_id_list[:-1])
    elif other == "composition":
        template = replace(template, composition_playlist_id=uuid.UUID(int=7))
    else:
        devices = (bytes(range(20)),)
    issued = replace(job.issuer, template=template, frame=frame(template)).issue(
        recipient, device_list=devices
    )
    file = mine.file.replace(mine.message_id[:8], str(issued.message_id)[:8])
    (tmp_path / file).write_bytes(issued.data)
    said = {
        "file": file,
        "message_id": str(issued.message_id),
        "sha256": hashlib.sha256(issued.data).hexdigest(),
        "recipient": recipient.subject,
        "not_after": template.not_valid_after_text,
        "cpl_id": str(template.composition_playlist_id),
    }
    edit(tmp_path, lambda entries: entry_of(entries, "IMB-5").update(said))
    assert [entry.device for entry in run(town, tmp_path, **order).made] == ["IMB-5"]
    assert not (tmp_path / file).exists()


def test_a_message_under_a_name_that_is_not_its_own_is_made_again(town: Any, tmp_path: Path) -> None:
    first = run(town, tmp_path)
    mine = next(entry for entry in first.made if entry.device == "IMB-5").file
    lie = mine.replace("IMB-5", "IMB-4")
    (tmp_path / mine).rename(tmp_path / lie)
    edit(tmp_path, lambda entries: entry_of(entries, "IMB-5").update(file=lie))
    assert [entry.device for entry in run(town, tmp_path).made] == ["IMB-5"]
    assert not (tmp_path / lie).exists() and parcel(tmp_path, "Rex-Gottingen") == ["IMB-4", "IMB-5"]


def test_another_cinemas_message_is_not_packed_for_a_screen_that_no_list_names(
    town: Any, tmp_path: Path
) -> None:
    run(town, tmp_path)
    edit(tmp_path, lambda entries: entry_of(entries, "IMB-4").update(cinema_id="3", screen="Z"))
    result = run(town, tmp_path, cinemas=town.cinemas[2:])
    assert parcel(tmp_path, "Odeon") == ["IMB-6"] and [left.screen for left in result.left_out] == ["Z"]


def test_a_message_of_another_order_is_neither_packed_nor_deleted(town: Any, tmp_path: Path) -> None:
    """An entry that says it is of this order, and its file is where the other's are."""
    other = run(town, tmp_path, end="2027-05-07 09:00")
    mine = run(town, tmp_path)
    rex = replace(town.cinemas[1], screens=town.cinemas[1].screens[:1])
    theirs = next(entry.file for entry in other.made if entry.device == "IMB-5")

    def change(entries: list[dict[str, Any]]) -> None:
        entries[:] = [e for e in entries if e["device"] != "IMB-5" or e["order"] == other.order]
        entry_of(entries, "IMB-5").update(order=mine.order)

    edit(tmp_path, change)
    before = (tmp_path / JSON_FILE).read_bytes()
    result = run(town, tmp_path, cinemas=(rex,))
    (packed,) = (tmp_path / mine.order).rglob("k_*Rex*.zip")
    assert len(zipfile.ZipFile(packed).namelist()) == 1
    assert [left.screen for left in result.left_out] == ["Saal 2"]
    (tmp_path / JSON_FILE).write_bytes(before)
    revoked = deny_certificates([town.cinemas[1].screens[1].recipients[0].leaf])
    run(town, tmp_path, revoked=replace(revoked, keys=frozenset()))
    assert (tmp_path / theirs).exists()


def test_a_message_stands_once_in_a_zip(town: Any, tmp_path: Path) -> None:
    run(town, tmp_path)
    edit(
        tmp_path,
        lambda entries: entries.append({**entry_of(entries, "IMB-6"), "job": "b" * 64, "screen": "Z"}),
    )
    run(town, tmp_path)
    assert parcel(tmp_path, "Odeon") == ["IMB-6"]


def outside(tmp_path: Path) -> Path:
    place = tmp_path / "outside"
    place.mkdir()
    (place / "k_Film_IMB-9_20270501_20270514_EXA_OV_mt1_64fb6504.xml").write_text("theirs")
    return place


@pytest.mark.parametrize("what", ["order", "cinema"])
def test_nothing_is_written_or_deleted_through_a_link(town: Any, tmp_path: Path, what: str) -> None:
    folder, elsewhere = tmp_path / "b", outside(tmp_path)
    first = run(town, folder)
    place = folder / first.order
    if what == "cinema":
        (place,) = place.glob("Rex-*")
    shutil.rmtree(place)
    place.symlink_to(elsewhere)
    result = run(town, folder)
    assert [path.read_text() for path in elsewhere.iterdir()] == ["theirs"]
    lost = 6 if what == "order" else 2
    assert len(result.left_out) == lost and len(result.kept) == 6 - lost and result.made == ()
    assert all("is a link" in left.why and left.remedy for left in result.left_out)


def test_messages_behind_a_link_are_not_kept(town: Any, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    first = run(town, folder)
    (place,) = (folder / first.order).glob("Rex-*")
    moved = place.rename(tmp_path / "moved")
    place.symlink_to(moved)
    before = {path.name: path.read_bytes() for path in moved.iterdir()}
    result = run(town, folder)
    assert (len(result.kept), len(result.left_out), result.cinemas) == (4, 2, 2)
    assert {path.name: path.read_bytes() for path in moved.iterdir()} == before


def test_a_cinema_of_another_name_keeps_its_messages_and_no_link_is_its_folder(
    town: Any, tmp_path: Path
) -> None:
    folder, elsewhere = tmp_path / "b", outside(tmp_path)
    first = run(town, folder)
    odeon = replace(town.cinemas[2], name="Tivoli")
    place = folder / first.order / cinema_name("Tivoli", odeon.id)
    place.symlink_to(elsewhere)
    result = run(town, folder, cinemas=(odeon,))
    assert len(result.kept) == 1 and result.cinemas == 0
    assert "their parcel is not" in result.left_out[0].why and len(list(elsewhere.iterdir())) == 1
    place.unlink()
    assert run(town, folder, cinemas=(odeon,)).left_out == () and len(list(place.iterdir())) == 4


def test_a_file_in_the_place_of_a_cinemas_folder_leaves_that_cinema_out(town: Any, tmp_path: Path) -> None:
    first = run(town, tmp_path)
    (place,) = (tmp_path / first.order).glob("Rex-*")
    shutil.rmtree(place)
    place.write_text("mine")
    result = run(town, tmp_path)
    assert len(result.left_out) == 2 and len(result.kept) == 4 and place.read_text() == "mine"


def test_a_message_that_is_a_link_or_a_pipe_is_made_again(town: Any, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    run(town, folder)
    one, two, *_ = sorted(folder.rglob("k_*.xml"))
    copy = tmp_path / "copy.xml"
    copy.write_bytes(one.read_bytes())
    one.unlink()
    two.unlink()
    one.symlink_to(copy)
    os.mkfifo(two)
    assert len(run(town, folder).made) == 2
    assert copy.exists() and not one.is_symlink() and not two.exists()


def test_a_zip_that_is_a_link_is_written_anew_and_not_its_target(town: Any, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    run(town, folder)
    archive = next(folder.rglob("*.zip"))
    target = tmp_path / "mine.zip"
    target.write_bytes(archive.read_bytes())
    archive.unlink()
    archive.symlink_to(target)
    run(town, folder)
    assert not archive.is_symlink() and zipfile.is_zipfile(archive) and target.exists()


def test_a_manifest_that_is_a_link_or_a_pipe_is_refused(town: Any, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    run(town, folder)
    manifest = folder / JSON_FILE
    manifest.rename(tmp_path / "m.json")
    manifest.symlink_to(tmp_path / "m.json")
    for make in (lambda: None, lambda: (manifest.unlink(), os.mkfifo(manifest))):
        make()
        with pytest.raises(UsageError, match="cannot read the manifest"):
            run(town, folder)


def test_what_is_missing_of_a_screen_that_is_not_listed_is_told(town: Any, tmp_path: Path) -> None:
    first = run(town, tmp_path)
    rex = town.cinemas[1]
    gone = next(entry for entry in first.made if entry.device == "IMB-5")
    (tmp_path / gone.file).unlink()
    result = run(town, tmp_path, cinemas=(replace(rex, screens=rex.screens[:1]),))
    assert parcel(tmp_path, "Rex-Gottingen") == ["IMB-4"]
    assert [left.screen for left in result.left_out] == ["Saal 2"]


def test_a_leftover_that_cannot_be_removed_ends_the_run(town: Any, tmp_path: Path) -> None:
    """Beside the messages it would be sent with them."""
    first = run(town, tmp_path)
    made = tmp_path / first.made[0].file
    stray = made.with_name(made.name.replace(made.name[-12:], "deadbeef.xml"))
    stray.mkdir()  # what nobody, root neither, can unlink
    before = (tmp_path / JSON_FILE).read_bytes()
    with pytest.raises(DcpError, match="left behind") as caught:
        run(town, tmp_path)
    assert str(stray) in str(caught.value) and caught.value.remedy
    assert (tmp_path / JSON_FILE).read_bytes() == before
