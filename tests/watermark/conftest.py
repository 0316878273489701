"""A film made by code: soft moving textures in a few shots, in X'Y'Z' and as a viewer's RGB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from watermark.embed import Embedder
from watermark.frames import Footage
from watermark.payload import Payload
from watermark.secret import Secret

WIDTH, HEIGHT = 512, 288


@dataclass(frozen=True)
class Film:
    """frames: (n, 288, 512) 12-bit codes, one for the three components (it is a grey film)."""

    frames: NDArray[np.uint16]
    rate: Fraction

    def reference(self, times: int = 1) -> Footage:
        """The film `times` over, as the detector is given it."""

        def walk() -> Iterator[NDArray[np.uint16]]:
            for _ in range(times):
                for frame in self.frames:
                    yield np.repeat(frame[:, :, None], 3, axis=2)

        return Footage(rate=self.rate, walk=walk, encoding="xyz")

    def shown(
        self,
        secret: Secret | None,
        payload: Payload | None = None,
        *,
        times: int = 1,
        start: int = 0,
        stop: int | None = None,
    ) -> Iterator[NDArray[np.uint8]]:
        """Frames start to stop on the screen, 8-bit RGB; marked when there is a secret."""
        marker = None
        if secret is not None and payload is not None:
            marker = Embedder(secret, payload, width=WIDTH, height=HEIGHT, rate=self.rate)
        display = np.rint(255 * (np.arange(4096) / 4095) ** (2.6 / 2.4)).astype(np.uint8)
        for index in range(start, stop if stop is not None else times * len(self.frames)):
            frame = np.repeat(self.frames[index % len(self.frames)][:, :, None], 3, axis=2)
            yield display[marker.apply(frame, index) if marker else frame]


@pytest.fixture(scope="session")
def make_film() -> Callable[..., Film]:
    def make(seconds: float, *, rate: int = 24, seed: int = 1) -> Film:
        rng = np.random.default_rng(seed)
        frames = []
        count = round(seconds * rate)
        shot = max(1, round(2.5 * rate))
        for index in range(count):
            if index % shot == 0:
                coarse = cv2.resize(rng.random((9, 16)), (900, 600), interpolation=cv2.INTER_CUBIC)
                fine = cv2.resize(rng.random((75, 112)), (900, 600), interpolation=cv2.INTER_CUBIC)
                ground = 900 + 1500 * coarse + 500 * fine
                pan = rng.uniform(-30, 30, 2) / rate
                place = np.array([190.0, 150.0])
                ball, speed = rng.uniform(0.3, 0.7, 2), rng.uniform(-0.15, 0.15, 2) / rate
            place, ball = place + pan, ball + speed
            matrix = np.array([[1, 0, place[0]], [0, 1, place[1]]])
            frame = cv2.warpAffine(
                ground, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            )
            centre = round(ball[0] * WIDTH), round(ball[1] * HEIGHT)
            cv2.circle(frame, centre, 30, 2600.0, -1, cv2.LINE_AA)
            frames.append(np.clip(frame + rng.normal(0, 8, frame.shape), 0, 4095).astype(np.uint16))
        return Film(frames=np.stack(frames), rate=Fraction(rate))

    return make


@pytest.fixture(scope="session")
def film(make_film: Callable[..., Film]) -> Film:
    """Eight seconds at 24 fps in four shots."""
    return make_film(8)


@pytest.fixture(scope="session")
def secret() -> Secret:
    return Secret(value=bytes(range(32)), operator="Example Cinema")


@pytest.fixture(scope="session")
def payload() -> Payload:
    return Payload(location=300_000, time_index=31_322)
