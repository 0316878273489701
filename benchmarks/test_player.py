"""Playback to nothing, beside the codec alone on the same codestreams and the same threads; a seek beside one
decode."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from encrypted_reel import NOW, RATE, Package, package_of

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.system import cores
from player.play import play
from player.screen.screen import XYZ, Frame, Signal
from player.transport import Seek, Stop
from player.window import map_in_order
from watermark.secret import Secret

WIDTH, HEIGHT = 1998, 1080
FRAMES = 24
SECRET = Secret(value=b"b" * 32, operator="bench")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """One encrypted reel of 24 frames at 2K: a gradient with grain, some 0.6 MB a frame."""
    dice = np.random.default_rng(5)
    ramp = np.linspace(400, 3400, WIDTH, dtype=np.float32)[None, :, None]
    limits = frame_limits(RATE)
    distinct = []
    for _ in range(3):
        frame = ramp + dice.normal(0, 12, (HEIGHT, WIDTH, 3)).astype(np.float32)
        distinct.append(codec_by_name().encode(np.clip(frame, 0, 4095).astype(np.uint16), limits=limits))
    return package_of(tmp_path_factory.mktemp("package"), [distinct[number % 3] for number in range(FRAMES)])


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
