"""What is installed on this machine and what is missing, as values; `dcpkit doctor` prints them."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal, get_args

from dcp.dataclass import dataclass
from dcp.extras import EXTRAS, Extra, installed
from dcp.system import cores
from dcp.texts.catalogue import Text, text
from dcp.version import VERSION

Need = Literal[
    "codec", "picture", "sound", "text", "create", "watermark", "player", "hsm", "cluster", "tokens", "fonts",
    "disk", "all",
]  # fmt: skip
NEEDS: tuple[Need, ...] = get_args(Need)

MAX_FONT_FILES = 20_000
_FONT_FILES = (".ttf", ".otf", ".ttc", ".otc")
_CHINESE = (
    "cjk",
    "sourcehan",
    "wqy",
    "uming",
    "ukai",
    "pingfang",
    "songti",
    "heiti",
    "simsun",
    "simhei",
    "msyh",
)
_MODULE_FILES = (".so", ".dylib")


@dataclass(frozen=True)
class Check:
    """One thing that was looked for. said: what was found, or what is missing; remedy: how to get it."""

    name: str
    found: bool
    said: Text
    remedy: Text | None = None
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Health:
    """The machine in a few words, and the checks in the order of `NEEDS`, without `all`."""

    machine: Mapping[str, Any]
    checks: tuple[Check, ...]

    def missing(self, needs: tuple[Need, ...]) -> list[Check]:
        """The checks among those needed that found nothing. `all`: the extras and the codec."""
        wanted = {each for need in needs for each in ((*EXTRAS, "codec") if need == "all" else (need,))}
        return [check for check in self.checks if check.name in wanted and not check.found]

    def document(self, needs: tuple[Need, ...]) -> dict[str, Any]:
        """`dcpkit.doctor/1`."""
        return {
            "schema": "dcpkit.doctor/1",
            **self.machine,
            "needed": list(needs),
            "missing": [check.name for check in self.missing(needs)],
            "checks": [
                {
                    "id": check.name,
                    "found": check.found,
                    "message": str(check.said),
                    "remedy": str(check.remedy) if check.remedy and not check.found else None,
                    **(check.facts or {}),
                }
                for check in self.checks
            ],
        }

    def texts(self) -> Iterator[Text]:
        """What a person reads first: the program, the machine, its disk."""
        yield text("doctor.program", **self.machine)
        room = self.machine["disk_free_bytes"] / 1e9
        yield text("doctor.machine", cores=self.machine["cores"], room=room, folder=self.machine["folder"])


def examine(folder: Path) -> Health:
    """Look at this machine. folder: whose disk's room is told. Nothing is imported that is not small."""
    machine = {
        "version": VERSION,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": sysconfig.get_platform(),
        "executable": sys.executable,
        "cores": cores(),
        "folder": str(folder),
        "disk_free_bytes": shutil.disk_usage(folder).free,
    }
    return Health(machine, (_codec(), *map(_extra, EXTRAS), _tokens(), _fonts(), _disk()))


def _codec() -> Check:
    from dcp.picture.openjp2_library import find_library

    found, refused = find_library()
    if found is None:
        facts: dict[str, Any] = {"refused": list(refused)}
        return Check("codec", False, text("doctor.codec-missing"), text("doctor.codec-remedy"), facts)
    where = found.candidate
    said = text("doctor.codec", version=found.version, source=where.source, path=where.path)
    return Check(
        "codec", True, said, None, {"version": found.version, "source": where.source, "path": where.path}
    )


def _extra(name: Extra) -> Check:
    packages = installed(name)
    absent = [package for package, version in packages.items() if version is None]
    here = [f"{package} {version}" for package, version in packages.items() if version is not None]
    facts = {"packages": packages}
    if absent:
        said = text("doctor.extra-missing", extra=name, packages=absent)
        return Check(name, False, said, text("doctor.extra-remedy", extra=name), facts)
    return Check(name, True, text("doctor.extra", extra=name, packages=here), None, facts)


def _tokens() -> Check:
    from dcp.trust.token_uri import MODULE_FOLDERS

    modules = [
        str(file)
        for folder in map(Path, MODULE_FOLDERS)
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if file.suffix in _MODULE_FILES
    ]
    facts = {"modules": modules}
    if not modules:
        return Check("tokens", False, text("doctor.tokens-missing"), text("doctor.tokens-remedy"), facts)
    return Check("tokens", True, text("doctor.tokens", modules=modules), None, facts)


def _fonts() -> Check:
    files = [
        Path(folder, name)
        for root in _font_folders()
        for folder, _, names in islice(os.walk(root), MAX_FONT_FILES)
        for name in names
        if name.lower().endswith(_FONT_FILES)
    ][:MAX_FONT_FILES]
    chinese = [file.name for file in files if any(word in file.name.lower() for word in _CHINESE)]
    facts = {"font_files": len(files), "chinese": chinese[:8]}
    if not files:
        return Check("fonts", False, text("doctor.fonts-missing"), text("doctor.fonts-remedy"), facts)
    if not chinese:
        said = text("doctor.fonts-no-chinese", count=len(files))
        return Check("fonts", False, said, text("doctor.fonts-remedy"), facts)
    return Check("fonts", True, text("doctor.fonts", count=len(files), chinese=chinese[0]), None, facts)


def _disk() -> Check:
    from dcp.rework.drive import tools

    found = tools.look()
    absent = [name for name in tools.NAMES if name not in found]
    if absent:
        said = text("doctor.disk-missing", names=absent)
        return Check("disk", False, said, text("doctor.disk-remedy"), {"programs": found})
    version = tools.version(found["mke2fs"]) or "?"
    facts = {"programs": found, "version": version}
    return Check("disk", True, text("doctor.disk", version=version), None, facts)


def _font_folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home))
        return [
            Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"),
            Path(local, "Microsoft/Windows/Fonts"),
        ]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        home / ".fonts",
    ]
