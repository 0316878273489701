"""Thousands of one-byte changes over whole packages, judged by the whole verification.

    python tests/support/one_byte_campaign.py FOLDER

runs what is missing of them and prints the table of docs/verify.md. 500 changes for each of four packages, as
they are and again with hashes, sizes and signatures made right, in slices of 50: each leaves a file of its
results in FOLDER, so that a run that was stopped goes on. `--package`, `--mode`, `--slices` take a part.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))

import one_byte
import one_byte_documents
from faults.bases import BASES, NOW, Base
from faults.changes import Copy
from faults.repair import repair
from one_byte import WEIGHTS, Stretch, kinds

from dcp.verify.engine import verify_package

PACKAGES = ("smpte", "encrypted", "interop", "immersive")
MODES = ("as it is", "made right")
SLICES, IN_A_SLICE = 10, 50
LONGEST = 10.0
"""Seconds that no verification of these packages may take."""


Said = tuple[str, str | None, str]


@dataclass(frozen=True)
class Tried:
    """One change and what came of it. allowed: the kind of docs/verify.md that may go unnoticed.

    news: ids of the findings that were not there before, or are there no more. error: an exception's words.
    """

    package: str
    mode: str
    role: str
    offset: int
    kind: str
    old: int
    new: int
    allowed: str | None
    news: Sequence[str]
    seconds: float
    error: str = ""

    @property
    def unhashed(self) -> bool:
        """Whether no list has its hash, and no signature holds it."""
        return self.role in ("map", "volume") or (self.role == "pkl" and self.package != "encrypted")

    @property
    def wrong(self) -> bool:
        """Unnoticed though something tells of it, an exception, or too slow."""
        unnoticed = not self.news and not (self.allowed and (self.mode == "made right" or self.unhashed))
        return unnoticed or bool(self.error) or self.seconds > LONGEST

    def __str__(self) -> str:
        place = f"{self.role} byte {self.offset} ({self.kind})"
        changed = f"{self.old:02x} to {self.new:02x}"
        return f"{self.package}, {self.mode}: {place}: {changed} {self.error}"


def tried(base: Base, folder: Path, *, mode: str, number: int, count: int = IN_A_SLICE) -> Iterator[Tried]:
    """A slice of changes, the same in both modes. folder: for the changed package."""
    chance = random.Random(f"{base.name} {number} 17")
    good = judged(base, base.root)
    cut: dict[str, dict[str, list[Stretch]]] = {}
    for _ in range(count):
        role = chance.choice(sorted(base.files))
        data = bytearray((base.root / base.files[role]).read_bytes())
        offset, kind = _place(base, role, data, cut, chance)
        old = data[offset]
        new = chance.choice([old ^ 1, old ^ chance.randrange(1, 256), _printable(old, chance)])
        yield one(base, folder, mode, role, offset, kind, old, new, good)


def one(
    base: Base,
    folder: Path,
    mode: str,
    role: str,
    offset: int,
    kind: str,
    old: int,
    new: int,
    good: set[Said],
) -> Tried:
    """One change. good: what is said of the package without it."""
    root = folder / "changed"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(base.root, root, copy_function=os.link)
    data = bytearray((base.root / base.files[role]).read_bytes())
    data[offset] = new
    copy = Copy(base, root)
    copy.write(role, bytes(data))
    signed = data.find(b"<Signer") if role in ("cpl", "pkl") else -1
    error, news, began = "", set(), time.monotonic()
    try:
        if mode == "made right":
            repair(base, root, leave=(role,) if 0 <= signed <= offset else ())
        began = time.monotonic()
        news = {each[0] for each in good ^ judged(base, root)}
    except Exception:
        error = traceback.format_exc(limit=-2)
    seconds = round(time.monotonic() - began, 3)
    return Tried(
        base.name, mode, role, offset, kind, old, new, _allowed(base, role, kind, offset, new), sorted(news),
        seconds, error,
    )  # fmt: skip


def judged(base: Base, root: Path) -> set[Said]:
    report = verify_package(root, now=NOW, keyring=base.keyring, workers=1)
    return {(each.id, each.file, each.message) for each in report.findings}


def _printable(old: int, chance: random.Random) -> int:
    new = chance.randrange(32, 127)
    return new if new != old else new ^ 1


def _place(
    base: Base, role: str, data: bytearray, cut: dict[str, dict[str, list[Stretch]]], chance: random.Random
) -> tuple[int, str]:
    """A place of a file: in a track file by areas (structure is small beside essence), anywhere in others."""
    name = base.files[role]
    if not name.endswith(".mxf"):
        at = chance.randrange(len(data))
        if role.startswith(("font", "image")):
            return at, "font" if role.startswith("font") else "image"
        return at, one_byte_documents.kind_of(bytes(data), at)
    if role not in cut:
        cut[role] = {}
        for each in kinds(base.root / name):
            if each.end > each.start:
                cut[role].setdefault(each.area, []).append(each)
    areas = cut[role]
    area = chance.choices(list(areas), [WEIGHTS[each] for each in areas])[0]
    stretch = chance.choices(areas[area], [each.end - each.start for each in areas[area]])[0]
    return chance.randrange(stretch.start, stretch.end), stretch.kind


def _allowed(base: Base, role: str, kind: str, offset: int, new: int) -> str | None:
    if base.files[role].endswith(".mxf"):
        return kind if kind in one_byte.ALLOWED else None
    if role.startswith(("font", "image")):
        return None
    return one_byte_documents.allowed((base.root / base.files[role]).read_bytes(), offset, new)


# --- as a program -----


def main() -> None:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--package", choices=PACKAGES, action="append")
    parser.add_argument("--mode", choices=MODES, action="append")
    parser.add_argument("--slices", type=int, default=SLICES)
    parser.add_argument("--again", action="store_true", help="judge those anew that went unnoticed")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in asked.package or PACKAGES:
        with tempfile.TemporaryDirectory() as made:
            base = BASES[name](Path(made) / name)
            for mode in asked.mode or MODES:
                for number in range(asked.slices):
                    _keep(asked.folder, base, Path(made), mode, number)
    if asked.again:
        _again(asked.folder)
    results = [each for path in sorted(asked.folder.glob("*.jsonl")) for each in _read(path)]
    print("\n".join(lines_of(results)))
    sys.exit(any(each.wrong for each in results))


def _keep(folder: Path, base: Base, room: Path, mode: str, number: int) -> None:
    path = folder / f"{base.name}-{mode.replace(' ', '-')}-{number}.jsonl"
    if path.exists():
        return
    _write(path, list(tried(base, room, mode=mode, number=number)))


def _write(path: Path, results: Sequence[Tried]) -> None:
    part = path.with_suffix(".part")
    part.write_text("".join(json.dumps(asdict(each)) + "\n" for each in results))
    part.rename(path)


def _read(path: Path) -> list[Tried]:
    return [Tried(**json.loads(line)) for line in path.read_text().splitlines()]


def _again(folder: Path) -> None:
    """What no rule found is put to the rules once more, which may have become more."""
    for name in PACKAGES:
        with tempfile.TemporaryDirectory() as made:
            base = BASES[name](Path(made) / name)
            good = judged(base, base.root)
            for path in sorted(folder.glob(f"{name}-*.jsonl")):
                results = _read(path)
                new = [each if each.news else _once_more(base, Path(made), each, good) for each in results]
                if new != results:
                    _write(path, new)


def _once_more(base: Base, room: Path, was: Tried, good: set[Said]) -> Tried:
    data = (base.root / base.files[was.role]).read_bytes()
    if was.offset >= len(data):
        return was
    return one(base, room, was.mode, was.role, was.offset, was.kind, data[was.offset], was.new, good)


def lines_of(results: Sequence[Tried]) -> Iterator[str]:
    """The table: by package and mode, then the kinds that went unnoticed, then what is wrong."""
    yield "| package | mode | changes | noticed | of a kind that may pass | unnoticed | slowest |"
    yield "|---|---|---|---|---|---|---|"
    for (name, mode), of in sorted(_grouped(results).items()):
        seen = sum(bool(each.news) for each in of)
        wrong = sum(each.wrong for each in of)
        slowest = f"{max(each.seconds for each in of):.1f} s"
        yield f"| {name} | {mode} | {len(of)} | {seen} | {len(of) - seen - wrong} | {wrong} | {slowest} |"
    yield ""
    silent = Counter(each.allowed or each.kind for each in results if not each.news)
    yield "| kind | unnoticed |"
    yield "|---|---|"
    for kind, count in silent.most_common():
        yield f"| {kind} | {count} |"
    yield ""
    yield from (f"WRONG {each}" for each in results if each.wrong)


def _grouped(results: Sequence[Tried]) -> dict[tuple[str, str], list[Tried]]:
    found: dict[tuple[str, str], list[Tried]] = {}
    for each in results:
        found.setdefault((each.package, each.mode), []).append(each)
    return found


if __name__ == "__main__":
    main()
