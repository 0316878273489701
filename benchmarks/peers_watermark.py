"""The forensic mark beside others' on the same clips and attacks: bits right, PSNR, seconds a frame.

    python -m venv P
    P/bin/pip install --no-deps invisible-watermark onnxruntime PyWavelets flatbuffers protobuf
    python benchmarks/peers_watermark.py --footage DIR --peer P/lib/python3.11/site-packages

dwtDctSvd and RivaGAN (32 bits a frame) come from the wheel of invisible-watermark 0.2.0, its two networks run
by onnxruntime; each bit is the majority over four frames. They are not told the geometry, and neither is ours
(35 bits of the whole recording, with the film at hand and without). Results stand in docs/watermark.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from dcpkit.benching import _from_xyz, _to_xyz
from watermark.attack import Clip, attacked, write_video
from watermark.bench.draw import Trial
from watermark.bench.films import Film, Scene
from watermark.bench.making import make_recording
from watermark.bench.reading import MODES, detector
from watermark.payload import Payload
from watermark.video import rgb_video

CLIPS = ("kohlipe1.mp4", "sintel_trailer-720p.mp4", "crystal.mp4")
ATTACKS: dict[str, tuple[tuple[str, ...], tuple[dict[str, Any], ...], int]] = {
    "none (8 Mbit/s)": ((), (), 8_000_000),
    "H.264 1 Mbit/s": ((), (), 1_000_000),
    "scale 0.5": (("scale",), ({"factor": 0.5},), 2_000_000),
    "crop 10 %": (("crop",), ({"share": 0.1},), 2_000_000),
    "camcorder": (("camcorder",), ({"rate": Fraction(30)},), 1_100_000),
}
BITS = 32
FRAMES = 8
Mark = Callable[[Any], Any]


def peers(site: Path, bits: Sequence[int]) -> dict[str, tuple[Mark, Mark]]:
    """By name: a frame (BGR, uint8) to a marked one, and a frame to its 32 bits."""
    sys.path.append(str(site))
    import onnxruntime  # type: ignore[import-not-found, unused-ignore]

    spec = importlib.util.spec_from_file_location("svd", site / "imwatermark" / "dwtDctSvd.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    one = onnxruntime.SessionOptions()
    one.intra_op_num_threads = 1
    nets = [
        onnxruntime.InferenceSession(str(site / "imwatermark" / f"rivagan_{name}.onnx"), one)
        for name in ("encoder", "decoder")
    ]

    def svd_in(frame: Any) -> Any:
        return module.EmbedDwtDctSvd(list(bits), wmLen=BITS).encode(frame.copy())

    def svd_out(frame: Any) -> Any:
        return np.array(module.EmbedDwtDctSvd([], wmLen=BITS).decode(frame), dtype=int)

    def shaped(frame: Any) -> Any:
        return (frame.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None, :, None]

    def riva_in(frame: Any) -> Any:
        data = np.array([bits], dtype=np.float32)
        out = nets[0].run(None, {"frame": shaped(frame), "data": data})[0]
        return ((np.clip(out[0, :, 0], -1, 1).transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)

    def riva_out(frame: Any) -> Any:
        return (nets[1].run(None, {"frame": shaped(frame)})[0][0] > 0.52).astype(int)

    return {"dwtDctSvd": (svd_in, svd_out), "RivaGAN": (riva_in, riva_out)}


def theirs(
    film: Film, frames: int, marking: tuple[Mark, Mark], bits: Sequence[int], names: Sequence[str], room: Path
) -> Iterator[Any]:
    """A result for each attack."""
    plain = [(each >> 8).astype(np.uint8) for each in film.walk(0, frames)]
    began = time.process_time()
    marked = [np.ascontiguousarray(marking[0](each[:, :, ::-1])[:, :, ::-1]) for each in plain]
    spent = (time.process_time() - began) / len(plain)
    error = np.mean([((a.astype(float) - b) ** 2).mean() for a, b in zip(marked, plain, strict=True)])
    for name in names:
        blows, values, bit_rate = ATTACKS[name]
        clip = attacked(Clip(iter(marked), film.rate), blows, 5, values=values)
        path = room / "copy.mkv"
        write_video(path, clip.frames, rate=clip.rate, bit_rate=bit_rate)
        with rgb_video(path) as (copies, _, _):
            seen = [each[:, :, ::-1].copy() for index, each in enumerate(copies) if index % 2 == 0]
        began = time.process_time()
        votes = np.mean([marking[1](each) for each in seen], axis=0)
        right = int(((votes > 0.5) == np.array(bits)).sum())
        yield {
            "attack": name,
            "bits": f"{right}/{BITS}",
            "psnr": round(10 * float(np.log10(255**2 / error)), 1),
            "embed_ms": round(1000 * spent, 1),
            "read_ms": round(1000 * (time.process_time() - began) / len(seen), 1),
        }


def ours(film: Film, frames: int, names: Sequence[str], room: Path) -> Iterator[Any]:
    """A result for each attack and mode."""
    read = detector(room, to_xyz=_to_xyz)
    payload = Payload(300_000, 31_322)
    for number, name in enumerate(names):
        blows, values, bit_rate = ATTACKS[name]
        trial = Trial(
            number, 5, "marked", film.name, 0, frames, 0, name, blows, values, "h264", bit_rate,
            "screen" if "camcorder" in blows else "dither", (payload,),
        )  # fmt: skip
        made = make_recording(trial, film, room / "copy.mkv", to_xyz=_to_xyz, from_xyz=_from_xyz)
        for mode in MODES:
            began = time.process_time()
            answer = read(room / "copy.mkv", trial.handed, film if mode == "informed" else None)
            right = answer.payload == payload
            yield {
                "attack": name,
                "system": f"dcpkit, {mode}",
                "bits": "35/35" if right else ("wrong" if answer.found else "refused"),
                "p": answer.probability,
                "psnr": made.quality.psnr if made.quality else None,
                "embed_ms": round(1000 * made.mark_seconds / made.marked, 1),
                "read_ms": round(1000 * (time.process_time() - began) / made.frames, 1),
            }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, required=True)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clips", default=",".join(CLIPS))
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--only", choices=["ours", "theirs"])
    asked = parser.parse_args()
    bits = [int(each) for each in np.random.default_rng(7).integers(0, 2, BITS)]
    print("| clip | system | attack | bits right | PSNR | embed ms a frame | read ms a frame | p |")
    print("|---|---|---|---|---|---|---|---|")
    names = asked.attacks.split(",")
    for name in asked.clips.split(","):
        with rgb_video(asked.footage / name) as (_, rate, count), TemporaryDirectory() as made:
            whole = Film(name, rate, 640, 360, (Scene(asked.footage / name, name, count),))
            film = Film(
                name, rate, 640, 360, (Scene(asked.footage / name, name, min(count, round(20 * rate))),)
            )
            found: list[Iterator[Any]] = []
            if asked.only != "theirs":
                found.append(ours(film, min(film.frames, round(asked.seconds * rate)), names, Path(made)))
            if asked.only != "ours":
                for system, marking in peers(asked.peer, bits).items():
                    each = theirs(whole, FRAMES, marking, bits, names, Path(made))
                    found.append(map(partial(with_name, system), each))
            for row in chain(*found):
                tell(name, row)


def with_name(system: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"system": system, **row}


def tell(name: str, row: dict[str, Any]) -> None:
    p = "" if row.get("p") is None else f"{row['p']:.0e}"
    told = (row[each] for each in ("system", "attack", "bits", "psnr", "embed_ms", "read_ms"))
    print("| " + " | ".join(str(each) for each in (name, *told, p)) + " |", flush=True)


if __name__ == "__main__":
    main()
