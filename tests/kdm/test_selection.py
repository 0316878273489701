"""Which keys a message carries: every type, keys for marks, MIC keys."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dcp.errors import DcpError, RefusedError, UsageError
from dcp.secrets.keys import ContentKey, Keyring
from kdm.checklist import KdmReport, check_kdm
from kdm.composition import DOLBY_SCOPE, CplFacts, NeededKey
from kdm.dkdm import open_dkdm, prepare_from_dkdm
from kdm.message import KEY_TYPE_SCOPE, parse_message
from kdm.receive import open_kdm
from kdm.selection import sent_keys

KINDS = {
    "MDIK": "MainPicture",
    "MDAK": "MainSound",
    "MDSK": "MainSubtitle",
    "MDX1": "AuxData",
    "MDX2": "AuxData",
    "MDEK": "AuxData",
}
TOKEN = "XMIC"  # of no standard: the real token could not be established


def checked(world: Any, data: bytes, **changes: Any) -> KdmReport:
    return check_kdm(
        data,
        **{"private_key": world.hall.private_key, "recipient": world.hall.leaf, "now": world.now, **changes},
    )


def results(report: KdmReport) -> set[str]:
    """What the steps came to, apart from what was not handed over."""
    return {step.result for step in report.steps} - {"skipped"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_every_type_is_sent_and_received(world: Any, kind: str) -> None:
    key = ContentKey.generate(kind)
    facts = replace(world.facts, keys=(NeededKey(key.id, (KINDS[kind],)),))
    data = world.order(cpl=facts, keyring=Keyring((key,))).issue(world.hall.leaf).data
    scope = DOLBY_SCOPE if kind == "MDEK" else KEY_TYPE_SCOPE
    assert list(parse_message(data).keys) == [(kind, scope, key.id)]
    report = checked(world, data)
    assert report.verdict == "accept" and results(report) == {"pass"}
    assert report.keyring is not None
    (opened,) = report.keyring.keys
    assert (opened.id, opened.type, opened.value()) == (key.id, kind, key.value())


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_sent_under_no_type_that_does_not_fit(world: Any, kind: str) -> None:
    wrong = "MDAK" if kind != "MDAK" else "MDIK"
    key = ContentKey.generate(wrong)
    facts = replace(world.facts, keys=(NeededKey(key.id, (KINDS[kind],)),))
    with pytest.raises(UsageError, match=f"has the type {wrong}, but it opens {KINDS[kind]}"):
        sent_keys(facts, Keyring((key,)))


# --- keys for forensic marks -----


def with_marks(world: Any) -> Keyring:
    return Keyring((*world.keyring.keys, *map(ContentKey.generate, ("FMIK", "FMAK"))), world.facts.id)


def test_keys_for_marks_go_with_the_keyring_of_their_composition(world: Any) -> None:
    keyring = with_marks(world)
    data = world.order(keyring=keyring).issue(world.hall.leaf).data
    assert [kind for kind, _, _ in parse_message(data).keys] == ["MDIK", "MDAK", "MDSK", "FMIK", "FMAK"]
    report = checked(world, data, cpl=world.cpl)
    assert report.verdict == "accept" and results(report) == {"pass"}
    assert report.keyring is not None
    assert [(key.id, key.value()) for key in report.keyring.keys] == [
        (key.id, key.value()) for key in keyring.keys
    ]


@pytest.mark.parametrize("other", [None, uuid.UUID(int=5)])
def test_keys_for_marks_of_an_unknown_or_another_composition_stay(world: Any, other: Any) -> None:
    keyring = replace(with_marks(world), cpl_id=other)
    assert [key.type for key in sent_keys(world.facts, keyring)] == ["MDIK", "MDAK", "MDSK"]


def test_a_dkdm_hands_its_keys_for_marks_on(world: Any) -> None:
    data = world.order(keyring=with_marks(world)).issue(world.lab.leaf).data
    dkdm = open_dkdm(data, private_key=world.lab.private_key, recipient=world.lab.leaf, now=world.now)
    for cpl in (None, world.facts):
        issuer = prepare_from_dkdm(
            dkdm, cpl=cpl, signer=world.lab.signer, not_before=world.now,
            not_after=world.now + timedelta(days=1), now=world.now,
        )  # fmt: skip
        message = parse_message(issuer.issue(world.hall.leaf).data)
        assert [kind for kind, _, _ in message.keys] == ["MDIK", "MDAK", "MDSK", "FMIK", "FMAK"]


def test_keys_for_marks_count(world: Any) -> None:
    keys = [ContentKey.generate("MDIK") for _ in range(256)]
    facts = CplFacts(uuid.UUID(int=1), "T", tuple(NeededKey(key.id) for key in keys))
    assert len(sent_keys(facts, Keyring(tuple(keys), facts.id))) == 256
    with pytest.raises(DcpError, match="257 keys, and a KDM carries at most 256"):
        sent_keys(facts, Keyring((*keys, ContentKey.generate("FMIK")), facts.id))


# --- MIC keys -----


def with_mic_keys(world: Any, only: int = 3) -> Keyring:
    keys = [
        ContentKey(
            id=key.id,
            type=key.type,
            value=key.value(),
            mic_key=bytes([100 + place] * 16) if place < only else None,
        )
        for place, key in enumerate(world.keyring.keys)
    ]
    return Keyring(tuple(keys), world.facts.id)


def mic_keys(keyring: Keyring) -> list[tuple[uuid.UUID, str, bytes, bytes | None]]:
    return [(key.id, key.type, key.value(), key.mic_key()) for key in keyring.keys]


@pytest.mark.parametrize("only", [1, 3])
def test_mic_keys_go_under_the_type_that_is_named_and_come_back(world: Any, only: int) -> None:
    keyring = with_mic_keys(world, only)
    data = world.order(keyring=keyring, mic_key_type=TOKEN).issue(world.hall.leaf).data
    message = parse_message(data)
    assert len(message.encrypted_keys) == 3 + only
    assert [(kind, key_id) for kind, _, key_id in message.keys][:2] == [
        ("MDIK", keyring.keys[0].id), (TOKEN, keyring.keys[0].id),
    ]  # fmt: skip
    report = checked(world, data, cpl=world.cpl, mic_key_type=TOKEN)
    assert report.verdict == "accept" and results(report) == {"pass"}
    assert report.keyring is not None and mic_keys(report.keyring) == mic_keys(keyring)


def test_who_does_not_know_the_type_refuses_the_message(world: Any) -> None:
    data = world.order(keyring=with_mic_keys(world), mic_key_type=TOKEN).issue(world.hall.leaf).data
    for other in (None, "YMIC"):
        with pytest.raises(RefusedError, match=r"KDM-111.*more than once"):
            open_kdm(data, private_key=world.hall.private_key, mic_key_type=other, now=world.now)


def test_a_message_without_mic_keys_is_read_with_the_type_named_too(world: Any) -> None:
    data = world.order().issue(world.hall.leaf).data
    report = checked(world, data, mic_key_type=TOKEN)
    assert report.verdict == "accept" and report.keyring is not None
    assert mic_keys(report.keyring) == mic_keys(world.keyring)


def test_a_dkdm_hands_its_mic_keys_on(world: Any) -> None:
    data = world.order(keyring=with_mic_keys(world), mic_key_type=TOKEN).issue(world.lab.leaf).data
    dkdm = open_dkdm(data, private_key=world.lab.private_key, mic_key_type=TOKEN, now=world.now)
    again = {"signer": world.lab.signer, "not_before": world.now, "not_after": world.now + timedelta(days=1),
             "now": world.now}  # fmt: skip
    with pytest.raises(UsageError, match="MIC key of its own"):
        prepare_from_dkdm(dkdm, **again)
    issued = prepare_from_dkdm(dkdm, mic_key_type=TOKEN, **again).issue(world.hall.leaf).data
    opened = open_kdm(issued, private_key=world.hall.private_key, mic_key_type=TOKEN, now=world.now)
    assert mic_keys(opened) == mic_keys(with_mic_keys(world))


@pytest.mark.parametrize(
    ("token", "words"),
    [("mick", "no key type"), ("MIC", "no key type"), ("MICKY", "no key type"), ("MI K", "no key type"),
     ("MÍCK", "no key type"), ("MDIK", "no key type"), ("FMAK", "no key type"), ("", "no key type")],
)  # fmt: skip
def test_what_is_no_type_for_mic_keys_is_refused(world: Any, token: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        sent_keys(world.facts, with_mic_keys(world), mic_key_type=token)
    assert caught.value.remedy


def test_a_type_for_mic_keys_that_are_not_there_is_refused(world: Any) -> None:
    with pytest.raises(UsageError, match="none of the keys comes with a MIC key"):
        sent_keys(world.facts, world.keyring, mic_key_type=TOKEN)


def test_mic_keys_count(world: Any) -> None:
    keys = [
        ContentKey(id=uuid.UUID(int=n), type="MDIK", value=bytes(16), mic_key=bytes(16)) for n in range(129)
    ]
    facts = CplFacts(uuid.UUID(int=1), "T", tuple(NeededKey(key.id) for key in keys))
    with pytest.raises(DcpError, match="these are 258 keys"):
        sent_keys(facts, Keyring(tuple(keys)), mic_key_type=TOKEN)


def test_a_mic_key_without_its_content_key_is_refused(world: Any) -> None:
    """Its id is that of no content key, so nothing says which track it is for."""
    from kdm.message import TypedKeyId

    stranger = uuid.UUID(int=0x999)
    data = world.forge(
        message=lambda message: replace(
            message, key_id_list=(*message.key_id_list, TypedKeyId(TOKEN, (stranger,)))
        ),
        blocks=lambda blocks: [*blocks, replace(blocks[0], key_type=TOKEN, key_id=stranger)],
    )
    report = checked(world, data, mic_key_type=TOKEN)
    failed = [step for step in report.steps if step.result == "fail"]
    assert [step.id for step in failed] == ["KDM-111"] and "no content key has it" in failed[0].message


def test_two_mic_keys_of_one_content_key_are_refused(world: Any) -> None:
    from kdm.message import TypedKeyId

    data = world.forge(
        message=lambda message: replace(
            message,
            key_id_list=(*message.key_id_list, *[TypedKeyId(TOKEN, message.key_id_list[0].key_ids)] * 2),
        ),
        blocks=lambda blocks: [*blocks, *[replace(blocks[0], key_type=TOKEN)] * 2],
    )
    report = checked(world, data, mic_key_type=TOKEN)
    assert [step.id for step in report.steps if step.result == "fail"] == ["KDM-111"]
    assert report.keyring is None


def test_a_block_that_calls_itself_a_mic_key_is_listed_as_one(world: Any) -> None:
    """Outside it is the picture's key, inside a MIC key: not to be paired with anything."""
    data = world.forge(blocks=lambda blocks: [replace(blocks[0], key_type=TOKEN), *blocks[1:]])
    report = checked(world, data, mic_key_type=TOKEN)
    assert [step.id for step in report.steps if step.result == "fail"] == ["KDM-111"]
    assert report.keyring is None
