"""Sound on its way out: every sample of every reel in its place, silence for what is damaged."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shows import encrypted_units, run, tamper, track_of

from dcp.errors import DcpError, UsageError
from player.report import Samples
from player.screen.registry import screen_for, screens_for
from player.sound.routing import route_of

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


@pytest.mark.parametrize(
    ("tag", "value", "route"),
    [
        (b"\x3d\x07\x00\x04", (1 << 31) - 1, "stereo"),  # channels
        (b"\x3d\x07\x00\x04", 0, "all"),
        (b"\x3d\x03\x00\x08", (1 << 31) - 1, "all"),  # Hz
        (b"\x3d\x03\x00\x08", 0, "all"),
        (b"\x3d\x01\x00\x04", 8, "stereo"),  # bits
    ],
)
def test_what_no_sound_is_is_refused_before_room_is_made_for_it(
    make: Make, tmp_path: Path, tag: bytes, value: int, route: str
) -> None:
    made = make(lengths=(2,))
    path = made.files["sound1.mxf"]
    data = bytearray(path.read_bytes())
    at = data.index(tag) + 4
    data[at : at + 4] = value.to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(DcpError) as refused:
        run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"), route=route_of(route))
    assert refused.value.id == "play.no-such-sound" and not (tmp_path / "out.wav").exists()
    assert run(made).verdict == "damaged"  # nobody hears it


def test_damage_is_silence(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(6,))
    path = made.files["sound1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[1])[3])
    report = run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    blocks, ramp = samples(tmp_path / "out.wav"), 240 * 2 * 3
    assert [len(block) for block in blocks] == [BLOCK] * 6
    assert [blocks[n] for n in (0, 1, 2, 5)] == [bytes([n]) * BLOCK for n in (0, 1, 2, 5)]
    assert blocks[3][ramp:] == bytes(BLOCK - ramp) and blocks[4][ramp:] == bytes([4]) * (BLOCK - ramp)
    (damage,) = track_of(report, "Sound").damaged
    assert (damage.first_frame, damage.shown_as) == (3, "silence")
    assert track_of(report, "Sound").samples == Samples(10_000, 2_000)
    assert report.document()["reels"][0]["tracks"][1]["samples"] == {
        "expected": 12_000, "played": 10_000, "silent": 2_000,
    }  # fmt: skip
    assert track_of(report, "Picture").samples is None
    assert (report.verdict, report.exit_code) == ("damaged", 1)


@pytest.mark.parametrize("change", [-6, 6, 12_000, -11_999])
def test_a_unit_of_another_length_is_silence(
    make: Make, tmp_path: Path, change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcp.mxf.writer._check", lambda *_: None)  # which refuses to write it

    def length(number: int, unit: bytes) -> bytes:
        return unit[:change] if number == 2 and change < 0 else unit + bytes(change * (number == 2))

    made = make(lengths=(5,), encrypted=(), sound_unit=length)
    report = run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    track = track_of(report, "Sound")
    (damage,) = track.damaged
    assert (damage.first_frame, damage.last_frame, damage.reason) == (2, 2, "structure")
    assert "samples of each channel, its frame 2000" in damage.message
    assert track.samples == Samples(8_000, 2_000)
    assert [len(block) for block in samples(tmp_path / "out.wav")] == [BLOCK] * 5
    assert report.verdict == "damaged"


def test_a_reel_without_sound_is_silent_for_its_length(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(3, 2))
    reels = list(made.cpl.reels)
    reels[0] = replace(reels[0], assets=tuple(a for a in reels[0].assets if a.kind != "MainSound"))
    made.cpl = replace(made.cpl, reels=tuple(reels))
    made.write()
    report = run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"))
    blocks = samples(tmp_path / "out.wav")
    assert len(blocks) == 5 and not any(map(any, blocks[:3])) and blocks[4] == bytes([1]) * BLOCK
    assert report.verdict == "complete"


def test_a_route_and_what_the_report_says_of_it(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(2,))
    report = run(made, screen_for(f"wav:{tmp_path / 'out.wav'}"), route=route_of("-,1"))
    with wave.open(str(tmp_path / "out.wav")) as read:
        assert read.getnchannels() == 2
        assert read.readframes(4000)[-6:] == b"\0\0\0\1\1\1"
    assert report.document()["sound"] == {
        "route": "-,1", "channels": 2, "sample_rate": 48_000, "clipped": 0,
        "said": ["sound: heard as --route says: -,1"],
    }  # fmt: skip
    folded = run(made, screen_for(f"wav:{tmp_path / 'two.wav'}"), route=route_of("stereo"))
    assert any("ITU-R BS.775" in line for line in folded.lines())


def test_video_and_sound_in_one_pass(make: Make, tmp_path: Path) -> None:
    outputs = [f"{kind}:{tmp_path / name}" for kind, name in (("y4m", "a.y4m"), ("wav", "a.wav"))]
    report = run(make(lengths=(3, 2)), screens_for(outputs))
    assert (report.verdict, report.frames_shown) == ("complete", 5)
    assert (tmp_path / "a.y4m").read_bytes().count(b"FRAME\n") == 5
    assert samples(tmp_path / "a.wav") == [bytes([n]) * BLOCK for n in (*range(3), *range(2))]
    assert report.output == ", ".join(outputs)
    assert all(track.rendered for reel in report.reels for track in reel.tracks)
    alone = run(make(lengths=(3, 2)), screen_for(f"y4m:{tmp_path / 'b.y4m'}"))
    assert alone.verdict == "complete"
    assert (tmp_path / "a.y4m").read_bytes() == (tmp_path / "b.y4m").read_bytes()


def test_what_cannot_be_fed_together(make: Make, tmp_path: Path) -> None:
    wav = f"wav:{tmp_path / 'a.wav'}"
    for outputs, id in (
        ([wav, wav], "play.outputs-same"),
        (["null", f"y4m:{tmp_path / 'a.y4m'}"], "play.outputs-differ"),
        ([f"wav:{n}" for n in range(9)], "play.too-many-outputs"),
    ):
        with pytest.raises(UsageError) as caught:
            screens_for(outputs)
        assert caught.value.id == id


def test_of_a_stopped_pass_nothing_is_left(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(6,))
    path = made.files["sound1.mxf"]
    tamper(path, encrypted_units(path, made.keyring.keys[1])[3])
    out = tmp_path / "out"
    out.mkdir()
    screens = screens_for([f"y4m:{out / 'a.y4m'}", f"wav:{out / 'a.wav'}", f"frames:{out / 'png'}"])
    report = run(made, screens, stop_at_damage=True)
    assert report.verdict == "stopped" and not list(out.iterdir())


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
