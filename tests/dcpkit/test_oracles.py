"""What the command wrote, judged by programs that know nothing of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import NOW, Scene, call

pytestmark = pytest.mark.oracle

CPL = "SMPTE-429-16-2014-CPL-Metadata.xsd"


def run(*arguments: object, env: dict[str, str] | None = None) -> str:
    words = [str(argument) for argument in arguments]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **(env or {})})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_xmlsec1_verifies_the_playlist_and_the_packing_list(
    scene: Scene, oracle: Callable[[str], str]
) -> None:
    studio = scene.root / "studio"
    trust = ["--trusted-pem", studio / "root.pem", "--untrusted-pem", studio / "intermediate.pem"]
    documents = [*scene.package.glob("cpl*.xml"), *scene.package.glob("pkl*.xml")]
    assert len(documents) == 2
    for document in documents:
        said = run(
            oracle("xmlsec1"), "--verify", *trust, "--verification-time", "2027-05-01 12:00:00", document
        )
        assert "OK" in said


def test_xmlsec1_verifies_the_kdm(scene: Scene, oracle: Callable[[str], str]) -> None:
    studio = scene.root / "studio"
    trust = ["--trusted-pem", studio / "root.pem", "--untrusted-pem", studio / "intermediate.pem"]
    ids = ["--id-attr:Id", "AuthenticatedPublic", "--id-attr:Id", "AuthenticatedPrivate"]
    said = run(
        oracle("xmlsec1"), "--verify", *ids, *trust, "--verification-time", "2027-05-01 12:00:00", scene.kdm
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
    xsd = standards / "xsd"
    catalog = {"XML_CATALOG_FILES": str(xsd / "catalog.xml")}
    (playlist,), (packing_list,) = scene.package.glob("cpl*.xml"), scene.package.glob("pkl*.xml")
    for schema, document in (
        (CPL, playlist),
        ("SMPTE-429-8-2006-PKL.xsd", packing_list),
        ("SMPTE-429-9-2007-AM.xsd", scene.package / "ASSETMAP.xml"),
        ("SMPTE-429-9-2007-AM.xsd", scene.package / "VOLINDEX.xml"),
        ("SMPTE-430-1-2006-KDM.xsd", scene.kdm),
    ):
        words = ["--noout", "--nonet", "--catalogs", "--schema", xsd / schema, document]
        assert "validates" in run(oracle("xmllint"), *words, env=catalog)


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
