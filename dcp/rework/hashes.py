"""Is a package on this disk what its packing lists say, and what another copy of it is: a hash of every file.

A packing list states the SHA-1 of each of its files (ST 429-8), a playlist may state it too; of the packing
list itself, of the asset map and of the volume index nobody does, so that those are right only beside
another copy. Each file is read once, several at a time; nothing is written.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Literal, get_args

from dcp.dataclass import dataclass
from dcp.errors import DocumentError, UsageError
from dcp.package.survey import Document, Survey
from dcp.system import cores
from dcp.texts.catalogue import Sayable, Text, text
from dcp.texts.system import why

_BLOCK = 4 * 1024 * 1024
_TELL = 0.2  # seconds between two words of progress

Progress = Callable[[int, int], None]
Verdict = Literal["right", "wrong", "unstated", "extra", "missing", "unreadable"]
"""right: as every document states it that states a hash; unstated: of the package, and no document states its
hash; extra: no document knows the file; missing: listed, and no file is there."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Beside = Literal["same", "different", "absent"]


@dataclass(frozen=True)
class Stated:
    """What a document says of a file. by: the document's name in the package. size: as a packing list."""

    by: str
    sha1: bytes | None
    size: int | None = None


@dataclass(frozen=True)
class HashedFile:
    """A file of a package, or one that should be there. name: below the package's folder, with slashes.

    sha1, size: None where there is nothing to read; sha256: where it was asked for. why: of what cannot be
    read or found. beside: what the other copy has in its place, `other` under which name.
    """

    name: str
    ids: tuple[uuid.UUID, ...]
    verdict: Verdict
    size: int | None = None
    sha1: bytes | None = None
    sha256: bytes | None = None
    stated: tuple[Stated, ...] = ()
    why: Sayable | str | None = None
    beside: Beside | None = None
    other: str | None = None

    @property
    def good(self) -> bool:
        """Whether nothing speaks against it."""
        return self.verdict in ("right", "unstated", "extra") and self.beside != "different"

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "ids": [str(id) for id in self.ids],
            "verdict": self.verdict,
            "size": self.size,
            "sha1": self.sha1.hex() if self.sha1 else None,
            "sha1_base64": in_base64(self.sha1) if self.sha1 else None,
            **({"sha256": self.sha256.hex()} if self.sha256 else {}),
            "stated": [
                {"by": each.by, "sha1": each.sha1.hex() if each.sha1 else None, "size": each.size}
                for each in self.stated
            ],
            "why": str(self.why) if self.why is not None else None,
            "beside": self.beside,
            "other": self.other,
        }


@dataclass(frozen=True)
class HashReport:
    """Every file of a package; with another copy, what is there of it and not here, and its own faults."""

    root: Path
    files: tuple[HashedFile, ...]
    against: Path | None = None
    lacking: tuple[HashedFile, ...] = ()
    faults_there: tuple[HashedFile, ...] = ()
    notes: tuple[Text, ...] = field(default=())

    @property
    def good(self) -> bool:
        """Whether all is as it was packed, and as the other copy."""
        return all(file.good for file in self.files) and not self.lacking and not self.faults_there

    def count(self, verdict: Verdict) -> int:
        return sum(file.verdict == verdict for file in self.files)

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "schema": "dcpkit.hash/1",
            "package": str(self.root),
            "against": str(self.against) if self.against is not None else None,
            "verdict": "same" if self.good else "different",
            "files": [file.document() for file in self.files],
            "lacking": [file.document() for file in self.lacking],
            "faults_there": [file.document() for file in self.faults_there],
            "notes": [str(note) for note in self.notes],
        }


