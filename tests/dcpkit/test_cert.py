"""`dcpkit cert`: chains made, shown and judged."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from forgery.certificates import Bench
from scenes import EARLIER, NOW, Scene

from dcp.trust.making import NewChain

Run = Callable[..., tuple[int, str, str]]


def test_a_chain_has_the_files_that_signers_and_recipients_are_given_as(scene: Scene) -> None:
    names = {file.name for file in (scene.root / "studio").iterdir()}
    assert names == {"chain.pem", "root.pem", "intermediate.pem", "leaf.pem", "leaf.key"}
    assert stat.S_IMODE((scene.root / "studio" / "leaf.key").stat().st_mode) == 0o600


def test_a_sound_chain_is_accepted_and_its_steps_are_named(scene: Scene, dcpkit: Run) -> None:
    chain = scene.root / "studio" / "chain.pem"
    code, out, _ = dcpkit("cert", "verify", chain, "--role", "CS", "--now", NOW, "--json")
    report = json.loads(out)
    assert (code, report["schema"], report["verdict"]) == (0, "dcpkit.cert-verify/1", "accept")
    assert {step["id"]: step["result"] for step in report["steps"]}["SIG-014"] == "skipped"
    root = scene.root / "studio" / "root.pem"
    _, out, _ = dcpkit("cert", "verify", chain, "--trust", root, "--now", NOW, "--json")
    assert {step["id"]: step["result"] for step in json.loads(out)["steps"]}["SIG-014"] == "pass"


@pytest.mark.parametrize(
    ("words", "step"),
    [
        (["--now", "2060-01-01T00:00:00Z"], "CER-011"),
        (["--now", "2020-01-01T00:00:00Z"], "CER-011"),
        (["--now", NOW, "--role", "SM"], "CER-009"),
        (["--now", NOW, "--trust", "cinema"], "SIG-014"),
    ],
)
def test_each_fault_of_a_chain_is_refused_by_its_step(
    words: list[str], step: str, scene: Scene, dcpkit: Run
) -> None:
    words = [str(scene.root / word / "root.pem") if word == "cinema" else word for word in words]
    code, out, _ = dcpkit("cert", "verify", scene.root / "studio" / "chain.pem", *words, "--json")
    failed = [each["id"] for each in json.loads(out)["steps"] if each["result"] == "fail"]
    assert code == 1 and step in failed, failed


def test_a_file_that_holds_no_certificate_is_refused_not_a_failure(dcpkit: Run, tmp_path: Path) -> None:
    for content in (b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        (tmp_path / "a.pem").write_bytes(content)
        code, out, err = dcpkit("cert", "verify", tmp_path / "a.pem", "--json")
        assert code == 1 and json.loads(out)["verdict"] == "refuse" and not err


def test_show_says_what_a_kdm_needs_to_know(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = dcpkit("cert", "show", scene.root / "cinema" / "leaf.pem", "--json")
    (found,) = json.loads(out)["certificates"]
    assert code == 0
    assert found["roles"] == ["SM", "SPB", "MD", "FM"]
    assert found["not_before"] < EARLIER
    assert len(found["thumbprint"]) == 28


@pytest.mark.parametrize("words", [["show"], ["show", "--json"], ["verify"], ["verify", "--json"]])
def test_a_serial_number_too_long_to_be_written_is_left_out(
    words: list[str], signer_chain: NewChain, device_chain: NewChain, dcpkit: Run, tmp_path: Path
) -> None:
    now = datetime.fromisoformat(NOW)
    endless = Bench(signer_chain, device_chain, now).leaf(serial=2**20000)
    (tmp_path / "leaf.pem").write_text(endless.pem())
    code, out, err = dcpkit("cert", words[0], tmp_path / "leaf.pem", *words[1:])
    assert code == (0 if words[0] == "show" else 1) and not err
    assert "a number has more bytes than any of the field" in out


@pytest.mark.parametrize(("role", "noted"), [("CS SM", True), ("CS", False), ("SM SPB MD", False)])
def test_a_content_signer_with_other_roles_is_noted_as_none_of_kdms(
    role: str, noted: bool, dcpkit: Run, tmp_path: Path
) -> None:
    words = ["--organization", "Lab", "--unit", "Studio", "--role", role, "--intermediates", "0"]
    code, _, err = dcpkit("cert", "chain", "-o", tmp_path / "new", *words, "--now", NOW)
    assert code == 0 and ("kdm issue" in err) == noted
    chain = tmp_path / "new" / "chain.pem"
    _, out, _ = dcpkit("cert", "verify", chain, "--role", role.split()[0], "--now", NOW, "--json")
    refused = {step["id"] for step in json.loads(out)["steps"] if step["result"] == "fail"}
    assert refused == ({"CER-010"} if noted else set())
    code, _, err = dcpkit("cert", "chain", "-o", tmp_path / "quiet", *words, "--now", NOW, "--quiet")
    assert code == 0 and not err
