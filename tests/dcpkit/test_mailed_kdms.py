"""A KDM is taken as it arrives: in an e-mail saved as a file, or in the ZIP archive that came with it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from needing import has_extra
from scenes import BEGIN, END, NOW, Scene, call

import dcpkit as entrance

Run = Callable[..., tuple[int, str, str]]


def mail(path: Path, *files: tuple[str, bytes]) -> Path:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "lab@example.com", "rex@example.com", "KDM"
    message.set_content("Please find the KDM attached.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    path.write_bytes(message.as_bytes())
    return path


def archive(*files: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, data in files:
            packed.writestr(name, data)
    return stream.getvalue()


@pytest.fixture(scope="module")
def other(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same show's KDM for another screen."""
    root = tmp_path_factory.mktemp("other")
    assert call("cert", "chain", "-o", root / "hall", "--organization", "x", "--unit", "Screen 4",
                "--role", "SM", "--now", BEGIN) == 0  # fmt: skip
    assert call("kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer",
                scene.root / "studio", "--recipient", root / "hall" / "leaf.pem", "--from", BEGIN,
                "--until", END, "--now", NOW, "-o", root / "kdm.xml") == 0  # fmt: skip
    return (root / "kdm.xml").read_bytes()


@pytest.mark.parametrize("zipped", [False, True])
def test_every_verb_takes_the_kdm_of_a_mail(scene: Scene, dcpkit: Run, tmp_path: Path, zipped: bool) -> None:
    data = scene.kdm.read_bytes()
    file = ("kdm.zip", archive(("kdm.xml", data))) if zipped else ("kdm.xml", data)
    saved = mail(tmp_path / "mail.eml", file)
    opener = scene.opener(saved)
    code, out, err = dcpkit("kdm", "verify", saved, *opener[2:])
    assert code == 0 and "accept" in out and "mail.eml/" in err and "was taken, of 1 KDM" in err
    assert dcpkit("kdm", "unwrap", saved, *opener[2:], "-o", tmp_path / "keys.json")[0] == 0
    assert dcpkit("kdm", "inspect", saved)[0] == 0
    assert dcpkit("verify", scene.package, *opener)[0] == 0
    if has_extra("player"):
        assert dcpkit("play", scene.package, *opener, "--frames", "0-0", "--reduce", "3")[0] == 0
    assert dcpkit("unwrap", scene.track("sound"), *opener, "-o", tmp_path / "out")[0] == 0
    keyring = entrance.unwrap_kdm(saved, private_key=scene.key, now=entrance_now())
    assert len(keyring.keys) == 2


def entrance_now():  # type: ignore[no-untyped-def]
    from datetime import datetime

    return datetime.fromisoformat(NOW)


def test_of_several_the_one_for_the_device_is_taken(
    scene: Scene, dcpkit: Run, tmp_path: Path, other: bytes
) -> None:
    saved = mail(tmp_path / "mail.eml", ("a.xml", other), ("b.xml", scene.kdm.read_bytes()))
    code, _, err = dcpkit("kdm", "verify", saved, *scene.opener()[2:])
    assert code == 0 and "b.xml was taken, of 2 KDMs" in err
    code, _, err = dcpkit("kdm", "inspect", saved)
    assert code == 2 and "There are 2 in it: a.xml and b.xml" in err and "for this device" not in err


@pytest.mark.extra("player")
def test_a_show_takes_folders_and_several(scene: Scene, dcpkit: Run, tmp_path: Path, other: bytes) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "hall 3.xml").write_bytes(scene.kdm.read_bytes())
    (tmp_path / "hall 4.xml").write_bytes(other)
    opener = scene.opener(store)
    frames = ("--frames", "0-0", "--reduce", "3")
    code, out, _ = dcpkit("play", scene.package, *opener, "--kdm", tmp_path / "hall 4.xml", *frames, "--json")
    assert code == 0
    kdms = json.loads(out)["kdms"]
    assert [(Path(each["file"]).name, each["used"]) for each in kdms] == [
        ("hall 3.xml", True), ("hall 4.xml", False),
    ]  # fmt: skip
    assert "another device" in kdms[1]["why"]
    code, out, _ = dcpkit("verify", scene.package, *opener, "--kdm", tmp_path / "hall 4.xml", "--json")
    assert code == 2 and json.loads(out)["error"]["id"] == "flags.one-kdm"
    played = entrance.play(scene.package, kdm=[store, tmp_path / "hall 4.xml"], private_key=scene.key,
                           frames=(0, 0), reduce=3, now=entrance_now())  # fmt: skip
    assert played.verdict == "complete" and len(played.kdms) == 2


