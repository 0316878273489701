"""Who is refused later on gets nothing any more: not out of the ZIP, not out of the mail, not as a file."""

from __future__ import annotations

import csv
import errno
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dcp.trust.deny import DenyList, deny_certificates
from kdm.batch.manifest import CSV_FILE, Issued, read_manifest
from kdm.batch.run import BatchResult, issue_batch
from kdm.facility.values import Device, Facility, FacilityList, Screen


def run(town: Any, folder: Path, *cinemas: Facility, **order: Any) -> BatchResult:
    plan = town.plan([FacilityList(cinemas or town.cinemas)], **order)
    return issue_batch(plan, folder, now=town.world.now, workers=2)


def denied(*certificates: Any) -> DenyList:
    """The certificates alone: many of this town have the same key."""
    return replace(deny_certificates(certificates), keys=frozenset())


def leaf_of(cinema: Facility, screen: int = 0) -> Any:
    return cinema.screens[screen].recipients[0].leaf


def inside(folder: Path, name: str) -> list[str]:
    (parcel,) = folder.rglob(f"k_*_{name}-*.zip")
    return [member.split("_")[3] for member in zipfile.ZipFile(parcel).namelist()]


def left_of(folder: Path, name: str) -> set[str]:
    (cinema,) = folder.glob(f"*/{name}-*")
    return {path.name for path in cinema.iterdir()}


def withdrawn(folder: Path) -> dict[str, Issued]:
    return {entry.device: entry for entry in read_manifest(folder).issued.values() if entry.withdrawn}


@pytest.mark.parametrize(
    "deny",
    [
        denied,
        lambda leaf: DenyList(certificates=deny_certificates([leaf]).certificates),
    ],
    ids=["certificate", "number"],
)
@pytest.mark.parametrize("listed", [True, False])
def test_a_denied_device_leaves_zip_mail_and_folder(
    town: Any, tmp_path: Path, deny: Any, listed: bool
) -> None:
    """listed: this run's lists have the cinema. Where they have not, the rest of its parcel is kept."""
    rex, odeon = town.cinemas[1], town.cinemas[2]
    first = run(town, tmp_path)
    (gone,) = [entry for entry in first.made if entry.device == "IMB-4"]
    assert inside(tmp_path, "Rex-Gottingen") == ["IMB-4", "IMB-5"]
    result = run(town, tmp_path, *([rex] if listed else [odeon]), revoked=deny(leaf_of(rex)))
    assert result.order == first.order and [entry.device for entry in result.withdrawn] == ["IMB-4"]
    assert inside(tmp_path, "Rex-Gottingen") == ["IMB-5"]
    assert not (tmp_path / gone.file).exists()
    (cinema,) = tmp_path.glob("*/Rex-*")
    for letter in ("mail-en.txt", "mail-zh.txt"):
        assert "IMB-4" not in (cinema / letter).read_text("utf-8")
        assert "IMB-5" in (cinema / letter).read_text("utf-8")
    assert "deny list" in withdrawn(tmp_path)["IMB-4"].withdrawn
    with (tmp_path / CSV_FILE).open(encoding="utf-8-sig", newline="") as stream:
        (row,) = [row for row in csv.DictReader(stream) if row["status"] == "withdrawn"]
    assert row["device"] == "IMB-4" and "deny list" in row["why"]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = run(town, tmp_path, *([rex] if listed else [odeon]), revoked=deny(leaf_of(rex)))
    assert again.withdrawn == () and again.made == ()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_denied_key_is_known_in_what_was_issued_before(town: Any, tmp_path: Path) -> None:
    """By the dnQualifier in the recipient's name: the lists of this run name its cinema no more."""
    run(town, tmp_path)
    key = DenyList(keys=frozenset([leaf_of(town.cinemas[1]).public_key_thumbprint()]))
    run(town, tmp_path, replace(town.cinemas[2], screens=(town.screen("B", 7),)), revoked=key)
    hall = {"IMB-2", "IMB-4", "IMB-6"}  # those with the hall's key
    assert set(withdrawn(tmp_path)) == hall
    assert not any(name in path.name for path in tmp_path.rglob("*.xml") for name in hall)
    assert inside(tmp_path, "Odeon") == ["IMB-7"] and inside(tmp_path, "BJ-1") == ["IMB-1", "IMB-3"]


def test_a_denied_projector_is_known_in_what_was_issued_before(town: Any, tmp_path: Path) -> None:
    projector = town.world.projector.leaf
    rex = replace(
        town.cinemas[1],
        screens=(
            town.screen("1", 4, devices=(Device((projector,), kind="PR"),)),
            town.screen("2", 5, devices=(Device((town.world.other.leaf,), kind="PR"),)),
        ),
    )
    order = {"formulation": "dci-specific", "device_list": None}
    run(town, tmp_path, rex, **order)
    run(town, tmp_path, town.cinemas[2], **order, revoked=denied(projector))
    assert set(withdrawn(tmp_path)) == {"IMB-4"} and inside(tmp_path, "Rex-Gottingen") == ["IMB-5"]


