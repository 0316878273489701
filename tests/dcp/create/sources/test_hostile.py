"""Sources made to do harm, or by programs that do not mind: each ends in sound, or in one clear error."""

from __future__ import annotations

import random
import string
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wrong_sources import wav_header

from dcp.create.job.reading import read_job
from dcp.create.job.values import SoundTrack
from dcp.create.makers.sound import sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
from dcp.create.sources.sequences import film_of_folder, natural
from dcp.create.sources.sound_probe import probe_streams
from dcp.errors import DcpError
from dcp.picture.colour.cube import read_cube
from dcp.sound.expression import parse_channels, parse_map

RATE = Fraction(24)


def caf(path: Path, labels: Sequence[int], samples: int = 8000) -> Path:
    """Sound whose channels have an order of their own: 1 L, 2 R, 3 C, 4 LFE, 5 Ls, 6 Rs."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack(">q", len(body)) + body

    count = len(labels)
    form = struct.pack(">d4sIIIII", 48_000, b"lpcm", 2, 2 * count, 1, count, 16)
    order = struct.pack(">III", 0, 0, count) + b"".join(struct.pack(">II12x", label, 0) for label in labels)
    sound = np.tile(np.arange(1, count + 1, dtype="<i2") * 100, samples).tobytes()
    path.write_bytes(
        b"caff\0\1\0\0" + chunk(b"desc", form) + chunk(b"chan", order) + chunk(b"data", bytes(4) + sound)
    )
    return path


def units_of(path: Path, frames: int = 2) -> list[bytes]:
    plan = plan_sound(
        SoundTrack(sources=(path,)), None, TimeMap(), length=Fraction(frames) / RATE, edit_rate=RATE
    )
    return list(sound_units(plan, edit_rate=RATE, count=frames))


def test_channels_in_an_order_of_their_own_do_not_end_the_process(tmp_path: Path) -> None:
    """PyAV frees the memory of such an order twice; what comes of it is seen when a process ends."""
    path = caf(tmp_path / "mix.caf", (1, 2, 5, 6, 3, 4))
    here = Path(__file__).resolve()
    words = f"""
