"""The files of a package, read once: every byte hashed, every unit shown to the rules that look at units."""

from __future__ import annotations

import os
import threading
import uuid
from array import array
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.pkl import PackingList
from dcp.errors import CodestreamError, DcpError, TrackFileError
from dcp.mxf.reader import MicPolicy, TrackFile, Unit
from dcp.mxf.stream import Stream
from dcp.mxf.structure import MAX_ITEMS, read_structure
from dcp.package.survey import Survey
from dcp.picture.codestream import Codestream
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import text
from dcp.verify.asked import Asked
from dcp.verify.cache import Cache
from dcp.verify.crew import Crew, Job
from dcp.verify.facts import Changed, TrackFacts, TrackPass
from dcp.verify.finding import MicSource, Remembered
from dcp.verify.hashing import Digest
from dcp.verify.rule import MEASURES, RULES, Gatherer, Hit, Rule, Skip, UnitCheck, skip

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

MOST_FILES = 16
"""Files that are read at a time, whatever the number of threads: each holds up to 32 MiB."""

_TOLD = 256 * 1024  # bytes between two reports of progress

MOST_ITEMS = MAX_ITEMS
"""Of the structures of all files together; the same as one may have."""

PARTITION_PREFIX = bytes.fromhex("060e2b34")


class Cancelled(DcpError):
    """The caller asked to stop."""


@dataclass(frozen=True)
class FileToRead:
    """A file below the package or an OV that a list or playlist names."""

    asset_id: uuid.UUID
    path: Path
    name: str
    size: int
    here: bool
    kinds: frozenset[str]
    track: bool
    played: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class FileRead:
    """What one pass brought: the hash, and for a track file its pass and what the unit rules said."""

    sha1: bytes | None
    track_pass: TrackPass | None
    said: tuple[tuple[Rule, Hit | Skip], ...]
    remembered: Remembered | None = None
    changed: Changed | None = None


def files_to_read(survey: Survey) -> list[FileToRead]:
    """Everything that the asset map has, and of the OVs what the playlists play."""
    kinds: dict[uuid.UUID, set[str]] = {}
    played: dict[uuid.UUID, set[tuple[int, int]]] = {}
    for cpl in survey.compositions:
        for asset in cpl.assets:
            kinds.setdefault(asset.id, set()).add(asset.kind)
            played.setdefault(asset.id, set()).add((asset.entry_point, asset.end))
    types = {
        asset.id: asset.type.lower()
        for package in (survey, *survey.ov)
        for document in package.documents
        if isinstance(document.value, PackingList)
        for asset in document.value.asset_list
    }
    found: dict[Path, FileToRead] = {}
    for package in (survey, *survey.ov):
        for asset_id, path in package.files.items():
            used = frozenset(kinds.get(asset_id, ()))
            if path in found or (package is not survey and not used):
                continue
            try:
                size = path.stat().st_size
            except OSError:
                continue
            track = path.suffix.lower() == ".mxf" or "mxf" in types.get(asset_id, "") or _looks_like_mxf(path)
            found[path] = FileToRead(
                asset_id, path, survey.relative(path), size, package is survey, used, track,
                frozenset(played.get(asset_id, ())),
            )  # fmt: skip
    return list(found.values())


def open_tracks(
    files: Iterable[FileToRead], keyring: Keyring | None, asked: Asked
) -> dict[uuid.UUID, TrackFacts]:
    """The headers of track files, and their structure. All structures together are no more than one may be:
    where they would be, those of the largest are given up, so that a file of the usual size keeps its own
    whatever lies beside it."""
    found: dict[uuid.UUID, TrackFacts] = {}
    items: dict[uuid.UUID, int] = {}
    for file in files:
        if not file.track:
            continue
        track = open_track(file, keyring, asked)
        found[file.asset_id] = track
        if track.structure is not None:
            items[file.asset_id] = track.structure.items
        while sum(items.values()) > MOST_ITEMS and len(items) > 1:
            largest = max(items, key=items.__getitem__)
            del items[largest]
            found[largest] = replace(found[largest], structure=None)
    return found


