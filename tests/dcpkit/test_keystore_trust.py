"""Whom the command trusts and whom it refuses: folders of anchors, deny lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from keystores import Run, issuing
from needing import has_extra
from scenes import NOW, Scene


def test_a_folder_of_anchors_is_read_and_an_empty_one_refused(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors"
    anchors.mkdir()
    (anchors / "README").write_text("no certificate")
    words = [
        "cert",
        "verify",
        scene.root / "studio" / "chain.pem",
        "--trust",
        anchors,
        "--now",
        NOW,
        "--json",
    ]
    code, _, err = dcpkit(*words)
    assert code == 2 and "there is no certificate in the folder" in err
    (anchors / "cinema.PEM").write_bytes((scene.root / "cinema" / "root.pem").read_bytes())
    code, out, _ = dcpkit(*words)
    assert code == 1 and {s["id"]: s["result"] for s in json.loads(out)["steps"]}["SIG-014"] == "fail"
    (anchors / "studio.crt").write_bytes((scene.root / "studio" / "root.pem").read_bytes())
    assert dcpkit(*words)[0] == 0
    (anchors / "broken.cer").write_text("nothing")
    code, _, err = dcpkit(*words)
    assert code == 2 and "broken.cer" in err


@pytest.fixture
def denied(scene: Scene, dcpkit: Run, tmp_path: Path) -> Callable[[str], list[object]]:
    """`denied("studio/intermediate")`: the flags that deny that certificate's key."""

    def flags(name: str) -> list[object]:
        _, out, _ = dcpkit("cert", "show", scene.root / f"{name}.pem", "--json")
        thumbprint = json.loads(out)["certificates"][0]["public_key_thumbprint"]
        (tmp_path / "deny.txt").write_text(f"# lost\nkey {thumbprint}\n")
        return ["--deny", tmp_path / "deny.txt"]

    return flags


def test_a_denied_signer_is_refused_wherever_a_chain_is_judged(
    scene: Scene, denied: Callable[[str], list[object]], dcpkit: Run, tmp_path: Path
) -> None:
    for name in ("studio/leaf", "studio/intermediate", "studio/root"):
        deny = denied(name)
        chain = scene.root / "studio" / "chain.pem"
        code, out, _ = dcpkit("cert", "verify", chain, *deny, "--now", NOW, "--json")
        failed = [step["id"] for step in json.loads(out)["steps"] if step["result"] == "fail"]
        assert (code, failed) == (1, ["CER-017"])
        code, out, _ = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, *deny, "--now", NOW, "--json")
        failed = [step["id"] for step in json.loads(out)["steps"] if step["result"] == "fail"]
        assert (code, failed) == (1, ["KDM-102"])
    opener = scene.opener()
    code, _, err = dcpkit("kdm", "unwrap", scene.kdm, *opener[2:], *deny, "-o", tmp_path / "k.json")
    assert code == 1 and "deny list" in err and not (tmp_path / "k.json").exists()
    if has_extra("player"):
        assert dcpkit("play", scene.package, *opener, *deny, "--quiet")[0] == 1
    code, out, _ = dcpkit(
        "verify", scene.package, "--keys", scene.keys, *deny, "--now", NOW, "--json", "--quiet"
    )
    found = {each["id"] for each in json.loads(out)["findings"] if each["severity"] == "error"}
    assert (code, found) == (1, {"CER-017"})
    for verb in (["kdm", "verify", scene.kdm, "--key", scene.key], ["verify", scene.package, *opener[:4]]):
        assert dcpkit(*verb, *denied("cinema/intermediate"), "--now", NOW, "--quiet")[0] == 0


def test_no_essence_is_opened_with_the_kdm_of_a_denied_signer(
    scene: Scene, denied: Callable[[str], list[object]], dcpkit: Run, tmp_path: Path
) -> None:
    picture, out = scene.track("picture"), tmp_path / "out"
    verbs = (["unwrap", picture], ["extract", picture], ["decrypt", scene.package])
    for verb in verbs:
        code, _, err = dcpkit(*verb, *scene.opener(), *denied("studio/intermediate"), "-o", out, "--quiet")
        assert code == 1 and "deny list" in err and not out.exists()
    code, told, _ = dcpkit(
        "verify", scene.package, *scene.opener(), *denied("studio/leaf"), "--json", "--quiet"
    )
    report = json.loads(told)
    assert code == 1 and "deny list" in told
    assert report["mic"] is None  # no unit was opened
    assert "KDM-102" in {each["id"] for each in report["findings"]}


@pytest.mark.parametrize("name", ["cinema/leaf", "studio/intermediate"])
def test_no_message_is_issued_to_or_by_whom_the_list_denies(
    name: str, scene: Scene, denied: Callable[[str], list[object]], dcpkit: Run, tmp_path: Path
) -> None:
    words = issuing(scene, scene.root / "studio", scene.root / "cinema" / "leaf.pem")
    code, _, err = dcpkit(*words, *denied(name), "-o", tmp_path / "kdm.xml")
    assert code == 2 and "deny list" in err and not (tmp_path / "kdm.xml").exists()


def test_a_deny_list_with_a_slip_lets_nobody_in(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    (tmp_path / "deny.txt").write_text("kye abc\n")
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--deny", tmp_path / "deny.txt", "--now", NOW]
    code, _, err = dcpkit(*words)
    assert code == 2 and "deny.txt: line 1" in err
