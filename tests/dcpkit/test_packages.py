"""Which package somebody means: a folder, its documents, a drive; several at once; an OV beside its VF."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from needing import has_extra
from scenes import NOW, Scene

from dcp.errors import UsageError
from dcp.package import places
from dcp.package.places import Place, originals_beside, places_at

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--no-hashes", "--no-picture", "--now", NOW)


@pytest.fixture
def drive(scene: Scene, tmp_path: Path) -> Path:
    """Two packages on a drive, one of them with a fault, and what else drives have."""
    root = tmp_path / "drive"
    for name in ("trailers/A", "B"):
        shutil.copytree(scene.package, root / name)
    for name in ("lost+found", ".Trashes", "photos/2027"):
        (root / name).mkdir(parents=True)
    shutil.copytree(scene.package, root / ".Trashes" / "C")
    next((root / "B").glob("*_picture.mxf")).unlink()
    return root


def test_a_drive_has_the_packages_below_it(drive: Path) -> None:
    assert places_at(drive) == (Place(drive / "B"), Place(drive / "trailers" / "A"))
    assert places_at(drive / "B") == (Place(drive / "B"),)
    assert places_at(drive / "photos") == (Place(drive / "photos"),)  # for whoever opens it to refuse
    (drive / "B" / "inner").mkdir()
    (drive / "link").symlink_to(drive / "B")
    assert len(places_at(drive)) == 2


def test_what_is_looked_at_is_bounded(drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MAX_FOLDERS", 3)
    with pytest.raises(UsageError, match="more than 3 folders"):
        places_at(drive)
    monkeypatch.setattr(places, "MAX_FOLDERS", 100)
    monkeypatch.setattr(places, "MAX_DEPTH", 1)
    assert places_at(drive) == (Place(drive / "B"),)


def test_documents_mean_their_package(scene: Scene) -> None:
    playlist = next(scene.package.glob("cpl_*.xml"))
    (place,) = places_at(playlist)
    assert place.root == scene.package and place.cpl_id is not None
    for name in ("ASSETMAP.xml", next(scene.package.glob("pkl_*.xml")).name):
        assert places_at(scene.package / name) == (Place(scene.package),)
    assert places_at(scene.kdm) == (Place(scene.kdm),)
    assert places_at(scene.package / "gone.xml") == (Place(scene.package / "gone.xml"),)


def test_verify_takes_several_and_the_worst_is_the_exit_code(scene: Scene, drive: Path, dcpkit: Run) -> None:
    code, out, err = dcpkit("verify", drive, *QUICK, "--json")
    found = json.loads(out)
    assert (code, found["schema"]) == (1, "dcpkit.verify-many/1")
    assert [(Path(one["package"]).name, one["verdict"]) for one in found["packages"]] == [
        ("B", "fail"), ("A", "pass"),
    ]  # fmt: skip
    assert found["packages"][0]["schema"] == "dcpkit.verify/1" and "2 packages below it: B, A" in err
    code, out, err = dcpkit("verify", drive / "trailers", drive / "gone", *QUICK)
    assert code == 2 and out.splitlines()[-1] == "2 packages, 1 failed" and "gone" in err
    code, out, _ = dcpkit("verify", drive / "trailers", *QUICK, "--json")  # one below is one
    assert code == 0 and json.loads(out)["schema"] == "dcpkit.verify/1"
    code, _, err = dcpkit("verify", drive, *QUICK, "--report", drive / "r.html")
    assert code == 1 and {each.name for each in drive.glob("r*.html")} == {"r-A.html", "r-B.html"}, err
    code, out, _ = dcpkit("verify", scene.package / "ASSETMAP.xml", scene.package, *QUICK, "--json")
    assert code == 0 and json.loads(out)["package"] == str(scene.package)  # the same one once


@pytest.mark.extra("player")
def test_other_verbs_take_one(scene: Scene, drive: Path, dcpkit: Run) -> None:
    playlist = next(scene.package.glob("cpl_*.xml"))
    words = ["--keys", scene.keys, "--now", NOW, "--frames", "0-1"]
    assert dcpkit("play", playlist, *words)[0] == 0
    assert dcpkit("play", drive / "trailers", *words)[0] == 0
    code, _, err = dcpkit("play", drive, *words)
    assert code == 2 and "which package? There are 2 below it" in err and "B, A" in err
    code, _, err = dcpkit("play", playlist, *words, "--cpl", "00000000-0000-0000-0000-000000000001")
    assert code == 2 and "is not that of composition" in err


def test_a_version_file_finds_its_original_beside_it(scene: Scene, tmp_path: Path, dcpkit: Run) -> None:
    original, version = tmp_path / "OV", tmp_path / "VF"
    shutil.copytree(scene.package, original)
    shutil.copytree(scene.package, version)
    picture = next(version.glob("*_picture.mxf"))
    picture.unlink()
    for name in ("ASSETMAP.xml", next(version.glob("pkl_*.xml")).name):
        text = (version / name).read_text()
        head, _, tail = text.partition(f"<Path>{picture.name}</Path>")
        if tail:  # the asset leaves the map
            start, end = head.rindex("<Asset>"), tail.index("</Asset>") + len("</Asset>")
            (version / name).write_text(head[:start] + tail[end:])
    assert originals_beside(version) == (original,) and originals_beside(original) == ()
    _, out, err = dcpkit("verify", version, *QUICK, "--json")
    assert "VF: a version file, its original version was found beside it: OV" in err
    ids = {one["id"] for one in json.loads(out)["findings"]}
    assert not {"VF-001", "VF-003"} & {i for i in ids if i.startswith("VF")}
    if has_extra("player"):
        assert dcpkit("play", version, "--keys", scene.keys, "--now", NOW, "--frames", "0-1")[0] == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_that_is_called_as_an_asset_map_is_not_waited_for(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(scene.package, tmp_path / "VF")
    (tmp_path / "OV").mkdir()
    os.mkfifo(tmp_path / "OV" / "ASSETMAP.xml")
    looking = threading.Thread(target=originals_beside, args=(tmp_path / "VF",), daemon=True)
    looking.start()
    looking.join(10)
    assert not looking.is_alive()
