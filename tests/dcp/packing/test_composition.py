"""A playlist of facts: what it says in each standard, and what no playlist can say."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages_packed import FIVE_ONE, NOW, facts

from dcp.documents.cpl import MARKER_LABELS, CompositionPlaylist, Rating, write_cpl
from dcp.documents.cpl_reading import parse_cpl
from dcp.errors import UsageError
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts, SoundForm, replayed
from dcp.packing.kinds import kind_of
from dcp.packing.markers import by_reel
from dcp.packing.metadata import DBOX, HDR, outside_bv21, profile_decision
from dcp.packing.registries import territory


def track(length: int = 48, **more: Any) -> PlayedTrack:
    return PlayedTrack(uuid.uuid4(), length, sha1=bytes(20), **more)


def reel(length: int = 48) -> ReelFacts:
    return ReelFacts(track(length), track(length))


def made(film: CompositionFacts) -> CompositionPlaylist:
    """The playlist, as it is read again."""
    return parse_cpl(write_cpl(composition(film, id=uuid.uuid4(), now=NOW)), where="cpl")


def refused(film: CompositionFacts) -> str:
    with pytest.raises(UsageError) as caught:
        composition(film, id=uuid.uuid4(), now=NOW)
    assert caught.value.remedy and caught.value.say("zh") != caught.value.say("en")
    return f"{caught.value.id}: {caught.value.what}"


def markers(cpl: CompositionPlaylist) -> list[list[tuple[str, int]]]:
    return [[(marker.label, marker.offset) for marker in each.markers] for each in cpl.reels]


class TestMarkers:
    def test_without_a_word_the_first_and_the_last_frame(self) -> None:
        assert markers(made(facts(reel(24), reel(48)))) == [[("FFOC", 1)], [("LFOC", 47)]]

    def test_a_film_of_one_frame_has_both_on_it(self) -> None:
        assert markers(made(facts(reel(1)))) == [[("FFOC", 0), ("LFOC", 0)]]

    def test_those_told_lie_in_the_reel_that_their_frame_falls_in(self) -> None:
        told = (("FFOC", 24), ("FFTC", 47), ("FFEC", 48), ("LFMC", 99))
        cpl = made(facts(reel(48), reel(52), markers=told))
        assert markers(cpl) == [[("FFOC", 24), ("FFTC", 47)], [("FFEC", 0), ("LFMC", 51), ("LFOC", 51)]]

    def test_a_reel_that_plays_a_stretch_counts_what_it_plays(self) -> None:
        part = ReelFacts(track(100, entry_point=10, duration=30), track(100, entry_point=10, duration=30))
        assert markers(made(facts(part, reel(40), markers=(("FFEC", 30),)))) == [
            [("FFOC", 1)],
            [("FFEC", 0), ("LFOC", 39)],
        ]

    @given(
        st.lists(st.integers(1, 50), min_size=1, max_size=6),
        st.dictionaries(st.sampled_from(MARKER_LABELS), st.integers(0, 400)),
    )
    def test_each_is_found_again_at_its_frame(self, lengths: list[int], told: dict[str, int]) -> None:
        inside = {label: frame for label, frame in told.items() if frame < sum(lengths)}
        starts = [sum(lengths[:number]) for number in range(len(lengths))]
        found = [
            (marker.label, start + marker.offset)
            for start, length, reel in zip(starts, lengths, by_reel(inside, lengths), strict=True)
            for marker in reel
            if 0 <= marker.offset < length
        ]
        assert sorted(found) == sorted(inside.items())

    def test_interop_has_those_that_are_told_alone(self) -> None:
        assert markers(made(facts(reel(), standard="interop"))) == [[]]
        assert markers(made(facts(reel(), standard="interop", markers=(("FFEC", 5),)))) == [[("FFEC", 5)]]

    def test_beyond_the_end(self) -> None:
        said = refused(facts(reel(48), markers=(("FFEC", 48),)))
        assert said.startswith("marker.beyond") and "FFEC" in said and "48 frames" in said

    @pytest.mark.parametrize(
        "told",
        [
            {"FFEC": 30, "LFEC": 20},
            {"FFOC": 10, "FFTC": 5},
            {"LFOC": 30, "FFMC": 40},
            {"FFEC": 20, "FFMC": 10},
            {"LFEC": 20, "LFMC": 30},
        ],
        ids=str,
    )
    def test_in_the_wrong_order(self, told: dict[str, int]) -> None:
        assert refused(facts(reel(48), markers=tuple(told.items()))).startswith("marker.order")

    def test_a_ratings_band_stands_before_the_content(self) -> None:
        told = (("FFOB", 0), ("LFOB", 9), ("FFOC", 10))
        assert markers(made(facts(reel(48), markers=told)))[0][:3] == [("FFOB", 0), ("LFOB", 9), ("FFOC", 10)]


class TestMetadata:
    def test_it_has_what_is_known(self) -> None:
        cpl = made(
            facts(
                reel(),
                full_title="The Film",
                version_number=3,
                status="temp",
                territory=territory("UK"),
                chain="A",
                distributor="B",
                facility="C",
                luminance=Decimal("14"),
                subtitle_languages=("fr", "zh-Hans"),
            )
        )
        metadata = cpl.metadata
        assert metadata is not None
        assert metadata.full_content_title_text == "The Film"
        assert (metadata.version_number, metadata.version_status) == (3, "temp")
        assert (metadata.release_territory, metadata.release_territory_scope) == ("GB", None)
        assert (metadata.chain, metadata.distributor, metadata.facility) == ("A", "B", "C")
        assert (metadata.luminance, metadata.luminance_units) == ("14", "foot-lambert")
        assert metadata.main_sound_configuration == "51/L,R,C,LFE,Ls,Rs"
        assert metadata.main_sound_sample_rate == 48_000
        assert metadata.main_subtitle_language_list == ("fr", "zh-Hans")

    def test_a_territory_of_the_registry_alone_has_its_scope(self) -> None:
        metadata = made(facts(reel(), territory=territory("UKI"))).metadata
        assert metadata is not None
        assert metadata.release_territory == "901"
        assert metadata.release_territory_scope == "https://isdcf.com/ns/cplmd/territories"

    def test_interop_has_none(self) -> None:
        assert made(facts(reel(), standard="interop")).metadata is None

    def test_hdr_is_declared(self) -> None:
        metadata = made(facts(reel(), hdr=True)).metadata
        assert metadata is not None
        assert metadata.extension_metadata_list == (HDR,)

    def test_motion_and_sign_language_are_declared(self) -> None:
        sound = SoundForm("51", (*FIVE_ONE, "HI", "VIN", None, None, "DBOX", None, None, None, "SLVS", None))
        metadata = made(facts(reel(), sound=sound, sign_language="bzs")).metadata
        assert metadata is not None
        assert DBOX in metadata.extension_metadata_list
        assert ("Language Tag", "bzs") in [
            each for extension in metadata.extension_metadata_list for each in extension.property_list
        ]

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"stored": (1920, 1080)}, "profile.size"),
            ({"rate": Fraction(30)}, "profile.rate"),
            ({"stereo": True, "rate": Fraction(48)}, "profile.rate"),
            ({"stereo": True, "stored": (3996, 2160)}, "profile.stereo-4k"),
            ({"stored": (3996, 2160), "rate": Fraction(25)}, "profile.rate"),
            ({"hdr": True}, "profile.hdr"),
            ({"kind": kind_of("feature")}, "profile.markers"),
            ({"kind": kind_of("feature"), "markers": (("FFEC", 1),)}, "profile.markers"),
            ({"sound": SoundForm("51", FIVE_ONE, sample_rate=96_000)}, "profile.sample-rate"),
            ({"reels": (ReelFacts(track()),)}, "profile.no-sound"),
            ({"reels": (ReelFacts(track(), track(key_id=uuid.uuid4())),)}, "profile.mixed"),
            ({"reels": (ReelFacts(replace(track(), sha1=None), track()),)}, "profile.no-hash"),
            (
                {"reels": (ReelFacts(track(), track(), (track(kind="MainSubtitle"),)), reel())},
                "profile.text-in-some",
            ),
            ({"standard": "interop"}, "profile.interop"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_the_profile_is_declared_where_it_holds(self, change: dict[str, Any], why: str) -> None:
        film = facts(reel())
        assert outside_bv21(film) == ()
        metadata = made(film).metadata
        assert metadata is not None and metadata.application_profile == "SMPTE-RDD-52:2020-Bv2.1"
        outside = replace(film, **change)
        assert [reason.id for reason in outside_bv21(outside)] == [why]
        metadata = made(outside).metadata
        assert metadata is None or metadata.application_profile is None

    def test_a_plan_says_so(self) -> None:
        (kept,) = profile_decision(facts(reel()))
        assert kept.id == "plan.profile"
        (not_kept,) = profile_decision(facts(reel(), kind=kind_of("feature"), rate=Fraction(30)))
        assert "30 frames" in str(not_kept) and "FFEC and FFMC" in str(not_kept)
        assert "正片" in not_kept.say("zh")
        assert profile_decision(facts(reel(), standard="interop")) == ()


class TestTracks:
    def test_stereo_has_twice_the_frames(self) -> None:
        for standard in ("smpte", "interop"):
            (only,) = made(facts(reel(), standard=standard, stereo=True)).reels
            picture = only.picture
            assert picture is not None and picture.kind == "MainStereoscopicPicture"
            assert (picture.edit_rate, picture.frame_rate) == (24, 48)

    def test_the_aspect_ratio_is_written_as_the_standard_does(self) -> None:
        ratios = []
        for standard in ("smpte", "interop"):
            (only,) = made(facts(reel(), standard=standard, stored=(2048, 858))).reels
            assert only.picture is not None
            ratios.append(only.picture.screen_aspect_ratio)
        assert ratios == ["2048 858", "2.39"]

    def test_the_language_of_the_sound_stands_by_it(self) -> None:
        (only,) = made(facts(reel(), sound=SoundForm("51", FIVE_ONE, language="de-AT"))).reels
        assert only.sound is not None and only.sound.language == "de-AT"

    def test_a_version_refers_to_what_its_original_plays(self) -> None:
        original = made(facts(reel(96)))
        assets = original.reels[0].assets
        again = ReelFacts(*(replayed(asset) for asset in assets if asset.is_track_file))
        (only,) = made(facts(again)).reels
        assert [asset for asset in only.assets if asset.is_track_file] == [
            asset for asset in assets if asset.is_track_file
        ]

    @pytest.mark.parametrize(("entry", "duration"), [(40, 9), (48, None), (-1, 5), (0, 0), (0, 49)])
    def test_a_stretch_that_the_file_does_not_have(self, entry: int, duration: int | None) -> None:
        part = ReelFacts(track(48, entry_point=entry, duration=duration))
        assert refused(facts(part)).startswith("composition.stretch")

    def test_no_reel_and_no_language(self) -> None:
        assert refused(facts()).startswith("composition.no-reel")
        assert refused(facts(reel(), hdr=True, standard="interop")).startswith("composition.hdr")
        sound = SoundForm("51", FIVE_ONE, language="Klingon language")
        assert "Klingon" in refused(facts(reel(), sound=sound))
        assert refused(facts(reel(), version_number=0)).startswith("composition.version")
        assert refused(facts(reel(), luminance=Decimal(0))).startswith("composition.luminance")


def test_kinds_come_with_their_scope() -> None:
    for said, value, scope in (
        ("FTR", "feature", None),
        ("Short", "short", None),
        ("clp", "clip", "http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata#scope/content-kind"),
        ("episode", "episode", "http://www.smpte-ra.org/schemas/2067-3/2013#content-kind"),
    ):
        cpl = made(facts(reel(), kind=kind_of(said)))
        assert (cpl.content_kind, cpl.content_kind_scope) == (value, scope)


def test_ratings_and_annotation() -> None:
    rating = Rating("http://www.movielabs.com/md/ratings/GB/BBFC/1", "12A")
    cpl = made(facts(reel(), title="Ein Film", ratings=(rating,)))
    assert cpl.rating_list == (rating,)
    assert cpl.annotation_text == cpl.content_title_text == "Ein Film"
    (version,) = cpl.content_versions
    assert version.label_text == "Ein Film 2028-06-01"
