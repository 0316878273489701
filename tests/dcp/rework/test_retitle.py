"""Another title: a new playlist and lists, track files as they were, what repeated the title follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faults.bases import NOW, Base
from faults.changes import Change, Copy, edit, gone, valued
from kinds_packed import NOW as LATER
from kinds_packed import packed, two_versions
from reworked import changed, files_of, found, refused, signer

from dcp.errors import SignatureError, UsageError
from dcp.package.package import open_package
from dcp.packing.kinds import kind_of
from dcp.rework.retitle import RetitledPackage, retitle_package
from dcp.secrets.keys import ContentKey
from dcp.trust.signature import verify_enveloped

BaseOf = Callable[[str], Base]
KINDS = ("smpte", "interop", "stereo", "immersive", "encrypted", "vf")


def retitled(base: Base, out: Path, **more: Any) -> RetitledPackage:
    given = {"title": "Other", "signer": base.signer, "now": NOW, **more}
    return retitle_package(open_package(base.root), out, **given)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_package_keeps_its_files_and_verifies_as_before(
    base: BaseOf, tmp_path: Path, name: str
) -> None:
    made = base(name)
    done = retitled(made, tmp_path / "out")
    old, new = open_package(made.root), open_package(done.root)
    assert files_of(new) == files_of(old)
    (was,), (cpl,) = old.compositions, new.compositions
    assert cpl.content_title_text == cpl.annotation_text == "Other"
    assert [asset.id for asset in cpl.assets] == [asset.id for asset in was.assets]
    assert cpl.key_ids == was.key_ids
    before = {was.id, old.packing_lists[0].id, old.asset_map.id}
    assert not before & {cpl.id, new.packing_lists[0].id, new.asset_map.id}
    assert new.packing_lists[0].annotation_text == new.asset_map.annotation_text == "Other"
    assert done.void == ((was.id,) if name == "encrypted" else ())
    ov = [made.ov] if made.ov else []
    assert found(done.root, ov=ov, keyring=made.keyring) == found(made.root, ov=ov, keyring=made.keyring)


def test_what_repeats_the_title_follows_and_what_says_more_stays(base: BaseOf, tmp_path: Path) -> None:
    def labelled(copy: Copy) -> None:
        edit("cpl", "<LabelText>", "<LabelText>Film</LabelText></ContentVersion><ContentVersion>"
             "<Id>urn:x</Id><LabelText>")(copy)  # fmt: skip

    change: list[Change] = [labelled, edit("pkl", "<AnnotationText>Film<", "<AnnotationText>Film, disk 1<")]
    root = changed(base("smpte"), tmp_path / "in", *change, fresh_hash)
    done = retitle_package(open_package(root), tmp_path / "out", title="Other", now=NOW)
    package = open_package(done.root)
    (cpl,) = package.compositions
    assert cpl.content_versions[0].label_text == "Other"
    assert cpl.metadata is not None and cpl.metadata.full_content_title_text == "Other"
    assert package.packing_lists[0].annotation_text == "Film, disk 1"
    said = [(each.document, each.element) for each in done.changes]
    assert said.count(("cpl", "ContentTitleText")) == 1
    assert ("cpl", "LabelText") in said and ("cpl", "FullContentTitleText") in said
    assert all(each.was == "Film" and each.now == "Other" for each in done.changes)


def fresh_hash(copy: Copy) -> None:
    """The playlist's new hash and size in its packing list, which is not signed."""
    from faults.repair import restate

    restate(copy.base, copy.root, "cpl", "pkl")
    restate(copy.base, copy.root, "cpl", "map")
    restate(copy.base, copy.root, "pkl", "map")


def test_a_full_title_of_its_own_stays_and_is_told(base: BaseOf, tmp_path: Path) -> None:
    root = changed(
        base("smpte"), tmp_path / "in", valued("cpl", "FullContentTitleText", "The Film"), fresh_hash
    )
    done = retitle_package(open_package(root), tmp_path / "out", title="Other", now=NOW)
    metadata = open_package(done.root).compositions[0].metadata
    assert metadata is not None and metadata.full_content_title_text == "The Film"
    assert ("retitle.full-title-stays", "The Film") in [(n.id, n.places.get("title")) for n in done.notes]


def test_another_kind_alone_leaves_every_word_of_the_title(base: BaseOf, tmp_path: Path) -> None:
    done = retitled(base("smpte"), tmp_path / "out", title=None, kind=kind_of("EPS"))
    (cpl,) = open_package(done.root).compositions
    assert (cpl.content_kind, cpl.content_kind_scope) == ("episode", kind_of("EPS").scope)
    assert cpl.content_title_text == "Film"
    assert [(each.element, each.was, each.now) for each in done.changes] == [
        ("ContentKind", "test", "episode")
    ]


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "plain"])
def test_of_several_the_named_one_is_renamed_and_the_others_keep_their_bytes(
    tmp_path: Path, signed: bool
) -> None:
    keys = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK")) if signed else ()
    signs = signer() if signed else None
    package = two_versions(tmp_path / "in", keys or (None,) * 4, signs)  # type: ignore[arg-type]
    first, second = package.compositions
    with pytest.raises(UsageError, match="2 compositions"):
        retitle_package(package, tmp_path / "out", title="Other", signer=signs, now=LATER)
    done = retitle_package(
        package, tmp_path / "out", title="Other", cpl_id=second.id, signer=signs, now=LATER
    )
    new = open_package(done.root)
    kept = new.composition(first.id)
    assert new.document(kept).data == package.document(first).data
    assert new.composition(done.cpl_id).content_title_text == "Other"
    assert done.compositions == {first.id: first.id, second.id: done.cpl_id}
    assert done.void == ((second.id,) if signed else ())
    entries = {entry.id: entry for entry in new.packing_lists[0].asset_list}
    assert entries[first.id].annotation_text == "Film 0"
    assert entries[done.cpl_id].annotation_text == "Other"
    if signed:
        for value in (*new.compositions, *new.packing_lists):
            verify_enveloped(new.document(value).data, where="x")
    assert found(done.root, now=LATER) == []


