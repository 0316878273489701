"""What people's reports led to: the sources of `../shared/field-cases`, packed by the command, measured."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy as np

CASES = Path(__file__).parents[4] / "shared" / "field-cases"
RATE = 24

pytestmark = [
    pytest.mark.extra("create"),
    pytest.mark.skipif(not CASES.is_dir(), reason="left out: no shared material"),
]


def made(name: str, folder: Path) -> Path:
    """The case's input."""
    subprocess.run(
        [sys.executable, next(CASES.glob(f"{name}-*")) / "gen.py", folder], check=True, capture_output=True
    )
    return folder


def create(*words: object) -> subprocess.CompletedProcess[str]:
    """The command, in this process: its start is not what is tried."""
    from dcpkit.main import invoke

    command = ["create", *map(str, words), "--title", "T", "--kind", "test"]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = invoke(command)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


def packed(out: Path, *words: object) -> tuple[Path, dict[str, object]]:
    done = create(*words, "-o", out, "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def units(package: Path, which: str) -> list[bytes]:
    from dcp.mxf.reader import TrackFile

    with TrackFile.open(next(package.glob(f"*{which}*.mxf"))) as track:
        return [bytes(unit.data) for unit in track.units(strict=True)]


def pictures(package: Path) -> list[np.ndarray]:
    """Each frame as a Rec.709 display of 8 bits shows it, a quarter of the size."""
    from dcp.picture.codec import codec_by_name
    from dcp.picture.colour import from_xyz12

    codec = codec_by_name()
    return [from_xyz12(codec.decode(data, reduce=2), display="rec709") for data in units(package, "picture")]


def greys(package: Path) -> list[float]:
    """The middle of each frame."""
    found = []
    for frame in pictures(package):
        height, width = frame.shape[:2]
        middle = frame[height // 2 - 8 : height // 2 + 8, width // 2 - 8 : width // 2 + 8]
        found.append(float(middle.mean()))
    return found


def sound(package: Path, channels: int = 6) -> np.ndarray:
    """(samples, channels), 24 bits."""
    import numpy as np

    raw = np.frombuffer(b"".join(units(package, "sound")), np.uint8).reshape(-1, channels, 3)
    wide = np.zeros((*raw.shape[:2], 4), np.uint8)
    wide[:, :, 1:] = raw
    return wide.view("<i4")[:, :, 0] >> 8


def click(package: Path, channels: int = 6) -> float:
    """When the first loud sample comes, in seconds."""
    loud = (abs(sound(package, channels)) > 1 << 20).any(axis=1)
    assert loud.any()
    return float(loud.argmax()) / 48_000


HALF_A_FRAME = 0.5 / RATE


@pytest.mark.parametrize("more", [(), ("--picture-rate", "24")])
def test_01_a_phone_s_video_of_variable_rate(tmp_path: Path, more: tuple[str, ...]) -> None:
    file = made("01", tmp_path / "in") / "in.mov"
    if not more:
        done = create(file, "-o", tmp_path / "out")
        assert done.returncode == 2
        assert "variable" in done.stderr and "--picture-rate 24" in done.stderr
        return
    out, said = packed(tmp_path / "out", file, *more)
    found = greys(out)
    expected = [10 * (n + 1) for n in range(8)] + [90 + 10 * (n // 3) for n in range(24)]
    expected += [170 + 10 * n for n in range(8)]
    assert len(found) == 40
    assert all(abs(a - b) < 3 for a, b in zip(found, expected, strict=True)), found
    assert abs(click(out) - 32 / 24) <= HALF_A_FRAME
    assert any("variable" in str(note) for note in said["decisions"])


@pytest.mark.parametrize("more", [(), ("--picture-rate", "24")])
def test_03_the_film_not_its_cover(tmp_path: Path, more: tuple[str, ...]) -> None:
    file = made("03", tmp_path / "in") / "in.mp4"
    out, said = packed(tmp_path / "out", file, *more)
    found = greys(out)
    assert len(found) == 6
    assert all(abs(grey - 60) < 3 for grey in found), found
    assert any("cover" in str(note) for note in said["decisions"])


def test_06_sound_that_starts_late_and_sound_that_starts_early(tmp_path: Path) -> None:
    folder = made("06", tmp_path / "in")
    out, _ = packed(tmp_path / "late", folder / "in.mkv")
    assert abs(click(out) - 0.5) <= 0.001

    out, said = packed(tmp_path / "early", folder / "late-picture.mkv")
    assert click(out) <= 0.001
    assert abs(greys(out)[0] - 10) < 3  # the film's first frame, with its click
    assert said["decisions"]


def test_09_a_gap_in_a_folder_of_stills(tmp_path: Path) -> None:
    folder = made("09", tmp_path / "in") / "in"
    done = create(folder, "--picture-rate", "24", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert (
        "5" in done.stderr and "6" in done.stderr and str(folder) in done.stderr and "--gaps" in done.stderr
    )

    out, _ = packed(tmp_path / "held", folder, "--picture-rate", "24", "--gaps", "hold")
    assert len(units(out, "picture")) == 12


def test_11_full_and_limited_range(tmp_path: Path) -> None:
    folder = made("11", tmp_path / "in")
    for name in ("full.mp4", "limited.mp4"):
        out, _ = packed(tmp_path / name.replace(".", "-"), folder / name)
        frame = pictures(out)[0]
        height, width = frame.shape[:2]
        row = frame[height // 2 - 4 : height // 2 + 4].astype(float).mean(axis=(0, 2))
        assert abs(row[width // 4] - 128) <= 0.8, (name, row[width // 4])
        assert abs(row[width * 3 // 4] - 255) <= 0.8, (name, row[width * 3 // 4])


def test_13_planned_and_its_sound_made(tmp_path: Path) -> None:
    from building import plan

    from dcp.create.makers.sound import sound_units

    made_plan = plan(made("13", tmp_path / "in") / "in.mov", picture_rate=None)
    assert made_plan.frames == 117
    assert any("23.976" in str(each) for each in made_plan.decisions)
    (track,) = made_plan.sounds
    data = b"".join(sound_units(track.form, edit_rate=track.rate, count=117))
    first = next(at for at in range(0, len(data), 18) if abs(as_number(data[at : at + 3])) > 1 << 20)
    assert abs(first / 18 / 48_000 - float(Fraction(9, 2) / Fraction(1001, 1000))) <= 0.001


def as_number(sample: bytes) -> int:
    return int.from_bytes(sample, "little", signed=True)


@pytest.mark.soak
def test_13_23976_shown_at_24_with_its_sound(tmp_path: Path) -> None:
    file = made("13", tmp_path / "in") / "in.mov"
    out, said = packed(tmp_path / "out", file)
    assert len(units(out, "picture")) == 117
    assert abs(click(out) - float(Fraction(9, 2) / Fraction(1001, 1000))) <= 0.0015
    assert any("23.976" in str(note) for note in said["decisions"])


def test_15_a_folder_of_mono_files(tmp_path: Path) -> None:
    folder = made("15", tmp_path / "in")
    out, _ = packed(tmp_path / "out", folder / "pic.mov", "--audio", folder / "mix")
    peaks = abs(sound(out)).max(axis=0) / 256
    assert [round(float(peak) / 4000) for peak in peaks] == [1, 2, 3, 4, 5, 6]
    assert all(abs(peak - 4000 * (n + 1)) < 40 for n, peak in enumerate(peaks)), peaks


def test_15_a_name_that_says_nothing(tmp_path: Path) -> None:
    folder = made("15", tmp_path / "in")
    one = next((folder / "mix").glob("*_L.wav"))
    one.rename(one.with_name("Mix_one.wav"))
    done = create(folder / "pic.mov", "--audio", folder / "mix", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "Mix_one.wav" in done.stderr and "_L" in done.stderr
    assert not (tmp_path / "out").exists()
