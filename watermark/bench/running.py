"""The bench's run: trials one after the other, each a line of a file: a run that was stopped goes on."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.output import cannot_write, write_finished
from watermark.bench.draw import Trial, Which, trial
from watermark.bench.films import Film
from watermark.bench.making import FromXyz, ToXyz, make_recording
from watermark.bench.reading import Answer, Detector, Mode
from watermark.bench.strata import strata_of

Row = Mapping[str, Any]
ROWS, SETTINGS = "rows.jsonl", "bench.json"


@dataclass(frozen=True)
class Settings:
    """All that a run's trials depend on. seconds: the shortest and the longest excerpt."""

    seed: int
    attacks: tuple[str, ...]
    modes: tuple[Mode, ...] = ("informed",)
    which: Which = "all"
    seconds: tuple[float, float] = (10.0, 60.0)


def run(
    settings: Settings,
    films: Sequence[Film],
    numbers: Sequence[int],
    *,
    read: Detector,
    to_xyz: ToXyz,
    from_xyz: FromXyz,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Rows of these trials, in their order. folder: where rows are kept as they come; those that lie there
    are not made again. progress(trials done, in all); it may raise to stop.

    UsageError when the folder holds a bench of other settings; DcpError when it cannot be written.
    """
    rows = {row["trial"]: row for row in kept(folder, settings, films)}
    for done, number in enumerate(numbers):
        if number not in rows:
            each = drawn(settings, films, number)
            row = one(each, films, settings.modes, read=read, to_xyz=to_xyz, from_xyz=from_xyz)
            rows[number] = row
            _append(folder / ROWS, row)
        if progress is not None:
            progress(done + 1, len(numbers))
    return [rows[number] for number in numbers]


def drawn(settings: Settings, films: Sequence[Film], number: int) -> Trial:
    """A trial by its number."""
    return trial(
        settings.seed,
        number,
        films,
        attacks=settings.attacks,
        which=settings.which,
        seconds=settings.seconds,
        offsets="informed" not in settings.modes,
    )


def one(
    each: Trial,
    films: Sequence[Film],
    modes: Sequence[Mode],
    *,
    read: Detector,
    to_xyz: ToXyz,
    from_xyz: FromXyz,
) -> Row:
    """One trial: made, read, and what came of it. The recording is gone then."""
    film = next(film for film in films if film.name == each.film)
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "recording.mkv"
        began = time.process_time()
        made = make_recording(each, film, path, to_xyz=to_xyz, from_xyz=from_xyz)
        making = time.process_time() - began
        readings = {}
        for mode in modes:
            began = time.process_time()
            answer = read(path, each.handed, film if mode == "informed" else None)
            readings[mode] = _judged(answer, each, time.process_time() - began)
    shown = film.shown(each.first, each.first + each.frames)
    look = made.looking.look()
    return {
        "trial": each.number,
        "kind": each.kind,
        "film": film.name,
        "clips": [scene.name for scene, _, _ in shown],
        "strata": list(strata_of(look, shown)),
        "look": asdict(look),
        "first": each.first,
        "seconds": round(float(each.frames / film.rate), 3),
        "offset": each.offset,
        "to_8_bit": each.way,
        "attack": each.attack,
        "drawn": [_plain(step) for step in made.drawn],
        "coder": {"codec": each.codec, "bit_rate": each.bit_rate},
        "copies": len(each.payloads),
        "recording": {"frames": made.frames, "rate": str(made.rate)},
        "quality": asdict(made.quality) if made.quality is not None else None,
        "cpu": {
            "making": round(making, 2),
            "mark_ms_a_frame": round(1000 * made.mark_seconds / max(1, made.marked), 2),
        },
        "readings": readings,
    }


def kept(folder: Path, settings: Settings, films: Sequence[Film]) -> list[Row]:
    """The rows that a folder has of this bench; a folder without any is made ready. A last line that was cut
    off is left out, and cut away."""
    said = _plain(
        {**asdict(settings), "films": [[film.name, film.frames, film.width, film.height] for film in films]}
    )
    head, path = folder / SETTINGS, folder / ROWS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if head.exists():
            if json.loads(head.read_text()) != json.loads(json.dumps(said)):
                raise UsageError("bench.other-settings", where=folder)
        else:
            write_finished(head, f"{json.dumps(said, indent=1)}\n".encode())
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            write_finished(path, whole)
        return [json.loads(line) for line in whole.splitlines()]
    except (ValueError, RecursionError):
        raise UsageError("bench.other-settings", where=folder) from None
    except OSError as error:
        raise cannot_write(folder, error) from None


def _append(path: Path, row: Row) -> None:
    try:
        with path.open("a") as stream:
            stream.write(json.dumps(row) + "\n")
    except OSError as error:
        raise cannot_write(path, error) from None


def _judged(answer: Answer, each: Trial, seconds: float) -> dict[str, Any]:
    """right: all 35 bits of the payload, or of a colluder's; accused: another payload, or anything found
    where nothing was to be found."""
    marked = each.kind == "marked"
    right = marked and answer.found and answer.payload in each.payloads
    return {
        "found": answer.found,
        "conclusive": answer.conclusive,
        "right": right,
        "accused": answer.found and not right,
        "probability": answer.probability,
        "location_score": round(answer.location_score, 3),
        "time_score": round(answer.time_score, 3),
        "positions": answer.positions,
        "start": None if answer.start is None else round(answer.start, 3),
        "error": answer.error,
        "likelihood": None if answer.likelihood is None else round(answer.likelihood, 4),
        "doubts": list(answer.doubts),
        "by": answer.by,
        "cpu": round(seconds, 2),
    }


def _plain(values: Any) -> Any:
    """As JSON has them."""
    if isinstance(values, Mapping):
        return {str(name).replace("-", "_"): _plain(value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_plain(value) for value in values]
    return str(values) if isinstance(values, Fraction) else values


def stretches(rows: Sequence[Row], rates: Mapping[str, Fraction]) -> Iterator[tuple[str, str, int, int]]:
    """Stratum, film, first and last frame of each excerpt: how much film a stratum has."""
    for row in rows:
        for stratum in row["strata"]:
            last = row["first"] + round(row["seconds"] * float(rates[row["film"]]))
            yield stratum, row["film"], row["first"], last
