"""The bench: what is drawn, what is kept, what its figures say; an excerpt through the real reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from dcp.errors import UsageError
from dcpkit.benching import _from_xyz, _to_xyz, run_bench, write_report
from watermark.attack import write_video
from watermark.bench.draw import PLANS, Trial, chosen_attacks, trial
from watermark.bench.films import Film, Scene, films_in
from watermark.bench.making import make_recording
from watermark.bench.reading import Answer
from watermark.bench.running import ROWS, Row, Settings, run
from watermark.bench.statistics import (
    TAILS,
    chance_of_best,
    expected_tails,
    interval,
    tails,
    uniformity,
)
from watermark.bench.strata import Look, overlap, strata_of
from watermark.bench.summary import summary
from watermark.bench.tables import lines
from watermark.payload import Payload
from watermark.secret import Secret

FILMS = [
    Film("long", Fraction(24), 320, 180, (Scene(Path("a.mkv"), "a.mkv", 24 * 60),)),
    Film("short", Fraction(25), 320, 180, (Scene(Path("b.mkv"), "b.mkv", 25 * 9),)),
]
PLAIN = Settings(seed=5, attacks=("crop",), modes=("informed",), seconds=(0.2, 0.3))


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory, film: Any) -> Path:
    """A clip of six seconds made by code."""
    folder = tmp_path_factory.mktemp("footage")
    small = (cv2.resize(each, (320, 180), interpolation=cv2.INTER_AREA) for each in film.frames[:144])
    frames = (np.repeat((each >> 4).astype(np.uint8)[:, :, None], 3, axis=2) for each in small)
    write_video(folder / "made.mkv", frames, rate=film.rate, crf=10)
    (folder / "notes.txt").write_text("no video")
    return folder


@pytest.fixture(scope="module")
def films(footage: Path) -> list[Film]:
    return films_in(footage, width=256, height=144)


def answering(says: Callable[[Secret], Payload | None]) -> Any:
    """A reader that looks at nothing."""

    def read(path: Path, secret: Secret, film: Film | None) -> Answer:
        assert path.stat().st_size > 0
        found = says(secret)
        return Answer(found is not None, True, found, 1e-20 if found else 0.7, 12.0, 11.0, 3, 0.0)

    return read


def rows_of(settings: Settings, films: list[Film], folder: Path, read: Any, count: int = 3) -> list[Row]:
    return run(settings, films, range(count), read=read, to_xyz=_to_xyz, from_xyz=_from_xyz, folder=folder)


# --- what is drawn -----


def test_a_trial_depends_on_the_seed_and_its_number_alone() -> None:
    def made(seed: int, number: int) -> Trial:
        return trial(seed, number, FILMS, attacks=tuple(PLANS), which="all")

    assert [made(3, n) for n in (7, 2)] == [made(3, n) for n in (2, 7)][::-1]
    assert made(3, 7) != made(4, 7)
    assert made(3, 7).secret().value != made(3, 7).secret(wrong=True).value
    assert len({made(3, n).secret().value for n in range(40)}) == 40


def test_every_attack_comes_once_in_so_many_trials_with_values_of_its_range() -> None:
    count = len(PLANS)
    trials = [trial(1, n, FILMS, attacks=tuple(PLANS), which="all") for n in range(2 * count)]
    assert sorted(each.attack for each in trials[:count]) == sorted(PLANS)
    assert {each.attack: each.way for each in trials}["camcorder"] == "screen"
    assert {each.way for each in trials} == {"screen", "dither", "round"}
    for each in trials:
        film = next(film for film in FILMS if film.name == each.film)
        assert each.first >= 0 and each.first + each.frames <= film.frames
        assert len(each.values) == len(each.blows) and each.offset == 0
        assert each.attack != "reorder" or each.frames >= 18 * film.rate
    kinds = [trial(1, n, FILMS, attacks=("none",), which="all").kind for n in range(100)]
    assert kinds.count("marked") == 80 and kinds.count("unmarked") == 10
    assert {trial(1, n, FILMS, attacks=("none",), which="innocent").kind for n in range(9)} == {
        "unmarked",
        "wrong-secret",
    }


def test_whoever_reads_blind_alone_does_not_know_the_place_in_the_composition() -> None:
    offsets = {trial(1, n, FILMS, attacks=("none",), offsets=True).offset for n in range(20)}
    assert len(offsets) > 15 and max(offsets) > 1000


def test_an_attack_that_the_bench_has_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no attack"):
        chosen_attacks(["hammer"])
    assert chosen_attacks([]) == tuple(PLANS)


# --- footage -----


def test_clips_of_one_rate_become_a_film_and_frames_are_the_same_wherever_one_begins(
    footage: Path, films: list[Film]
) -> None:
    assert [film.rate for film in films] == [Fraction(24)] and films[0].frames == 6 * 24
    whole = list(films[0].walk(0, 30))
    part = list(films[0].walk(20, 30))
    assert whole[0].shape == (144, 256, 3) and whole[0].dtype == np.uint16
    assert all((one == two).all() for one, two in zip(whole[20:], part, strict=True))


def test_a_folder_without_video_and_a_table_that_is_none_are_refused(tmp_path: Path, footage: Path) -> None:
    with pytest.raises(UsageError, match="no video"):
        films_in(tmp_path, width=256, height=144)
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe nothing")
    with pytest.raises(Exception, match="table"):
        films_in(footage, width=256, height=144, table=tmp_path / "table.csv")


def test_what_a_table_tells_counts_where_most_of_the_excerpt_is_so(tmp_path: Path, footage: Path) -> None:
    (tmp_path / "table.csv").write_text(
        "file,kinds,from,to\nmade.mkv,animation water,,\nmade.mkv,titles,4,\n"
    )
    film = films_in(footage, width=256, height=144, table=tmp_path / "table.csv")[0]
    look = Look(mean=100, motion=2, grain=1)
    assert strata_of(look, film.shown(0, 72)) == ("animation", "water")
    assert strata_of(look, film.shown(72, 150)) == ("animation", "titles", "water")
    assert strata_of(Look(mean=150, motion=0.2, grain=0.1), film.shown(0, 10))[:3] == (
        "bright",
        "static",
        "clean",
    )


def test_film_that_is_shown_twice_counts_once() -> None:
    assert overlap([(0, 10), (5, 12), (20, 30), (21, 22)]) == 22


# --- what is kept -----


def test_a_bench_that_was_stopped_goes_on_and_says_the_same(tmp_path: Path, films: list[Film]) -> None:
    read = answering(lambda secret: None)
    whole = rows_of(PLAIN, films, tmp_path / "whole", read)
    rows_of(PLAIN, films, tmp_path / "cut", read, count=2)
    path = tmp_path / "cut" / ROWS
    path.write_text(path.read_text()[:-40])  # stopped while it wrote
    again = rows_of(PLAIN, films, tmp_path / "cut", read)

    def told(rows: list[Row]) -> Any:
        return json.loads(json.dumps([{**row, "cpu": 0, "readings": 0} for row in rows]))

    assert told(again) == told(whole) and len(path.read_text().splitlines()) == 3
    with pytest.raises(UsageError, match="other settings"):
        rows_of(Settings(seed=6, attacks=("crop",)), films, tmp_path / "cut", read)


def test_no_row_has_a_secret(tmp_path: Path, films: list[Film]) -> None:
    rows_of(PLAIN, films, tmp_path, answering(lambda secret: None), count=1)
    words = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    each = trial(5, 0, films, attacks=("crop",), seconds=(0.2, 0.3))
    assert each.secret().value.hex().encode() not in words and each.secret().value not in words


def test_a_wrong_payload_is_an_accusation_and_the_right_one_none(tmp_path: Path, films: list[Film]) -> None:
    settings = Settings(seed=5, attacks=("none",), which="marked", seconds=(0.5, 0.5))
    rows = rows_of(settings, films, tmp_path / "a", answering(lambda secret: Payload(1, 2)), count=2)
    said = summary(settings, films, rows)["modes"]["informed"]
    assert said["all"]["right"] == 0 and said["false"]["accused"] == 2
    right = {each.secret().value: each.payloads[0] for each in (
        trial(5, n, films, attacks=("none",), which="marked", seconds=(0.5, 0.5)) for n in range(2)
    )}  # fmt: skip
    rows = rows_of(settings, films, tmp_path / "b", answering(lambda secret: right[secret.value]), count=2)
    found = summary(settings, films, rows)
    said = found["modes"]["informed"]
    assert said["all"]["right"] == 2 and said["false"]["accused"] == 0
    assert found["quality"]["psnr_least"] > 55
    assert all(not each["enough"] for each in said["strata"])  # a second of film judges no stratum
    words = "\n".join(lines(found))
    assert "too little to judge" in words and "None" not in words and "nan" not in words
    write_report(tmp_path / "page.html", found, "zh")
    assert "水印测试" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_marked_recording_that_is_cleared_is_counted(tmp_path: Path, films: list[Film]) -> None:
    settings = Settings(seed=5, attacks=("none",), which="marked", seconds=(0.5, 0.5))
    rows = rows_of(settings, films, tmp_path, answering(lambda secret: None), count=1)
    assert summary(settings, films, rows)["modes"]["informed"]["conclusive"]["marked_called_unmarked"] == 1


def row(number: int, kind: str, **answer: Any) -> Row:
    """A row as a run writes it, of two seconds of the film "long" from frame 0 on."""
    said = {
        "found": False, "conclusive": False, "right": False, "accused": False, "probability": 0.5,
        "location_score": 5.0, "time_score": 4.0, "positions": 2, "error": None, "cpu": 1.0,
    }  # fmt: skip
    return {
        "trial": number, "kind": kind, "film": "long", "strata": ["dark"], "first": 0, "seconds": 2.0,
        "attack": "none", "to_8_bit": "dither", "quality": None, "readings": {"informed": said | answer},
    }  # fmt: skip


def test_a_summary_says_the_worst_of_what_its_rows_have() -> None:
    sure = {"found": True, "right": True, "location_score": 9.1, "time_score": 4.4}
    rows = [
        row(0, "marked", **sure, probability=1e-40),
        row(1, "marked", **sure, probability=1e-10),
        row(2, "marked"),
        row(3, "unmarked", found=True, accused=True, probability=1e-10),
        row(4, "wrong-secret", conclusive=True, probability=None),
    ]
    said = summary(PLAIN, FILMS, rows)["modes"]["informed"]
    assert (said["all"]["right"], said["all"]["strict"]) == (2, 1)
    assert said["all"]["interval"] == [round(each, 4) for each in interval(2, 3)]
    assert said["all"]["median_seconds"] == 8.0, "twice the score takes four times as long"
    assert said["all"]["seconds_95"] is None, "what was not read is not read off a wrong place"
    false = said["false"]
    assert (false["accused"], false["innocent_accused"], false["innocent_trials"]) == (1, 1, 2)
    assert tuple(false["innocent_interval"]) == interval(1, 2)
    strict = {each["threshold"]: (each["marked"], each["innocent"]) for each in said["roc"]}
    assert strict[1e-9] == (2 / 3, 1 / 2) and strict[1e-12] == (1 / 3, 0)
    dark = next(each for each in said["strata"] if each["name"] == "dark")
    assert dark["film_seconds"] == 2.0 and not dark["enough"], "the same two seconds count once"
    assert said["conclusive"]["innocent_cleared"] == 1


def test_a_mark_of_another_secret_is_an_accusation_and_is_read_with_the_wrong_one(
    tmp_path: Path, films: list[Film]
) -> None:
    settings = Settings(seed=5, attacks=("none",), which="innocent", seconds=(0.2, 0.2))
    numbers = range(2)
    drawn = [trial(5, n, films, attacks=("none",), which="innocent", seconds=(0.2, 0.2)) for n in numbers]
    assert {each.kind for each in drawn} == {"unmarked", "wrong-secret"}
    for each in drawn:
        wrong = each.secret(wrong=True).value
        assert (each.handed.value == wrong) == (each.kind == "wrong-secret")
    payloads = {each.handed.value: each.payloads[0] for each in drawn}
    asked: list[bytes] = []

    def says(secret: Secret) -> Payload | None:
        asked.append(secret.value)
        return payloads[secret.value]

    rows = rows_of(settings, films, tmp_path, answering(says), count=2)
    assert all(each["readings"]["informed"]["accused"] for each in rows), "even with the right payload"
    assert rows_of(settings, films, tmp_path, answering(says), count=2) == json.loads(json.dumps(rows))
    assert len(asked) == 2, "what lies there is not made again"


def test_colluders_and_cameras_are_recorded_from_the_same_excerpt(tmp_path: Path, films: list[Film]) -> None:
    for attack in ("collude", "camcorder-480", "mirror"):
        each = trial(2, 0, films, attacks=(attack,), which="marked", seconds=(0.25, 0.25))
        made = make_recording(each, films[0], tmp_path / "a.mkv", to_xyz=_to_xyz, from_xyz=_from_xyz)
        assert made.frames in range(5, 9) and made.marked == 6 * len(each.payloads)
        assert made.quality is not None and 0 < (made.quality.flat_rms or 0) < 0.02


# --- figures -----


def test_intervals_are_clopper_and_pearsons() -> None:
    assert interval(0, 10) == pytest.approx((0, 0.30850), abs=1e-4)
    assert interval(10, 10) == pytest.approx((0.69150, 1), abs=1e-4)
    assert interval(7, 20) == pytest.approx((0.15391, 0.59219), abs=1e-4)
    assert interval(0, 1000)[1] == pytest.approx(0.003682, abs=1e-5)
    assert interval(0, 0) == (0, 1)


def test_uniform_chances_pass_and_others_do_not() -> None:
    values = np.random.default_rng(1).random(400)
    even, skewed = uniformity(list(values)), uniformity(list(values**1.5))
    assert even is not None and even[1] > 0.05
    assert skewed is not None and skewed[1] < 1e-3
    assert uniformity([0.5] * 4) is None


def test_the_best_of_many_normal_scores_has_a_uniform_chance() -> None:
    best = np.random.default_rng(2).standard_normal((500, 2000)).max(axis=1)
    found = uniformity([chance_of_best(float(each), 2000) for each in best])
    assert found is not None and found[1] > 0.01


def test_tails_are_counted_beside_what_is_expected_and_what_is_proved() -> None:
    scores = np.random.default_rng(3).standard_normal(200_000).astype(np.float32)
    for count, (tail, normal, bound) in zip(tails(scores), expected_tails(scores.size), strict=True):
        assert count <= bound and (normal < 20 or abs(count - normal) < 5 * normal**0.5)
        assert tail in TAILS


# --- the whole -----


def test_an_excerpt_is_read_with_the_film_at_hand(tmp_path: Path, footage: Path) -> None:
    found = run_bench(
        footage, 11, range(1), attacks=["h264-1M"], modes=["informed"], which="marked", seconds=(3.5, 3.5),
        size=(320, 180), folder=tmp_path,
    )  # fmt: skip
    said = found["modes"]["informed"]
    assert said["false"]["accused"] == 0 and said["conclusive"]["marked_called_unmarked"] == 0
    assert said["refusals"] == {}
    assert said["all"]["right"] == 1
