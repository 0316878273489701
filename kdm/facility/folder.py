"""A folder as a facility list: certificates as makers and cinemas send them, or facility list messages.

    cinemas/                       read as
      Rex/Hall 1.pem               cinema Rex, screen Hall 1
      Rex/Hall 1 projector.pem       its projector, because its name begins with the screen's
      Rex/Hall 2/                  screen Hall 2: every device of that folder
      Grand/...
      loose.pem                    a screen of a cinema with the folder's own name

A file may hold a chain; authorities in files of their own complete the chains of the devices beside them. A
ZIP archive or an e-mail with the files of several devices stands for these files.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, DcpError, UsageError
from dcp.patterns import pattern
from dcp.system import long_path
from dcp.texts.catalogue import text
from dcp.texts.system import why
from dcp.trust.certificate import Certificate, read_enclosed
from dcp.trust.parcels import CONTAINERS
from dcp.trust.wrappings import SUFFIXES
from kdm.facility.flm import read_flm
from kdm.facility.merging import merge_lists
from kdm.facility.sorting import Sorted, make_screen, older_twins, sort_certificates
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.phrases import Run, fault_of, phrase

CERTIFICATE_SUFFIXES = SUFFIXES
MAX_FILES = 20_000
_NUMBERS = pattern(r"\d+|\D+")
_WITHOUT = ("certificate-file.mail", "certificate-file.zip-without")
_NAME = 255  # characters of a file's name
_TOLD = 3  # files that cannot be used, where none can
GENERIC_NAMES = frozenset(("leaf", "chain", "cert", "certificate", "server", "fullchain"))
"""File names that say nothing of the device: the certificate's own name is better."""


def read_folder(folder: Path, *, now: datetime | None = None) -> FacilityList:
    """What all files of a folder, two folders deep, say. One file that cannot be read, or a message that was
    issued after `now`, is a problem noted.

    UsageError when the folder cannot be read, or holds no list and no certificate that can be used.
    """
    budget = _Budget(MAX_FILES)
    _, folders = _entries(folder, budget)
    lists: list[FacilityList] = []
    problems: list[str] = []
    for holder in (folder, *folders):
        name = holder.resolve().name or "cinema"
        files, inner = _entries(holder, budget)
        lists += _messages(files, problems, now)
        facility = _cinema(name, files, inner if holder is not folder else (), budget)
        if facility is not None:
            lists.append(FacilityList((facility,), source=str(holder)))
    merged = merge_lists(lists)
    if not merged.facilities:
        if problems:
            raise UsageError("folder.nothing-usable", where=folder, told=Run(problems[:_TOLD]))
        raise UsageError("folder.nothing", where=folder)
    return replace(merged, source=str(folder), problems=(*problems, *merged.problems))


def read_certificate_file(path: Path) -> FacilityList:
    """One file of certificates as a cinema of one screen, an archive or an e-mail with the files of several
    devices as one of several. DcpError when it cannot be read."""
    files = _files_of(path)
    if len(files) == 1:
        part = sort_certificates(files[0].certificates)
        screen = make_screen(_screen_name(path, part), (part,))
        return FacilityList((Facility(id=path.stem, name=path.stem, screens=(screen,)),), source=str(path))
    found = _of_files(path.stem, files)
    return FacilityList((found,) if found else (), source=str(path))


@dataclass
class _Budget:
    left: int


@dataclass(frozen=True)
class _File:
    path: Path
    certificates: tuple[Certificate, ...]


def _entries(folder: Path, budget: _Budget) -> tuple[list[Path], list[Path]]:
    """Regular files and folders in it by name; hidden ones are left out."""
    files, folders = [], []
    try:
        with os.scandir(long_path(folder, room=_NAME)) as entries:
            for entry in entries:
                budget.left -= 1
                if budget.left < 0:
                    raise UsageError("kdms.too-many-files", where=folder, most=MAX_FILES)
                if not entry.name.startswith("."):
                    if entry.is_dir():
                        folders.append(long_path(folder / entry.name))
                    elif entry.is_file():
                        files.append(long_path(folder / entry.name))
    except OSError as error:
        raise UsageError("kdms.folder-unreadable", where=folder, why=why(error)) from None
    return sorted(files, key=_by_number), sorted(folders, key=_by_number)


def _by_number(path: Path) -> tuple[tuple[int, str], ...]:
    """Hall 2 before Hall 10."""
    parts = _NUMBERS.findall(path.name.casefold())
    return tuple((int(part) if part.isdecimal() and len(part) < 18 else -1, part) for part in parts)


def _messages(files: Sequence[Path], problems: list[str], now: datetime | None) -> Iterator[FacilityList]:
    for file in files:
        if file.suffix.lower() == ".xml":
            try:
                found = read_flm(file, now=now)
            except DcpError as error:
                problems.append(_at(file, fault_of(error)))
            else:
                yield replace(found, problems=tuple(_at(file, told) for told in found.problems))


