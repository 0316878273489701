"""Chains come in any order and are put leaf first."""

from __future__ import annotations

from itertools import permutations

import pytest

from dcp.errors import CertificateError
from dcp.trust.certificate import MAX_CERTIFICATES
from dcp.trust.making import NewChain
from dcp.trust.order import leaves_of, order_chain


def test_every_order_gives_the_same_chain(signer_chain: NewChain) -> None:
    for given in permutations(signer_chain.chain):
        chain = order_chain(given)
        assert chain.certificates == signer_chain.chain.certificates
        assert chain.leaf is not None and chain.root == signer_chain.chain[-1]
        assert chain.strangers == chain.duplicates == ()


def test_copies_and_strangers_are_set_aside(signer_chain: NewChain, device_chain: NewChain) -> None:
    leaf, intermediate, root = signer_chain.chain
    chain = order_chain((root, leaf, device_chain.leaf, intermediate, leaf))
    assert chain.certificates == (leaf, intermediate, root)
    assert chain.strangers == (device_chain.leaf,)
    assert chain.duplicates == (leaf,)


def test_a_named_leaf_is_where_the_chain_begins(signer_chain: NewChain) -> None:
    leaf, intermediate, root = signer_chain.chain
    chain = order_chain(signer_chain.chain, leaf=intermediate)
    assert chain.certificates == (intermediate, root)
    assert chain.strangers == (leaf,)
    assert chain[1:] == (root,)


def test_a_chain_without_its_root_ends_where_it_ends(signer_chain: NewChain) -> None:
    chain = order_chain(signer_chain.chain[1::-1])
    assert chain.certificates == signer_chain.chain[:2]
    assert chain.root is None


def test_of_two_authorities_of_one_name_the_one_that_signed_is_taken(
    signer_chain: NewChain, device_chain: NewChain, forge_leaf: object
) -> None:
    leaf, intermediate, root = signer_chain.chain
    # The same subject as the real intermediate, another key.
    impostor = forge_leaf(  # type: ignore[operator]
        issuer=root,
        signing_key=signer_chain.private_keys[2],
        public_key=device_chain.private_keys[1].public_key(),
        fields={"subject": intermediate.subject_name.encode()},
    )
    for given in ((impostor, leaf, intermediate, root), (root, intermediate, impostor, leaf)):
        assert order_chain(given).certificates == (leaf, intermediate, root)


def test_names_that_run_in_a_circle_end(signer_chain: NewChain, forge_leaf: object) -> None:
    _, intermediate, root = signer_chain.chain
    names = {"subject": root.subject_name.encode(), "issuer": intermediate.subject_name.encode()}
    circle = forge_leaf(fields=names)  # type: ignore[operator]
    assert 1 <= len(order_chain((circle, intermediate))) <= 2
    assert leaves_of((circle, intermediate)) == (circle, intermediate)


def test_nothing_and_too_many_make_no_chain(signer_chain: NewChain) -> None:
    with pytest.raises(CertificateError, match="no certificate"):
        order_chain(())
    with pytest.raises(CertificateError, match="more than"):
        order_chain([signer_chain.leaf] * (MAX_CERTIFICATES + 1))
