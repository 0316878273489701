"""Screens that get no message: wrong certificates, denied devices, and how it is told."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from scenes import NOW, Scene
from screen_tables import LOCAL, ROWS, Run, leaf, order, table

from dcp.trust.certificate import read_certificates
from dcp.trust.making import NewChain

NOW_INSTANT = datetime.fromisoformat(NOW)


def test_one_bad_certificate_does_not_stop_the_rest(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    (tmp_path / "signer.pem").write_text(leaf(device_chain, 77, role="CS").pem())
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    more = "Odeon,C,signer.pem,UTC,\nOdeon,D,broken.pem,UTC,"
    lists = table(tmp_path, device_chain, ROWS, more=more)
    code, text, _ = dcpkit(*order(scene), "--screens", lists, *LOCAL, "-o", tmp_path / "out", "--json")
    answer = json.loads(text)
    assert code == 1 and answer["made"] == 6
    assert len(answer["left_out"]) >= 2
    reasons = " ".join(each["why"] for each in answer["left_out"])
    assert "broken.pem" in reasons
    csv = (tmp_path / "out" / "manifest.csv").read_text("utf-8-sig")
    assert csv.count("left out") == len(answer["left_out"])


def test_a_denied_authority_or_device_gets_no_message(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    """By the whole chain that comes with a recipient, and by each certificate of a device list."""
    cinema = tmp_path / "cinemas" / "Rex"
    cinema.mkdir(parents=True)
    whole = tmp_path / "chain.pem"
    whole.write_text("".join(one.pem() for one in device_chain.chain))
    (cinema / "Hall 1.pem").write_bytes(whole.read_bytes())
    projector, block = leaf(device_chain, 8, role="PR SPB"), leaf(device_chain, 7)
    (tmp_path / "projector.pem").write_text(projector.pem())
    (tmp_path / "block.pem").write_text(block.pem())
    deny = tmp_path / "deny.txt"
    deny.write_text(f"key {device_chain.chain[1].dn_qualifier}\n")
    words = [*order(scene), *LOCAL, "--tz", "UTC", "--deny", deny, "-o"]
    code, text, _ = dcpkit(*words, tmp_path / "out", "--certificates", tmp_path / "cinemas", "--json")
    assert code == 2 and "deny list" in json.loads(text)["left_out"][0]["why"]
    code, _, err = dcpkit(*words, tmp_path / "one.xml", "--recipient", whole)
    assert code == 2 and "deny list" in err and not (tmp_path / "one.xml").exists()
    deny.write_text(f"certificate {projector.serial} {projector.issuer}\n")
    listed = ["--formulation", "dci-specific", "--device-list"]
    single = [*words, tmp_path / "one.xml", "--recipient", tmp_path / "block.pem", *listed]
    code, _, err = dcpkit(*single, tmp_path / "projector.pem")
    assert code == 2 and "deny list" in err and not (tmp_path / "one.xml").exists()
    assert dcpkit(*single, tmp_path / "block.pem")[0] == 0


def test_names_in_certificates_do_not_steer_the_terminal(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    device = tmp_path / "device.pem"
    device.write_text(leaf(device_chain, 1, role="CS.\x9b31m\u202eEvil").pem())
    words = [*order(scene), *LOCAL, "--tz", "UTC", "--recipient", device, "--recipient", device]
    code, out, err = dcpkit(*words, "-o", tmp_path / "messages")
    assert code == 0 and "content signer" in err and "one message is made" in err
    assert not any(sign in out + err for sign in "\x9b\u202e")


def test_a_device_that_is_denied_later_is_withdrawn_and_told(
    scene: Scene, dcpkit: Run, screens: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    words = [*order(scene), "--screens", screens, *LOCAL, "-o", out]
    assert dcpkit(*words)[0] == 0
    denied = screens.parent / "2.pem"  # Rex, Saal 1
    (certificate,) = read_certificates(denied)
    deny = tmp_path / "deny.txt"
    deny.write_text(f"certificate {certificate.serial} {certificate.issuer}\n")
    code, text, _ = dcpkit(*words, "--deny", deny, "--json")
    answer = json.loads(text)
    assert (code, answer["kept"], answer["made"], len(answer["left_out"])) == (1, 5, 0, 1)
    (gone,) = answer["withdrawn"]
    assert (gone["cinema"], gone["screen"], gone["device"]) == ("Rex", "Saal 1", "IMB-2")
    assert "deny list" in gone["why"] and not (out / gone["file"]).exists()
    issued = json.loads((out / "manifest.json").read_text("utf-8"))["issued"]
    assert [entry["device"] for entry in issued if entry["withdrawn"]] == ["IMB-2"]
    assert dcpkit(*words)[0] == 0  # let in again
    code, text, _ = dcpkit(*words, "--deny", deny)
    assert code == 1 and "withdrawn: Rex, Saal 1, IMB-2: " in text
    assert "tell the cinema" in text
    monkeypatch.setattr("dcpkit.commands.kdm.batch.SHOWN", 0)
    assert f"and 1 more: see {out / 'manifest.csv'}" in dcpkit(*words, "--deny", deny)[1]


def test_when_none_can_be_made_it_is_2(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    lists = table(tmp_path, device_chain, [("Rex", "1", "Mars/Olympus")])
    code, text, err = dcpkit(*order(scene), "--screens", lists, *LOCAL, "-o", tmp_path / "out")
    assert code == 2 and "zone" in text + err


def test_when_every_certificate_is_wrong_it_is_2_and_the_manifest_says_why(
    scene: Scene, dcpkit: Run, device_chain: NewChain, tmp_path: Path
) -> None:
    folder = tmp_path / "cinemas"
    folder.mkdir()
    (folder / "old.pem").write_text(
        leaf(device_chain, 1, window=(device_chain.leaf.not_before, NOW_INSTANT)).pem()
    )
    words = [*order(scene), "--certificates", folder, "--tz", "UTC", *LOCAL[:2], "--until", "+60d"]
    code, text, _ = dcpkit(*words, "-o", tmp_path / "out", "--json")
    answer = json.loads(text)
    assert code == 2 and (answer["made"], answer["kept"]) == (0, 0)
    assert "validity" in answer["left_out"][0]["why"]
    assert "left out" in (tmp_path / "out" / "manifest.csv").read_text("utf-8-sig")
