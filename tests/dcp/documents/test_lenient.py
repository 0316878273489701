"""A lenient reading: what can be read is, what cannot is listed, each place once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wrong_packages.world import World

from dcp.documents.assetmap import parse_asset_map
from dcp.documents.cpl_reading import parse_cpl
from dcp.documents.pkl import parse_pkl
from dcp.documents.volindex import parse_volume_index
from dcp.errors import DocumentError
from dcp.xml.node import MAX_FAULTS, Faults

PARSERS: dict[str, Callable[..., Any]] = {
    "ASSETMAP.xml": parse_asset_map,
    "VOLINDEX.xml": parse_volume_index,
    "pkl.xml": parse_pkl,
    "cpl.xml": parse_cpl,
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("lenient") / "dcp"
    World().write(root)
    return {name: (root / name).read_bytes() for name in PARSERS}


def leniently(name: str, data: bytes) -> tuple[Any, Faults]:
    faults = Faults()
    return PARSERS[name](data, where=name, faults=faults), faults


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_right_reads_as_ever(documents: dict[str, bytes], name: str) -> None:
    value, faults = leniently(name, documents[name])
    assert value == PARSERS[name](documents[name], where=name)
    assert faults.count == 0


ONE: list[tuple[str, str, str, str]] = [
    ("ASSETMAP.xml", "<IssueDate>2", "<IssueDate>x", "/AssetMap/IssueDate"),
    ("ASSETMAP.xml", "<VolumeCount>1", "<VolumeCount>-1", "/AssetMap/VolumeCount"),
    ("ASSETMAP.xml", "<Length>", "<Length>x", "/AssetMap/AssetList/Asset[1]/ChunkList/Chunk/Length"),
    ("ASSETMAP.xml", "<Path>picture1.mxf</Path>", "", "/AssetMap/AssetList/Asset[1]/ChunkList/Chunk"),
    ("VOLINDEX.xml", "<Index>1", "<Index>0", "/VolumeIndex/Index"),
    ("pkl.xml", "<Size>", "<Size>-", "/PackingList/AssetList/Asset[1]/Size"),
    ("pkl.xml", "<Hash>", "<Hash>=", "/PackingList/AssetList/Asset[1]/Hash"),
    ("pkl.xml", "<Creator>creator</Creator>", "", "/PackingList"),
    ("cpl.xml", "<IssueDate>2", "<IssueDate>x", "/CompositionPlaylist/IssueDate"),
    ("cpl.xml", "<Offset>1<", "<Offset>one<", "Marker[1]/Offset"),
    ("cpl.xml", "<EditRate>24 1", "<EditRate>24", "MainMarkers/EditRate"),
    ("cpl.xml", "<FrameRate>24 1", "<FrameRate>0 1", "MainPicture/FrameRate"),
    ("cpl.xml", "VersionNumber>1<", "VersionNumber>one<", "CompositionMetadataAsset/VersionNumber"),
    ("cpl.xml", "<meta:Width>1998<", "<meta:Width>wide<", "MainPictureStoredArea/Width"),
]


@pytest.mark.parametrize(("name", "old", "new", "path"), ONE)
def test_one_value_is_one_fault(
    documents: dict[str, bytes], name: str, old: str, new: str, path: str
) -> None:
    data = documents[name].replace(old.encode(), new.encode(), 1)
    assert data != documents[name]
    value, faults = leniently(name, data)
    (fault,) = faults.found
    assert (fault.where or "").endswith(path)
    right = PARSERS[name](documents[name], where=name)
    for field in ("id", "standard", "issuer", "creator"):
        if not (field == "creator" and "Creator" in old):
            assert getattr(value, field, None) == getattr(right, field, None)


def test_two_faults_are_both_named(documents: dict[str, bytes]) -> None:
    data = documents["cpl.xml"].replace(b"<IssueDate>2", b"<IssueDate>x").replace(b">240<", b">24O<", 2)
    cpl, faults = leniently("cpl.xml", data)
    assert [(fault.where or "").rsplit("/", 1)[-1] for fault in faults.found] == [
        "IssueDate",
        "IntrinsicDuration",
        "IntrinsicDuration",
    ]
    assert cpl.unread == {"IssueDate"}
    assert [asset.unread for asset in cpl.reels[0].assets[:3]] == [
        {"IntrinsicDuration"},
        {"IntrinsicDuration"},
        frozenset(),
    ]


def test_what_stands_in_for_an_id_is_nobody_elses(documents: dict[str, bytes]) -> None:
    asset_map, faults = leniently("ASSETMAP.xml", documents["ASSETMAP.xml"].replace(b"urn:uuid:", b"urn:"))
    ids = [asset.id for asset in asset_map.asset_list]
    assert len(set(ids)) == len(ids) == faults.count - 1


def test_very_many_faults_are_counted_and_cost_little() -> None:
    chunk = b"<ChunkList><Chunk><Path>a</Path></Chunk></ChunkList>"
    data = (
        b'<AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"><AssetList>'
        + (b"<Asset><Id>x</Id>" + chunk + b"</Asset>") * 4_000
        + b"</AssetList></AssetMap>"
    )
    asset_map, faults = leniently("ASSETMAP.xml", data)
    assert faults.count == 4_000 + 5
    assert len(faults.found) == MAX_FAULTS
    assert len(asset_map.asset_list) == 4_000


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_first_fault_is_what_a_strict_reading_says(
    documents: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(PARSERS)))
    text = documents[name]
    for _ in range(data.draw(st.integers(1, 3))):
        tags = list(re.finditer(rb"<([A-Za-z:]+)>([^<]*)</\1>", text))
        if not tags:
            break
        found = data.draw(st.sampled_from(tags))
        new = data.draw(st.sampled_from([b"", b"<%s>x</%s>" % (found[1], found[1]), found[0] * 2]))
        text = text[: found.start()] + new + text[found.end() :]
    said = None
    try:
        strict = PARSERS[name](text, where=name)
    except DocumentError as error:
        said = error
    value, faults = leniently(name, text)
    if said is None:
        assert value == strict
        assert faults.count == 0
    else:
        assert (faults.found[0].id, faults.found[0].where) == (said.id, said.where)
