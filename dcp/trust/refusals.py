"""Refusals: what stands beside their words, and the entries of the rules of chains and signatures.

The words are in the catalogue of texts (`dcp.texts`), under the entry's id: what is wrong with its places,
what that means for whoever stands in the projection room, and what to do. Here is which steps say it, and
what common servers show for the same thing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal, get_args

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, entries, places_of, say
from dcp.trust.step import Result


def results(language: Language) -> Mapping[Result, str]:
    """The word for how a step came out, by its result, all of one width on a terminal."""
    words = {result: say(f"result.{result}", language=language) for result in get_args(Result)}
    widest = max(map(_width, words.values()))
    return {result: word + " " * (widest - _width(word)) for result, word in words.items()}


def _width(word: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in word)


@dataclass(frozen=True)
class ServerCode:
    """What a server shows: `code`, its number or "", and `words`, its own. `source`: where that stands."""

    server: str
    code: str
    words: str
    source: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.server, self.code) if part) + f": {self.words}"


@dataclass(frozen=True)
class Entry:
    """One refusal or doubt. id: its texts in the catalogue. steps: those of the checklist that say it.

    group: the heading of the guide that it stands under. doubt: it never refuses, it warns. like: the name of
    the entry of another table that a server shows for it.
    """

    id: str
    group: str
    steps: tuple[str, ...]
    codes: tuple[ServerCode, ...] = ()
    doubt: bool = False
    like: str = ""

    @property
    def name(self) -> str:
        """The stable name that scripts see."""
        return self.id.rpartition(".")[2]

    @property
    def places(self) -> frozenset[str]:
        """The names of what the code has to hand over."""
        return places_of(entries("en")[self.id]["text"])

    def meaning(self, language: Language = "en") -> str:
        """What it means, in one plain sentence."""
        return say(self.id, language=language, part="meaning")

    def remedy(self, language: Language = "en") -> str:
        """What to do about it."""
        return say(self.id, language=language, part="remedy")


@dataclass(frozen=True)
class Finding:
    """An entry with its places filled: one thing that is wrong, or doubtful, with one message."""

    entry: Entry
    step: str
    result: Literal["fail", "warn"]
    places: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def codes(self) -> tuple[ServerCode, ...]:
        return self.entry.codes

    def text(self, language: Language = "en") -> str:
        """What is wrong, with the values of this case."""
        return say(self.entry.id, self.places, language)

    def meaning(self, language: Language = "en") -> str:
        """What that means, in one plain sentence."""
        return self.entry.meaning(language)

    def remedy(self, language: Language = "en") -> str:
        """What to do about it."""
        return self.entry.remedy(language)


def by_name(table: Iterable[Entry]) -> Mapping[str, Entry]:
    """The entries of a table by their names, in its order."""
    return {entry.name: entry for entry in table}


# --- what servers show, as far as it is published -----

BARCO_ICMP = "Barco ICMP service manual R5906594 (2016), chapter 4"
BARCO_LOG = "log of a Barco ICMP, github.com/cth103/dcpomatic issue 8"
DOLBY_DSS220 = "Dolby DSS220 Digital Cinema System Manual, appendix B"
DOREMI_IMS1000 = "Doremi IMS1000 User Manual IMS.OM.002949, Content Manager"

_BARCO = {
    "10924": "player - invalid CPL signature - cannot play",
    "10925": "player - invalid CPL signer chain - cannot play",
    "10926": "player - invalid CPL envelopped digest - cannot play",
    "10936": "player - invalid KDM signature - KDM rejected",
    "10937": "player - asset keys invalid match in the KDM - KDM rejected",
    "10938": "player - invalid trusted device list in the KDM - KDM rejected",
    "10939": "player - missing trusted device list in the KDM - KDM rejected",
    "10940": "player - KDM not matching the IMB certificate - KDM rejected",
    "10977": "player - invalid key envelopped digest - key rejected",
    "10978": "player - asset keys invalid match in the key - key rejected",
    "10979": "player - invalid trusted device list in the key - key rejected",
    "10980": "player - missing trusted device list in the key - key rejected",
    "10981": "player - key not matching the IMB certificate - key rejected",
}
_DOLBY = {
    1: "verify correct dates and time, in UTC",
    2: "verify the media block's serial number: the KDM is for the wrong server",
    3: "verify the media block's hash: the KDM is generated from the wrong certificate",
    4: "verify that the KDM is generated for the correct content",
}


def barco(*codes: str) -> tuple[ServerCode, ...]:
    """Codes of a Barco ICMP."""
    return tuple(ServerCode("Barco ICMP", code, _BARCO[code], BARCO_ICMP) for code in codes)


def barco_log(*words: str) -> tuple[ServerCode, ...]:
    """What a Barco ICMP writes to its log, without a code."""
    return tuple(ServerCode("Barco ICMP", "", each, BARCO_LOG) for each in words)


def dolby(*numbers: int) -> tuple[ServerCode, ...]:
    """Items of appendix B of the Dolby DSS220's manual."""
    return tuple(
        ServerCode("Dolby DSS220", f"appendix B, {number}", _DOLBY[number], DOLBY_DSS220)
        for number in numbers
    )


def doremi(*words: str) -> tuple[ServerCode, ...]:
    """Headings of the content manager of a Doremi or Dolby IMS1000."""
    return tuple(ServerCode("Doremi/Dolby IMS1000", "", each, DOREMI_IMS1000) for each in words)


# --- the rules of chains and signatures -----

GROUPS = ("signature", "chain", "certificate")
"""The headings of the guide, in order."""

_CODES = {"SIG-001": barco("10924", "10936"), "SIG-009": barco("10925")}
_SIGNATURE = tuple(f"SIG-{number:03}" for number in range(1, 8))
_CHAIN = tuple(f"SIG-{number:03}" for number in range(8, 15))
_CERTIFICATE = tuple(f"CER-{number:03}" for number in range(1, 24))

RULES: Mapping[str, Entry] = {
    id: Entry(id, group, (id,), _CODES.get(id, ()))
    for group, ids in zip(GROUPS, (_SIGNATURE, _CHAIN, _CERTIFICATE), strict=True)
    for id in ids
}
"""The entries of the rules, by their ids (`CER-005`, `SIG-009`)."""
