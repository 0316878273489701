"""Peak memory of `dcpkit create`, by workers, length, size and grain; of ten hours of sound; of two hours
with 40,000 cues a text.

    python benchmarks/bench_create_memory.py [FRAMES ...]

A process each, its peak as the system counted it. What is allowed at 2K: 250 MB and 75 MB a worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

MB = 1_000_000
BASE, EACH = 250, 75
"""MB at 2K: of the process, and of each worker."""
SIZES = {"2k": (1998, 1080), "4k": (3996, 2160)}
CREATE = """
import sys
from dcp.create.work import executor
workers = int(sys.argv[1])
executor.cores = lambda: workers
sys.argv[:2] = ["dcpkit"]
from dcpkit.main import run
run()
"""
SOUND = """
import sys
from fractions import Fraction
from pathlib import Path
from dcp.create.job.values import SoundTrack
from dcp.create.makers.sound import sound_units
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.sound import plan_sound
hours, clock = int(sys.argv[2]), TimeMap(Fraction(0), Fraction(sys.argv[3]))
track, rate = SoundTrack(sources=(Path(sys.argv[1]),)), Fraction(24)
plan = plan_sound(track, None, clock, length=clock.shown(Fraction(hours * 3600)), edit_rate=rate)
for unit in sound_units(plan, edit_rate=rate, count=int(plan.length * rate)):
    pass
