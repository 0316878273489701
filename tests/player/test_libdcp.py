"""Packages and KDMs of another maker, played to the end; pixels compared with the formula."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.mxf.reader import TrackFile
from dcp.picture.codec import codec_by_name
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.certificate import read_certificates
from player.media_block import KdmRequest
from player.play import play
from player.report import PlayReport
from player.screen.registry import screen_for
from watermark.secret import Secret

INSIDE = datetime(2028, 6, 1, tzinfo=UTC)
BEFORE = datetime(2026, 12, 15, tzinfo=UTC)
AFTER = datetime(2033, 1, 1, tzinfo=UTC)
SECRET = Secret(value=b"s" * 32, operator="test")


@pytest.fixture
def vector(golden: Path) -> Path:
    return golden / "libdcp" / "enc"


def request(vector: Path, name: str = "modified_transitional_1", *, who: str = "recipient") -> KdmRequest:
    folder = vector.parent / who
    return KdmRequest(
        data=(vector / f"kdm_{name}.xml").read_bytes(),
        private_key=load_pem_private_key((folder / "leaf.key").read_bytes(), None),  # type: ignore[arg-type]
        recipient=read_certificates(folder / "leaf.pem")[0],
    )


def run(vector: Path, **options: Any) -> PlayReport:
    options.setdefault("now", INSIDE)
    options.setdefault("kdm", request(vector))
    options.setdefault("reduce", 2)
    return play(vector / "dcp", **options)


def keys_of(vector: Path) -> Keyring:
    assets = json.loads((vector / "manifest.json").read_text())["assets"]
    return Keyring(
        tuple(
            ContentKey(
                id=UUID(asset["key_id"]),
                type=asset["key_type"],
                value=bytes.fromhex(asset["key_hex"]),
            )
            for asset in assets.values()
        )
    )


def light(codes: NDArray[np.uint16]) -> NDArray[np.float64]:
    """X'Y'Z' codes to linear Rec.709 light of a 48 cd/m2 white, in double precision."""
    xyz = 52.37 / 48 * (codes.astype(np.float64) / 4095) ** 2.6
    to_rgb = np.linalg.inv(
        [
            [0.4123908, 0.3575843, 0.1804808],
            [0.2126390, 0.7151687, 0.0721923],
            [0.0193308, 0.1191948, 0.9505322],
        ]
    )
    return np.clip(xyz @ to_rgb.T, 0, 1)


def test_the_whole_package_with_its_kdm(vector: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = run(vector, progress=lambda done, total: seen.append((done, total)))
    assert (report.verdict, report.exit_code, report.frames_shown) == ("complete", 0, 24)
    assert seen == [(done, 24) for done in range(1, 25)]
    assert {track.kind: (track.units_read, track.mic) for track in report.reels[0].tracks} == {
        "MainPicture": (24, "ok"),
        "MainSound": (24, "ok"),
        "MainSubtitle": (2, "ok"),
    }
    assert report.kdm is not None and report.kdm["verdict"] == "accept"
    names = [event.subtype for event in report.events]
    assert "KDMKeysReceived" in names
    assert "CPLCheck" in names
    assert "00112233445566778899aabbccddeeff" not in json.dumps(report.document())


@pytest.mark.parametrize("depth", [8, 10])
def test_video_pixels_are_those_of_the_formula(vector: Path, tmp_path: Path, depth: int) -> None:
    path = tmp_path / "out.y4m"
    screen = screen_for(f"y4m:{path}", depth=depth)
    report = run(vector, screen=screen, reduce=1, frames=(2, 5), subtitles="off")
    assert report.exit_code == 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (999, 540, 24)
        frames = [
            [plane_of(plane, 999, 540, depth) for plane in frame.planes] for frame in container.decode(stream)
        ]
    assert len(frames) == 4
    for planes, codes in zip(frames, decoded(vector, 2, 6, reduce=1), strict=True):
        rgb = light(codes) ** (1 / 2.4)
        y = rgb @ [0.2126, 0.7152, 0.0722]
        scale = 2 ** (depth - 8)
        expected = [
            (16 + 219 * y) * scale,
            (128 + 224 * (rgb[..., 2] - y) / 1.8556) * scale,
            (128 + 224 * (rgb[..., 0] - y) / 1.5748) * scale,
        ]
        for plane, wanted in zip(planes, expected, strict=True):
            assert np.abs(plane - wanted).max() <= (0.6 if depth == 8 else 0.9)


def plane_of(plane: Any, width: int, height: int, depth: int) -> NDArray[np.float64]:
    dtype = np.dtype(np.uint8 if depth == 8 else "<u2")
    samples = np.frombuffer(bytes(plane), dtype).reshape(height, plane.line_size // dtype.itemsize)
    return samples[:, :width].astype(np.float64)


def decoded(vector: Path, start: int, stop: int, *, reduce: int) -> list[NDArray[np.uint16]]:
    key = keys_of(vector).keys[0]
    with TrackFile.open(vector / "dcp" / "picture.mxf") as file:
        return [
            codec_by_name().decode(bytes(unit.data), reduce=reduce)
            for unit in file.units(start, stop, key=key)
        ]


def test_png_values_are_those_of_the_formula(vector: Path, tmp_path: Path) -> None:
    screen = screen_for(f"frames:{tmp_path / 'out'}")
    run(vector, screen=screen, frames=(0, 1), reduce=1, subtitles="off")
    for path, codes in zip(
        sorted((tmp_path / "out").iterdir()), decoded(vector, 0, 2, reduce=1), strict=True
    ):
        back = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert back is not None and back.dtype == np.uint16
        expected = 65535 * light(codes) ** (1 / 2.4)
        assert np.abs(back[..., ::-1] - expected).max() < 64


def test_the_plain_twin_is_played_and_never_marked(golden: Path) -> None:
    report = play(golden / "libdcp/plain/dcp", now=INSIDE, reduce=2, location=4, secret=SECRET)
    assert (report.exit_code, report.frames_shown, report.marked) == (0, 24, False)
    assert {track.mic for track in report.reels[0].tracks} == {"clear"}


def test_marked_frames_differ_a_little_from_unmarked_ones(vector: Path, tmp_path: Path) -> None:
    marked = run(
        vector, screen=screen_for(f"frames:{tmp_path / 'a'}"), frames=(0, 1), location=9, secret=SECRET
    )
    run(vector, screen=screen_for(f"frames:{tmp_path / 'b'}"), frames=(0, 1))
    assert marked.marked
    one, other = (cv2.imread(str(tmp_path / x / "000001.png"), cv2.IMREAD_UNCHANGED) for x in "ab")
    assert one is not None and other is not None
    difference = np.abs(one.astype(int) - other.astype(int))
    assert 0 < difference.mean() < 0.02 * 65535


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("modified_transitional_1", True),
        ("multiple_modified_transitional_1", False),
        ("dci_any", True),
        ("dci_specific", False),
    ],
)
def test_the_kdms_flags_switch_the_picture_mark(vector: Path, name: str, picture: bool) -> None:
    report = run(vector, kdm=request(vector, name), frames=(0, 0), location=9, secret=SECRET)
    assert (report.verdict, report.marked) == ("complete", picture)
    if not picture:
        assert report.mark.picture_why_not is not None and "KDM" in str(report.mark.picture_why_not)
    if name == "multiple_modified_transitional_1":
        assert report.mark.sound_why_not is not None and "KDM" in str(report.mark.sound_why_not)


