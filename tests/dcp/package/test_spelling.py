"""Names that a copy or a tool changed: which file is meant, what is said of it, and what is never taken."""

from __future__ import annotations

import unicodedata
import uuid
from pathlib import Path

import pytest

from dcp.documents.assetmap import Chunk, MapAsset
from dcp.errors import DcpError
from dcp.package.assets import FileNames, Problem, find_asset
from dcp.package.package import open_package
from dcp.package.survey import survey_package

from .test_package import PICTURE, make_package

ASSET = uuid.UUID(int=1)
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "bücher/Café.mxf") for form in ("NFC", "NFD"))

FORM = "another Unicode form (NFC or NFD)"


def find(
    root: Path, listed: str, *others: str, here: tuple[str, ...] = ("sub/pic ture.mxf",)
) -> tuple[str | None, list[Problem]]:
    """What a path means in a folder with these files; `others` are listed by the map as well."""
    for name in here:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"essence")
    path, problems = find_asset(root, MapAsset(ASSET, (Chunk(listed),)), FileNames(here, (listed, *others)))
    return path.relative_to(root).as_posix() if path is not None else None, problems


@pytest.mark.parametrize(
    "listed",
    [
        "file:///sub/pic%20ture.mxf",
        "FILE:///sub/pic%20ture.mxf",
        "file://localhost/sub/pic%20ture.mxf",
        "file://LocalHost/sub/pic%20ture.mxf",
        "file:/sub/pic%20ture.mxf",
        "file:sub/pic%20ture.mxf",
        "file://sub/pic%20ture.mxf",
        "file:///./sub//pic%20ture.mxf",
        "file:///sub/pic ture.mxf",
    ],
)
def test_a_file_uri_is_a_path_below_the_folder(tmp_path: Path, listed: str) -> None:
    path, (problem,) = find(tmp_path, listed)
    assert (path, problem.kind) == ("sub/pic ture.mxf", "uri")
    assert "read as a path below the package's folder" in problem.error.what
    assert "trust" not in (problem.error.remedy or "")


