"""Before a show: whether the files that it plays are the ones that were packed, by the packing lists' hashes.

A server does this once, when it takes a package in. Here a show asks for it; with a cache, which is the one
of `dcp.verify.cache`, a file that has not changed since need not be read again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, Reel
from dcp.package.package import Package
from dcp.system import cores, relative_name
from dcp.text.beside import files_beside
from dcp.texts.catalogue import Text, text
from player.plan import ROLES, is_mxf

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class IngestStopped(Exception):
    """The caller asked to stop."""


@dataclass(frozen=True)
class WrongFile:
    """A file that is not the one that was packed. file: as seen from the package."""

    file: str
    why: Text


@dataclass(frozen=True)
class Ingest:
    """files, bytes: what was held against the packing lists. remembered: how many of these files have not
    changed since an earlier run read them. wrong: what is not as packed. unlisted: files that no list has a
    hash of. notes: what else is to be said."""

    files: int
    bytes: int
    remembered: int
    wrong: tuple[WrongFile, ...]
    unlisted: tuple[str, ...]
    notes: tuple[Text, ...] = ()

    def document(self) -> dict[str, object]:
        """As JSON of the report."""
        return {
            "files": self.files,
            "bytes": self.bytes,
            "remembered": self.remembered,
            "wrong": [{"file": each.file, "why": str(each.why)} for each in self.wrong],
            "unlisted": list(self.unlisted),
        }


def check_files(
    package: Package,
    cpl: CompositionPlaylist,
    reels: Sequence[Reel],
    *,
    now: datetime,
    cache: Path | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    workers: int | None = None,
) -> Ingest:
    """Hold the playlist and the files of these reels against the packing lists of the package and its OVs, on
    all cores.

    cache: a folder where right hashes are remembered (`dcp.verify.cache.open_cache`). DcpError for a file
    that is absent; IngestStopped when `cancel` says so.
    """
    from dcp.verify.asked import Asked
    from dcp.verify.cache import open_cache
    from dcp.verify.rules.all import load_rules
    from dcp.verify.tracks import Cancelled, FileToRead, read_all

    load_rules()  # what cannot be remembered is said by one
    packages = (package, *package.ov)
    listed: dict[UUID, set[bytes]] = {}
    sizes: dict[UUID, set[int]] = {}
    for packing_list in (each for one in packages for each in one.packing_lists):
        for asset in packing_list.asset_list:
            if asset.hash is not None:
                listed.setdefault(asset.id, set()).add(asset.hash)
                sizes.setdefault(asset.id, set()).add(asset.size)
    ids = {path: id for one in reversed(packages) for id, path in one.files.items()}
    wrong: list[WrongFile] = []
    unlisted: list[str] = []
    reading: list[FileToRead] = []
    for path in dict.fromkeys(_files(package, cpl, reels)):
        name = relative_name(path, package.root)
        id = ids.get(path)
        if id is None or id not in listed:
            unlisted.append(name)
            continue
        size = path.stat().st_size
        if sizes[id] != {size}:
            other = sorted(sizes[id] - {size})
            wrong.append(WrongFile(name, text("play.wrong-size", size=size, listed=other[0])))
            continue
        here = path in package.files.values()
        reading.append(FileToRead(id, path, name, size, here, frozenset(), track=False))
    try:
        read = read_all(
            reading,
            {},
            (),
            asked=Asked(),
            keyring=None,
            mic="off",
            progress=progress,
            cancel=cancel,
            workers=workers or cores(),
            cache=open_cache(cache, [one.root for one in packages], now=now) if cache is not None else None,
            expected={file.path: frozenset(listed[file.asset_id]) for file in reading},
        )
    except Cancelled:
        raise IngestStopped from None
    for file in reading:
        digest, expected = read[file.path].sha1, listed[file.asset_id]
        if digest is None:
            wrong.append(WrongFile(file.name, text("play.became-shorter")))
        elif expected != {digest}:
            other_hash = min(expected - {digest})
            why = text("play.wrong-hash", found=_encoded(digest), listed=_encoded(other_hash))
            wrong.append(WrongFile(file.name, why))
    return Ingest(
        files=len(reading),
        bytes=sum(file.size for file in reading),
        remembered=sum(done.remembered is not None for done in read.values()),
        wrong=tuple(wrong),
        unlisted=tuple(unlisted),
        notes=tuple(
            text("play.not-remembered", why=told.said) for done in read.values() for _, told in done.said
        ),
    )


# --- how it is done -----


def _files(package: Package, cpl: CompositionPlaylist, reels: Sequence[Reel]) -> Iterator[Path]:
    """Everything that is read for the show: the playlist, the assets, an Interop subtitle's own files."""
    yield package.require(cpl.id)
    for reel in reels:
        for asset in reel.assets:
            if asset.kind in ROLES:
                path = package.require(asset.id)
                yield path
                if ROLES[asset.kind] == "text" and not is_mxf(path):
                    yield from files_beside(path)


def _encoded(digest: bytes) -> str:
    """As packing lists have it."""
    return base64.b64encode(digest).decode("ascii")