@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_outside_the_window_nothing_is_shown(vector: Path, tmp_path: Path, now: datetime) -> None:
    report = run(vector, now=now, screen=screen_for(f"frames:{tmp_path / 'out'}"), log=tmp_path / "log")
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)
    assert not (tmp_path / "out").exists()
    last = json.loads((tmp_path / "log").read_text().splitlines()[-2])
    assert (last["subtype"], last["exception"]) == ("KDMKeysReceived", "ValidityWindowError")
    assert any("KDM-00" in line for line in report.lines())


def test_a_changed_kdm_is_refused(vector: Path) -> None:
    kdm = request(vector)
    data = re.sub(rb"2032-01-01", b"2042-01-01", kdm.data)
    assert data != kdm.data
    changed = KdmRequest(data=data, private_key=kdm.private_key, recipient=kdm.recipient)
    report = run(vector, kdm=changed)
    assert (report.verdict, report.frames_shown) == ("refused", 0)
    assert any(event.exception == "SignatureError" for event in report.events)


def test_another_recipient_is_refused(vector: Path) -> None:
    report = run(vector, kdm=request(vector, who="signer"))
    assert (report.verdict, report.exit_code) == ("refused", 1)


def test_a_key_and_a_certificate_of_two_owners(vector: Path) -> None:
    one, other = request(vector), request(vector, who="signer")
    with pytest.raises(UsageError):
        run(vector, kdm=KdmRequest(data=one.data, private_key=other.private_key, recipient=one.recipient))


def test_a_kdm_of_another_composition_is_refused(vector: Path) -> None:
    report = play(vector.parent / "plain/dcp", now=INSIDE, kdm=request(vector))
    assert (report.verdict, report.exit_code, report.frames_shown) == ("refused", 1, 0)


def test_playback_may_overrun_the_window_by_six_hours(vector: Path) -> None:
    end = datetime(2032, 1, 1, tzinfo=UTC)
    late = run(vector, now=end - timedelta(minutes=1), clock=lambda: end + timedelta(hours=5, minutes=59))
    assert late.verdict == "complete"
    over = run(vector, now=end - timedelta(minutes=1), clock=lambda: end + timedelta(hours=6, minutes=1))
    assert (over.verdict, over.frames_shown) == ("stopped", 0)


@pytest.mark.parametrize("name", ["dcp_test1", "dcp_test2", "dcp_test3", "dcp_test7"])
def test_packages_of_the_corpus_play_to_the_end(corpus: Path, name: str) -> None:
    report = play(corpus / "libdcp/test/ref/DCP" / name, now=INSIDE, reduce=3)
    assert (report.verdict, report.exit_code, report.frames_shown) == ("complete", 0, 24)
    picture = next(track for track in report.reels[0].tracks if "Picture" in track.kind)
    assert picture.units_read == (48 if "Stereo" in picture.kind else 24)


def test_an_encrypted_package_of_the_corpus(corpus: Path) -> None:
    root = corpus / "libdcp/test/ref/DCP/encryption_test"
    with TrackFile.open(root / "video.mxf") as video, TrackFile.open(root / "audio.mxf") as audio:
        ids = {"MDIK": video.header.key_id, "MDAK": audio.header.key_id}
    value = bytes.fromhex("5407b2104441ce974b168bdc7c12da54")
    keyring = Keyring(tuple(ContentKey(id=id, type=type, value=value) for type, id in ids.items() if id))
    report = play(root, now=INSIDE, keyring=keyring, reduce=3)
    assert (report.exit_code, report.frames_shown) == (0, 24)
    assert {track.mic for track in report.reels[0].tracks} == {"ok"}
