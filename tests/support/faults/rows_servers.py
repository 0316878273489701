"""What public sources say of servers, where no other rule finds the same."""

from __future__ import annotations

from faults.changes import edit
from faults.rows import Fault, Good

FAULTS = [
    Fault(
        "QC-005",
        "smpte",
        edit("cpl", "<EditRate>24 1</EditRate>", "<AnnotationText/><EditRate>24 1</EditRate>"),
        note="empty-annotation",
    ),
]
GOOD: list[Good] = []
