"""How two compositions differ: plain values, for people and for JSON."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, get_args

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text

Kind = Literal["recoded", "different", "undecoded", "incomparable", "only-a", "only-b"]
"""recoded: other codestreams of the same samples; undecoded: other bytes, which were not decoded;
incomparable: pictures of another size, with another number of eyes, or that no decoder takes."""
KINDS: tuple[Kind, ...] = get_args(Kind)
PLAYED: frozenset[Kind] = frozenset(KINDS) - {"recoded"}
"""What is a difference of what is played."""


@dataclass(frozen=True)
class Stated:
    """What the playlists say differently. what: which of their words; reel: from 1, None of the whole."""

    what: str
    a: str | None
    b: str | None
    reel: int | None = None

    def document(self) -> dict[str, object]:
        return {"what": self.what, "reel": self.reel, "a": self.a, "b": self.b}


@dataclass(frozen=True)
class Range:
    """Frames that follow each other and differ in one way. first, last: both included, counted from 0 over
    the composition. psnr: the lowest of them in dB; most: the largest difference of a 12-bit code."""

    first: int
    last: int
    kind: Kind
    psnr: float | None = None
    most: int | None = None

    def document(self) -> dict[str, object]:
        return {
            "first": self.first,
            "last": self.last,
            "kind": self.kind,
            "psnr_db": None if self.psnr is None else round(self.psnr, 2),
            "max_code": self.most,
        }


@dataclass(frozen=True)
class Frames:
    """Units that were held against each other: a picture's frames, or those of auxiliary data.

    compared: frames that both have; same: of equal bytes, `unread` of them in one file that both play.
    ranges: the others. numbers, psnr, most: of each frame whose samples were compared and differ; psnr and
    most of the worse eye where there are two.
    """

    compared: int
    same: int
    unread: int = 0
    ranges: tuple[Range, ...] = ()
    numbers: Sequence[int] = ()
    psnr: Sequence[float] = ()
    most: Sequence[int] = ()

    @property
    def equal(self) -> bool:
        return not any(each.kind in PLAYED for each in self.ranges)

    def count(self, kind: Kind) -> int:
        return sum(each.last - each.first + 1 for each in self.ranges if each.kind == kind)

    @property
    def first(self) -> int | None:
        """The first frame that is not played alike."""
        return next((each.first for each in self.ranges if each.kind in PLAYED), None)

    def document(self) -> dict[str, object]:
        worst = min(self.psnr, default=None)
        return {
            "equal": self.equal,
            "compared": self.compared,
            "same": self.same,
            "same_file": self.unread,
            **{kind.replace("-", "_"): self.count(kind) for kind in KINDS},
            "first": self.first,
            "lowest_psnr_db": None if worst is None else round(worst, 2),
            "max_code": max(self.most, default=None),
            "ranges": [each.document() for each in self.ranges],
            "frames": [
                [number, round(psnr, 2), most]
                for number, psnr, most in zip(self.numbers, self.psnr, self.most, strict=True)
            ],
        }


@dataclass(frozen=True)
class Samples:
    """A run of sound that differs. first, last: samples from 0 over the composition, both included; peak: the
    largest difference as a 24-bit code; channels: which differ, counted from 1."""

    first: int
    last: int
    peak: int
    channels: tuple[int, ...]

    def document(self) -> dict[str, object]:
        return {
            "first": self.first,
            "last": self.last,
            "max_code": self.peak,
            "max_dbfs": round(dbfs(self.peak), 1),
            "channels": list(self.channels),
        }


@dataclass(frozen=True)
class Sound:
    """Sound held against sound. rate: samples a second; compared, differing: samples of all channels at
    once. only_a, only_b: samples that the other is too short for. why: the reason when nothing was compared.
    """

    rate: int
    channels: tuple[int, int]
    compared: int
    differing: int = 0
    ranges: tuple[Samples, ...] = ()
    only_a: int = 0
    only_b: int = 0
    why: Text | None = None

    @property
    def equal(self) -> bool:
        return not (self.differing or self.only_a or self.only_b or self.why)

    @property
    def peak(self) -> int:
        return max((each.peak for each in self.ranges), default=0)

    def document(self) -> dict[str, object]:
        return {
            "equal": self.equal,
            "sample_rate": self.rate,
            "channels": {"a": self.channels[0], "b": self.channels[1]},
            "compared": self.compared,
            "differing": self.differing,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "max_code": self.peak,
            "max_dbfs": round(dbfs(self.peak), 1) if self.peak else None,
            "ranges": [each.document() for each in self.ranges],
            "why": str(self.why) if self.why is not None else None,
        }


@dataclass(frozen=True)
class Cued:
    """A cue that one side has and the other has not. start, end: seconds of the composition."""

    side: Literal["a", "b"]
    start: Fraction
    end: Fraction
    words: str

    def document(self) -> dict[str, object]:
        return {
            "in": self.side,
            "start": round(float(self.start), 3),
            "end": round(float(self.end), 3),
            "text": self.words,
        }


@dataclass(frozen=True)
class Texts:
    """One text track. kind: as the playlist calls it. documents: whether the documents themselves are alike,
    as canonical XML with all that lies beside them; cues: how many each side shows."""

    kind: str
    language: str | None
    documents: bool
    cues: tuple[int, int]
    differing: tuple[Cued, ...] = ()

    @property
    def equal(self) -> bool:
        return not self.differing

    def document(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "language": self.language,
            "equal": self.equal,
            "same_documents": self.documents,
            "cues": {"a": self.cues[0], "b": self.cues[1]},
            "differing": [each.document() for each in self.differing],
        }


@dataclass(frozen=True)
class Difference:
    """All that two compositions differ in. frames: of each; seconds: of what was compared, first, last: its
    frames, the last included. picture, sound: None where neither has any."""

    ids: tuple[uuid.UUID, uuid.UUID]
    titles: tuple[str, str]
    frames: tuple[int, int]
    rate: Fraction
    first: int
    last: int
    stated: tuple[Stated, ...]
    picture: Frames | None
    sound: Sound | None
    texts: tuple[Texts, ...]
    aux: Frames | None
    decoded: bool
    notes: tuple[Text, ...] = ()

    @property
    def parts(self) -> Mapping[str, bool]:
        """Whether each part of what is played is equal, those that there are."""
        found = {
            "picture": self.picture.equal if self.picture else None,
            "sound": self.sound.equal if self.sound else None,
            "text": all(each.equal for each in self.texts) if self.texts else None,
            "aux": self.aux.equal if self.aux else None,
        }
        return {name: equal for name, equal in found.items() if equal is not None}

    @property
    def equal(self) -> bool:
        """Whether what is played is equal, whatever the documents say beside it."""
        rates = not any(each.what == "rate" for each in self.stated)
        return rates and all(self.parts.values())

    def document(self) -> dict[str, object]:
        """Plain values for JSON."""
        sides = zip("ab", self.ids, self.titles, self.frames, strict=True)
        return {
            "schema": "dcpkit.diff/1",
            "equal": self.equal,
            **{side: {"cpl_id": str(id), "title": title, "frames": n} for side, id, title, n in sides},
            "rate": str(self.rate),
            "compared": {"first": self.first, "last": self.last},
            "decoded": self.decoded,
            "documents": [each.document() for each in self.stated],
            "picture": self.picture.document() if self.picture else None,
            "sound": self.sound.document() if self.sound else None,
            "texts": [each.document() for each in self.texts],
            "aux": self.aux.document() if self.aux else None,
            "notes": [str(note) for note in self.notes],
        }


def dbfs(code: int) -> float:
    """A 24-bit code against full scale."""
    from math import log10

    return 20 * log10(code / 2**23) if code else float("-inf")
