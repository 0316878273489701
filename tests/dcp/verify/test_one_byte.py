"""One byte changed anywhere in a track file is noticed, or of a kind that nobody can tell from another.

The kinds that may go unnoticed are `one_byte.ALLOWED`, with their reason in docs/verify.md.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
import shutil
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from faults.changes import Copy
from faults.repair import repair
from one_byte import ALLOWED, Judged, campaign, kinds, table, told

from dcp.verify.engine import verify_package

PACKAGES = ("smpte", "encrypted", "interop", "immersive")
MUST = (
    "header partition: pack",
    "body partition: pack",
    "footer partition: pack",
    "primer",
    "set: tag and length",
    "set: key and length",
    "index: tag and length",
    "IndexTableSegment/index_entry_array",
    "element: key and length",
    "random index",
)
LONGEST = 10


def tracks_of(base: Base) -> list[str]:
    return [role for role, name in base.files.items() if name.endswith(".mxf")]


@pytest.fixture
def base(tmp_path: Path) -> Callable[[str], Base]:
    return lambda name: BASES[name](tmp_path / name)


def run(base: Base, folder: Path, *, count: int, seed: int) -> None:
    folder.mkdir(exist_ok=True)
    judged = Judged(base)
    changes = []
    for change in campaign(judged, folder, roles=tracks_of(base), count=count, seed=seed):
        changes.append(change)
    told(changes)
    unnoticed = [
        f"{each.role} byte {each.offset} ({each.stretch.kind}): {each.old:02x} to {each.new:02x}"
        for each in changes
        if not each.noticed and not each.allowed
    ]
    assert not unnoticed, "\n".join(unnoticed)
    silent = {kind for kind, _, count in table(changes) if count}
    assert silent <= set(ALLOWED)


@pytest.mark.parametrize(("name", "count"), [("stereo", 70), ("immersive", 40)])
def test_a_changed_byte_is_noticed(
    base: Callable[[str], Base], tmp_path: Path, name: str, count: int
) -> None:
    run(base(name), tmp_path / "changed", count=count, seed=2026)


@pytest.mark.soak
@pytest.mark.parametrize("name", PACKAGES)
def test_five_hundred_bytes_of_each_package(base: Callable[[str], Base], tmp_path: Path, name: str) -> None:
    run(base(name), tmp_path / "changed", count=500, seed=17)


@pytest.mark.soak
@pytest.mark.parametrize("repaired", [False, True])
@pytest.mark.parametrize("name", PACKAGES)
def test_by_the_whole_verification(
    base: Callable[[str], Base], tmp_path: Path, name: str, repaired: bool
) -> None:
    """Hashes and all: what was not made right again is found by them; nothing takes ten seconds."""
    good = base(name)
    chance = random.Random(f"{name} {repaired}")
    before = {finding.id + finding.message for finding in judge(good, good.root)}
    for _ in range(100):
        role = chance.choice(tracks_of(good))
        stretch = chance.choice(kinds(good.root / good.files[role]))
        if stretch.end == stretch.start:
            continue
        root = tmp_path / "dcp"
        shutil.copytree(good.root, root)
        copy = Copy(good, root)
        data = bytearray(copy.read(role))
        offset = chance.randrange(stretch.start, stretch.end)
        data[offset] ^= chance.randrange(1, 256)
        copy.write(role, bytes(data))
        if repaired:
            repair(good, root)
        began = time.monotonic()
        news = {finding.id + finding.message for finding in judge(good, root)} - before
        assert time.monotonic() - began < LONGEST
        assert news or (repaired and stretch.kind in ALLOWED), (role, offset, stretch.kind)
        shutil.rmtree(root)


def judge(good: Base, root: Path):  # type: ignore[no-untyped-def]
    return verify_package(root, now=NOW, keyring=good.keyring, workers=1).findings


def test_the_kinds_cover_the_file(base: Callable[[str], Base]) -> None:
    good = base("stereo")
    for role in tracks_of(good):
        path = good.root / good.files[role]
        found = kinds(path)
        assert found[0].start == 0
        assert found[-1].end == path.stat().st_size
        assert all(one.end == other.start for one, other in pairwise(found))
        assert {each.kind for each in found} >= set(MUST) - {"IndexTableSegment/index_entry_array"}
    assert not set(MUST) & set(ALLOWED)


def test_every_allowed_kind_is_written_down() -> None:
    words = (Path(__file__).parents[3] / "docs" / "verify.md").read_text(encoding="utf-8")
    for kind in ALLOWED:
        name = kind.partition("/")[2] or kind
        assert re.search(re.escape(name.replace("_", " ")), words.replace("_", " ")), kind


def test_hashes_are_made_right_again(base: Callable[[str], Base], tmp_path: Path) -> None:
    good = base("stereo")
    root = tmp_path / "dcp"
    shutil.copytree(good.root, root)
    copy = Copy(good, root)
    data = bytearray(copy.read("sound1"))
    data[-1000] ^= 1
    copy.write("sound1", bytes(data))
    repair(good, root)
    assert base64.b64encode(hashlib.sha1(data).digest()) in copy.read("pkl")
