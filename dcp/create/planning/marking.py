"""A forensic mark in every frame of a package: what it says, and who puts it in.

This room knows no carrier and no secret: it is handed what marks a picture, and says when, in which frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dcp.create.planning.pictures import Probed

    Codes: TypeAlias = NDArray[np.uint16]

MarkPictures: TypeAlias = "Callable[[Sequence[Codes], int], Sequence[Codes]]"
"""X'Y'Z' codes, (height, width, 3), of one frame, one eye's or both, and its number in the composition -> the
marked ones, both eyes alike, there or in arrays of their own; on any thread."""


@dataclass(frozen=True)
class Marking:
    """location, time_index: what the mark says. secret: what tells whose it is, never the secret itself.

    marker: gives what marks pictures of a size (width, height) and a rate; UsageError for those that it
    cannot mark.
    """

    location: int
    time_index: int
    secret: str
    marker: Callable[[int, int, Fraction], MarkPictures] = field(repr=False, compare=False)

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {"location": self.location, "time_index": self.time_index, "secret": self.secret}


def check_marking(
    marking: Marking, parts: Sequence[Probed], *, size: tuple[int, int], rate: Fraction, hdr: bool
) -> None:
    """UsageError where a composition of these sources cannot be marked."""
    if hdr:
        raise UsageError("create.mark-hdr", where="--watermark")
    for each in parts:
        if each.part.original is not None:
            raise UsageError("create.mark-of-original", where=each.facts.path)
    marking.marker(*size, rate)


def marked_decisions(decisions: Iterable[Text]) -> list[Text]:
    """What is said of sources, with what becomes of codestreams: they are decoded, and coded again."""
    return [_coded_again(each) for each in decisions]


def about(marking: Marking) -> Text:
    """That the package is marked, and with what."""
    return text(
        "plan.marked",
        location=marking.location,
        time_index=marking.time_index,
        secret=marking.secret,
    )


def _coded_again(said: Text) -> Text:
    note = said.places.get("note")
    if isinstance(note, Text):
        return replace(said, places={**said.places, "note": _coded_again(note)})
    return text("plan.codestreams-marked") if said.id == "plan.codestreams-untouched" else said
