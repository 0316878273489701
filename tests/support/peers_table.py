"""Who finds what: thirty packages, good and bad, shown to dcpkit and to three others, as a table of Markdown.

    python tests/support/peers_table.py FOLDER [-o docs/peers.md]

FOLDER has the programs dcpverify (libdcp), clairmeta and dcp_inspect; what is not there is left out, and
nothing of them is kept. Each package is a good one (`faults/bases.py`) with one change, after which hashes,
lengths and signatures are made right again. A program finds the change when it says something of the changed
package that it does not say of the good one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from faults.bases import BASES, SIZE, Base
from faults.changes import (
    Change,
    Copy,
    bytes_at,
    rewrite,
    text_edit,
    units_of,
    valued,
)
from faults.repair import repair
from faults.rows import all_faults, all_good
from synthetic import codestream

from dcp.secrets.keys import write_keys

Said = Counter[tuple[str, str]]
"""How grave (error, warning, note), and what, without what differs from run to run."""
GRAVE = ("error", "warning", "note")
LIMIT = 180
"""Seconds that a program has."""
EXECUTABLE = Path(sys.executable).with_name("dcpkit")


@dataclass(frozen=True)
class Row:
    what: str
    base: str
    change: Change | None
    repaired: bool = True
    good: bool = False
    deep: bool = False
    """dcpkit decodes pictures, walks their packets, and measures sound."""


@dataclass
class Run:
    said: Said
    seconds: float
    cpu: float
    failed: bool = False


@dataclass(frozen=True)
class Program:
    name: str
    words: Callable[[Path, Path | None, bool], list[str]]
    read: Callable[[str], Said]
    version: str = ""
    runs: list[Run] = field(default_factory=list)


# --- the packages -----


def _row(id: str, what: str) -> Row:
    found = next(each for each in all_faults() if each.id == id)

    return Row(what, found.base, found.change, found.repaired, deep=bool(found.asked))


def _good(name: str, what: str) -> Row:
    found = next(each for each in all_good() if each.name == name)
    return Row(what, found.base, found.change, found.repaired, good=True)


def _without_asset(copy: Copy) -> None:
    """The sound is in the map and in the playlist, and in no packing list."""
    rewrite("pkl", rf"<Asset>\s*<Id>urn:uuid:{copy.base.ids['sound1']}</Id>.*?</Asset>\s*", "")(copy)


def _large(units: list[bytes]) -> list[bytes]:
    """One frame of 307 Mbit/s at 24 a second."""
    return [*units[:5], codestream(bytes(1_600_000), size=SIZE), *units[6:]]


def _damaged(units: list[bytes]) -> list[bytes]:
    """Bytes of the first packet's header in a frame: all its markers stay."""
    frame = bytearray(units[5])
    packet = frame.index(b"\xff\x93") + 2
    frame[packet : packet + 12] = bytes(12)
    return [*units[:5], bytes(frame), *units[6:]]


def _frozen(units: list[bytes]) -> list[bytes]:
    """The same frame for half of the reel."""
    return [unit if number < 12 else units[12] for number, unit in enumerate(units)]


def _footer(data: bytes) -> int:
    """The place in the footer's partition pack where it says where it stands."""
    key = bytes.fromhex("060e2b34020501010d01020101040400")
    return data.rindex(key) + 20 + 8 + 7


def _rows() -> list[Row]:
    return [
        Row("two reels, subtitles, captions", "smpte", None, good=True),
        Row("encrypted and signed", "encrypted", None, good=True),
        Row("Interop with a subtitle", "interop", None, good=True),
        Row("stereoscopic", "stereo", None, good=True),
        Row("immersive sound with its sync signal", "immersive", None, good=True),
        _good("comment", "a comment in the playlist"),
        _row("PKL-006-smpte", "a byte of the sound changed, its hash not"),
        _row("AM-010-smpte", "a file is missing"),
        Row("a track file is in no packing list", "smpte", _without_asset),
        Row(
            "a date that is none in the playlist", "smpte", valued("cpl", "IssueDate", "2026-13-01T00:00:00")
        ),
        Row("sound shorter than picture in a reel", "smpte", rewrite("cpl", _SOUND_LASTS, r"\g<1>47\2")),
        Row(
            "a reel that plays more than the file has",
            "smpte",
            rewrite("cpl", r"(<MainPicture>.*?<Duration>)120(<)", r"\g<1>130\2"),
        ),
        _row("SIG-001-encrypted-digest", "the playlist changed after it was signed"),
        _row("CER-005-encrypted", "an authority's certificate as the signer's"),
        _row("ENC-004-encrypted", "encrypted, and the playlist is not signed"),
        _row("ENC-001-encrypted", "encrypted, and the playlist names no key"),
        _row("ENC-101-encrypted", "an encrypted unit damaged"),
        _row("ENC-102-encrypted", "two encrypted units exchanged"),
        _row("ENC-103-encrypted", "every unit with the same initialisation vector"),
        Row("a frame of 307 Mbit/s", "smpte", units_of("picture2", _large)),
        Row("a frame damaged within its packets", "seen", units_of("picture1", _damaged), deep=True),
        Row("half a reel of one frozen frame", "seen", units_of("picture1", _frozen), deep=True),
        _row("SND-002-smpte", "sound of 16 bits"),
        _row("SND-010-smpte", "clipped samples"),
        _row("SND-012-smpte", "a trailer louder than 85 dB leq(m)"),
        _row("IMM-101-immersive-other-id", "a sync signal of another sound file"),
        _row("IMM-007-immersive", "immersive sound of 16 bits"),
        Row("the footer stands elsewhere than it says", "smpte", bytes_at("sound1", _footer, b"\x01")),
        Row("an empty line of subtitle", "smpte", text_edit("text1", "One and two", "")),
        _row("NAM-009-smpte", "the title names another picture size"),
    ]


