"""What people hand over: folders, archives, and files that are something else."""

from __future__ import annotations

import errno
import io
import os
import zipfile
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screening import kdm_for

from dcp.errors import UsageError
from dcp.trust import mail as mailing
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
        "mail": b"Received: from a by b\r\nContent-Type: text/xml\r\n\r\n<DCinemaSecurityMessage/>",
        "office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
        "empty": b" \r\n",
        "unknown": b"Dear projectionist",
    }.items():
        assert kind_of(data) == kind, kind
    assert kind_of(world.hall.leaf.der) == "certificate"
    assert kind_of(b"<!DOCTYPE x>") == "xml"
    assert kind_of(b"Certificate:\n    Data: x\n-----BEGIN CERTIFICATE-----\n") == "certificate"
    assert kind_of(b"Note: our KDM\n\nFrom: here\n") == "unknown"


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


@pytest.mark.posix
def test_a_stick_s_own_folder_hinders_nobody(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`lost+found` at the root of a drive is root's alone; another folder that cannot be read is told."""
    (tmp_path / "a.xml").write_bytes(kdm_for(world, world.hall.leaf))
    for name in ("lost+found", "deep"):
        (tmp_path / name).mkdir()
    denied = {str(tmp_path / "lost+found")}
    scandir = os.scandir

    def listed(path: Any) -> Any:
        if str(path) in denied:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", listed)
    assert names(tmp_path) == ["a.xml"]
    denied.add(str(tmp_path / "deep"))
    with pytest.raises(UsageError):
        names(tmp_path)


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
    assert [(file.kind, file.message) for file in found] == [("damaged-archive", None)]
    assert [file.where for file in find_kdms([tmp_path])] == [str(broken)], "of a folder too"
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("kdm.txt", b"x")
    assert [file.kind for file in find_kdms([tmp_path / "other.zip"])] == ["archive"]


def test_a_cut_off_archive_is_damaged(world: Any, tmp_path: Path) -> None:
    data = zipped(a=kdm_for(world, world.hall.leaf))
    (tmp_path / "mail.zip").write_bytes(data[: len(data) // 2])
    (file,) = find_kdms([tmp_path / "mail.zip"])
    assert file.kind == "damaged-archive" and file.error is not None


def test_an_error_of_our_own_is_not_the_archives(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slip(*_: Any, **__: Any) -> None:
        raise ValueError("a slip")

    (tmp_path / "mail.zip").write_bytes(zipped(a=kdm_for(world, world.hall.leaf)))
    monkeypatch.setattr("kdm.diagnose.reading.parse_message", slip)
    with pytest.raises(ValueError, match="a slip"):
        list(find_kdms([tmp_path]))


def test_a_disk_that_fails_is_not_the_archives_fault(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "mail.zip").write_bytes(zipped(a=kdm_for(world, world.hall.leaf)))
    monkeypatch.setattr(zipfile.ZipFile, "open", fail)
    with pytest.raises(UsageError, match=os.strerror(errno.EIO)):
        list(find_kdms([tmp_path]))


def test_a_folder_inside_that_cannot_be_read_is_no_empty_one(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def guarded(path: Any) -> Any:
        if Path(path).name == "locked":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return scandir(path)

    (tmp_path / "locked").mkdir()
    (tmp_path / "a.xml").write_bytes(kdm_for(world, world.hall.leaf))
    monkeypatch.setattr(os, "scandir", guarded)
    with pytest.raises(UsageError, match=r"cannot read the folder: .*\n.*locked"):
        list(find_kdms([tmp_path]))


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.xml", data)
    return stream.getvalue()


def mail(*parts: tuple[str, bytes]) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "KDM"
    message["From"] = "a@b.example"
    message.set_content("Dear projectionist")
    for name, data in parts:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_what_is_attached_to_a_mail_is_read(world: Any, tmp_path: Path) -> None:
    one, other = (kdm_for(world, each.leaf) for each in (world.hall, world.other))
    path = tmp_path / "message.eml"
    path.write_bytes(mail(("one.xml", one), ("kdms.zip", zipped(one=one, other=other))))
    expected = [f"{path}/one.xml", f"{path}/kdms.zip/other.xml"]
    for paths in ([path], [tmp_path]):
        found = list(find_kdms(paths))
        assert [file.where for file in found] == expected and all(file.message for file in found)
    forward = EmailMessage(policy=SMTP)
    forward["From"] = "c@d.example"
    forward.set_content("as promised")
    forward.add_attachment(message_from_bytes(path.read_bytes(), policy=SMTP))
    path.write_bytes(forward.as_bytes())
    assert len(list(find_kdms([path]))) == 2


def test_a_mail_without_a_kdm_is_named(world: Any, tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(mail(("cpl.xml", world.cpl)))
    (file,) = find_kdms([path])
    assert (file.kind, file.message) == ("mail", None) and list(find_kdms([tmp_path])) == []
    cut = zipped(a=kdm_for(world, world.hall.leaf))[:200]
    path.write_bytes(mail(("kdm.zip", cut)))
    assert [file.kind for file in find_kdms([tmp_path])] == ["damaged-archive"]


@pytest.mark.parametrize(
    "bound", ["MAX_MAIL_BYTES", "MAX_LINES", "MAX_INNER", "MAX_FIELD_BYTES", "MAX_FIELDS_BYTES"]
)
def test_a_mail_is_bounded(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(mail(("kdm.xml", kdm_for(world, world.hall.leaf))))
    monkeypatch.setattr(mailing, bound, 0)
    (file,) = find_kdms([path])
    assert file.error is not None and file.error.what == "the e-mail is too large"


def test_all_archives_of_a_mail_have_one_room(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = tmp_path / "message.eml", kdm_for(world, world.hall.leaf)
    path.write_bytes(mail(*((f"{number}.zip", zipped(a=data)) for number in range(4))))
    monkeypatch.setattr(reading, "MAX_PLAIN_BYTES", 3 * len(data))
    with pytest.raises(UsageError, match="unpacks to more"):
        list(find_kdms([path]))


@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=12)), max_size=6))
def test_any_mail_gives_files(tmp_path_factory: pytest.TempPathFactory, edits: list[Any]) -> None:
    data = mail(("a.xml", b"<DCinemaSecurityMessage/>"), ("b.zip", zipped(b=b"<DCinemaSecurityMessage />")))
    for place, length, put in edits:
        start = int(place * len(data))
        data = data[:start] + put + data[start + length :]
    path = tmp_path_factory.getbasetemp() / "x.eml"
    path.write_bytes(b"From: a@b.example\r\n" + data)
    assert all(file.message is None for file in find_kdms([path]))


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
