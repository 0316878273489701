"""Packages wrong in one way each, made whole again: what is mended, what is left, what is refused."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from faults.bases import NOW, Base
from faults.changes import Change, Copy, added, both, edit, gone, rewrite
from faults.repair import repair as lists_made_right
from faults.repair import sign
from faults.rows import Fault
from reworked import changed, files_of, found, found_in_base, refused, signer

from dcp.errors import DcpError, SignatureError, TrackFileError, UsageError
from dcp.package.package import Package, open_package
from dcp.rework.acts import ACTS
from dcp.rework.inventory import plain_form
from dcp.rework.repair import RepairedPackage, repair_package
from dcp.trust.signature import verify_enveloped
from dcp.verify.rule import RULES
from dcp.verify.rules.all import load_rules

BaseOf = Callable[[str], Base]
ROWS: list[Fault] = [
    row for area in ("folder", "lists") for row in import_module(f"faults.rows_{area}").FAULTS
]
REFUSED = {
    "PKG-011-smpte": "repair.lost",
    "PKG-011-smpte-listed": "repair.lost",
    "PKG-011-interop-font": "repair.lost",
    "XML-001-smpte": "xml.not-well-formed-because",
    "XML-005-smpte": "xml.doctype",
    "PKL-003-smpte": "repair.lost",
    "PKL-004-smpte-cut": "mxf.cut-short",
    "PKL-004-smpte-playlist": "xml.not-well-formed-because",
    "PKL-004-interop-image": "repair.hash-of-list",
    "PKL-004-interop-longer": "repair.hash-of-list",
    "AM-010-smpte": "repair.lost",
    "AM-011-smpte-link": "repair.lost",
    "PKL-005-smpte": "repair.two-hashes",
    "PKL-006-smpte": "repair.two-hashes",
    "PKL-007-smpte": "repair.hash-of-list",
    "PKL-008-smpte": "repair.two-hashes",
    "PKL-009-smpte": "repair.two-hashes",
}
"""Lost, damaged, or stated in two ways by lists that nobody signed."""
ACCEPTED = [f"PKL-00{n}-smpte" for n in (5, 6, 7, 8, 9)]
LEFT = {"PKG-007-interop", "PKG-102-smpte", "XML-002-smpte-none", "AM-015-smpte", "PKL-013-smpte"}
"""What needs somebody's decision, or is no fault of the lists."""
BY_ID = {row.id: row for row in ROWS if not row.extra and row.rule[:3] in ("PKG", "XML", "AM-", "VOL", "PKL")}


def broken(base: Base, row: Fault, root: Path) -> Path:
    changed(base, root, row.change)
    if row.repaired:
        lists_made_right(base, root)
    return root


def mended(root: Path, out: Path, **more: Any) -> RepairedPackage:
    return repair_package(root, out, **{"now": NOW, **more})


def package_of(done: RepairedPackage) -> Package:
    assert done.root is not None
    return open_package(done.root)


def to_mend() -> Iterator[Any]:
    """The first fault of each rule; the others of the same rule are of `make soak`."""
    seen: set[str] = set()
    for id, row in BY_ID.items():
        if id not in REFUSED and id not in LEFT:
            yield pytest.param(id, marks=[pytest.mark.soak] if row.rule in seen else [])
            seen.add(row.rule)


@pytest.mark.parametrize("id", list(to_mend()))
def test_what_is_wrong_in_folder_and_lists_is_mended(id: str, base: BaseOf, tmp_path: Path) -> None:
    row = BY_ID[id]
    made = base(row.base)
    done = mended(broken(made, row, tmp_path / "in"), tmp_path / "out")
    assert done.root is not None
    assert row.rule in {each for act in done.acts for each in act.findings}
    assert found(done.root) == found_in_base(made.root, made.ov)
    old, new = files_of(open_package(made.root)), files_of(package_of(done))
    assert set(new.values()) == set(old.values())


@pytest.mark.parametrize("id", sorted(REFUSED))
def test_what_cannot_be_mended_is_refused_and_nothing_is_left(id: str, base: BaseOf, tmp_path: Path) -> None:
    row = BY_ID[id]
    root = broken(base(row.base), row, tmp_path / "in")
    refused(lambda out: mended(root, out), tmp_path / "out", REFUSED[id])


