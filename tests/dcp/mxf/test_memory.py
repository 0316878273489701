"""Memory of writing and reading does not grow with the length of the track, but for the index.

Ten seconds and ten minutes at 24 frames a second. The frames have 200 kB instead of the field's 1.3 MB, so
that ten minutes are 2.9 GB; a larger frame makes both figures larger by the same few buffers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import hashlib, os, sys, uuid
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from dcp.secrets.keys import ContentKey
from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file

path, count, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
block = os.urandom(size)

def units():
    for number in range(count):
        yield number.to_bytes(8, "big") + block[8:]

descriptor = PictureDescriptor(
    2048, 1080, False, rsiz=3, xsiz=2048, ysiz=1080, xosiz=0, yosiz=0, xtsiz=2048, ytsiz=1080, xtosiz=0,
    ytosiz=0, csiz=3, coding_style_default=bytes(16), quantization_default=bytes(33),
)
key = ContentKey(id=uuid.uuid4(), type="MDIK", value=os.urandom(16))
written = write_track_file(
    path, units(), sizes=[size] * count, descriptor=descriptor, edit_rate=Fraction(24),
    asset_id=uuid.uuid4(), key=key, now=datetime.now(UTC),
)

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

print(peak())
digest = hashlib.sha1()
with TrackFile.open(path) as track:
    assert sum(unit.fault is None for unit in track.units(key=key, digest=digest)) == count
assert digest.digest() == written.sha1
print(peak())
path.unlink()
"""


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from /proc")
def test_peak_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    def peaks(seconds: int) -> list[int]:
        arguments = [str(tmp_path / "long.mxf"), str(24 * seconds), "200000"]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
        )
        return [int(line) for line in done.stdout.split()]

    short, long = peaks(10), peaks(600)
    print(f"peak kB of 10 s (written, read): {short}; of 10 min: {long}")
    for few, many in zip(short, long, strict=True):
        assert many < few * 1.2
