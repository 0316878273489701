"""One byte changed anywhere in a document is noticed, or of a kind that nothing else in a package tells of.

Hashes, sizes and signatures are made right again after each change. Left as they are, all in playlists and in
signed lists is found by these alone.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from faults.changes import Copy
from faults.repair import repair
from one_byte_documents import allowed, kind_of

from dcp.verify.engine import verify_package

ROLES = ("map", "pkl", "cpl", "cpl", "volume")


def noticed(base: Base, root: Path, good: set[tuple[str, str | None, str]]) -> bool:
    report = verify_package(
        root,
        now=NOW,
        ov=[base.ov] if base.ov else [],
        keyring=base.keyring,
        picture=False,
        workers=1,
    )
    return {(each.id, each.file, each.message) for each in report.findings} != good


def campaign(base: Base, folder: Path, count: int, seed: str) -> list[str]:
    """The changes that went unnoticed and are of no kind that may."""
    chance = random.Random(seed)
    report = verify_package(
        base.root, now=NOW, ov=[base.ov] if base.ov else [], keyring=base.keyring, picture=False, workers=1
    )
    good = {(each.id, each.file, each.message) for each in report.findings}
    wrong = []
    for _ in range(count):
        role = chance.choice(ROLES)
        before = (base.root / base.files[role]).read_bytes()
        data = bytearray(before)
        signed = data.find(b"<Signer")
        at = chance.randrange(signed if signed > 0 else len(data))
        old, kind = data[at], kind_of(before, at)
        data[at] = new = chance.choice(
            [each for each in (chance.randrange(32, 127), old ^ 1, chance.randrange(256)) if each != old]
            or [old ^ 2]
        )
        if allowed(before, at, new):
            continue
        root = folder / "changed"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(base.root, root, copy_function=os.link)
        Copy(base, root).write(role, bytes(data))
        repair(base, root)
        if not noticed(base, root, good):
            wrong.append(f"{role} byte {at}, {kind}: {chr(old)!r} became {chr(new)!r}")
    return wrong


@pytest.mark.parametrize("name", ["smpte", "interop"])
def test_a_few(tmp_path: Path, name: str) -> None:
    assert campaign(BASES[name](tmp_path / name), tmp_path, 15, f"{name} 17") == []


@pytest.mark.soak
@pytest.mark.parametrize("name", ["smpte", "encrypted", "interop", "vf"])
def test_many(tmp_path: Path, name: str) -> None:
    assert campaign(BASES[name](tmp_path / name), tmp_path, 500, f"{name} 2017") == []
