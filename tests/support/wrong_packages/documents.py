"""What is wrong in the folder, the XML, the asset map, the volume index, the packing list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from wrong_packages.edits import Change, map_asset, map_path, not_mapped, pkl_asset, rename, text_edit, touch
from wrong_packages.world import NAMES, NOW, PICTURE, SOUND

from dcp.documents.assetmap import Chunk
from dcp.documents.pkl import PklAsset


def other_bytes(name: str) -> Callable[[Path], object]:
    """Another file of the same size: a playlist with another issuer, else its last byte."""

    def change(root: Path) -> None:
        data = (root / name).read_bytes()
        other = data.replace(b">issuer<", b">Issuer<") if b">issuer<" in data else data[:-1] + b"~"
        assert other != data
        (root / name).write_bytes(other)

    return change


CASES: list[tuple[str, Change]] = [
    ("PKG-001", touch(lambda root: (root / "ASSETMAP.xml").unlink())),
    ("PKG-002", touch(lambda root: (root / "ASSETMAP").write_bytes(b""))),
    ("PKG-003", not_mapped("pkl.xml")),
    ("PKG-004", not_mapped("cpl.xml")),
    (
        "PKG-006",
        text_edit(
            "cpl.xml",
            b"http://www.smpte-ra.org/schemas/429-7/2006/CPL",
            b"http://www.digicine.com/PROTO-ASDCP-CPL-20040511#",
        ),
    ),
    ("PKG-007", lambda world: setattr(world, "standard", "interop")),
    ("PKG-008", touch(lambda root: (root / "notes.txt").write_text("x"))),
    ("PKG-009", touch(lambda root: (root / ".DS_Store").write_text("x"))),
    ("PKG-010", touch(lambda root: (root / "empty").mkdir())),
    ("PKG-011", touch(lambda root: (root / "sound1.mxf").write_bytes(b""))),
    ("PKG-012", touch(lambda root: (root / "naïve.txt").write_text("x"))),
    (
        "PKG-102",
        lambda world: setattr(
            world,
            "pkl",
            lambda v: replace(
                v, asset_list=(*v.asset_list, PklAsset(uuid.uuid4(), bytes(20), 1, "application/mxf"))
            ),
        ),
    ),
    ("XML-001", text_edit("cpl.xml", b"</ReelList>", b"")),
    ("XML-002", text_edit("cpl.xml", b"encoding='UTF-8'", b"encoding='UTF-16'")),
    ("XML-002", text_edit("cpl.xml", b"encoding='UTF-8'", b"encoding='UTF-8' standalone='yes'")),
    ("XML-003", text_edit("cpl.xml", b"<?xml", b"\xef\xbb\xbf<?xml")),
    ("XML-004", text_edit("cpl.xml", b"</Reel>\n", b"</Reel>\r\n")),
    ("XML-005", text_edit("cpl.xml", b"<Comp", b"<!DOCTYPE x>\n<Comp")),
    ("AM-001", text_edit("ASSETMAP.xml", b"<VolumeCount>1</VolumeCount>", b"")),
    ("AM-002", rename("ASSETMAP.xml", "ASSETMAP")),
    ("AM-003", lambda world: setattr(world, "asset_map", lambda value: replace(value, volume_count=2))),
    ("AM-004", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], volume_index=2),))),
    ("AM-005", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], offset=5),))),
    ("AM-006", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], length=5),))),
    ("AM-007", text_edit("ASSETMAP.xml", b"<Asset>\n      <Id>urn:uuid:", b"<Asset>\n      <Id>urn:")),
    ("AM-008", map_asset(1, id=PICTURE)),
    ("AM-009", map_path("")),
    ("AM-010", touch(lambda root: (root / "sound1.mxf").unlink())),
    ("AM-011", map_path("../picture1.mxf")),
    ("AM-012", map_path("picture+1.mxf")),
    ("AM-013", map_path("a/" * 12 + "picture1.mxf")),
    ("AM-014", map_asset(8, id=uuid.uuid4())),
    ("AM-014", lambda world: world.head(SOUND, asset_id=uuid.uuid4())),
    ("AM-015", text_edit("cpl.xml", b"0000000000a3", b"0000000000A3")),
    ("AM-016", lambda world: setattr(world, "asset_map", lambda value: replace(value, issuer=""))),
    ("AM-017", text_edit("ASSETMAP.xml", b"<PackingList>true</PackingList>", b"")),
    ("AM-018", text_edit("ASSETMAP.xml", b"<AssetMap", b"<AssetMap a='1'")),
    ("AM-019", map_path(f"{uuid.uuid4()}.mxf")),
    ("AM-020", map_path("picture%201.mxf")),
    ("VOL-001", text_edit("VOLINDEX.xml", b"Index>1<", b"Index>x<")),
    ("VOL-002", rename("VOLINDEX.xml", "VOLINDEX")),
    ("VOL-003", touch(lambda root: (root / "VOLINDEX.xml").unlink())),
    ("PKL-001", text_edit("pkl.xml", b"<Issuer>issuer</Issuer>", b"")),
    ("PKL-002", text_edit("pkl.xml", b"2007/PKL", b"1999/PKL")),
    ("PKL-003", pkl_asset(0, id=uuid.uuid4())),
    ("PKL-004", pkl_asset(0, size=5)),
    ("PKL-005", touch(other_bytes("picture1.mxf"))),
    ("PKL-006", touch(other_bytes("sound1.mxf"))),
    ("PKL-007", touch(other_bytes("cpl.xml"))),
    ("PKL-008", touch(other_bytes("text1.mxf"))),
    ("PKL-009", pkl_asset(0, hash=bytes(20))),
    ("PKL-010", pkl_asset(1, id=PICTURE)),
    ("PKL-011", lambda world: setattr(world, "pkl", lambda value: replace(value, creator=""))),
    (
        "PKL-012",
        lambda world: setattr(world, "pkl", lambda value: replace(value, issue_date=NOW + timedelta(1))),
    ),
    ("PKL-013", lambda world: setattr(world, "pkl", lambda value: replace(value, annotation_text="x"))),
    ("PKL-015", pkl_asset(0, type="")),
    ("PKL-016", text_edit("pkl.xml", b"<Hash>", b"<Hash>x")),
    ("PKL-017", pkl_asset(8, id=uuid.uuid4())),
    ("PKL-018", pkl_asset(0, type="text/plain")),
    ("PKL-018", pkl_asset(0, type="application/mxf;asdcpKind=Sound")),
    ("PKL-018", pkl_asset(0, type="Application/MXF")),
    ("PKL-018", pkl_asset(8, type="application/mxf")),
    ("PKL-019", pkl_asset(1, id=uuid.uuid4())),
]
