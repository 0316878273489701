"""`dcpkit kdm coverage` and `kdm calendar`."""

from __future__ import annotations

import csv
import io
import json
import shutil
import uuid
from pathlib import Path
from typing import Any

import icalendar
import pytest
from asking import Run, playlist, two_compositions
from scenes import NOW, Scene, issue_kdm


def crossed(scene: Scene, *more: object) -> list[object]:
    return ["kdm", "coverage", "--dcp", scene.package, "--now", NOW, *more]


def test_a_screen_without_a_kdm_is_a_hole(scene: Scene, hall: Path, dcpkit: Run, tmp_path: Path) -> None:
    screens = ["--certificate", scene.root / "cinema" / "leaf.pem", "--certificate", hall / "leaf.pem"]
    code, out, _ = dcpkit(*crossed(scene, *screens, "--kdm", scene.kdm, "--quiet"))
    assert code == 1 and "1 hole: 2 screens x 1 composition, 1 KDM read" in out
    assert "ok until 2027-05-15 00:00" in out and "there is no KDM" in out
    issue_kdm(scene, tmp_path / "screen4.xml", recipient=hall / "leaf.pem")
    code, out, _ = dcpkit(*crossed(scene, *screens, "--kdm", scene.kdm, "--kdm", tmp_path, "--json"))
    document = json.loads(out)
    assert (code, document["schema"], document["covered"]) == (0, "dcpkit.kdm-coverage/1", True)
    assert [cell["state"] for cell in document["cells"]] == ["ok", "ok"]


def test_two_packages_of_one_title_are_told_apart(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    screen = ["--certificate", scene.root / "cinema" / "leaf.pem"]
    package = two_compositions(scene, tmp_path)
    shows = tmp_path / "shows.csv"
    shows.write_text(
        "screen,composition,start\nSM SPB MD FM.Screen 3,Test_TST_F_EN,2027-05-02T19:30:00Z\n"
        f"SM SPB MD FM.Screen 3,{uuid.UUID(int=5)},2027-05-02T19:30:00Z\n"
        "SM SPB MD FM.Screen 3,Another,2027-05-02T19:30:00Z\n"
    )
    words = ["kdm", "coverage", "--dcp", package, "--now", NOW, "--kdm", scene.kdm, *screen]
    code, out, _ = dcpkit(*words)
    assert code == 1 and "Test_TST_F_EN (00000000)" in out.splitlines()[0]
    assert "hole: " in out and "Test_TST_F_EN (00000000): there is no KDM" in out
    (hole,) = json.loads(dcpkit(*words, "--json")[1])["holes"]
    assert hole["cpl_id"] == str(uuid.UUID(int=5))
    holes = json.loads(dcpkit(*words, "--shows", shows, "--json")[1])["holes"]
    assert [hole["cpl_id"] for hole in holes] == [None, str(uuid.UUID(int=5)), None]
    assert "several compositions" in holes[0]["why"] and "no composition of this name" in holes[2]["why"]


def test_screens_and_shows_of_tables(scene: Scene, hall: Path, dcpkit: Run, tmp_path: Path) -> None:
    table = tmp_path / "screens.csv"
    table.write_text(
        "cinema,screen,certificate,time_zone\n"
        f"星光,3,{scene.root / 'cinema' / 'leaf.pem'},Asia/Shanghai\n"
        f"星光,4,{hall / 'leaf.pem'},Asia/Shanghai\n",
        "utf-8",
    )
    shows = tmp_path / "shows.csv"
    rows = [
        "星光,3,Test,2027-05-14 19:30,120",
        "星光,3,Test,2027-05-15 07:30,120",
        "星光,3,Test,2027-05-15 08:30,120",
        "星光,4,Test,2027-05-14 19:30,120",
        "星光,4,Test,soon,120",
    ]
    shows.write_text("\n".join(["影院,影厅,影片,开场,时长", *rows]), "gb18030")
    words = crossed(scene, "--screens", table, "--kdm", scene.kdm, "--shows", shows)
    code, out, _ = dcpkit(*words, "--json")
    document = json.loads(out)
    assert code == 1
    assert [show["verdict"] for show in document["shows"]] == ["covered", "overruns", "after", "none"]
    assert [hole["line"] for hole in document["holes"]] == [4, 5]
    assert len(document["problems"]) == 1 and "line 6" in document["problems"][0]
    code, out, _ = dcpkit(*words)
    assert code == 1 and "hole: 星光, 3 2027-05-15 08:30 Test (line 4): the KDM ended" in out
    assert "plays, 星光, 3:" in out and "not judged:" in out


def test_shows_that_all_have_their_kdm_are_0(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    shows = tmp_path / "shows.csv"
    shows.write_text("screen,composition,start\nSM SPB MD FM.Screen 3,Test_TST_F_EN,2027-05-02T19:30:00Z\n")
    screen = ["--certificate", scene.root / "cinema" / "leaf.pem"]
    code, out, err = dcpkit(*crossed(scene, *screen, "--kdm", scene.kdm, "--shows", shows))
    assert code == 0, out + err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kdm", "KDM", "--cpl", "CPL"], "for which screens"),
        (["--kdm", "KDM", "--certificate", "PEM"], "for which compositions"),
        (["--cpl", "CPL", "--certificate", "PEM", "--shows", "/nowhere.csv"], "cannot read"),
        (["--cpl", "CPL", "--certificate", "PEM", "--shows", "CPL"], "does not name the column"),
        (["--cpl", "KDM", "--certificate", "PEM"], "not a CompositionPlaylist"),
    ],
)
def test_coverage_that_cannot_be_had_is_2(scene: Scene, dcpkit: Run, words: list[str], says: str) -> None:
    paths = {"KDM": scene.kdm, "CPL": playlist(scene), "PEM": scene.root / "cinema/leaf.pem"}
    code, _, err = dcpkit("kdm", "coverage", "--now", NOW, *(paths.get(word, word) for word in words))
    assert code == 2 and says in err


