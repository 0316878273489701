"""Keys that do not lie open: in a token, behind a passphrase; and never in anything the command says."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from agefile import light_age_file
from judges import KDM_PARTS, signature_holds
from keystores import Run, issuing
from needing import has_extra
from scenes import BEGIN, EARLIER, END, NOW, Scene, call, issue_kdm, write_clip
from tokens import PIN, Tokens

from dcp.secrets.keys import read_keys
from dcp.secrets.passphrase import is_sealed

INSIDE = datetime.fromisoformat(NOW)
PASSPHRASE = "correct horse battery"
SIGNER, DEVICE = "token=studio;object=signer", "token=cinema;object=device"


@pytest.fixture
def passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the passphrase; what is sealed with it opens in a moment."""
    monkeypatch.setattr("dcp.secrets.passphrase.seal", light_age_file)
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_text(PASSPHRASE + "\n")
    return path


def the_keys(path: Path) -> dict[object, bytes]:
    return {key.id: key.value() for key in read_keys(path).keys}


def test_issued_and_opened_with_both_private_keys_in_tokens(
    scene: Scene, tokens: Tokens, recipient: Path, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    """In processes of their own, which have nothing but the tokens: no file here holds either private key."""
    kdm, keys = tmp_path / "kdm.xml", tmp_path / "opened.json"
    root = tmp_path / "root.pem"
    root.write_text(tokens.chain.chain[-1].pem())

    def dcpkit(*words: object) -> None:
        command = [sys.executable, "-m", "dcpkit", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    dcpkit(*issuing(scene, tokens.text(SIGNER), recipient), "-o", kdm)
    said = signature_holds(
        oracle("xmlsec1"), kdm, chain=tokens.chain.chain, at=INSIDE, folder=tmp_path, parts=KDM_PARTS
    )
    assert "SignedInfo References (ok/all): 2/2" in said
    opening = ["--key", tokens.text(DEVICE), "--recipient", recipient, "--trust", root]
    dcpkit("kdm", "unwrap", kdm, *opening, "--now", NOW, "-o", keys)
    assert the_keys(keys) == the_keys(scene.keys)
    files = [path for folder in (tokens.root, tmp_path) for path in folder.rglob("*") if path.is_file()]
    secret = tokens.chain.private_key.private_numbers().d.to_bytes(256, "big")
    assert not any(secret[64:96] in path.read_bytes() for path in files)


def test_every_verb_takes_a_key_in_a_token(
    scene: Scene, tokens: Tokens, recipient: Path, dcpkit: Run, tmp_path: Path
) -> None:
    kdm = tmp_path / "kdm.xml"
    folder = tokens.signer_folder(tmp_path / "signer")
    code, _, err = dcpkit(*issuing(scene, folder, recipient), "-o", kdm)
    assert code == 0, err
    opener = ["--key", tokens.text(DEVICE), "--recipient", recipient, "--now", NOW]
    assert dcpkit("kdm", "verify", kdm, *opener)[0] == 0
    assert dcpkit("verify", scene.package, "--kdm", kdm, *opener, "--quiet")[0] == 0
    if has_extra("player"):
        assert dcpkit("play", scene.package, "--kdm", kdm, *opener, "--frames", "0-1", "--quiet")[0] == 0
    clear = tmp_path / "clear"
    signed = ["--signer", tokens.text(SIGNER), "-o", clear, "--quiet"]
    assert dcpkit("decrypt", scene.package, "--kdm", kdm, *opener, *signed)[0] == 0
    root = tmp_path / "root.pem"
    root.write_text(tokens.chain.chain[-1].pem())
    assert dcpkit("verify", clear, "--trust", root, "--now", NOW, "--quiet")[0] == 0


def test_a_dkdm_for_a_key_in_a_token_is_issued_on(
    scene: Scene, tokens: Tokens, recipient: Path, dcpkit: Run, tmp_path: Path
) -> None:
    signer = tmp_path / "lab.pem"
    signer.write_text(tokens.chain.leaf.pem())
    dkdm = issue_kdm(scene, tmp_path / "dkdm.xml", recipient=recipient)
    words = ["kdm", "issue", "--dkdm", dkdm, "--key", tokens.text(DEVICE), "--signer", tokens.text(SIGNER)]
    words += ["--cpl", next(scene.package.glob("cpl*.xml")), "--from", BEGIN, "--until", END]
    words += ["--recipient", scene.root / "cinema" / "leaf.pem", "--now", EARLIER, "-o", tmp_path / "kdm.xml"]
    # without a certificate of the device at hand the DKDM's recipient is told by its key alone
    code, _, err = dcpkit(*words)
    assert code == 0, err
    assert dcpkit("kdm", "verify", tmp_path / "kdm.xml", "--key", scene.key, "--now", NOW)[0] == 0


def test_a_batch_is_signed_in_the_token(
    scene: Scene, tokens: Tokens, recipient: Path, dcpkit: Run, tmp_path: Path
) -> None:
    folder, out = tmp_path / "certificates", tmp_path / "batch"
    folder.mkdir()
    (folder / "one.pem").write_bytes(recipient.read_bytes())
    (folder / "two.pem").write_bytes((scene.root / "cinema" / "leaf.pem").read_bytes())
    words = issuing(scene, tokens.text(SIGNER), recipient)
    place = words.index("--recipient")
    words[place : place + 2] = ["--certificates", folder]
    code, out_text, err = dcpkit(*words, "--tz", "UTC", "-o", out, "--json")
    assert code == 0 and json.loads(out_text)["made"] == 2, err
    messages = list(out.rglob("*.xml"))
    opener = ["--key", tokens.text(DEVICE), "--recipient", recipient, "--now", NOW]
    assert sorted(dcpkit("kdm", "verify", kdm, *opener)[0] for kdm in messages) == [0, 1]


def test_a_message_for_another_key_is_refused_by_its_step(
    scene: Scene, tokens: Tokens, dcpkit: Run, tmp_path: Path
) -> None:
    opener = ["--key", tokens.text(DEVICE), "--now", NOW]
    code, out, _ = dcpkit("kdm", "verify", scene.kdm, *opener, "--json")
    failed = [step["id"] for step in json.loads(out)["steps"] if step["result"] == "fail"]
    assert (code, failed[0]) == (1, "KDM-106")


def test_the_pin_comes_from_the_environment_too(
    scene: Scene, tokens: Tokens, dcpkit: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = tokens.text(DEVICE).partition("&pin-source")[0]
    words = ["kdm", "verify", scene.kdm, "--key", uri, "--now", NOW]
    code, _, err = dcpkit(*words)
    assert code == 2 and "the token 'cinema' asks for a PIN" in err and "DCPKIT_PIN" in err
    monkeypatch.setenv("DCPKIT_PIN", "not-the-pin-97531")
    code, _, err = dcpkit(*words, "--debug")
    assert code == 2 and "the PIN is not that of the token 'cinema'" in err and "97531" not in err
    monkeypatch.setenv("DCPKIT_PIN", PIN)
    assert dcpkit(*words)[0] == 1  # the message is for another


def test_a_pin_in_the_uri_is_refused_and_not_repeated(scene: Scene, tokens: Tokens, dcpkit: Run) -> None:
    uri = f"pkcs11:token=cinema?module-path={tokens.module}&pin-value={PIN}"
    for words in (
        ["kdm", "verify", scene.kdm, "--key", uri],
        ["create", "x", "-o", "y", "--title", "t", "--signer", uri],
    ):
        code, out, err = dcpkit(*words, "--json")
        assert code == 2 and "list of processes" in err and PIN not in out + err


def test_a_pin_file_that_others_may_read_is_warned_of(
    scene: Scene, tokens: Tokens, dcpkit: Run, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "pin").chmod(0o644)
    uri = tokens.text(DEVICE, pin=tmp_path / "pin")
    assert "others on this machine may read the PIN" in dcpkit("kdm", "verify", scene.kdm, "--key", uri)[2]


def test_a_studio_whose_keys_are_all_locked(
    scene: Scene, passphrase: Path, dcpkit: Run, tmp_path: Path
) -> None:
    studio, keys, kdm, opened = (tmp_path / name for name in ("studio", "keys.age", "kdm.xml", "opened.age"))
    given = ["--passphrase-file", passphrase]
    names = [
        "--organization",
        "Studio",
        "--unit",
        "Mastering",
        "--role",
        "CS",
        "--intermediates",
        0,
        "--years",
        3,
    ]
    assert dcpkit("cert", "chain", "-o", studio, *names, "--now", EARLIER, *given)[0] == 0
    assert b"ENCRYPTED PRIVATE KEY" in (studio / "leaf.key").read_bytes()
    assert not (studio / "intermediate.pem").exists()
    track = tmp_path / "picture.mxf"
    code, _, err = dcpkit(
        "wrap",
        write_clip(tmp_path / "short.mkv", count=3),
        "-o",
        track,
        "--picture-rate",
        24,
        "--encrypt",
        "--keys",
        keys,
        *given,
        "--quiet",
    )
    assert code == 0, err
    assert is_sealed(keys.read_bytes()) and stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert dcpkit("unwrap", track, "-o", tmp_path / "units", "--keys", keys, *given, "--quiet")[0] == 0
    code, _, err = dcpkit(*issuing(scene, studio, scene.root / "cinema" / "leaf.pem"), "-o", kdm, *given)
    assert code == 0, err
    opening = ["kdm", "unwrap", kdm, "--key", scene.key, "--now", NOW, "-o", opened]
    assert dcpkit(*opening, *given)[0] == 0 and is_sealed(opened.read_bytes())
    opened.unlink()
    assert dcpkit(*opening)[0] == 0 and the_keys(opened) == the_keys(scene.keys)


def test_create_locks_the_keys_that_it_makes(
    scene: Scene, passphrase: Path, dcpkit: Run, tmp_path: Path
) -> None:
    keys, package = tmp_path / "keys.age", tmp_path / "DCP"
    words = ["create", scene.root / "clip.mkv", "-o", package, "--title", "T", "--encrypt", "--keys", keys]
    words += ["--signer", scene.root / "studio", "--now", EARLIER, "--quiet", "--picture-rate", 24]
    words += ["--trim", "0-3"]
    words += ["--passphrase-file", passphrase]
    code, _, err = dcpkit(*words)
    assert code == 0, err
    assert is_sealed(keys.read_bytes())
    given = ["--keys", keys, "--passphrase-file", passphrase]
    assert dcpkit("decrypt", package, "-o", tmp_path / "clear", *given, "--now", NOW, "--quiet")[0] == 0


def test_a_locked_key_without_its_passphrase_is_one_clear_error(
    scene: Scene, passphrase: Path, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.age"
    keys.write_bytes(light_age_file(scene.keys.read_bytes(), PASSPHRASE))
    keys.chmod(0o600)
    words = ["verify", scene.package, "--keys", keys, "--now", NOW, "--quiet", "--json"]
    code, out, err = dcpkit(*words)
    assert code == 2 and "is locked with a passphrase, and none was given" in err
    assert "--passphrase-file" in json.loads(out)["error"]["remedy"]
    monkeypatch.setenv("DCPKIT_PASSPHRASE", "wrong-words-8642")
    code, out, err = dcpkit(*words, "--debug")
    assert code == 2 and "the passphrase does not open the file" in err and "8642" not in out + err
    monkeypatch.setenv("DCPKIT_PASSPHRASE", PASSPHRASE)
    assert dcpkit(*words)[0] == 0
    passphrase.write_text("wrong-words-8642")  # the file counts before the environment
    assert dcpkit(*words, "--passphrase-file", passphrase)[0] == 2


def test_files_that_others_may_read_are_warned_of(
    scene: Scene, passphrase: Path, dcpkit: Run, tmp_path: Path
) -> None:
    passphrase.chmod(0o640)
    key = tmp_path / "leaf.key"
    key.write_bytes(scene.key.read_bytes())
    key.chmod(0o644)
    given = ["--passphrase-file", passphrase]
    _, _, err = dcpkit("kdm", "verify", scene.kdm, "--key", key, "--now", NOW, *given)
    assert f"others on this machine may read the private key in {key}" in err
    names = ["--organization", "Studio", "--unit", "Mastering", "--role", "CS"]
    _, _, err = dcpkit("cert", "chain", "-o", tmp_path / "c", *names, *given)
    assert "others on this machine may read the passphrase in" in err
    assert "others" not in dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--now", NOW)[2]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is another elsewhere")
def test_the_command_leaves_no_core_report(tmp_path: Path) -> None:
    """The kernel makes no core at a limit of 1, neither as a file nor for a collecting program."""
    script = """
import os, resource
from dcpkit import main
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
def crash(arguments):
    print(hard, *resource.getrlimit(resource.RLIMIT_CORE), flush=True)
    os.abort()
main.invoke = crash
main.run([])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    hard, *limits = map(int, done.stdout.split())
    assert done.returncode < 0 and limits == ([0, 0] if hard == 0 else [1, 1])
    assert not any(tmp_path.iterdir())


def test_a_locked_chain_needs_a_passphrase(dcpkit: Run, tmp_path: Path) -> None:
    names = ["--organization", "Studio", "--unit", "Mastering", "--role", "CS"]
    code, _, err = dcpkit("cert", "chain", "-o", tmp_path / "c", *names, "--passphrase")
    assert code == 2 and "none was given" in err and not (tmp_path / "c").exists()
    assert call("cert", "chain", "-o", tmp_path / "c", *names, "--intermediates", 5) == 2