"""


def film(path: Path, frames: int, size: tuple[int, int], *, grain: bool, codec: str = "libx264") -> Path:
    """A film with six channels of sound."""
    width, height = size
    rng = np.random.default_rng(7)
    grains = [rng.integers(0, 60, (height, width, 3), np.uint8) for _ in range(4 if grain else 0)]
    with av.open(str(path), "w") as container:
        picture = container.add_stream(codec, rate=Fraction(24))
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.options = {"preset": "ultrafast", "crf": "18", "bf": "2", "g": "48"}
        sound = container.add_stream("pcm_s24le", rate=48_000, layout="5.1")
        for number in range(frames):
            rows = np.full((height, width, 3), 40 + number % 120, np.uint8)
            rows[:, number * 8 % width :] += 20
            if grain:
                rows += np.roll(grains[number % 4], number * 37, axis=1)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(rows, format="rgb24")))
            samples = np.zeros((1, 2_000 * 6), np.int32)
            part = av.AudioFrame.from_ndarray(samples, format="s32", layout="5.1")
            part.rate, part.pts = 48_000, number * 2_000
            container.mux(sound.encode(part))
        container.mux(picture.encode(None))
        container.mux(sound.encode(None))
    return path


def sparse_wav(path: Path, hours: int, *, rate: int = 48_000, channels: int = 6) -> Path:
    """A WAV of silence (RF64), that takes no room where the file system has holes."""
    align = channels * 3
    size = rate * 3600 * hours * align
    head = b"RF64" + b"\xff" * 4 + b"WAVE" + b"ds64" + (28).to_bytes(4, "little")
    head += (size + 72).to_bytes(8, "little") + size.to_bytes(8, "little")
    head += (size // align).to_bytes(8, "little") + bytes(4)
    head += b"fmt " + (16).to_bytes(4, "little") + (1).to_bytes(2, "little") + channels.to_bytes(2, "little")
    head += rate.to_bytes(4, "little") + (rate * align).to_bytes(4, "little")
    head += align.to_bytes(2, "little") + (24).to_bytes(2, "little") + b"data" + b"\xff" * 4
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)
    return path


def flac(path: Path, hours: int) -> Path:
    """Six channels of silence, which are small."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=48_000, layout="5.1")
        samples = np.zeros((1, 4_608 * 6), np.int16)
        for number in range(48_000 * 3600 * hours // 4_608):
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="5.1")
            frame.rate, frame.pts = 48_000, number * 4_608
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def srt(path: Path, cues: int, *, first: int = 4_000, last: int = 7_194_000) -> Path:
    """Cues of two lines one after the other, the second in italics. first, last: milliseconds."""

    def time(ms: int) -> str:
        minutes, rest = divmod(ms, 60_000)
        return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"

    with path.open("w", encoding="utf-8") as stream:
        for number in range(cues):
            begin, end = (first + (last - first) * each // cues for each in (number, number + 1))
            words = f"The quick brown fox jumps {number}\n<i>over a dog that looks at nobody</i>"
            stream.write(f"{number + 1}\n{time(begin)} --> {time(end - 5)}\n{words}\n\n")
    return path


def black(path: Path) -> Path:
    """A still of 2K that is coded once, however long it stands."""
    from PIL import Image

    Image.new("RGB", SIZES["2k"]).save(path)
    return path


def immersive(path: Path, frame: bytes, count: int) -> Path:
    """A track file of Dolby Atmos, one frame many times."""
    import uuid
    from datetime import UTC, datetime

    from dcp.auxdata.atmos import immersive_descriptor
    from dcp.mxf.writer import write_track_file

    write_track_file(
        path, (frame for _ in range(count)), sizes=[len(frame)] * count,
        descriptor=immersive_descriptor("atmos", None), edit_rate=Fraction(24), asset_id=uuid.uuid4(),
        now=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    return path


def peak(*arguments: str) -> tuple[float, float]:
    """Peak memory in MB, and seconds of the processor, of a Python of its own."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments}: exit {process.returncode}")
    return usage.ru_maxrss * 1024 / MB, usage.ru_utime + usage.ru_stime


def created(source: Path, out: Path, resolution: str, workers: int) -> tuple[float, float]:
    return peak(
        *("-c", CREATE, str(workers), "create", str(source), "-o", str(out), "--title", "Memory"),
        *("--kind", "test", "--resolution", resolution, "--quiet"),
    )


def with_texts(still: Path, out: Path, *texts: str, workers: int = 2) -> tuple[float, float]:
    """Two hours of a still with texts."""
    return peak(
        *("-c", CREATE, str(workers), "create", str(still), "--still", "7200s", "--picture-rate", "24"),
        *("--mbps", "2", "-o", str(out), "--title", "Memory", "--kind", "test", "--quiet", *texts),
    )


def main(lengths: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for resolution, frames, grain, workers in [
            *(("2k", frames, grain, 2) for frames in lengths for grain in (False, True)),
            *(("2k", lengths[0], True, workers) for workers in (1, 4)),
            *(("4k", 12, True, workers) for workers in (1, 2)),
        ]:
            source = folder / f"{resolution}-{frames}-{grain}.mov"
            if not source.exists():
                film(source, frames, SIZES[resolution], grain=grain)
            out = folder / "out"
            most, seconds = created(source, out, resolution, workers)
            subprocess.run(["rm", "-r", str(out)], check=True)
            allowed = f"of {BASE + EACH * workers}" if resolution == "2k" else "-"
            kind = "grain" if grain else "flat"
            print(
                f"{resolution} {kind:5} {frames:5} frames, {workers} workers: {most:4.0f} MB {allowed}"
                f" ({seconds / frames:.2f} s of the processor a frame)",
                flush=True,
            )
        still, text = black(folder / "black.png"), srt(folder / "a.srt", 40_000)
        one, three = ["--subtitle", f"{text}:en"], ["--subtitle", f"{text}:fr", "--caption", f"{text}:en"]
        for texts in ([], one, [*one, *three]):
            most, seconds = with_texts(still, folder / "out", *texts)
            subprocess.run(["rm", "-r", str(folder / "out")], check=True)
            allowed = f"of {BASE + EACH * 2}"
            print(
                f"{len(texts) // 2} texts of 40,000 cues: {most:4.0f} MB {allowed} ({seconds:.0f} s)",
                flush=True,
            )
        for name, source in (("WAV", sparse_wav(folder / "a.wav", 10)), ("FLAC", flac(folder / "a.flac", 1))):
            hours = 10 if name == "WAV" else 1
            for speed in ("1", "1001/1000"):
                most, seconds = peak("-c", SOUND, str(source), str(hours), speed)
                print(f"sound {name}, {hours} h, speed {speed}: {most:4.0f} MB ({seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [100, 1000])
