"""A program on a terminal of its own, which is answered each time that it asks."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from pathlib import Path

import pytest

PATIENCE = 60.0  # seconds without a word


def answer_on_terminal(
    command: Sequence[str], *, asks: Sequence[bytes], typed: bytes, folder: Path | None = None
) -> tuple[int, bytes]:
    """The exit code and all that was on the screen. asks: beginnings of the questions to which `typed` is
    the answer, each of which ends with `: ` or a colon."""
    import pty

    try:
        child, terminal = pty.fork()
    except OSError:  # as in a container without them
        pytest.skip("left out: a terminal is not to be had here")
    if child == 0:
        if folder is not None:
            os.chdir(folder)
        os.execv(command[0], list(command))
    seen, answered = b"", 0
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            more = os.read(terminal, 1024)
        except OSError:  # the other side is closed
            break
        seen += more
        asked = sum(seen.count(question) for question in asks)
        if asked > answered and seen.rstrip(b" ").endswith(b":"):
            answered = asked
            os.write(terminal, typed + b"\n")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(terminal)
    return code, seen
