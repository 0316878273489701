"""Folders of certificates and of messages as facility lists, and the one entrance for every kind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import flms
import pytest

from dcp.errors import CertificateError, DocumentError, SignatureError, UsageError
from dcp.suite import SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.making import write_chain
from kdm.facility import folder
from kdm.facility.folder import read_folder
from kdm.facility.reading import read_facilities
from kdm.facility.values import Device, Facility, Screen

World = Any


def pem(*certificates: Any) -> str:
    return "".join(each.pem() for each in certificates)


def lay(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_a_folder_for_each_cinema(world: World, tmp_path: Path) -> None:
    hall, other, projector = world.hall, world.other.leaf, world.projector.leaf
    found = read_folder(
        lay(
            tmp_path / "cinemas",
            {
                "Rex/Hall 1.pem": pem(*hall.chain),
                "Rex/Hall 1 projector.cer": projector.der,
                "Rex/Hall 10.crt": pem(other),
                "Grand/Saal A/server.der": other.der,
                "Grand/Saal A/projector.pem": pem(projector),
                "Grand/Saal A/leaf.key": "secret",
                "Grand/notes.txt": "nothing",
                "Grand/.hidden.pem": "nothing",
                "empty/readme": "nothing",
            },
        )
    )
    assert found.problems == () and found.source == str(tmp_path / "cinemas")
    grand, rex = found.facilities
    attached = (Device((projector,)),)
    assert grand == Facility("Grand", "Grand", (Screen("Saal A", (Device((other,)),), attached),))
    assert rex.screens == (
        Screen("Hall 1", (Device(tuple(hall.chain)),), attached),
        Screen("Hall 10", (Device((other,)),)),
    )


def test_certificates_alone_are_a_cinema_of_the_folders_name(world: World, tmp_path: Path) -> None:
    files = {"2.pem": pem(world.hall.leaf), "10.pem": pem(world.other.leaf)}
    (rex,) = read_folder(lay(tmp_path / "Rex", files)).facilities
    assert rex.name == "Rex" and [screen.name for screen in rex.screens] == ["2", "10"]


def test_a_chain_as_the_command_writes_it_is_one_screen(world: World, tmp_path: Path) -> None:
    """leaf.pem, chain.pem, root.pem and intermediate.pem: one device, its chain whole."""
    write_chain(world.hall, tmp_path / "Rex" / "server 1")
    found = read_folder(tmp_path)
    (rex,) = found.facilities
    (screen,) = rex.screens
    assert screen.name == "server 1" and screen.recipients[0].certificates == tuple(world.hall.chain)
    (flat,) = read_folder(tmp_path / "Rex" / "server 1").facilities
    assert [each.recipients[0].certificates for each in flat.screens] == [tuple(world.hall.chain)]
    assert flat.screens[0].name == world.hall.leaf.label, (
        "the file's name says nothing, the certificate's does"
    )


def test_authorities_in_their_own_files_complete_the_chains(world: World, tmp_path: Path) -> None:
    leaf, intermediate, root = world.hall.chain
    files = {"Hall.pem": pem(leaf), "maker.pem": pem(root), "ca.pem": pem(intermediate)}
    (rex,) = read_folder(lay(tmp_path, files)).facilities
    (screen,) = rex.screens
    assert screen.recipients[0].certificates == (leaf, intermediate, root)


def test_a_projector_that_belongs_to_no_screen_is_a_problem(world: World, tmp_path: Path) -> None:
    files = {
        "1.pem": pem(world.hall.leaf),
        "2.pem": pem(world.other.leaf),
        "pr.pem": pem(world.projector.leaf),
    }
    (rex,) = read_folder(lay(tmp_path, files)).facilities
    assert rex.problems[0].startswith("pr.pem: it belongs to no screen") and len(rex.screens) == 2
    (tmp_path / "2.pem").unlink()
    (rex,) = read_folder(tmp_path).facilities
    assert rex.problems == () and rex.screens[0].devices[0].leaf == world.projector.leaf


def test_hall_12_does_not_belong_to_hall_1(world: World, tmp_path: Path) -> None:
    files = {
        "Hall 1.pem": pem(world.hall.leaf),
        "Hall 3.pem": pem(world.other.leaf),
        "Hall 12 projector.pem": pem(world.projector.leaf),
    }
    (rex,) = read_folder(lay(tmp_path, files)).facilities
    assert [screen.devices for screen in rex.screens] == [(), ()] and "Hall 12" in rex.problems[0]


def test_a_servers_two_certificates_for_one_key_are_one_screen(world: World, tmp_path: Path) -> None:
    """As makers hand them out: the media block's with SHA-1 and with SHA-256, and the screen manager's."""
    old = Certificate(world.hall.leaf.der.replace(der.oid(SHA256_WITH_RSA), der.oid(SHA1_WITH_RSA)))
    files = {"imb.sha1.pem": pem(old), "imb.sha256.pem": pem(world.hall.leaf)}
    (rex,) = read_folder(lay(tmp_path / "Rex", files)).facilities
    assert [screen.name for screen in rex.screens] == ["imb.sha256"] and rex.problems == ()
    assert rex.notes[0].startswith("imb.sha1.pem: its SHA-1 certificate is left out")
    (rex,) = read_folder(
        lay(tmp_path / "inner", {f"Rex/Hall 1/{name}": text for name, text in files.items()})
    ).facilities
    (screen,) = rex.screens
    assert [each.leaf for each in screen.recipients] == [world.hall.leaf] and "SHA-1" in screen.notes[0]


def test_the_certificates_of_a_real_server_are_one_screen(corpus: Path) -> None:
    """imb-227577: its media block's certificate, and that of its screen management system."""
    (cinema,) = read_folder(corpus / "dct-wolfgangw" / "encryption" / "kdm" / "juliuss").facilities
    assert [screen.name for screen in cinema.screens] == ["imb-227577.cert.sha256"]
    assert cinema.problems == () and "(roles SMS) takes no part in KDMs" in cinema.notes[0]