def open_track(file: FileToRead, keyring: Keyring | None, asked: Asked) -> TrackFacts:
    """The header of a track file, or why it cannot be read."""
    header, error = None, None
    try:
        with TrackFile.open(file.path) as track:
            header = track.header
    except DcpError as caught:
        error = caught
    clear = header is not None and not header.encrypted
    return TrackFacts(
        asset_id=file.asset_id,
        path=file.path,
        name=file.name,
        size=file.size,
        here=file.here,
        header=header,
        error=error,
        kinds=file.kinds,
        readable=clear or _key(header, keyring) is not None,
        asked=asked,
        played=file.played,
        structure=read_structure(file.path, MAX_ITEMS) if header is not None else None,
    )


def read_all(
    files: Sequence[FileToRead],
    tracks: Mapping[uuid.UUID, TrackFacts],
    rules: Sequence[Rule],
    *,
    asked: Asked,
    keyring: Keyring | None,
    mic: MicPolicy,
    progress: Progress | None,
    cancel: Callable[[], bool] | None,
    workers: int,
    cache: Cache | None = None,
    expected: Mapping[Path, frozenset[bytes]] | None = None,
    unhashed: Collection[Path] = (),
) -> dict[Path, FileRead]:
    """Read every file once, several at a time, the largest first. Cancelled when `cancel` says so.

    cache, expected: what hashes are remembered, and which ones are right. unhashed: files whose hash is known
    to be wrong; with a cache it is made all the same, for the ranges that changed.
    """
    total = sum(file.size for file in files)
    done = 0
    lock = threading.Lock()
    stop = threading.Event()

    def advance(count: int) -> None:
        nonlocal done
        if stop.is_set():
            raise Cancelled("verify.stopped")
        with lock:
            done += count
            if progress is not None:
                progress(done, total)

    def task(file: FileToRead) -> FileRead:
        facts = tracks.get(file.asset_id) if file.track else None
        digest = Digest(
            file.path,
            file.name,
            asked=asked.hashes and (cache is not None or file.path not in unhashed),
            cache=cache,
            expected=(expected or {}).get(file.path, frozenset()),
        )
        if facts is not None and facts.header is not None:
            facts = replace(facts, crew=crew)
            return _read_track(facts, rules, digest, keyring=keyring, mic=mic, advance=advance)
        if digest.to_make is not None:
            _hash_file(file.path, digest, crew, advance)
        else:
            advance(file.size)
        said = tuple(_aside(digest))
        return FileRead(digest.found, None, said, digest.remembered("nothing"), digest.changed())

    results: dict[Path, FileRead] = {}
    waiting = deque(sorted(files, key=lambda each: -each.size))
    running: dict[Job[FileRead], FileToRead] = {}
    with Crew(workers) as crew:
        try:
            while waiting or running:
                while waiting and len(running) < min(crew.workers, MOST_FILES):
                    file = waiting.popleft()
                    running[crew.submit(task, file)] = file
                for job in crew.wait(running, timeout=0.2):
                    results[running.pop(job).path] = job.result()
                if cancel is not None and cancel():
                    raise Cancelled("verify.stopped")
        finally:
            stop.set()
    return results


def _key(header: object, keyring: Keyring | None) -> ContentKey | None:
    key_id = getattr(header, "key_id", None)
    return keyring.get(key_id) if keyring is not None and key_id is not None else None


