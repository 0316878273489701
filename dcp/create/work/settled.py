"""What a run says of itself, to be held against the one that it goes on with: settings, sources, tools, plan.

Of a source its length and its time are held, and a digest of the first and the last 64 KiB of a file; of a
folder of files, of 64 of them. Whole sources are not read: they may have hundreds of gigabytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

from dcp.create.job.values import Job
from dcp.create.planning.plan import Plan
from dcp.create.work.receipts import Receipt, SourceState
from dcp.errors import DcpError, SourceError
from dcp.extras import MODULES
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

_LOOK = 64 * 1024
_LOOKED_INTO = 64
_SHOWN, _MOST_SHOWN = 60, 6
_UNHELD = frozenset({"decisions", "advice", "seconds"})
"""Words for people, and what depends on the machine's mood."""


def settings_of(job: Job, folder: Path) -> dict[str, str]:
    """Every setting that is not at its default, by its place in the job file."""
    from dcp.create.job.writing import job_toml

    return dict(_flat(tomllib.loads(job_toml(job, folder=folder)), ""))


def tools(plan: Plan, codec: str) -> tuple[str, dict[str, str]]:
    """The codec with its library's version, and the versions of the libraries that are installed here and
    whose results are in a frame or a sample; nothing of what is not used."""
    from importlib.metadata import PackageNotFoundError, version

    coded = not all(track.codestreams for track in plan.pictures)
    computed = not all(part.plan.plain for sound in plan.sounds for part in sound.pieces)
    if not (coded or computed or plan.texts):
        return codec, {}
    found = None
    if coded:
        from dcp.picture.openjp2_library import find_library

        found, _ = find_library()
    held = {}
    for package in sorted(set(MODULES["create"].values())):
        try:
            held[package] = version(package)
        except PackageNotFoundError:
            continue
    return f"{codec} {found.version}" if found is not None else codec, held


def plan_digest(plan: Plan) -> str:
    """Of all that a plan decides."""
    summed = hashlib.sha256()
    _feed(summed.update, plan)
    return summed.hexdigest()


def states_of(plan: Plan, job: Job) -> tuple[SourceState, ...]:
    """All sources as they are found now. SourceError for one that cannot be looked at."""
    found: dict[Path, list[Path]] = {}

    def take(path: Path, files: Iterable[Path | None] = ()) -> None:
        own = [file for file in files if file is not None] or list(_files_of(path))
        found.setdefault(path, own)

    for track in plan.pictures:
        for piece in track.pieces:
            for eye in piece.run.eyes:
                take(eye.facts.path, eye.facts.files)
                for path in eye.facts.media:
                    take(path, eye.facts.files)
    for sound in plan.sounds:
        for part in sound.pieces:
            for source in part.plan.sources:
                for path in source.files:
                    take(path)
    for one in plan.texts:
        for path in one.sources:
            take(path)
    for aux in plan.auxes:
        take(aux.facts.path, aux.facts.files)
    for referred in plan.referred:
        take(referred.path)
    for path in _paths_in(job):
        if path.is_file():
            take(path)
    return tuple(sorted((_state(path, files) for path, files in found.items()), key=lambda each: each.path))


def changes(was: Receipt, now: Receipt) -> list[Text]:
    """What is not as it was, a text each; none where the work may go on."""
    said = [
        text("work.change-setting", name=name, was=_given(before), now=_given(after))
        for name, before, after in _pairs(was.settings, now.settings)
        if before != after
    ]
    libraries = () if said else tuple(_pairs(was.libraries, now.libraries))  # other settings need others
    said += [
        text("work.change-tool", name=name, was=before or "-", now=after or "-")
        for name, before, after in (
            ("dcpkit", was.version, now.version),
            ("codec", was.codec, now.codec),
            *libraries,
        )
        if before != after
    ]
    before = {each.path: each for each in was.sources}
    after = {each.path: each for each in now.sources}
    for path in sorted(before.keys() | after.keys()):
        said += _source(path, before.get(path), after.get(path))
    for kind in sorted(was.keys.keys() | now.keys.keys()):
        for held, given in zip(was.keys.get(kind, ()), now.keys.get(kind, ()), strict=False):
            if held != given:
                said.append(text("work.change-key", kind=kind, was=held.id, now=given.id))
    if not said and (was.plan, was.cpl_ids) != (now.plan, now.cpl_ids):
        said.append(text("work.change-plan"))
    if len(said) > _MOST_SHOWN:
        said = [*said[:_MOST_SHOWN], text("work.change-more", n=len(said) - _MOST_SHOWN)]
    return said


