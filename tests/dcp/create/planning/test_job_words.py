"""The words of a job: read before any work, the flag named that is wrong; and the title they make."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from packages_packed import NOW, facts

from dcp.create.job.values import Composition, PictureTrack, Reel
from dcp.create.planning.words import read_words, titled
from dcp.errors import UsageError

RATE = Fraction(24)
FILM = Composition((Reel(PictureTrack(Path("a.mov"))),), "The Film")


def test_every_word_is_read() -> None:
    words = read_words(
        replace(
            FILM,
            kind="TLR",
            markers=(("FFEC", "00:00:01:00"),),
            ratings=(("MPAA", "PG"),),
            territory="GB",
            studio="a24",
            facility="yma",
        ),
        RATE,
    )
    assert (words.kind.value, words.markers) == ("trailer", (("FFEC", 24),))
    assert words.ratings[0].label == "PG"
    assert words.territory is not None and words.territory.code == "UK"
    assert (words.studio, words.facility) == ("A24", "YMA")
    assert [one.id for one in words.advice] == ["advice.code-former"]


@pytest.mark.parametrize(
    ("change", "flag", "id"),
    [
        ({"kind": "filmm"}, "--kind", "kind.unknown"),
        ({"markers": (("FFXX", "1"),)}, "--marker", "marker.unknown"),
        ({"markers": (("FFEC", "1:2"),)}, "--marker", "timecode.form"),
        ({"ratings": (("MPPA", "PG"),)}, "--rating", "rating.unknown-near"),
        ({"territory": "Atlantis"}, "--territory", "territory.unknown"),
        ({"studio": "A Studio"}, "--studio", "name.code-form"),
        ({"facility": "F"}, "--facility", "name.code-form"),
    ],
)
def test_a_wrong_word_names_its_flag(change: dict[str, Any], flag: str, id: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_words(replace(FILM, **change), RATE)
    assert (caught.value.where, caught.value.id) == (flag, id)
    assert caught.value.remedy


def test_the_title_as_it_is_given() -> None:
    made = titled(FILM, read_words(FILM, RATE), facts(title=""), now=NOW)
    assert (made.facts.title, made.facts.full_title, made.decisions) == ("The Film", None, ())


def test_the_title_by_the_convention() -> None:
    wanted = replace(FILM, name="auto", studio="A24", facility="DLX")
    made = titled(wanted, read_words(wanted, RATE), facts(title=""), now=NOW)
    assert made.facts.title == "TheFilm_TST-1_F_XX-XX_51_2K_A24_20280601_DLX_SMPTE_OV"
    assert made.facts.full_title == "The Film"
    assert [one.id for one in made.decisions] == ["plan.name", "plan.name-left-out"]
