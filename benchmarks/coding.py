"""What fewer bits cost and lose, beside all twelve and beside opj_compress: a campaign of seeded frames.

    python benchmarks/coding.py RESULTS --footage DIR --frames 500 --seed 21

Every trial is a line of `RESULTS/rows.jsonl`, and what was stopped goes on where it was. The trial's number
and the seed say which frame it is: a kind of picture in turn, shots of four frames, 12 frames apart. Each is
coded with 12 to 8 bits and by `opj_compress`, in an order that turns, decoded and held against what was
drawn; times are the processor's. At the end (or with `--frames 0`) a table is printed: k is chosen at the
first frame of a shot, as `create` does, and held against the others; what an anchor costs beside is spread
over 48 frames.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.coding import ANCHOR_EVERY, CODINGS, candidates, chosen, decibels, measured, psnr
from dcp.picture.colour import to_xyz12
from dcp.picture.limits import frame_limits
from dcp.picture.rules import faults

Codes = NDArray[np.uint16]
SHOT, APART = 4, 12
BLOCK = 32
BITS = (12, 11, 10, 9, 8)
OTHER = 100
"""Codes by which a thumbnail differs where a shot has ended, or nearly."""
OPJ = "opj_compress"


class Kind(NamedTuple):
    """clips: which it is made of. grain: rms codes of the grain that is laid over it."""

    clips: tuple[str, ...]
    grain: float = 0.0
    rate: int = 24
    four_k: bool = False


KINDS: Mapping[str, Kind] = {
    "grainy": Kind(("vtest.avi", "cityCC0.mpg", "elf.mp4"), 70),
    "clean": Kind(("palawan.mp4", "crystal.mp4", "bikes.mp4")),
    "animated": Kind(("bigbuckbunny.mp4", "sintel_trailer-720p.mp4")),
    "grainy animation": Kind(("sintel_trailer-720p.mp4", "bigbuckbunny.mp4"), 35),
    "ramp beside grain": Kind((), 70),
    "48 fps": Kind(("cityCC0.mpg", "sintel_trailer-720p.mp4", "vtest.avi"), 50, rate=48),
    "4K": Kind(("palawan.mp4", "cityCC0.mpg", "frog.mp4"), 90, four_k=True),
}


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    reader.add_argument("results", type=Path)
    reader.add_argument("--footage", type=Path, required=True)
    reader.add_argument("--frames", type=int, default=0, help="trials made in all")
    reader.add_argument("--seed", type=int, default=21)
    reader.add_argument("--kinds", default=",".join(KINDS), help="separated by commas")
    options = reader.parse_args()
    kinds = [each.strip() for each in options.kinds.split(",")]
    try:
        print(table(made(options.results, options.footage, options.frames, options.seed, kinds)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def made(
    folder: Path, footage: Path, frames: int, seed: int, kinds: Sequence[str] = tuple(KINDS)
) -> list[dict[str, Any]]:
    """The rows of all trials up to `frames`; those that lack are made. ValueError for another seed."""
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    if any(row["seed"] != seed for row in rows):
        raise ValueError(f"{path} has rows of another seed")
    done = {(row["kind"], row["at"]) for row in rows}
    with path.open("a", encoding="utf-8") as out:
        for number in range(frames):
            kind, at = kinds[number % len(kinds)], number // len(kinds)
            if (kind, at) in done:
                continue
            row = {"seed": seed, "kind": kind, "at": at}
            row |= trial(KINDS[kind], footage, (seed, list(KINDS).index(kind), at))
            rows.append(row)
            out.write(json.dumps(row) + "\n")
            out.flush()
    return rows


def trial(kind: Kind, footage: Path, key: tuple[int, int, int]) -> dict[str, Any]:
    """A frame coded in every way."""
    frame = picture(kind, footage, key)
    limits = frame_limits(Fraction(kind.rate), four_k=kind.four_k)
    codec = codec_by_name()
    _warm(kind.four_k)
    seconds: dict[str, float] = {}
    made: dict[int, bytes] = {}

    def coded(bits: int) -> Callable[[], None]:
        def code() -> None:
            made[bits] = codec.encode(frame, limits=limits, bits=bits)

        return code

    ways: list[tuple[str, Callable[[], float]]] = [
        (str(12 - bits), partial(_seconds, coded(bits))) for bits in BITS
    ]
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which(OPJ):
            file = Path(folder) / "frame.tif"
            cv2.imwrite(str(file), frame[..., ::-1] << 4, [cv2.IMWRITE_TIFF_COMPRESSION, 1])
            ways.append(("opj", lambda: _opj(file, kind)))
        turn = key[2] % len(ways)
        for name, way in ways[turn:] + ways[:turn]:
            seconds[name] = way()
    rate = Fraction(kind.rate)
    found: dict[str, Any] = {"seconds": seconds, "error": {}, "decode": {}, "bytes": {}, "blocks": {}}
    found["look"] = cv2.resize(frame[..., 1], (8, 6), interpolation=cv2.INTER_AREA).ravel().tolist()
    for bits, data in made.items():
        k = str(12 - bits)
        headers = parse_codestream(data)
        assert faults(headers, rate=rate) == [], faults(headers, rate=rate)
        found["decode"][k] = _seconds(lambda data=data: measured(data, frame, codec))
        decoded = codec.decode(data)
        found["error"][k] = float(np.mean((decoded.astype(np.float64) - frame) ** 2))
        found["bytes"][k] = len(data)
        found["blocks"][k] = _of_blocks(decoded, frame)
    return found


def _of_blocks(decoded: Codes, frame: Codes) -> tuple[float, float]:
    """The error of the mean of a block of 32x32: the mean over all, and the largest."""
    high, wide = frame.shape[0] // BLOCK, frame.shape[1] // BLOCK
    error = decoded[: high * BLOCK, : wide * BLOCK].astype(np.int32) - frame[: high * BLOCK, : wide * BLOCK]
    means = np.abs(error.reshape(high, BLOCK, wide, BLOCK, 3).mean((1, 3)))
    return float(means.mean()), float(means.max())


@cache
def _warm(four_k: bool) -> None:
    """What is compiled or loaded once is not measured."""
    small = np.full((64, 2200 if four_k else 64, 3), 900, np.uint16)
    limits = frame_limits(Fraction(24), four_k=four_k)
    for bits in BITS:
        measured(codec_by_name().encode(small, limits=limits, bits=bits), small, codec_by_name())


def _seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _opj(file: Path, kind: Kind) -> float:
    """User and system seconds of the program, reading included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    profile = ["-cinema4K"] if kind.four_k else ["-cinema2K", str(kind.rate)]
    out = file.with_suffix(".j2c")
    subprocess.run([OPJ, "-i", str(file), "-o", str(out), *profile], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert out.stat().st_size > 100  # black has little more
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


# --- the frames -----


def picture(kind: Kind, footage: Path, key: tuple[int, int, int]) -> Codes:
    """X'Y'Z' codes of the frame that the key names."""
    seed, which, at = key
    shot, within = divmod(at, SHOT)
    size = (4096, 2160) if kind.four_k else (2048, 1080)
    chance = np.random.default_rng([seed, which, shot])
    if kind.clips:
        clip = footage / kind.clips[shot % len(kind.clips)]
        frames = length(clip)
        begin = int(chance.integers(0, max(1, frames - SHOT * APART)))
        codes = to_xyz12(
            scaled(frame_of(clip, min(begin + within * APART, frames - 1)), size), source="rec709"
        )
    else:
        codes = ramp(size, int(chance.integers(60, 300)))
    if not kind.grain:
        return codes
    strength = kind.grain * float(chance.uniform(0.6, 1.6))
    noise = grain(size, strength, np.random.default_rng([seed, which, at, 1]))
    if not kind.clips:
        noise[:, : size[0] // 2] = 0
    made: Codes = (codes + noise).round().clip(0, 4095).astype(np.uint16)
    return made


def ramp(size: tuple[int, int], first: int) -> Codes:
    """Dark, 250 codes over the height on the left; middle grey on the right."""
    width, height = size
    made = np.empty((height, width, 3))
    made[:] = (first + 250 * np.arange(height) / height)[:, None, None]
    made[:, width // 2 :] = 1800
    return made.round().astype(np.uint16)


def grain(size: tuple[int, int], rms: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """Film-like: soft, most of it in all components alike."""
    width, height = size
    made = np.empty((height, width, 3), np.float32)
    common = _soft(chance.standard_normal((height, width), np.float32))
    for component, share in enumerate((1.0, 0.95, 0.8)):
        own = _soft(chance.standard_normal((height, width), np.float32))
        made[..., component] = rms * share * (0.85 * common + 0.53 * own)
    return made


def _soft(noise: NDArray[np.float32]) -> NDArray[np.float32]:
    soft = cv2.GaussianBlur(noise, (5, 5), 0.8)
    return soft / np.float32(soft.std())


def scaled(rgb: Codes, size: tuple[int, int]) -> Codes:
    """The middle of it in the form of `size`, 16 bits."""
    height, width = rgb.shape[:2]
    wide, high = min(width, height * size[0] // size[1]), min(height, width * size[1] // size[0])
    left, top = (width - wide) // 2, (height - high) // 2
    cut = np.ascontiguousarray(rgb[top : top + high, left : left + wide])
    made: Codes = cut if cut.shape[1::-1] == size else cv2.resize(cut, size, interpolation=cv2.INTER_CUBIC)
    return made


@cache
def length(clip: Path) -> int:
    with av.open(str(clip)) as container:
        return sum(1 for _ in container.decode(video=0))


def frame_of(clip: Path, number: int) -> Codes:
    """RGB of 16 bits."""
    with av.open(str(clip)) as container:
        for at, frame in enumerate(container.decode(video=0)):
            if at == number:
                return frame.reformat(format="rgb48le").to_ndarray()
    raise IndexError(number)


# --- the table -----


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a line a kind of picture, for either coding."""
    lines = []
    for coding in CODINGS[1:]:
        lines += [
            "",
            f"`{coding}`",
            "",
            "| frames | k | D | beside 12 bits | with the sampling | beside opj_compress | most lost"
            " | means of 32x32 |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for kind in KINDS:
            found = list(judged([row for row in rows if row["kind"] == kind], coding))
            if found:
                lines.append(f"| {kind} ({len(found)}) | {_line(found)} |")
    return "\n".join(lines).strip()


class Judged(NamedTuple):
    """A frame, coded as the first of its shot says. seconds: of 12 bits; of k; with its share of anchors."""

    k: int
    exact: float
    error: float
    seconds: tuple[float, float, float]
    opj: float | None
    blocks: float
    blocks_exact: float

    @property
    def lost(self) -> float:
        return decibels(self.error, self.exact)


def judged(rows: list[dict[str, Any]], coding: Any) -> Iterator[Judged]:
    """As in the middle of a film: an anchor is the first frame of a shot, or one that looks otherwise."""
    last: int | None = None
    k, spread, look = 0, 0.0, []
    for row in sorted(rows, key=lambda row: row["at"]):
        seconds, errors = row["seconds"], {int(each): error for each, error in row["error"].items()}
        seen = row.get("look", [])
        if row["at"] % SHOT == 0 or _is_other(look, seen):
            if last is None:
                last = chosen(coding, {each: errors[each] for each in candidates(coding, None)})
            tried = candidates(coding, last)
            k = last = chosen(coding, {each: errors[each] for each in tried})
            beside = sum(seconds[str(each)] for each in tried if each != k)
            beside += sum(row["decode"][str(each)] for each in tried)
            spread, look = beside / ANCHOR_EVERY, seen
        own = seconds[str(k)]
        yield Judged(
            k,
            errors[0],
            errors[k],
            (seconds["0"], own, own + spread),
            seconds.get("opj"),
            row["blocks"][str(k)][0],
            row["blocks"]["0"][0],
        )


def _is_other(one: Sequence[int], other: Sequence[int]) -> bool:
    return bool(
        one and other and statistics.mean(abs(a - b) for a, b in zip(one, other, strict=True)) > OTHER
    )


def _line(found: list[Judged]) -> str:
    def factor(which: int) -> str:
        ratios = [each.seconds[0] / each.seconds[which] for each in found]
        return f"x{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"

    worst = max(found, key=lambda each: each.lost)
    others = [each.opj / each.seconds[2] for each in found if each.opj is not None]
    ks = sorted({each.k for each in found})
    cells = [
        f"{ks[0]} to {ks[-1]}" if len(ks) > 1 else str(ks[0]),
        f"{min(each.exact for each in found):.0f} to {max(each.exact for each in found):.0f}",
        factor(1),
        factor(2),
        f"x{statistics.median(others):.2f} ({min(others):.2f} to {max(others):.2f})" if others else "",
        f"{worst.lost:.2f} dB, at {psnr(worst.error):.1f} dB",
        f"{max(each.blocks for each in found):.2f}, 12 bits {max(each.blocks_exact for each in found):.2f}",
    ]
    return " | ".join(cells)


if __name__ == "__main__":
    sys.exit(main())
