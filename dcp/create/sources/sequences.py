"""Which files of a folder are the pictures of a film, and in which order.

A folder holds one numbered sequence of one type. What machines leave beside it is passed over, and counted.
Whatever could mean two films, or the wrong one, is refused by name: two sequences, a gap, a number that is
there twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from dcp.create.job.values import Gaps
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

STILLS = (".png", ".tif", ".tiff", ".dpx", ".exr", ".jpg", ".jpeg", ".bmp")
CODESTREAMS = (".j2c", ".j2k", ".jpc", ".jp2")
MAX_FILES = 1_000_000
"""Entries of a folder that are looked at: eleven hours of film, and more than file systems bear well."""
MAX_FRAMES = 1_000_000
_TYPE: Mapping[str, str] = {".tiff": ".tif", ".jpeg": ".jpg", ".j2k": ".j2c", ".jpc": ".j2c"}
_LEFT_BY_SYSTEMS = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_DIGITS = pattern(r"([0-9]+)")
_EYE = pattern(r"_([lr])$", re.IGNORECASE)
_SHOWN = 6  # names or ranges in a message

Type = Literal["stills", "codestreams"]


@dataclass(frozen=True)
class FolderFilm:
    """The pictures of a folder. files: in order, None where black was asked for; of a stereoscopic folder
    left and right alternate, two a frame. decisions: what was passed over or filled, a line each.
    """

    kind: Type
    files: tuple[Path | None, ...]
    stereo: bool = False
    decisions: tuple[Text, ...] = ()

    @property
    def frames(self) -> int:
        return len(self.files) // 2 if self.stereo else len(self.files)


def is_still(path: Path) -> bool:
    return path.suffix.lower() in STILLS


def is_codestream(path: Path) -> bool:
    return path.suffix.lower() in CODESTREAMS


def film_of_folder(folder: Path, *, gaps: Gaps | None = None) -> FolderFilm:
    """The pictures of a folder in order.

    gaps: what stands in for numbers that are missing: the picture before them, or black. SourceError where
    the folder holds no picture, several types, several sequences, a gap (without `gaps`) or a number twice.
    """
    pictures, decisions = _listed(folder, lambda path: is_still(path) or is_codestream(path))
    kind = _kind(folder, pictures)
    left, right = _eyes(folder, pictures)
    if not right:
        files, filled = _in_order(folder, left, gaps)
        return FolderFilm(kind, files, decisions=(*decisions, *filled))
    lefts, filled = _in_order(folder, left, gaps)
    rights, _ = _in_order(folder, right, gaps)
    pairs = tuple(file for pair in zip(lefts, rights, strict=True) for file in pair)
    paired = text("plan.stereo-pairs", n=len(lefts))
    return FolderFilm(kind, pairs, True, (*decisions, *filled, paired))


def data_of_folder(folder: Path, suffixes: Collection[str]) -> tuple[tuple[Path, ...], tuple[Text, ...]]:
    """The files of these suffixes (with the dot, in lower case) in the order of their numbers, and what was
    passed over. Nothing where there are none; SourceError for several sequences, a gap, a number twice."""
    found, decisions = _listed(folder, lambda path: path.suffix.lower() in suffixes)
    files, _ = _in_order(folder, [_Name(path, path.stem) for path in found], None) if found else ((), ())
    return tuple(file for file in files if file is not None), decisions


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts frame2 before frame10."""
    return [(int(part), "") if _DIGITS.fullmatch(part) else (-1, part) for part in _DIGITS.split(name)]


# --- what is there -----


def _listed(folder: Path, taken: Callable[[Path], bool]) -> tuple[list[Path], tuple[Text, ...]]:
    """What is taken of the folder in natural order, and what was passed over."""
    pictures, hidden, others = [], 0, []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_FILES:
                    raise SourceError("sequence.too-many-files", where=folder, most=MAX_FILES)
                if entry.name.startswith(".") or entry.name.lower() in _LEFT_BY_SYSTEMS:
                    hidden += 1
                elif not entry.is_file():
                    others.append(entry.name)
                elif taken(path := folder / entry.name):
                    pictures.append(path)
                else:
                    others.append(entry.name)
    except OSError as error:
        raise SourceError("file.cannot-read", where=folder, why=why(error)) from None
    decisions = []
    if hidden and pictures:
        decisions.append(text("plan.hidden-files", n=hidden, folder=folder.name))
    if others and pictures:
        names = _few(sorted(others, key=natural))
        decisions.append(text("plan.other-files", n=len(others), names=names, folder=folder.name))
    return sorted(pictures, key=lambda path: natural(path.name)), tuple(decisions)


def _kind(folder: Path, pictures: Sequence[Path]) -> Type:
    """SourceError unless all are of one type."""
    places = {"stills": " ".join(STILLS), "codestreams": " ".join(CODESTREAMS)}
    if not pictures:
        raise SourceError("source.empty-folder", where=folder, **places)
    coded = sum(map(is_codestream, pictures))
    if coded and coded < len(pictures):
        raise SourceError("source.stills-and-codestreams", where=folder, **places)
    counts: dict[str, int] = {}
    for path in pictures:
        suffix = path.suffix.lower()
        counts[_TYPE.get(suffix, suffix)] = counts.get(_TYPE.get(suffix, suffix), 0) + 1
    if len(counts) > 1:
        found = [f"{suffix} ({n})" for suffix, n in sorted(counts.items())]
        raise SourceError("sequence.mixed-types", where=folder, found=found)
    return "codestreams" if coded else "stills"