def test_coverage_of_another_tools_package(golden: Path, dcpkit: Run) -> None:
    made = golden / "libdcp"
    words = [
        "kdm",
        "coverage",
        "--dcp",
        made / "enc" / "dcp",
        "--kdm",
        made / "enc",
        "--now",
        "2028-06-01T00:00:00Z",
    ]
    code, out, _ = dcpkit(*words, "--certificate", made / "recipient" / "leaf.pem", "--json")
    document = json.loads(out)
    assert code == 0 and len(document["cells"][0]["windows"]) == 4 and document["cells"][0]["overlaps"]


def test_the_calendar_in_all_its_forms(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    ics, table = tmp_path / "kdms.ics", tmp_path / "kdms.csv"
    words = ["kdm", "calendar", scene.kdm, scene.root / "cinema", "--now", NOW, "--ics", ics, "--csv", table]
    code, out, err = dcpkit(*words, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == "dcpkit.kdm-calendar/1"
    kinds = [entry["kind"] for entry in document["entries"]]
    assert kinds[0] == "kdm" and {"signer", "device", "authority"} <= set(kinds)
    events = list(icalendar.Calendar.from_ical(ics.read_bytes()).walk("VEVENT"))
    assert [str(event["UID"]) for event in events] == [entry["uid"] for entry in document["entries"]]
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    assert [row["uid"] for row in rows] == [entry["uid"] for entry in document["entries"]]
    assert dcpkit(*words)[0] == 0, "an older calendar is replaced"


def test_the_calendar_as_a_table(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = dcpkit(
        "kdm", "calendar", scene.kdm, "--now", NOW, "--within", "2w", "--tz", "Asia/Shanghai"
    )
    lines = out.splitlines()
    assert code == 0 and len(lines) == 3
    assert (
        lines[1].startswith("2027-05-15 08:00 (+08:00)  13    KDM  Test_TST_F_EN")
        and lines[2] == "1 entry, 3 more end later"
    )


def test_facility_lists_and_folders_are_read(scene: Scene, hall: Path, dcpkit: Run, tmp_path: Path) -> None:
    table = tmp_path / "screens.csv"
    table.write_text(f"cinema,screen,certificate\nRex,4,{hall / 'chain.pem'}\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "broken.pem").write_bytes(
        b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
    )
    shutil.copy(hall / "leaf.key", tmp_path / "folder" / "key.pem")
    code, out, _ = dcpkit(
        "kdm", "calendar", hall / "leaf.pem", table, tmp_path / "folder", "--now", NOW, "--json"
    )
    document = json.loads(out)
    assert code == 0 and {entry["whose"] for entry in document["entries"]} == {"Rex, 4"}
    assert len(document["entries"]) == 3
    assert len(document["not_read"]) == 1 and "broken.pem" in document["not_read"][0]


def test_a_file_that_is_no_calendar_is_not_replaced(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    for flag, name in (("--ics", "mine.ics"), ("--csv", "mine.csv")):
        (tmp_path / name).write_text("my own")
        code, _, err = dcpkit("kdm", "calendar", scene.kdm, "--now", NOW, flag, tmp_path / name)
        assert code == 2 and "is no calendar" in err and (tmp_path / name).read_text() == "my own"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["KDM", "--within", "soon"], "no time span"),
        (["CPL"], "neither a KDM"),
        (["/nowhere"], "cannot read"),
        ([], "PATH"),
    ],
)
def test_a_calendar_that_cannot_be_had_is_2(scene: Scene, dcpkit: Run, words: list[str], says: str) -> None:
    paths: dict[str, Any] = {"KDM": scene.kdm, "CPL": playlist(scene)}
    code, _, err = dcpkit("kdm", "calendar", "--now", NOW, *(paths.get(word, word) for word in words))
    assert code == 2 and says in err


def test_a_calendar_of_what_cannot_be_read_is_2_and_replaces_none(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    cut, ics = tmp_path / "cut.xml", tmp_path / "kdms.ics"
    cut.write_bytes(scene.kdm.read_bytes()[:4000])
    assert dcpkit("kdm", "calendar", scene.kdm, "--now", NOW, "--ics", ics)[0] == 0
    before = ics.read_bytes()
    code, out, err = dcpkit("kdm", "calendar", cut, "--now", NOW, "--ics", ics, "--json")
    assert code == 2 and "nothing could be read" in err and "cut.xml" in err and "what to do" in err
    assert json.loads(out)["schema"] == "dcpkit.error/1" and ics.read_bytes() == before
    assert dcpkit("kdm", "calendar", cut, scene.kdm, "--now", NOW)[0] == 0, "the rest is listed"
    assert dcpkit("kdm", "calendar", tmp_path, "--now", NOW)[0] == 2, "in a folder too"
    (tmp_path / "empty").mkdir()
    assert dcpkit("kdm", "calendar", tmp_path / "empty", "--now", NOW)[0] == 0, (
        "nothing is there, nothing ends"
    )


def test_the_calendar_of_the_field(corpus: Path, dcpkit: Run) -> None:
    """Real media blocks whose certificates ended with November 2025."""
    real = corpus / "dct-wolfgangw" / "encryption" / "kdm" / "juliuss"
    code, out, _ = dcpkit(
        "kdm", "calendar", real, "--now", "2025-11-01T00:00:00Z", "--within", "30d", "--json"
    )
    entries = json.loads(out)["entries"]
    assert code == 0 and entries
    assert {(entry["kind"], entry["last"][:10], entry["days"]) for entry in entries} == {
        ("device", "2025-12-01", 30)
    }