@pytest.mark.parametrize("id", sorted(LEFT))
def test_what_is_no_matter_of_lists_is_left_and_nothing_is_written(
    id: str, base: BaseOf, tmp_path: Path
) -> None:
    row = BY_ID[id]
    done = mended(broken(base(row.base), row, tmp_path / "in"), tmp_path / "out")
    assert (done.root, done.acts) == (None, ())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("id", ACCEPTED)
def test_a_hash_of_an_unsigned_list_gives_way_where_somebody_says_so(
    id: str, base: BaseOf, tmp_path: Path
) -> None:
    row = BY_ID[id]
    made = base(row.base)
    done = mended(broken(made, row, tmp_path / "in"), tmp_path / "out", accept_hashes=True)
    assert done.root is not None and "hash-accepted" in [each.id for each in done.acts]
    assert found(done.root) == found_in_base(made.root, made.ov)
    rewritten = row.rule == "PKL-009"  # the playlist itself states the wrong one
    assert (list(done.compositions) == list(done.compositions.values())) is not rewritten


def test_the_page_has_every_act_with_the_findings_that_it_ends() -> None:
    load_rules()
    page = (Path(__file__).parents[3] / "docs" / "rework.md").read_text(encoding="utf-8")
    written: set[str] = set()
    for line in page.splitlines():
        cells = line.split("|")
        ids = [id for id in re.findall(r"`([a-z-]+)`", cells[1]) if id in ACTS] if len(cells) == 5 else []
        if ids:
            assert set(re.findall(r"[A-Z]+-[0-9]+", cells[3])) == {each for id in ids for each in ACTS[id]}
            written.update(ids)
    assert written == ACTS.keys()
    assert {each for findings in ACTS.values() for each in findings} <= set(RULES)


@pytest.mark.parametrize("name", ["smpte", "interop", "stereo", "immersive"])
def test_without_any_list_all_are_made_anew(base: BaseOf, tmp_path: Path, name: str) -> None:
    made = base(name)
    root = changed(made, tmp_path / "in", *(gone(role) for role in ("map", "pkl", "volume")))
    done = mended(root, tmp_path / "out")
    assert {"map-absent", "list-absent", "index-absent"} <= {each.id for each in done.acts}
    old, new = open_package(made.root), package_of(done)
    assert files_of(new) == files_of(old)
    assert new.document(new.compositions[0]).data == old.document(old.compositions[0]).data
    assert done.root is not None
    assert found(done.root) == found_in_base(made.root, made.ov)


@pytest.mark.parametrize("name", ["smpte", "interop", "stereo", "immersive"])
def test_without_an_asset_map_the_packing_list_says_what_is_what(
    base: BaseOf, tmp_path: Path, name: str
) -> None:
    """A font has no id in it: its hash tells which entry it is."""
    made = base(name)
    done = mended(changed(made, tmp_path / "in", gone("map")), tmp_path / "out")
    assert [each.id for each in done.acts] == ["map-absent"]
    old, new = open_package(made.root), package_of(done)
    assert new.files.keys() == old.files.keys()
    for path in (made.files["cpl"], made.files["pkl"]):
        assert (new.root / path).read_bytes() == (made.root / path).read_bytes()
    assert found(new.root) == found_in_base(made.root, made.ov)


def test_of_signed_lists_only_what_is_wrong_is_made_anew(base: BaseOf, tmp_path: Path) -> None:
    """Nobody has to sign anything where the asset map alone is lost."""
    made = base("encrypted")
    root = changed(made, tmp_path / "in", gone("map"))
    done = mended(root, tmp_path / "out")
    new = package_of(done)
    for role in ("cpl", "pkl"):
        assert (new.root / made.files[role]).read_bytes() == (root / made.files[role]).read_bytes()
    assert found(new.root, keyring=made.keyring) == []
    assert done.void == () and done.notes == ()


