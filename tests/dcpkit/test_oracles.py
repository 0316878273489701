"""What the command wrote, judged by programs that know nothing of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from judges import KDM_PARTS, KDM_SCHEMA, run, schema_holds, signature_holds
from scenes import NOW, Scene, call

from dcp.trust.signer import read_signer

pytestmark = pytest.mark.oracle

INSIDE = datetime.fromisoformat(NOW)
CPL = "SMPTE-429-16-2014-CPL-Metadata.xsd"


def test_xmlsec1_verifies_the_playlist_and_the_packing_list(
    scene: Scene, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    documents = [*scene.package.glob("cpl*.xml"), *scene.package.glob("pkl*.xml")]
    assert len(documents) == 2
    chain = read_signer(scene.root / "studio").chain
    for document in documents:
        said = signature_holds(oracle("xmlsec1"), document, chain=chain, at=INSIDE, folder=tmp_path)
        assert "OK" in said


def test_xmlsec1_verifies_the_kdm(scene: Scene, oracle: Callable[[str], str], tmp_path: Path) -> None:
    chain = read_signer(scene.root / "studio").chain
    said = signature_holds(
        oracle("xmlsec1"), scene.kdm, chain=chain, at=INSIDE, folder=tmp_path, parts=KDM_PARTS
    )
    assert "OK" in said and "SignedInfo References (ok/all): 2/2" in said


def test_xmlsec1_refuses_what_was_changed(scene: Scene, oracle: Callable[[str], str], tmp_path: Path) -> None:
    (playlist,) = scene.package.glob("cpl*.xml")
    changed = tmp_path / "cpl.xml"
    changed.write_text(playlist.read_text().replace("Test_TST", "Test_FTR"))
    trusted = scene.root / "studio" / "root.pem"
    words = [oracle("xmlsec1"), "--verify", "--trusted-pem", str(trusted), str(changed)]
    assert subprocess.run(words, capture_output=True).returncode != 0


@pytest.mark.parametrize("who", ["studio", "cinema"])
def test_openssl_accepts_the_chain_strictly(who: str, scene: Scene, oracle: Callable[[str], str]) -> None:
    folder = scene.root / who
    at = ["-attime", "1809172800"]  # 2027-05-01
    files = ["-CAfile", folder / "root.pem", "-untrusted", folder / "intermediate.pem", folder / "leaf.pem"]
    assert "OK" in run(oracle("openssl"), "verify", "-x509_strict", *at, *files)


def test_xmllint_validates_every_document(
    scene: Scene, standards: Path, oracle: Callable[[str], str]
) -> None:
    (playlist,), (packing_list,) = scene.package.glob("cpl*.xml"), scene.package.glob("pkl*.xml")
    for schema, document in (
        (CPL, playlist),
        ("SMPTE-429-8-2006-PKL.xsd", packing_list),
        ("SMPTE-429-9-2007-AM.xsd", scene.package / "ASSETMAP.xml"),
        ("SMPTE-429-9-2007-AM.xsd", scene.package / "VOLINDEX.xml"),
        (KDM_SCHEMA, scene.kdm),
    ):
        assert "validates" in schema_holds(oracle("xmllint"), standards / "xsd" / schema, document)


def test_ffmpeg_demuxes_the_clear_tracks_to_the_same_bytes(
    scene: Scene, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    opener = [*scene.opener(), "--quiet"]
    assert call("decrypt", scene.package, "-o", tmp_path / "clear", *opener) == 0
    picture = scene.track("picture", tmp_path / "clear")
    assert call("unwrap", scene.track("picture"), "-o", tmp_path / "units", *opener) == 0
    codestreams = b"".join(file.read_bytes() for file in sorted((tmp_path / "units").glob("*.j2c")))
    copied = ["-v", "error", "-i", picture, "-c", "copy", "-f", "data"]
    run(oracle("ffmpeg"), *copied, "-map", "0:v", tmp_path / "video.bin")
    assert (tmp_path / "video.bin").read_bytes() == codestreams
    sound = scene.track("sound", tmp_path / "clear")
    assert call("unwrap", scene.track("sound"), "-o", tmp_path / "sound", *opener) == 0
    (wav,) = (tmp_path / "sound").glob("*.wav")
    for file, target in ((sound, "a.raw"), (wav, "b.raw")):
        run(oracle("ffmpeg"), "-v", "error", "-i", file, "-c", "copy", "-f", "s24le", tmp_path / target)
    samples = (tmp_path / "a.raw").read_bytes()
    assert samples == (tmp_path / "b.raw").read_bytes()
    assert len(samples) == 24 * 36_000 and any(samples)


def test_mediainfo_sees_a_digital_cinema_track(scene: Scene, oracle: Callable[[str], str]) -> None:
    said = run(oracle("mediainfo"), scene.track("picture"))
    assert "MXF" in said and "24.000" in said


@pytest.mark.extra("picture")
def test_the_clear_package_is_playable_by_another_decoder(scene: Scene, tmp_path: Path) -> None:
    """PyAV's own JPEG 2000 decoder sees the picture that was packed: a bar that wanders."""
    import av
    import numpy as np

    opener = [*scene.opener(), "--quiet"]
    assert call("decrypt", scene.package, "-o", tmp_path / "clear", *opener) == 0
    columns = []
    with av.open(str(scene.track("picture", tmp_path / "clear"))) as container:
        for frame in container.decode(video=0):
            rows = np.frombuffer(frame.planes[0], "<u2").reshape(frame.height, -1)
            luma = (rows[:, : frame.width * 3].reshape(frame.height, frame.width, 3) >> 4)[:, :, 1]
            columns.append(int(luma.mean(axis=0).argmax()))
    assert len(columns) == 24
    assert columns[20] > columns[2]
    assert NOW
