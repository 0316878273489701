"""`create --watermark`: the mark is in every frame of the package, at its place in the composition."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from scenes import NOW

import dcpkit as dcpkit_program

pytestmark = pytest.mark.extra("watermark")

Run = Callable[..., tuple[int, str, str]]
WIDTH, HEIGHT, RATE = 256, 144, Fraction(24)
LOCATION, TIME = 4711, "2027-05-02T20:00:00+02:00"
TIME_INDEX = (31 + 28 + 31 + 30 + 1) * 96 + 18 * 4


def film(folder: Path, first: int, count: int) -> Path:
    """Codestreams of a soft texture that moves a little, in 256x144."""
    import cv2
    import numpy as np

    from dcp.picture.codec import codec_by_name
    from dcp.picture.limits import frame_limits

    texture = cv2.resize(np.random.default_rng(2).uniform(900, 2400, (40, 70)), (700, 400), interpolation=2)
    folder.mkdir()
    for number in range(first, first + count):
        left = number % 100
        picture = np.repeat(texture[20 : 20 + HEIGHT, left : left + WIDTH, None], 3, axis=2)
        data = codec_by_name().encode(picture.astype(np.uint16), limits=frame_limits(RATE))
        (folder / f"{number:06d}.j2c").write_bytes(data)
    return folder


def pictures(root: Path) -> list[Any]:
    from dcp.mxf.reader import TrackFile
    from dcp.package.package import open_package
    from dcp.picture.codec import codec_by_name

    package = open_package(root)
    found = []
    for reel in package.compositions[0].reels:
        assert reel.picture is not None
        with TrackFile.open(package.require(reel.picture.id)) as track:
            found += [codec_by_name().decode(bytes(each.data)) for each in track.units()]
    return found


def secret_file(dcpkit: Run, folder: Path) -> Path:
    path = folder / "secret.json"
    assert dcpkit("watermark", "secret", "-o", path, "--operator", "House")[0] == 0
    return path


def marks(secret: Path) -> tuple[object, ...]:
    return "--watermark", secret, "--location", LOCATION, "--time", TIME


def test_every_frame_is_marked_at_its_place_in_the_composition(dcpkit: Run, tmp_path: Path) -> None:
    import numpy as np

    from watermark.embed import Embedder
    from watermark.payload import Payload
    from watermark.secret import read_secret

    path = secret_file(dcpkit, tmp_path)
    reels = film(tmp_path / "a", 0, 4), film(tmp_path / "b", 4, 3)
    given = ("create", *reels, "--title", "T", "--kind", "test", "--picture-rate", 24, "--now", NOW)
    code, out, _ = dcpkit(*given, "-o", tmp_path / "marked", *marks(path), "--json")
    assert code == 0
    secret = read_secret(path)
    document = json.loads(out)
    assert document["mark"] == {
        "location": LOCATION,
        "time_index": TIME_INDEX,
        "secret": secret.fingerprint,
    }
    assert {"plan.marked", "plan.coding-marked"} <= {each["id"] for each in document["decisions"]}
    assert dcpkit(*given, "--coding", "exact", "-o", tmp_path / "plain", "--quiet")[0] == 0
    before, after = pictures(tmp_path / "plain"), pictures(tmp_path / "marked")
    embedder = Embedder(secret, Payload(LOCATION, TIME_INDEX), width=WIDTH, height=HEIGHT, rate=RATE)
    for number, (plain, marked) in enumerate(zip(before, after, strict=True)):
        found = marked.astype(float) - plain
        alike = {}
        for place in (number, number + 12):
            meant = embedder.apply(plain, place).astype(float) - plain
            alike[place] = float(np.corrcoef(found.ravel(), meant.ravel())[0, 1])
        assert alike[number] > 0.8 > 0.4 > alike[number + 12]
    again = dcpkit_program.create(
        reels[0], tmp_path / "again", title="T", kind="test", picture_rate=24,
        now=datetime.fromisoformat(NOW),
        watermark=secret, location=LOCATION, time=datetime.fromisoformat(TIME),
    )  # fmt: skip
    assert [each.tobytes() for each in pictures(again.root)] == [each.tobytes() for each in after[:4]]
    hidden = secret.value.hex()
    written = b"".join(file.read_bytes() for file in (tmp_path / "marked").iterdir())
    assert hidden not in out and hidden.encode() not in written and secret.value not in written


@pytest.mark.soak
def test_the_mark_is_read_out_of_the_package(dcpkit: Run, tmp_path: Path) -> None:
    path = secret_file(dcpkit, tmp_path)
    reels = film(tmp_path / "a", 0, 100), film(tmp_path / "b", 100, 92)
    given = ("create", *reels, "--title", "T", "--kind", "test", "--picture-rate", 24, "--now", NOW)
    assert dcpkit(*given, "-o", tmp_path / "marked", *marks(path), "--quiet")[0] == 0
    assert dcpkit(*given, "-o", tmp_path / "plain", "--quiet")[0] == 0
    video = tmp_path / "copy.y4m"
    played = ("play", tmp_path / "marked", "--output", f"y4m:{video}", "--depth", 10, "--now", NOW)
    assert dcpkit(*played)[0] == 0
    code, out, _ = dcpkit(
        "watermark", "extract", video, "--secret", path, "--reference", tmp_path / "plain", "--json"
    )
    found = json.loads(out)
    assert code == 0 and found["payload"]["location"] == LOCATION
    assert found["payload"]["time_index"] == TIME_INDEX


def test_what_is_wrong_is_said_before_the_work(dcpkit: Run, tmp_path: Path) -> None:
    path = secret_file(dcpkit, tmp_path)
    source = film(tmp_path / "a", 0, 2)
    given = ("create", source, "--title", "T", "--picture-rate", 24, "--now", NOW, "--check")
    code, out, _ = dcpkit(*given, *marks(path))
    assert code == 0 and f"location {LOCATION}, time index {TIME_INDEX}" in out
    for words, wanted in (
        (("--watermark", path, "--location", 5), "--time"),
        (("--location", 5, "--time", TIME), "--watermark"),
        (("--watermark", path, "--location", 1 << 19, "--time", TIME), "location 524288"),
        (("--watermark", path, "--location", 5, "--time", "2027-05-02T20:00:00"), "--tz"),
        (("--watermark", source, "--location", 5, "--time", TIME), "secret"),
    ):
        code, out, err = dcpkit(*given, *words)
        assert (code, out) == (2, "") and wanted in err
    small = film_of_stamps(tmp_path / "b")
    code, _, err = dcpkit(
        "create", small, "--title", "T", "--picture-rate", 24, "--now", NOW, "--check", *marks(path)
    )
    assert code == 2 and "64x36" in err


def film_of_stamps(folder: Path) -> Path:
    from material import codestreams

    return codestreams(folder, 2)