# --- how it is done -----


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _flat(held, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _flat(each, f"{name}[{number}]")
    elif isinstance(value, list):
        yield name, ", ".join(_word(each) for each in value)
    else:
        yield name, _word(value)


def _word(value: object) -> str:
    word = str(value)
    return os.path.realpath(word) if Path(word).is_absolute() else word


def _pairs(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in sorted(was.keys() | now.keys()):
        yield name, was.get(name, ""), now.get(name, "")


def _given(word: str) -> str | Text:
    """A setting as it is told; one that was not given has no word of its own in the job."""
    if not word:
        return text("work.not-given")
    return word if len(word) <= _SHOWN else f"{word[: _SHOWN - 3]}..."


def _source(path: str, was: SourceState | None, now: SourceState | None) -> list[Text]:
    if was is None or now is None:
        return [text("work.change-source-new" if was is None else "work.change-source-gone", path=path)]
    if was == now:
        return []
    if was.files != now.files:
        return [text("work.change-source-files", path=path, was=was.files, now=now.files)]
    if was.bytes != now.bytes:
        return [text("work.change-source-bytes", path=path, was=was.bytes, now=now.bytes)]
    if was.content != now.content:
        return [text("work.change-source-content", path=path)]
    return [text("work.change-source-time", path=path)]


def _paths_in(value: object) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, str) and value.lower().endswith(".cube"):
        yield Path(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _paths_in(each)
    elif hasattr(value, "__dataclass_fields__"):
        for each in fields(value):  # type: ignore[arg-type]
            yield from _paths_in(getattr(value, each.name))


def _files_of(path: Path) -> Iterator[Path]:
    """The file; of a folder those that lie in it."""
    try:
        yield from sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    except OSError as error:
        raise SourceError("work.source-unreadable", where=path, why=why(error)) from None


def _state(path: Path, files: Sequence[Path]) -> SourceState:
    listing, content = hashlib.sha256(), hashlib.sha256()
    total = latest = 0
    step = max(1, -(-len(files) // _LOOKED_INTO))
    for number, file in enumerate(files):
        try:
            found = file.stat()
            listing.update(f"{file.name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode("utf-8", "replace"))
            if stat.S_ISREG(found.st_mode) and (number % step == 0 or number == len(files) - 1):
                content.update(_ends(file, found.st_size))
        except OSError as error:
            raise SourceError("work.source-unreadable", where=file, why=why(error)) from None
        total, latest = total + found.st_size, max(latest, found.st_mtime_ns)
    return SourceState(
        os.path.realpath(path), len(files), total, latest, listing.hexdigest(), content.hexdigest()
    )


def _ends(file: Path, size: int) -> bytes:
    with file.open("rb") as stream:
        head = stream.read(_LOOK)
        stream.seek(max(0, size - _LOOK))
        return head + stream.read(_LOOK)


def _feed(update: Callable[[bytes], None], value: Any) -> None:
    """A value in bytes that are the same in every process, and other for another value."""
    name = type(value).__name__
    if isinstance(value, Text | DcpError):
        return
    if hasattr(value, "__dataclass_fields__"):
        update(f"{name}(".encode())
        for each in fields(value):
            if each.compare and each.name not in _UNHELD:
                update(f"{each.name}=".encode())
                _feed(update, getattr(value, each.name))
        update(b")")
    elif isinstance(value, tuple | list):
        update(f"[{len(value)}:".encode())
        for one in value:
            _feed(update, one)
    elif isinstance(value, Mapping):
        _feed(update, list(value.items()))
    elif isinstance(value, bytes | bytearray | array):
        held = bytes(value)
        update(f"{name}{len(held)}:".encode())
        update(held)
    elif value is None or isinstance(value, str | int | float | Fraction | Path | UUID):
        word = os.path.realpath(value) if isinstance(value, Path) else str(value)
        update(f"{name}:{len(word)}:{word};".encode("utf-8", "surrogateescape"))
    else:  # whatever it is, without where it lies in memory
        update(f"{name}:{re.sub(' at 0x[0-9a-f]+', '', repr(value))};".encode("utf-8", "replace"))
