"""A batch that is run, and what is in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdm.batch.run import BatchResult, issue_batch


def run(town: Any, folder: Path, plan: Any = None, **changes: Any) -> BatchResult:
    return issue_batch(plan or town.plan(), folder, **{"now": town.world.now, "workers": 2, **changes})


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its inode and what is in it: a file that is written anew has another inode."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def messages(folder: Path) -> list[Path]:
    return sorted(folder.rglob("k_*.xml"))
