"""Small track files changed at random, lengths and keys above all: a report each time, soon."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from packages_packed import facts, media, write
from verified import NOW

from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.engine import verify_package

MOST_SECONDS, MOST_MEMORY = 10, 400_000_000  # of CPU time for one package; bytes
FEW, MANY = range(16), range(16, 416)

LENGTHS = [b"\x88" + (1 << bits).to_bytes(8, "big") for bits in (20, 30, 40, 60)]
BYTES = b"\x00\x7f\x80\x83\x84\x87\x88\xff"


def changed(good: bytes, chance: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        span = chance.choice((300, 2000, 20_000, len(data)))
        at = chance.randrange(min(span, len(data)))
        if chance.random() < 0.2:
            at = len(data) - 1 - at
        put = chance.choice(
            (bytes([chance.choice(BYTES)]), chance.randbytes(8), b"\xff" * 8, chance.choice(LENGTHS))
        )
        if chance.random() < 0.6:
            data[at : at + len(put)] = put
        elif chance.random() < 0.5:
            del data[at : at + chance.randrange(1, 5000)]
        else:
            data[at:at] = data[max(0, at - chance.randrange(1, 3000)) : at]
        data = data or bytearray(1)
    return bytes(data)


def judged(folder: Path, seeds: range) -> list[float]:
    """Seconds of CPU time for each."""
    keys = [ContentKey.generate(kind) for kind in ("MDIK", "MDAK")]
    roots = []
    for name, stereo, used in (("plain", False, []), ("encrypted", False, keys), ("stereo", True, keys)):
        made = media(folder / name, stereo=stereo, keys=used)
        roots.append(write(folder / name, [made], [facts(made.reel)]))
    spent = []
    for seed in seeds:
        chance = random.Random(seed)
        file = chance.choice(sorted(chance.choice(roots).glob("*.mxf")))
        good = file.read_bytes()
        file.write_bytes(changed(good, chance))
        ring = Keyring(tuple(keys)) if chance.random() < 0.7 else None
        start = time.process_time()
        report = verify_package(
            file.parent, now=NOW, keyring=ring, thorough=chance.random() < 0.3, hashes=chance.random() < 0.9
        )
        spent.append(time.process_time() - start)
        assert report.document(tool="", version="")["verdict"] in ("pass", "fail"), seed
        file.write_bytes(good)
    return spent


def test_every_change_ends_in_a_report_soon(tmp_path: Path) -> None:
    assert max(judged(tmp_path, FEW)) < MOST_SECONDS


@pytest.mark.soak
def test_many_more_and_their_memory(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    spent = judged(tmp_path, MANY)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"the longest of {len(spent)}: {max(spent):.1f} s; peak {peak / 1e6:.0f} MB")
    assert max(spent) < MOST_SECONDS
    assert peak < MOST_MEMORY
