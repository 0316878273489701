"""`dcpkit kdm`: what is not in the table of exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from needing import has_extra
from scenes import BEGIN, EARLIER, END, NOW, Scene, call

from dcp.secrets.keys import read_keys
from dcp.trust.certificate import read_certificates
from dcp.trust.making import NewChain, write_chain
from kdm.batch.names import message_name, name_faults
from kdm.message import parse_message

Run = Callable[..., tuple[int, str, str]]


def test_a_folder_holds_a_message_for_each_recipient(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    names = ["--organization", "O", "--unit", "U", "--role", "SM", "--now", EARLIER]
    assert call("cert", "chain", "-o", tmp_path / "other", *names) == 0
    recipients = [scene.root / "cinema" / "leaf.pem", tmp_path / "other" / "chain.pem"]
    code, out, _ = dcpkit(
        "kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
        "--recipient", recipients[0], "--recipient", recipients[1], "--from", BEGIN, "--until", END,
        "--now", EARLIER, "-o", tmp_path / "messages", "--json",
    )  # fmt: skip
    assert code == 0
    answer = json.loads(out)
    assert answer["schema"] == "dcpkit.kdm-issue/1"
    messages = answer["messages"]
    for each in messages:
        said = parse_message(Path(each["file"]).read_bytes())
        assert Path(each["file"]).name.startswith("k_")
        assert name_faults(Path(each["file"]).name, said, formulation="modified-transitional-1") == ()
    assert len({message["message_id"] for message in messages}) == 2
    assert sorted(str(file) for file in (tmp_path / "messages").iterdir()) == sorted(
        message["file"] for message in messages
    )


def test_a_dkdm_is_issued_again_with_its_rights_and_no_more(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    names = ["--organization", "D", "--unit", "U", "--role", "SM", "--now", EARLIER]
    assert call("cert", "chain", "-o", tmp_path / "distributor", *names) == 0
    shared = ["--signer", scene.root / "studio", "--now", EARLIER, "--quiet"]
    dkdm = tmp_path / "dkdm.xml"
    window = ["--from", BEGIN, "--until", END]
    assert call("kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, *shared, *window,
                "--recipient", tmp_path / "distributor" / "leaf.pem", "-o", dkdm) == 0  # fmt: skip
    again = ["kdm", "issue", "--dkdm", dkdm, "--key", tmp_path / "distributor" / "leaf.key", *shared,
             "--recipient", scene.root / "cinema" / "leaf.pem", "-o", tmp_path / "kdm.xml"]  # fmt: skip
    code, _, err = dcpkit(*again, "--from", BEGIN, "--until", "2027-06-15T00:00:00+00:00")
    assert code == 2 and "not inside that of the DKDM" in err and not (tmp_path / "kdm.xml").exists()
    code, _, err = dcpkit(*again, *window, "--disable-forensic-marking", "picture")
    assert code == 2 and "forensic mark" in err
    assert dcpkit(*again, *window)[0] == 0
    opened = tmp_path / "keys.json"
    assert call("kdm", "unwrap", tmp_path / "kdm.xml", "--key", scene.key, "--now", NOW, "-o", opened) == 0
    assert {key.id: key.value() for key in read_keys(opened).keys} == {
        key.id: key.value() for key in read_keys(scene.keys).keys
    }


def test_a_time_zone_gives_local_times_their_offset(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem", "-o", tmp_path / "kdm.xml", "--now", EARLIER,
             "--from", "2027-05-01 09:00", "--until", "2027-05-08 09:00"]  # fmt: skip
    code, _, err = dcpkit(*words)
    assert code == 2 and "time zone" in err
    assert dcpkit(*words, "--tz", "Asia/Shanghai")[0] == 0
    code, out, _ = dcpkit("kdm", "inspect", tmp_path / "kdm.xml", "--json")
    assert code == 0 and "2027-05-01T09:00:00+08:00" in out


@pytest.mark.parametrize(
    ("was", "becomes", "result", "said"),
    [
        ("_", "-", "skipped", "naming convention"),
        ("k_", "k_", "pass", "what the message says"),
        ("_20270508_", "_20270509_", "warn", "the last day in the name is not the message's"),
    ],
)
def test_inspect_holds_the_name_of_a_file_against_its_message(
    was: str, becomes: str, result: str, said: str, scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    made = tmp_path / "made.xml"
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem", "-o", made, "--now", EARLIER,
             "--from", "2027-05-01 9:00", "--until", "2027-05-08 9:00", "--tz", "+08:00"]  # fmt: skip
    assert dcpkit(*words)[0] == 0
    message = parse_message(made.read_bytes())
    device = str(message.authorized_device_info.device_list_description)
    name = message_name(message, device=device, maker="Lab", formulation="modified-transitional-1")
    file = tmp_path / name.replace(was, becomes)
    made.rename(file)
    code, out, _ = dcpkit("kdm", "inspect", file, "--json")
    step = json.loads(out)["file_name"]
    assert (code, step["id"], step["result"]) == (0, "KDM-125", result), step
    assert said in step["message"]
    assert said in dcpkit("kdm", "inspect", file)[1]


def test_a_window_may_begin_now_and_last_so_long(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem", "-o", tmp_path / "kdm.xml", "--now", EARLIER,
             "--from", "now", "--until", "+14d", "--tz", "Asia/Shanghai"]  # fmt: skip
    assert dcpkit(*words)[0] == 0
    text = (tmp_path / "kdm.xml").read_text()
    assert "<ContentKeysNotValidBefore>2027-04-01T20:00:00+08:00<" in text
    assert "<ContentKeysNotValidAfter>2027-04-15T20:00:00+08:00<" in text
    code, _, err = dcpkit(*words[:-1], "Mars/Olympus", "-o", tmp_path / "other.xml")
    assert code == 2 and "--tz" in err and "Asia/Shanghai" in err


def test_mic_keys_come_back_where_their_type_is_named(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    document = json.loads(scene.keys.read_text())
    for place, key in enumerate(document["keys"]):
        key["mic_key"] = f"{place:02x}" * 16
    keys, kdm = tmp_path / "keys.json", tmp_path / "kdm.xml"
    keys.write_text(json.dumps(document))
    keys.chmod(0o600)
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem", "-o", kdm, "--now", EARLIER,
             "--from", BEGIN, "--until", END]  # fmt: skip
    code, _, err = dcpkit(*words)
    assert code == 2 and "--mic-key-type" in err
    assert dcpkit(*words, "--mic-key-type", "XMIC")[0] == 0
    judge = ["kdm", "verify", kdm, "--key", scene.key, "--now", NOW]
    assert dcpkit(*judge)[0] == 1 and dcpkit(*judge, "--mic-key-type", "XMIC")[0] == 0
    unwrap = ["kdm", "unwrap", kdm, "--key", scene.key, "--now", NOW, "-o", tmp_path / "again.json"]
    assert dcpkit(*unwrap)[0] == 1 and dcpkit(*unwrap, "--mic-key-type", "XMIC")[0] == 0
    assert [(key.id, key.value(), key.mic_key()) for key in read_keys(tmp_path / "again.json").keys] == [
        (key.id, key.value(), key.mic_key()) for key in read_keys(keys).keys
    ]


def test_without_a_private_key_the_verdict_is_incomplete(scene: Scene, dcpkit: Run) -> None:
    device = scene.root / "cinema" / "leaf.pem"
    code, out, _ = dcpkit("kdm", "verify", scene.kdm, "--recipient", device, "--now", NOW, "--json")
    report = json.loads(out)
    assert (code, report["verdict"], report["schema"]) == (0, "incomplete", "dcpkit.kdm-verify/1")
    assert {each["result"] for each in report["steps"] if each["id"] == "KDM-009"} == {"skipped"}


def test_a_key_and_a_certificate_that_do_not_fit_are_2(scene: Scene, dcpkit: Run) -> None:
    foreign = scene.root / "studio" / "leaf.pem"
    code, _, err = dcpkit(
        "kdm", "verify", scene.kdm, "--key", scene.key, "--recipient", foreign, "--now", NOW
    )
    assert code == 2 and "does not belong" in err


def test_a_golden_package_opens_with_a_kdm_issued_here(golden: Path, dcpkit: Run, tmp_path: Path) -> None:
    """Another tool's package and certificates; our message; every unit opens."""
    made = golden / "libdcp"
    keys = tmp_path / "keys.json"
    at = ["--now", "2028-06-01T00:00:00Z"]
    theirs = made / "enc" / "kdm_modified_transitional_1.xml"
    private = made / "recipient" / "leaf.key"
    assert call("kdm", "unwrap", theirs, "--key", private, *at, "-o", keys) == 0
    ours = tmp_path / "ours.xml"
    facts = ["--dcp", made / "enc" / "dcp", "--keys", keys, "--signer", made / "signer"]
    window = ["--from", "2028-01-01T00:00:00+00:00", "--until", "2029-01-01T00:00:00+00:00"]
    to = ["--recipient", made / "recipient" / "leaf.pem", "--now", "2027-12-01T00:00:00Z", "-o", ours]
    code, _, err = dcpkit("kdm", "issue", *facts, *window, *to)
    assert code == 0, err
    opener = ["--kdm", ours, "--key", private, *at, "--quiet"]
    code, out, _ = dcpkit("verify", made / "enc" / "dcp", *opener, "--json")
    assert code == 0 and json.loads(out)["mic"] == "derived"
    if has_extra("player"):
        assert dcpkit("play", made / "enc" / "dcp", *opener, "--reduce", "3")[0] == 0


