"""Composition playlists: what is written reads back, in both standards, and hostile ones are refused."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.documents import cpl_reading as cpl_module
from dcp.documents import namespaces as ns
from dcp.documents.cpl import (
    CompositionPlaylist,
    ContentVersion,
    Marker,
    Rating,
    Reel,
    ReelAsset,
    cpl_element,
    write_cpl,
)
from dcp.documents.cpl_metadata import (
    BV21_PROFILE,
    Area,
    CompositionMetadata,
    application,
    parse_sound_configuration,
    sound_configuration,
)
from dcp.documents.cpl_reading import parse_cpl
from dcp.documents.describe import describe
from dcp.documents.grammar import violations
from dcp.errors import DcpError, DocumentError
from dcp.xml.node import Faults
from dcp.xml.parse import parse_xml

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)


def playlist(standard: ns.Standard = "smpte") -> CompositionPlaylist:
    """A composition with one of everything."""
    rate = Fraction(24)

    def asset(kind: str, **more: Any) -> ReelAsset:
        return ReelAsset(kind=kind, id=uuid.uuid4(), edit_rate=rate, intrinsic_duration=240, **more)

    picture = {
        "frame_rate": rate,
        "screen_aspect_ratio": "1998 1080" if standard == "smpte" else "1.85",
        "key_id": uuid.uuid4(),
        "hash": bytes(range(20)),
        "entry_point": 24,
        "duration": 120,
    }
    markers = (
        Marker("FFOC", 1),
        Marker("LFOC", 239, annotation_text="the end"),
        Marker("X", 5, scope="urn:x"),
    )
    metadata = CompositionMetadata(
        full_content_title_text="A Title",
        release_territory="US",
        release_territory_scope="urn:territory",
        version_number=2,
        version_status="final",
        chain="C",
        distributor="D",
        facility="F",
        alternate_content_version_list=(("urn:x:1", "one"),),
        luminance="14",
        luminance_units="foot-lambert",
        main_sound_configuration=sound_configuration("51", ["L", "R", "C", "LFE", "Ls", "Rs", None, "VIN"]),
        main_sound_sample_rate=Fraction(48000),
        main_picture_stored_area=Area(1998, 1080),
        main_picture_active_area=Area(1920, 1080),
        main_subtitle_language_list=("en", "de-CH"),
        extension_metadata_list=(application(),),
    )
    common = [
        asset("MainMarkers", marker_list=markers, states_entry_point=False, states_duration=False),
        asset("MainPicture", **picture),
        asset("MainSound", language="en", annotation_text="sound"),
        asset("MainSubtitle", language="de"),
    ]
    if standard == "smpte":
        extra = [
            asset("ClosedCaption", language="en"),
            asset("AuxData", data_type="urn:smpte:ul:060e2b34.04010105.0e090604.00000000"),
            asset(
                "CompositionMetadataAsset", metadata=metadata, states_entry_point=False, states_duration=False
            ),
        ]
        stereo = [asset("MainSound"), asset("MainStereoscopicPicture", **picture)]
    else:
        extra = [asset("MainClosedCaption", language="en")]
        stereo = [asset("MainSound"), asset("MainStereoscopicPicture", **picture)]
    return CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=NOW,
        content_title_text="Title & <more>",
        content_kind="feature",
        content_kind_scope="urn:scope",
        annotation_text="annotation",
        icon_id=uuid.uuid4(),
        issuer="issuer",
        creator="creator",
        content_versions=(ContentVersion("urn:uuid:x", "v1"),),
        rating_list=(Rating("http://agency", "PG"),),
        reels=(
            Reel(uuid.uuid4(), tuple(common + extra), annotation_text="Reel 1"),
            Reel(uuid.uuid4(), tuple(stereo)),
        ),
        standard=standard,
    )


def same(first: CompositionPlaylist, second: CompositionPlaylist) -> bool:
    """Equal up to the namespace that the writer gave to foreign assets."""

    def plain(cpl: CompositionPlaylist) -> CompositionPlaylist:
        reels = tuple(
            replace(reel, assets=tuple(replace(a, namespace=None) for a in reel.assets)) for reel in cpl.reels
        )
        return replace(cpl, reels=reels)

    return plain(first) == plain(second)


@pytest.mark.parametrize("standard", ["smpte", "interop"])
class TestRoundTrip:
    def test_everything_reads_back(self, standard: ns.Standard) -> None:
        cpl = playlist(standard)
        again = parse_cpl(write_cpl(cpl), where="x")
        assert same(again, cpl)
        assert parse_cpl(write_cpl(again), where="x") == again

    def test_what_is_written_keeps_the_schema(self, standard: ns.Standard) -> None:
        assert violations(cpl_element(playlist(standard))) == []

    def test_it_can_be_described(self, standard: ns.Standard) -> None:
        facts = describe(playlist(standard))
        assert isinstance(facts, dict)
        assert facts["standard"] == standard
        assert facts["reels"][0]["assets"][1]["edit_rate"] == "24 1"


def test_foreign_elements_travel_along() -> None:
    data = write_cpl(playlist())
    data = data.replace(b"</AssetList>", b'<z:Z xmlns:z="urn:z"><z:Q a="1">t</z:Q></z:Z></AssetList>', 1)
    cpl = parse_cpl(data, where="x")
    assert [other.name for other in cpl.reels[0].others] == ["Z"]
    again = parse_cpl(write_cpl(cpl), where="x")
    assert again == cpl
    assert b'<z:Q a="1">t</z:Q>' in write_cpl(cpl)


def test_foreign_children_of_assets_travel_along() -> None:
    data = write_cpl(playlist())
    data = data.replace(b"</MainSound>", b'<z:Z xmlns:z="urn:z">t</z:Z></MainSound>', 1)
    data = data.replace(
        b"</meta:CompositionMetadataAsset>",
        b'<m:MCASubDescriptors xmlns:m="http://isdcf.com/ns/cplmd/mca"><m:a/></m:MCASubDescriptors>'
        b"</meta:CompositionMetadataAsset>",
    )
    cpl = parse_cpl(data, where="x")
    sound = cpl.reels[0].sound
    assert sound is not None
    assert [extension.name for extension in sound.extensions] == ["Z"]
    assert cpl.metadata is not None
    assert [other.name for other in cpl.metadata.others] == ["MCASubDescriptors"]
    assert parse_cpl(write_cpl(cpl), where="x") == cpl


class TestDefaults:
    def test_entry_point_and_duration_that_are_not_stated(self) -> None:
        data = write_cpl(playlist())
        asset = b"<EntryPoint>24</EntryPoint>\n          <Duration>120</Duration>"
        assert asset in data
        picture = parse_cpl(data.replace(asset, b""), where="x").reels[0].picture
        assert picture is not None
        assert (picture.entry_point, picture.duration, picture.end) == (0, 240, 240)
        assert not picture.states_entry_point
        assert not picture.states_duration
        short = parse_cpl(data.replace(b"<Duration>120</Duration>", b"", 1), where="x").reels[0].picture
        assert short is not None
        assert (short.entry_point, short.duration) == (24, 216)

    def test_keys_and_metadata_of_a_composition(self) -> None:
        cpl = playlist()
        assert len(cpl.key_ids) == 1
        assert cpl.encrypted
        assert cpl.metadata is not None
        assert cpl.metadata.application_profile == BV21_PROFILE
        assert [marker.label for marker in cpl.reels[0].markers] == ["FFOC", "LFOC", "X"]
        assert all(asset.is_track_file for asset in cpl.assets)

    def test_sound_configurations(self) -> None:
        assert parse_sound_configuration("51/L,R,-") == ("51", ("L", "R", "-"))
        assert parse_sound_configuration("51") is None
        assert sound_configuration("M", ["C", None]) == "M/C,-"


class TestRefusals:
    @pytest.mark.parametrize(
        ("edit", "what", "place"),
        [
            (lambda d: d.replace(ns.CPL_SMPTE.encode(), b"urn:other"), "namespace 'urn:other'", "/Comp"),
            (
                lambda d: d.replace(b"CompositionPlaylist", b"PackingList"),
                "not a CompositionPlaylist",
                "/Pack",
            ),
            (lambda d: d.replace(b"<IssueDate>", b"<IssueDate>x"), "not a date and time", "/IssueDate"),
            (lambda d: d.replace(b"<EditRate>24 1", b"<EditRate>24", 1), "rate of two", "/EditRate"),
            (lambda d: d.replace(b"MainSound>", b"MainSoundX>"), "no asset of this name", "/MainSoundX"),
            (lambda d: d.replace(b"<Offset>1<", b"<Offset>-1<"), "whole number", "/Marker[1]/Offset"),
            (lambda d: d.replace(b"<KeyId>urn:uuid:", b"<KeyId>"), "urn:uuid", "/KeyId"),
            (lambda d: d.replace(b"ContentTitleText>", b"Other>"), "ContentTitleText is missing", "/Comp"),
            (lambda d: d.replace(b"MarkerList>", b"MarkerLisp>"), "MarkerList is missing", "/MainMarkers"),
        ],
    )
    def test_each_fault_names_its_element(
        self, edit: Callable[[bytes], bytes], what: str, place: str
    ) -> None:
        data = edit(write_cpl(playlist()))
        with pytest.raises(DocumentError) as caught:
            parse_cpl(data, where="CPL.xml")
        assert what in caught.value.what
        assert caught.value.where is not None
        assert caught.value.where.startswith("CPL.xml: /")
        assert place in caught.value.where

    def test_more_reels_assets_or_markers_than_any_show_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        data = write_cpl(playlist())
        for limit, what in (
            ("MAX_REELS", "more than 1 Reel"),
            ("MAX_REEL_ASSETS", "more than 1 asset"),
            ("MAX_MARKERS", "more than 1 Marker"),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(cpl_module, limit, 1)
                with pytest.raises(DocumentError, match=what):
                    parse_cpl(data, where="x")

    def test_a_lenient_reading_goes_on_over_what_is_no_hash(self) -> None:
        data = write_cpl(playlist()).replace(b"<Hash>", b"<Hash>x").replace(b"MainSound>", b"MainSoundX>")
        with pytest.raises(DocumentError):
            parse_cpl(data, where="x")
        faults = Faults()
        cpl = parse_cpl(data, where="x", faults=faults)
        picture = cpl.reels[0].picture
        assert picture is not None
        assert picture.hash is None
        assert picture.unread == {"Hash"}
        assert faults.count == 4
        assert cpl.reels[0].sound is None

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.data())
    def test_mutated_documents_give_a_value_or_a_dcp_error(self, data: st.DataObject) -> None:
        document = bytearray(DOCUMENT)
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(document) - 1))
            if data.draw(st.booleans()):
                document[at] = data.draw(st.integers(0, 255))
            else:
                del document[at : at + data.draw(st.integers(1, 60))]
                if not document:
                    document = bytearray(b"<")
        with contextlib.suppress(DcpError):
            parse_cpl(bytes(document), where="x")
        with contextlib.suppress(DcpError):
            violations(parse_xml(bytes(document), where="x"))


DOCUMENT = write_cpl(playlist())

texts = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=20
).map(str.strip)
rates = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 1001))


@st.composite
def reel_assets(draw: st.DrawFn) -> ReelAsset:
    intrinsic = draw(st.integers(0, 10**9))
    entry = draw(st.integers(0, intrinsic))
    kind = draw(st.sampled_from(["MainPicture", "MainSound", "MainSubtitle", "MainStereoscopicPicture"]))
    is_picture = kind in ("MainPicture", "MainStereoscopicPicture")
    return ReelAsset(
        kind=kind,
        id=draw(st.uuids()),
        edit_rate=draw(rates),
        intrinsic_duration=intrinsic,
        entry_point=entry,
        duration=draw(st.integers(0, intrinsic - entry)),
        annotation_text=draw(st.none() | texts),
        key_id=draw(st.none() | st.uuids()),
        hash=draw(st.none() | st.binary(min_size=20, max_size=20)),
        frame_rate=draw(rates) if is_picture else None,
        screen_aspect_ratio="2048 858" if is_picture else None,
        language=None if is_picture else draw(st.none() | st.sampled_from(["en", "de-CH"])),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        CompositionPlaylist,
        id=st.uuids(),
        issue_date=st.datetimes(
            timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)
        ).map(lambda value: value.replace(microsecond=0)),
        content_title_text=texts,
        content_kind=texts,
        reels=st.lists(
            st.builds(Reel, id=st.uuids(), assets=st.lists(reel_assets(), max_size=4).map(tuple)), max_size=3
        ).map(tuple),
        annotation_text=st.none() | texts,
        standard=st.sampled_from(["smpte", "interop"]),
    )
)
def test_any_playlist_survives_being_written(cpl: CompositionPlaylist) -> None:
    again = parse_cpl(write_cpl(cpl), where="x")
    ordered = replace(
        cpl,
        reels=tuple(
            replace(
                reel,
                assets=tuple(
                    sorted(
                        reel.assets,
                        key=lambda a: (
                            ["MainPicture", "MainSound", "MainSubtitle"].index(a.kind)
                            if a.kind != "MainStereoscopicPicture"
                            else 9
                        ),
                    )
                ),
            )
            for reel in cpl.reels
        ),
    )
    assert same(again, ordered)
