"""Playing what is damaged: black or silence in its place, logged and reported."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from shows import RATE, encrypted_units, run, tamper, track_of

from dcp.errors import DcpError
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits

Make = Callable[..., Any]


def test_damage_to_the_right_eye_is_logged_and_the_left_is_shown(make: Make, catcher: Any) -> None:
    made = make(lengths=(4,), stereo=True)
    units = encrypted_units(made.files["picture1.mxf"], made.keyring.keys[0])
    tamper(made.files["picture1.mxf"], units[5])
    report = run(made, catcher)
    assert catcher.codes() == [0, 1, 2, 3]
    (damage,) = track_of(report, "Picture").damaged
    assert (damage.first_frame, damage.eye, damage.shown_as) == (2, "right", "nothing")
    assert report.exit_code == 1


def test_a_tampered_picture_unit_is_black_logged_and_ends_with_1(
    make: Make, catcher: Any, tmp_path: Path
) -> None:
    made = make(lengths=(6, 4))
    path = made.files["picture1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[0])[3])
    log = tmp_path / "log"
    report = run(made, catcher, log=log)
    assert catcher.codes() == [0, 1, 2, -1, 4, 5, 6, 7, 8, 9]
    assert (report.verdict, report.exit_code, report.frames_shown) == ("damaged", 1, 10)
    picture, sound = report.reels[0].tracks
    (damage,) = picture.damaged
    assert (damage.first_frame, damage.last_frame, damage.reason, damage.exception, damage.shown_as) == (
        3,
        3,
        "mic",
        "FrameMICError",
        "black",
    )
    assert (picture.mic, sound.mic) == ("failed", "ok")
    assert report.reels[0].frames_black == 1
    events = [json.loads(line) for line in log.read_text().splitlines()]
    bad, played = [event for event in events if event["exception"]]
    assert bad["exception"] == played["exception"] == "FrameMICError"
    assert (bad["subtype"], played["subtype"]) == ("Damaged", "FrameSequencePlayed")
    assert (bad["parameters"]["first_frame"], bad["parameters"]["unit"]) == (3, 3)
    assert (played["parameters"]["first_frame"], played["parameters"]["last_frame"]) == (0, 5)
    (exception,) = played["exceptions"]
    assert exception["name"] == "FrameMICError" and exception["message"].startswith(
        "frames 3 to 3, from unit 3"
    )


def test_a_tampered_sound_unit_is_silence_and_the_picture_goes_on(make: Make, catcher: Any) -> None:
    made = make(lengths=(6,))
    path = made.files["sound1.mxf"]
    units = encrypted_units(path, made.keyring.keys[1])
    tamper(path, units[2])
    tamper(path, units[3])
    report = run(made, catcher)
    assert catcher.codes() == list(range(6))
    (damage,) = report.reels[0].tracks[1].damaged
    assert (damage.first_frame, damage.last_frame, damage.shown_as) == (2, 3, "silence")
    assert report.exit_code == 1


def test_a_unit_in_the_wrong_place_is_a_sequence_error(make: Make, catcher: Any) -> None:
    made = make(lengths=(5,), sound=True)
    path = made.files["sound1.mxf"]
    data = bytearray(path.read_bytes())
    units = encrypted_units(path, made.keyring.keys[1])
    second, third, fourth = (data.index(unit) for unit in units[1:4])
    size = fourth - third
    assert third - second == size
    data[second : second + size], data[third : third + size] = (
        data[third : third + size],
        data[second : second + size],
    )
    path.write_bytes(data)
    report = run(made, catcher)
    assert {damage.exception for damage in report.reels[0].tracks[1].damaged} == {"FrameSequenceError"}


def test_what_is_no_picture_is_black(make: Make, catcher: Any) -> None:
    def damage(number: int, data: bytes) -> bytes:
        if number == 1:
            return data[: len(data) // 2]
        return b"no codestream at all" if number == 2 else data

    report = run(make(lengths=(4,), encrypted=(), damage=damage), catcher)
    assert catcher.codes()[0] == 0
    assert catcher.codes()[2:] == [-1, 3]
    assert report.exit_code == 1
    assert {run.reason for run in report.reels[0].tracks[0].damaged} == {"codestream"}


def test_a_codestream_of_another_size_is_not_decoded(make: Make, catcher: Any) -> None:
    other = codec_by_name().encode(np.full((64, 64, 3), 900, np.uint16), limits=frame_limits(RATE))
    report = run(
        make(lengths=(3,), encrypted=(), damage=lambda number, data: other if number == 1 else data), catcher
    )
    assert catcher.codes() == [0, -1, 2]
    (damage,) = report.reels[0].tracks[0].damaged
    assert "64x64" in damage.message


def test_random_damage_ends_in_a_report_or_in_one_error(make: Make) -> None:
    made = make(lengths=(3,))
    dice = random.Random(11)
    paths = [path for path in made.root.iterdir() if path.is_file()]
    for _ in range(60):
        path = dice.choice(paths)
        whole = path.read_bytes()
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 40))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            report = run(made)
        except DcpError as error:
            assert error.exit_code in (1, 2)
        else:
            assert report.frames_shown == 3
        path.write_bytes(whole)
    assert run(made).exit_code == 0
