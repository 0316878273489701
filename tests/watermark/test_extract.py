"""From the screen through a camera and a coder back to the payload, and innocence where there is no mark."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_once import made_once

from dcp.errors import SourceError, UsageError
from dcp.texts.catalogue import Text
from watermark import attack
from watermark.carrier import LOCATION_SYMBOLS, location_words
from watermark.extract import extract_informed
from watermark.extraction import Extraction
from watermark.frames import Footage, video_footage
from watermark.judge import false_positive_probability
from watermark.payload import Payload
from watermark.report import document, html, lines
from watermark.secret import Secret
from watermark.words import Best, best_location, scores

OTHER = Secret(value=b"other operator's secret".ljust(32, b"."))
CAMERA = attack.Camcorder(width=480, height=270, rate=Fraction(30), noise=1.5, blur=0.8)


def filmed(clip: attack.Clip) -> Footage:
    """What a camera makes of it, not yet coded."""
    copy = attack.camcorder(clip, 4, camera=CAMERA)
    frames = list(copy.frames)
    return Footage(rate=copy.rate, walk=lambda: iter(frames), encoding="rgb")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, film: Any, secret: Secret, payload: Payload) -> Footage:
    """The marked film from a camera at 30 frames a second, as an H.264 file: what a pirate has."""

    def make(folder: Path) -> None:
        clip = attack.camcorder(attack.Clip(film.shown(secret, payload), film.rate), 4, camera=CAMERA)
        attack.write_video(folder / "copy.mp4", clip.frames, rate=clip.rate, bit_rate=900_000)

    return video_footage(made_once(tmp_path_factory, "copy", make) / "copy.mp4")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, copy: Footage, film: Any, secret: Secret) -> Extraction:
    def make(folder: Path) -> None:
        stages: list[Text] = []
        answer = extract_informed(copy, film.reference(), secret, progress=stages.append)
        assert (str(stages[0]), str(stages[-1])) == ("reading the reference", "scoring every word")
        (folder / "answer").write_bytes(pickle.dumps(answer))

    answer = pickle.loads((made_once(tmp_path_factory, "found", make) / "answer").read_bytes())
    assert isinstance(answer, Extraction)
    return answer


def test_all_35_bits_come_back_from_a_camera_at_another_rate(found: Extraction, payload: Payload) -> None:
    assert found.found and found.payload == payload
    assert found.false_positive_probability <= 1e-9
    assert found.geometry.inliers > 100
    assert found.excerpt is not None
    assert found.excerpt.start_frame <= 1 and found.excerpt.frames >= 188 and found.excerpt.rate == 24
    assert found.runner_up_score < 6.5
    assert all(segment.location_score > 3 for segment in found.segments)


def test_the_wrong_secret_finds_nothing(copy: Footage, film: Any) -> None:
    answer = extract_informed(copy, film.reference(), OTHER)
    assert not answer.found and answer.payload is None
    assert answer.false_positive_probability > 1e-4


def test_progress_may_stop_it(copy: Footage, film: Any, secret: Secret) -> None:
    def stop(stage: Text) -> None:
        raise UsageError("enough")

    with pytest.raises(UsageError, match="enough"):
        extract_informed(copy, film.reference(), secret, progress=stop)


def test_an_unmarked_copy_is_innocent(film: Any, secret: Secret) -> None:
    recording = filmed(attack.Clip(film.shown(None, stop=96), film.rate))
    answer = extract_informed(recording, film.reference(), secret)
    assert not answer.found and answer.payload is None
    assert answer.false_positive_probability > 1e-4
    assert document(answer, year=2026)["payload"] is None
    assert not answer.conclusive, "the film is not known to have more than 8 bits"
    assert document(answer, year=2026)["conclusive"] is False
    assert "Inconclusive: no mark" in html(answer, title="x", year=2026)
    assert lines(answer, year=2026, language="zh")[0].startswith("无法定论：未读出水印")


def test_with_another_film_the_mark_is_read_as_without_one(
    make_film: Callable[..., Any], copy: Footage, secret: Secret, payload: Payload
) -> None:
    answer = extract_informed(copy, make_film(3, seed=77).reference(), secret)
    assert (answer.mode, answer.film, answer.excerpt) == ("blind", None, None)
    assert answer.payload == payload


def test_content_shown_three_times_is_searched_at_every_place(
    film: Any, secret: Secret, payload: Payload
) -> None:
    shown = film.shown(secret, payload, times=3, start=220, stop=330)  # within the second showing
    recording = filmed(attack.Clip(shown, film.rate))
    answer = extract_informed(recording, film.reference(times=3), secret)
    assert answer.searched.positions >= 3
    assert answer.found and answer.payload == payload
    assert answer.excerpt is not None and abs(answer.excerpt.start_frame - 220) <= 1
    by_pilots = max(answer.hypotheses, key=lambda each: each.pilot_score)
    assert by_pilots.start == pytest.approx(220 / 24, abs=0.3)


def test_a_film_at_25_becomes_a_recording_at_30(make_film: Callable[..., Any], secret: Secret) -> None:
    film, payload = make_film(5, rate=25, seed=3), Payload(location=7, time_index=0)
    recording = filmed(attack.Clip(film.shown(secret, payload), film.rate))
    answer = extract_informed(recording, film.reference(), secret)
    assert answer.found and answer.payload == payload


@pytest.mark.parametrize("names", ["crop gamma", pytest.param("scale shift noise", marks=pytest.mark.soak)])
def test_single_blows_are_survived(names: str, film: Any, secret: Secret, payload: Payload) -> None:
    clip = attack.Clip(film.shown(secret, payload, stop=96), film.rate)
    for name in names.split():
        clip = attack.attack_by_name(name)(clip, 5)
    frames = list(clip.frames)
    recording = Footage(rate=clip.rate, walk=lambda: iter(frames), encoding="rgb")
    answer = extract_informed(recording, film.reference(), secret)
    assert answer.found and answer.payload == payload


def test_the_probability_counts_every_word_and_place(found: Extraction) -> None:
    searched = found.searched
    assert (searched.locations, searched.times, searched.geometries) == (2**19, 35_136, 1)
    assert searched.positions == len(found.hypotheses) >= 1
    stated = false_positive_probability(found.location_score, found.time_score, searched)
    assert found.false_positive_probability == stated <= found.threshold
    seven = replace(searched, positions=7, rounds=1)
    by_location = 7 * 2**19 * math.exp(-(9.0**2) / 2)
    by_time = 35_136 * math.exp(-(8.5**2) / 2)
    assert false_positive_probability(9.0, 30.0, seven) == pytest.approx(by_location, rel=1e-9, abs=0)
    assert false_positive_probability(30.0, 8.5, seven) == pytest.approx(by_time, rel=1e-9, abs=0)
    assert false_positive_probability(9.0, 8.5, seven) == pytest.approx(
        by_location + by_time, rel=1e-9, abs=0
    )
    assert false_positive_probability(2.0, 30.0, seven) == 1.0
    twice = replace(seven, rounds=2)  # with the film, then without it
    assert false_positive_probability(9.0, 8.5, twice) == pytest.approx(
        2 * (by_location + by_time), rel=1e-9, abs=0
    )


def test_an_empty_recording_is_refused(film: Any, secret: Secret) -> None:
    with pytest.raises(SourceError, match="no frame"):
        extract_informed(Footage(Fraction(24), lambda: iter(())), film.reference(), secret)


def test_pictures_without_film_bring_no_accusation(film: Any, secret: Secret) -> None:
    rng = np.random.default_rng(1)
    frames = [np.zeros((90, 160), dtype=np.uint8)] * 40
    frames += list(rng.integers(0, 255, (40, 90, 160), dtype=np.uint8))
    answer = extract_informed(
        Footage(Fraction(24), lambda: iter(frames), "luminance"), film.reference(), secret
    )
    assert not answer.found


def test_the_json_has_the_agreed_fields(found: Extraction, payload: Payload) -> None:
    report = document(found, year=2026)
    assert json.loads(json.dumps(report)) == report
    assert report["schema"] == "dcpkit.watermark/1" and report["mode"] == "informed"
    assert report["payload"] == {
        "location": payload.location,
        "time_index": payload.time_index,
        "time_utc": "2026-11-23T06:30:00+00:00",
    }
    assert set(report["excerpt"]) == {"start_frame", "frames", "rate"}
    assert report["excerpt"]["rate"] == "24 1"
    assert len(report["segments"]) == len(found.segments) >= 1
    late = replace(found, payload=Payload(location=1, time_index=35_135))
    assert document(late, year=2026)["payload"]["time_utc"] is None, "2026 has no 366th day"
    assert document(late, year=2024)["payload"]["time_utc"] == "2024-12-31T23:45:00+00:00"


def test_reports_hold_no_secret(found: Extraction, secret: Secret, payload: Payload) -> None:
    text = html(found, title="<script>copy</script>", year=2026)
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert str(payload.location) in text and "2026-11-23T06:30" in text.replace("<wbr>", "")
    assert text.count("<image ") == 2 * len(found.pictures) == 8, "recorded and film, side by side"
    assert text.count("<polyline ") >= 4, "the path, and three scores"
    assert lines(found, year=2026)[0] == f"Mark read: location {payload.location}"
    everything = (
        text + "".join(lines(found, year=2026)) + json.dumps(document(found, year=2026)) + repr(found)
    )
    assert secret.value.hex() not in everything and repr(secret.value) not in everything


@pytest.mark.soak
def test_wrong_words_score_like_chance_and_no_better(
    copy: Footage, film: Any, secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten million wrong-word scores on real observations: spread 1, tails no fatter than Gaussian."""
    collected: list[np.ndarray] = []

    def keep(owner: Secret, symbols: np.ndarray) -> Best:
        collected.append(symbols)
        return best_location(owner, symbols)

    monkeypatch.setattr("watermark.judge.best_location", keep)
    extract_informed(copy, film.reference(), secret)
    symbols = collected[0]
    assert symbols.shape[1] == LOCATION_SYMBOLS
    count, total, squares = 0, 0.0, 0.0
    above = dict.fromkeys((3.0, 4.0, 5.0), 0)
    for key in range(1, 21):
        wrong = Secret(value=bytes([key]) * 32)
        for first in range(0, 2048, 128):
            words = np.concatenate([location_words(wrong, block) for block in range(first, first + 128)])
            values = scores(symbols, words).astype(float)
            count, total, squares = (
                count + values.size,
                total + values.sum(),
                squares + (values**2).sum(),
            )
            for level in above:
                above[level] += int((values > level).sum())
    assert count >= 10_000_000
    assert abs(total / count) < 0.005 and abs(np.sqrt(squares / count) - 1) < 0.005
    for level, gaussian in ((3.0, 1.35e-3), (4.0, 3.17e-5), (5.0, 2.87e-7)):
        expected = gaussian * count
        assert above[level] <= expected + 5 * np.sqrt(expected) + 3


