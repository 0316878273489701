"""A bundle of evidence: a folder, or an archive of it, whose manifest has the SHA-256 of every file.

    manifest.json   what the bundle holds; its bytes are fixed by what it says
    signature.xml   the manifest's SHA-256, signed by the laboratory (where it was signed)
    evidence.json   the answer and all it rests on: what a second laboratory repeats
    report.*.html   the same for people
    pairs/          frames of the recording beside those of the film

A bundle comes from strangers: nothing of it is written anywhere, names and sizes are bounded, links are
refused, and each file is read once, in pieces.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.output import finished_file, finished_folder
from dcp.patterns import pattern
from dcp.texts.system import why
from watermark.evidence.stored import CHUNK, read_stored, write_stored

SCHEMA = "dcpkit.evidence-manifest/1"
MANIFEST, SIGNATURE, EVIDENCE = "manifest.json", "signature.xml", "evidence.json"

MAX_FILES = 256
MAX_BYTES = 1 << 30
MAX_DOCUMENT = 16 << 20
"""Bytes of a document that is read as such; the others are only counted and hashed."""

_NAME = pattern(r"(?:[a-z0-9][a-z0-9._-]{0,63}/)?[a-z0-9][a-z0-9._-]{0,63}")
_DOCUMENTS = (MANIFEST, SIGNATURE, EVIDENCE)


@dataclass(frozen=True)
class Sealed:
    """A file as the manifest has it, or as it was found."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Found:
    """What lies in a bundle: every file with its digest, and the documents' bytes."""

    files: Mapping[str, Sealed]
    documents: Mapping[str, bytes]


@dataclass(frozen=True)
class Manifest:
    """What a bundle says that it holds. signed: whether it was made with a signature."""

    tool: str
    version: str
    made: datetime
    signed: bool
    files: Mapping[str, Sealed]

    def data(self) -> bytes:
        """The file: there is one for each manifest."""
        document = {
            "schema": SCHEMA,
            "tool": self.tool,
            "version": self.version,
            "made": self.made.astimezone(UTC).isoformat(timespec="seconds"),
            "signed": self.signed,
            "files": [
                {"path": name, "bytes": self.files[name].bytes, "sha256": self.files[name].sha256}
                for name in sorted(self.files)
            ],
        }
        return (json.dumps(document, indent=1) + "\n").encode()


def manifest_of(
    files: Mapping[str, bytes], *, tool: str, version: str, made: datetime, signed: bool
) -> Manifest:
    """The manifest of these files. made: aware."""
    sealed = {name: Sealed(len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    return Manifest(tool, version, made, signed, sealed)


def read_manifest(data: bytes) -> Manifest:
    """DcpError when it is none, or is not written as this program writes what it says."""
    try:
        document: dict[str, Any] = json.loads(data)
        files = {
            str(each["path"]): Sealed(int(each["bytes"]), str(each["sha256"])) for each in document["files"]
        }
        manifest = Manifest(
            tool=str(document["tool"]),
            version=str(document["version"]),
            made=datetime.fromisoformat(document["made"]),
            signed=document["signed"] is True,
            files=files,
        )
        good = manifest.data() == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        good = False
    if not good:
        raise DcpError("bundle.manifest", where=MANIFEST)
    return manifest


def write_bundle(path: Path, files: Mapping[str, bytes]) -> None:
    """A new bundle of these files, manifest and signature among them: an archive when the name ends in .zip,
    else a folder. UsageError when the folder is not empty, DcpError when it cannot be written."""
    assert all(_NAME.fullmatch(name) for name in files)
    if path.suffix.lower() == ".zip":
        with finished_file(path) as temporary, temporary.open("wb") as stream:
            write_stored(stream, files)
        return
    with finished_folder(path) as temporary:
        for name, data in files.items():
            place = temporary / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)


def read_bundle(path: Path) -> Found:
    """What lies in a bundle. UsageError when nothing can be read there, DcpError (`bundle.*`) when it is not
    of the form of a bundle."""
    return _of_folder(path) if path.is_dir() else _of_archive(path)


class _Taking:
    """Digests of files that come in pieces."""

    def __init__(self) -> None:
        self.files: dict[str, Sealed] = {}
        self.documents: dict[str, bytes] = {}
        self._name, self._hash, self._size = "", hashlib.sha256(), 0
        self._parts: list[bytes] = []

    def begin(self, name: str, size: int) -> None:
        self.end()
        if not _NAME.fullmatch(name):
            raise DcpError("bundle.name", name=name[:64])
        if name in _DOCUMENTS and size > MAX_DOCUMENT:
            raise DcpError("bundle.document-too-large", file=name, most=MAX_DOCUMENT)
        self._name, self._hash, self._size, self._parts = name, hashlib.sha256(), 0, []

    def take(self, name: str, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        if name in _DOCUMENTS:
            self._parts.append(data)

    def end(self) -> None:
        if self._name:
            self.files[self._name] = Sealed(self._size, self._hash.hexdigest())
            if self._name in _DOCUMENTS:
                self.documents[self._name] = b"".join(self._parts)

    def found(self) -> Found:
        self.end()
        return Found(self.files, self.documents)


def _of_archive(path: Path) -> Found:
    taking = _Taking()
    try:
        with path.open("rb") as stream:
            read_stored(
                stream, most_files=MAX_FILES, most_bytes=MAX_BYTES, checked=taking.begin, take=taking.take
            )
    except OSError as error:
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    return taking.found()


def _of_folder(folder: Path) -> Found:
    taking, room = _Taking(), 0
    try:
        names = sorted(_names(folder, ""))
        for name in names:
            size = (folder / name).stat().st_size
            room += size
            if room > MAX_BYTES:
                raise DcpError("bundle.too-large", most=MAX_BYTES)
            taking.begin(name, size)
            left = size
            with (folder / name).open("rb") as stream:
                while left and (data := stream.read(min(CHUNK, left))):
                    left -= len(data)
                    taking.take(name, data)
    except OSError as error:
        raise UsageError("file.cannot-read", where=folder, why=why(error)) from None
    return taking.found()


def _names(folder: Path, under: str) -> list[str]:
    """The files of a folder and of those in it. DcpError for links, what is no file, and too many."""
    names: list[str] = []
    for count, entry in enumerate(os.scandir(folder)):
        name = f"{under}{entry.name}"
        if count >= MAX_FILES or len(names) > MAX_FILES:
            raise DcpError("bundle.too-many-files", most=MAX_FILES)
        kind = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(kind) and not under:
            names += _names(Path(entry.path), f"{name}/")
        elif stat.S_ISREG(kind):
            names.append(name)
        else:
            raise DcpError("bundle.no-plain-file", name=name[:64])
    return names


def is_bundle(path: Path) -> bool:
    """Whether it looks like one: a folder with a manifest, or an archive."""
    try:
        if path.is_dir():
            return (path / MANIFEST).is_file()
        with path.open("rb") as stream:
            return stream.read(2) == b"PK" or path.suffix.lower() == ".zip"
    except OSError:
        return False
