"""Folders so deep that paths below them are longer than Windows takes as they are (259 characters)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import BEGIN, EARLIER, END, NOW, Scene

from dcp.system import long_path
from dcp.trust.making import NewChain

Run = Callable[..., tuple[int, str, str]]
BELOW = 220  # characters of a batch's paths
CINEMA = "Multiplex at the Old Harbour, Halls of the North"


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A folder of 200 characters."""
    while len(str(tmp_path)) < 200:
        tmp_path /= "release of the films of this spring"[: max(1, 199 - len(str(tmp_path)))]
    tmp_path.mkdir(parents=True)
    return tmp_path


def test_a_batch_in_a_deep_folder(scene: Scene, dcpkit: Run, deep: Path, tmp_path: Path) -> None:
    leaf = (scene.root / "cinema" / "leaf.pem").read_bytes()
    (tmp_path / "leaf.pem").write_bytes(leaf)
    screens = tmp_path / "screens.csv"
    screens.write_text(f'cinema,screen,certificate\n"{CINEMA}",Hall 1,leaf.pem\n', "utf-8")
    out = deep / "kdms"
    words = ("kdm", "issue", "--dcp", scene.package, "--keys", scene.keys, "--signer",
             scene.root / "studio", "--from", BEGIN, "--until", END, "--screens", screens,
             "--now", EARLIER, "-o", out, "--json")  # fmt: skip
    code, text, err = dcpkit(*words)
    assert code == 0 and json.loads(text)["made"] == 1, err
    code, text, err = dcpkit(*words)
    assert code == 0 and json.loads(text)["kept"] == 1, err
    (message,) = (path for path in long_path(out, room=BELOW).rglob("*.xml"))
    assert len(str(message)) > 259
    plain = out / message.relative_to(long_path(out, room=BELOW))
    for found in (plain, message):  # as a person gives it, and as Windows takes it
        assert dcpkit("kdm", "inspect", found)[0] == 0
    code, text, err = dcpkit("kdm", "coverage", "--screens", screens, "--dcp", scene.package, "--kdm", out,
                             "--now", NOW, "--json")  # fmt: skip
    assert code == 0 and json.loads(text)["covered"], err
    code, text, err = dcpkit("kdm", "calendar", out, "--now", NOW)
    assert code == 0 and CINEMA not in err and "Hall 1" not in err and "long" not in text, err
    code, text, err = dcpkit("kdm", "diagnose", "--dcp", scene.package, "--kdm", out, "--certificate",
                             tmp_path / "leaf.pem", "--now", NOW)  # fmt: skip
    assert code == 0, text + err
    screens.write_text("cinema,screen,certificate\nRex,Hall 9,leaf.pem\n", "utf-8")
    code, text, err = dcpkit(*words)
    assert code == 0, err


def test_a_package_and_certificates_in_a_deep_folder(
    scene: Scene, dcpkit: Run, deep: Path, device_chain: NewChain
) -> None:
    inner = long_path(deep, room=BELOW) / ("certificates of all our cinemas " * 2).strip() / "Rex"
    inner.mkdir(parents=True)
    (inner / "Hall 1.pem").write_text(device_chain.leaf.pem())
    plain = deep / inner.relative_to(long_path(deep, room=BELOW))
    assert len(str(plain / "Hall 1.pem")) > 259
    assert dcpkit("cert", "show", plain / "Hall 1.pem")[0] == 0
    code, text, err = dcpkit("kdm", "facilities", plain.parent, "--json")
    assert code == 0 and "Hall 1" in text, err
    assert (
        dcpkit("cert", "verify", scene.root / "cinema" / "chain.pem", "--trust", plain, "--now", NOW)[0] == 1
    )
    copy = deep / "a copy of the package with a name of its own, to be verified there"
    code, text, err = dcpkit("decrypt", scene.package, "--keys", scene.keys, "-o", copy, "--now", NOW)
    assert code == 0, err
    code, text, err = dcpkit("verify", copy, "--now", NOW)
    assert code == 0, text + err
