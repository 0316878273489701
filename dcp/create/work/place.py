"""Where the work folder of an output lies, and who is refused there."""

from __future__ import annotations

import os
from pathlib import Path

from dcp.errors import UsageError
from dcp.system import long_path

SUFFIX = ".work"
_BELOW = 240  # characters of names in it


def work_path(out: Path) -> Path:
    """The work folder of an output, beside it."""
    whole = out.absolute()
    return long_path(whole.with_name(whole.name + SUFFIX), room=_BELOW)


def refuse_left(out: Path) -> None:
    """UsageError where a run with --resume left its work folder."""
    path = work_path(out)
    if os.path.lexists(path):
        raise UsageError("work.exists", where=path, name=path.name)
