"""The folder of a batch: one run at a time in it, and what an earlier run left."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from dcp.errors import UsageError
from kdm.batch.manifest import JSON_FILE, Issued, Manifest, read_manifest
from kdm.batch.names import is_message_name
from kdm.batch.plan import Plan

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.part")  # as dcp.output names them


@contextmanager
def batch_folder(folder: Path) -> Iterator[Manifest]:
    """The manifest of a batch folder, which is made where there is none; the folder is this run's alone."""
    refusal = UsageError(
        "the output exists and is no folder of a batch of KDMs",
        where=folder,
        remedy="give a new folder, or that of an earlier batch to add to it",
    )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise refusal
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = [path.name for path in folder.iterdir() if not _TEMPORARY.fullmatch(path.name)]
    except OSError as error:
        raise UsageError(f"cannot use the output folder: {error.strerror or error}", where=folder) from None
    if found and JSON_FILE not in found:
        raise refusal
    with _locked(folder):
        for path in folder.glob(".manifest.*.part"):
            if _TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)
        yield read_manifest(folder) if found else Manifest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two runs at once would each write a manifest without the other's messages."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                "another run is at work in this folder", where=folder, remedy="wait until it is done"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


def tidied(plan: Plan, folder: Path, entries: dict[str, Issued]) -> dict[str, Issued]:
    """The plan's messages that are there and whole. Out of the order's folder goes what a cut-off run left:
    temporary files, and messages that the manifest does not know or that were changed since."""
    kept: dict[str, Issued] = {}
    for job in plan.jobs:
        entry = entries.get(f"{plan.order}/{job.id}")
        if entry is None:
            continue
        if _digest_of(folder / entry.file) == entry.sha256:
            # Names of cinema and screen may have changed; the message is the same.
            kept[entry.key] = replace(entry, cinema=job.cinema.name, screen=job.screen, superseded=False)
            entries[entry.key] = kept[entry.key]
        else:
            (folder / entry.file).unlink(missing_ok=True)
            del entries[entry.key]
    known = {folder / entry.file for entry in entries.values()}
    for path in (folder / plan.order).glob("*/*"):
        stray = is_message_name(path.name) and path not in known
        if stray or _TEMPORARY.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
    return kept


def _digest_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
