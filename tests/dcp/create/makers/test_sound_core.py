"""PCM of 48 kHz without steps: no library, no bit changed."""

from __future__ import annotations

import struct
import sys
import wave
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from dcp.create.job.values import SoundTrack
from dcp.create.makers.sound import sound_descriptor, sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_values import SoundPlan
from dcp.errors import SourceError
from dcp.sound.wav import WavWriter

RATE = Fraction(24)
UNIT = 2000


@pytest.fixture(autouse=True)
def _without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("numpy", "av", "soxr"):
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]


def samples(count: int, channels: int, seed: int = 1) -> bytes:
    return bytes((n * 37 + n // 251 * seed) & 0xFF for n in range(count * channels * 3))


def wav(path: Path, count: int, channels: int, seed: int = 1) -> Path:
    with WavWriter(path, channels=channels, sample_rate=48_000) as writer:
        writer.write(samples(count, channels, seed))
    return path


def planned(*sources: Path, units: int = 3, trim: Fraction = Fraction(0), **flags: object) -> SoundPlan:
    track = SoundTrack(sources=sources, **flags)  # type: ignore[arg-type]
    return plan_sound(track, None, TimeMap(), length=units / RATE, edit_rate=RATE, trim=trim)


def made(plan: SoundPlan, units: int = 3, first: int = 0) -> list[bytes]:
    return list(sound_units(plan, edit_rate=RATE, count=units, first=first))


def channel(units: Iterable[bytes], number: int, channels: int) -> bytes:
    whole = b"".join(units)
    return b"".join(whole[at + number * 3 : at + number * 3 + 3] for at in range(0, len(whole), channels * 3))


def test_six_channels_come_through_bit_for_bit(tmp_path: Path) -> None:
    plan = planned(wav(tmp_path / "a.wav", UNIT * 3, 6))
    assert plan.plain and plan.layout.field == "51"
    assert b"".join(made(plan)) == samples(UNIT * 3, 6)
    assert made(plan, 1) + made(plan, 2, 1) == made(plan)
    assert [each.id for each in plan.decisions] == [
        "plan.sound-unnamed",
        "plan.sound-placed",
        "plan.sound-untouched",
    ]
    assert [each.id for each in plan.advice] == ["advice.no-language"]


def test_sixteen_bits_become_twenty_four_on_their_channels(tmp_path: Path) -> None:
    said = struct.pack("<4h", 1, -1, 32767, -32768)  # two samples of two channels
    with wave.open(str(tmp_path / "a.wav"), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(48_000)
        writer.writeframes(said.ljust(UNIT * 4, b"\0"))
    plan = planned(tmp_path / "a.wav", units=1, map="1:R,2:L")
    (unit,) = made(plan, 1)
    assert plan.plain and plan.layout.channels[:2] == ("L", "R")
    width = len(plan.layout.channels) * 3
    assert unit[:6].hex() == "00ffff" + "000100" and unit[width : width + 6].hex() == "000080" + "00ff7f"


def test_short_sound_is_followed_by_silence_and_long_sound_is_cut(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", 5000, 6)
    short, long = planned(path, units=5), planned(path, units=1)
    assert b"".join(made(short, 5)) == samples(5000, 6).ljust(5 * UNIT * 18, b"\0")
    assert b"".join(made(long, 1)) == samples(UNIT, 6)
    assert {"plan.sound-padded"} <= {each.id for each in short.decisions}
    assert {"plan.sound-cut"} <= {each.id for each in long.decisions}
    for plan in (short, long):
        assert [each.id for each in plan.advice] == ["advice.lengths-differ", "advice.no-language"]
    assert str(long.advice[0]) == "the sound lasts 0.104 seconds, the picture 0.042"


def test_a_folder_of_mono_files_goes_by_name(tmp_path: Path) -> None:
    names = ("Mix_L", "Mix.R", "Mix-c", "mix lfe", "Mix_Ls", "Mix_Rs", "Mix_HI", "Mix_VI-N")
    (tmp_path / "mix").mkdir()
    for seed, name in enumerate(names):
        wav(tmp_path / "mix" / f"{name}.wav", UNIT * 2, 1, seed)
    (tmp_path / "mix" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "mix" / "._Mix_L.wav").write_bytes(b"x")
    (tmp_path / "mix" / "notes.txt").write_text("x")
    plan = planned(tmp_path / "mix", units=2)
    assert plan.plain and plan.layout.channels == ("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN")
    units = made(plan, 2)
    for number in range(8):
        assert channel(units, number, 8) == samples(UNIT * 2, 1, number)
    assert "passed over in mix: notes.txt" in [str(each) for each in plan.decisions]


def test_seven_one_goes_to_sixteen_channels_in_the_field_s_order(tmp_path: Path) -> None:
    names = ("L", "R", "C", "LFE", "Lss", "Rss", "Lsr", "Rrs")
    files = [wav(tmp_path / f"a.{name}.wav", UNIT, 1, seed) for seed, name in enumerate(names, start=1)]
    plan = planned(*files, units=1, language="en")
    assert plan.layout.field == "71" and plan.channels == 16
    units = made(plan, 1)
    for number, place in enumerate((0, 1, 2, 3, 4, 5, 10, 11), start=1):
        assert channel(units, place, 16) == samples(UNIT, 1, number)
    assert not any(channel(units, 6, 16))
    descriptor = sound_descriptor(plan)
    assert descriptor.channels == 16 and descriptor.soundfield[0].tag_symbol == "sg71"
    assert {each.language for each in descriptor.soundfield} == {"en"} and not plan.advice


def test_stereo_is_labelled_as_stereo_and_mono_as_mono(tmp_path: Path) -> None:
    stereo = planned(wav(tmp_path / "s.wav", UNIT, 2), units=1)
    assert stereo.layout.field == "-" and stereo.layout.channels == ("L", "R", None, None, None, None)
    assert [each.tag_symbol for each in sound_descriptor(stereo).soundfield] == ["chL", "chR"]
    assert sound_descriptor(stereo, label_set="interop").soundfield == ()
    mono = planned(wav(tmp_path / "m.wav", UNIT, 1), units=1)
    assert [each.tag_symbol for each in sound_descriptor(mono).soundfield] == ["sgM", "chC"]
    assert channel(made(mono, 1), 2, 6) == samples(UNIT, 1)
    assert "mono sound goes to the centre (C)" in [str(each) for each in mono.decisions]


def test_trim_and_delay_move_whole_samples(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", UNIT * 3, 6)
    trimmed = planned(path, units=2, trim=1 / RATE)
    assert b"".join(made(trimmed, 2)) == samples(UNIT * 3, 6)[UNIT * 18 :]
    assert not any(each.id == "plan.sound-early" for each in trimmed.decisions)
    late = planned(path, delay=10.0)
    assert late.plain and b"".join(made(late)) == bytes(480 * 18) + samples(UNIT * 3 - 480, 6)
    early = planned(path, delay=-10.0)
    assert b"".join(made(early)) == samples(UNIT * 3, 6)[480 * 18 :] + bytes(480 * 18)
    assert "the sound begins 0.010 seconds before the picture: that much is cut" in map(str, early.decisions)


def test_channels_without_names_behind_the_sixth_stay_where_they_are(tmp_path: Path) -> None:
    plan = planned(wav(tmp_path / "a.wav", UNIT, 8), units=1)
    assert plan.layout.channels == ("L", "R", "C", "LFE", "Ls", "Rs", None, None)
    assert b"".join(made(plan, 1)) == samples(UNIT, 8)
    assert [each.id for each in plan.advice] == ["advice.channels-unnamed", "advice.no-language"]
    named = planned(wav(tmp_path / "b.wav", UNIT, 8), units=1, channels="51(L,R,C,LFE,Ls,Rs),HI,VIN")
    assert named.layout.channels[6:] == ("HI", "VIN")
    assert b"".join(made(named, 1)) == samples(UNIT, 8)
    assert [each.id for each in named.advice] == ["advice.no-language"]


def test_without_a_source_there_is_silence() -> None:
    plan = planned()
    assert made(plan, 2) == [bytes(UNIT * 18)] * 2
    assert list(map(str, plan.decisions)) == ["there is no sound: the track is silent"]


def test_a_file_that_shrinks_is_told(tmp_path: Path) -> None:
    plan = planned(path := wav(tmp_path / "a.wav", UNIT * 3, 6))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="became shorter"):
        made(plan)
    path.unlink()
    with pytest.raises(SourceError, match="cannot read"):
        made(plan)