def _cinema(name: str, files: Sequence[Path], folders: Sequence[Path], budget: _Budget) -> Facility | None:
    """The cinema of a folder; None when there is no certificate in it."""
    problems: list[str] = []
    read = list(_read(files, problems))
    inner: list[tuple[str, list[_File]]] = []
    for each in folders:
        found = list(_read(_entries(each, budget)[0], problems))
        if found:
            inner.append((each.name, found))
    return _of_files(name, read, inner, problems)


def _of_files(
    name: str,
    read: Sequence[_File],
    inner: Sequence[tuple[str, Sequence[_File]]] = (),
    told: Sequence[str] = (),
) -> Facility | None:
    problems = list(told)
    everything = [*read, *(file for _, found in inner for file in found)]
    authorities = list(dict.fromkeys(each for file in everything for each in file.certificates if each.is_ca))
    screens = [
        make_screen(
            screen,
            [sort_certificates(file.certificates, authorities=authorities) for file in _devices(found)],
        )
        for screen, found in inner
    ]
    notes: list[str] = []
    screens += _screens_of_files(_devices(read), authorities, problems, notes)
    if not screens and not problems and not notes:  # authorities alone
        return None
    return Facility(
        id=name,
        name=name,
        screens=tuple(_named_once(screens)),
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _read(files: Sequence[Path], problems: list[str]) -> Iterator[_File]:
    for file in files:
        parcel = file.suffix.lower() in CONTAINERS
        if parcel or file.suffix.lower() in CERTIFICATE_SUFFIXES:
            try:
                yield from _files_of(file)
            except CertificateError as error:
                if not (parcel and error.id in _WITHOUT):  # what came with other things
                    problems.append(_at(file, fault_of(error)))
            except DcpError as error:
                problems.append(_at(file, fault_of(error)))


def _files_of(file: Path) -> list[_File]:
    """A file of certificates; of an archive or a mail with several devices, each file in it."""
    parts = read_enclosed(file)
    devices = [part for part in parts if not all(each.is_ca for each in part.certificates)]
    if len(devices) < 2:
        return [_File(file, tuple(each for part in parts for each in part.certificates))]
    return [
        _File(file / str(number) / (part.name or ""), part.certificates)
        for number, part in enumerate(parts, 1)
    ]


def _at(path: Path, said: object) -> str:
    return phrase("place.colon", place=path.name, what=said)


def _devices(files: Sequence[_File]) -> list[_File]:
    """Those with a device's certificate in them; authorities alone are no device."""
    return [file for file in files if not all(each.is_ca for each in file.certificates)]


def _screens_of_files(
    files: Sequence[_File], authorities: Sequence[Certificate], problems: list[str], notes: list[str]
) -> list[Screen]:
    """A screen for each media block; a projector's file goes to the screen whose name its own begins with."""
    parts = [(file.path, sort_certificates(file.certificates, authorities=authorities)) for file in files]
    heads = [(path, part) for path, part in parts if part.recipients or part.married]
    twins = older_twins(device for _, part in heads for device in part.recipients)
    attached: dict[Path, list[Sorted]] = {path: [] for path, part in heads if not _all_in(part, twins)}
    for path, part in parts:
        if path in attached:
            continue
        home = _home(path, list(attached)) if part.devices else None
        if home is not None:
            attached[home].append(part)
        elif part.devices or part.problems:
            told = Run(part.problems) if part.problems else text("folder.of-no-screen")
            problems.append(_at(path, told))
        else:
            notes.append(_at(path, text("facility.older-twin") if part.recipients else Run(part.notes)))
    return [
        make_screen(_screen_name(path, part), (part, *attached[path]))
        for path, part in heads
        if path in attached
    ]


def _all_in(part: Sorted, certificates: Collection[Certificate]) -> bool:
    return bool(part.recipients) and all(device.leaf in certificates for device in part.recipients)


def _home(path: Path, screens: Sequence[Path]) -> Path | None:
    if len(screens) == 1:
        return screens[0]
    fitting = [screen for screen in screens if _begins(path.stem, screen.stem)]
    return max(fitting, key=lambda screen: len(screen.stem), default=None)


def _begins(name: str, start: str) -> bool:
    return name.startswith(start) and not name[len(start) :][:1].isalnum()


def _screen_name(path: Path, part: Sorted) -> str:
    if path.stem.casefold() not in GENERIC_NAMES:
        return path.stem
    device: Device | None = next(iter((*part.recipients, *part.married)), None)
    return device.leaf.label if device is not None else path.stem


def _named_once(screens: Sequence[Screen]) -> Iterator[Screen]:
    """A certificate that lies there twice, alone and as a chain, is one screen."""
    seen: set[tuple[bytes, ...]] = set()
    kept: list[Screen] = []
    for screen in screens:
        key = tuple(device.leaf.thumbprint() for device in screen.recipients)
        if not key or key not in seen:
            seen.add(key)
            kept.append(screen)
    names: dict[str, int] = {}
    for screen in kept:
        count = names[screen.name] = names.get(screen.name, 0) + 1
        yield screen if count == 1 else replace(screen, name=f"{screen.name} ({count})")
