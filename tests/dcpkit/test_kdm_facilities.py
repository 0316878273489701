"""`dcpkit kdm facilities`: shows, checks, compares and converts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flms
import pytest

from dcp.trust.making import NewChain, write_chain

Run = Callable[..., tuple[int, str, str]]
NOW = ["--now", "2027-05-01T12:00:00+00:00"]


@pytest.fixture
def lists(device_chain: NewChain, signer_chain: NewChain, tmp_path: Path) -> Path:
    """flm.xml, whole.csv, bad.csv, a folder of certificates, and a signer."""
    write_chain(device_chain, tmp_path / "cinemas" / "Rex" / "Hall 1")
    write_chain(signer_chain, tmp_path / "studio")
    (tmp_path / "flm.xml").write_bytes(flms.message(flms.auditorium(flms.device(device_chain))))
    header = "cinema,cinema_id,screen,certificate,country\n"
    rex = "urn:x-facilityID:example.com:1"
    (tmp_path / "whole.csv").write_text(f"{header}Rex,{rex},1,cinemas/Rex/Hall 1/chain.pem,CN\n")
    (tmp_path / "bad.csv").write_text(f"{header}Rex,{rex},1,studio/leaf.pem,CN\nRex,{rex},2,gone.pem,CN\n")
    return tmp_path


def test_a_list_is_shown(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    code, out, err = dcpkit("kdm", "facilities", lists / "flm.xml", *NOW)
    assert code == 0 and err == ""
    assert (
        out.splitlines()[0]
        == "Rex (urn:x-facilityID:example.com:1; Asia/Shanghai; CN; Circuit; booth@rex.example)"
    )
    assert f"    media block: {device_chain.leaf.label} (SM Maker M-1 1)" in out.splitlines()
    assert out.splitlines()[-1] == "1 cinema, 1 screen, 1 media block"


def test_the_json_holds_it_all(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    code, out, _ = dcpkit("kdm", "facilities", lists / "flm.xml", "--json", *NOW)
    document = json.loads(out)
    assert code == 0 and document["schema"] == "dcpkit.kdm-facilities/1"
    assert (document["signed"], document["verdict"], document["findings"], document["changes"]) == (
        False, None, None, None,
    )  # fmt: skip
    (screen,) = document["facilities"][0]["screens"]
    (device,) = screen["recipients"]
    assert device["subject"] == device_chain.leaf.subject and device["chain_length"] == 3
    assert (device["roles"], device["serial"]) == (["SM"], "1")
    assert document["issued"] == "2027-04-01T09:00:00+08:00"


def test_a_fit_list_passes_the_check(lists: Path, dcpkit: Run) -> None:
    roots = ["--trust", lists / "cinemas" / "Rex" / "Hall 1" / "root.pem"]
    code, out, _ = dcpkit("kdm", "facilities", lists / "cinemas", "--check", *roots, "--json", *NOW)
    document = json.loads(out)
    assert (code, document["verdict"], document["findings"]) == (0, "pass", [])
    code, out, _ = dcpkit("kdm", "facilities", lists / "flm.xml", "--check", *NOW)
    assert code == 0 and out.splitlines()[-1] == "1 cinema, 1 screen: fit to issue from"


def test_an_unfit_list_fails_it_and_says_where(lists: Path, dcpkit: Run) -> None:
    code, out, _ = dcpkit("kdm", "facilities", lists / "bad.csv", "--check", "--json", *NOW)
    document = json.loads(out)
    assert (code, document["verdict"]) == (1, "fail")
    found = [(each["id"], each["severity"], each["cinema"], each["screen"]) for each in document["findings"]]
    assert found == [("FLM-101", "error", "Rex", "1"), ("FLM-101", "error", "Rex", "2")]
    code, out, _ = dcpkit("kdm", "facilities", lists / "bad.csv", "--check", *NOW)
    assert code == 1 and "error   FLM-101  Rex, 2: line 3, column certificate: gone.pem" in out


def test_an_expired_certificate_fails_it(lists: Path, dcpkit: Run) -> None:
    code, out, _ = dcpkit("kdm", "facilities", lists / "flm.xml", "--check", "--now", "2047-01-01T00:00:00Z")
    assert code == 1 and "CER-011" in out
    stranger = ["--trust", lists / "studio" / "root.pem"]
    code, out, _ = dcpkit("kdm", "facilities", lists / "flm.xml", "--check", *stranger, *NOW)
    assert code == 1 and "SIG-014" in out
    denied = ["--deny", lists / "cinemas" / "Rex" / "Hall 1" / "leaf.pem"]
    code, out, _ = dcpkit("kdm", "facilities", lists / "flm.xml", "--check", *denied, *NOW)
    assert code == 1 and "CER-017" in out


def test_what_changed_is_said(lists: Path, dcpkit: Run) -> None:
    same = dcpkit("kdm", "facilities", lists / "flm.xml", "--since", lists / "whole.csv", *NOW)
    assert same[0] == 0 and "0 changes" in same[1]
    words = ["kdm", "facilities", lists / "flm.xml", "--since", lists / "bad.csv", *NOW]
    code, out, _ = dcpkit(*words, "--json")
    changes = json.loads(out)["changes"]
    assert code == 0 and {each["id"] for each in changes} == {"FLM-102"}
    assert [(each["what"], each["screen"], each["reissue"]) for each in changes] == [
        ("media block added", "1", "yes"),
        ("screen removed", "2", "no"),
    ]
    code, out, _ = dcpkit(*words)
    assert out.splitlines()[0].startswith("warning FLM-102  Rex, 1: media block added: ")
    assert "KDMs to issue anew: 1," in out.splitlines()[-1]


def test_an_unsigned_list_does_not_change_a_signed_one(
    lists: Path, dcpkit: Run, device_chain: NewChain, signer_chain: NewChain
) -> None:
    signed = lists / "signed.xml"
    assert (
        dcpkit("kdm", "facilities", lists / "whole.csv", "-o", signed, "--signer", lists / "studio", *NOW)[0]
        == 0
    )
    (lists / "evil.xml").write_bytes(
        flms.message(
            flms.auditorium(flms.device(device_chain), number=2),
            info=flms.INFO + "<FLMPartial>true</FLMPartial>",
            issued="2027-05-02T09:00:00Z",
        )
    )
    code, out, _ = dcpkit("kdm", "facilities", signed, lists / "evil.xml", "--check", *NOW)
    assert code == 1 and "evil.xml is not signed and is not taken" in out and "booth@rex.example" in out
    code, out, _ = dcpkit("kdm", "facilities", signed, lists / "evil.xml", *NOW)
    assert code == 0 and out.splitlines()[-1].startswith("1 cinema, 1 screen")


def test_a_folder_without_a_list_is_2_and_says_what_was_looked_for(tmp_path: Path, dcpkit: Run) -> None:
    (tmp_path / "ASSETMAP.xml").write_text(
        "<AssetMap xmlns='http://www.smpte-ra.org/schemas/429-9/2007/AM'/>"
    )
    (tmp_path / "j2c.mxf").write_bytes(b"mxf")
    code, out, err = dcpkit("kdm", "facilities", tmp_path, *NOW)
    assert (code, out) == (2, "") and "no facility list and no certificate in this folder" in err
    assert "ASSETMAP.xml: this is no facility list: its root element is AssetMap" in err
    assert "certificates (.pem, .crt, .cer, .der)" in err


def test_the_name_of_a_device_is_said_once(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    words = ["kdm", "facilities", lists / "flm.xml", "--check", "--now", "2047-01-01T00:00:00Z"]
    out = dcpkit(*words)[1]
    label = device_chain.leaf.label
    assert f"{label}: " in out and f"{label}: {label}: " not in out


def test_a_list_of_the_future_is_refused(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    (lists / "cinemas" / "f.xml").write_bytes(
        flms.message(flms.auditorium(flms.device(device_chain)), issued="2099-01-01T00:00:00Z")
    )
    code, _, err = dcpkit("kdm", "facilities", lists / "cinemas" / "f.xml", *NOW)
    assert code == 2 and "has not come yet" in err
    code, out, _ = dcpkit("kdm", "facilities", lists / "cinemas", "--check", *NOW)
    assert code == 1 and "f.xml: the list's IssueDate 2099-01-01T00:00:00Z has not come yet" in out


def _facility(dcpkit: Run, path: Path) -> Any:
    code, out, _ = dcpkit("kdm", "facilities", path, "--json", *NOW)
    assert code == 0
    document = json.loads(out)
    return document, [{**each, "notes": []} for each in document["facilities"]]


def test_a_list_becomes_a_table_and_a_message_again(lists: Path, dcpkit: Run) -> None:
    _, original = _facility(dcpkit, lists / "flm.xml")
    table, back = lists / "out.csv", lists / "back.xml"
    code, _, err = dcpkit("kdm", "facilities", lists / "flm.xml", "-o", table, *NOW)
    assert code == 0 and "out-certificates" in err
    signed = ["--signer", lists / "studio"]
    assert dcpkit("kdm", "facilities", table, "-o", back, *signed, *NOW)[0] == 0
    document, again = _facility(dcpkit, back)
    assert document["signed"] and document["issued"] == "2027-05-01T12:00:00+00:00"
    for facility in (*original, *again):  # a table has no column for these
        for device in facility["screens"][0]["recipients"]:
            device.update(kind="", serial="", maker="", model="")
    assert again == original


def test_many_cinemas_become_a_folder_of_messages(lists: Path, dcpkit: Run) -> None:
    both = [lists / "flm.xml", lists / "cinemas"]
    code, _, err = dcpkit("kdm", "facilities", *both, "-o", lists / "one.xml", *NOW)
    assert code == 2 and "a message is about one cinema" in err and not (lists / "one.xml").exists()
    code, _, err = dcpkit("kdm", "facilities", *both, "-o", lists / "messages", *NOW)
    assert code == 0 and "Rex: its country is not known" in err
    assert sorted(file.name for file in (lists / "messages").iterdir()) == ["flm_00001.xml", "flm_00002.xml"]
    _, found = _facility(dcpkit, lists / "messages")
    assert sorted(each["id"] for each in found) == ["Rex", "urn:x-facilityID:example.com:1"]


def test_cinemas_without_a_country_are_one_note(lists: Path, dcpkit: Run) -> None:
    rows = [f"Hall {n},{n},cinemas/Rex/Hall 1/chain.pem" for n in range(5)]
    (lists / "many.csv").write_text("\n".join(["cinema,screen,certificate", *rows]))
    code, _, err = dcpkit("kdm", "facilities", lists / "many.csv", "-o", lists / "messages", *NOW)
    assert code == 0 and len(err.splitlines()) == 1
    assert "Hall 0, Hall 1, Hall 2 and 2 more: their countries are not known" in err
    words = ["kdm", "facilities", lists / "many.csv", "-o", lists / "quiet", "--quiet", *NOW]
    assert dcpkit(*words)[2] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{}/gone"], "cannot read"),
        (["{}/studio/leaf.key"], "this is a private key"),
        (["{}/flm.xml", "-o", "{}/bad.csv"], "exists already"),
        (["{}/flm.xml", "-o", "{}/out.txt"], "FILE.xml, FILE.csv"),
        (["{}/flm.xml", "--signer", "{}/studio"], "-o FILE.xml"),
        (["{}/flm.xml", "--signer", "{}/studio", "-o", "{}/out.csv"], "-o FILE.xml"),
        (["{}/flm.xml", "--trust", "{}/studio/root.pem"], "--check"),
        (["{}/flm.xml", "--deny", "{}/studio/root.pem"], "--check"),
        (["{}/flm.xml", "--since", "{}/gone"], "cannot read"),
        ([], "PATH is missing"),
    ],
)
def test_what_makes_no_sense_is_2(lists: Path, dcpkit: Run, words: list[str], said: str) -> None:
    code, out, err = dcpkit("kdm", "facilities", *(word.format(lists) for word in words), *NOW)
    assert (code, out) == (2, "") and said in err


def test_a_folder_whose_name_is_no_text(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    try:
        folder = Path(os.fsdecode(os.fsencode(lists / "odd") + b"/bad\xff"))
        folder.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    (folder / "Hall 1.pem").write_text(device_chain.leaf.pem())
    code, out, _ = dcpkit("kdm", "facilities", lists / "odd", "--json", *NOW)
    assert code == 0 and json.loads(out)["facilities"][0]["name"] == "bad\udcff"
    code, out, err = dcpkit("kdm", "facilities", lists / "odd", "-o", lists / "odd.csv", *NOW)
    assert code == 2 and "not UTF-8" in err and "rename the folder" in err
    assert not list(lists.glob("odd*.csv")) and not (lists / "odd-certificates").exists()


def test_names_do_not_steer_the_terminal(lists: Path, dcpkit: Run, device_chain: NewChain) -> None:
    info = flms.INFO.replace("Rex", "Re&#x9b;x")
    (lists / "evil.xml").write_bytes(flms.message(flms.auditorium(flms.device(device_chain)), info=info))
    code, out, _ = dcpkit("kdm", "facilities", lists / "evil.xml", *NOW)
    assert code == 0 and "\x9b" not in out and "Re\\u009bx" in out
