"""A KDM is taken as it arrives: in an e-mail saved as a file, or in the ZIP archive that came with it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
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
    assert code == 2 and "there are 2 KDMs in it" in err and "a.xml, b.xml" in err


def test_what_has_no_kdm_in_it_says_so(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    saved = mail(tmp_path / "mail.eml", ("poster.txt", b"no key here"))
    code, _, err = dcpkit("kdm", "verify", saved, *scene.opener()[2:], "--json")
    assert code == 2 and "no KDM in it" in err
    code, out, _ = dcpkit("kdm", "inspect", saved, "--json")
    assert code == 2 and json.loads(out)["error"]["id"] == "flags.no-kdm-inside"