def test_authorities_alone_are_no_cinema(world: World, tmp_path: Path) -> None:
    files = {"roots.pem": pem(*tuple(world.hall.chain)[1:]), "Rex/1.pem": pem(world.other.leaf)}
    assert [each.name for each in read_folder(lay(tmp_path, files)).facilities] == ["Rex"]


def test_one_bad_file_stops_nothing_else(world: World, tmp_path: Path) -> None:
    files = {
        "1.pem": pem(world.hall.leaf),
        "2.pem": "nothing",
        "3.der": b"\x30\x03\x02\x01",
        "4.pem": pem(world.lab.leaf),
    }
    (rex,) = read_folder(lay(tmp_path, files)).facilities
    assert [screen.name for screen in rex.screens] == ["1"]
    assert [text[:5] for text in rex.problems] == ["2.pem", "3.der", "4.pem"]
    assert "no certificate in it" in rex.problems[0] and "for signing" in rex.problems[2]


def test_a_folder_of_messages(world: World, tmp_path: Path) -> None:
    second = flms.INFO.replace("example.com:1", "example.com:2").replace("Rex", "Grand")
    files = {
        "a/grand.xml": flms.message(flms.auditorium(flms.device(world.other)), info=second),
        "rex.xml": flms.message(flms.auditorium(flms.device(world.hall))),
        "broken.xml": b"<a",
        "Odeon/1.pem": pem(world.other.leaf),
    }
    found = read_folder(lay(tmp_path, files))
    assert [each.name for each in found.facilities] == ["Rex", "Grand", "Odeon"]
    assert found.problems[0].startswith("broken.xml: not well-formed")
    assert not found.signed and found.issued is not None


def test_a_later_message_of_a_cinema_replaces_the_earlier(world: World, tmp_path: Path) -> None:
    old = flms.message(flms.auditorium(flms.device(world.hall)), issued="2027-03-01T00:00:00Z")
    new = flms.message(flms.auditorium(flms.device(world.other)), issued="2027-04-01T00:00:00Z")
    (rex,) = read_folder(lay(tmp_path, {"1.xml": new, "2.xml": old})).facilities
    assert rex.screens[0].recipients[0].leaf == world.other.leaf and "earlier list" in rex.notes[0]


def test_nothing_of_use_is_said_to_be_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no facility list and no certificate"):
        read_folder(lay(tmp_path, {"readme.txt": "x", "sub/sub/sub/deep.pem": "x"}))
    with pytest.raises(UsageError, match="cannot read the folder"):
        read_folder(tmp_path / "gone")


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 3)
    with pytest.raises(UsageError, match="more than 3 files"):
        read_folder(lay(tmp_path, {f"{number}.txt": "" for number in range(4)}))


