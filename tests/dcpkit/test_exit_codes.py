"""Every row of CLI.md's table of exit codes: one clear message, the right code, nothing half-written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from needing import has_extra
from scenes import EARLIER, LATER, NOW, Scene, call, issue_kdm

from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey, Keyring, read_keys, write_keys

Run = Callable[..., tuple[int, str, str]]


def assert_clear(err: str) -> None:
    """One to three lines, no traceback, no key material."""
    lines = [line for line in err.strip().splitlines() if line.startswith(("dcpkit: ", "  "))]
    assert 1 <= len(lines) <= 3, err
    assert "Traceback" not in err


def nothing_left(folder: Path) -> bool:
    return not any(folder.iterdir()) if folder.exists() else True


def findings(out: str) -> set[str]:
    return {each["id"] for each in json.loads(out)["findings"] if each["severity"] == "error"}


# --- all is well -----


def test_a_sound_package_passes_everywhere(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, out, _ = dcpkit("verify", scene.package, *scene.opener(), "--json", "--quiet")
    assert code == 0 and json.loads(out)["mic"] == "derived", out
    assert dcpkit("verify", scene.package, "--keys", scene.keys, "--now", NOW, "--quiet")[0] == 0
    picture = scene.track("picture")
    assert dcpkit("unwrap", picture, "-o", tmp_path / "a", *scene.opener(), "--quiet")[0] == 0
    assert len(list((tmp_path / "a").glob("*.j2c"))) == 24
    code, out, _ = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--now", NOW, "--json")
    assert code == 0 and json.loads(out)["verdict"] == "accept"
    assert dcpkit("kdm", "unwrap", scene.kdm, "--key", scene.key, "--now", NOW, "-o", tmp_path / "k")[0] == 0
    opened = {key.id: key.value() for key in read_keys(tmp_path / "k").keys}
    assert opened == {key.id: key.value() for key in read_keys(scene.keys).keys}
    if has_extra("player"):
        code, out, _ = dcpkit("play", scene.package, *scene.opener(), "--json", "--quiet")
        assert code == 0 and json.loads(out)["verdict"] == "complete"
        assert json.loads(out)["frames_shown"] == 24


def test_decrypt_gives_a_clear_package_that_verifies(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, _, err = dcpkit("decrypt", scene.package, "-o", tmp_path / "clear", *scene.opener(), "--quiet")
    assert code == 0, err
    code, out, _ = dcpkit("verify", tmp_path / "clear", "--now", NOW, "--json", "--quiet")
    assert code == 0, out


# --- a step of the checklist fails -----


@pytest.fixture(params=["expired", "future", "wrong recipient", "broken signature", "not XML"])
def refused(request: pytest.FixtureRequest, scene: Scene, tmp_path: Path) -> tuple[str, list[object]]:
    """What is wrong, and the flags with which it is met."""
    kind = str(request.param)
    if kind == "expired":
        return "KDM-002", scene.opener(now=LATER)
    if kind == "future":
        return "KDM-003", scene.opener(now="2027-04-14T23:59:59+00:00")
    changed = tmp_path / "kdm.xml"
    if kind == "wrong recipient":
        issue_kdm(scene, changed, recipient=other_recipient(tmp_path))
        return "KDM-106", scene.opener(changed)
    text = scene.kdm.read_text()
    if kind == "broken signature":
        changed.write_text(text.replace("2027-05-15T00:00:00", "2027-07-15T00:00:00"))
        return "KDM-101", scene.opener(changed)
    changed.write_text("this is no XML")
    return "KDM-001", scene.opener(changed)


def other_recipient(folder: Path) -> Path:
    names = ["--organization", "O", "--unit", "U", "--role", "SM SPB", "--now", EARLIER]
    assert call("cert", "chain", "-o", folder / "other", *names) == 0
    return folder / "other" / "leaf.pem"


def test_a_refused_kdm_is_1_everywhere(
    refused: tuple[str, list[object]], scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    step, flags = refused
    kdm, key, now = flags[1], flags[3], flags[5]
    picture, out_folder = scene.track("picture"), tmp_path / "out"
    code, out, _ = dcpkit("kdm", "verify", kdm, "--key", key, "--now", now, "--json")
    report = json.loads(out)
    assert (code, report["verdict"]) == (1, "refuse")
    assert next(each["id"] for each in report["steps"] if each["result"] == "fail") == step
    code, _, err = dcpkit("kdm", "unwrap", kdm, "--key", key, "--now", now, "-o", tmp_path / "keys")
    assert code == 1 and step in err and not (tmp_path / "keys").exists()
    assert_clear(err)
    code, _, err = dcpkit("unwrap", picture, "-o", out_folder, *flags, "--quiet")
    assert code == 1 and step in err and not out_folder.exists()
    if has_extra("player"):
        code, out, err = dcpkit(
            "play", scene.package, *flags, "--output", f"frames:{out_folder}", "--json", "--quiet"
        )
        assert code == 1 and json.loads(out)["verdict"] == "refused" and nothing_left(out_folder)
    code, out, err = dcpkit("verify", scene.package, *flags, "--json", "--quiet")
    if step == "KDM-003":
        assert code == 0 and json.loads(out)["mic"] == "derived"
        assert "KDM-003" in {each["id"] for each in json.loads(out)["findings"]}
    elif step == "KDM-002":
        assert code == 1 and json.loads(out)["mic"] == "derived" and findings(out) == {"KDM-002"}
    else:
        assert code == 1 and findings(out) == {step}  # and the rest of the report stands
    assert not list(tmp_path.glob(".*.part"))


# --- the content key is wrong -----


def test_a_wrong_content_key(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    keys = read_keys(scene.keys)
    write_keys(wrong, Keyring(tuple(ContentKey(id=k.id, type=k.type, value=bytes(16)) for k in keys.keys)))
    flags = ["--keys", wrong, "--now", NOW, "--quiet"]
    code, out, _ = dcpkit("verify", scene.package, *flags, "--json")
    assert code == 1 and "ENC-101" in findings(out)
    code, _, err = dcpkit("unwrap", scene.track("picture"), "-o", tmp_path / "out", *flags)
    assert code == 2 and "key" in err and not (tmp_path / "out").exists()
    assert_clear(err)
    if has_extra("player"):
        code, _, err = dcpkit("play", scene.package, *flags, "--output", f"frames:{tmp_path / 'out'}")
        assert code == 2 and nothing_left(tmp_path / "out")
        assert_clear(err)


# --- a unit is damaged -----


def test_damaged_units(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    package = scene.copy(tmp_path)
    picture = scene.track("picture", package)
    key = read_keys(scene.keys).require(_key_id(picture))
    with TrackFile.open(picture) as track:
        places = {unit.index: unit.offset for unit in track.units(key=key)}
    data = bytearray(picture.read_bytes())
    for index in (5, 9):
        data[places[index] + 400] ^= 1
    picture.write_bytes(data)
    flags = [*scene.opener(), "--quiet"]
    code, out, _ = dcpkit("verify", package, *flags, "--json")
    assert code == 1
    named = [each for each in json.loads(out)["findings"] if each["id"] == "MXF-004"]
    assert {int(re.findall(r"\d+", each["place"])[0]) for each in named} == {5, 9}
    code, _, err = dcpkit("unwrap", picture, "-o", tmp_path / "out", *flags)
    assert code == 2 and "5" in err and not (tmp_path / "out").exists()
    assert_clear(err)
    if not has_extra("player"):
        return
    frames = ["--output", f"frames:{tmp_path / 'frames'}", "--frames", "4-9"]
    code, out, _ = dcpkit("play", package, *flags, *frames, "--json")
    report = json.loads(out)
    assert code == 1 and report["frames_shown"] == 6
    import cv2

    shown = [
        cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in sorted((tmp_path / "frames").glob("*.png"))
    ]
    assert [index for index, frame in enumerate(shown) if not frame.any()] == [1, 5]


def _key_id(path: Path):  # type: ignore[no-untyped-def]
    with TrackFile.open(path) as track:
        return track.header.key_id


# --- files that are not what they should be -----


def truncate(package: Path, scene: Scene) -> None:
    picture = scene.track("picture", package)
    picture.write_bytes(picture.read_bytes()[:-5000])


def remove(package: Path, scene: Scene) -> None:
    scene.track("sound", package).unlink()


def entity(package: Path, scene: Scene) -> None:
    (cpl,) = package.glob("cpl*.xml")
    text = cpl.read_text()
    hostile = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><CompositionPlaylist'
    cpl.write_text(text.replace("<CompositionPlaylist", hostile, 1))


def leave(package: Path, scene: Scene) -> None:
    asset_map = package / "ASSETMAP.xml"
    name = scene.track("picture", package).name
    shutil.move(package / name, package.parent / name)
    asset_map.write_text(asset_map.read_text().replace(f"<Path>{name}", f"<Path>../{name}"))


def not_xml(package: Path, scene: Scene) -> None:
    (cpl,) = package.glob("cpl*.xml")
    cpl.write_text("a shopping list")


@pytest.mark.parametrize(
    ("damage", "ids"),
    [
        (truncate, {"PKL-004", "PKL-005", "MXF-001", "AM-006"}),
        (remove, {"AM-010"}),
        (entity, {"XML-001", "CPL-001", "PKG-005", "PKL-007", "PKG-004", "PKL-004"}),
        (leave, {"AM-011"}),
        (not_xml, {"XML-001", "CPL-001", "PKG-004", "PKG-005", "PKL-007", "PKL-004"}),
    ],
)
def test_files_at_fault(
    damage: Callable[[Path, Scene], None], ids: set[str], scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    package = scene.copy(tmp_path)
    damage(package, scene)
    keys = ["--keys", scene.keys, "--now", NOW, "--quiet"]
    code, out, _ = dcpkit("verify", package, *keys, "--json")
    assert code == 1 and findings(out) & ids, out
    assert "root:" not in out
    if has_extra("player"):
        code, _, err = dcpkit("play", package, *keys, "--output", f"frames:{tmp_path / 'out'}")
        assert code == 2 and nothing_left(tmp_path / "out")
        assert_clear(err)
        assert "root:" not in err
    if damage is truncate:
        picture = package / scene.track("picture").name
        code, _, err = dcpkit("unwrap", picture, "-o", tmp_path / "units", *keys)
        assert code == 2 and not (tmp_path / "units").exists()
        assert_clear(err)


def test_a_kdm_with_an_external_entity(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    hostile = tmp_path / "kdm.xml"
    head = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><DCinemaSecurityMessage'
    hostile.write_text(scene.kdm.read_text().replace("<DCinemaSecurityMessage", head, 1))
    code, out, err = dcpkit("kdm", "verify", hostile, "--key", scene.key, "--now", NOW)
    assert code == 1 and "root:" not in out + err
    code, _, err = dcpkit("kdm", "unwrap", hostile, "--key", scene.key, "--now", NOW, "-o", tmp_path / "k")
    assert code == 1 and not (tmp_path / "k").exists()
    assert_clear(err)


# --- paths that are not there -----


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "absent"),
        ("play", "absent"),
        ("info", "absent"),
        ("unwrap", "absent.mxf", "-o", "out"),
        ("extract", "absent.mxf", "-o", "out"),
        ("decrypt", "absent", "-o", "out"),
        ("wrap", "absent", "-o", "out.mxf", "--picture-rate", "24"),
        ("create", "absent.mov", "-o", "out", "--title", "T"),
        ("kdm", "inspect", "absent.xml"),
        ("kdm", "verify", "absent.xml", "--key", "absent.key"),
        ("kdm", "unwrap", "absent.xml", "--key", "absent.key", "-o", "out"),
        ("cert", "verify", "absent.pem"),
        ("cert", "show", "absent.pem"),
        ("watermark", "attack", "absent.mp4", "-o", "out.mp4"),
        ("watermark", "extract", "absent.mp4", "--secret", "absent.json"),
    ],
)
def test_a_path_that_does_not_exist_is_2(
    arguments: tuple[str, ...], dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = dcpkit(*arguments)
    assert code == 2
    assert_clear(err)
    assert not any(tmp_path.iterdir())


# --- the disk is full -----


@pytest.fixture
def small_disk(tmp_path: Path, without: Callable[[str], None]) -> Iterator[Path]:
    """A file system of 200 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    if mounted:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], check=False)
        mounted = done.returncode == 0
    if not mounted:
        without("a small file system, which only root can mount,")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_nothing(scene: Scene, dcpkit: Run, small_disk: Path) -> None:
    clip = scene.root / "clip.mkv"
    picture = scene.track("picture")
    for arguments in (
        ("create", clip, "-o", small_disk / "DCP", "--title", "T", "--picture-rate", 24, "--now", NOW),
        ("unwrap", picture, "-o", small_disk / "units", "--keys", scene.keys),
        ("decrypt", scene.package, "-o", small_disk / "clear", "--keys", scene.keys, "--now", NOW),
        ("play", scene.package, "--keys", scene.keys, "--output", f"frames:{small_disk / 'frames'}"),
        ("play", scene.package, "--keys", scene.keys, "--output", f"y4m:{small_disk / 'a.y4m'}"),
    ):
        if arguments[0] == "play" and not has_extra("player"):
            continue
        code, _, err = dcpkit(*arguments, "--quiet")
        assert code == 2, err
        assert "disk" in err and "full" in err
        assert_clear(err)
        assert not any(small_disk.iterdir()), list(small_disk.iterdir())


