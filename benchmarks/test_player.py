"""Playback to nothing, beside the codec alone on the same codestreams and the same threads; a seek beside one
decode."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, write_cpl
from dcp.documents.pkl import PackingList, PklAsset, write_pkl
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.writer import write_track_file
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import ContentKey, Keyring
from dcp.system import cores
from player.play import play
from player.screen.screen import XYZ, Frame, Signal
from player.transport import Seek, Stop
from player.window import map_in_order
from watermark.secret import Secret

NOW = datetime(2028, 6, 1, tzinfo=UTC)
RATE = Fraction(24)
WIDTH, HEIGHT = 1998, 1080
FRAMES = 24
SECRET = Secret(value=b"b" * 32, operator="bench")


@dataclass(frozen=True)
class Package:
    root: Path
    keyring: Keyring
    codestreams: list[bytes]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """One encrypted reel of 24 frames at 2K: a gradient with grain, some 0.6 MB a frame."""
    root = tmp_path_factory.mktemp("package")
    dice = np.random.default_rng(5)
    ramp = np.linspace(400, 3400, WIDTH, dtype=np.float32)[None, :, None]
    limits = frame_limits(RATE)
    distinct = []
    for _ in range(3):
        frame = ramp + dice.normal(0, 12, (HEIGHT, WIDTH, 3)).astype(np.float32)
        distinct.append(codec_by_name().encode(np.clip(frame, 0, 4095).astype(np.uint16), limits=limits))
    codestreams = [distinct[number % 3] for number in range(FRAMES)]
    key = ContentKey.generate("MDIK")
    written = write_track_file(
        root / "picture.mxf",
        codestreams,
        sizes=[len(data) for data in codestreams],
        descriptor=PictureDescriptor.from_codestream(parse_codestream(codestreams[0]), RATE),
        edit_rate=RATE,
        asset_id=uuid.uuid4(),
        key=key,
        now=NOW,
    )
    picture = ReelAsset(
        kind="MainPicture",
        id=written.asset_id,
        edit_rate=RATE,
        intrinsic_duration=FRAMES,
        key_id=key.id,
        frame_rate=RATE,
        screen_aspect_ratio=f"{WIDTH} {HEIGHT}",
    )
    cpl = CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=NOW,
        content_title_text="Benchmark",
        content_kind="test",
        reels=(Reel(id=uuid.uuid4(), assets=(picture,)),),
    )
    (root / "cpl.xml").write_bytes(write_cpl(cpl))
    pkl = PackingList(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="benchmark",
        creator="benchmark",
        asset_list=(
            PklAsset(id=written.asset_id, hash=written.sha1, size=written.size, type="application/mxf"),
        ),
    )
    (root / "pkl.xml").write_bytes(write_pkl(pkl))
    asset_map = AssetMap(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="benchmark",
        creator="benchmark",
        asset_list=(
            MapAsset(id=pkl.id, chunk_list=(Chunk(path="pkl.xml"),), packing_list=True),
            MapAsset(id=cpl.id, chunk_list=(Chunk(path="cpl.xml"),)),
            MapAsset(id=written.asset_id, chunk_list=(Chunk(path="picture.mxf"),)),
        ),
    )
    (root / "ASSETMAP.xml").write_bytes(write_asset_map(asset_map))
    return Package(root, Keyring((key,)), codestreams)


def codec_alone(package: Package) -> float:
    """Frames a second of the codec on all cores, nothing else."""
    decode: Callable[[bytes], Any] = codec_by_name().decode
    begin = time.perf_counter()
    for _ in map_in_order(decode, package.codestreams, workers=cores()):
        pass
    return FRAMES / (time.perf_counter() - begin)


@pytest.mark.parametrize("marked", [False, True], ids=["plain", "marked"])
def test_playing_to_nothing(benchmark: Any, package: Package, marked: bool) -> None:
    options: dict[str, Any] = {"location": 1, "secret": SECRET} if marked else {}

    def show() -> None:
        report = play(package.root, now=NOW, keyring=package.keyring, **options)
        assert (report.frames_shown, report.marked) == (FRAMES, marked)

    show()
    bounds: list[float] = []  # taken between the rounds, so that both see the same machine
    benchmark.pedantic(show, setup=lambda: bounds.append(codec_alone(package)), rounds=3)
    rate, bound = FRAMES / benchmark.stats.stats.min, max(bounds)
    benchmark.extra_info.update(
        frames_per_second=round(rate, 2),
        codec_alone=round(bound, 2),
        share=round(rate / bound, 3),
        megabytes_a_frame=round(len(package.codestreams[0]) / 1e6, 2),
        cores=cores(),
    )


SOUGHT = (20, 3, 15, 9, 22)
MOST_OVER = 0.05
"""Seconds that a seek may take beyond three decodes."""


class Seeking:
    """A screen that goes somewhere else as soon as it is there. took: seconds from asking to the frame."""

    name, target, encoding, lead, sees, hears = "seeking", None, XYZ, None, True, False

    def __init__(self) -> None:
        self.took: list[float] = []
        self.left = list(SOUGHT)
        self.asked = 0.0

    def showing(self, signal: Signal) -> Any:
        self.signal = signal
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def prepare(self, image: Any) -> None:
        return None

    def changed(self, signal: Signal) -> None:
        return None

    def show(self, frame: Frame) -> None:
        self.signal.presented(frame)
        if self.asked:
            self.took.append(time.perf_counter() - self.asked)
        self.asked = time.perf_counter()
        self.signal.post(Seek(self.left.pop(0)) if self.left else Stop())


def test_a_seek_beside_one_decode(benchmark: Any, package: Package) -> None:
    decode: Callable[[bytes], Any] = codec_by_name().decode
    decodes: list[float] = []

    def one_decode() -> None:
        begin = time.perf_counter()
        decode(package.codestreams[0])
        decodes.append(time.perf_counter() - begin)

    screens: list[Seeking] = []

    def show() -> None:
        screens.append(Seeking())
        play(package.root, now=NOW, keyring=package.keyring, screen=screens[-1])

    one_decode()
    benchmark.pedantic(show, setup=one_decode, rounds=2)
    seek = statistics.median(took for screen in screens for took in screen.took)
    alone = statistics.median(decodes)
    benchmark.extra_info.update(
        seek_ms=round(seek * 1000, 1),
        decode_ms=round(alone * 1000, 1),
        ratio=round(seek / alone, 2),
        bound=round((3 * alone + MOST_OVER) / alone, 2),
    )
    assert seek <= 3 * alone + MOST_OVER
