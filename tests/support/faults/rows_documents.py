"""What is wrong in the documents: asset map, packing list, playlist."""

from __future__ import annotations

from faults.changes import added, bytes_at, edit, gone, rewrite
from faults.rows import Fault, Good

FAULTS = [
    Fault("PKL-006", "smpte", bytes_at("sound1", 100_000, b"\x00\x01"), repaired=False),
    Fault("PKG-008", "smpte", added("notes.txt", b"x")),
    Fault("AM-010", "smpte", gone("sound2")),
    Fault("PKL-012", "smpte", rewrite("pkl", "<IssueDate>2026", "<IssueDate>2031")),
    Fault(
        "SIG-001", "encrypted", edit("cpl", "<Issuer>dcpkit", "<Issuer>nobody"), ("PKL-007",), repaired=False
    ),
]
GOOD = [
    Good("comment", "smpte", rewrite("cpl", "(<ContentTitleText>)", r"<!-- kept -->\1")),
    Good("signed-again", "encrypted", rewrite("pkl", "(<Issuer>)", r"<!-- kept -->\1")),
]