def _looks_like_mxf(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == PARTITION_PREFIX
    except OSError:
        return False


def _aside(digest: Digest) -> list[tuple[Rule, Hit | Skip]]:
    return [(RULES["PKG-104"], digest.said)] if digest.said is not None else []


def _hash_file(path: Path, digest: Digest, crew: Crew, advance: Callable[[int], None]) -> None:
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            with closing(Stream(file.fileno, size, digest.to_make, helper=crew, each=digest.each)) as stream:
                stream.finish(advance)
    except (OSError, TrackFileError):  # became shorter
        return
    digest.done()


def _read_track(
    facts: TrackFacts,
    rules: Sequence[Rule],
    digest: Digest,
    *,
    keyring: Keyring | None,
    mic: MicPolicy,
    advance: Callable[[int], None],
) -> FileRead:
    """One pass over a track file. When its structure breaks off, what is left is read for the hash alone.

    Where the hash is remembered and no rule asks for the units, their heads alone are read.
    """
    header = facts.header
    assert header is not None
    checks = [(rule, check) for rule in rules if rule.unit and (check := rule.unit(facts)) is not None]
    of_faults = [(rule, check) for rule, check in checks if getattr(check, "only_faults", False)]
    of_all = [each for each in checks if each not in of_faults]
    gatherers = _gatherers(facts)
    said: list[tuple[Rule, Hit | Skip]] = []
    key = _key(header, keyring) if header.encrypted else None
    count, position, complete, opened = 0, 0, False, False
    looked_at_mic = False
    offsets = array("Q")
    first: Codestream | None = None
    heads_do = key is None and not of_all and all(MEASURES[name].heads for name in gatherers)
    if digest.is_remembered and heads_do:
        done = _heads(facts, gatherers)
        if done is not None:
            advance(facts.size)
            told = (RULES["MXF-001"], skip("MXF-001.remembered", name=facts.name))
            return FileRead(digest.found, done, (told,), digest.remembered("heads"))
        gatherers = _gatherers(facts)
    try:
        with (
            TrackFile.open(facts.path) as track,
            closing(track.stream(digest.to_make, helper=facts.crew, each=digest.each)) as stream,
        ):
            raw = header.encrypted and key is None
            try:
                for unit in track.units(key=key, mic=mic, stream=stream, raw=raw):
                    if unit.offset - position >= _TOLD:
                        advance(unit.offset - position)
                        position = unit.offset
                    count += 1
                    if digest.compares:
                        offsets.append(unit.offset)
                    fault = unit.fault
                    opened |= fault is None
                    looked_at_mic |= unit.mic == "ok" or (fault is not None and fault.reason == "mic")
                    if first is None and facts.readable and fault is None:
                        first = _codestream(header.essence, unit)
                    _tell(of_all if fault is None else checks, unit, said)
                    for gatherer in gatherers.values():
                        gatherer.unit(unit)
                complete = True
            finally:
                if digest.to_make is not None:
                    with suppress(OSError, TrackFileError):  # it became shorter
                        stream.finish(lambda _: advance(0))
                        digest.done()
    except Cancelled:
        raise
    except DcpError as error:
        structure = next((rule for rule in rules if rule.id == "MXF-001"), None)
        if structure is not None:
            broken_at = error.unit if isinstance(error, TrackFileError) else None
            place = text("place.frame", frame=broken_at) if broken_at is not None else None
            said.append((structure, Hit(error, file=facts.name, place=place)))
    _tell(checks, None, said)
    advance(max(0, facts.size - position))
    source: MicSource | None = None
    if key is not None:
        source = ("kdm" if key.mic_key() is not None else "derived") if looked_at_mic else "none"
    measured = {name: gatherer.result() for name, gatherer in gatherers.items()}
    said += _aside(digest)
    done = TrackPass(digest.found, count, complete, opened and key is not None, source, first, measured)
    changed = digest.changed(offsets, header.units_per_edit_unit)
    return FileRead(digest.found, done, tuple(said), digest.remembered("units"), changed)


def _gatherers(facts: TrackFacts) -> dict[str, Gatherer[object]]:
    return {name: made for name, each in MEASURES.items() if (made := each.make(facts)) is not None}


def _heads(facts: TrackFacts, gatherers: Mapping[str, Gatherer[object]]) -> TrackPass | None:
    """What the heads of the units tell, and the first codestream; None where they do not tell all of them."""
    header = facts.header
    if header is None or header.essence not in ("picture", "stereo_picture", "sound"):
        return None
    first: Codestream | None = None
    count = 0
    try:
        with TrackFile.open(facts.path) as track:
            for unit in track.heads():
                count += 1
                for gatherer in gatherers.values():
                    gatherer.unit(unit)
            if facts.readable:
                first = next((_codestream(header.essence, unit) for unit in track.units(0, 1)), None)
    except DcpError:
        return None
    measured = {name: gatherer.result() for name, gatherer in gatherers.items()}
    return TrackPass(None, count, True, False, None, first, measured)


def _tell(
    checks: Iterable[tuple[Rule, UnitCheck]], unit: Unit | None, said: list[tuple[Rule, Hit | Skip]]
) -> None:
    for rule, check in checks:
        for outcome in check(unit):
            said.append((rule, outcome))


def _codestream(essence: str, unit: Unit) -> Codestream | None:
    if essence not in ("picture", "stereo_picture"):
        return None
    try:
        return unit.codestream()
    except CodestreamError:
        return None