def test_a_recipient_named_twice_gets_one_message(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    cinema = scene.root / "cinema"
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", cinema / "leaf.pem", "--recipient", cinema / "chain.pem",
             "--from", BEGIN, "--until", END, "--now", EARLIER]  # fmt: skip
    code, out, err = dcpkit(*words, "-o", tmp_path / "messages", "--json")
    assert code == 0 and len(json.loads(out)["messages"]) == 1 and "note:" in err
    code, out, _ = dcpkit(*words, "-o", tmp_path / "one.xml", "--json")
    (message,) = json.loads(out)["messages"]
    assert code == 0 and message["file"] == str(tmp_path / "one.xml") and Path(message["file"]).is_file()


def test_an_order_with_one_bad_recipient_writes_nothing(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem",
             "--recipient", scene.root / "cinema" / "root.pem",
             "--from", BEGIN, "--until", END, "--now", EARLIER]  # fmt: skip
    code, _, err = dcpkit(*words, "-o", tmp_path / "messages")
    assert code == 2 and "authority" in err.lower()
    assert not any(tmp_path.iterdir())


def test_a_playlist_under_a_foreign_root_is_not_keyed(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    words = ["kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer", scene.root / "studio",
             "--recipient", scene.root / "cinema" / "leaf.pem", "--formulation", "dci-any",
             "--from", BEGIN, "--until", END, "--now", EARLIER, "-o", tmp_path / "kdm.xml"]  # fmt: skip
    code, _, err = dcpkit(*words, "--trust", scene.root / "cinema" / "root.pem")
    assert code == 2 and "trust" in err and not (tmp_path / "kdm.xml").exists()
    assert dcpkit(*words, "--trust", scene.root / "studio" / "root.pem")[0] == 0


@pytest.mark.parametrize("source", ["--dcp", "--cpl"])
def test_the_content_authenticator_is_the_playlists_signer_not_the_messages(
    scene: Scene, dcpkit: Run, tmp_path: Path, signer_chain: NewChain, source: str
) -> None:
    write_chain(signer_chain, tmp_path / "distributor")
    (cpl,) = scene.package.glob("cpl_*.xml")
    words = ["kdm", "issue", source, scene.package if source == "--dcp" else cpl, "--keys", scene.keys,
             "--signer", tmp_path / "distributor", "--recipient", scene.root / "cinema" / "leaf.pem",
             "--formulation", "dci-any", "--from", BEGIN, "--until", END, "--now", EARLIER,
             "-o", tmp_path / "kdm.xml"]  # fmt: skip
    assert dcpkit(*words)[0] == 0
    (studio,) = read_certificates(scene.root / "studio" / "leaf.pem")
    said = parse_message((tmp_path / "kdm.xml").read_bytes())
    assert said.content_authenticator == studio.thumbprint() != signer_chain.leaf.thumbprint()