def test_a_link_in_a_circle_ends(world: World, tmp_path: Path) -> None:
    lay(tmp_path, {"Rex/1.pem": pem(world.hall.leaf)})
    (tmp_path / "Rex" / "again").symlink_to(tmp_path)
    (rex,) = read_folder(tmp_path).facilities
    assert [screen.name for screen in rex.screens] == ["1"]


# --- the one entrance ---


def test_every_kind_is_found_out(world: World, tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "list.xml": flms.message(flms.auditorium(flms.device(world.hall))),
            "list.flm": b"\xef\xbb\xbf\n" + flms.message(flms.auditorium(flms.device(world.hall)))[39:],
            "screens.txt": "cinema,screen,certificate\nRex,1,hall\n",
            "hall": pem(world.hall.leaf),
            "hall.bin": world.hall.leaf.der,
            "folder/Rex/1.pem": pem(world.hall.leaf),
        },
    )
    for name in ("list.xml", "list.flm", "screens.txt", "hall", "hall.bin", "folder"):
        found = read_facilities(tmp_path / name)
        assert found.facilities[0].screens[0].recipients[0].leaf == world.hall.leaf, name
        assert found.source == str(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("<KDM/>", DocumentError, "no facility list"),
        ("", DocumentError, "empty"),
        (b"\x00" * 9, DocumentError, "no text"),
        ("a,b\n", DocumentError, "columns cinema"),
        (b"\x30\x00", CertificateError, "not a certificate"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: str | bytes, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        read_facilities(lay(tmp_path, {"file": content}) / "file")


def test_a_broken_signature_refuses_the_file(world: World, tmp_path: Path) -> None:
    from dcp.trust.signing import sign_kdm

    data = flms.old_message(flms.security_device(world.hall, kind="SM", serial="1"), lab=world.lab)
    lay(tmp_path, {"list.xml": sign_kdm(data, world.lab.signer).replace(b">Rex<", b">Max<")})
    with pytest.raises(SignatureError, match="does not hold"):
        read_facilities(tmp_path / "list.xml")
    with pytest.raises(UsageError, match="cannot read"):
        read_facilities(tmp_path / "gone")


def mailed(**files: bytes) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "booth@rex.example"
    message.set_content("our servers")
    for name, data in files.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=f"{name}.pem")
    return message.as_bytes()


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"certificates/{name}.pem", data)
    return stream.getvalue()


@pytest.mark.parametrize(("pack", "name"), [(mailed, "Rex.eml"), (zipped, "Rex.zip")])
def test_certificates_that_came_together_are_a_screen_each(
    world: World, tmp_path: Path, pack: Callable[..., bytes], name: str
) -> None:
    leaf, intermediate, root = world.hall.chain
    files = {"Hall 1": leaf, "Hall 2": world.other.leaf, "maker": root, "ca": intermediate}
    path = tmp_path / "inbox" / name
    lay(path.parent, {name: pack(**{each: one.pem().encode() for each, one in files.items()})})
    lay(path.parent, {"kdms.zip": zipped(kdm=b"<DCinemaSecurityMessage/>").replace(b".pem", b".xml")})
    (alone,) = read_facilities(path).facilities
    assert alone.name == "Rex"
    found = read_folder(path.parent)
    assert found.problems == ()
    for screens in (alone.screens, found.facilities[0].screens):
        assert [(each.name, each.recipients[0].certificates) for each in screens] == [
            ("Hall 1", (leaf, intermediate, root)),
            ("Hall 2", (world.other.leaf,)),
        ]


def test_one_device_that_came_packed_is_a_screen_of_that_name(world: World, tmp_path: Path) -> None:
    data = mailed(leaf=pem(world.hall.leaf).encode(), ca=pem(*world.hall.chain[1:]).encode())
    lay(tmp_path, {"Hall 1.eml": data})
    (screen,) = read_facilities(tmp_path / "Hall 1.eml").facilities[0].screens
    assert (screen.name, screen.recipients[0].certificates) == ("Hall 1", tuple(world.hall.chain))


def test_what_came_damaged_is_a_problem_of_the_folder(world: World, tmp_path: Path) -> None:
    whole = zipped(Hall=pem(world.hall.leaf).encode())
    lay(tmp_path, {"a.pem": pem(world.hall.leaf), "b.zip": whole[:-30], "c.eml": mailed(x=b"hello")})
    found = read_folder(tmp_path)
    assert [told[:5] for told in found.facilities[0].problems] == ["b.zip", "c.eml"]
