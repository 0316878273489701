"""What is wrong between a version file and its original."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from faults.changes import Copy, another_id, rewrite
from faults.rows import Fault, Good


def with_a_changed_file_of_the_original(copy: Copy) -> None:
    """The original's sound under its id, and other in one byte, in the version file too."""
    assert copy.base.ov is not None
    theirs = copy.base.ov / "sound1.mxf"
    data = bytearray(theirs.read_bytes())
    data[len(data) // 2] ^= 1
    (copy.root / "theirs.mxf").write_bytes(data)
    listed = next(copy.base.ov.glob("pkl*")).read_text()
    (entry,) = re.findall(
        rf"<Asset>(?:(?!</Asset>).)*?<Size>{len(data)}</Size>.*?</Asset>", listed, re.DOTALL
    )
    old = base64.b64encode(hashlib.sha1(theirs.read_bytes()).digest()).decode()
    entry = entry.replace(old, base64.b64encode(hashlib.sha1(data).digest()).decode())
    id = re.findall("<Id>(.*?)</Id>", entry)[0]
    mapped = (
        f"<Asset><Id>{id}</Id><ChunkList><Chunk><Path>theirs.mxf</Path><VolumeIndex>1</VolumeIndex>"
        f"<Offset>0</Offset><Length>{len(data)}</Length></Chunk></ChunkList></Asset></AssetList>"
    )
    copy.write("pkl", copy.read("pkl").replace(b"</AssetList>", f"{entry}</AssetList>".encode()))
    copy.write("map", copy.read("map").replace(b"</AssetList>", mapped.encode()))


_NO_PACKAGE = Path(__file__).parent
FAULTS = [
    Fault("VF-001", "vf", lambda copy: None, handed=lambda: {"ov": [_NO_PACKAGE]}),
    Fault("VF-003", "vf", lambda copy: None, handed=lambda: {"ov": []}),
    Fault(
        "VF-004",
        "vf",
        rewrite(
            "cpl",
            "(</[a-z0-9:]*CompositionMetadataAsset>)",
            rf'<a:OPL xmlns:a="urn:a">{another_id()}</a:OPL>\1',
        ),
    ),
    Fault("VF-005", "vf", with_a_changed_file_of_the_original, ("PKG-102",)),
]
GOOD: list[Good] = []
