"""The bench of forensic marks with the toolkit's own colours and detector: rooms are wired here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from dcp.texts.catalogue import Language
    from watermark.bench.draw import Which
    from watermark.bench.reading import Mode


def run_bench(
    footage: Path,
    seed: int,
    numbers: Sequence[int],
    *,
    attacks: Sequence[str] = (),
    modes: Sequence[str] = ("informed",),
    which: str = "all",
    seconds: tuple[float, float] = (10.0, 60.0),
    size: tuple[int, int] = (960, 540),
    table: Path | None = None,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Trials of these numbers, and what they say together (`watermark.bench.summary`). UsageError for wrong
    settings, a folder without footage, or one of another bench."""
    from dcp.errors import UsageError
    from watermark.bench.draw import chosen_attacks
    from watermark.bench.films import films_in
    from watermark.bench.reading import MODES, detector
    from watermark.bench.running import Settings, run
    from watermark.bench.summary import summary

    if not modes or any(mode not in MODES for mode in modes):
        raise UsageError("bench.no-mode", known=", ".join(MODES))
    settings = Settings(
        seed=seed,
        attacks=chosen_attacks(attacks),
        modes=cast("tuple[Mode, ...]", tuple(modes)),
        which=cast("Which", which),
        seconds=seconds,
    )
    with ExitStack() as stack:
        room = folder or Path(stack.enter_context(TemporaryDirectory()))
        films = films_in(footage, width=size[0], height=size[1], table=table, known=room / "footage.json")
        rows = run(
            settings,
            films,
            numbers,
            read=detector(room, to_xyz=_to_xyz),
            to_xyz=_to_xyz,
            from_xyz=_from_xyz,
            folder=room,
            progress=progress,
        )
    return summary(settings, films, rows)


def write_report(path: Path, found: dict[str, Any], spoken: Language) -> None:
    """The summary as a page (.html) or as Markdown (.md)."""
    from dcp.output import write_finished
    from dcp.reportpage.render import render
    from watermark.bench.tables import lines, page

    if path.suffix.lower() == ".md":
        words = "\n".join(lines(found, spoken)) + "\n"
    else:
        words = render(page(found, spoken), spoken)
    write_finished(path, words.encode())


def _to_xyz(rgb: Any) -> Any:
    from dcp.picture.colour import to_xyz12

    return to_xyz12(rgb, source="rec709")


def _from_xyz(xyz: Any) -> Any:
    import numpy as np

    from dcp.picture.colour import from_xyz12

    return from_xyz12(xyz, display="rec709", dtype=np.uint16)
