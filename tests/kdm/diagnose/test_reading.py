"""What people hand over: folders, archives, and files that are something else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screening import kdm_for

from dcp.errors import UsageError
from dcp.trust.making import private_key_pem
from kdm.diagnose import reading
from kdm.diagnose.reading import find_certificates, find_kdms, kind_of, read_kdm_file
from kdm.message import KDM_INTEROP

PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def names(*paths: Path) -> list[str]:
    return [Path(file.where).name for file in find_kdms(paths)]


def test_what_a_file_is(world: Any) -> None:
    kdm = kdm_for(world, world.hall.leaf)
    etm = b"http://www.smpte-ra.org/schemas/430-3/2006/ETM"
    for kind, data in {
        "kdm": kdm,
        "interop-kdm": kdm.replace(etm, KDM_INTEROP.encode()),
        "facility-list": kdm.replace(b"KDMRequiredExtensions", b"FLMRequiredExtensions"),
        "composition": world.cpl,
        "packing-list": b"<?xml version='1.0'?><!-- c --><p:PackingList xmlns:p='x'/>",
        "asset-map": b"\xef\xbb\xbf<AssetMap/>",
        "certificate": world.hall.leaf.pem().encode(),
        "private-key": private_key_pem(world.hall.private_key),
        "web-page": b"<!DOCTYPE html>\n<HTML lang=en>",
        "xml": b"<x/>",
        "archive": b"PK\x03\x04rest",
        "pdf": b"%PDF-1.4",
        "empty": b" \r\n",
        "unknown": b"Dear projectionist",
    }.items():
        assert kind_of(data) == kind, kind
    assert kind_of(world.hall.leaf.der) == "certificate"
    assert kind_of(b"<!DOCTYPE x>") == "xml"


def test_of_a_folder_only_kdms_are_taken_damaged_ones_too(world: Any, tmp_path: Path) -> None:
    kdm = kdm_for(world, world.hall.leaf)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.XML").write_bytes(kdm)
    (tmp_path / "a.xml").write_bytes(kdm[:900])
    (tmp_path / "cpl.xml").write_bytes(world.cpl)
    (tmp_path / ".hidden.xml").write_bytes(kdm)
    (tmp_path / "big.mxf").write_bytes(kdm)
    assert names(tmp_path) == ["a.xml", "b.XML"]
    assert names(tmp_path, tmp_path / "a.xml", tmp_path / "cpl.xml") == ["a.xml", "b.XML", "cpl.xml"]


def test_an_archive_gives_its_kdms(world: Any, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mail.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Rex/kdm.xml", kdm_for(world, world.hall.leaf))
        archive.writestr("readme.xml", world.cpl)
        archive.writestr("kdm.txt", b"x")
    found = list(find_kdms([tmp_path]))
    assert [file.where for file in found] == [f"{tmp_path}/mail.zip/Rex/kdm.xml"]
    assert found[0].message is not None


def test_a_broken_archive_is_a_file_that_is_no_kdm(tmp_path: Path) -> None:
    broken = tmp_path / "mail.zip"
    broken.write_bytes(b"PK\x03\x04" + bytes(40))
    found = list(find_kdms([broken]))
    assert [(file.kind, file.message) for file in found] == [("archive", None)]
    assert list(find_kdms([tmp_path])) == []
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("kdm.txt", b"x")
    assert [file.kind for file in find_kdms([tmp_path / "other.zip"])] == ["archive"]


def test_an_archive_is_bounded(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "mail.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.xml", kdm_for(world, world.hall.leaf))
    monkeypatch.setattr(reading, "MAX_PLAIN_BYTES", 30_000)
    with pytest.raises(UsageError, match="unpacks to more"):
        list(find_kdms([tmp_path]))
    monkeypatch.setattr(reading, "MAX_MEMBERS", 3)
    with pytest.raises(UsageError, match="more than 3 documents"):
        list(find_kdms([tmp_path]))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_unpacks_without_bounds_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: int
) -> None:
    """971 bytes of bzip2 took two gigabytes."""
    with zipfile.ZipFile(tmp_path / "mail.zip", "w", method) as archive:
        archive.writestr("a.xml", b"<DCinemaSecurityMessage/>" + bytes(100_000))
    _none_is_opened(tmp_path / "mail.zip", monkeypatch)


@pytest.mark.parametrize("what", ["too large", "encrypted"])
def test_a_member_is_judged_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "mail.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"<DCinemaSecurityMessage/>" + bytes(100_000))
    if what == "encrypted":
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
        path.write_bytes(data)
    else:
        monkeypatch.setattr(reading, "MAX_MESSAGE_BYTES", 100_000)
    _none_is_opened(path, monkeypatch)


def _none_is_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *words, **more: opened.append(words))
    (file,) = find_kdms([path])
    assert file.error is not None and "encrypted, too large for a KDM, or packed" in file.error.what
    assert opened == [] == list(find_kdms([path.parent]))


def test_a_folder_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(UsageError, match="more than 2 files"):
        list(find_kdms([tmp_path]))


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        list(find_kdms([tmp_path / "none.xml"]))


def test_certificates_of_a_folder(tmp_path: Path) -> None:
    for name in ("a.pem", "b.CRT", "c.key", "d.xml"):
        (tmp_path / name).write_bytes(PEM)
    assert [path.name for path in find_certificates(tmp_path)] == ["a.pem", "b.CRT"]


@given(st.binary(max_size=200))
def test_any_bytes_are_some_kind_of_file(data: bytes) -> None:
    for whole in (data, b"<?xml version='1.0'?>" + data, b"<DCinemaSecurityMessage " + data):
        assert read_kdm_file("x", whole).kind == kind_of(whole)


@given(st.binary(max_size=300))
def test_any_archive_gives_files_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    path.write_bytes(b"PK\x03\x04" + data)
    assert all(file.message is None for file in find_kdms([path]))


def test_a_message_beside_its_archive_is_one(tmp_path: Path) -> None:
    data = b"<DCinemaSecurityMessage/>"
    (tmp_path / "a.xml").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.xml", data)
        archive.writestr("b.xml", data + b" ")
    assert len(list(find_kdms([tmp_path]))) == 2