@pytest.mark.soak
@pytest.mark.parametrize("name", ["bigbuckbunny.mp4"])
def test_a_real_clip_through_the_camera(
    tmp_path: Path, footage: Path, name: str, secret: Secret, payload: Payload
) -> None:
    """The clip four times over as four reels, 21 s: marked found, unmarked and wrong secret not."""
    import cv2

    from watermark.embed import Embedder

    def reference() -> Any:
        for _ in range(4):
            for luminance in video_footage(footage / name).luminance():
                small = cv2.resize(luminance, (998, 540), interpolation=cv2.INTER_CUBIC)
                code = np.clip(small * 255 - 16, 0, 219) / 219
                xyz = np.rint(3960 * code ** (2.4 / 2.6)).astype(np.uint16)
                yield np.repeat(xyz[:, :, None], 3, axis=2)

    film = Footage(rate=video_footage(footage / name).rate, walk=reference, encoding="xyz")
    display = np.rint(255 * np.clip(np.arange(4096) / 3960, 0, 1) ** (2.6 / 2.4)).astype(np.uint8)
    mark = Embedder(secret, payload, width=998, height=540, rate=film.rate)
    for marked in (True, False):
        frames = (mark.apply(frame, index) if marked else frame for index, frame in enumerate(film.walk()))
        clip = attack.camcorder(
            attack.Clip((display[frame] for frame in frames), film.rate),
            3,
            camera=attack.Camcorder(rate=Fraction(30)),
        )
        path = tmp_path / f"{marked}.mp4"
        attack.write_video(path, clip.frames, rate=clip.rate, bit_rate=1_100_000)
        answer = extract_informed(video_footage(path), film, secret)
        assert answer.found == marked and (not marked or answer.payload == payload)
        assert not extract_informed(video_footage(path), film, OTHER).found