def flipped(role: str) -> Change:
    """One bit of the essence, in the middle of the file."""

    def change(copy: Copy) -> None:
        data = bytearray(copy.read(role))
        data[len(data) // 2] ^= 1
        copy.write(role, bytes(data))

    return change


def test_a_lost_list_of_encrypted_content_needs_a_signer(base: BaseOf, tmp_path: Path) -> None:
    made = base("encrypted")
    root = changed(made, tmp_path / "in", gone("pkl"))
    refused(lambda out: mended(root, out), tmp_path / "out", "vouch.needs-signer", UsageError)
    new = package_of(mended(root, tmp_path / "out", signer=signer()))
    verify_enveloped(new.document(new.packing_lists[0]).data, where="pkl")
    assert (new.root / made.files["cpl"]).read_bytes() == (root / made.files["cpl"]).read_bytes()
    assert found(new.root, keyring=made.keyring) == []


def test_a_list_whose_signature_does_not_hold_gives_way_to_the_signed_playlist(
    base: BaseOf, tmp_path: Path
) -> None:
    made = base("encrypted")
    wrong = rewrite("pkl", rf"({made.ids['sound1']}</Id>(?:(?!</Asset>).)*?<Hash>)....", r"\1AAAA")
    root = changed(made, tmp_path / "in", wrong)
    done = mended(root, tmp_path / "out", signer=signer())
    assert {"list-hash", "list-signature"} <= {each.id for each in done.acts}
    assert "vouch.signed-by" in {note.id for note in done.notes}
    assert found(package_of(done).root, keyring=made.keyring) == []


@pytest.mark.parametrize("accept", [False, True])
def test_against_a_signature_nothing_is_accepted(base: BaseOf, tmp_path: Path, accept: bool) -> None:
    """A damaged file, which a signed playlist has the hash of."""
    root = changed(base("encrypted"), tmp_path / "in", flipped("sound1"), gone("map"))
    refused(
        lambda out: mended(root, out, accept_hashes=accept, signer=signer()),
        tmp_path / "out",
        "rework.hash-of-pkl",
    )
    root = changed(base("encrypted"), tmp_path / "other", edit("cpl", ">Film<", ">Folm<"))
    refused(
        lambda out: mended(root, out, accept_hashes=accept, signer=signer()),
        tmp_path / "out",
        "SIG-001.digest",
        SignatureError,
    )


def test_an_unsigned_list_of_encrypted_content_is_signed_where_somebody_signs(
    base: BaseOf, tmp_path: Path
) -> None:
    def unsigned(copy: Copy) -> None:
        rewrite("pkl", r"<\w*:?Signer\b.*</\w*:?Signature>", "")(copy)
        rewrite("map", r"<(Length)>\d+</\1>", "", count=0)(copy)

    made = base("encrypted")
    root = changed(made, tmp_path / "in", unsigned)
    assert mended(root, tmp_path / "no").root is None
    done = mended(root, tmp_path / "out", signer=signer())
    assert [each.id for each in done.acts] == ["list-unsigned"]
    assert found(package_of(done).root, keyring=made.keyring) == []


def test_a_damaged_file_is_taken_where_somebody_says_so_and_a_cut_one_never(
    base: BaseOf, tmp_path: Path
) -> None:
    root = changed(base("stereo"), tmp_path / "in", flipped("sound1"))
    refused(lambda out: mended(root, out), tmp_path / "out", "repair.hash-of-list")
    done = mended(root, tmp_path / "out", accept_hashes=True)
    assert [each.file for each in done.acts if each.id == "hash-accepted"] == ["sound1.mxf"]
    ((old, new),) = done.compositions.items()
    assert old != new  # the playlist has the new hash
    assert "repair.playlist-anew" in [note.id for note in done.notes]
    assert "repair.list-hash" not in [each.said.id for each in done.acts]  # nobody signed a playlist here
    assert found(package_of(done).root) == []
    cut = changed(
        base("stereo"), tmp_path / "cut", lambda copy: copy.write("sound1", copy.read("sound1")[:-200_000])
    )
    with pytest.raises(DcpError):
        mended(cut, tmp_path / "none", accept_hashes=True)
    assert not (tmp_path / "none").exists()


def test_a_version_file_is_told_from_a_package_that_lost_something(base: BaseOf, tmp_path: Path) -> None:
    made = base("vf")
    assert made.ov is not None
    root = changed(made, tmp_path / "in", gone("map"))
    assert found(package_of(mended(root, tmp_path / "out")).root, ov=[made.ov]) == []
    bare = changed(made, tmp_path / "bare", gone("map"), gone("pkl"))
    refused(lambda out: mended(bare, out), tmp_path / "no", "repair.cannot-tell", UsageError)
    done = mended(bare, tmp_path / "whole", ov=[made.ov])
    assert found(package_of(done).root, ov=[made.ov]) == []


def test_what_a_text_needs_beside_it_has_to_be_there(base: BaseOf, tmp_path: Path) -> None:
    made = base("interop")
    lists = [gone(role) for role in ("map", "pkl")]
    root = changed(made, tmp_path / "in", *lists, gone("font1"))
    error = refused(lambda out: mended(root, out), tmp_path / "out", "repair.lost-beside")
    assert "font.ttf" in error.what


def test_a_file_twice_is_there_once_and_two_of_one_id_are_refused(base: BaseOf, tmp_path: Path) -> None:
    def again(copy: Copy) -> None:
        (copy.root / "again.mxf").write_bytes(copy.read("sound1"))

    def other(copy: Copy) -> None:
        (copy.root / "again.mxf").write_bytes(copy.read("sound1")[:-1] + b"~")

    root = changed(base("stereo"), tmp_path / "in", again)
    done = mended(root, tmp_path / "out")
    assert [(each.id, each.file) for each in done.acts] == [("left-out-again", "again.mxf")]
    root = changed(base("stereo"), tmp_path / "two", other)
    refused(lambda out: mended(root, out), tmp_path / "no", "combine.two-of-one-id")


def test_a_track_file_that_is_another_asset_is_refused(base: BaseOf, tmp_path: Path) -> None:
    def exchanged(copy: Copy) -> None:
        copy.write("sound1", (base("immersive").root / "sound1.mxf").read_bytes())

    root = changed(base("stereo"), tmp_path / "in", exchanged)
    refused(lambda out: mended(root, out), tmp_path / "out", "rework.other-asset")


def test_hidden_files_and_leftovers_are_named_and_left_out(base: BaseOf, tmp_path: Path) -> None:
    names = (".DS_Store", "._picture1.mxf", ".sound1.mxf.0a1b2c3d-1f-0a1b2c3d.part", "Thumbs.db")
    root = changed(base("stereo"), tmp_path / "in", both(*(added(name, b"x") for name in names)))
    done = mended(root, tmp_path / "out")
    assert sorted(each.file or "" for each in done.acts) == sorted(names)
    assert {each.id for each in done.acts} == {"left-out-hidden"}


def test_a_package_that_is_right_is_not_written_again(base: BaseOf, tmp_path: Path) -> None:
    for name in ("smpte", "interop", "encrypted", "vf", "immersive"):
        made = base(name)
        done = mended(made.root, tmp_path / "out", ov=[made.ov] if made.ov else [])
        assert (done.root, done.acts, done.notes) == (None, (), ())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["dcp_test1", "dcp_test3", "write_interop_subtitle_test3"])
