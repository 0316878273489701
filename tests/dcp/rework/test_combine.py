"""Several packages as one: playlists byte for byte, every file once, one list of everything."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.bases import BASES, NOW, Base
from faults.changes import Change, Copy, edit, gone, rewrite
from reworked import changed, files_of, found, refused, signer

from dcp.errors import SignatureError, UsageError
from dcp.package.package import Package, open_package
from dcp.rework.combine import CombinedPackage, combine_packages
from dcp.trust.signature import verify_enveloped
from dcp.trust.signer import Signer

BaseOf = Callable[[str], Base]


def combined(out: Path, *roots: Path, signs: Signer | None = None) -> CombinedPackage:
    return combine_packages([open_package(root) for root in roots], out, signer=signs, now=NOW)


def playlists(package: Package) -> dict[uuid.UUID, bytes]:
    return {cpl.id: package.document(cpl).data for cpl in package.compositions}


def holds_all(done: CombinedPackage, *roots: Path) -> Package:
    """Everything of the packages is in it, the same bytes under the same ids."""
    new = open_package(done.root)
    (pkl,) = new.packing_lists
    for root in roots:
        old = open_package(root)
        assert playlists(old).items() <= playlists(new).items()
        for cpl in old.compositions:
            for asset in cpl.assets:
                if asset.id in old.files:
                    assert new.require(asset.id).read_bytes() == old.require(asset.id).read_bytes()
    assert {entry.id for entry in pkl.asset_list} == new.files.keys() - {pkl.id}
    return new


def test_an_original_and_its_version_become_whole(base: BaseOf, tmp_path: Path) -> None:
    made = base("vf")
    assert made.ov is not None
    done = combined(tmp_path / "out", made.ov, made.root)
    package = holds_all(done, made.ov, made.root)
    assert len(package.compositions) == 2 and done.notes == ()
    assert found(done.root) == []


def test_a_version_without_its_original_stays_one_and_says_so(base: BaseOf, tmp_path: Path) -> None:
    made = base("vf")
    done = combined(tmp_path / "out", made.root, base("stereo").root)
    assert [note.id for note in done.notes] == ["rework.not-here"]
    assert made.ov is not None
    assert found(done.root, ov=[made.ov]) == []


def test_every_kind_of_smpte_together_signed(base: BaseOf, tmp_path: Path) -> None:
    """What is encrypted was signed before; what is plain need not have been."""
    roots = [base(name).root for name in ("smpte", "stereo", "immersive", "encrypted")]
    refused(lambda out: combined(out, *roots), tmp_path / "no", "vouch.needs-signer", UsageError)
    done = combined(tmp_path / "out", *roots, signs=signer())
    package = holds_all(done, *roots)
    verify_enveloped(package.document(package.packing_lists[0]).data, where="pkl")
    assert found(done.root, keyring=base("encrypted").keyring) == []


def test_encrypted_content_that_nobody_signed_is_not_signed_anew(base: BaseOf, tmp_path: Path) -> None:
    def unsigned(copy: Copy) -> None:
        rewrite("pkl", r"<\w*:?Signer\b.*</\w*:?Signature>", "")(copy)
        lengths_gone(copy)

    root = changed(base("encrypted"), tmp_path / "in", unsigned)
    refused(
        lambda out: combined(out, base("smpte").root, root, signs=signer()),
        tmp_path / "out",
        "vouch.not-signed",
        SignatureError,
    )


def test_encrypted_ones_keep_their_kdms(tmp_path: Path, base: BaseOf) -> None:
    one, two = base("encrypted"), BASES["encrypted"](tmp_path / "two")
    done = combined(tmp_path / "out", one.root, two.root, signs=signer())
    package = holds_all(done, one.root, two.root)
    (pkl,) = package.packing_lists
    verify_enveloped(package.document(pkl).data, where="pkl")
    for made in (one, two):
        assert found(done.root, keyring=made.keyring) == []


def test_files_of_one_name_get_others_and_are_told(tmp_path: Path, base: BaseOf) -> None:
    one, two = base("stereo"), BASES["stereo"](tmp_path / "two")
    done = combined(tmp_path / "out", one.root, two.root)
    holds_all(done, one.root, two.root)
    assert {path.name: name for path, name in done.renamed.items()} == {
        f"{role}.mxf": f"{two.ids[role]}.mxf" for role in ("picture1", "sound1")
    }
    assert found(done.root) == []


def test_the_same_package_twice_is_there_once(base: BaseOf, tmp_path: Path) -> None:
    root = changed(base("smpte"), tmp_path / "again")
    done = combined(tmp_path / "out", base("smpte").root, root)
    old = open_package(root)
    assert set(done.once) == old.files.keys() - {old.packing_lists[0].id}
    new = holds_all(done, root)
    assert files_of(new) == files_of(old)
    assert found(done.root) == found(root)


def other_sound(copy: Copy) -> None:
    """Another file under the same id, and lists that agree with it."""
    from faults.repair import repair

    data = bytearray(copy.read("sound1"))
    data[-5] ^= 1
    copy.write("sound1", bytes(data))
    repair(copy.base, copy.root)


def no_hash(role: str) -> Change:
    return lambda copy: rewrite("pkl", rf"({copy.base.ids[role]}</Id>.*?)<Hash>[^<]*</Hash>", r"\1")(copy)


def test_one_id_over_two_files_is_refused_and_both_are_named(base: BaseOf, tmp_path: Path) -> None:
    one = base("smpte").root
    two = changed(base("smpte"), tmp_path / "other", other_sound)
    error = refused(lambda out: combined(out, one, two), tmp_path / "out", "combine.two-of-one-id")
    # the playlist differs too, as it has the hash: it is the first thing looked at
    assert str(two) in str(error.where) and str(one) in error.what


def test_two_files_without_a_stated_hash_are_read_and_compared(tmp_path: Path, base: BaseOf) -> None:
    made = base("interop")

    def other_font(copy: Copy) -> None:
        copy.write("font1", copy.read("font1") + b"\0")

    plain = changed(made, tmp_path / "plain", no_hash("font1"), lengths_gone)
    other = changed(made, tmp_path / "other", no_hash("font1"), other_font, lengths_gone)
    error = refused(lambda out: combined(out, plain, other), tmp_path / "out", "combine.two-of-one-id")
    assert str(made.ids["font1"]) in error.what
    done = combined(tmp_path / "same", made.root, plain)
    assert made.ids["font1"] in done.once


def lengths_gone(copy: Copy) -> None:
    rewrite("map", r"<(Length)>\d+</\1>", "", count=0)(copy)


def test_interop_texts_of_two_packages_keep_their_fonts_beside_them(tmp_path: Path, base: BaseOf) -> None:
    """Both call them alike; the second's lie in a folder of their own."""

    def flat(copy: Copy) -> None:
        for role in ("text1", "font1", "image1"):
            path = copy.path(role)
            path.rename(copy.root / path.name)
            old = copy.base.files[role].encode()
            map_path = copy.path("map")
            data = map_path.read_bytes().replace(old, path.name.encode())
            map_path.unlink()
            map_path.write_bytes(data)

    one = changed(base("interop"), tmp_path / "one", flat)
    two = changed(BASES["interop"](tmp_path / "made"), tmp_path / "two", flat)
    done = combined(tmp_path / "out", one, two)
    package = holds_all(done, one, two)
    moved = {name for name in done.renamed.values() if name.startswith("2/")}
    assert any(name.endswith(".ttf") for name in moved)
    assert package.standard == "interop"
    # a picture that both have lies there twice, once under an id that its name does not have
    assert {id for id, _ in found(done.root)} == {"AM-019"}


