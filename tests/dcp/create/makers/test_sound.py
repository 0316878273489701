"""Sound in time: clicks where they belong, nothing changed that need not be, memory that does not grow."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcp.create.job.values import SoundTrack
from dcp.create.makers import sound
from dcp.create.makers.sound import sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_values import SoundPlan
from dcp.errors import SourceError, UsageError
from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

np = pytest.importorskip("numpy", reason="the extra sound")
pytest.importorskip("av", reason="the extra sound")
pytest.importorskip("soxr", reason="the extra sound")

from sounds import FULL, clicks, noise, onsets, unpacked, write_media, write_wav  # noqa: E402

RATE = Fraction(24)
AS_IT_IS = TimeMap()
PULL_DOWN = TimeMap(Fraction(0), Fraction(1001, 1000))
MS = 1 / 1000


def planned(
    source: Path | None, *, length: Fraction, time_map: TimeMap = AS_IT_IS, own: bool = True, **flags: Any
) -> SoundPlan:
    track = SoundTrack(sources=(source,) if source is not None and own else (), **flags)
    return plan_sound(track, None if own else source, time_map, length=length, edit_rate=RATE)


def made(plan: SoundPlan, *, units: int | None = None, first: int = 0) -> NDArray[Any]:
    count = units if units is not None else math.ceil(plan.length * RATE)
    return unpacked(sound_units(plan, edit_rate=RATE, count=count, first=first), plan.channels)


def told(plan: SoundPlan, units: int) -> list[Text]:
    said: list[Text] = []
    for _ in sound_units(plan, edit_rate=RATE, count=units, tell=said.append):
        pass
    return said


# --- what need not be changed is not ---


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mov", "pcm_s24le"), ("a.flac", "flac"), ("a.aiff", "pcm_s24be"), ("a.mkv", "flac")],
)
def test_24_bits_come_out_of_any_lossless_file_as_they_went_in(tmp_path: Path, name: str, codec: str) -> None:
    values = noise(48_000, 2)
    path = write_media(tmp_path / name, [values], codec=codec)
    plan = planned(path, length=Fraction(1))
    assert not plan.plain
    assert np.array_equal(made(plan)[:, :2], values)


def test_computing_at_no_gain_changes_nothing(tmp_path: Path) -> None:
    values = noise(96_000, 6)
    path = write_wav(tmp_path / "a.wav", values)
    plain = planned(path, length=Fraction(2))
    computed = planned(path, length=Fraction(2), map="1:L,2:R,3:C,4:LFE,5:Ls,6:Rs@0,6:HI@-60")
    assert plain.plain and not computed.plain
    assert np.array_equal(made(plain), made(computed)[:, :6])


# --- in time ---

CODECS = [
    ("a.mp4", "aac"),
    ("a.mov", "aac"),
    ("a.mov", "alac"),
    ("a.mov", "pcm_s16le"),
    ("a.mkv", "aac"),
    ("a.mkv", "libopus"),
    ("a.mp4", "libopus"),
    ("a.mkv", "libmp3lame"),
    ("a.mp4", "libmp3lame"),
    ("a.mkv", "ac3"),
    ("a.mkv", "flac"),
]


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_priming_and_b_frames_leave_clicks_where_they_are(
    tmp_path: Path, name: str, codec: str, b_frames: int
) -> None:
    path = write_media(
        tmp_path / name, [clicks(2, [0.5, 1.5], channels=2)], codec=codec, frames=48, b_frames=b_frames
    )
    found = onsets(made(planned(path, length=Fraction(2), own=False))[:, 0])
    assert found == pytest.approx([0.5, 1.5], abs=MS)


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac"])
@pytest.mark.parametrize("start", [0.5, 0.02])
@pytest.mark.parametrize("name", ["a.mkv", "a.mov"])  # the latter by an edit list
def test_sound_that_starts_late_stays_late(tmp_path: Path, name: str, start: float, codec: str) -> None:
    path = write_media(
        tmp_path / name, [clicks(1, [0.25], channels=2)], codec=codec, starts=[start], frames=48
    )
    plan = planned(path, length=Fraction(2), own=False)
    assert onsets(made(plan)[:, 0]) == pytest.approx([start + 0.25], abs=MS)
    if start == 0.5:  # 20 ms are less than what AAC primes its decoder with
        assert "plan.sound-late" in [each.id for each in plan.decisions]


@pytest.mark.oracle
@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("codec", ["aac", "libmp3lame"])
def test_edit_lists_are_obeyed(
    tmp_path: Path, codec: str, b_frames: int, oracle: Callable[[str], str]
) -> None:
    """A cut without coding leaves what is before it in the file, and an edit list that passes it over."""
    values = clicks(4, [0.5, 1.5, 2.5], channels=2)
    path = write_media(tmp_path / "a.mp4", [values], codec=codec, frames=96, b_frames=b_frames)
    cut = [
        oracle("ffmpeg"),
        "-v",
        "error",
        "-ss",
        "0.7",
        "-i",
        str(path),
        "-c",
        "copy",
        str(tmp_path / "b.mp4"),
    ]
    subprocess.run(cut, check=True)
    plan = planned(tmp_path / "b.mp4", length=Fraction(3), own=False)
    assert onsets(made(plan)[:, 0]) == pytest.approx([0.8, 1.8], abs=MS)


def test_sound_before_the_picture_is_cut_and_said(tmp_path: Path) -> None:
    path = write_media(
        tmp_path / "a.mkv", [clicks(3, [0.75], channels=2)], codec="pcm_s16le", frames=48, picture_start=12
    )
    plan = planned(path, length=Fraction(2), own=False, time_map=TimeMap(Fraction(1, 2)))
    assert onsets(made(plan)[:, 0]) == pytest.approx([0.25], abs=MS)
    assert "the sound begins 0.500 seconds before the picture: that much is cut" in map(str, plan.decisions)


def test_a_sound_file_begins_with_the_picture_whatever_its_time_stamps_say(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mka", [clicks(1, [0.25], channels=2)], codec="pcm_s16le", starts=[5.0])
    assert onsets(made(planned(path, length=Fraction(1)))[:, 0]) == pytest.approx([0.25], abs=MS)
    for name, codec in (("a.m4a", "aac"), ("a.mp3", "libmp3lame"), ("a.opus", "libopus")):
        path = write_media(tmp_path / name, [clicks(1, [0.25], channels=2)], codec=codec)
        assert onsets(made(planned(path, length=Fraction(1)))[:, 0]) == pytest.approx([0.25], abs=MS), name


@pytest.mark.parametrize("rate", [8_000, 22_050, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 192_000])
@pytest.mark.parametrize("speed", [Fraction(1), Fraction(1001, 1000), Fraction(24, 25), Fraction(25, 24)])
def test_a_click_is_shown_when_its_time_is_shown(tmp_path: Path, rate: int, speed: Fraction) -> None:
    at = [0.0, 1.0, 2.5]
    path = write_wav(tmp_path / "a.wav", clicks(3, at, rate=rate), rate=rate)
    time_map = TimeMap(Fraction(0), speed)
    found = onsets(made(planned(path, length=Fraction(4), time_map=time_map))[:, 2])
    wanted = [float(time_map.shown(Fraction(round(each * rate), rate))) for each in at]
    # a filter rings before a step: a quarter of full scale is passed within a source sample of the click
    assert found == pytest.approx(wanted, abs=1 / min(rate, 48_000) + 1 / 48_000)


def _sparse(path: Path, rate: int, seconds: int, at: list[int]) -> Path:
    """A mono WAV of 16 bits, hours long, of which only the clicks are written."""
    size = rate * seconds * 2
    head = struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE")
    head += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    head += struct.pack("<4sI", b"data", size)
    pulse = np.full(rate // 500, 1 << 14, "<i2").tobytes()
    with path.open("wb") as stream:
        stream.write(head)
        for each in at:
            stream.seek(len(head) + rate * each * 2)
            stream.write(pulse)
        stream.truncate(len(head) + size)
    return path


@pytest.mark.parametrize(
    ("rate", "speed"), [(44_100, Fraction(1)), (48_000, Fraction(1001, 1000)), (44_100, Fraction(1001, 1000))]
)
def test_clicks_after_hours_are_within_a_sample(tmp_path: Path, rate: int, speed: Fraction) -> None:
    hours = [6_000, 35_000]  # 100 minutes, and nearly ten hours
    path = _sparse(tmp_path / "a.wav", rate, 36_000, [0, 60, *hours])
    time_map = TimeMap(Fraction(0), speed)
    plan = planned(path, length=time_map.shown(Fraction(36_000)), time_map=time_map)
    for second in (0, 60, *hours):
        wanted = time_map.shown(Fraction(second))
        first = max(0, math.floor(wanted * RATE) - 12)
        found = onsets(made(plan, units=24, first=first)[:, 2])
        assert [float(first / RATE) + each for each in found] == pytest.approx(
            [float(wanted)], abs=1.5 / 44_100
        )


@pytest.mark.soak
def test_ten_hours_in_one_run_keep_time_and_memory(tmp_path: Path) -> None:
    path = _sparse(tmp_path / "a.wav", 44_100, 36_000, [0, 60, 6_000, 35_000])
    code = """
