"""Issuing: what is refused and in which words, what comes out, and what outside judges say of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from judges import KDM_PARTS, KDM_SCHEMA, schema_holds, signature_holds
from lxml import etree
from parts import canonical_private, canonical_public, private_in_document

from dcp.errors import CertificateError, DcpError, KeyMissingError, UsageError
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList, deny_certificates
from dcp.trust.making import NewChain, build_certificate, make_chain
from dcp.trust.order import CertificateChain
from dcp.xml.values import date_time
from kdm.checklist import check_kdm
from kdm.composition import CplFacts, NeededKey, cpl_facts
from kdm.formulation import ASSUME_TRUST, FORMULATIONS
from kdm.issue import prepare_kdms
from kdm.message import parse_message
from kdm.parties import distinct_recipients
from kdm.receive import open_kdm


def arguments(world: Any, **changes: Any) -> dict[str, Any]:
    return {
        "cpl": world.facts,
        "keyring": world.keyring,
        "signer": world.lab.signer,
        "recipient": world.hall.leaf,
        "not_before": world.now - timedelta(hours=12),
        "not_after": world.now + timedelta(days=7),
        "now": world.now,
        **changes,
    }


def issued(*, recipient: Certificate, **order: Any) -> bytes:
    return prepare_kdms(**order).issue(recipient).data


def devices_for(world: Any, name: str) -> list[Any]:
    return [world.projector.leaf, bytes(range(20))][: FORMULATIONS[name].devices]


@pytest.mark.parametrize("name", FORMULATIONS)
def test_what_is_issued_opens_to_the_same_keys(world: Any, name: str) -> None:
    data = issued(
        **arguments(world, formulation=name, device_list=devices_for(world, name), forensic_flags=["audio"])
    )
    report = check_kdm(
        data,
        private_key=world.hall.private_key,
        recipient=world.hall.leaf,
        cpl=world.cpl,
        devices=(world.projector.leaf,),
        trust=(world.lab.chain[-1],),
        now=world.now,
    )
    assert report.verdict == "accept"
    assert {step.result for step in report.steps} == {"pass"}
    assert next(step.message for step in report.steps if step.id == "KDM-121") == name
    assert report.keyring is not None
    assert [(k.id, k.type, k.value()) for k in report.keyring.keys] == [
        (k.id, k.type, k.value()) for k in world.keyring.keys
    ]


def test_the_message_says_what_was_asked(world: Any) -> None:
    beijing = ZoneInfo("Asia/Shanghai")
    message = parse_message(
        issued(
            **arguments(
                world,
                formulation="dci-any",
                not_before=datetime(2027, 5, 1, 9, tzinfo=beijing),
                forensic_flags=["picture", "audio-above:8"],
            )
        )
    )
    assert message.not_valid_before_text == "2027-05-01T09:00:00+08:00"
    assert message.issue_date_text == "2027-05-01T12:00:00+00:00"
    assert message.content_title_text == world.facts.content_title_text
    assert message.composition_playlist_id == world.facts.id
    assert message.content_authenticator == world.lab.leaf.thumbprint()
    assert message.authorized_device_info.device_list == (ASSUME_TRUST,)
    assert message.authorized_device_info.device_list_description == "Hall-1"
    assert message.recipient.x509_subject_name == world.hall.leaf.subject
    assert [(kind, key_id) for kind, _, key_id in message.keys] == [
        (key.type, key.id) for key in world.keyring.keys
    ]
    assert "dcimovies.com" in message.forensic_mark_flag_list[1]
    assert message.forensic_mark_flag_list[1].endswith("#mrkflg-audio-disable-above-channel-08")
    assert len(message.not_valid_after_text) == 25


def test_two_messages_share_no_id_and_no_cipher_text(world: Any) -> None:
    order = world.order()
    one, two = (parse_message(order.issue(world.hall.leaf).data) for _ in range(2))
    assert one.message_id != two.message_id
    assert (
        one.authorized_device_info.device_list_identifier != two.authorized_device_info.device_list_identifier
    )
    assert not {key.cipher_value for key in one.encrypted_keys} & {
        key.cipher_value for key in two.encrypted_keys
    }


def test_a_message_opens_for_its_recipient_only(world: Any) -> None:
    data = issued(**arguments(world))
    assert open_kdm(data, private_key=world.hall.private_key, now=world.now).cpl_id == world.facts.id
    with pytest.raises(DcpError, match="KDM-106"):
        open_kdm(data, private_key=world.other.private_key, now=world.now)


def test_each_recipient_may_have_its_own_devices(world: Any) -> None:
    order = world.order(formulation="dci-specific", device_list=None)
    data = order.issue(world.hall.leaf, device_list=[world.projector.leaf]).data
    assert parse_message(data).authorized_device_info.device_list == (world.projector.leaf.thumbprint(),)
    with pytest.raises(UsageError, match="1 or more devices"):
        order.issue(world.hall.leaf)


def test_only_the_keys_of_the_composition_are_sent(world: Any) -> None:
    more = Keyring((*world.keyring.keys, ContentKey.generate("MDIK")))
    assert len(parse_message(issued(**arguments(world, keyring=more))).encrypted_keys) == 3


def test_the_document_is_canonical_as_the_library_has_it(world: Any) -> None:
    data = world.order(cpl=replace(world.facts, content_title_text='<a> & "b"')).issue(world.hall.leaf).data
    message = parse_message(data)
    root = etree.fromstring(data)
    expected = [
        canonical_public(message),
        canonical_private(
            [key.cipher_value for key in message.encrypted_keys],
            algorithm=str(message.encrypted_keys[0].algorithm),
            digest_algorithm=str(message.encrypted_keys[0].digest_algorithm),
        ),
    ]
    for part, written in zip(list(root)[:2], expected, strict=True):
        alone = etree.fromstring(etree.tostring(part, with_tail=False))
        assert etree.tostring(alone, method="c14n").decode() == written
    assert private_in_document(expected[1].encode()) in data


# --- refusals -----


def at(world: Any, **difference: float) -> datetime:
    moment: datetime = world.now + timedelta(**difference)
    return moment


def chain_without(world: Any, **changes: Any) -> NewChain:
    """A chain whose leaf is made anew with something changed."""
    lab: NewChain = world.lab
    made = {
        "subject": lab.leaf.subject_name,
        "public_key": lab.private_key.public_key(),
        "serial": lab.leaf.serial,
        "window": (lab.leaf.not_before, lab.leaf.not_after),
        "path_len": None,
        "issuer": lab.chain[1],
        "signing_key": lab.private_keys[1],
        **changes,
    }
    leaf = build_certificate(**made)
    return NewChain(CertificateChain((leaf, *lab.chain[1:])), lab.private_keys)


REFUSED: list[tuple[str, Callable[[Any], dict[str, Any]], type[DcpError], str]] = [
    ("end before begin", lambda w: {"not_after": at(w, days=-2)}, UsageError, "before it begins"),
    ("empty window", lambda w: {"not_after": at(w, hours=-12)}, UsageError, "before it begins"),
    ("window over", lambda w: {"not_before": at(w, days=-9), "not_after": at(w, days=-1)},
     UsageError, "is over"),
    ("naive begin", lambda w: {"not_before": datetime(2027, 5, 1)}, UsageError, "without an offset"),
    ("naive end", lambda w: {"not_after": datetime(2027, 6, 1)}, UsageError, "without an offset"),
    ("naive now", lambda w: {"now": datetime(2027, 5, 1)}, UsageError, "without an offset"),
    ("an offset with seconds", lambda w: {"not_before": datetime(
        2027, 5, 1, tzinfo=timezone(timedelta(seconds=29143)))}, UsageError, "seconds"),
    ("beyond the signer", lambda w: {"not_after": at(w, days=9000)}, CertificateError, "signer's cert"),
    ("before the signer", lambda w: {"not_before": at(w, days=-3)}, CertificateError, "signer's certificate"),
    ("root as recipient", lambda w: {"recipient": w.hall.chain[-1]}, CertificateError, "of an authority"),
    ("authority as recipient", lambda w: {"recipient": w.hall.chain[1]}, CertificateError, "of an authority"),
    ("beyond the recipient", lambda w: {"recipient": chain_without(
        w, window=(at(w, days=-1), at(w, days=2))).leaf}, CertificateError, "certificate's validity"),
    ("a projector as recipient", lambda w: {"recipient": w.projector.leaf}, CertificateError,
     "has the role PR, not a media block's"),
    ("unknown formulation", lambda w: {"formulation": "mt1"}, UsageError, "no formulation"),
    ("devices for any device", lambda w: {"device_list": [w.projector.leaf]}, UsageError, "no device list"),
    ("too few devices", lambda w: {"formulation": "dci-specific"}, UsageError, "1 or more devices"),
    ("a device of 19 bytes", lambda w: {"formulation": "dci-specific", "device_list": [bytes(19)]},
     UsageError, "20 bytes"),
    ("authenticator for Interop", lambda w: {"formulation": "dci-any", "cpl": replace(
        w.facts, standard="interop")}, UsageError, "Interop composition"),
    ("authenticator without need", lambda w: {"content_authenticator": w.lab.leaf}, UsageError, "names no"),
    ("no authenticator at hand", lambda w: {"formulation": "dci-any", "cpl": replace(
        w.facts, signer_chain=())}, UsageError, "needs a content authenticator"),
    ("authenticator of another chain", lambda w: {"formulation": "dci-any",
        "content_authenticator": w.hall.leaf}, UsageError, "no certificate of the chain"),
    ("unknown flag", lambda w: {"forensic_flags": ["sound"]}, UsageError, "forensic marking flag"),
    ("other keys of another composition", lambda w: {
        "keyring": Keyring(w.keyring.keys[1:], uuid.UUID(int=9))},
     KeyMissingError, f"1 of the 3 keys of composition {uuid.UUID(int=1)} .*composition {uuid.UUID(int=9)}"),
    ("a key missing", lambda w: {"keyring": Keyring(w.keyring.keys[1:])}, KeyMissingError, "1 of the 3 keys"),
    ("nothing encrypted", lambda w: {"cpl": replace(w.facts, keys=())}, UsageError, "no encrypted track"),
    ("257 keys", lambda w: {"cpl": replace(w.facts, keys=tuple(
        NeededKey(uuid.UUID(int=place)) for place in range(257)))}, DcpError, "at most 256"),
    ("a type that does not fit", lambda w: {"keyring": Keyring(tuple(ContentKey(
        id=key.id, type="MDAK", value=key.value()) for key in w.keyring.keys))}, UsageError, "wants MDIK"),
    ("a MIC key", lambda w: {"keyring": Keyring(tuple(ContentKey(
        id=key.id, type=key.type, value=key.value(), mic_key=bytes(16)) for key in w.keyring.keys))},
     UsageError, "MIC key"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_a_mistake_is_refused_in_plain_words(
    world: Any, changes: Callable[[Any], dict[str, Any]], error: type[DcpError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        issued(**arguments(world, **changes(world)))
    assert caught.value.remedy or words == "at most 256"
    for key in world.keyring.keys:
        assert key.value().hex() not in str(caught.value)


def test_a_signer_that_no_server_takes_is_refused(world: Any) -> None:
    broken = chain_without(world, signing_key=world.hall.private_keys[1])
    with pytest.raises(CertificateError, match="no server would take"):
        issued(**arguments(world, signer=broken.signer))


def test_keys_made_for_another_composition_are_taken_with_a_note(world: Any) -> None:
    order = world.order(keyring=Keyring(world.keyring.keys, uuid.UUID(int=9)))
    issued = order.issue(world.hall.leaf)
    assert str(uuid.UUID(int=9)) in order.notes[0]
    assert issued.notes == order.notes
    opened = open_kdm(issued.data, private_key=world.hall.private_key, cpl=world.cpl, now=world.now)
    assert opened.cpl_id == world.facts.id
    assert {key.id: key.value() for key in opened.keys} == {key.id: key.value() for key in world.keyring.keys}
    assert world.order().notes == ()


def test_a_signer_without_the_role_of_a_content_signer_is_refused(world: Any) -> None:
    with pytest.raises(CertificateError, match=r"signs no KDM.*CS.*SM SPB MD") as caught:
        world.order(signer=world.hall.signer)
    assert caught.value.where == world.hall.leaf.who
    assert "--role CS" in str(caught.value.remedy)


def test_a_content_signer_with_another_role_is_refused(world: Any) -> None:
    both = make_chain(organization="Example", unit="Both", role="CS SM", now=world.now)
    with pytest.raises(CertificateError, match="CER-010"):
        world.order(signer=both.signer)


@pytest.mark.parametrize("place", [1, 2])
def test_an_authority_is_no_device_of_the_list(world: Any, place: int) -> None:
    with pytest.raises(CertificateError, match="of an authority, not of a device") as caught:
        world.order(formulation="dci-specific", device_list=[world.projector.leaf, world.hall.chain[place]])
    assert caught.value.where == world.hall.chain[place].who
    assert "leaf" in str(caught.value.remedy)
    order = world.order(formulation="dci-specific", device_list=None)
    with pytest.raises(CertificateError, match="of an authority"):
        order.issue(world.hall.leaf, device_list=[world.hall.chain[place]])


def test_a_recipient_given_twice_counts_once(world: Any) -> None:
    again = Certificate(world.hall.leaf.der)
    kept, notes = distinct_recipients([world.hall.leaf, world.other.leaf, again, again])
    assert kept == (world.hall.leaf, world.other.leaf)
    assert len(notes) == 1 and world.hall.leaf.label in notes[0] and "3 times" in notes[0]
    assert distinct_recipients([world.hall.leaf]) == ((world.hall.leaf,), ())


def test_who_is_on_the_deny_list_is_no_party_to_a_message(world: Any) -> None:
    projector, hall, lab = world.projector.leaf, world.hall.leaf, world.lab
    two = {"formulation": "dci-specific", "revoked": deny_certificates([projector])}
    by_key = DenyList(keys=frozenset([projector.public_key_thumbprint()]))
    for device in (projector, projector.thumbprint()):
        with pytest.raises(CertificateError, match="deny list"):
            world.order(**two, device_list=[device])
        with pytest.raises(CertificateError, match="deny list"):
            world.order(**two, device_list=None).issue(hall, device_list=[device])
    with pytest.raises(CertificateError, match="key is on the deny list"):
        world.order(formulation="dci-specific", revoked=by_key, device_list=[projector])
    with pytest.raises(CertificateError, match="deny list"):
        world.order(revoked=deny_certificates([hall])).issue(hall)
    for certificate in lab.chain:
        with pytest.raises(CertificateError, match="deny list"):
            world.order(revoked=deny_certificates([certificate]))
    assert world.order(**two, device_list=None).issue(hall, device_list=[world.other.leaf]).data


def test_the_digest_of_the_keys_is_another_for_other_keys(world: Any) -> None:
    keys = world.keyring.keys

    def digest(*changed: ContentKey, **order: Any) -> bytes:
        return world.order(keyring=Keyring(changed, world.keyring.cpl_id), **order).keys_digest

    first = keys[0]
    other = ContentKey(id=first.id, type=first.type, value=bytes(16))
    mic = ContentKey(id=first.id, type=first.type, value=first.value(), mic_key=bytes(16))
    mic_two = ContentKey(id=first.id, type=first.type, value=first.value(), mic_key=bytes(15) + b"1")
    assert digest(*keys) == digest(*reversed(keys)) == world.order().keys_digest
    found = {digest(*keys), digest(other, *keys[1:])}
    found |= {digest(one, *keys[1:], mic_key_type="MDMK") for one in (mic, mic_two)}
    assert len(found) == 4
    assert world.order().keys_digest.hex() not in repr(world.order())


def test_a_short_recipient_key_is_refused(world: Any) -> None:
    old = make_chain(organization="Old", unit="Hall", role="SM", now=world.now, key_size=1024)
    with pytest.raises(CertificateError, match="2048"):
        issued(**arguments(world, recipient=old.leaf))


def test_an_unusual_recipient_is_noted_not_refused(world: Any) -> None:
    order = world.order()
    assert order.issue(world.hall.leaf).notes == ()
    assert "DKDM" in order.issue(world.lab.leaf).notes[0]


def test_the_authenticator_may_be_named_when_the_playlist_is_not_at_hand(world: Any) -> None:
    unsigned = replace(world.facts, signer_chain=())
    data = issued(
        **arguments(world, cpl=unsigned, formulation="dci-any", content_authenticator=world.lab.chain[1])
    )
    assert parse_message(data).content_authenticator == world.lab.chain[1].thumbprint()


def test_the_facts_of_a_playlist(world: Any) -> None:
    assert [key.types for key in world.facts.keys] == [("MDIK",), ("MDAK",), ("MDSK",)]
    assert world.facts.signer_chain == tuple(world.lab.chain)
    assert world.facts.standard == "smpte"
    assert NeededKey(uuid.UUID(int=1), ("Unheard",)).types == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2027, 5, 1, 9, 30, 1, 999, tzinfo=UTC), "2027-05-01T09:30:01+00:00"),
        (datetime(2027, 5, 1, tzinfo=timezone(-timedelta(hours=3, minutes=30))), "2027-05-01T00:00:00-03:30"),
    ],
)
def test_a_date_has_25_characters(value: datetime, text: str) -> None:
    assert date_time(value) == text


# --- outside judges -----


@pytest.mark.oracle
@pytest.mark.parametrize("name", FORMULATIONS)
def test_xmlsec1_accepts_what_is_issued(
    world: Any, name: str, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    kdm = tmp_path / "kdm.xml"
    kdm.write_bytes(issued(**arguments(world, formulation=name, device_list=devices_for(world, name))))
    said = signature_holds(
        oracle("xmlsec1"), kdm, chain=world.lab.chain, at=world.now, folder=tmp_path, parts=KDM_PARTS
    )
    assert "2/2" in said


@pytest.mark.oracle
@pytest.mark.parametrize("name", FORMULATIONS)
def test_xmllint_validates_what_is_issued(
    world: Any, name: str, oracle: Callable[[str], str], standards: Path, tmp_path: Path
) -> None:
    kdm = tmp_path / "kdm.xml"
    kdm.write_bytes(
        issued(
            **arguments(
                world, formulation=name, device_list=devices_for(world, name), forensic_flags=["picture"]
            )
        )
    )
    schema_holds(oracle("xmllint"), standards / "xsd" / KDM_SCHEMA, kdm)


def test_facts_name_every_kind_that_a_key_opens(world: Any) -> None:
    from dcp.documents.cpl_reading import parse_cpl

    facts: CplFacts = cpl_facts(parse_cpl(world.cpl, where="cpl"))
    assert [key.kinds for key in facts.keys] == [("MainPicture",), ("MainSound",), ("MainSubtitle",)]
    assert facts.signer_chain == ()