def test_keys_are_on_the_disk_before_the_package_and_go_with_its_failure(
    scene: Scene, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dcp.create.build as build

    seen: list[bool] = []
    original = build._write_documents

    def spy(*arguments: object, **named: object) -> None:
        seen.append((tmp_path / "keys.json").exists() and not (tmp_path / "DCP").exists())
        if len(seen) == 2:
            raise OSError(28, "No space left on device")
        original(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(build, "_write_documents", spy)
    words = ["create", scene.root / "clip.mkv", "--title", "T", "--encrypt", "--keys", tmp_path / "keys.json",
             "--signer", scene.root / "studio", "--now", NOW, "--quiet", "--picture-rate", "24",
             "--trim", "0-3"]  # fmt: skip
    assert dcpkit(*words, "-o", tmp_path / "DCP")[0] == 0
    assert len(read_keys(tmp_path / "keys.json").keys) == 2
    shutil.rmtree(tmp_path / "DCP")
    (tmp_path / "keys.json").unlink()
    code, _, err = dcpkit(*words, "-o", tmp_path / "DCP")
    assert code == 2 and "disk is full" in err
    assert seen == [True, True]
    assert not any(tmp_path.iterdir())


def test_keys_that_others_may_read_are_warned_of(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    keys = Path(shutil.copy(scene.keys, tmp_path / "keys.json"))
    words = ["verify", scene.package, "--keys", keys, "--now", NOW, "--quiet"]
    keys.chmod(0o600)
    assert "warning" not in dcpkit(*words)[2]
    keys.chmod(0o644)
    code, _, err = dcpkit(*words)
    assert code == 0 and "others on this machine may read" in err
