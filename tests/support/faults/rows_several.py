"""What is wrong among several playlists of a package."""

from __future__ import annotations

import base64
import hashlib
import re

from faults.changes import Change, Copy, another_id, renamed
from faults.repair import replace_file
from faults.rows import Fault, Good


def with_a_second_playlist(*edits: tuple[str, str]) -> Change:
    """The playlist once more under another id, listed like the first; and what differs in it."""

    def change(copy: Copy) -> None:
        text = copy.read("cpl").decode()
        old = re.findall("<Id>(urn:uuid:[^<]*)</Id>", text)
        reels = re.findall(r"<Reel>\s*<Id>([^<]*)</Id>", text)
        for id in (old[0], *reels):
            text = text.replace(id, another_id())
        for pattern, new in edits:
            text, count = re.subn(pattern, new, text, flags=re.DOTALL)
            assert count, pattern
        data = text.encode()
        replace_file(copy.root / "second.xml", data)
        id = re.findall("<Id>([^<]*)</Id>", text)[0]
        digest = base64.b64encode(hashlib.sha1(data).digest()).decode()
        packed = (
            f"<Asset><Id>{id}</Id><Hash>{digest}</Hash><Size>{len(data)}</Size><Type>text/xml</Type></Asset>"
        )
        mapped = (
            f"<Asset><Id>{id}</Id><ChunkList><Chunk><Path>second.xml</Path><VolumeIndex>1</VolumeIndex>"
            f"<Offset>0</Offset><Length>{len(data)}</Length></Chunk></ChunkList></Asset>"
        )
        for role, entry in (("pkl", packed), ("map", mapped)):
            copy.write(role, copy.read(role).replace(b"</AssetList>", f"{entry}</AssetList>".encode()))

    return change


OTHER_TITLE = (r"(<ContentTitleText>|<AnnotationText>)Film<", r"\1Another<")
FAULTS = [
    Fault("CPL-022", "smpte", with_a_second_playlist(), ("REEL-003",)),
    Fault("CPL-016", "vf", with_a_second_playlist(OTHER_TITLE)),
    Fault("PKL-014", "smpte", renamed("pkl", "pkl.dat")),
]
GOOD = [Good("two-playlists", "smpte", with_a_second_playlist(OTHER_TITLE), ("REEL-003",))]
