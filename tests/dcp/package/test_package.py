"""Packages on disk: what opens, what is refused, and which file an asset is."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, write_cpl
from dcp.documents.pkl import PackingList, PklAsset, write_pkl
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.errors import DcpError, DocumentError, PathError, UsageError
from dcp.package.package import describe_package, open_package, safe_path, survey_package

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
PICTURE, SOUND, CPL, PKL = (uuid.UUID(int=n) for n in range(1, 5))


def composition(*assets: uuid.UUID, cpl_id: uuid.UUID = CPL) -> CompositionPlaylist:
    kinds = ("MainPicture", "MainSound")
    reel = Reel(
        uuid.uuid4(),
        tuple(ReelAsset(kind, asset, Fraction(24), 24) for kind, asset in zip(kinds, assets, strict=False)),
    )
    return CompositionPlaylist(cpl_id, NOW, "Title", "test", (reel,))


def make_package(
    root: Path,
    *,
    paths: dict[uuid.UUID, str] | None = None,
    change: Callable[[AssetMap], AssetMap] = lambda value: value,
    cpls: tuple[CompositionPlaylist, ...] = (),
    files: tuple[uuid.UUID, ...] = (PICTURE, SOUND),
    map_name: str = "ASSETMAP.xml",
) -> Path:
    """A package whose track files hold a few bytes."""
    root.mkdir(parents=True, exist_ok=True)
    cpls = cpls or (composition(PICTURE, SOUND),)
    names = {PICTURE: "picture.mxf", SOUND: "sound.mxf", PKL: "pkl.xml"} | (paths or {})
    listed: list[PklAsset] = []
    for number, cpl in enumerate(cpls):
        names.setdefault(cpl.id, f"cpl{number}.xml")
        write(root / names[cpl.id], write_cpl(cpl))
        listed.append(PklAsset(cpl.id, bytes(20), 1, "text/xml"))
    for asset in files:
        if ".." not in names[asset] and not names[asset].startswith("/"):
            write(root / names[asset], b"essence")
        listed.append(PklAsset(asset, bytes(20), 7, "application/mxf"))
    write(root / names[PKL], write_pkl(PackingList(PKL, NOW, "i", "c", tuple(listed))))
    assets = tuple(
        MapAsset(asset, (Chunk(names[asset]),), packing_list=asset == PKL)
        for asset in (PKL, *(cpl.id for cpl in cpls), *files)
    )
    write(root / map_name, write_asset_map(change(AssetMap(uuid.uuid4(), NOW, "i", "c", assets))))
    write(root / "VOLINDEX.xml", write_volume_index(VolumeIndex()))
    return root


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


class TestOpening:
    def test_a_sound_package(self, tmp_path: Path) -> None:
        package = open_package(make_package(tmp_path / "dcp"))
        assert package.standard == "smpte"
        assert package.volume_index == VolumeIndex()
        assert package.composition().id == CPL
        assert package.composition(CPL) is package.compositions[0]
        assert package.require(PICTURE) == tmp_path / "dcp/picture.mxf"
        assert package.locate(uuid.uuid4()) is None
        assert package.document(package.compositions[0]).name == "cpl0.xml"
        facts = describe_package(package)
        assert json.loads(json.dumps(facts))["files"][str(SOUND)] == "sound.mxf"

    def test_files_in_sub_folders_and_percent_encoded_names(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp", paths={PICTURE: "video/the reel.mxf"})
        text = (root / "ASSETMAP.xml").read_text()
        (root / "ASSETMAP.xml").write_text(text.replace("video/the reel.mxf", "video/the%20reel.mxf"))
        assert open_package(root).require(PICTURE) == root / "video/the reel.mxf"

    def test_a_name_that_really_holds_a_percent_sign(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp", paths={PICTURE: "100%25.mxf"})
        assert open_package(root).require(PICTURE) == root / "100%25.mxf"

    @pytest.mark.parametrize("name", ["ASSETMAP", "ASSETMAP.xml", "AssetMap.xml"])
    def test_the_asset_map_under_each_of_its_names(self, tmp_path: Path, name: str) -> None:
        assert open_package(make_package(tmp_path / "dcp", map_name=name)).composition().id == CPL

    def test_several_packing_lists_and_compositions(self, tmp_path: Path) -> None:
        other = uuid.uuid4()
        cpls = (composition(PICTURE, SOUND), composition(PICTURE, cpl_id=other))
        root = make_package(tmp_path / "dcp", cpls=cpls)
        second = PackingList(uuid.uuid4(), NOW, "i", "c", (PklAsset(other, bytes(20), 1, "text/xml"),))
        write(root / "pkl2.xml", write_pkl(second))
        text = (root / "ASSETMAP.xml").read_text()
        asset = f"<Asset><Id>urn:uuid:{second.id}</Id><PackingList>true</PackingList><ChunkList><Chunk>"
        asset += "<Path>pkl2.xml</Path></Chunk></ChunkList></Asset></AssetList>"
        (root / "ASSETMAP.xml").write_text(text.replace("</AssetList>", asset))
        package = open_package(root)
        assert len(package.packing_lists) == 2
        assert package.composition(other).id == other
        with pytest.raises(UsageError, match="2 compositions") as caught:
            package.composition()
        assert str(other) in str(caught.value)
        with pytest.raises(UsageError, match="no composition"):
            package.composition(uuid.uuid4())

    def test_a_version_file_finds_the_rest_in_its_original(self, tmp_path: Path) -> None:
        original = make_package(tmp_path / "ov")
        version = make_package(
            tmp_path / "vf", cpls=(composition(PICTURE, SOUND, cpl_id=uuid.uuid4()),), files=(SOUND,)
        )
        alone, both = open_package(version), open_package(version, ov=[original])
        assert alone.locate(PICTURE) is None
        with pytest.raises(DcpError, match="no file in this package") as caught:
            alone.require(PICTURE)
        assert "--ov" in str(caught.value)
        assert both.require(PICTURE) == original / "picture.mxf"
        assert both.require(SOUND) == version / "sound.mxf"

    def test_a_missing_track_file_is_found_out_when_it_is_needed(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "sound.mxf").unlink()
        package = open_package(root)
        with pytest.raises(DcpError, match=r"sound\.mxf is missing[^~]*copy the package again"):
            package.require(SOUND)


class TestRefusing:
    def test_a_path_that_is_no_package_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="does not exist"):
            open_package(tmp_path / "absent")
        write(tmp_path / "file", b"")
        with pytest.raises(UsageError, match="is no folder"):
            open_package(tmp_path / "file")
        with pytest.raises(DocumentError, match="no asset map"):
            open_package(tmp_path)

    def test_documents_that_are_missing(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "cpl0.xml").unlink()
        with pytest.raises(DcpError, match=r"cpl0\.xml is missing"):
            open_package(root)
        root = make_package(tmp_path / "second")
        (root / "pkl.xml").unlink()
        with pytest.raises(DcpError, match=r"pkl\.xml is missing"):
            open_package(root)

    @pytest.mark.parametrize("name", ["ASSETMAP.xml", "pkl.xml", "cpl0.xml", "VOLINDEX.xml"])
    def test_a_document_type_anywhere(self, tmp_path: Path, name: str) -> None:
        root = make_package(tmp_path / "dcp")
        data = (root / name).read_bytes()
        head, rest = data.split(b"\n", 1)
        (root / name).write_bytes(head + b'\n<!DOCTYPE x [<!ENTITY e "v">]>\n' + rest)
        with pytest.raises(DocumentError, match="DOCTYPE"):
            open_package(root)
        assert any("DOCTYPE" in problem.error.what for problem in survey_package(root).problems)

    @pytest.mark.parametrize("name", ["ASSETMAP.xml", "pkl.xml", "cpl0.xml"])
    def test_a_document_that_is_not_xml(self, tmp_path: Path, name: str) -> None:
        root = make_package(tmp_path / "dcp")
        (root / name).write_bytes(b"this is text")
        with pytest.raises(DocumentError, match="not well-formed"):
            open_package(root)

    def test_a_packing_list_that_is_something_else(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "pkl.xml").write_bytes((root / "cpl0.xml").read_bytes())
        with pytest.raises(DocumentError, match="not a PackingList"):
            open_package(root)

    def test_an_asset_in_several_pieces(self, tmp_path: Path) -> None:
        def split(value: AssetMap) -> AssetMap:
            *rest, last = value.asset_list
            return replace(
                value, asset_list=(*rest, replace(last, chunk_list=(Chunk("a.mxf"), Chunk("b.mxf"))))
            )

        with pytest.raises(DocumentError, match="split over 2 pieces"):
            open_package(make_package(tmp_path / "dcp", change=split))


HOSTILE = [
    "../outside.mxf",
    "video/../../outside.mxf",
    "/etc/passwd",
    "%2e%2e/outside.mxf",
    "%2E%2E%2Foutside.mxf",
    "..%2foutside.mxf",
    "%2fetc/passwd",
    "C:/windows/file.mxf",
    "c:file.mxf",
    "file:////etc/passwd",
    "file:///../outside.mxf",
    "file://localhost/%2e%2e/outside.mxf",
    "file:///C:/windows/file.mxf",
    "file:",
    "file:///",
    "file%3A///outside.mxf",
    "\\\\server\\share\\file.mxf",
    "C:\\package\\file.mxf",
    "\\file.mxf",
    "http://host/file.mxf",
    "video\\file.mxf",
    "..\\outside.mxf",
    "a%5cb.mxf",
    "a%00b.mxf",
    "a\nb.mxf",
    "",
    "  ",
    "x" * 2000,
]


class TestPaths:
    @pytest.mark.parametrize("listed", HOSTILE)
    def test_a_path_that_would_leave_the_folder(self, tmp_path: Path, listed: str) -> None:
        write(tmp_path / "outside.mxf", b"secret")
        (tmp_path / "dcp").mkdir()
        with pytest.raises(PathError) as caught:
            safe_path(tmp_path / "dcp", listed)
        assert caught.value.remedy is not None

    @pytest.mark.parametrize("listed", ["../outside.mxf", "%2e%2e/outside.mxf", "/etc/passwd", "C:/x.mxf"])
    def test_in_a_package_it_is_refused_and_surveyed(self, tmp_path: Path, listed: str) -> None:
        write(tmp_path / "outside.mxf", b"secret")
        root = make_package(tmp_path / "dcp")
        text = (root / "ASSETMAP.xml").read_text().replace("picture.mxf", listed)
        (root / "ASSETMAP.xml").write_text(text)
        with pytest.raises(PathError):
            open_package(root)
        survey = survey_package(root)
        assert [problem.kind for problem in survey.problems] == ["path"]
        assert survey.locate(PICTURE) is None

    def test_a_link_that_leads_out(self, tmp_path: Path) -> None:
        write(tmp_path / "outside.mxf", b"secret")
        root = make_package(tmp_path / "dcp")
        (root / "picture.mxf").unlink()
        (root / "picture.mxf").symlink_to(tmp_path / "outside.mxf")
        with pytest.raises(PathError, match="through a link"):
            open_package(root)

    def test_a_folder_that_is_a_link_out(self, tmp_path: Path) -> None:
        write(tmp_path / "away/picture.mxf", b"secret")
        root = make_package(tmp_path / "dcp", paths={PICTURE: "video/picture.mxf"})
        (root / "video/picture.mxf").unlink()
        (root / "video").rmdir()
        (root / "video").symlink_to(tmp_path / "away")
        with pytest.raises(PathError, match="through a link"):
            open_package(root)

    @pytest.mark.parametrize("name", ["ASSETMAP.xml", "VOLINDEX.xml"])
    def test_an_asset_map_that_is_a_link_out(self, tmp_path: Path, name: str) -> None:
        root = make_package(tmp_path / "dcp")
        (root / name).rename(tmp_path / "away.xml")
        (root / name).symlink_to(tmp_path / "away.xml")
        with pytest.raises(PathError, match="through a link"):
            open_package(root)

    def test_a_link_that_stays_inside_is_fine(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "picture.mxf").rename(root / "real.mxf")
        (root / "picture.mxf").symlink_to("real.mxf")
        assert open_package(root).require(PICTURE).read_bytes() == b"essence"

    def test_links_in_a_ring_and_things_that_are_no_files(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "picture.mxf").unlink()
        (root / "picture.mxf").symlink_to("picture.mxf")
        (root / "sound.mxf").unlink()
        os.mkfifo(root / "sound.mxf")
        kinds = [problem.kind for problem in survey_package(root).problems]
        assert len(kinds) == 2
        assert set(kinds) <= {"path", "missing", "unreadable"}

    @given(st.text(max_size=40))
    def test_no_text_leads_out_of_the_folder(self, listed: str) -> None:
        root = Path("/nonexistent/package")
        try:
            found = safe_path(root, listed)
        except DcpError:
            return
        assert found.resolve().is_relative_to(root)


class TestSurvey:
    def test_it_lists_the_folder(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "empty").mkdir()
        write(root / "sub/zero", b"")
        entries = {entry.name: entry for entry in survey_package(root).entries}
        assert entries["empty"].kind == "folder"
        assert entries["empty"].empty
        assert not entries["sub"].empty
        assert entries["sub/zero"].size == 0
        assert entries["picture.mxf"].size == 7

    @pytest.mark.posix
    def test_a_drive_s_own_folder_is_no_part_of_a_package_at_its_root(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "lost+found").mkdir()
        write(root / "media/lost+found/stray", b"1")
        scandir = os.scandir

        def denied(path: Any) -> Any:
            """As for anybody but root, who runs these tests at times."""
            if str(path) == str(root / "lost+found"):
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        monkeypatch.setattr(os, "scandir", denied)
        names = {entry.name for entry in survey_package(root).entries}
        assert "lost+found" not in names and "media/lost+found/stray" in names

    def test_a_broken_composition_does_not_hide_the_rest(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "cpl0.xml").write_bytes(b"<CompositionPlaylist")
        survey = survey_package(root)
        assert [(problem.kind, problem.file) for problem in survey.problems] == [("document", "cpl0.xml")]
        assert survey.documents[-1].kind == "composition"
        assert len(survey.packing_lists) == 1
        assert survey.locate(PICTURE) is not None

    def test_it_never_raises_for_what_is_inside(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        for path in root.iterdir():
            path.write_bytes(b"\x00" * 10)
        survey = survey_package(root)
        assert survey.asset_map is None
        assert survey.standard is None


def test_the_real_packages_open(corpus: Path) -> None:
    packages = json.loads((corpus / "MANIFEST.json").read_text())["packages"]
    assert len(packages) >= 20
    for entry in packages:
        package = open_package(corpus / entry["path"])
        assert package.standard == entry["standard"].lower()
        assert len(package.asset_map.asset_list) == entry["assets_in_map"]
        assert len(package.packing_lists) == entry["pkls"]
        assert {str(cpl.id) for cpl in package.compositions} == {cpl["id"] for cpl in entry["cpls"]}
        by_id = {str(cpl.id): cpl for cpl in package.compositions}
        for cpl in entry["cpls"]:
            found = by_id[cpl["id"]]
            assert (found.content_title_text, found.content_kind) == (cpl["title"], cpl["kind"])
            assert (found.signed, len(found.reels)) == (cpl["signed"], cpl["reels"])
        missing = survey_package(corpus / entry["path"]).problems
        assert sorted(problem.file or "" for problem in missing) == sorted(entry["absent_files"])
