"""A run of the command that kills itself, as a crash would, at the n-th thing that it does to the disk.

    python killed_run.py PLACE N COUNTED ARGUMENT...

PLACE: what lies below it counts. N: 0 for a run that comes to its end; how much it did is written to COUNTED
then. What counts: every file opened, renamed, removed, every folder made, each piece of a spool and of a
track file, of which the last one is written by half.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


def run(place: Path, at: int, arguments: Sequence[object], *, counted: Path | None = None) -> tuple[int, str]:
    """Such a run as a process: its exit code (-9 where it was killed) and what it said on stdout."""
    words = [sys.executable, __file__, place, at, counted or os.devnull, *arguments]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(done.stderr)
    return done.returncode, done.stdout


def main(place: str, at: int, counted: str, arguments: list[str]) -> None:
    lock, count = Lock(), 0

    def happens() -> bool:
        nonlocal count
        with lock:
            count += 1
            return count == at

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, given: tuple[object, ...]) -> None:
        if event in EVENTS and any(str(each).startswith(place) for each in given[:2]) and happens():
            die()

    import dcp.create.work.spool as spool
    import dcp.mxf.writer as writer

    write, write_all = spool._write, writer.write_all

    def halved(stream: object, data: bytes | memoryview) -> None:
        if happens():
            write(stream, data[: len(data) // 2])  # type: ignore[arg-type]
            die()
        write(stream, data)  # type: ignore[arg-type]

    def halved_parts(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
        if happens():
            write_all(descriptor, [part[: len(part) // 2] for part in parts])
            die()
        write_all(descriptor, parts)

    spool._write, writer.write_all = halved, halved_parts
    sys.addaudithook(heard)
    from dcpkit.main import invoke

    code = invoke(arguments)
    Path(counted).write_text(str(count))
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
