"""Sound on its way out: every sample of every reel in its place, silence for what is damaged."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shows import encrypted_units, run, tamper, track_of

from dcp.errors import UsageError
from player.screen.registry import screen_for

Make = Callable[..., Any]
BLOCK = 2000 * 2 * 3


def samples(path: Path) -> list[bytes]:
    """The blocks of the frames."""
    data = path.read_bytes()
    start = data.index(b"data") + 8
    return [data[at : at + BLOCK] for at in range(start, len(data), BLOCK)]


def test_every_sample_of_every_reel(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    report = run(make(lengths=(6, 4)), screen_for(f"wav:{out}"))
    with wave.open(str(out)) as read:
        assert (read.getnchannels(), read.getframerate(), read.getsampwidth()) == (2, 48_000, 3)
        assert read.getnframes() == 10 * 2000
    assert samples(out) == [bytes([n]) * BLOCK for n in (*range(6), *range(4))]
    assert (report.verdict, report.frames_shown) == ("complete", 10)
    tracks = {track.kind: track.rendered for track in report.reels[0].tracks}
    assert tracks == {"MainPicture": False, "MainSound": True}
    (said,) = map(str, report.not_rendered)
    assert said == "MainPicture: read, decrypted and checked, not decoded and not shown"


def test_a_part_begins_at_its_frame(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    run(make(lengths=(6, 4), entry=2), screen_for(f"wav:{out}"), frames=(4, 7))
    assert samples(out) == [bytes([n]) * BLOCK for n in (6, 7, 2, 3)]


def test_damage_is_silence(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(6,))
    path = made.files["sound1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[1])[3])
    report = run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    assert samples(tmp_path / "out.wav") == [bytes([0 if n == 3 else n]) * BLOCK for n in range(6)]
    (damage,) = track_of(report, "Sound").damaged
    assert (damage.first_frame, damage.shown_as) == (3, "silence")
    assert (report.verdict, report.exit_code) == ("damaged", 1)


def test_a_composition_without_sound_is_refused(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no sound"):
        run(make(lengths=(2,), sound=False), screen_for(f"wav:{tmp_path / 'out.wav'}"))
    assert not list(tmp_path.glob("*.wav"))


def test_the_show_stops_at_damage_where_that_is_asked(make: Make, catcher: Any) -> None:
    made = make(lengths=(8,))
    path = made.files["sound1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[1])[3])
    report = run(made, catcher, stop_at_damage=True, workers=2)
    assert catcher.order == [0, 1, 2, 3]
    assert (report.verdict, report.exit_code, report.frames_shown) == ("stopped", 1, 4)
    assert [event.message for event in report.events if event.subtype == "Stopped"] == [
        "stopped at the damage of frame 3"
    ]


def test_only_what_was_presented_is_accounted_for(make: Make, catcher: Any) -> None:
    seen: list[int] = []
    report = run(
        make(lengths=(30,)),
        catcher,
        workers=4,
        progress=lambda done, total: seen.append(done),
        cancel=lambda: len(seen) >= 3,
    )
    assert (report.verdict, report.frames_shown) == ("stopped", 3)
    assert {track.kind: track.units_read for track in report.reels[0].tracks} == {
        "MainPicture": 3,
        "MainSound": 3,
    }