def test_packages_of_another_maker_without_their_lists(corpus: Path, tmp_path: Path, name: str) -> None:
    source = corpus / "libdcp/test/ref" / ("DCP" if name != "write_interop_subtitle_test3" else "") / name
    shutil.copytree(source, tmp_path / "in")
    for path in (tmp_path / "in").iterdir():
        if path.name.startswith(("ASSETMAP", "VOLINDEX", "pkl")):
            path.unlink()
    done = mended(tmp_path / "in", tmp_path / "out")
    new, old = package_of(done), open_package(source)
    for cpl in old.compositions:
        assert new.document(new.composition(cpl.id)).data == old.document(cpl).data
        for asset in cpl.assets:
            assert new.require(asset.id).read_bytes() == old.require(asset.id).read_bytes()
    assert {id for id, _ in found(new.root)} <= {id for id, _ in found(source)}


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"<a/>", b"<a/>"),
        (b"\xef\xbb\xbf<a/>", b"<a/>"),
        (b"<?xml version='1.1' encoding='utf-8'?>\n<a/>", b"<a/>"),
        ("<?xml version='1.0' encoding='utf-16'?><a b='ä'/>".encode("utf-16"), "<a b='ä'/>".encode()),
        (b"<?xml version='1.0' standalone='yes'?>\r\n<a>\r\n</a>\n", b"<a>\n</a>\n"),
        (b"<?xml version='1.0'?>\r\n<a>\r\n</a>", b"<?xml version='1.0'?>\r\n<a>\r\n</a>"),
        (b"\xef\xbb\xbf<a", b"\xef\xbb\xbf<a"),
        (b"\xff\xfe\xff", b"\xff\xfe\xff"),
        (b"<a>\xe4</a>", b"<a>\xe4</a>"),
    ],
    ids=["none", "mark", "version", "utf-16", "mixed", "crlf", "broken", "odd", "latin"],
)  # fmt: skip
def test_the_form_of_a_document_is_made_plain_and_nothing_else(data: bytes, plain: bytes) -> None:
    head = b"" if plain == data else b'<?xml version="1.0" encoding="UTF-8"?>\n'
    assert plain_form(data) == head + plain


