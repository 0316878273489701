"""`OUT.work/`: what a run with --resume leaves when it does not come to its end, and what the next takes up.

    OUT.work/receipt.json    what the package is made of (`receipts`), mode 0600
    OUT.work/job.toml        its settings, as a job file says them
    OUT.work/plan.json       what was decided, as `--check --json` tells it
    OUT.work/spools/         frames that wait for their track file, unencrypted
    OUT.work/tracks/         a receipt of each track file that is finished
    OUT.work/package/        what becomes OUT by a rename, when it is complete
    OUT.work/finished.json   while that rename is being done: what OUT will hold

The folder is its owner's alone (mode 0700) and one run's at a time. It comes to stand under its name with its
receipt in it, so that a folder of this name without one is somebody else's and is not touched. What lies in
it is believed as far as it was checked: track files by their SHA-256, frames by theirs (`spool`).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dcp.create.job.values import Essence, Job
from dcp.create.work.place import work_path
from dcp.create.work.receipts import (
    MAX_RECEIPT,
    Receipt,
    TrackReceipt,
    read_receipt,
    read_track_receipt,
    write_receipt,
)
from dcp.create.work.settled import changes
from dcp.errors import DcpError, UsageError
from dcp.leftovers import clear_dead, remove, temporary_beside
from dcp.output import cannot_write, check_new_folder
from dcp.system import WINDOWS, alone_in, disk_is_full, leads_elsewhere, move, open_plain

RECEIPT, JOB, PLAN, FINISHED = "receipt.json", "job.toml", "plan.json", "finished.json"
PACKAGE, SPOOLS, TRACKS = "package", "spools", "tracks"
MAX_ENTRIES = 100_000
_PIECE = 1 << 20
Checked = Callable[[int], None]
"""Called with bytes that were read and belong to what is right."""


class WorkFolder:
    """The work folder of one output, for one run. receipt: None until there is one. resumed: whether an
    earlier run left it; ended: it was killed in the moment of its end, with the package under its name.
    begun: this run works in it. job: what is to be made."""

    def __init__(self, out: Path, job: Job, held: ExitStack) -> None:
        self.out, self.job, self.path = out, job, work_path(out)
        self.receipt: Receipt | None = None
        self.resumed = self.ended = self.begun = False
        self._held = held

    @property
    def package(self) -> Path:
        return self.path / PACKAGE

    def spool(self, kind: Essence, number: int) -> Path:
        return self.path / SPOOLS / f"{kind}_{number}.spool"

    def take_up(self) -> None:
        """What is there, if it may be taken up. UsageError, DcpError otherwise; nothing is changed."""
        if not os.path.lexists(self.path):
            return
        try:
            _refuse_others(self.path)
            self._lock()
            _refuse_strange(self.path)
            self.receipt = read_receipt(self.path / RECEIPT)
            self.ended = self._has_ended()
        except OSError as error:
            raise cannot_write(self.path, error, "work.unusable") from None
        self.resumed = True

    def dated(self, now: datetime) -> datetime:
        """The date of the package's documents: of the run that began it, else `now`."""
        return self.receipt.date if self.receipt is not None else now

    def check_place(self) -> None:
        """See `dcp.output.check_new_folder`: of an output that a run with this work folder did not finish."""
        if not self.ended:
            check_new_folder(self.out)

    def compare(self, receipt: Receipt) -> None:
        """UsageError where the receipt of the earlier run says something else than this one."""
        said = changes(self.receipt, receipt) if self.receipt is not None else []
        if said:
            raise UsageError("work.changed", where=self.path, changes=said)

    def begin(self, receipt: Receipt, job: str, plan: dict[str, Any]) -> None:
        """The folder as the work needs it: made anew, or that of an earlier run, whose receipt must say the
        same. UsageError names what it says otherwise."""
        try:
            if self.receipt is not None:
                self.compare(receipt)
                if self.ended:  # it is checked with the rest, and its documents are written anew
                    move(self.out, self.package)
                    self.ended = False
            else:
                self._make(receipt, job, plan)
                self.receipt = receipt
            for name in (PACKAGE, SPOOLS, TRACKS):
                (self.path / name).mkdir(exist_ok=True)
            self.begun = True
        except OSError as error:
            raise _in_words(self, error) from error

    def finished(self, kind: Essence, number: int, name: str, checked: Checked) -> TrackReceipt | None:
        """The receipt of a track file that an earlier run finished, if the file is there and right."""
        if not self.resumed:
            return None
        receipt = read_track_receipt(self._receipt_of(kind, number))
        if receipt is None or receipt.name != name:
            return None
        try:
            found = _digests(self.package / name, receipt.size, checked)
        except OSError:
            return None
        return receipt if found == (receipt.sha256, receipt.sha1) else None

    def held_bytes(self) -> int:
        """Of what an earlier run left."""
        return sum(found.st_size for _, found in _entries(self.path)) if self.resumed else 0

    def keep(self, kind: Essence, number: int, receipt: TrackReceipt) -> None:
        """A track file is finished: its spool may go."""
        write_receipt(self._receipt_of(kind, number), receipt)

    def clear(self, kept: set[str]) -> None:
        """What lies in the package besides these files goes: it is made again."""
        for path in sorted(self.package.iterdir()):
            if path.name not in kept:
                remove(path)

    def complete(self) -> None:
        """The package appears under its name, and the folder goes."""
        data = json.dumps(_names_in(self.package)).encode()
        (self.path / FINISHED).write_bytes(data)
        move(self.package, self.out)
        gone = temporary_beside(self.path)
        try:
            move(self.path, gone)
        except OSError:  # Windows, where the lock is an open file in it
            remove(self.path)
            self._held.close()
            gone = self.path
        remove(gone)

    def _receipt_of(self, kind: Essence, number: int) -> Path:
        return self.path / TRACKS / f"{kind}_{number}.json"

    def _make(self, receipt: Receipt, job: str, plan: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clear_dead(self.path)
        temporary = temporary_beside(self.path)
        temporary.mkdir(mode=0o700)
        try:
            (temporary / JOB).write_text(job, "utf-8", newline="\n")
            (temporary / PLAN).write_text(f"{json.dumps(plan, indent=1)}\n", "utf-8", newline="\n")
            write_receipt(temporary / RECEIPT, receipt)
            _put(temporary, self.path)
        finally:
            if temporary.exists():
                remove(temporary)
        self._lock()

    def _lock(self) -> None:
        try:
            self._held.enter_context(alone_in(self.path))
        except BlockingIOError:
            raise UsageError("work.another-run", where=self.path) from None

    def _has_ended(self) -> bool:
        try:
            with open_plain(self.path / FINISHED) as stream:
                said = stream.read(MAX_RECEIPT)
        except OSError:
            return False
        if self.package.exists() or self.out.is_symlink() or not self.out.is_dir():
            return False
        return any(self.out.iterdir()) and said == json.dumps(_names_in(self.out)).encode()


@contextmanager
def work_folder(out: Path, job: Job) -> Iterator[WorkFolder]:
    """The work folder of `out`, taken up if an earlier run left it. It is this process's alone until the end;
    whatever stops the work leaves it as it is.

    UsageError where another run is at work in it, or it is somebody else's; DcpError where its receipt is
    damaged.
    """
    with ExitStack() as held:
        work = WorkFolder(out, job, held)
        work.take_up()
        yield work


@contextmanager
def working_in(work: WorkFolder) -> Iterator[Path]:
    """The folder in which the package comes to stand. At the end it is complete, and appears as the output;
    when the work fails, all that was done is left. DcpError for what the file system refuses."""
    try:
        yield work.package
        work.complete()
    except OSError as error:
        raise _in_words(work, error) from error
    except DcpError as error:
        if error.id == "output.disk-full":
            raise DcpError("work.disk-full", where=error.where) from error
        raise


# --- how it is done -----


def _in_words(work: WorkFolder, error: OSError) -> DcpError:
    if disk_is_full(error):
        return DcpError("work.disk-full", where=work.path)
    return cannot_write(work.path, error)


def _put(temporary: Path, path: Path) -> None:
    """A rename replaces an empty folder, which is nobody's, and nothing else."""
    try:
        temporary.rename(path)
    except OSError:
        if os.path.lexists(path):
            raise UsageError("work.another-run", where=path) from None
        raise


def _refuse_others(path: Path) -> None:
    """UsageError for what is no folder of one's own. Nothing is opened."""
    found = path.lstat()
    if leads_elsewhere(found):
        raise UsageError("work.link", where=path)
    if not stat.S_ISDIR(found.st_mode):
        raise UsageError("work.no-folder", where=path)
    if not WINDOWS and (found.st_uid != os.geteuid() or found.st_mode & 0o022):
        raise UsageError("work.of-others", where=path)


def _refuse_strange(path: Path) -> None:
    """UsageError for anything in it but folders and plain files, and where there is no receipt."""
    for each, status in _entries(path):
        if leads_elsewhere(status):
            raise UsageError("work.link", where=each)
        if not (stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)):
            raise UsageError("work.no-folder", where=each)
    if not os.path.lexists(path / RECEIPT):
        raise UsageError("work.no-folder", where=path)


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that lies below, links not followed. UsageError where that is more than ever lies there."""
    count, left = 0, [folder]
    while left:
        with os.scandir(left.pop()) as found:
            for each in found:
                count += 1
                if count > MAX_ENTRIES:
                    raise UsageError("work.no-folder", where=folder)
                status = each.stat(follow_symlinks=False)
                yield Path(each.path), status
                if stat.S_ISDIR(status.st_mode) and not leads_elsewhere(status):
                    left.append(Path(each.path))


def _digests(path: Path, size: int, checked: Checked) -> tuple[str, str] | None:
    """SHA-256 and SHA-1 of a file of this size; None for one of another. OSError where it is no plain one."""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1()
    with open_plain(path) as stream:
        if os.fstat(stream.fileno()).st_size != size:
            return None
        while piece := stream.read(_PIECE):
            sha256.update(piece)
            sha1.update(piece)
            checked(len(piece))
    return sha256.hexdigest(), sha1.hexdigest()


def _names_in(folder: Path) -> list[list[object]]:
    """What lies in a finished package."""
    return sorted(
        [path.relative_to(folder).as_posix(), found.st_size]
        for path, found in _entries(folder)
        if not stat.S_ISDIR(found.st_mode)
    )
