"""Files whose hashes somebody states, held against them while a package is made of them.

They are read aside: a film of IMF takes minutes to hash and hours to code. What is made appears only when all
hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError
from dcp.texts.system import why

Cancel = Callable[[], bool]
Progress = Callable[[int, int], None]
_BLOCK = 4 << 20
_SOON = 0.2
"""Seconds between two looks at how far it is."""


@dataclass(frozen=True)
class Vouched:
    """algorithm: of `hashlib`; digest: of the whole file, as a packing list states it."""

    path: Path
    algorithm: str
    digest: bytes


@contextmanager
def holding(
    files: Iterable[Vouched], *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[Cancel | None]:
    """Hash the files beside what is done inside, and wait for them at its end. progress(bytes, in all): of
    that wait. Gives what the work is to ask in place of `cancel`: it answers yes where a file is wrong.

    SourceError for a file that is not the one which was hashed, whatever the work ended with; DcpError when
    stopped.
    """
    hashes = _Hashes(files)
    if not hashes.files:
        yield cancel
        return

    def stopped() -> bool:
        return hashes.wrong is not None or (cancel is not None and cancel())

    thread = Thread(target=hashes.run, daemon=True)
    thread.start()
    try:
        yield stopped
        while thread.is_alive():
            thread.join(_SOON)
            if progress is not None:
                progress(hashes.done, max(hashes.done, hashes.total))
            if cancel is not None and cancel():
                raise DcpError("create.stopped")
    except DcpError as error:
        if hashes.wrong is not None and error.id == "create.stopped":
            raise hashes.wrong from None
        raise
    finally:
        hashes.stop.set()
        thread.join()
    if hashes.wrong is not None:
        raise hashes.wrong


# --- how it is done -----


class _Hashes:
    """files: what is stated of each, by algorithm. done, total: bytes. wrong: the first fault."""

    def __init__(self, files: Iterable[Vouched]) -> None:
        self.files: dict[Path, dict[str, set[bytes]]] = {}
        for each in files:
            self.files.setdefault(each.path, {}).setdefault(each.algorithm, set()).add(each.digest)
        self.done, self.total = 0, 0
        self.wrong: SourceError | None = None
        self.stop = Event()

    def run(self) -> None:
        try:
            for path in self.files:
                self.total += path.stat().st_size
            for path, stated in self.files.items():
                found = self._digests(path, tuple(stated))
                if found is not None and any(stated[name] != {digest} for name, digest in found.items()):
                    self.wrong = SourceError("imf.hash", where=path)
                    return
        except OSError as error:
            self.wrong = SourceError("file.cannot-read", where=error.filename or "", why=why(error))

    def _digests(self, path: Path, algorithms: Iterable[str]) -> dict[str, bytes] | None:
        """None when stopped."""
        summed = {name: hashlib.new(name) for name in algorithms}
        with path.open("rb", buffering=0) as stream:
            while block := stream.read(_BLOCK):
                if self.stop.is_set():
                    return None
                for each in summed.values():
                    each.update(block)
                self.done += len(block)
        return {name: each.digest() for name, each in summed.items()}
