"""A version file through the command: made over an encrypted original, keyed, verified, played."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import BEGIN, END, FRAMES, NOW, Scene, call

from dcp.secrets.keys import read_keys
from dcp.sound.wav import WavWriter

Run = Callable[..., tuple[int, str, str]]
QUIET = ["--now", NOW, "--quiet"]


@pytest.fixture(scope="module")
def version(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """French sound over the scene's package, encrypted."""
    folder = tmp_path_factory.mktemp("version")
    with WavWriter(folder / "fr.wav", channels=2, sample_rate=48_000) as writer:
        writer.write(bytes(range(1, 251)) * (2000 * FRAMES * 6 // 250))
    assert call("create", scene.package, "-o", folder / "VF", "--ov", scene.package,
                "--audio", folder / "fr.wav", "--audio-lang", "fr", "--title", "Test", "--encrypt",
                "--signer", scene.root / "studio", "--keys", folder / "vf.json", *QUIET) == 0  # fmt: skip
    return folder


def order(scene: Scene, package: Path, to: Path, *more: object, until: str = END) -> list[object]:
    return ["kdm", "issue", "--dcp", package, "--signer", scene.root / "studio", "--from", BEGIN,
            "--until", until, "-o", to, *more, *QUIET]  # fmt: skip


def opened_by(kdm: Path, key: Path, to: Path) -> set[str]:
    assert call("kdm", "unwrap", kdm, "--key", key, "-o", to, *QUIET) == 0
    return {str(key.id) for key in read_keys(to).keys}


def both(scene: Scene, version: Path) -> set[str]:
    """The ids of all keys that the version needs: the new one, and the original picture's."""
    (picture,) = read_keys(scene.keys).of_type("MDIK")
    (sound,) = read_keys(version / "vf.json").keys
    return {str(picture.id), str(sound.id)}


def test_a_version_is_keyed_by_both_keys_files(
    scene: Scene, version: Path, dcpkit: Run, tmp_path: Path
) -> None:
    cinema = ["--recipient", scene.root / "cinema" / "leaf.pem"]
    kdm = tmp_path / "kdm.xml"
    code, _, err = dcpkit(*order(scene, version / "VF", kdm, "--keys", version / "vf.json", *cinema))
    assert code == 2 and "--keys twice" in err and not kdm.exists()
    keys = ["--keys", version / "vf.json", "--keys", scene.keys]
    assert call(*order(scene, version / "VF", kdm, *keys, *cinema)) == 0
    assert opened_by(kdm, scene.key, tmp_path / "opened.json") == both(scene, version)
    verified = ("verify", version / "VF", "--ov", scene.package, "--json", *QUIET)
    for opening in (keys, ["--kdm", kdm, "--key", scene.key]):
        _, out, _ = dcpkit(*verified, *opening)
        report = json.loads(out)
        loud = [each for each in report["findings"] if each["severity"] == "error"]
        assert report["mic"] == "derived"
        assert not [each for each in loud if each["id"][:4] != "J2K-"]  # without extras: headers alone
    code, out, err = dcpkit("info", version / "VF", "--ov", scene.package, "--json")
    assert code == 0, err


def test_a_version_is_keyed_by_its_own_keys_and_the_dkdm_of_its_original(
    scene: Scene, version: Path, dcpkit: Run, tmp_path: Path
) -> None:
    names = ["--organization", "D", "--unit", "U", "--role", "SM", "--now", "2027-04-01T12:00:00+00:00"]
    assert call("cert", "chain", "-o", tmp_path / "us", *names, "--quiet") == 0
    dkdm, kdm = tmp_path / "dkdm.xml", tmp_path / "kdm.xml"
    to_us = ["--keys", scene.keys, "--recipient", tmp_path / "us" / "leaf.pem"]
    assert call(*order(scene, scene.package, dkdm, *to_us)) == 0
    cinema = ["--recipient", scene.root / "cinema" / "leaf.pem"]
    opening = ["--dkdm", dkdm, "--key", tmp_path / "us" / "leaf.key", "--keys", version / "vf.json", *cinema]
    code, _, err = dcpkit(*order(scene, version / "VF", kdm, *opening))
    assert code == 2 and "--ov DIR" in err and not kdm.exists()
    opening += ["--ov", scene.package]
    late = "2027-06-15T00:00:00+00:00"
    code, _, err = dcpkit(*order(scene, version / "VF", kdm, *opening, until=late))
    assert code == 2 and "not inside that of the DKDM" in err and not kdm.exists()
    assert call(*order(scene, version / "VF", kdm, *opening)) == 0
    assert opened_by(kdm, scene.key, tmp_path / "opened.json") == both(scene, version)


@pytest.mark.extra("player")
def test_a_version_plays_with_one_kdm(scene: Scene, version: Path, dcpkit: Run, tmp_path: Path) -> None:
    kdm = tmp_path / "kdm.xml"
    keys = ["--keys", version / "vf.json", "--keys", scene.keys]
    cinema = ["--recipient", scene.root / "cinema" / "leaf.pem"]
    assert call(*order(scene, version / "VF", kdm, *keys, *cinema)) == 0
    code, out, err = dcpkit("play", version / "VF", "--ov", scene.package, "--kdm", kdm, "--key", scene.key,
                            "--reduce", 3, "--json", *QUIET)  # fmt: skip
    played = json.loads(out)
    assert (code, played["verdict"], played["frames_shown"]) == (0, "complete", FRAMES), err


def test_keys_of_two_files_under_one_id(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    other = json.loads(scene.keys.read_text("utf-8"))
    for key in other["keys"]:
        key["key"] = "00" * 16
    (tmp_path / "other.json").write_text(json.dumps(other), "utf-8")
    code, _, err = dcpkit("verify", scene.package, "--keys", scene.keys, "--keys", tmp_path / "other.json")
    assert code == 2 and "different keys under the id" in err


def test_a_refused_kdm_of_the_original_is_1(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    over = ["--title", "T", "--silent", "--signer", scene.root / "studio", "-o", tmp_path / "VF"]
    code, _, err = dcpkit("create", scene.package, "--ov", scene.package, *over, "--kdm", scene.kdm, "--key",
                          scene.key, "--now", "2028-01-01T00:00:00+00:00", "--quiet")  # fmt: skip
    assert code == 1 and "window" in err and not any(tmp_path.iterdir())


def test_a_file_of_the_original_that_is_not_as_it_was(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    """A byte of the original's sound: its essence is not looked at, its hash is."""
    copy = scene.copy(tmp_path)
    data = bytearray((sound := scene.track("sound", copy)).read_bytes())
    data[len(data) // 2] ^= 1
    sound.write_bytes(data)
    job = tmp_path / "job.toml"
    job.write_text(
        'schema = "dcpkit.job/1"\nov = ["DCP"]\n[[composition]]\nmarkers = { FFEC = 5 }\n'
        "[[composition.reel]]\npicture = { ov = 1 }\n[[composition.reel]]\npicture = { ov = 1 }\n"
        "sound = { silent = true }\n",
        "utf-8",
    )
    code, out, _ = dcpkit("create", "--job", job, "--check", "--json", *QUIET)
    plan = json.loads(out)
    assert code == 0 and "advice.original-hash" in [each["id"] for each in plan["advice"]]
    (composition,) = plan["compositions"]
    kinds = [(each["kind"], each["track"], "original" in each) for each in composition["reels"][0]["tracks"]]
    assert kinds == [("picture", None, True), ("sound", None, True)]
