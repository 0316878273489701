from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dcp.errors import RefusedError, UsageError
from kdm.dkdm import Dkdm, open_dkdm, prepare_from_dkdm
from kdm.message import parse_message
from kdm.receive import open_kdm


def opened(world: Any, **order: Any) -> Dkdm:
    """A DKDM for the lab, which stands for the distributor here, opened."""
    data = world.order(**order).issue(world.lab.leaf).data
    return open_dkdm(data, private_key=world.lab.private_key, recipient=world.lab.leaf, now=world.now)


def made(world: Any, dkdm: Dkdm, **changes: Any) -> bytes:
    arguments = {
        "signer": world.lab.signer,
        "not_before": world.now,
        "not_after": world.now + timedelta(days=2),
        "now": world.now,
        **changes,
    }
    return prepare_from_dkdm(dkdm, **arguments).issue(world.hall.leaf).data


def test_a_screen_gets_the_keys_of_the_dkdm(world: Any) -> None:
    keyring = open_kdm(
        made(world, opened(world)), private_key=world.hall.private_key, cpl=world.cpl, now=world.now
    )
    assert {key.id: (key.type, key.value()) for key in keyring.keys} == {
        key.id: (key.type, key.value()) for key in world.keyring.keys
    }


def test_flags_and_authenticator_are_carried(world: Any) -> None:
    dkdm = opened(world, formulation="dci-any", forensic_flags=["picture", "audio-above:6"])
    message = parse_message(made(world, dkdm, formulation="dci-any"))
    assert message.forensic_mark_flag_list == dkdm.message.forensic_mark_flag_list
    assert message.content_authenticator == world.lab.leaf.thumbprint()


def test_a_dkdm_makes_no_message_for_another_composition(world: Any) -> None:
    other = replace(world.facts, id=uuid.UUID(int=9))
    with pytest.raises(UsageError, match=f"the DKDM is for composition {world.facts.id}, not for {other.id}"):
        made(world, opened(world), cpl=other)


@pytest.mark.parametrize("change", [{"not_before": -1}, {"not_after": 8}])
def test_a_window_beyond_that_of_the_dkdm_is_refused(world: Any, change: dict[str, float]) -> None:
    moved = {name: world.now + timedelta(days=days) for name, days in change.items()}
    with pytest.raises(UsageError, match="not inside that of the DKDM"):
        made(world, opened(world), **moved)


@pytest.mark.parametrize(
    ("allowed", "asked", "fine"),
    [
        (["picture"], [], True),
        (["picture"], ["picture"], True),
        ([], ["picture"], False),
        ([], ["audio"], False),
        (["audio"], ["audio-above:6"], True),
        (["audio-above:6"], ["audio-above:8"], True),
        (["audio-above:8"], ["audio-above:6"], False),
        (["audio-above:8"], ["audio"], False),
    ],
)
def test_a_mark_is_switched_off_only_where_the_dkdm_does(
    world: Any, allowed: list[str], asked: list[str], fine: bool
) -> None:
    dkdm = opened(world, forensic_flags=allowed)
    if fine:
        assert made(world, dkdm, forensic_flags=asked)
    else:
        with pytest.raises(UsageError, match="forensic mark"):
            made(world, dkdm, forensic_flags=asked)


def test_devices_stay_those_of_the_dkdm(world: Any) -> None:
    known, other = bytes([1]) * 20, bytes([2]) * 20
    dkdm = opened(world, formulation="dci-specific", device_list=[known])
    assert made(world, dkdm, formulation="dci-specific", device_list=[known])
    with pytest.raises(UsageError, match="certain devices only, and these are others"):
        made(world, dkdm, formulation="dci-specific", device_list=[other])
    for devices in ([], None):  # None: as a batch asks, which knows its screens later
        with pytest.raises(UsageError, match="and modified-transitional-1 trusts any"):
            made(world, dkdm, formulation="modified-transitional-1", device_list=devices)


def test_a_dkdm_that_names_its_distributor_alone_leaves_devices_free(world: Any) -> None:
    dkdm = opened(world, formulation="dci-specific", device_list=[world.lab.leaf])
    assert dkdm.devices == ()


def test_a_dkdm_is_opened_before_its_window_and_not_after(world: Any) -> None:
    later = {"not_before": world.now + timedelta(days=1), "not_after": world.now + timedelta(days=3)}
    assert opened(world, **later).keyring.keys
    data = world.order().issue(world.lab.leaf).data
    with pytest.raises(RefusedError, match="KDM-002"):
        open_dkdm(data, private_key=world.lab.private_key, now=world.now + timedelta(days=30))


def test_a_dkdm_for_another_key_says_what_to_give(world: Any) -> None:
    data = world.order().issue(world.hall.leaf).data
    for recipient in (world.lab.leaf, None):
        with pytest.raises(RefusedError, match="KDM-106") as caught:
            open_dkdm(data, private_key=world.lab.private_key, recipient=recipient, now=world.now)
        assert caught.value.remedy == "give the key of the certificate that the DKDM was made for"


def test_no_key_shows(world: Any) -> None:
    dkdm = opened(world)
    assert all(key.value().hex() not in repr(dkdm) for key in dkdm.keyring.keys)
