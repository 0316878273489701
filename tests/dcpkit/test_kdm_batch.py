"""`dcpkit kdm issue` for facility lists: a table or a folder of certificates in, a folder a cinema out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from scenes import EARLIER, NOW, Scene, call
from screen_tables import LOCAL, ROWS, Run, leaf, order, table
from tokens import Tokens

from dcp.secrets.keys import read_keys
from dcp.trust.making import NewChain, private_key_pem
from kdm.receive import open_kdm


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_table_of_screens_becomes_a_folder_a_cinema(
    scene: Scene, dcpkit: Run, screens: Path, device_chain: NewChain, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = [*order(scene), "--screens", screens, *LOCAL, "-o", out]
    code, text, err = dcpkit(*words, "--json", "--jobs", 2)
    assert code == 0, err
    answer = json.loads(text)
    assert (answer["made"], answer["kept"], answer["cinemas"], answer["left_out"]) == (6, 0, 3, [])
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["schema"] == "dcpkit.kdm-batch/1"
    windows = {entry["cinema"]: entry["not_before"] for entry in manifest["issued"]}
    assert windows == {
        "北京影城": "2027-04-15T09:00:00+08:00",
        "Rex": "2027-04-15T09:00:00+02:00",
        "Odeon": "2027-04-15T09:00:00-02:30",
    }
    key = tmp_path / "leaf.key"
    key.write_bytes(private_key_pem(device_chain.private_key))
    for entry in manifest["issued"]:
        keys = tmp_path / f"{entry['device']}.json"
        now = "2027-04-20T00:00:00Z"
        assert call("kdm", "unwrap", out / entry["file"], "--key", key, "--now", now, "-o", keys) == 0
        assert {one.id: one.value() for one in read_keys(keys).keys} == {
            one.id: one.value() for one in read_keys(scene.keys).keys
        }
    assert answer["schema"] == "dcpkit.kdm-batch-run/1"
    folders = {str((out / entry["file"]).parent): entry["cinema"] for entry in manifest["issued"]}
    assert [folders[place] for place in answer["changed"]] == ["北京影城", "Rex", "Odeon"]
    before = state(out)
    code, text, _ = dcpkit(*words, "--json")
    assert code == 0 and json.loads(text)["kept"] == 6 and json.loads(text)["made"] == 0
    assert state(out) == before and json.loads(text)["changed"] == []
    code, text, _ = dcpkit(*words)
    assert code == 0 and "6 KDMs for 3 cinemas are in" in text and "0 made now, 6 from before" in text
    assert "no mail to send" in text


def test_the_clerk_is_told_which_cinemas_have_something_new(
    scene: Scene,
    dcpkit: Run,
    screens: Path,
    device_chain: NewChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    words = [*order(scene), "--screens", screens, *LOCAL, "-o", out]
    code, text, _ = dcpkit(*words)
    assert code == 0 and "new for 3 cinemas: send the message.eml of" in text
    (screens.parent / "new.pem").write_text(leaf(device_chain, 60).pem())
    rows = screens.read_text("utf-8") + "Rex,Saal 3,new.pem,Europe/Berlin,kdm@example.com\n"
    screens.write_text(rows + "Odeon,C,,America/St_Johns,\n", "utf-8")
    code, text, _ = dcpkit(*words)
    rex, odeon = (
        {path.parent for path in out.rglob("k_*.zip") if name in str(path)} for name in ("Rex", "Odeon")
    )
    assert code == 1 and "new for 2 cinemas: send the message.eml of" in text
    assert all(f"\n  {folder}\n" in text for folder in rex | odeon) and text.count("\n  ") == 2
    (letter,) = (folder / "mail-en.txt" for folder in odeon)
    assert "No KDM for:\n\n    C: we have no certificate of its media block" in letter.read_text("utf-8")
    monkeypatch.setattr("dcpkit.commands.kdm.batch.SHOWN", 2)
    code, text, _ = dcpkit(*words[:-1], tmp_path / "other")
    assert code == 1 and "new for all 3 cinemas" in text


def test_one_is_told_in_the_singular(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    lists = table(tmp_path, device_chain, ROWS[:1])
    code, text, _ = dcpkit(*order(scene), "--screens", lists, *LOCAL, "-o", tmp_path / "out")
    assert code == 0 and text.startswith("1 KDM for 1 cinema is in ") and "new for 1 cinema:" in text


def test_a_certificate_in_two_cinemas_is_noted(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    lists = table(tmp_path, device_chain, ROWS[3:5], more="Odeon,B,0.pem,America/St_Johns,")
    words = [*order(scene), "--screens", lists, *LOCAL, "-o", tmp_path / "out"]
    code, text, err = dcpkit(*words, "--json")
    answer = json.loads(text)
    assert code == 0 and answer["made"] == 3
    assert "note: IMB-0: listed in several cinemas (Rex, Odeon), each gets a KDM" in err
    assert any("listed in several cinemas (Rex, Odeon)" in note for note in answer["notes"])


def test_a_folder_of_certificates_is_a_list_too(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    cinema = tmp_path / "cinemas" / "Rex"
    cinema.mkdir(parents=True)
    for number in (1, 2):
        (cinema / f"Hall {number}.pem").write_text(leaf(device_chain, number).pem())
    words = [*order(scene), "--certificates", tmp_path / "cinemas", *LOCAL, "-o", tmp_path / "out"]
    code, _, err = dcpkit(*words)
    assert code == 2 and "does not tell the cinema's time zone" in err and "--tz" in err
    code, text, err = dcpkit(*words, "--tz", "Asia/Shanghai", "--json")
    assert code == 0, err
    assert json.loads(text)["made"] == 2
    issued = json.loads((tmp_path / "out" / "manifest.json").read_text())["issued"]
    assert [(entry["cinema"], entry["screen"]) for entry in issued] == [("Rex", "Hall 1"), ("Rex", "Hall 2")]


def test_a_wrong_order_writes_nothing(scene: Scene, dcpkit: Run, screens: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lists = [*order(scene), "--screens", screens, "-o", out]
    for window, words in (
        (["--from", "2027-04-15 09:00", "--until", "2027-04-14 09:00"], "before it begins"),
        (["--from", "2027-03-15 09:00", "--until", "+3d"], "is over"),
        (["--from", "2027-04-15 09:00", "--until", "someday"], "is no time"),
    ):
        code, _, err = dcpkit(*lists, *window)
        assert code == 2 and words in err and not out.exists()


def test_recipients_come_from_one_place(scene: Scene, dcpkit: Run, screens: Path, tmp_path: Path) -> None:
    out = ["-o", tmp_path / "out"]
    device = scene.root / "cinema" / "leaf.pem"
    for words in (["--screens", screens, "--recipient", device], []):
        code, _, err = dcpkit(*order(scene), *words, *LOCAL, *out)
        assert code == 2 and "from one place" in err
    code, _, err = dcpkit(*order(scene), "--screens", screens, "--device-list", device, *LOCAL, *out)
    assert code == 2 and "does not fit all screens" in err


def test_a_film_folder_is_not_written_into(scene: Scene, dcpkit: Run, screens: Path) -> None:
    before = state(scene.package)
    code, _, err = dcpkit(*order(scene), "--screens", screens, *LOCAL, "-o", scene.package)
    assert code == 2 and "no folder of a batch" in err and state(scene.package) == before


def test_a_dkdm_is_issued_again_to_all_screens(
    scene: Scene, dcpkit: Run, screens: Path, tmp_path: Path
) -> None:
    dkdm = tmp_path / "dkdm.xml"
    studio = scene.root / "studio"
    until = "2027-04-29T12:00:00+00:00"
    made = dcpkit(*order(scene), "--recipient", studio / "leaf.pem", "--from", "2027-04-10T00:00Z", "--until",
                  until, "--disable-forensic-marking", "picture", "-o", dkdm)  # fmt: skip
    assert made[0] == 0, made
    again = ["kdm", "issue", "--dkdm", dkdm, "--key", studio / "leaf.key", "--signer", studio,
             "--now", EARLIER, "--screens", screens, *LOCAL]  # fmt: skip
    code, text, err = dcpkit(*again, "-o", tmp_path / "all", "--json")
    assert code == 0, err
    issued = json.loads((tmp_path / "all" / "manifest.json").read_text("utf-8"))["issued"]
    assert len(issued) == 6
    assert all("picture-disable" in (tmp_path / "all" / each["file"]).read_text() for each in issued)
    wrong = [scene.key if word == studio / "leaf.key" else word for word in again]
    code, _, err = dcpkit(*wrong, "-o", tmp_path / "none")
    assert code == 2 and "KDM-106" in err and "certificate that the DKDM was made for" in err
    assert not (tmp_path / "none").exists()
    device = ["--recipient", scene.root / "cinema" / "leaf.pem", *LOCAL, "--tz", "UTC"]
    assert dcpkit(*wrong[:10], *device, "-o", tmp_path / "none.xml")[0] == 1
    late = [*again[:-2], "--until", "2027-04-29 12:00"]  # past noon UTC in Newfoundland only
    code, text, _ = dcpkit(*late, "-o", tmp_path / "late", "--json")
    left = json.loads(text)["left_out"]
    assert code == 1 and {each["cinema"] for each in left} == {"Odeon"}
    assert "not inside that of the DKDM" in left[0]["why"]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_a_run_that_is_stopped_or_killed_is_continued(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path, name: str
) -> None:
    how = getattr(signal, name)
    lists = table(tmp_path, device_chain, [(f"Cinema {n // 8}", f"{n % 8}", "UTC") for n in range(400)])
    out = tmp_path / "out"
    words = [*order(scene), "--screens", lists, *LOCAL, "-o", out, "--quiet"]
    command = [sys.executable, "-m", "dcpkit", *map(str, words), "--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    while process.poll() is None and not any(out.rglob("k_*.xml")):
        time.sleep(0.002)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does it: the workers get it too
    else:
        process.send_signal(how)
    _, err = process.communicate()
    if how != signal.SIGKILL:
        assert process.returncode in (0, 130), err
        assert process.returncode == 0 or b"stopped" in err
        assert not list(out.rglob(".*"))
    _ended(process.pid)
    assert (out / "manifest.json").exists()
    code, text, err_text = dcpkit(*words, "--json")
    assert code == 0, err_text
    answer = json.loads(text)
    assert answer["made"] + answer["kept"] == 400
    assert len(list(out.rglob("k_*.xml"))) == 400 and not list(out.rglob(".*"))


def test_a_signer_in_a_token_signs_a_batch(
    scene: Scene, tokens: Tokens, dcpkit: Run, screens: Path, device_chain: NewChain, tmp_path: Path
) -> None:
    """Its key survives no fork, so the work is done in threads."""
    signer = tokens.text("token=studio;object=signer")
    out = tmp_path / "out"
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", signer,
             "--now", EARLIER, "--screens", screens, *LOCAL, "-o", out, "--jobs", 2, "--json"]  # fmt: skip
    code, text, err = dcpkit(*words)
    assert code == 0, err
    assert json.loads(text)["made"] == 6
    for file in out.rglob("k_*.xml"):
        opened = open_kdm(
            file.read_bytes(),
            private_key=device_chain.private_key,
            trust=(tokens.chain.chain[-1],),
            now=datetime.fromisoformat("2027-04-20T00:00:00+00:00"),
        )
        assert {one.id for one in opened.keys} == {one.id for one in read_keys(scene.keys).keys}
    assert dcpkit(*words)[0] == 0 and len(list(out.rglob("k_*.xml"))) == 6


def _ended(session: int) -> None:
    """Wait until no process of that session is at work any more."""
    for _ in range(1000):
        running = [
            stat
            for path in Path("/proc").glob("[0-9]*/stat")
            if (stat := _read(path)) and stat[3] == str(session)
        ]
        if all(stat[0] == "Z" for stat in running):
            return
        time.sleep(0.01)
    raise AssertionError("a worker is still there")


def _read(path: Path) -> Any:
    """state, parent, group, session, ... of a process."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return None


def test_the_batch_is_valid_now(scene: Scene, dcpkit: Run, screens: Path, tmp_path: Path) -> None:
    """From now, so many days: the window begins with the order, in each cinema's zone."""
    words = [*order(scene)[:-1], NOW, "--screens", screens, "--from", "now", "--until", "+2w"]
    assert dcpkit(*words, "-o", tmp_path / "out")[0] == 0
    issued = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["issued"]
    assert {entry["not_before"] for entry in issued} == {
        "2027-05-01T20:00:00+08:00",
        "2027-05-01T14:00:00+02:00",
        "2027-05-01T09:30:00-02:30",
    }
