"""Words that people give: kinds, markers, timecodes, territories, ratings, codes; and what is near them."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import registries as published

from dcp.documents.cpl import Rating
from dcp.errors import UsageError
from dcp.packing.kinds import KINDS, kind_of
from dcp.packing.markers import read_markers
from dcp.packing.ratings import labels_in, read_ratings
from dcp.packing.registries import company, language_code, language_of, territory

FILM = Fraction(24)


def refused(what: Callable[[], object]) -> tuple[str, str]:
    """The id and the English words, when the words have a remedy and a place."""
    with pytest.raises(UsageError) as caught:
        what()
    error = caught.value
    assert error.remedy and error.say_remedy("zh") and error.where == "here"
    return str(error.id), error.what


class TestKinds:
    def test_every_kind_by_name_and_code(self) -> None:
        for kind in KINDS:
            assert kind_of(kind.value.upper()) == kind_of(kind.code.lower()) == kind

    def test_one_that_is_near_is_named(self) -> None:
        for said, near in (("featur", "feature (FTR)"), ("SHO", "SHR"), ("trailler", "trailer")):
            id, words = refused(lambda said=said: kind_of(said, where="here"))  # type: ignore[misc]
            assert id == "kind.unknown-near" and near in words
        assert refused(lambda: kind_of("zzzzzz", where="here"))[0] == "kind.unknown"


class TestMarkers:
    def test_by_timecode_and_frame(self) -> None:
        said = (("ffec", "00:00:02:00"), ("FFMC", "50"))
        assert read_markers(said, FILM) == (("FFEC", 48), ("FFMC", 50))

    def test_unknown_and_twice(self) -> None:
        id, words = refused(lambda: read_markers([("FFEX", "1")], FILM, where="here"))
        assert id == "marker.unknown-near" and "FFEC" in words
        assert refused(lambda: read_markers([("abc", "1")], FILM, where="here"))[0] == "marker.unknown"
        twice = [("FFEC", "1"), ("ffec", "2")]
        assert refused(lambda: read_markers(twice, FILM, where="here"))[0] == "marker.twice"
        assert refused(lambda: read_markers([("FFEC", "x")], FILM, where="here"))[0] == "timecode.form"


class TestTerritories:
    def test_by_code_and_by_tag(self) -> None:
        assert territory("uk") == territory("GB")
        assert (territory("INT").tag, territory("CN").tag) == ("001", "CN")

    def test_unknown(self) -> None:
        assert refused(lambda: territory("§§", where="here"))[0] == "territory.unknown"
        id, words = refused(lambda: territory("USX", where="here"))
        assert id == "territory.unknown-near" and "US" in words


class TestRatings:
    def test_by_name_and_by_uri(self) -> None:
        ratings, advice = read_ratings([("mpaa", "PG-13"), ("http://example.org/ratings", "12")])
        assert ratings == (
            Rating("http://www.movielabs.com/md/ratings/US/MPAA/2", "PG-13"),
            Rating("http://example.org/ratings", "12"),
        )
        assert advice == ()
        assert labels_in("US", ratings) == "PG13"
        assert labels_in("DE", ratings) is None

    def test_a_label_that_the_agency_does_not_give(self) -> None:
        ratings, (advice,) = read_ratings([("FSK", "13")])
        assert ratings[0].label == "13"
        assert advice.id == "advice.rating" and "12, 16" in str(advice)

    def test_what_is_none(self) -> None:
        for said, id in (
            ([("MPA", "G")], "rating.unknown-near"),
            ([("@@", "G")], "rating.unknown"),
            ([("Film", "G")], "rating.several"),
            ([("FSK", " ")], "rating.label"),
            ([("FSK", "6"), ("fsk", "12")], "rating.twice"),
        ):
            assert refused(lambda said=said: read_ratings(said, where="here"))[0] == id  # type: ignore[misc]


class TestCompanies:
    def test_known_unknown_former(self) -> None:
        assert company("a24", "studio") == ("A24", ())
        code, (advice,) = company("YMA", "facility")
        assert (code, advice.id) == ("YMA", "advice.code-former") and "EFP" in str(advice)
        code, (advice,) = company("A2Z", "studio")
        assert advice.id == "advice.code-unknown-near" and "A24" in str(advice)

    @pytest.mark.parametrize("said", ["", "A", "ABCDE", "A B", "Ä24"])
    def test_what_has_not_the_form(self, said: str) -> None:
        assert refused(lambda: company(said, "studio", where="here"))[0] == "name.code-form"


class TestLanguages:
    @pytest.mark.parametrize(
        ("tag", "spoken", "code"),
        [
            ("en", True, "EN"),
            ("en-GB", True, "EGB"),
            ("en-KI", True, "EN"),
            ("EN-us", True, "EUS"),
            ("zh-Hans", False, "ZHS"),
            ("zh-Hans", True, "ZH"),
            ("cmn", True, "CMN"),
            ("xx", True, None),
        ],
    )
    def test_codes(self, tag: str, spoken: bool, code: str | None) -> None:
        assert language_code(tag, spoken=spoken) == code

    def test_back_also_from_those_of_earlier_days(self) -> None:
        assert (language_of("GER"), language_of("de"), language_of("QQ")) == ("de", "de", None)


def test_the_table_is_what_the_registries_have(standards: Path) -> None:
    kept = json.loads(published.KEPT.read_bytes())
    assert kept == published.condensed(standards / "registries")
    assert "CC BY 4.0" in kept["attribution"]


def test_the_kinds_are_those_of_the_registry(standards: Path) -> None:
    listed = json.loads((standards / "registries/contenttypes.json").read_bytes())
    standard = "http://www.smpte-ra.org/schemas/429-7/2006/CPL#standard-content"
    assert [(kind.value, kind.code, kind.scope or standard) for kind in KINDS] == [
        (each["cplContentKind"]["value"], each["dcncCode"], each["cplContentKind"]["scope"])
        for each in listed
    ]
