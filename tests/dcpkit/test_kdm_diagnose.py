"""`dcpkit kdm diagnose`, `coverage`, `calendar`: from the files to the exit code."""

from __future__ import annotations

import json
import shutil
import uuid
import zipfile
from pathlib import Path

import pytest
from asking import Run, playlist, two_compositions
from scenes import BEGIN, EARLIER, END, LATER, NOW, Scene, issue_kdm


def asked(scene: Scene, *more: object, now: str = NOW) -> list[object]:
    certificate = scene.root / "cinema" / "leaf.pem"
    return ["kdm", "diagnose", "--cpl", playlist(scene), "--certificate", certificate, "--now", now, *more]


def test_a_good_kdm_is_0_and_says_until_when(scene: Scene, dcpkit: Run) -> None:
    code, out, err = dcpkit(*asked(scene, "--kdm", scene.kdm))
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "It should play."
    assert "Only the KDM was judged" in out and "dcpkit verify" in out
    assert "2027-05-15 00:00 UTC" in out and "2027-05-15 06:00 UTC" in out and str(scene.kdm) in out


@pytest.mark.parametrize(
    ("now", "cause"),
    [(EARLIER, "not-begun"), (LATER, "expired"), ("2027-03-01T00:00:00Z", "clock-behind")],
)
def test_outside_the_window_it_is_1(scene: Scene, dcpkit: Run, now: str, cause: str) -> None:
    code, out, _ = dcpkit(*asked(scene, "--kdm", scene.kdm, "--json", now=now))
    document = json.loads(out)
    assert (code, document["cause"], document["plays"]) == (1, cause, False)
    assert document["schema"] == "dcpkit.kdm-diagnose/1" and document["kdm"] == str(scene.kdm)
    assert document["candidates"][0]["first_failure"]["id"] in ("KDM-002", "KDM-003", "KDM-103")


def test_a_denied_signer_does_not_play(scene: Scene, dcpkit: Run) -> None:
    deny = scene.root / "studio" / "leaf.pem"
    code, out, _ = dcpkit(*asked(scene, "--kdm", scene.kdm, "--deny", deny, "--json"))
    document = json.loads(out)
    assert (code, document["plays"]) == (1, False)
    assert "deny list" in json.dumps(document)


def test_the_same_in_chinese_and_in_local_time(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = dcpkit(
        *asked(scene, "--kdm", scene.kdm, "--lang", "zh", "--tz", "Asia/Shanghai", now=LATER)
    )
    assert code == 1 and out.startswith("KDM 已过期")
    assert "北京时间 2027-05-15 08:00（UTC 2027-05-15 00:00）" in out and "处理方法：" in out


def test_the_package_in_place_of_the_playlist(scene: Scene, dcpkit: Run) -> None:
    certificate = scene.root / "cinema" / "leaf.pem"
    words = ["kdm", "diagnose", "--dcp", scene.package, "--certificate", certificate, "--kdm", scene.kdm]
    assert dcpkit(*words, "--now", NOW)[0] == 0


def test_with_the_key_the_blocks_are_opened(scene: Scene, dcpkit: Run) -> None:
    words = [
        "kdm",
        "diagnose",
        "--cpl",
        playlist(scene),
        "--key",
        scene.key,
        "--kdm",
        scene.kdm,
        "--now",
        NOW,
    ]
    code, out, _ = dcpkit(*words, "--json")
    assert code == 0 and json.loads(out)["candidates"][0]["verdict"] == "accept"


def test_of_a_folder_and_an_archive_the_one_meant_is_found(
    scene: Scene, hall: Path, dcpkit: Run, tmp_path: Path
) -> None:
    issue_kdm(scene, tmp_path / "screen4.xml", recipient=hall / "leaf.pem")
    with zipfile.ZipFile(tmp_path / "mail.zip", "w") as archive:
        archive.write(scene.kdm, "screen3.xml")
    shutil.copy(playlist(scene), tmp_path / "cpl.xml")
    code, out, _ = dcpkit(*asked(scene, "--kdm", tmp_path, "--json"))
    document = json.loads(out)
    assert code == 0 and document["kdm"].endswith("mail.zip/screen3.xml")
    assert len(document["candidates"]) == 2
    code, out, _ = dcpkit(*asked(scene, "--kdm", tmp_path / "screen4.xml"))
    assert code == 1 and out.startswith("The KDM is for another screen.") and "10940" in out


def test_a_swapped_file_is_named_and_is_1(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "diagnose", "--cpl", playlist(scene), "--certificate", scene.kdm, "--kdm", scene.kdm]
    code, out, _ = dcpkit(*words, "--now", NOW)
    assert code == 1 and "is a KDM" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kdm", "KDM", "--certificate", "PEM"], "which composition"),
        (["--cpl", "CPL", "--dcp", "DCP", "--certificate", "PEM"], "which composition"),
        (["--cpl", "CPL", "--kdm", "KDM"], "on which server"),
        (["--cpl", "CPL", "--kdm", "/nowhere.xml", "--certificate", "PEM"], "cannot read"),
        (["--cpl", "/nowhere.xml", "--certificate", "PEM"], "cannot read"),
        (["--cpl", "CPL", "--certificate", "/nowhere.pem"], "cannot read"),
        (["--cpl", "CPL", "--certificate", "PEM", "--tz", "Middle/Earth"], "no time zone"),
    ],
)
def test_what_cannot_be_answered_is_2(scene: Scene, dcpkit: Run, words: list[str], says: str) -> None:
    paths = {
        "KDM": scene.kdm,
        "CPL": playlist(scene),
        "DCP": scene.package,
        "PEM": scene.root / "cinema/leaf.pem",
    }
    code, _, err = dcpkit("kdm", "diagnose", "--now", NOW, *(paths.get(word, word) for word in words))
    assert code == 2 and says in err