import resource, sys, pathlib
from fractions import Fraction
from dcp.create.job.values import SoundTrack
from dcp.create.makers.sound import sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
clock, peaks, silence = TimeMap(Fraction(0), Fraction(1001, 1000)), [], bytes(2000 * 6 * 3)
track = SoundTrack(sources=(pathlib.Path(sys.argv[1]),))
plan = plan_sound(track, None, clock, length=clock.shown(Fraction(36_000)), edit_rate=Fraction(24))
for n, unit in enumerate(sound_units(plan, edit_rate=Fraction(24), count=int(plan.length * 24))):
    if unit != silence:
        peaks.append(n)
print(peaks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(ran.stdout.split()[-1]) < 200, ran.stdout
    for second in (0, 60, 6_000, 35_000):
        assert str(int(Fraction(second) / Fraction(1001, 1000) * 24)) in ran.stdout


def test_memory_does_not_grow_with_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_STRETCH_SECONDS", 4)
    path = write_media(tmp_path / "a.flac", [clicks(62, [1.0], channels=2)], codec="flac")

    def peak(units: int) -> int:
        plan = planned(path, length=Fraction(60), time_map=PULL_DOWN)
        tracemalloc.start()
        for _ in sound_units(plan, edit_rate=RATE, count=units):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(24)
    short, long = peak(24 * 12), peak(24 * 60)
    assert long < short * 1.2 + 1_000_000 and long < 30_000_000, (short, long)


def test_a_reel_is_that_part_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_STRETCH_SECONDS", 4)
    values = noise(44_100 * 15, 2)
    for name, codec in (("a.wav", None), ("a.flac", "flac")):
        path = tmp_path / name
        if codec:
            write_media(path, [values], codec=codec, rate=44_100)
        else:
            write_wav(path, values, rate=44_100)
        plan = planned(path, length=Fraction(14), time_map=PULL_DOWN, gain=-6.0, delay=1.25, fade_out=5.0)
        whole = made(plan)
        parts = [made(plan, units=count, first=first) for first, count in ((0, 120), (120, 1), (121, 215))]
        assert np.array_equal(np.concatenate(parts), whole), name


# --- quality ---


def period_of(rate: int, speed: Fraction) -> int:
    return (rate * speed / 48_000).denominator


@pytest.mark.parametrize("seconds", [1, 60])
@pytest.mark.parametrize(
    ("rate", "speed"),
    [
        (44_100, Fraction(1)),
        (96_000, Fraction(1)),
        (48_000, Fraction(1001, 1000)),
        (44_100, Fraction(1001, 1000)),
        (48_000, Fraction(24, 25)),
    ],
)
def test_a_tone_of_19_khz_stays_clean_and_in_phase(
    tmp_path: Path, rate: int, speed: Fraction, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "_STRETCH_SECONDS", seconds)  # seams are heard, or not
    tone = 19_000 / float(speed)  # as the source has it: 19 kHz in the package
    samples = np.rint(np.sin(2 * np.pi * tone * np.arange(rate * 3) / rate) * FULL * 0.9)[:, None]
    path = write_wav(tmp_path / "a.wav", samples, rate=rate)
    plan = planned(path, length=Fraction(2), time_map=TimeMap(Fraction(0), speed))
    found = made(plan)[4_000:84_000, 2].astype(float)
    places = np.arange(4_000, 84_000)
    basis = np.stack([f(2 * np.pi * 19_000 * places / 48_000) for f in (np.sin, np.cos)], 1)
    level, *_ = np.linalg.lstsq(basis, found, rcond=None)
    rest = found - basis @ level
    assert 20 * math.log10(np.hypot(*level) / (FULL * 0.9)) == pytest.approx(0, abs=0.01)
    assert abs(math.atan2(level[1], level[0])) < 0.01 * 2 * math.pi * 19_000 / 48_000  # of a sample
    exact = (
        period_of(rate, speed) <= 12_000 * seconds
    )  # else a second's stretches cannot begin on a source's sample
    assert 10 * math.log10((found**2).mean() / (rest**2).mean()) > (120 if exact else 70)


# --- steps ---


def test_several_channels_go_to_one_at_their_levels(tmp_path: Path) -> None:
    values = noise(4000, 2) // 4
    path = write_wav(tmp_path / "a.wav", values)
    plan = planned(path, length=Fraction(1, 12), map="1:C@-3,2:C@-3,1:Ls@-60")
    assert plan.layout.field == "51"
    wanted = np.rint(values.sum(1) * 10 ** (-3 / 20))
    assert np.array_equal(made(plan)[:, 2], wanted)
    assert np.array_equal(made(plan)[:, 4], np.rint(values[:, 0] / 1000))


def test_fades_begin_and_end_in_silence(tmp_path: Path) -> None:
    values = np.full((96_000, 1), FULL // 2)
    plan = planned(write_wav(tmp_path / "a.wav", values), length=Fraction(2), fade_in=0.5, fade_out=0.25)
    found = made(plan)[:, 2] / (FULL // 2)
    assert found[0] == 0 and found[-1] == 0
    assert found[12_000] == pytest.approx(0.5, abs=1e-4) and found[24_000] == 1
    assert found[84_000] == pytest.approx(1, abs=1e-3) and found[90_000] == pytest.approx(0.5, abs=1e-3)


def test_gain_spares_signals(tmp_path: Path) -> None:
    values = noise(2000, 3) // 2
    path = write_wav(tmp_path / "a.wav", values)
    plan = planned(path, length=Fraction(1, 24), channels="L,R,FSKSync", gain=-20.0, fade_in=0.01)
    assert np.array_equal(made(plan)[:, 13], values[:, 2])
    assert np.array_equal(made(plan)[1000:, 0], np.rint(values[1000:, 0] / 10))


def test_peaks_over_full_scale_are_counted_and_said(tmp_path: Path) -> None:
    values = np.zeros((48_000, 2), np.int32)
    values[24_000:24_010, 1] = FULL // 2
    plan = planned(write_wav(tmp_path / "a.wav", values), length=Fraction(1), gain=12.0)
    (note,) = told(plan, 24)
    assert str(note).startswith(
        "10 samples of the sound are over full scale, by up to 6.0 dB, the first at 0:00:00.500 on R"
    )
    assert made(plan)[24_000:24_011, 1].tolist() == [FULL - 1] * 10 + [0]
    assert "10" in note.say("zh") and "满幅" in note.say("zh")
    assert not told(planned(tmp_path / "a.wav", length=Fraction(1), gain=6.0), 24)


def test_samples_that_are_no_numbers_are_silent_and_said(tmp_path: Path) -> None:
    values = np.full(48_000, 0.5, "<f4")
    values[36_000] = np.nan
    head = struct.pack("<4sI4s", b"RIFF", 36 + 192_000, b"WAVE")
    head += struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, 48_000, 192_000, 4, 32)
    head += struct.pack("<4sI", b"data", 192_000)
    (tmp_path / "a.wav").write_bytes(head + values.tobytes())
    said = told(planned(tmp_path / "a.wav", length=Fraction(1)), 24)
    assert [str(each) for each in said] == [
        "a.wav: at 0:00:00.750 samples are no numbers: silence stands for them"
    ]


# --- what is found in the work ---


def test_lost_packets_leave_silence_and_are_said(tmp_path: Path) -> None:
    path = write_media(
        tmp_path / "a.mkv",
        [clicks(3, [0.5, 2.5], channels=2)],
        codec="aac",
        frames=72,
        lost=range(60, 70),
    )
    plan = planned(path, length=Fraction(3), own=False)
    assert onsets(made(plan)[:, 0]) == pytest.approx([0.5, 2.5], abs=MS)
    (note,) = told(plan, 72)
    assert note.id == "note.sound-gap" and "0:00:01.2" in str(note) and "0.213 seconds" in str(note)


def test_a_file_that_is_cut_off_is_said(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.flac", [noise(48_000 * 4, 2)], codec="flac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    plan = planned(path, length=Fraction(4))
    try:
        said = told(plan, 96)
    except SourceError as error:
        assert error.id == "source.sound-damaged" and "0:00:0" in error.what
    else:
        assert [each.id for each in said] == ["note.sound-ended-early"]


def test_units_must_divide(tmp_path: Path) -> None:
    plan = planned(write_wav(tmp_path / "a.wav", noise(2000)), length=Fraction(1))
    with pytest.raises(UsageError, match="does not divide"):
        sound_units(plan, edit_rate=Fraction(30_000, 1001), count=1)


# --- the field's cases ---


@pytest.fixture
def field_case(request: pytest.FixtureRequest) -> Callable[[str, Path], Path]:
    """`field_case("06", folder)`: the case's files, made in the folder."""
    cases = request.getfixturevalue("golden").parent / "field-cases"

    def make(number: str, folder: Path) -> Path:
        script = next(cases.glob(f"{number}-*")) / "gen.py"
        subprocess.run([sys.executable, "-B", str(script), str(folder)], check=True, capture_output=True)
        return folder

    return make


def test_field_case_06_sound_starts_late(tmp_path: Path, field_case: Callable[[str, Path], Path]) -> None:
    folder = field_case("06", tmp_path)
    late = planned(folder / "in.mkv", length=Fraction(1), own=False)
    assert onsets(made(late)[:, 0]) == pytest.approx([0.5], abs=MS)
    zero = TimeMap(Fraction(1, 2))
    picture = planned(folder / "late-picture.mkv", length=Fraction(1), own=False, time_map=zero)
    assert onsets(made(picture)[:, 0]) == pytest.approx([0.0], abs=MS)


def test_field_case_13_sound_follows_the_picture_to_24(
    tmp_path: Path, field_case: Callable[[str, Path], Path]
) -> None:
    folder = field_case("13", tmp_path)
    plan = planned(folder / "in.mov", length=Fraction(117, 24), own=False, time_map=PULL_DOWN)
    assert onsets(made(plan)[:, 0]) == pytest.approx([4.4955], abs=MS)
    assert "0.100 % faster" in " ".join(map(str, plan.decisions))
    assert not any(each.id == "advice.lengths-differ" for each in plan.advice)


def test_field_case_15_a_folder_of_mono_files(
    tmp_path: Path, field_case: Callable[[str, Path], Path]
) -> None:
    folder = field_case("15", tmp_path)
    plan = planned(folder / "mix", length=Fraction(1, 2))
    peaks = np.abs(made(plan)).max(axis=0) / 256
    assert plan.plain and peaks.tolist() == pytest.approx([4000 * n for n in range(1, 7)], rel=0.001)