def test_interop_and_smpte_are_not_combined(base: BaseOf, tmp_path: Path) -> None:
    roots = base("smpte").root, base("interop").root
    error = refused(lambda out: combined(out, *roots), tmp_path / "out", "combine.standards", UsageError)
    assert str(roots[0]) in error.what and "SMPTE" in error.what


def test_one_package_is_not_combined(base: BaseOf, tmp_path: Path) -> None:
    refused(lambda out: combined(out, base("smpte").root), tmp_path / "out", "combine.needs-two", UsageError)


def flipped(role: str) -> Change:
    return lambda copy: copy.write(role, copy.read(role)[:-1] + bytes([copy.read(role)[-1] ^ 1]))


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (flipped("sound1"), "rework.hash-of-pkl"),
        (edit("cpl", ">Film<", ">Folm<"), "vouch.other-hash"),
        (gone("text2"), "package.file-missing"),
    ],
    ids=["hash", "playlist", "lost"],
)
def test_what_is_not_as_it_was_packed_is_refused(
    base: BaseOf, tmp_path: Path, change: Change, id: str
) -> None:
    root = changed(base("smpte"), tmp_path / "in", change)
    refused(lambda out: combined(out, base("stereo").root, root), tmp_path / "out", id)


def test_a_version_that_speaks_of_another_original_is_refused(base: BaseOf, tmp_path: Path) -> None:
    """Its playlist has the hash of the original's picture, and the original's own lists agree with a changed
    one."""
    made = base("vf")
    assert made.ov is not None
    ov = tmp_path / "ov"
    picture = next(asset for cpl in open_package(made.root).compositions for asset in cpl.assets)
    source = BASES["vf"](tmp_path / "made")
    assert picture.hash is not None and source.ov is not None
    root = changed(source, tmp_path / "vf", rewrite("cpl", "(<MainPicture>.*?<Hash>)....", r"\1AAAA"))
    restated(source, root)
    ov = source.ov
    refused(lambda out: combined(out, ov, root), tmp_path / "out", "rework.hash-of-cpl")


def restated(base: Base, root: Path) -> None:
    from faults.repair import restate

    restate(base, root, "cpl", "pkl")
    restate(base, root, "pkl", "map")


def test_packages_of_another_maker(corpus: Path, golden: Path, tmp_path: Path) -> None:
    """In both standards. Those of one maker's tests are two under one id."""
    ref = corpus / "libdcp/test/ref"
    plain = next(path.parent for path in (golden / "libdcp" / "plain").rglob("ASSETMAP*"))
    pairs = (
        (ref / "DCP/dcp_test1", plain),
        (ref / "DCP/dcp_test3", ref / "write_interop_subtitle_test3"),
    )
    for number, roots in enumerate(pairs):
        done = combined(tmp_path / str(number), *roots)
        holds_all(done, *roots)
        said = {id for root in roots for id, _ in found(root)}
        assert {id for id, _ in found(done.root)} <= said
    one, two = ref / "DCP/dcp_test1", ref / "DCP/dcp_test2"
    refused(lambda out: combined(out, one, two), tmp_path / "out", "combine.two-of-one-id")
