"""What is taken from a playlist: its signer only once the chain is judged, its keys, what is worth saying."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dcp.documents.cpl import cpl_element
from dcp.documents.cpl_reading import parse_cpl
from dcp.errors import CertificateError, DocumentError, SignatureError
from dcp.suite import INTEROP, SMPTE
from dcp.trust import signing
from dcp.trust.making import NewChain, make_chain
from kdm.composition import read_cpl_facts
from kdm.issue import prepare_kdms


@pytest.fixture(scope="module")
def rogue(world: Any) -> NewChain:
    """A sound chain of the wrong owner."""
    return make_chain(organization="Rogue", unit="Lab", role="CS", now=world.now)


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are signed with whatever chain is given."""
    monkeypatch.setattr(signing, "check_signer", lambda *_, **__: None)


def test_the_signer_of_a_sound_playlist_is_named(world: Any) -> None:
    facts = read_cpl_facts(world.cpl, where="cpl.xml", trust=(world.lab.chain[-1],))
    assert facts.signer_chain == tuple(world.lab.chain)
    assert facts.notes == ()


def test_a_signer_of_another_role_is_not_named(world: Any, careless: None) -> None:
    data = world.playlist(signer=world.other)
    with pytest.raises(CertificateError, match=r"signer chain of the playlist.*CER-009") as caught:
        read_cpl_facts(data, where="cpl.xml")
    assert caught.value.where == "cpl.xml"
    assert caught.value.remedy


def test_a_signer_that_was_not_valid_at_the_issue_date_is_not_named(world: Any) -> None:
    data = world.playlist(issue_date=world.now - timedelta(days=9))
    with pytest.raises(CertificateError, match="CER-011"):
        read_cpl_facts(data, where="cpl.xml")


def test_a_signer_without_its_authorities_is_not_named(world: Any, careless: None) -> None:
    own = world.lab.signer
    short = replace(own, chain=replace(own.chain, certificates=own.chain.certificates[:1]))
    data = signing.sign_document(cpl_element(parse_cpl(world.playlist(signed=False), where="cpl")), short)
    with pytest.raises(CertificateError, match="signer chain of the playlist"):
        read_cpl_facts(data, where="cpl.xml")


def test_with_a_list_a_strangers_playlist_gives_no_signer(world: Any, rogue: NewChain) -> None:
    data = world.playlist(signer=rogue)
    assert read_cpl_facts(data, where="cpl.xml").signer_chain[0] == rogue.leaf
    with pytest.raises(CertificateError, match=r"leads to none of the trusted.*SIG-014") as caught:
        read_cpl_facts(data, where="cpl.xml", trust=(world.lab.chain[-1],))
    assert "who signed" in str(caught.value.remedy)


def test_a_changed_playlist_is_refused(world: Any) -> None:
    with pytest.raises(SignatureError):
        read_cpl_facts(world.cpl.replace(b"Titel", b"Title"), where="cpl.xml")
    with pytest.raises(DocumentError):
        read_cpl_facts(b"<a/>", where="cpl.xml")


def test_an_unsigned_encrypted_playlist_is_worth_a_note_with_each_message(world: Any) -> None:
    facts = read_cpl_facts(world.playlist(signed=False), where="cpl.xml")
    assert facts.signer_chain == ()
    assert len(facts.notes) == 1 and "not signed" in facts.notes[0]
    order = prepare_kdms(
        cpl=facts,
        keyring=world.keyring,
        signer=world.lab.signer,
        not_before=world.now,
        not_after=world.now + timedelta(days=1),
        now=world.now,
    )
    assert facts.notes[0] in order.issue(world.hall.leaf).notes
    assert read_cpl_facts(world.playlist(signed=False, standard="interop"), where="cpl.xml").notes == ()


def test_a_list_and_no_signature_is_refused(world: Any) -> None:
    with pytest.raises(SignatureError, match="not signed"):
        read_cpl_facts(
            world.playlist(signed=False, standard="interop"), where="cpl.xml", trust=(world.lab.chain[-1],)
        )


def test_an_interop_playlist_is_judged_by_its_own_rules(world: Any) -> None:
    cpl = parse_cpl(world.playlist(signed=False, standard="interop"), where="cpl")
    data = signing.sign_document(cpl_element(cpl), world.lab.signer, suite=INTEROP)
    assert INTEROP != SMPTE
    assert read_cpl_facts(data, where="cpl.xml").signer_chain == tuple(world.lab.chain)
