"""What of a package goes onto a drive, under which names; what is refused before a byte is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from drives import NOW, package

from dcp.errors import DcpError, PathError, SignatureError, UsageError
from dcp.rework.drive.contents import loads_of, missing_notes
from dcp.trust.making import NewChain, make_chain


@pytest.fixture(scope="module")
def studio() -> NewChain:
    return make_chain(organization="studio.example", unit="test", role="CS", now=NOW)


def test_documents_come_first_and_strays_stay_behind(tmp_path: Path) -> None:
    root = package(tmp_path / "Film_FTR")
    (root / ".DS_Store").write_bytes(b"x")
    (root / "media" / "._one.mxf").write_bytes(b"x")
    (load,) = loads_of([root])
    assert [file.name for file in load.files] == [
        "ASSETMAP.xml", "VOLINDEX.xml", "cpl.xml", "pkl.xml", "media/one.mxf", "two.mxf"
    ]  # fmt: skip
    assert set(load.left_out) == {".DS_Store", "media/._one.mxf"}
    (note,) = load.notes
    assert "2 files in the folder belong to no package" in str(note) and ".DS_Store" in str(note)
    assert load.folder == "Film_FTR" and load.target(load.files[-1]) == "Film_FTR/two.mxf"
    assert [file.vouched for file in load.files] == [False, False, True, False, True, True]


def test_files_that_no_packing_list_hashes_are_told(tmp_path: Path) -> None:
    (load,) = loads_of([package(tmp_path / "in", listed=False)])
    (note,) = load.notes
    assert "no packing list has a hash of 2 files" in str(note)


def test_a_file_spelled_otherwise_stands_under_the_name_of_the_map(tmp_path: Path) -> None:
    root = package(tmp_path / "in", {"Große Datei.mxf": b"abc"})
    (root / "Große Datei.mxf").rename(root / "GROSSE datei.mxf")
    (load,) = loads_of([root])
    (file,) = [file for file in load.files if file.renamed]
    assert (file.name, file.renamed) == ("Große Datei.mxf", "GROSSE datei.mxf")
    assert file.path == root / "GROSSE datei.mxf"
    assert "under the names that the asset map has" in str(load.notes[0])


def test_of_several_packages_each_has_a_folder(tmp_path: Path) -> None:
    first, second = package(tmp_path / "a" / "One"), package(tmp_path / "Two")
    loads = loads_of([first, second])
    assert [load.folder for load in loads] == ["One", "Two"]
    with pytest.raises(UsageError, match="only one package can stand at the root"):
        loads_of([first, second], at_root=True)
    (load,) = loads_of([first], at_root=True)
    assert load.folder == "" and load.target(load.files[0]) == "ASSETMAP.xml"


def test_two_packages_of_one_name_are_refused(tmp_path: Path) -> None:
    first, second = package(tmp_path / "a" / "Film"), package(tmp_path / "b" / "FILM")
    with pytest.raises(UsageError, match="two packages would both be FILM"):
        loads_of([first, second])


@pytest.mark.parametrize("name", [".hidden", "lost+found", "line\nbreak", "bell\x07", "\u2028"])
@pytest.mark.posix
def test_a_folder_s_name_that_cannot_stand_on_a_drive(tmp_path: Path, name: str) -> None:
    root = package(tmp_path / "in").rename(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be called"):
        loads_of([root])


@pytest.mark.posix
def test_a_folder_s_name_that_is_no_text(tmp_path: Path) -> None:
    root = package(tmp_path / "in")
    try:
        root = root.rename(tmp_path / os.fsdecode(b"film\xff"))
    except OSError:
        pytest.skip("this file system has no such names")
    with pytest.raises(UsageError, match="cannot be called"):
        loads_of([root])


@pytest.mark.posix
@pytest.mark.parametrize("where", ["file", "folder", "document"])
def test_links_are_refused(tmp_path: Path, where: str) -> None:
    root = package(tmp_path / "in")
    place = root / {"file": "two.mxf", "folder": "media", "document": "VOLINDEX.xml"}[where]
    place.rename(root / "real")
    place.symlink_to("real")
    with pytest.raises(DcpError, match="a link or no plain file") as refused:
        loads_of([root])
    assert refused.value.where == str(place)


@pytest.mark.posix
def test_a_link_out_of_the_package_is_refused(tmp_path: Path) -> None:
    root = package(tmp_path / "in")
    (root / "two.mxf").rename(tmp_path / "two.mxf")
    (root / "two.mxf").symlink_to(tmp_path / "two.mxf")
    with pytest.raises(PathError):
        loads_of([root])


def test_an_absent_file_or_one_of_another_size_is_an_error(tmp_path: Path) -> None:
    root = package(tmp_path / "in")
    (root / "two.mxf").write_bytes(b"longer than it was")
    with pytest.raises(DcpError, match="the packing list says 5"):
        loads_of([root])
    (root / "two.mxf").unlink()
    with pytest.raises(DcpError, match=r"two\.mxf"):
        loads_of([root])


def test_a_signature_that_does_not_hold_is_an_error(tmp_path: Path, studio: NewChain) -> None:
    root = package(tmp_path / "in", signer=studio.signer)
    (load,) = loads_of([root])
    assert load.signed and not load.notes
    document = root / "pkl.xml"
    document.write_bytes(document.read_bytes().replace(b"<Issuer>Test<", b"<Issuer>Tost<"))
    with pytest.raises(SignatureError):
        loads_of([root])


def test_a_playlist_that_is_not_the_one_hashed_is_an_error(tmp_path: Path) -> None:
    root = package(tmp_path / "in")
    document = root / "cpl.xml"
    document.write_bytes(document.read_bytes().replace(b">Test<", b">Tost<"))
    with pytest.raises(DcpError, match="hash"):
        loads_of([root])


def test_a_version_file_without_its_original_is_told(tmp_path: Path) -> None:
    from packages_packed import facts, media, write

    folder = tmp_path / "OV"
    made = media(folder)
    write(folder, [made], [facts(made.reel)])
    (tmp_path / "VF").mkdir()
    version = write(tmp_path / "VF", [], [facts(made.reel)])
    (note,) = missing_notes(loads_of([version]))
    assert "VF plays 2 assets that no package on this drive holds" in str(note)
    assert not list(missing_notes(loads_of([folder, version])))


def test_a_font_that_only_a_subtitle_names_comes_along(tmp_path: Path) -> None:
    subtitle = b'<DCSubtitle Version="1.0"><LoadFont Id="f" URI="font.ttf"/></DCSubtitle>'
    root = package(tmp_path / "in", {"text/sub.xml": subtitle})
    (root / "text" / "font.ttf").write_bytes(b"font")
    (root / "font.ttf").write_bytes(b"another")
    (load,) = loads_of([root])
    (file,) = [file for file in load.files if file.name.endswith(".ttf")]
    assert file.name == "text/font.ttf" and not file.vouched and load.left_out == ("font.ttf",)
    assert "no packing list has a hash of 1 file, text/font.ttf" in str(load.notes[0])


def test_the_packages_of_another_tool_go_onto_a_drive_whole(corpus: Path) -> None:
    roots = sorted(path.parent for path in (corpus / "libdcp/test/ref/DCP").glob("*/ASSETMAP*"))
    assert roots
    for load in loads_of(roots):
        assert {file.name for file in load.files} == {
            path.relative_to(load.root).as_posix() for path in load.root.rglob("*") if path.is_file()
        } - set(load.left_out)
