"""Where OpenJPEG's library is looked for, on three systems, in trees made for the purpose."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.picture import openjp2, openjp2_library
from dcp.picture.openjp2_library import Candidate, candidates, find_library, new_enough

SYSTEM = {"linux": "libopenjp2.so.7", "darwin": "libopenjp2.7.dylib", "win32": "openjp2.dll"}


def tree(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")
    return root


def found(platform: str, root: Path, environment: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Source and place below `root` of each candidate, the system's own names left out."""
    return [
        (each.source, Path(each.path).relative_to(root).as_posix())
        for each in candidates(
            platform,
            sites={"pillow": root / "site", "imagecodecs": root / "site"},
            environment=environment or {},
            prefix=str(root / "prefix"),
        )
        if each.source != "system"
    ]


def test_the_wheels_on_linux_come_before_conda(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "site/imagecodecs.libs/libopenjp2-99.so.2.5.3",
        "site/pillow.libs/libopenjp2-e530.so.2.5.4",
        "site/pillow.libs/libtiff-1.so.6",
        "conda/lib/libopenjp2.so.7",
        "conda/lib/libopenjp2.a",
    )
    assert found("linux", root, {"CONDA_PREFIX": str(root / "conda")}) == [
        ("pillow", "site/pillow.libs/libopenjp2-e530.so.2.5.4"),
        ("imagecodecs", "site/imagecodecs.libs/libopenjp2-99.so.2.5.3"),
        ("conda", "conda/lib/libopenjp2.so.7"),
    ]


def test_the_wheels_on_macos(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "site/PIL/.dylibs/libopenjp2.2.5.4.dylib",
        "site/imagecodecs/.dylibs/libopenjp2.2.5.3.dylib",
        "prefix/conda-meta/history",
        "prefix/lib/libopenjp2.dylib",
    )
    assert found("darwin", root) == [
        ("pillow", "site/PIL/.dylibs/libopenjp2.2.5.4.dylib"),
        ("imagecodecs", "site/imagecodecs/.dylibs/libopenjp2.2.5.3.dylib"),
        ("conda", "prefix/lib/libopenjp2.dylib"),
    ]


def test_conda_on_windows(tmp_path: Path) -> None:
    root = tree(tmp_path, "site/imagecodecs/openjp2.dll", "conda/Library/bin/openjp2.dll", "prefix/lib/x.dll")
    assert found("win32", root, {"CONDA_PREFIX": str(root / "conda")}) == [
        ("imagecodecs", "site/imagecodecs/openjp2.dll"),
        ("conda", "conda/Library/bin/openjp2.dll"),
    ]


@pytest.mark.parametrize("platform", SYSTEM)
def test_the_systems_own_names_come_last(platform: str, tmp_path: Path) -> None:
    last = list(candidates(platform, sites={}, environment={}, prefix=str(tmp_path)))
    assert {each.source for each in last} == {"system"}
    assert SYSTEM[platform] in [each.path for each in last]


@pytest.mark.parametrize(
    ("version", "enough"),
    [("2.5.0", True), ("2.5.4", True), ("2.10.1", True), ("3.0.0", True), ("2.4.0", False), ("2.5", False),
     ("", False), ("2.5.x", False), ("1.5.2", False)],
)  # fmt: skip
def test_the_version_is_held_to(version: str, enough: bool) -> None:
    assert new_enough(version) is enough


class Version:
    """What a loaded library has for a function; ctypes sets its type."""

    restype: object = None

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def __call__(self) -> bytes:
        return self.answer


class Library:
    def __init__(self, answer: bytes) -> None:
        self.opj_version = Version(answer)


def loading(monkeypatch: pytest.MonkeyPatch, libraries: dict[str, object]) -> None:
    def load(path: str) -> object:
        if path not in libraries:
            raise OSError("no such file")
        return libraries[path]

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(
        openjp2_library, "candidates", lambda: iter([Candidate("system", name) for name in ("a", "b", "c")])
    )


def test_an_old_library_is_passed_over_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    loading(monkeypatch, {"b": Library(b"2.4.0"), "c": Library(b"2.5.2")})
    got, refused = find_library()
    assert got is not None and (got.version, got.candidate.path) == ("2.5.2", "c")
    assert refused == ("a", "b (2.4.0)")


def test_without_a_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    loading(monkeypatch, {})
    openjp2.library.cache_clear()
    try:
        with pytest.raises(DcpError) as caught:
            openjp2.library()
    finally:
        openjp2.library.cache_clear()
    assert caught.value.where == "a, b, c"
    assert 'pip install "dcpkit[picture]"' in str(caught.value)