def without_hash(role: str) -> Change:
    """The playlist states no hash of a file, and is signed again."""

    def change(copy: Copy) -> None:
        rewrite("cpl", rf"({copy.base.ids[role]}</Id>.*?)<Hash>[^<]*</Hash>", r"\1")(copy)
        sign(copy.base, copy.root, "cpl")

    return change


def test_nobody_signs_for_a_file_that_no_signature_covers(base: BaseOf, tmp_path: Path) -> None:
    """The playlist is all that is left, and says nothing of the sound."""
    root = changed(base("encrypted"), tmp_path / "in", without_hash("sound1"), gone("pkl"), gone("map"))
    refused(
        lambda out: mended(root, out, signer=signer()),
        tmp_path / "out",
        "repair.nobody-vouches",
        SignatureError,
    )


def test_a_playlist_that_is_not_the_one_a_signed_list_hashed_is_refused(base: BaseOf, tmp_path: Path) -> None:
    """Both signatures hold: the playlist was exchanged for another."""
    root = changed(base("encrypted"), tmp_path / "in", without_hash("sound1"), gone("volume"))
    for accept in (False, True):
        refused(
            lambda out, accept=accept: mended(root, out, accept_hashes=accept, signer=signer()),
            tmp_path / "out",
            "vouch.other-hash",
        )


def test_what_the_asset_map_alone_still_lists_is_lost_and_not_an_originals(
    base: BaseOf, tmp_path: Path
) -> None:
    made = base("stereo")
    entry = rewrite("pkl", rf"<Asset>\s*<Id>urn:uuid:{made.ids['sound1']}</Id>.*?</Asset>\s*", "")
    root = changed(made, tmp_path / "in", entry, gone("sound1"))
    refused(lambda out: mended(root, out), tmp_path / "out", "repair.lost")


def test_a_package_that_is_wrong_still_does_not_appear(
    base: BaseOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a fault of a list overlooked, the verification of the new package would find it."""
    root = broken(base("smpte"), BY_ID["PKL-004-smpte"], tmp_path / "in")
    (root / "ASSETMAP.xml").unlink()
    monkeypatch.setattr("dcp.rework.repair.judge_list", lambda own, *others: ([], own.value))
    error = refused(lambda out: mended(root, out), tmp_path / "out", "repair.remains")
    assert "PKL-004" in error.what


def broken_unit(role: str) -> Change:
    """The tenth key of an essence element is none; the file opens, and nothing is cut off."""

    def change(copy: Copy) -> None:
        data = bytearray(copy.read(role))
        at = -1
        for _ in range(10):
            at = data.index(bytes.fromhex("060e2b34010201"), at + 1)
        data[at] ^= 0xFF
        copy.write(role, bytes(data))

    return change


def test_a_file_that_is_not_whole_is_taken_neither_by_a_flag_nor_where_nobody_states_its_hash(
    base: BaseOf, tmp_path: Path
) -> None:
    made = base("stereo")
    root = changed(made, tmp_path / "in", broken_unit("sound1"))
    refused(lambda out: mended(root, out, accept_hashes=True), tmp_path / "out", "mxf.unit", TrackFileError)
    no_hash = rewrite("cpl", rf"({made.ids['sound1']}</Id>.*?)<Hash>[^<]*</Hash>", r"\1")
    lists = [gone(role) for role in ("map", "pkl")]
    root = changed(made, tmp_path / "bare", no_hash, broken_unit("sound1"), *lists)
    refused(lambda out: mended(root, out), tmp_path / "out", "mxf.unit", TrackFileError)
    root = changed(made, tmp_path / "sound", no_hash, *lists)
    done = mended(root, tmp_path / "out")
    assert [(note.id, note.places["name"]) for note in done.notes] == [
        ("repair.no-hash-stated", "sound1.mxf")
    ]
