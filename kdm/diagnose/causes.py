"""The table of causes: what can be said once KDMs, certificate and clock are seen together.

The texts are in the catalogue (`cause.NAME`, `note.NAME` of what is said beside the cause); an entry has the
step of the checklist at which a server fails for it, and `like`, the refusal of `kdm.refusals` by which it
does so.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcp.texts.catalogue import Language, Text, say
from dcp.trust.refusals import Entry, Finding, ServerCode, by_name
from kdm.refusals import REFUSALS

PLAYS = frozenset({"should-play", "no-kdm-needed"})
"""The causes that are good news."""

_TABLE = (
    Entry("cause.should-play", "", ()),
    Entry("cause.no-kdm-needed", "", ()),
    Entry("cause.certificate-file", "", ()),
    Entry("cause.certificate-of-authority", "", ()),
    Entry("cause.certificate-of-signer", "", ()),
    Entry("cause.certificate-of-other-device", "", ()),
    Entry("cause.playlist-file", "", ()),
    Entry("cause.no-kdm-among-files", "", ()),
    Entry("cause.archive-damaged", "", ()),
    Entry("cause.mail-without-kdm", "", ()),
    Entry("cause.no-kdm", "", ()),
    Entry("cause.no-kdm-for-composition", "", ()),
    Entry("cause.re-export", "", ("KDM-118", "KDM-005"), like="package-made-again"),
    Entry("cause.other-version", "", ("KDM-005",), like="other-playlist"),
    Entry("cause.another-screen", "", ("KDM-106",), like="other-device"),
    Entry("cause.old-certificate", "", ("KDM-106",), like="other-certificate"),
    Entry("cause.dkdm", "", ("KDM-106",), like="other-device"),
    Entry("cause.expired", "", ("KDM-002",), like="window-ended"),
    Entry("cause.expired-by-time-zone", "", ("KDM-002",), like="window-ended"),
    Entry("cause.expired-at-midnight", "", ("KDM-002",), like="window-ended"),
    Entry("cause.not-begun", "", ("KDM-003",), like="window-not-begun"),
    Entry("cause.not-begun-by-time-zone", "", ("KDM-003",), like="window-not-begun"),
    Entry("cause.not-begun-at-midnight", "", ("KDM-003",), like="window-not-begun"),
    Entry("cause.clock-behind", "", ("KDM-003",), like="window-not-begun"),
    Entry("cause.device-certificate-expired", "", ("KDM-104",)),
    Entry("cause.device-certificate-not-begun", "", ("KDM-104",)),
)

CAUSES: Mapping[str, Entry] = by_name(_TABLE)
"""The entries by their names."""


def cause(name: str, **places: object) -> Finding:
    """A cause with its places filled. KeyError for an unknown name, which the tests of the table rule out."""
    entry = CAUSES[name]
    step = entry.steps[0] if entry.steps else ""
    return Finding(entry, step, "warn" if name in PLAYS else "fail", places)


def kind_text(kind: str) -> Text:
    """What a file is that is none of those asked for."""
    return Text(f"file-kind.{kind}")


def note_text(name: str, places: Mapping[str, object], language: Language) -> str:
    """What is said beside the cause."""
    return say(f"note.{name}", places, language)


def codes_of(finding: Finding) -> tuple[ServerCode, ...]:
    """What common servers show: the refusal's own codes; for a cause those of the refusal that it is like."""
    like = finding.entry.like
    return REFUSALS[like].codes if like else finding.codes