def test_of_several_compositions_the_kdms_one_is_meant(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    package = two_compositions(scene, tmp_path)
    certificate = scene.root / "cinema" / "leaf.pem"
    words = ["kdm", "diagnose", "--dcp", package, "--certificate", certificate, "--now", NOW]
    code, _, err = dcpkit(*words, "--kdm", scene.kdm)
    assert code == 0, err
    code, _, err = dcpkit(*words)
    assert code == 2 and "which composition" in err and str(uuid.UUID(int=5)) in err


def test_a_real_kdm_of_the_field(corpus: Path, dcpkit: Run) -> None:
    field = corpus / "ClairMeta_Data" / "DCP" / "ECL-SET"
    package = next(field.glob("ECL30*"))
    words = ["kdm", "diagnose", "--dcp", package, "--kdm", field, "--key", field / "leaf.key", "--json"]
    code, out, _ = dcpkit(*words, "--now", "2020-01-01T00:00:00Z")
    document = json.loads(out)
    assert (code, document["cause"], document["candidates"][0]["verdict"]) == (0, "should-play", "accept")
    code, out, _ = dcpkit(*words, "--now", "2022-02-27T03:00:00Z", "--lang", "zh")
    document = json.loads(out)
    assert (code, document["cause"]) == (1, "expired")
    assert "overrun" in {note["id"] for note in document["notes"]}
    real = corpus / "dct-wolfgangw" / "encryption" / "kdm" / "juliuss" / "imb-227577.cert.sha256.pem"
    words = ["kdm", "diagnose", "--dcp", package, "--kdm", field, "--certificate", real, "--json"]
    code, out, _ = dcpkit(*words, "--now", "2020-01-01T00:00:00Z")
    assert (code, json.loads(out)["cause"]) == (1, "dkdm")


def test_an_unencrypted_package_of_the_field_needs_none(corpus: Path, dcpkit: Run) -> None:
    package = next((corpus / "ClairMeta_Data" / "DCP" / "ECL-SET").glob("ECL28*"))
    real = corpus / "dct-wolfgangw" / "encryption" / "kdm" / "juliuss" / "imb-227577.cert.sha256.pem"
    code, out, _ = dcpkit("kdm", "diagnose", "--dcp", package, "--certificate", real, "--now", NOW)
    assert code == 0 and "needs no KDM" in out


def test_another_tools_kdms_are_judged_alike(golden: Path, dcpkit: Run) -> None:
    made = golden / "libdcp"
    words = ["kdm", "diagnose", "--dcp", made / "enc" / "dcp", "--kdm", made / "enc"]
    server = ["--certificate", made / "recipient" / "chain.pem"]
    for now, code in (("2028-06-01T00:00:00Z", 0), ("2026-12-01T00:00:00Z", 1), ("2033-01-01T00:00:00Z", 1)):
        assert dcpkit(*words, *server, "--now", now)[0] == code
    code, out, _ = dcpkit(*words, *server, "--now", "2028-06-01T00:00:00Z", "--trust",
                          made / "recipient" / "root.pem", "--json")  # fmt: skip
    assert code == 1 and json.loads(out)["step"] == "SIG-014"


def test_a_window_that_the_clock_has_left_is_not_good(scene: Scene, dcpkit: Run) -> None:
    assert BEGIN < NOW < END
    code, out, _ = dcpkit("kdm", "calendar", scene.kdm, "--now", LATER)
    assert code == 0 and out.splitlines()[-1] == "0 entries, 1 KDM is over"
