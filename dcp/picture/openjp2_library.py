"""Where OpenJPEG's library is: in a wheel, in a conda environment, in the system; on Linux, macOS, Windows.

Tried in this order, the first one of version 2.5.0 or newer is taken: Pillow's wheel (of the extra picture;
its Windows wheel has the library inside its module, where nobody else can call it), that of imagecodecs,
conda's folder, the system's own names.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass

MIN_VERSION = (2, 5, 0)

Source = Literal["pillow", "imagecodecs", "conda", "system"]

_WHEELS: Mapping[Source, tuple[str, tuple[str, ...]]] = {
    "pillow": ("PIL", ("pillow.libs", "PIL/.dylibs")),
    "imagecodecs": ("imagecodecs", ("imagecodecs.libs", "imagecodecs/.dylibs", "imagecodecs")),
}
_ENDINGS = {"win32": (".dll",), "darwin": (".dylib",)}
_CONDA = {"win32": ("Library/bin",), "darwin": ("lib",)}
_SYSTEM = {
    "win32": ("openjp2.dll", "libopenjp2.dll"),
    "darwin": (
        "libopenjp2.7.dylib",
        "libopenjp2.dylib",
        "/opt/homebrew/lib/libopenjp2.dylib",
        "/usr/local/lib/libopenjp2.dylib",
        "/opt/local/lib/libopenjp2.dylib",
    ),
}
_LINUX = ("libopenjp2.so.7", "libopenjp2.so")


@dataclass(frozen=True)
class Candidate:
    """A library that may do. path: as the system's loader takes it."""

    source: Source
    path: str


@dataclass(frozen=True)
class Found:
    """The library, loaded. version: as it says, like 2.5.4."""

    library: ctypes.CDLL
    version: str
    candidate: Candidate


def find_library() -> tuple[Found | None, tuple[str, ...]]:
    """The first library that will do, and what was said of those before it, a line each."""
    refused = []
    for candidate in candidates():
        try:
            library = ctypes.CDLL(candidate.path)
            library.opj_version.restype = ctypes.c_char_p
            version = library.opj_version().decode("ascii", "replace")
        except (OSError, AttributeError):
            refused.append(candidate.path)
            continue
        if new_enough(version):
            return Found(library, version, candidate), tuple(refused)
        refused.append(f"{candidate.path} ({version[:20]})")
    return None, tuple(refused)


def new_enough(version: str) -> bool:
    """Whether a version as the library says it is `MIN_VERSION` or newer."""
    parts = version.split(".")[:3]
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) >= MIN_VERSION


def candidates(
    platform: str = sys.platform,
    *,
    sites: Mapping[Source, Path] | None = None,
    environment: Mapping[str, str] = os.environ,
    prefix: str = sys.prefix,
) -> Iterator[Candidate]:
    """Every place to try, in order. sites: the folders in which the wheels' packages lie; those of this
    process by default."""
    found = _sites() if sites is None else sites
    for source, (_, folders) in _WHEELS.items():
        if source in found:
            for folder in folders:
                yield from _those_in(found[source] / folder, source, platform)
    conda = [environment["CONDA_PREFIX"]] if environment.get("CONDA_PREFIX") else []
    conda += [prefix] if (Path(prefix) / "conda-meta").is_dir() else []
    for root in dict.fromkeys(conda):
        for folder in _CONDA.get(platform, ("lib",)):
            yield from _those_in(Path(root) / folder, "conda", platform)
    by_name = ctypes.util.find_library("openjp2") if platform == sys.platform else None
    for name in dict.fromkeys([*([by_name] if by_name else []), *_SYSTEM.get(platform, _LINUX)]):
        yield Candidate("system", name)


def _those_in(folder: Path, source: Source, platform: str) -> Iterator[Candidate]:
    endings: Sequence[str] = _ENDINGS.get(platform, (".so",))
    try:
        files = sorted(file for file in folder.iterdir() if "openjp2" in file.name.lower())
    except OSError:
        return
    for file in files:
        # `libopenjp2-1a2b.so.2.5.4` of a wheel, `libopenjp2.so.7` of a system
        if any(file.name.lower().endswith(ending) or f"{ending}." in file.name.lower() for ending in endings):
            yield Candidate(source, str(file))


def _sites() -> dict[Source, Path]:
    sites: dict[Source, Path] = {}
    for source, (package, _) in _WHEELS.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            sites[source] = Path(spec.origin).parents[1]
    return sites