_SOUND_LASTS = r"(</Reel>.*?<MainSound>.*?<Duration>)48(<)"


# --- the programs -----


def _lines(kinds: Sequence[tuple[str, str]]) -> Callable[[str], Said]:
    """One finding a line, its gravity by how the line begins."""

    def read(text: str) -> Said:
        found: Said = Counter()
        for line in text.splitlines():
            for pattern, grave in kinds:
                if match := re.match(pattern, line):
                    found[grave, _plain(line[match.end() :])] += 1
                    break
        return found

    return read


def _clairmeta(text: str) -> Said:
    """A finding a check, with the lines below it."""
    checks: list[tuple[str, list[str]]] = []
    _, _, report = text.partition("Check report:")
    grave = ""
    for line in report.splitlines():
        if head := re.match(r"(Error|Warning|Info)\(s\):", line):
            grave = {"Error": "error", "Warning": "warning", "Info": "note"}[head[1]]
        elif grave and re.match(r" +\. ", line):
            checks.append((grave, [line]))
        elif grave and checks and line.startswith("  ") and not line.lstrip().startswith("+"):
            checks[-1][1].append(line)
    return Counter((grave, _plain(" ".join(each.strip() for each in lines))) for grave, lines in checks)


def _ours(text: str) -> Said:
    document = json.loads(text[text.index("{") :])
    return Counter(
        (each["severity"].replace("info", "note"), _plain(f"{each['id']} {each['message']} {each['place']}"))
        for each in document["findings"]
    )


def _plain(line: str) -> str:
    line = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", line)
    line = re.sub(r"[A-Za-z0-9+/]{27}=", "HASH", line)
    return re.sub(r"\S*/(dcp|smpte|encrypted|interop|stereo|immersive|seen)(?![\w.-])", "DIR", line).strip()


def _programs(folder: Path) -> list[Program]:
    def theirs(name: str) -> str:
        return str(folder / name)

    found = [
        Program(
            "dcpkit",
            lambda root, keys, deep: [
                str(EXECUTABLE), "verify", str(root), "--json", "--quiet",
                *(["--keys", str(keys)] if keys else []),
*(["--decode", "--thorough"] if deep else []),
            ],
            _ours,
            _version([str(EXECUTABLE), "--version"]),
        ),
        Program(
            "libdcp",
            lambda root, *_: [theirs("dcpverify"), "-q", str(root)],
            _lines(((r"Error: ", "error"), (r"Bv2.1 error: ", "note"), (r"Warning: ", "warning"))),
            _version([theirs("dcpverify"), "--version"]),
        ),
        Program(
            "ClairMeta",
            lambda root, *_: [theirs("clairmeta"), "check", "-type", "dcp", str(root)],
            _clairmeta,
            _version([theirs("clairmeta"), "--version"]),
        ),
        Program(
            "dcp_inspect",
            lambda root, *_: [theirs("dcp_inspect"), str(root)],
            _lines(((r" *(\x1b\[\d+m)*Error: ", "error"), (r" *(\x1b\[\d+m)*Hint: ", "warning"))),
            _version([theirs("dcp_inspect"), "--version"]),
        ),
    ]  # fmt: skip
    return [each for each in found if Path(each.words(folder, None, False)[0]).exists()]


def _version(words: list[str]) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    numbers = re.search(r"v?\d+\.\d[\w.]*", done.stdout + done.stderr)
    return numbers[0] if numbers else ""