import sys
sys.path[:0] = {[str(here.parents[4]), str(here.parents[3] / "support"), str(here.parent)]!r}
from pathlib import Path
from test_hostile import units_of
unit = units_of(Path({str(path)!r}))[0]
print([int.from_bytes(unit[3 * n : 3 * n + 3], "little") // 25600 for n in range(6)])
"""
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "[1, 2, 5, 6, 3, 4]"  # L R C LFE Ls Rs, by what each is called


@pytest.mark.parametrize("bits", [32, 64])
def test_samples_that_are_no_numbers_are_silent(tmp_path: Path, bits: int, recwarn: Any) -> None:
    form = struct.pack("<HHIIHH", 3, 2, 48_000, 48_000 * bits // 4, bits // 4, bits)
    one = np.array([np.nan, np.inf, -np.inf, 0.5], f"<f{bits // 8}").tobytes()
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", 1000 * len(one))
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", 0) + body + one * 1000)
    samples = [
        int.from_bytes(units_of(tmp_path / "a.wav")[0][at : at + 3], "little") for at in (0, 3, 18, 21)
    ]
    assert samples == [0, 0x7FFFFF, 0x800000, 0x400000]
    assert not recwarn.list


def test_samples_of_64_bits(tmp_path: Path) -> None:
    form = struct.pack("<HHIIHH", 1, 1, 48_000, 384_000, 8, 64)
    data = np.full(5000, 1 << 62, "<i8").tobytes()
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body)) + body)
    assert (0x400000).to_bytes(3, "little") in units_of(tmp_path / "a.wav")[0]


@pytest.mark.parametrize("rate", [1, 2, 3999, 900_000])
def test_a_rate_that_nobody_records_at_is_refused(tmp_path: Path, rate: int) -> None:
    with pytest.raises(DcpError) as caught:
        units_of(wav_header(tmp_path / "a.wav", rate=rate, size=6000))
    assert caught.value.id == "sound.rate" and caught.value.remedy


def test_digits_of_other_scripts_are_letters() -> None:
    assert natural("a²b٣10") == [(-1, "a²b٣"), (10, ""), (-1, "")]


def test_a_playlist_of_sound_opens_no_other_file(tmp_path: Path) -> None:
    wav_header(tmp_path / "secret.wav", size=6000)
    for name, words in (
        ("mix.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n"),
        ("mix.mka", "ffconcat version 1.0\nfile secret.wav\n"),
    ):
        (tmp_path / name).write_text(words)
        with pytest.raises(DcpError) as caught:
            probe_streams(tmp_path / name)
        assert caught.value.id == "sound.no-media"


# --- whatever it is -----


def ends_well(function: Callable[..., object], *arguments: object) -> None:
    """It gives something, or an error that can be said."""
    try:
        function(*arguments)
    except DcpError as error:
        assert all(error.lines(language) for language in ("en", "zh"))


LETTERS = string.ascii_letters[:8] + "LRCFEsHIVN0123456789(),:@-+. \t²٣\0"
FEW = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(st.text(LETTERS, max_size=40))
def test_any_expression(words: str) -> None:
    ends_well(parse_channels, words)
    ends_well(parse_map, words)


@FEW
@given(st.randoms(use_true_random=False))
def test_any_colour_table(tmp_path: Path, rng: random.Random) -> None:
    words = b"TITLE x\nLUT_1D_SIZE 2\nLUT_3D_SIZE 2\nDOMAIN_MAX 1 1 1\n" + b"0.5 1 0\n" * 10
    (tmp_path / "a.cube").write_bytes(changed(words, rng, (b"nan", b"1e999", b"9" * 30, b"\xff", b"_")))
    ends_well(read_cube, tmp_path / "a.cube")


@FEW
@given(st.randoms(use_true_random=False))
def test_any_job(tmp_path: Path, rng: random.Random) -> None:
    words = (
        b'schema = "dcpkit.job/1"\nencrypt = ["picture"]\n[[composition]]\ntitle = "T"\npicture_rate = 24\n'
        b'markers = { FFEC = 10 }\nsplit_at = ["1s"]\n[[composition.reel]]\n'
        b'picture = { source = "a.mov", still = "5s", trim = "1-2" }\nsound = { gain = 1.5 }\n'
    )
    (tmp_path / "a.toml").write_bytes(changed(words, rng, (b"nan", b"-1", b"[", b"{}", b"1e400", b"9" * 40)))
    ends_well(read_job, tmp_path / "a.toml")


@FEW
@given(
    st.lists(st.text("ab_.-01234²٣lrLR ", min_size=1, max_size=12), max_size=6),
    st.sampled_from([None, "hold"]),
)
def test_any_folder(tmp_path_factory: pytest.TempPathFactory, names: list[str], hold: bool) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in names:
        (folder / f"{name}.png").touch()
    ends_well(lambda: film_of_folder(folder, gaps="hold" if hold else None))


@FEW
@given(st.randoms(use_true_random=False))
def test_any_wav(tmp_path: Path, rng: random.Random) -> None:
    head = wav_header(tmp_path / "good.wav", size=600).read_bytes()
    (tmp_path / "a.wav").write_bytes(changed(head[:48], rng, (b"\xff" * 4, bytes(4))) + head[48:])
    ends_well(units_of, tmp_path / "a.wav")


def changed(data: bytes, rng: random.Random, words: Sequence[bytes]) -> bytes:
    """The data with a few places written over, cut out or put in."""
    out = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(out))
        how = rng.randrange(4)
        if how == 0:
            out[at] = rng.randrange(256)
        elif how == 1:
            out[at:at] = rng.choice(words)
        elif how == 2:
            del out[at : at + rng.randrange(1, 9)]
        else:
            word = rng.choice(words)
            out[at : at + len(word)] = word
        if not out:
            break
    return bytes(out)