@pytest.mark.parametrize("kept", ["k_*IMB-4_*.xml", "message.eml"])
def test_what_cannot_be_deleted_is_told(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    run(town, tmp_path)
    unlink = Path.unlink

    def guarded(path: Path, missing_ok: bool = False) -> None:
        if path.match(f"Rex-*/{kept}"):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", guarded)
    rex = town.cinemas[1]
    result = run(town, tmp_path, rex, revoked=denied(leaf_of(rex)))
    assert [entry.device for entry in result.withdrawn] == ["IMB-4"]
    told = [left for left in result.left_out if "could not be deleted" in left.why]
    assert [left.device for left in told] == ["IMB-4"] and os.strerror(errno.EPERM) in told[0].why
    assert "delete by hand" in told[0].remedy and set(told) <= set(read_manifest(tmp_path).left_out)


def test_withdrawn_from_a_folder_that_is_a_link_is_told(town: Any, tmp_path: Path) -> None:
    out, rex = tmp_path / "out", town.cinemas[1]
    run(town, out)
    (place,) = out.glob("*/Rex-*")
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    result = run(town, out, rex, revoked=denied(leaf_of(rex)))
    assert [entry.device for entry in result.withdrawn] == ["IMB-4"]
    assert any("could not be deleted" in left.why and "a link" in left.why for left in result.left_out)
    assert list((tmp_path / "elsewhere").glob("k_*IMB-4_*.xml"))


def test_a_cinema_whose_devices_are_all_denied_has_nothing_to_send(town: Any, tmp_path: Path) -> None:
    odeon = town.cinemas[2]
    run(town, tmp_path)
    (cinema,) = tmp_path.glob("*/Odeon-*")
    (cinema / "notes of mine.txt").touch()
    result = run(town, tmp_path, revoked=denied(leaf_of(odeon)))
    assert (len(result.kept), result.cinemas) == (5, 2)
    assert left_of(tmp_path, "Odeon") == {"notes of mine.txt"}


def test_a_device_that_is_let_in_again_gets_a_new_message(town: Any, tmp_path: Path) -> None:
    odeon = town.cinemas[2]
    first = run(town, tmp_path)
    run(town, tmp_path, odeon, revoked=denied(leaf_of(odeon)))
    result = run(town, tmp_path)
    assert [entry.device for entry in result.made] == ["IMB-6"] and len(result.kept) == 5
    assert withdrawn(tmp_path) == {} and inside(tmp_path, "Odeon") == ["IMB-6"]
    assert result.made[0].message_id not in {entry.message_id for entry in first.made}


def test_a_denied_device_in_a_screen_of_another_name_by_now(town: Any, tmp_path: Path) -> None:
    odeon = replace(town.cinemas[2], screens=(*town.cinemas[2].screens, town.screen("B", 8)))
    run(town, tmp_path, odeon)
    renamed = replace(odeon, screens=(replace(odeon.screens[0], name="Screen A"),))
    run(town, tmp_path, renamed, revoked=denied(leaf_of(odeon)))
    assert set(withdrawn(tmp_path)) == {"IMB-6"} and inside(tmp_path, "Odeon") == ["IMB-8"]


def test_a_device_that_is_refused_for_another_reason_in_a_screen_of_another_name(
    town: Any, tmp_path: Path
) -> None:
    rex = town.cinemas[1]
    run(town, tmp_path)
    forged = Device((leaf_of(rex), town.world.other.chain[1]))  # not the authority that signed it
    run(town, tmp_path, replace(rex, screens=(Screen("Saal Eins", (forged,)),)))
    assert "not signed by the authority" in withdrawn(tmp_path)["IMB-4"].withdrawn
    assert inside(tmp_path, "Rex-Gottingen") == ["IMB-5"]


def test_a_screen_at_work_with_something_to_say_is_not_refused(town: Any, tmp_path: Path) -> None:
    rex = town.cinemas[1]
    run(town, tmp_path)
    run(
        town,
        tmp_path,
        replace(rex, screens=(town.screen("Saal 1", 9, problems=("a second one is damaged",)),)),
    )
    assert withdrawn(tmp_path) == {} and inside(tmp_path, "Rex-Gottingen") == ["IMB-9", "IMB-5"]


def test_a_refused_screen_withdraws_and_a_replaced_block_is_superseded(town: Any, tmp_path: Path) -> None:
    rex = town.cinemas[1]
    run(town, tmp_path)
    changed = replace(
        rex,
        screens=(
            Screen("Saal 1", (Device((town.world.hall.chain[1],)),)),  # an authority's
            replace(rex.screens[1], recipients=town.screen("", 9).recipients),
        ),
    )
    run(town, tmp_path, changed)
    assert set(withdrawn(tmp_path)) == {"IMB-4"} and "authority" in withdrawn(tmp_path)["IMB-4"].withdrawn
    superseded = [entry for entry in read_manifest(tmp_path).issued.values() if entry.superseded]
    assert [entry.device for entry in superseded] == ["IMB-5"]
    assert (tmp_path / superseded[0].file).exists()
    assert inside(tmp_path, "Rex-Gottingen") == ["IMB-9"]


def test_a_screen_that_the_lists_do_not_name_stays(town: Any, tmp_path: Path) -> None:
    rex = town.cinemas[1]
    run(town, tmp_path)
    revoked = denied(town.world.projector.leaf)
    result = run(town, tmp_path, replace(rex, screens=rex.screens[1:]), revoked=revoked)
    assert result.withdrawn == () and inside(tmp_path, "Rex-Gottingen") == ["IMB-4", "IMB-5"]


def test_other_orders_of_the_folder_are_left_alone(town: Any, tmp_path: Path) -> None:
    odeon = town.cinemas[2]
    run(town, tmp_path, end="2027-05-07 09:00")
    run(town, tmp_path)
    result = run(town, tmp_path, revoked=denied(leaf_of(odeon)))
    assert [entry.order for entry in result.withdrawn] == [result.order]
    assert sum("IMB-6" in path.name for path in tmp_path.rglob("*.xml")) == 1