def test_what_has_no_kdm_in_it_says_so(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    saved = mail(tmp_path / "mail.eml", ("poster.txt", b"no key here"))
    code, _, err = dcpkit("kdm", "verify", saved, *scene.opener()[2:], "--json")
    assert code == 2 and "no KDM in it" in err
    code, out, _ = dcpkit("kdm", "inspect", saved, "--json")
    assert code == 2 and json.loads(out)["error"]["id"] == "flags.no-kdm-inside"


# --- certificates -----


def test_every_verb_takes_the_certificates_of_a_mail(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    leaf, ca, root = (
        (scene.root / "cinema" / f"{name}.pem").read_bytes() for name in ("leaf", "intermediate", "root")
    )
    own, anchor = mail(tmp_path / "own.eml", ("Hall 3.pem", leaf)), tmp_path / "anchors"
    anchor.mkdir()
    both = mail(
        anchor / "both.eml", ("all.zip", archive(("maker.pem", root), ("ca.pem", ca), ("Hall 3.pem", leaf)))
    )
    mail(anchor / "other.eml", ("letter.txt", b"hello"))
    taken = f"1 certificate is taken from {own}: Hall 3.pem"
    code, out, err = dcpkit("cert", "show", own)
    assert code == 0 and taken in err and "Screen 3" in out
    words = ("kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer",
             scene.root / "studio", "--from", BEGIN, "--until", END, "--now", NOW)  # fmt: skip
    for number, file in enumerate((own, both)):  # of several, the one that issued none of the others
        code, out, err = dcpkit(*words, "--recipient", file, "-o", tmp_path / f"{number}.xml")
        assert code == 0 and "Screen 3" in out and "taken from" in err
    code, _, err = dcpkit("kdm", "verify", scene.kdm, "--recipient", own, "--device", own, "--now", NOW)
    assert code == 0 and err.count(taken) == 2
    code, out, err = dcpkit("cert", "verify", scene.root / "cinema" / "chain.pem", "--trust", anchor,
                            "--now", NOW)  # fmt: skip
    assert code == 0 and f"3 certificates are taken from {both}: maker.pem, ca.pem and Hall 3.pem" in err
    code, out, _ = dcpkit("kdm", "diagnose", "--dcp", scene.package, "--kdm", scene.kdm, "--certificate",
                          own, "--now", NOW)  # fmt: skip
    assert code == 0, out
    code, out, _ = dcpkit("kdm", "calendar", own, "--now", NOW)
    assert code == 0 and "own.eml/Hall 3.pem" in out
    code, out, _ = dcpkit("kdm", "calendar", mail(tmp_path / "kdm.eml", ("k.xml", scene.kdm.read_bytes()),
                          ("Hall 3.pem", leaf)), "--now", NOW)  # fmt: skip
    assert code == 0 and "kdm.eml/Hall 3.pem" in out and "Test_TST" in out
    code, _, err = dcpkit("cert", "show", mail(tmp_path / "none.eml", ("letter.txt", b"hello")))
    assert code == 2 and "no certificate in this e-mail" in err


def test_a_certificate_as_windows_saves_it_is_no_unknown_file(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    path = tmp_path / "leaf.txt"
    path.write_bytes((scene.root / "cinema" / "leaf.pem").read_text().encode("utf-16"))
    assert dcpkit("kdm", "calendar", path, "--now", NOW)[0] == 0
    assert dcpkit("kdm", "facilities", path)[0] == 0