def test_a_file_uri_of_other_places_finds_nothing_there(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mxf"
    secret.write_bytes(b"secret")
    for listed in (secret.as_uri(), "file:///etc/passwd", "file://server/share/secret.mxf"):
        path, (problem,) = find(tmp_path / "dcp", listed)
        assert (path, problem.kind) == (None, "missing")


@pytest.mark.parametrize(
    ("listed", "here", "what"),
    [
        ("Sub/Pic Ture.MXF", "sub/pic ture.mxf", "other letter case: sub/pic ture.mxf"),
        ("Sub/Pic%20Ture.MXF", "sub/pic ture.mxf", "other letter case: sub/pic ture.mxf"),
        ("./Sub//pic ture.mxf", "sub/pic ture.mxf", "other letter case: sub/pic ture.mxf"),
        (COMPOSED, DECOMPOSED, f"{FORM}: {DECOMPOSED}"),
        (DECOMPOSED, COMPOSED, f"{FORM}: {COMPOSED}"),
        (
            COMPOSED.upper(),
            DECOMPOSED,
            f"other letter case and {FORM}: {DECOMPOSED}",
        ),
        ("sub\\pic ture.mxf", "sub/pic ture.mxf", "what it means is here: sub/pic ture.mxf"),
        ("SUB\\pic%20ture.mxf", "sub/pic ture.mxf", "what it means is here: sub/pic ture.mxf"),
    ],
)
def test_another_spelling_is_taken_and_named(tmp_path: Path, listed: str, here: str, what: str) -> None:
    path, (problem,) = find(tmp_path, listed, here=(here,))
    assert (path, problem.kind, problem.names) == (here, "spelling", (here,))
    assert problem.error.what.endswith(what)


def test_a_uri_in_another_spelling_is_missing_neither(tmp_path: Path) -> None:
    path, (problem,) = find(tmp_path, "file:///Sub/Pic%20Ture.mxf")
    assert (path, problem.kind) == ("sub/pic ture.mxf", "spelling")


def test_of_several_spellings_none_is_taken(tmp_path: Path) -> None:
    here = ("a/Pic.mxf", "A/pic.mxf")
    path, (problem,) = find(tmp_path, "a/pic.mxf", here=here)
    assert (path, problem.kind, set(problem.names)) == (None, "missing", set(here))
    assert "A/pic.mxf, a/Pic.mxf" in problem.error.what and "none is taken" in problem.error.what


def test_the_right_spelling_is_taken_whatever_lies_beside_it(tmp_path: Path) -> None:
    assert find(tmp_path, "a.mxf", here=("a.mxf", "A.mxf")) == ("a.mxf", [])
    assert find(tmp_path, "./x//a.mxf", here=("x/a.mxf", "X/a.mxf")) == ("x/a.mxf", [])


def test_what_another_asset_lists_by_its_name_is_not_taken(tmp_path: Path) -> None:
    path, (problem,) = find(tmp_path, "a.mxf", "A.mxf", here=("A.mxf",))
    assert (path, problem.kind, problem.names) == (None, "missing", ())


@pytest.mark.parametrize(
    "listed",
    [
        "..\\pic.mxf",
        "sub\\..\\..\\pic.mxf",
        "C:\\sub\\pic ture.mxf",
        "\\\\sub\\pic ture.mxf",
        "\\sub\\pic ture.mxf",
    ],
)
def test_backslashes_lead_nowhere_else(tmp_path: Path, listed: str) -> None:
    (tmp_path / "pic.mxf").write_bytes(b"outside")
    path, (problem,) = find(tmp_path / "dcp", listed)
    assert (path, problem.kind) == (None, "path")
    named = "pic ture" in listed and ".." not in listed
    assert problem.names == (("sub/pic ture.mxf",) if named else ())


def test_the_end_of_a_path_from_another_machine_is_named_and_not_taken(tmp_path: Path) -> None:
    for listed in (
        "/Volumes/disk/sub/pic ture.mxf",
        "D:/sub/pic ture.mxf",
        "file:///home/me/sub/pic%20ture.mxf",
    ):
        path, (problem,) = find(tmp_path / "dcp", listed)
        assert (path, problem.names) == (None, ("sub/pic ture.mxf",))
    for listed in ("/etc/passwd", "../sub/pic ture.mxf", "file:///..%2fsub/pic%20ture.mxf"):
        assert find(tmp_path / "dcp", listed)[1][0].names == ()


def test_a_link_is_never_what_another_spelling_means(tmp_path: Path) -> None:
    root = make_package(tmp_path / "dcp")
    (root / "picture.mxf").rename(tmp_path / "outside.mxf")
    (root / "PICTURE.MXF").symlink_to(tmp_path / "outside.mxf")
    survey = survey_package(root)
    assert [problem.kind for problem in survey.problems] == ["missing"] and survey.locate(PICTURE) is None


class TestInAPackage:
    def test_it_opens_with_the_file_that_is_meant(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "picture.mxf").rename(root / "Picture.MXF")
        package = open_package(root)
        assert package.require(PICTURE).name == "Picture.MXF"
        assert [problem.kind for problem in survey_package(root).problems] == ["spelling"]

    def test_it_opens_with_what_a_uri_means(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        data = (root / "ASSETMAP.xml").read_text().replace(">picture.mxf", ">file:///picture.mxf")
        (root / "ASSETMAP.xml").write_text(data)
        assert open_package(root).require(PICTURE) == root / "picture.mxf"

    def test_what_is_ambiguous_is_said_when_it_is_needed(self, tmp_path: Path) -> None:
        root = make_package(tmp_path / "dcp")
        (root / "picture.mxf").rename(root / "Picture.mxf")
        (root / "PICTURE.mxf").write_bytes(b"essence")
        package = open_package(root)
        with pytest.raises(DcpError, match=r"several files differ from picture\.mxf in spelling alone"):
            package.require(PICTURE)


def test_a_folder_of_files_alike_costs_no_more_than_a_few(tmp_path: Path) -> None:
    """Thousands of files that differ in letter case alone are not told once for each asset of the map."""
    names = [f"{number:b}".translate({48: "a", 49: "A"}) for number in range(1 << 12, 1 << 13)]
    files = FileNames(names)
    assert files.like(["a" * 13]) == tuple(sorted(names)[:6])
    path, problems = find_asset(tmp_path, MapAsset(ASSET, (Chunk("a" * 12 + "%41"),)), files)
    assert path is None and len(problems[0].names) == 6


def test_what_a_path_from_elsewhere_ends_in_is_looked_for_as_deep_as_the_folder_is() -> None:
    """A path of a thousand parts has as many ends; a million signs would be put together for each asset."""
    looked: list[str] = []

    class Counting(frozenset[str]):
        def __contains__(self, name: object) -> bool:
            looked.append(str(name))
            return super().__contains__(name)

    files = FileNames(["sub/pic.mxf"])
    files._names = Counting(files._names)
    assert files.ending("/" + "a/" * 500 + "sub/pic.mxf") == ("sub/pic.mxf",)
    assert looked == ["sub/pic.mxf"]
