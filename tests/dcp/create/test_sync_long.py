"""Claps after a hundred minutes: coded once, put into containers at other rates and starts."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from building import plan
from claps import Film, claps, worst, write_film
from sounds import FULL

pytestmark = [pytest.mark.soak, pytest.mark.extra("picture")]

LIMIT = 1.0
"""ms."""
FILM, VIDEO = Fraction(24_000, 1001), Fraction(30_000, 1001)
SECONDS = 6_020
SOUND_RATE = 44_100
CLAPS: dict[Fraction, tuple[int, ...]] = {
    FILM: (0, 1_440, 144_000),
    Fraction(24): (0, 1_464, 144_240),
    VIDEO: (0, 1_860, 180_060),
    Fraction(25): (0, 1_600, 150_025),
}
"""Frames after no, one and a hundred minutes, at each rate, a second and more from those of the others."""
FINE = Fraction(1, 120_000)


def variable(frame: int) -> Fraction:
    """Of 25 frames a second, 20 in its first half."""
    second, at = divmod(frame, 25)
    return second + Fraction(at * 25 if at < 20 else 500 + (at - 20) * 100, 1000)


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A picture that claps with the frames of every rate, and sound with all the clicks, as AAC and PCM."""
    folder = tmp_path_factory.mktemp("coded")
    frames = sorted({frame for at in CLAPS.values() for frame in at})
    picture = Film(seconds=7_520, claps=tuple(frames), sound="", b_frames=2, group=96)
    made = {"picture": write_film(folder / "picture.mp4", picture)}
    clicks = sorted({round(frame / rate * SOUND_RATE) for rate, at in CLAPS.items() for frame in at})
    samples = np.zeros(SECONDS * SOUND_RATE, "<i2")
    for click in clicks:
        samples[click : click + SOUND_RATE // 500] = FULL // 2 >> 8
    for name, codec in (("pcm.wav", "pcm_s16le"), ("aac.mov", "aac")):
        made[codec] = folder / name
        with av.open(str(made[codec]), "w") as container:
            stream: Any = container.add_stream(codec, rate=SOUND_RATE)
            stream.layout = "mono"
            size = stream.codec_context.frame_size or 8_192
            form = stream.codec_context.format.name
            for first in range(0, len(samples), size):
                part = samples[None, first : first + size]
                if form == "fltp":
                    part = part.astype(np.float32) / 32_768
                frame = av.AudioFrame.from_ndarray(part, format=form, layout="mono")
                frame.rate, frame.pts, frame.time_base = SOUND_RATE, first, Fraction(1, SOUND_RATE)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return made


def together(
    path: Path,
    coded: dict[str, Path],
    sound: str | None,
    shown: Callable[[int], Fraction],
    *,
    picture_start: Fraction = Fraction(0),
    sound_start: Fraction = Fraction(0),
) -> Path:
    """The coded picture, its frames shown at these times, with the coded sound."""
    options = {"movie_timescale": "48000"} if path.suffix in (".mov", ".mp4") else {}
    with av.open(str(path), "w", container_options=options) as target, av.open(str(coded["picture"])) as film:
        video = target.add_stream_from_template(film.streams.video[0])
        video.time_base = FINE
        queues = [_pictures(film, video, lambda frame: shown(frame) + picture_start)]
        if sound is None:
            _mux(target, queues)
            return path
        with av.open(str(coded[sound])) as heard:
            audio = target.add_stream_from_template(heard.streams.audio[0])
            queues.append(_sounds(heard, audio, sound_start))
            _mux(target, queues)
    return path


def _mux(target: Any, queues: list[Iterator[tuple[Fraction, int, Any]]]) -> None:
    for _, _, packet in heapq.merge(*queues, key=lambda each: each[:2]):
        target.mux(packet)


def _pictures(
    film: Any, stream: Any, shown: Callable[[int], Fraction]
) -> Iterator[tuple[Fraction, int, Any]]:
    for packet in film.demux(video=0):
        if packet.size:
            presented = shown(round(packet.pts * packet.time_base * 24))
            if presented > SECONDS + 1:
                continue
            decoded = shown(round(packet.dts * packet.time_base * 24))
            packet.stream, packet.time_base = stream, FINE
            packet.pts, packet.dts = round(presented / FINE), round(decoded / FINE)
            yield decoded, 0, packet


def _sounds(heard: Any, stream: Any, start: Fraction) -> Iterator[tuple[Fraction, int, Any]]:
    for packet in heard.demux(audio=0):
        if packet.size:
            at = packet.pts * packet.time_base + start
            packet.stream = stream
            packet.pts = packet.dts = round(at / packet.time_base)
            yield at, 1, packet


def even(rate: Fraction) -> Callable[[int], Fraction]:
    return lambda frame: frame / rate


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
CASES: list[tuple[str, Fraction, str, dict[str, Fraction], dict[str, object]]] = [
    ("film.mov", FILM, "aac", {}, {}),
    ("film.mkv", FILM, "aac", {}, {}),
    ("film.ts", FILM, "aac", {}, {}),
    ("video.mp4", VIDEO, "aac", {}, {}),
    ("video.mkv", VIDEO, "pcm_s16le", {}, {}),
    ("late-picture.mp4", FILM, "aac", {"picture_start": HALF, "sound_start": HALF}, {}),
    ("late-picture.mkv", Fraction(24), "aac", {"picture_start": THIRD, "sound_start": THIRD}, {}),
    ("slower.mov", Fraction(25), "aac", {}, {"picture_rate": Fraction(24)}),
    ("dropped.mov", Fraction(25), "aac", {}, {"picture_rate": Fraction(24), "rate_conversion": "drop"}),
    ("variable.mkv", Fraction(25), "aac", {}, {"picture_rate": Fraction(24)}),
    (
        "variable.mp4",
        Fraction(25),
        "pcm_s16le",
        {},
        {"picture_rate": Fraction(24), "rate_conversion": "blend"},
    ),
    ("reels.mov", FILM, "pcm_s16le", {}, {"reel_length": Fraction(20)}),
    ("own-sound.mp4", FILM, "", {}, {}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_claps_after_a_hundred_minutes(tmp_path: Path, coded: dict[str, Path], case: Any) -> None:
    name, rate, sound, starts, more = case
    by_time = name.startswith(("variable", "dropped"))
    shown = variable if name.startswith("variable") else even(rate)
    path = together(tmp_path / name, coded, sound or None, shown, **starts)
    try:
        if not sound:
            more = {**more, "audio": [coded["pcm_s16le"]]}
        made = plan(path, **{"picture_rate": None, **more})
        places = [
            frame / rate if by_time else Fraction(frame) / made.compositions[0].rate for frame in CLAPS[rate]
        ]
        found = claps(made, places)
        error = worst(found, places)
        print(f"{name}: {error:.3f} ms")
        assert error <= LIMIT, (name, places, found)
    finally:
        path.unlink()