def test_what_is_encrypted_is_renamed_without_a_key_and_signed_by_somebody(
    base: BaseOf, tmp_path: Path
) -> None:
    made = base("encrypted")
    refused(lambda out: retitled(made, out, signer=None), tmp_path / "no", "vouch.needs-signer")
    done = retitled(made, tmp_path / "out")
    note = next(note for note in done.notes if note.id == "rework.kdms-void")
    assert (note.places["old"], note.places["new"]) == (made.ids["cpl"], done.cpl_id)
    (word,) = [note for note in done.notes if note.id == "vouch.signed-by"]
    assert word.places["names"] == [signer().leaf.label] and signer().leaf.label in str(word)
    package = open_package(done.root)
    cpl = package.document(package.compositions[0])
    assert verify_enveloped(cpl.data, where=cpl.path).chain.leaf == signer().leaf


def test_a_signature_that_is_not_renewed_is_told(golden: Path, tmp_path: Path) -> None:
    made = packed(golden, tmp_path / "in", encrypted=(), signer=signer())
    done = retitle_package(open_package(made.root), tmp_path / "out", title="Other", now=NOW)
    assert "vouch.no-longer-signed" in [note.id for note in done.notes]
    assert not open_package(done.root).compositions[0].signed


def flipped(role: str) -> Change:
    return lambda copy: copy.write(role, copy.read(role)[:-1] + bytes([copy.read(role)[-1] ^ 1]))


@pytest.mark.parametrize(
    ("name", "change", "id"),
    [
        ("smpte", flipped("sound1"), "rework.hash-of-pkl"),
        ("interop", flipped("font1"), "rework.hash-of-pkl"),
        ("smpte", edit("cpl", ">Film<", ">Folm<"), "vouch.other-hash"),
        ("smpte", gone("text2"), "package.file-missing"),
        ("encrypted", edit("cpl", ">Film<", ">Folm<"), "SIG-001.digest"),
        ("encrypted", edit("pkl", ">Film<", ">Folm<"), "SIG-001.digest"),
    ],
    ids=["hash", "font", "playlist", "lost", "signed-playlist", "signed-list"],
)
def test_what_is_not_as_it_was_packed_is_refused_and_nothing_is_left(
    base: BaseOf, tmp_path: Path, name: str, change: Change, id: str
) -> None:
    root = changed(base(name), tmp_path / "in", change)
    signs = base(name).signer
    error = refused(
        lambda out: retitle_package(open_package(root), out, title="Other", signer=signs, now=NOW),
        tmp_path / "out",
        id,
    )
    assert isinstance(error, SignatureError) is (name == "encrypted")


def test_a_new_package_inside_the_old_one_is_refused(base: BaseOf, tmp_path: Path) -> None:
    root = changed(base("stereo"), tmp_path / "in")
    refused(
        lambda out: retitle_package(open_package(root), out, title="Other", now=NOW),
        root / "out",
        "output.in-source",
    )


@pytest.mark.parametrize("title", ["", " ", "a\nb", "x" * 1025])
def test_a_title_that_cannot_be_one_is_refused(base: BaseOf, tmp_path: Path, title: str) -> None:
    refused(lambda out: retitled(base("smpte"), out, title=title), tmp_path / "out", "create.title")


def test_the_same_title_is_no_reason_for_a_new_id(base: BaseOf, tmp_path: Path) -> None:
    same = {"title": "Film", "kind": kind_of("test")}
    refused(lambda out: retitled(base("smpte"), out, **same), tmp_path / "out", "retitle.nothing")


@pytest.mark.parametrize("name", ["dcp_test1", "dcp_test2", "dcp_test7", "write_interop_subtitle_test3"])
def test_packages_of_another_maker(corpus: Path, tmp_path: Path, name: str) -> None:
    root = corpus / "libdcp/test/ref" / ("DCP" if name != "write_interop_subtitle_test3" else "") / name
    old = open_package(root)
    done = retitle_package(old, tmp_path / "out", title="Other", cpl_id=old.compositions[0].id, now=NOW)
    assert files_of(open_package(done.root)) == files_of(old)
    assert {id for id, _ in found(done.root)} <= {id for id, _ in found(root)}


@pytest.mark.parametrize("name", ["plain", "enc"])
def test_golden_packages(golden: Path, tmp_path: Path, name: str) -> None:
    root = next(path.parent for path in (golden / "libdcp" / name).rglob("ASSETMAP*"))
    old = open_package(root)
    done = retitle_package(old, tmp_path / "out", title="Other", signer=signer(), now=NOW)
    assert files_of(open_package(done.root)) == files_of(old)
    assert {id for id, _ in found(done.root)} <= {id for id, _ in found(root)}