def _eyes(folder: Path, pictures: Sequence[Path]) -> tuple[list[_Name], list[_Name]]:
    """The names of the left and the right eye; all on the left where the folder has no pairs."""
    halves: dict[str, list[_Name]] = {"l": [], "r": []}
    for path in pictures:
        found = _EYE.search(path.stem)
        if found is None:
            break
        halves[found[1].lower()].append(_Name(path, path.stem[: found.start()]))
    else:
        if halves["l"] and halves["r"]:
            _same_names(folder, halves["l"], halves["r"])
            return halves["l"], halves["r"]
    return [_Name(path, path.stem) for path in pictures], []


def _same_names(folder: Path, left: Iterable[_Name], right: Iterable[_Name]) -> None:
    lefts, rights = {name.stem for name in left}, {name.stem for name in right}
    alone = sorted(lefts ^ rights, key=natural)
    if alone:
        names = _few([f"{stem}_{'l' if stem in lefts else 'r'}" for stem in alone])
        raise SourceError("sequence.eye-missing", where=folder, n=len(alone), names=names)


# --- numbers -----


@dataclass(frozen=True)
class _Name:
    """stem: without suffix, and without the eye."""

    path: Path
    stem: str

    @property
    def parts(self) -> list[str]:
        """Text and digits in turns, text first and last."""
        return _DIGITS.split(self.stem)


def _in_order(
    folder: Path, names: Sequence[_Name], gaps: Gaps | None
) -> tuple[tuple[Path | None, ...], tuple[Text, ...]]:
    if len(names) == 1:
        return (names[0].path,), ()
    sequences = _sequences(names)
    if len(sequences) > 1:
        found = _few([_shown(each) for each in sequences])
        alone = all(len(each) == 1 for each in sequences)
        id = "sequence.unnumbered" if alone else "sequence.several"
        raise SourceError(id, where=folder, n=len(sequences), found=found)
    numbered = sequences[0]
    for (one, first), (other, second) in pairwise(numbered):
        if one == other:
            raise SourceError(
                "sequence.twice", where=folder, number=one, first=first.path.name, second=second.path.name
            )
    return _filled(folder, numbered, gaps)


_Numbered = list[tuple[int, _Name]]


def _sequences(names: Sequence[_Name]) -> list[_Numbered]:
    """The names put together by all but the one group of digits that counts, each sequence in its order."""
    shapes: dict[tuple[str, ...], list[_Name]] = {}
    for name in names:
        shapes.setdefault(tuple(name.parts[::2]), []).append(name)
    return [each for shape in shapes.values() for each in _of_shape(shape)]


def _of_shape(names: Sequence[_Name]) -> Iterator[_Numbered]:
    digits = [name.parts[1::2] for name in names]
    if not digits[0]:
        yield from ([(0, name)] for name in names)
        return
    counting = max(range(len(digits[0])), key=lambda at: (len({each[at] for each in digits}), at))
    groups: dict[tuple[str, ...], _Numbered] = {}
    for name, each in zip(names, digits, strict=True):
        rest = (*each[:counting], *each[counting + 1 :])
        groups.setdefault(rest, []).append((int(each[counting]), name))
    for group in groups.values():
        yield sorted(group, key=lambda one: one[0])


def _filled(
    folder: Path, numbered: _Numbered, gaps: Gaps | None
) -> tuple[tuple[Path | None, ...], tuple[Text, ...]]:
    first, last = numbered[0][0], numbered[-1][0]
    missing = last - first + 1 - len(numbered)
    if not missing:
        return tuple(name.path for _, name in numbered), ()
    width = _padding(numbered)
    holes = [(one + 1, other - 1) for (one, _), (other, _) in pairwise(numbered) if other - one > 1]
    numbers = _ranges(holes, width)
    if gaps is None:
        raise SourceError("sequence.gap", where=folder, n=missing, numbers=numbers, folder=folder.name)
    if last - first >= MAX_FRAMES:
        raise SourceError(
            "sequence.gap-too-long",
            where=folder,
            most=MAX_FRAMES,
            n=missing,
            numbers=numbers,
            folder=folder.name,
        )
    files: list[Path | None] = []
    for number, name in numbered:
        before = files[-1] if files and gaps == "hold" else None
        files.extend([before] * (number - first - len(files)))
        files.append(name.path)
    id = "plan.gap-held" if gaps == "hold" else "plan.gap-black"
    return tuple(files), (text(id, n=missing, numbers=numbers, folder=folder.name),)


def _padding(numbered: _Numbered) -> int:
    """Digits that the numbers are written with, where all have as many."""
    for at in range(1, len(numbered[0][1].parts), 2):
        if all(int(name.parts[at]) == number for number, name in numbered):
            lengths = {len(name.parts[at]) for _, name in numbered}
            return lengths.pop() if len(lengths) == 1 else 0
    return 0


def _ranges(holes: Sequence[tuple[int, int]], width: int) -> tuple[str, ...]:
    def one(first: int, last: int) -> str:
        return f"{first:0{width}}" if first == last else f"{first:0{width}}-{last:0{width}}"

    return _few([one(*hole) for hole in holes])


def _shown(sequence: _Numbered) -> str:
    """`shot_0001.png ... shot_0012.png (12)`, or the one name."""
    first, last = sequence[0][1].path.name, sequence[-1][1].path.name
    return first if len(sequence) == 1 else f"{first} ... {last} ({len(sequence)})"


def _few(names: Sequence[str]) -> tuple[str, ...]:
    return (*names[:_SHOWN], "...") if len(names) > _SHOWN else tuple(names)
