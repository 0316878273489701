"""The table of what a KDM can be refused for: one entry for each branch of the checklist.

The entries' names are stable; their texts are in the catalogue (`refusal.NAME`, `note.NAME` of what is
skipped), and the step that names an entry fills its places. `make docs` makes docs/refusals.md from them.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcp.texts.catalogue import Language, say
from dcp.trust.refusals import Entry, Finding, barco, barco_log, by_name, dolby, doremi

GROUPS = ("time", "device", "film", "file", "signer", "playlist", "devices", "marking", "inside")
"""The headings of the guide, in order."""

_OUTSIDE = "uploadKdm error: valdidity window outside signer range"  # sic
_CHAIN = "player - invalid key signer chain - key rejected"

_TABLE = (
    Entry("refusal.window-ended", "time", ("KDM-002",), codes=(*doremi("Expired KDMs"), *dolby(1))),
    Entry("refusal.window-just-ended", "time", ("KDM-002",), codes=(*doremi("Expired KDMs"), *dolby(1))),
    Entry("refusal.window-not-begun", "time", ("KDM-003",), codes=(*doremi("Not yet valid KDMs"), *dolby(1))),
    Entry("refusal.window-reversed", "time", ("KDM-004",)),
    Entry("refusal.date-unreadable", "time", ("KDM-004",)),
    Entry("refusal.issued-outside-signer", "time", ("KDM-103",)),
    Entry("refusal.window-outside-signer", "time", ("KDM-103",), codes=barco_log(_OUTSIDE, _CHAIN)),
    Entry("refusal.window-outside-recipient", "time", ("KDM-104",), doubt=True),
    Entry("refusal.other-device", "device", ("KDM-106",), codes=(*barco("10940", "10981"), *dolby(2))),
    Entry("refusal.other-certificate", "device", ("KDM-106",), codes=(*barco("10940", "10981"), *dolby(3))),
    Entry("refusal.other-key", "device", ("KDM-106",), codes=barco("10940", "10981")),
    Entry("refusal.plus-not-escaped", "device", ("KDM-106",), doubt=True),
    Entry("refusal.blocks-closed", "device", ("KDM-009",)),
    Entry("refusal.key-for-another", "device", ("KDM-113",)),
    Entry("refusal.package-made-again", "film", ("KDM-005",), codes=(*barco("10937"), *dolby(4))),
    Entry("refusal.other-playlist", "film", ("KDM-005",), codes=dolby(4)),
    Entry("refusal.playlist-id-unreadable", "film", ("KDM-005",)),
    Entry("refusal.keys-missing", "film", ("KDM-010",), codes=barco("10937", "10978")),
    Entry("refusal.keys-of-another", "film", ("KDM-010",), codes=barco("10937", "10978")),
    Entry("refusal.keys-unused", "film", ("KDM-010",), doubt=True),
    Entry("refusal.title-differs", "film", ("KDM-117",), doubt=True),
    Entry("refusal.key-type-unfit", "film", ("KDM-112",)),
    Entry("refusal.key-type-unknown", "film", ("KDM-112",), doubt=True),
    Entry("refusal.key-type-unscoped", "film", ("KDM-112",), doubt=True),
    Entry("refusal.key-scope-unknown", "film", ("KDM-112",), doubt=True),
    Entry("refusal.not-a-kdm", "file", ("KDM-001",)),
    Entry("refusal.interop-format", "file", ("KDM-001",)),
    Entry("refusal.unreadable", "file", ("KDM-001",)),
    Entry("refusal.signature", "file", ("KDM-101",), codes=barco("10936", "10977")),
    Entry("refusal.message-type", "file", ("KDM-115",)),
    Entry("refusal.signature-method", "file", ("KDM-115",)),
    Entry("refusal.key-algorithm", "file", ("KDM-113",)),
    Entry("refusal.key-digest", "file", ("KDM-113",)),
    Entry("refusal.key-parameter", "file", ("KDM-113",)),
    Entry("refusal.key-length", "file", ("KDM-113",)),
    Entry("refusal.key-unreadable", "file", ("KDM-113",)),
    Entry("refusal.too-many-keys", "file", ("KDM-114",)),
    Entry("refusal.keys-beyond-reading", "file", ("KDM-114",)),
    Entry("refusal.signer-unknown", "signer", ("KDM-102",)),
    Entry("refusal.signer-chain", "signer", ("KDM-102",), codes=barco_log(_CHAIN)),
    Entry("refusal.signer-doubtful", "signer", ("KDM-102",), doubt=True),
    Entry("refusal.root-not-trusted", "signer", ("SIG-014",)),
    Entry("refusal.playlist-signature", "playlist", ("SIG-001",), codes=barco("10924", "10926")),
    Entry("refusal.playlist-unsigned", "playlist", ("SIG-001",)),
    Entry("refusal.playlist-not-signed", "playlist", ("SIG-001",), doubt=True),
    Entry("refusal.playlist-chain", "playlist", ("SIG-009",), codes=barco("10925")),
    Entry("refusal.playlist-root-not-trusted", "playlist", ("SIG-014",)),
    Entry("refusal.playlist-of-nobody", "playlist", ("SIG-014",)),
    Entry("refusal.authenticator-unreadable", "playlist", ("KDM-007",)),
    Entry("refusal.authenticator-unsigned", "playlist", ("KDM-120",)),
    Entry("refusal.authenticator-other", "playlist", ("KDM-120",)),
    Entry("refusal.authenticator-stripped", "playlist", ("KDM-120",)),
    Entry("refusal.authenticator-ineligible", "playlist", ("KDM-120",), doubt=True),
    Entry("refusal.formulation-unknown", "playlist", ("KDM-121",), doubt=True),
    Entry("refusal.formulation-unfit", "playlist", ("KDM-121",), doubt=True),
    Entry("refusal.no-device-list", "devices", ("KDM-001",), codes=barco("10939", "10980")),
    Entry("refusal.thumbprint-unreadable", "devices", ("KDM-006",), codes=barco("10938", "10979")),
    Entry("refusal.devices-not-listed", "devices", ("KDM-130",)),
    Entry("refusal.devices-stripped", "devices", ("KDM-130",)),
    Entry("refusal.devices-unknown", "devices", ("KDM-130",), doubt=True),
    Entry("refusal.assume-trust-mixed", "devices", ("KDM-008",), doubt=True),
    Entry("refusal.channel-limits-conflict", "marking", ("KDM-116",)),
    Entry("refusal.channel-limit-range", "marking", ("KDM-116",)),
    Entry("refusal.flag-unknown", "marking", ("KDM-116",), doubt=True),
    Entry("refusal.block-structure", "inside", ("KDM-107",)),
    Entry("refusal.blocks-interop", "inside", ("KDM-107",), doubt=True),
    Entry("refusal.block-signer", "inside", ("KDM-108",)),
    Entry("refusal.block-signer-stripped", "inside", ("KDM-108",)),
    Entry("refusal.block-playlist", "inside", ("KDM-110",)),
    Entry("refusal.block-date", "inside", ("KDM-109",)),
    Entry("refusal.block-window", "inside", ("KDM-109",)),
    Entry("refusal.key-listed-twice", "inside", ("KDM-111",)),
    Entry("refusal.key-counts", "inside", ("KDM-111",)),
    Entry("refusal.key-enclosed-twice", "inside", ("KDM-111",)),
    Entry("refusal.key-not-listed", "inside", ("KDM-111",)),
    Entry("refusal.mic-key-alone", "inside", ("KDM-111",)),
    Entry("refusal.block-key-type", "inside", ("KDM-112",)),
    Entry("refusal.key-types-differ", "inside", ("KDM-112",)),
)

REFUSALS: Mapping[str, Entry] = by_name(_TABLE)
"""The entries by their names."""

_OF_KDMS = {"SIG-001": "SIG-001.playlist", "SIG-009": "SIG-009.playlist", "SIG-014": "SIG-014.signer"}


def finding(name: str, step: str, result: str, places: Mapping[str, object]) -> Finding:
    """One refusal or doubt of a step. KeyError for an unknown name, which the tests of the table rule out."""
    return Finding(REFUSALS[name], step, "fail" if result == "fail" else "warn", places)


def text(name: str, places: Mapping[str, object], language: Language = "en") -> str:
    """What a refusal or a note says, its places filled."""
    return say(f"refusal.{name}" if name in REFUSALS else f"note.{name}", places, language)


def title(step: str, language: Language = "en") -> str:
    """What a step of the checklist asks."""
    return say(_OF_KDMS.get(step, step), language=language, part="title")