def _run(program: Program, root: Path, keys: Path | None, deep: bool) -> Run:
    """In its parent's folder, with an output file, so that times and memory are the program's own."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        before = os.times()
        process = subprocess.Popen(program.words(root, keys, deep), stdout=out, stderr=subprocess.STDOUT)
        try:
            process.wait(LIMIT)
            failed = process.returncode < 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            failed = True
        after = os.times()
        seconds = time.monotonic() - began
        out.seek(0)
        text = out.read().decode(errors="replace")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    try:
        said = program.read(text)
    except ValueError:
        said, failed = Counter(), True
    return Run(said, seconds, cpu, failed)


# --- the table -----


def _word(run: Run, base: Said | None) -> str:
    """The gravest that is new; of a good package all that is wrong with it by this program."""
    if run.failed:
        return "(failed)"
    new = run.said - base if base is not None else run.said
    if base is None:
        counts = [(grave, sum(n for (each, _), n in new.items() if each == grave)) for grave in GRAVE[:2]]
        return ", ".join(f"{n} {grave}{'s' * (n != 1)}" for grave, n in counts if n) or "-"
    return next((grave for grave in GRAVE if any(each == grave for each, _ in new)), "-")


def table(
    folder: Path, *, versions: Mapping[str, str], only: str | None = None, details: bool = False
) -> str:
    programs = _programs(folder)
    lines: list[str] = []
    deep: dict[str, dict[str, Said]] = {}
    with tempfile.TemporaryDirectory() as work:
        bases: dict[str, tuple[Base, Path | None, dict[str, Said]]] = {}
        for number, row in enumerate(_rows()):
            if only is not None and only not in row.what:
                continue
            if row.base not in bases:
                bases[row.base] = _base(row.base, Path(work), programs)
            base, keys, said = bases[row.base]
            if row.deep and row.base not in deep:
                deep[row.base] = said | {"dcpkit": _run(programs[0], base.root, keys, True).said}
            said = deep[row.base] if row.deep else said
            root = base.root
            if row.change is not None:
                root = Path(work) / f"{number}-{row.base}" / "dcp"
                shutil.copytree(base.root, root, copy_function=os.link)
                row.change(Copy(base, root))
                if row.repaired:
                    repair(base, root)
            words = []
            for program in programs:
                run = _run(program, root, keys, row.deep)
                program.runs.append(run)
                words.append(_word(run, None if row.good else said[program.name]))
                if details:
                    new = run.said if row.good else run.said - said[program.name]
                    print(f"{row.what} | {program.name}: {sorted(new)[:6]}", file=sys.stderr)
            lines.append(f"| {'good: ' if row.good else ''}{row.what} | {' | '.join(words)} |")
    names = [each.name for each in programs]
    bad = [line.split("|")[2:-1] for line in lines if not line.startswith("| good")]
    found = [
        sum(cells[place].strip() not in ("-", "(failed)") for cells in bad) for place in range(len(names))
    ]
    head = [f"| package | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    foot = [
        f"| **found, of {len(bad)}** | {' | '.join(map(str, found))} |",
        _mean("seconds a package, elapsed", [[run.seconds for run in each.runs] for each in programs]),
        _mean("seconds a package, of processor", [[run.cpu for run in each.runs] for each in programs]),
    ]
    with_versions = ", ".join(
        f"{each.name} {versions.get(each.name, each.version)}".strip() for each in programs
    )
    return TEXT.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}", versions=with_versions, table="\n".join([*head, *lines, *foot])
    )


def _base(name: str, work: Path, programs: Sequence[Program]) -> tuple[Base, Path | None, dict[str, Said]]:
    base = BASES[name](work / name)
    keys = None
    if base.keyring is not None:
        keys = work / f"{name}.keys.json"
        write_keys(keys, base.keyring)
    return base, keys, {each.name: _run(each, base.root, keys, False).said for each in programs}


def _mean(what: str, values: Sequence[Sequence[float]]) -> str:
    return f"| {what} | {' | '.join(f'{sum(each) / max(1, len(each)):.1f}' for each in values)} |"


TEXT = """# Side by side with other verifiers

`python tests/support/peers_table.py FOLDER -o docs/peers.md` made this page on {date}, with {versions}.
Each package is a good one with one change; hashes, lengths and signatures are made right again, so that what
is found is the change. A word says how grave the program calls it (dcp_inspect's hints stand as warnings,
ClairMeta's informations and libdcp's "Bv2.1 errors" as notes); a dash: it says nothing that it does not say
of the good package. Of good packages, the errors and warnings are counted. Encrypted packages: dcpkit has
the keys, the others decrypt nothing, or only with a KDM. dcpkit runs with `--decode --thorough` where the row
is about what is seen or heard, the others as they come.

{table}

The pictures of most packages are headers with random bytes behind them, which no program but a decoder minds.
Times are of a machine with two cores that had other work. dcp_inspect's error on a good Interop package is an
exception of its own at a font without the names that it reads; its warnings are the length of a reel and that
it cannot look at encrypted sound; libdcp's are that it cannot look at what is encrypted.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="who finds what")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", type=Path, dest="out")
    parser.add_argument("--only", help="rows with these words")
    parser.add_argument("--details", action="store_true", help="what is new, on stderr")
    parser.add_argument(
        "--version", action="append", default=[], help="NAME=VERSION of a program that does not tell its own"
    )
    given = parser.parse_args()
    versions = dict(each.split("=", 1) for each in given.version)
    made = table(given.folder, versions=versions, only=given.only, details=given.details)
    if given.out is not None:
        given.out.write_text(made)
    else:
        print(made)


if __name__ == "__main__":
    main()
