"""Asset maps, volume indexes and packing lists of both standards."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.documents import assetmap, pkl
from dcp.documents import namespaces as ns
from dcp.documents.assetmap import (
    AssetMap,
    Chunk,
    MapAsset,
    asset_map_element,
    parse_asset_map,
    write_asset_map,
)
from dcp.documents.grammar import violations
from dcp.documents.pkl import PackingList, PklAsset, parse_pkl, pkl_element, write_pkl
from dcp.documents.volindex import (
    VolumeIndex,
    parse_volume_index,
    volume_index_element,
    write_volume_index,
)
from dcp.errors import DcpError, DocumentError
from dcp.xml.parse import parse_xml

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
STANDARDS = pytest.mark.parametrize("standard", ["smpte", "interop"])


def asset_map(standard: ns.Standard = "smpte") -> AssetMap:
    return AssetMap(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="issuer",
        creator="creator",
        annotation_text="annotation",
        standard=standard,
        asset_list=(
            MapAsset(uuid.uuid4(), (Chunk("pkl.xml"),), packing_list=True, annotation_text="list"),
            MapAsset(uuid.uuid4(), (Chunk("a%20b/c.mxf", volume_index=1, offset=0, length=1000),)),
        ),
    )


def packing_list(standard: ns.Standard = "smpte") -> PackingList:
    return PackingList(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="issuer",
        creator="creator",
        annotation_text="annotation",
        icon_id=uuid.uuid4(),
        group_id=uuid.uuid4() if standard == "smpte" else None,
        standard=standard,
        asset_list=(
            PklAsset(uuid.uuid4(), bytes(20), 5, "text/xml", "cpl", "cpl.xml"),
            PklAsset(uuid.uuid4(), None if standard == "interop" else bytes(20), 6, "application/mxf"),
        ),
    )


@STANDARDS
class TestRoundTrip:
    def test_asset_map(self, standard: ns.Standard) -> None:
        value = asset_map(standard)
        assert parse_asset_map(write_asset_map(value), where="x") == value
        assert violations(asset_map_element(value)) == []
        assert value.asset(value.asset_list[1].id) is value.asset_list[1]
        assert value.asset(uuid.uuid4()) is None

    def test_packing_list(self, standard: ns.Standard) -> None:
        value = packing_list(standard)
        assert parse_pkl(write_pkl(value), where="x") == value
        assert violations(pkl_element(value)) == []
        assert value.asset(value.asset_list[1].id) is value.asset_list[1]

    def test_volume_index(self, standard: ns.Standard) -> None:
        value = VolumeIndex(standard=standard)
        assert parse_volume_index(write_volume_index(value), where="x") == value
        assert violations(volume_index_element(value)) == []

    def test_file_names_follow_the_standard(self, standard: ns.Standard) -> None:
        extension = ".xml" if standard == "smpte" else ""
        assert asset_map(standard).file_name == "ASSETMAP" + extension
        assert VolumeIndex(standard=standard).file_name == "VOLINDEX" + extension


def test_interop_orders_creator_after_issuer() -> None:
    smpte, interop = write_asset_map(asset_map()), write_asset_map(asset_map("interop"))
    assert smpte.index(b"<Creator>") < smpte.index(b"<VolumeCount>")
    assert interop.index(b"<Creator>") > interop.index(b"<Issuer>")


@pytest.mark.parametrize(
    ("space", "standard"),
    [
        ("http://www.smpte-ra.org/schemas/429-9/2006/AM", "smpte"),
        ("http://www.digicine.com/PROTO-ASDCP-VL-20040311#", "interop"),
    ],
)
def test_odd_volume_index_namespaces_are_known(space: str, standard: str) -> None:
    data = f'<VolumeIndex xmlns="{space}"><Index>1</Index></VolumeIndex>'.encode()
    assert parse_volume_index(data, where="x").standard == standard


def test_the_2006_packing_list_namespace_is_known() -> None:
    data = write_pkl(packing_list()).replace(b"429-8/2007/PKL", b"429-8/2006/PKL")
    assert parse_pkl(data, where="x").standard == "smpte"


@pytest.mark.parametrize(
    ("standard", "flag", "expected"),
    [
        ("smpte", b"true", True),
        ("smpte", b"1", True),
        ("smpte", b"false", False),
        ("interop", b"", True),
        ("interop", b"true", True),
        ("interop", b"false", False),
    ],
)
def test_the_packing_list_flag(standard: ns.Standard, flag: bytes, expected: bool) -> None:
    data = write_asset_map(asset_map(standard)).replace(
        b"<PackingList>true</PackingList>", b"<PackingList>" + flag + b"</PackingList>"
    )
    assert parse_asset_map(data, where="x").asset_list[0].packing_list is expected


MAP = write_asset_map(asset_map())
LIST = write_pkl(packing_list())


class TestRefusals:
    @pytest.mark.parametrize(
        ("edit", "what"),
        [
            (lambda d: d.replace(b"429-9/2007/AM", b"429-9/2700/AM"), "namespace"),
            (lambda d: d.replace(b"<VolumeCount>1", b"<VolumeCount>0"), "whole number from 1"),
            (lambda d: d.replace(b"urn:uuid:", b"urn:", 1), "urn:uuid"),
            (lambda d: d.replace(b"ChunkList>", b"Other>"), "ChunkList is missing"),
            (lambda d: d.replace(b"<PackingList>true", b"<PackingList>maybe"), "neither true nor false"),
            (lambda d: d.replace(b"<PackingList>true", b"<PackingList>"), "neither true nor false"),
            (lambda d: d.replace(b"<Offset>0", b"<Offset>-1"), "whole number from 0"),
        ],
    )
    def test_asset_maps(self, edit: Callable[[bytes], bytes], what: str) -> None:
        with pytest.raises(DocumentError, match=what):
            parse_asset_map(edit(MAP), where="x")
        assert violations_of(edit(MAP))

    @pytest.mark.parametrize(
        ("edit", "what"),
        [
            (lambda d: d.replace(b"429-8/2007/PKL", b"429-8/1999/PKL"), "namespace"),
            (lambda d: d.replace(b"<Hash>", b"<Hash>x", 1), "base64"),
            (lambda d: d.replace(b"Hash>", b"Hush>"), "Hash is missing"),
            (lambda d: d.replace(b"<Size>5<", b"<Size>0<"), "whole number from 1"),
            (lambda d: d.replace(b"<Issuer>issuer</Issuer>", b""), "Issuer is missing"),
        ],
    )
    def test_packing_lists(self, edit: Callable[[bytes], bytes], what: str) -> None:
        with pytest.raises(DocumentError, match=what):
            parse_pkl(edit(LIST), where="x")
        assert violations_of(edit(LIST))

    def test_an_interop_list_may_leave_a_hash_empty(self) -> None:
        data = write_pkl(packing_list("interop")).replace(b"AAAAAAAAAAAAAAAAAAAAAAAAAAA=", b"")
        assert parse_pkl(data, where="x").asset_list[0].hash is None

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from([MAP, LIST]), st.data())
    def test_mutated_documents_give_a_value_or_a_dcp_error(self, base: bytes, data: st.DataObject) -> None:
        document = bytearray(base)
        for _ in range(data.draw(st.integers(1, 4))):
            document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
        for parse in (parse_asset_map, parse_pkl, parse_volume_index):
            with contextlib.suppress(DcpError):
                parse(bytes(document), where="x")


def violations_of(data: bytes) -> list[str]:
    from dcp.xml.parse import parse_xml

    return [violation.message for violation in violations(parse_xml(data, where="x"))]


class TestGrammar:
    """The same faults are all listed at once, where a reader stops at the first."""

    def test_every_bad_place_is_named(self) -> None:
        data = LIST.replace(b"<Hash>", b"<Hash>x").replace(b"<Issuer>issuer</Issuer>", b"<Extra/>")
        messages = violations_of(data)
        assert [m for m in messages if "SHA-1" in m] and len([m for m in messages if "SHA-1" in m]) == 2
        assert "Extra is not expected here" in messages
        assert "Issuer is missing" in messages

    def test_order_counts(self) -> None:
        moved = MAP.replace(b"<Creator>creator</Creator>", b"").replace(
            b"</AssetList>", b"</AssetList><Creator>creator</Creator>"
        )
        assert "Creator stands in the wrong place" in violations_of(moved)

    def test_repetition_and_stray_text(self) -> None:
        data = MAP.replace(b"<Issuer>", b"stray<Issuer>a</Issuer><Issuer>")
        messages = violations_of(data)
        assert "Issuer stands here more than once" in messages
        assert "a stray text stands in AssetMap" in messages

    def test_a_map_of_too_many_assets_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(assetmap, "MAX_ASSETS", 1)
        with pytest.raises(DocumentError, match="more than 1 Asset elements"):
            parse_asset_map(MAP, where="x")
        monkeypatch.setattr(pkl, "MAX_ASSETS", 1)
        with pytest.raises(DocumentError, match="more than 1 Asset elements"):
            parse_pkl(LIST, where="x")

    def test_the_list_is_bounded(self) -> None:
        asset = asset_map().asset_list[1]
        many = replace(asset_map(), asset_list=tuple(replace(asset, id=uuid.uuid4()) for _ in range(300)))
        data = write_asset_map(many).replace(b"<Path>a%20b/c.mxf</Path>", b"")
        assert len(violations_of(data)) == 10
        (last,) = [each for each in violations(parse_xml(data, where="x")) if each.more]
        assert last.path == "/AssetMap/AssetList/Asset[10]/ChunkList/Chunk"
        assert last.more == 290
