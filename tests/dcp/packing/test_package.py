"""The one writer of packages: what it lists, hashes and signs; what it refuses before it writes."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from building import signer
from material import NOW

from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import TYPES, PackingList, PklAsset
from dcp.errors import PathError, UsageError
from dcp.package.package import open_package
from dcp.packing.package import PackedFile, WrittenPackage, write_package
from dcp.trust.signature import verify_enveloped


def packed(folder: Path, name: str, kind: str = "Picture", standard: Standard = "smpte") -> PackedFile:
    """Any bytes as a file of the package."""
    data = name.encode() * 10
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return PackedFile(uuid.uuid4(), name, len(data), hashlib.sha1(data).digest(), TYPES[standard][kind])


def playlist(*files: PackedFile, title: str = "Film", standard: Standard = "smpte") -> CompositionPlaylist:
    assets = tuple(
        ReelAsset(
            kind=kind,
            id=file.id,
            edit_rate=Fraction(24),
            intrinsic_duration=48,
            hash=file.sha1,
            frame_rate=Fraction(24) if kind == "MainPicture" else None,
            screen_aspect_ratio=None if kind != "MainPicture" else "1.85",
        )
        for kind, file in zip(("MainPicture", "MainSound"), files, strict=False)
    )
    return CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="A",
        creator="B",
        content_title_text=title,
        content_kind="test",
        reels=(Reel(uuid.uuid4(), assets),),
        standard=standard,
    )


def asked(*ids: uuid.UUID, title: str = "List") -> PackingList:
    return PackingList(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="A",
        creator="B",
        annotation_text=title,
        asset_list=tuple(PklAsset(id, None, 0, "") for id in ids),
    )


def agrees(written: WrittenPackage, folder: Path) -> None:
    """Every list says of each file what the file is."""
    package = open_package(folder)
    assert {pkl.id for pkl in package.packing_lists} == set(written.packing_lists)
    for pkl in package.packing_lists:
        for entry in pkl.asset_list:
            data = package.require(entry.id).read_bytes()
            assert (entry.hash, entry.size) == (hashlib.sha1(data).digest(), len(data))
            assert entry.type
    for asset in package.asset_map.asset_list:
        (chunk,) = asset.chunk_list
        assert chunk.length == (folder / chunk.path).stat().st_size
        assert (chunk.volume_index, chunk.offset) == (1, 0)
        assert asset.packing_list == (asset.id in written.packing_lists)


@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_several_compositions_over_shared_files(tmp_path: Path, standard: Standard) -> None:
    picture = packed(tmp_path, "picture.mxf", standard=standard)
    sounds = [packed(tmp_path, f"media/{name}.mxf", "Sound", standard) for name in "ab"]
    films = [playlist(picture, sound, title=sound.name, standard=standard) for sound in sounds]
    written = write_package(
        tmp_path,
        files=[picture, *sounds],
        compositions=films,
        standard=standard,
        now=NOW,
        annotation="Two versions",
    )
    agrees(written, tmp_path)
    package = open_package(tmp_path)
    assert [cpl.id for cpl in package.compositions] == [film.id for film in films]
    assert len(package.asset_map.asset_list) == 6  # a PKL, two CPLs, three files
    (pkl,) = package.packing_lists
    assert [entry.annotation_text for entry in pkl.asset_list[:2]] == [
        film.content_title_text for film in films
    ]
    assert pkl.annotation_text == package.asset_map.annotation_text == "Two versions"
    wanted = {"ASSETMAP.xml", "VOLINDEX.xml"} if standard == "smpte" else {"ASSETMAP", "VOLINDEX"}
    assert wanted <= {path.name for path in tmp_path.iterdir()}


def test_several_packing_lists_with_a_file_in_two(tmp_path: Path) -> None:
    picture, one, two = (packed(tmp_path, f"{name}.mxf") for name in ("picture", "one", "two"))
    films = [playlist(picture, one), playlist(picture, two, title="Other")]
    lists = [asked(films[0].id, picture.id, one.id), asked(films[1].id, picture.id, two.id)]
    written = write_package(
        tmp_path,
        files=[picture, one, two],
        compositions=films,
        packing_lists=lists,
        standard="smpte",
        now=NOW,
    )
    agrees(written, tmp_path)
    read = open_package(tmp_path).packing_lists
    assert [[entry.id for entry in pkl.asset_list] for pkl in read] == [
        [entry.id for entry in pkl.asset_list] for pkl in lists
    ]


@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_a_signer_signs_playlists_and_lists(tmp_path: Path, standard: Standard) -> None:
    picture = packed(tmp_path, "picture.mxf", standard=standard)
    film = playlist(picture, standard=standard)
    written = write_package(
        tmp_path, files=[picture], compositions=[film], standard=standard, signer=signer(), now=NOW
    )
    agrees(written, tmp_path)
    for file in (*written.playlists.values(), *written.packing_lists.values()):
        path = tmp_path / file.name
        assert verify_enveloped(path.read_bytes(), where=path).chain.leaf == signer().leaf


def test_a_version_file_lists_what_it_brings(tmp_path: Path) -> None:
    sound = packed(tmp_path, "sound.mxf", "Sound")
    elsewhere = replace(sound, id=uuid.uuid4())
    written = write_package(
        tmp_path, files=[sound], compositions=[playlist(elsewhere, sound)], standard="smpte", now=NOW
    )
    agrees(written, tmp_path)
    assert open_package(tmp_path).asset_map.asset(elsewhere.id) is None


class TestNothingIsWrittenWhen:
    def refused(self, folder: Path, files: list[PackedFile], error: type = UsageError, **more: object) -> str:
        film = playlist(*files)
        with pytest.raises(error) as caught:
            write_package(
                folder, files=files, compositions=[film], standard="smpte", now=NOW, **more,  # type: ignore[arg-type]
            )  # fmt: skip
        assert not list(folder.glob("*.xml"))
        return str(caught.value)

    def test_two_files_have_one_id(self, tmp_path: Path) -> None:
        file = packed(tmp_path, "a.mxf")
        assert "same id" in self.refused(tmp_path, [file, replace(file, name="b.mxf")])

    def test_two_files_have_one_name(self, tmp_path: Path) -> None:
        file = packed(tmp_path, "a.mxf")
        assert "a.mxf" in self.refused(tmp_path, [file, replace(file, id=uuid.uuid4())])

    def test_a_file_has_the_name_of_a_document(self, tmp_path: Path) -> None:
        file = packed(tmp_path, "a.mxf")
        assert "ASSETMAP.xml" in self.refused(tmp_path, [replace(file, name="ASSETMAP.xml")])

    @pytest.mark.parametrize("name", ["../a.mxf", "/a.mxf", "", "a\\b.mxf"])
    def test_a_name_leads_out_of_the_folder(self, tmp_path: Path, name: str) -> None:
        self.refused(tmp_path, [replace(packed(tmp_path, "a.mxf"), name=name)], PathError)

    def test_a_list_names_what_is_not_there(self, tmp_path: Path) -> None:
        file = packed(tmp_path, "a.mxf")
        missing = uuid.uuid4()
        said = self.refused(tmp_path, [file], packing_lists=[asked(file.id, missing)])
        assert str(missing) in said and "not in it" in said

    def test_a_file_is_in_no_list(self, tmp_path: Path) -> None:
        files = [packed(tmp_path, "a.mxf"), packed(tmp_path, "b.mxf")]
        film = playlist(files[0])
        with pytest.raises(UsageError, match="none of its packing lists"):
            write_package(
                tmp_path,
                files=files,
                compositions=[film],
                packing_lists=[asked(film.id, files[0].id)],
                standard="smpte",
                now=NOW,
            )
