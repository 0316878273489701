"""What is wrong with timed text: in the playlist, in a header, in Interop's XML."""

from __future__ import annotations

import uuid

from wrong_packages.edits import Change, interop_text, put
from wrong_packages.world import TEXT, reel_asset

from dcp.mxf.descriptors import TimedTextDescriptor

CASES: list[tuple[str, Change]] = [
    ("TT-003", lambda world: setattr(world, "standard", "interop")),
    ("TT-062", lambda world: interop_text(world, f"<SubtitleID>{uuid.uuid4()}</SubtitleID><Subtitle/>")),
    ("TT-053", lambda world: interop_text(world, "<Subtitle/>")),
    ("TT-031", lambda world: interop_text(world, f"<SubtitleID>{TEXT}</SubtitleID>")),
    ("TT-001", lambda world: interop_text(world, f"<SubtitleID>{TEXT}</SubtitleID><Shape/>")),
    (
        "TT-032",
        lambda world: interop_text(world, f"<SubtitleID>{TEXT}</SubtitleID><Subtitle><Text/></Subtitle>"),
    ),
    (
        "TT-035",
        lambda world: interop_text(
            world, f"<SubtitleID>{TEXT}</SubtitleID><Subtitle><Text>a</Text></Subtitle>"
        ),
    ),
    (
        "TT-038",
        lambda world: interop_text(
            world, f"<SubtitleID>{TEXT}</SubtitleID><LoadFont URI='a.ttf'/><Subtitle/>"
        ),
    ),
    ("TT-022", lambda world: world.asset("MainSubtitle", states_entry_point=False)),
    ("TT-023", lambda world: world.asset("MainSubtitle", entry_point=1, duration=100)),
    ("TT-027", lambda world: world.head(TEXT, descriptor=TimedTextDescriptor(TEXT, "urn:x"))),
    ("TT-029", lambda world: world.head(TEXT, container_duration=100)),
    ("TT-048", lambda world: put(world, reel_asset("ClosedCaption", TEXT, states_entry_point=False))),
    ("TT-049", lambda world: put(world, reel_asset("ClosedCaption", TEXT, entry_point=5))),
]
