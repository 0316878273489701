"""Documents of other people's tools: all are read, what we write of them keeps the published schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judges import schema_holds

from dcp.documents.assetmap import AssetMap, parse_asset_map, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, write_cpl
from dcp.documents.cpl_reading import parse_cpl
from dcp.documents.grammar import violations
from dcp.documents.pkl import PackingList, parse_pkl, write_pkl
from dcp.documents.volindex import parse_volume_index, write_volume_index
from dcp.errors import DocumentError
from dcp.xml.parse import local_name, parse_xml

PARSERS: dict[str, tuple[Callable[..., Any], Callable[..., bytes]]] = {
    "AssetMap": (parse_asset_map, write_asset_map),
    "VolumeIndex": (parse_volume_index, write_volume_index),
    "PackingList": (parse_pkl, write_pkl),
    "CompositionPlaylist": (parse_cpl, write_cpl),
}
SCHEMAS = {
    ("AssetMap", "smpte"): "SMPTE-429-9-2007-AM.xsd",
    ("AssetMap", "interop"): "PROTO-ASDCP-AM-20040311.xsd",
    ("VolumeIndex", "smpte"): "SMPTE-429-9-2007-AM.xsd",
    ("PackingList", "smpte"): "SMPTE-429-8-2006-PKL.xsd",
    ("PackingList", "interop"): "PROTO-ASDCP-PKL-20040311.xsd",
    ("CompositionPlaylist", "smpte"): "SMPTE-429-16-2014-CPL-Metadata.xsd",
    ("CompositionPlaylist", "interop"): "PROTO-ASDCP-CPL-20040511.xsd",
}
REFUSED = {
    "ASSETMAP_BAD_SCHEMA": "namespace",
    "CPL_SMPTE_MISSING_FIELDS.xml": "EditRate is missing",
    "TestIMP": "",  # IMF documents, another family, and a broken map
}
"""Documents that are wrong on purpose, and what is said of them."""
BREAK_THE_SCHEMA = ("PKL_IOP_EMPTY_TAG.xml", "cpl_metadata_test3.xml")
"""Read all the same: an empty Signer before AssetList; metadata without FullContentTitleText."""


def documents(folder: Path) -> Iterator[tuple[Path, bytes, str]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (path.suffix not in (".xml", "") and "ASSETMAP" not in path.name):
            continue
        data = path.read_bytes()
        if not data.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
            continue
        name = local_name(parse_xml(data, where=path))
        if name in PARSERS:
            yield path, data, name


def comparable(value: Any) -> Any:
    """Without what a writer does not keep: signature, fractions of a second, order of foreign assets."""
    if isinstance(value, AssetMap | PackingList | CompositionPlaylist):
        value = replace(value, issue_date=value.issue_date.replace(microsecond=0))
    if isinstance(value, PackingList | CompositionPlaylist):
        value = replace(value, signed=False)
    if isinstance(value, CompositionPlaylist):
        reels = (replace(r, assets=tuple(sorted(r.assets, key=lambda a: a.kind))) for r in value.reels)
        value = replace(value, reels=tuple(reels))
    return value


@pytest.fixture(params=["corpus", "golden"])
def material(request: pytest.FixtureRequest) -> Path:
    path = request.getfixturevalue(request.param)
    assert isinstance(path, Path)
    return path


def test_every_document_reads_and_reads_back(material: Path) -> None:
    read = 0
    for path, data, name in documents(material):
        parse, write = PARSERS[name]
        refusal = next((what for part, what in REFUSED.items() if part in str(path)), None)
        if refusal is not None and ("TestIMP" not in str(path) or name != "VolumeIndex"):
            try:
                parse(data, where=path.name)
            except DocumentError as error:
                assert refusal in error.what, path
            continue
        value = parse(data, where=path.name)
        assert comparable(parse(write(value), where="again")) == comparable(value), path
        if path.name not in BREAK_THE_SCHEMA:
            assert violations(parse_xml(data, where=path)) == [], path
        read += 1
    assert read >= 8


def test_refused_documents_are_refused(corpus: Path) -> None:
    folder = corpus / "ClairMeta_Data/XML"
    with pytest.raises(DocumentError, match="namespace"):
        parse_asset_map((folder / "ASSETMAP_BAD_SCHEMA").read_bytes(), where="x")
    with pytest.raises(DocumentError, match="EditRate is missing"):
        parse_cpl((folder / "CPL_SMPTE_MISSING_FIELDS.xml").read_bytes(), where="x")
    with pytest.raises(DocumentError, match="not well-formed"):
        parse_xml((folder / "PLAINTEXT").read_bytes(), where="x")


@pytest.mark.oracle
def test_what_we_write_keeps_the_published_schemas(
    material: Path, standards: Path, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    groups: dict[str, list[Path]] = {}
    for number, (path, data, name) in enumerate(documents(material)):
        if any(part in str(path) for part in REFUSED) or path.name in BREAK_THE_SCHEMA:
            continue
        parse, write = PARSERS[name]
        value = parse(data, where=path.name)
        schema = SCHEMAS.get((name, value.standard))
        if schema is not None:
            target = tmp_path / f"{number}_{path.name}"
            target.write_bytes(write(value))
            groups.setdefault(schema, []).append(target)
    assert len(groups) >= 3
    for schema, targets in groups.items():
        schema_holds(oracle("xmllint"), standards / "xsd" / schema, *targets)