def hash_package(
    package: Survey,
    *,
    against: Survey | None = None,
    sha256: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> HashReport:
    """Read every file of the package, and of `against` where another copy is given, and hold them together.

    sha256: makes that as well in the same pass, and compares it. workers: files read at a time, by default
    one a core. progress(bytes done, bytes in all). Whatever is wrong with a file is in the report.
    DocumentError when there is no packing list to hold the files against, and no other copy either;
    UsageError when the other copy is the package itself.
    """
    if against is None:
        _need_lists(package)
    elif against.root.resolve() == package.root.resolve():
        raise UsageError("hash.same-package", where=package.root)
    wanted = [(one, file) for one in (package, against) if one is not None for file in _files_of(one)]
    made = _all_hashed([(one.root / file.name, file) for one, file in wanted], sha256, workers, progress)
    here = [file for (one, _), file in zip(wanted, made, strict=True) if one is package]
    there = [file for (one, _), file in zip(wanted, made, strict=True) if one is not package]
    notes = tuple(note for one in (package, against) if one is not None for note in _unread(one))
    if against is None:
        return HashReport(package.root, tuple(here), notes=notes)
    compared, lacking = _beside(here, there)
    faults = tuple(file for file in there if not file.good)
    return HashReport(package.root, compared, against.root, lacking, faults, notes)


def in_base64(digest: bytes) -> str:
    """As packing lists and playlists write it."""
    return base64.b64encode(digest).decode()


# --- how it is done -----


def _need_lists(package: Survey) -> None:
    if package.packing_lists:
        return
    for problem in package.problems:
        if problem.kind != "missing":
            raise problem.error
    raise DocumentError("package.no-pkl", where=package.root)


def _unread(package: Survey) -> Iterator[Text]:
    """What cannot be read of the documents, so that nothing is known by them."""
    for problem in package.problems:
        if problem.kind in ("document", "no_asset_map"):
            name = problem.file or str(package.root)
            yield text("hash.document-unread", name=name, said=problem.error.text)


def _files_of(package: Survey) -> list[HashedFile]:
    """What is there and what should be, with what is stated of it, before anything is read."""
    at = {id: package.relative(path) for id, path in package.files.items()}
    names = dict.fromkeys(entry.name for entry in package.entries if entry.kind == "file")
    names.update(dict.fromkeys(at.values()))  # a link of the map's leads to a file of the package
    ids: dict[str, list[uuid.UUID]] = {}
    for id, name in at.items():
        ids.setdefault(name, []).append(id)
    own = {document.name for document in package.documents if document.kind in _UNSTATED}
    stated = _stated(package)
    errors = {problem.asset_id: problem.error for problem in package.problems if problem.asset_id}
    files = []
    for name in sorted(names):
        said = tuple(each for id in ids.get(name, ()) for each in stated.get(id, ()))
        known: Verdict = "unstated" if name in own or name in ids else "extra"
        files.append(HashedFile(name, tuple(ids.get(name, ())), known, stated=said))
    for id in {**stated, **package.listed}:
        if id not in at and (id in package.listed or any(each.size is not None for each in stated[id])):
            error = errors.get(id)
            reason = error.text if error is not None else text("hash.in-no-map", asset=id)
            name = package.listed.get(id) or str(id)
            files.append(HashedFile(name, (id,), "missing", stated=stated.get(id, ()), why=reason))
    return files


_UNSTATED = ("asset_map", "volume_index", "packing_list")


def _stated(package: Survey) -> dict[uuid.UUID, tuple[Stated, ...]]:
    """By the id of the asset: the packing lists' words, and those of the playlists that state a hash."""
    found: dict[uuid.UUID, dict[Stated, None]] = {}
    for pkl in package.packing_lists:
        by = _named(package, pkl).name
        for entry in pkl.asset_list:
            found.setdefault(entry.id, {})[Stated(by, entry.hash, entry.size)] = None
    for cpl in package.compositions:
        by = _named(package, cpl).name
        for asset in cpl.assets:
            if asset.hash is not None:
                found.setdefault(asset.id, {})[Stated(by, asset.hash)] = None
    return {id: tuple(each) for id, each in found.items()}


def _named(package: Survey, value: object) -> Document:
    return next(document for document in package.documents if document.value is value)


def _all_hashed(
    files: Sequence[tuple[Path, HashedFile]],
    sha256: bool,
    workers: int | None,
    progress: Progress | None,
) -> list[HashedFile]:
    """Each with its hash and verdict, in the same order; the largest are begun first."""
    from concurrent.futures import Future, ThreadPoolExecutor, wait

    sizes = [0 if file.verdict == "missing" else _size(path) for path, file in files]
    total, counter, stop = sum(sizes), _Counter(), threading.Event()
    pool = ThreadPoolExecutor(workers or cores())
    jobs: dict[int, Future[HashedFile]] = {}
    try:
        for number in sorted(range(len(files)), key=lambda number: -sizes[number]):
            path, file = files[number]
            if file.verdict != "missing":
                jobs[number] = pool.submit(_hashed, path, file, sha256, counter, stop)
        waiting = set(jobs.values())
        while waiting:
            done, waiting = wait(waiting, timeout=_TELL)
            for job in done:
                job.result()
            if progress is not None and counter.done:
                progress(counter.done, total)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)
    return [jobs[number].result() if number in jobs else file for number, (_, file) in enumerate(files)]


class _Counter:
    """Bytes that all threads together have read."""

    def __init__(self) -> None:
        self.done = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.done += count


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _hashed(
    path: Path, file: HashedFile, sha256: bool, counter: _Counter, stop: threading.Event
) -> HashedFile:
    digests = [hashlib.sha1(usedforsecurity=False)]
    if sha256:
        digests.append(hashlib.sha256())
    size, buffer = 0, memoryview(bytearray(_BLOCK))
    try:
        with path.open("rb", buffering=0) as stream:
            while count := stream.readinto(buffer):
                for digest in digests:
                    digest.update(buffer[:count])
                size += count
                counter.add(count)
                if stop.is_set():  # nobody asks for it any more
                    return file
    except OSError as error:
        return replace(file, verdict="unreadable", why=why(error))
    sha1 = digests[0].digest()
    made = replace(file, size=size, sha1=sha1, sha256=digests[1].digest() if sha256 else None)
    if any(each.sha1 not in (None, sha1) or each.size not in (None, size) for each in file.stated):
        return replace(made, verdict="wrong")
    return replace(made, verdict="right") if any(each.sha1 for each in file.stated) else made


def _beside(
    here: Sequence[HashedFile], there: Sequence[HashedFile]
) -> tuple[tuple[HashedFile, ...], tuple[HashedFile, ...]]:
    """The files here, each held against its like; those of the other copy that have none here.

    A file's like has its name, else, of those left over, an id of its own in the asset map.
    """
    left = {file.name: file for file in there if file.verdict != "missing"}
    pairs: dict[str, HashedFile | None] = {}
    for file in here:
        if file.verdict != "missing":
            pairs[file.name] = left.pop(file.name, None)
    by_id = {id: file for file in left.values() for id in file.ids}
    compared = []
    for file in here:
        if file.verdict == "missing":
            compared.append(file)
            continue
        like = pairs[file.name] or next((by_id[id] for id in file.ids if id in by_id), None)
        if like is not None:
            left.pop(like.name, None)
        verdict: Beside = "absent" if like is None else "same" if _equal(file, like) else "different"
        compared.append(replace(file, beside=verdict, other=like.name if like is not None else None))
    return tuple(compared), tuple(left.values())


def _equal(one: HashedFile, other: HashedFile) -> bool:
    made = (one.sha1, one.size, one.sha256)
    return one.sha1 is not None and made == (other.sha1, other.size, other.sha256)
