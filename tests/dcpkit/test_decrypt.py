"""`dcpkit decrypt` of packages with text and several compositions, with a KDM and with keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kinds_packed import NOW, two_versions

from dcp.documents.cpl import CompositionPlaylist
from dcp.package.package import Package, open_package
from dcp.secrets.keys import ContentKey, Keyring, write_keys
from dcp.trust.making import NewChain, make_chain, write_chain
from kdm.issue import prepare_kdms

Run = Callable[..., tuple[int, str, str]]
KEYS = tuple(ContentKey.generate(kind) for kind in ("MDIK", "MDAK", "MDSK", "MDSK"))


@pytest.fixture(scope="module")
def studio() -> NewChain:
    return make_chain(organization="studio.example", unit="test", role="CS", now=NOW)


@pytest.fixture(scope="module")
def cinema() -> NewChain:
    return make_chain(organization="cinema.example", unit="test", role="SM SPB MD", now=NOW)


@pytest.fixture
def package(tmp_path: Path, studio: NewChain) -> Package:
    return two_versions(tmp_path / "in", KEYS, studio.signer)


def opener(
    tmp_path: Path, cpl: CompositionPlaylist, studio: NewChain, cinema: NewChain
) -> tuple[object, ...]:
    """A KDM for the composition, as flags."""
    order = prepare_kdms(
        cpl=cpl,
        keyring=Keyring(KEYS),
        signer=studio.signer,
        not_before=NOW,
        not_after=NOW + timedelta(days=1),
        now=NOW,
    )
    (tmp_path / "kdm.xml").write_bytes(order.issue(cinema.leaf).data)
    write_chain(cinema, tmp_path / "cinema")
    return (
        "--kdm", tmp_path / "kdm.xml", "--key", tmp_path / "cinema" / "leaf.key", "--now",
        (NOW + timedelta(hours=1)).isoformat(),
    )  # fmt: skip


def test_of_several_compositions_the_kdms_own_is_taken(
    tmp_path: Path, package: Package, dcpkit: Run, studio: NewChain, cinema: NewChain
) -> None:
    second = package.compositions[1]
    flags = opener(tmp_path, second, studio, cinema)
    code, out, err = dcpkit("decrypt", package.root, "-o", tmp_path / "out", *flags, "--json")
    assert code == 0, err
    document = json.loads(out)
    (cpl,) = open_package(tmp_path / "out").compositions
    assert document["compositions"] == {str(second.id): str(cpl.id)}
    assert len(document["assets"]) == 3
    assert cpl.content_title_text == second.content_title_text
    assert str(cpl.id) == document["cpl_id"]
    code, out, _ = dcpkit("verify", tmp_path / "out", "--now", NOW.isoformat())
    assert code == 0, out


def test_a_kdm_for_none_of_them_is_refused_in_words(
    tmp_path: Path, package: Package, dcpkit: Run, studio: NewChain, cinema: NewChain
) -> None:
    other = two_versions(tmp_path / "other", KEYS, studio.signer).compositions[0]
    flags = opener(tmp_path, other, studio, cinema)
    code, _, err = dcpkit("decrypt", package.root, "-o", tmp_path / "out", *flags)
    assert code == 2 and str(package.compositions[0].id) in err
    named = package.document(package.compositions[0]).path
    code, _, err = dcpkit("decrypt", named, "-o", tmp_path / "out", *flags)
    assert code == 1 and "KDM-" in err
    assert not (tmp_path / "out").exists()


def test_a_named_playlist_is_the_one_that_is_decrypted(tmp_path: Path, package: Package, dcpkit: Run) -> None:
    write_keys(tmp_path / "keys.json", Keyring(KEYS))
    first = package.compositions[0]
    given = ("--keys", tmp_path / "keys.json")
    path = package.document(first).path
    assert dcpkit("decrypt", path, "-o", tmp_path / "one", *given)[0] == 0
    assert [cpl.content_title_text for cpl in open_package(tmp_path / "one").compositions] == ["Film 0"]
    assert dcpkit("decrypt", package.root, "-o", tmp_path / "both", *given)[0] == 0
    assert len(open_package(tmp_path / "both").compositions) == 2
