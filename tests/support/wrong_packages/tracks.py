"""What is wrong with track files as such, their keys, the KDMs at hand, the units read from them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

from wrong_packages.edits import KDM, Change, both, with_key
from wrong_packages.world import NOW, PICTURE, SOUND

from dcp.texts.catalogue import Text, text
from dcp.verify.facts import KdmStep, TrackPass
from dcp.verify.rules.kdm import STEPS


def refused(step: str) -> Change:
    """A KDM that one step of its checklist refuses; that each message is refused by its own step is the
    matter of `tests/kdm/wrong`."""
    said = KdmStep(step, Text(step, {}, "title"), text("remedy.copy-file"))
    return lambda world: setattr(world, "kdms", (replace(KDM, steps=(said,)),))


CASES: list[tuple[str, Change]] = [
    *((step, refused(step)) for step in STEPS),
    ("MXF-002", lambda world: world.head(PICTURE, essence="sound")),
    ("MXF-003", lambda world: world.head(SOUND, label_set="interop")),
    ("ENC-001", lambda world: world.head(SOUND, encrypted=True, key_id=uuid.uuid4())),
    ("ENC-002", lambda world: world.asset("MainSound", key_id=uuid.uuid4())),
    ("ENC-002", both(with_key, lambda world: world.head(PICTURE, key_id=uuid.uuid4()))),
    ("ENC-003", with_key),
    ("ENC-004", with_key),
    ("ENC-005", with_key),
    (
        "ENC-104",
        both(
            lambda world: world.head(PICTURE, encrypted=True, key_id=uuid.UUID(int=5)),
            lambda world: world.head(SOUND, encrypted=True, key_id=uuid.UUID(int=5)),
        ),
    ),
    ("KDM-002", lambda world: setattr(world, "kdms", (replace(KDM, not_valid_after=NOW - timedelta(1)),))),
    ("KDM-003", lambda world: setattr(world, "kdms", (replace(KDM, not_valid_before=NOW + timedelta(1)),))),
    ("KDM-005", lambda world: setattr(world, "kdms", (replace(KDM, cpl_id=uuid.uuid4()),))),
    ("KDM-010", both(with_key, lambda world: setattr(world, "kdms", (KDM,)))),
    ("J2K-029", lambda world: world.passes.update({PICTURE: TrackPass(None, 239, True, False, None, None)})),
]
