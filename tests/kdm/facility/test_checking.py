"""FLM-101 and FLM-102: which certificate of a list is unfit, and what changed between two lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dcp.errors import UsageError
from dcp.suite import SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.deny import deny_certificates
from dcp.trust.making import build_certificate
from kdm.facility.changes import Change, changes_between
from kdm.facility.checking import check_facilities, judge_device, list_problems
from kdm.facility.merging import merge_lists
from kdm.facility.sorting import make_screen, sort_certificates
from kdm.facility.values import Device, Facility, FacilityList, Screen

World = Any
NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)


def block(chain: Any, **words: str) -> Device:
    return Device(tuple(chain.chain), **words)


def cinema(*screens: Screen, id: str = "1", partial: bool = False) -> Facility:
    return Facility(id, f"Cinema {id}", screens, partial=partial)


def listing(*facilities: Facility, issued: datetime | None = None) -> FacilityList:
    return FacilityList(facilities, issued=issued)


def renewed(world: World, name: str = "SM SPB MD.Hall-1", *, serial: int = 77) -> Certificate:
    """Another certificate of the hall's maker, for another key."""
    subject = replace(
        world.hall.leaf.subject_name,
        rdns=tuple(
            (replace(rdn[0], value=name),) if rdn[0].type == "2.5.4.3" else rdn
            for rdn in world.hall.leaf.subject_name.rdns
        ),
    )
    return build_certificate(
        subject=subject,
        public_key=world.projector.private_key.public_key(),
        serial=serial,
        window=(NOW - timedelta(days=1), NOW + timedelta(days=900)),
        path_len=None,
        issuer=world.hall.chain[1],
        signing_key=world.hall.private_keys[1],
    )


def as_sha1(certificate: Certificate) -> Certificate:
    """The same with the other algorithm written in it; its signature does not hold."""
    return Certificate(certificate.der.replace(der.oid(SHA256_WITH_RSA), der.oid(SHA1_WITH_RSA)))


# --- which is which ---


def test_the_newer_of_two_certificates_for_one_key_counts(world: World) -> None:
    old = as_sha1(world.hall.leaf)
    for order in ([old, world.hall.leaf], [world.hall.leaf, old]):
        found = sort_certificates([*order, *tuple(world.hall.chain)[1:]])
        assert [device.leaf for device in found.recipients] == [world.hall.leaf] and "SHA-1" in found.notes[0]
    alone = sort_certificates([old])
    assert [device.leaf for device in alone.recipients] == [old], "an Interop server has no other"


def test_two_media_blocks_given_for_one_device_are_both_used_and_noted(world: World) -> None:
    found = sort_certificates([world.hall.leaf, world.other.leaf])
    assert len(found.recipients) == 2 and "2 different certificates" in found.notes[0]


@pytest.mark.parametrize("kind", ["SM", "MB", "IMB"])
def test_a_projectors_certificate_called_a_media_block_gets_no_kdm(world: World, kind: str) -> None:
    found = sort_certificates([world.projector.leaf], about=Device((), kind))
    assert found.recipients == () and "no SM: no KDM can be made for it" in found.problems[0]
    assert found.devices[0].leaf == world.projector.leaf


def test_a_projector_married_to_its_media_block_receives_where_nothing_else_does(world: World) -> None:
    married = sort_certificates([world.other.leaf], about=Device((), "PR"))
    assert married.recipients == () and len(married.married) == 1
    alone = make_screen("1", [married])
    assert [each.leaf for each in alone.recipients] == [world.other.leaf] and alone.devices == ()
    beside = make_screen("1", [married, sort_certificates([world.hall.leaf])])
    assert [each.leaf for each in beside.recipients] == [world.hall.leaf]
    assert [each.leaf for each in beside.devices] == [world.other.leaf]


@pytest.mark.parametrize(
    ("name", "kind", "said", "kept"),
    [
        ("CS.signer", "SM", "certificate for signing", "problems"),
        ("TMS.office", "TMS", "takes no part in KDMs", "notes"),
        ("TMS.office", "SM", "has the roles TMS: no KDM can be made", "problems"),
        ("nothing", "SM", "has no role: no KDM can be made", "problems"),
    ],
)
def test_other_certificates_are_named(world: World, name: str, kind: str, said: str, kept: str) -> None:
    found = sort_certificates([renewed(world, name)], about=Device((), kind))
    assert (found.recipients, found.devices) == ((), ()) and said in getattr(found, kept)[0]


def test_a_log_signer_beside_the_media_block_is_left_out(world: World) -> None:
    found = sort_certificates([world.hall.leaf, renewed(world, "LS.Hall-1")], about=Device((), "SM"))
    assert [each.leaf for each in found.recipients] == [world.hall.leaf]
    assert found.problems == () and "LS.Hall-1 (roles LS)" in found.notes[0]


def test_a_screen_without_anything_is_a_problem() -> None:
    assert "no media block" in make_screen("1", []).problems[0]


# --- FLM-101 ---


def test_a_sound_chain_is_fit_and_a_leaf_alone_incomplete(world: World) -> None:
    leaf, intermediate, root = world.hall.chain
    assert judge_device(block(world.hall), receives=True, now=NOW) == ("fit", ())
    verdict, steps = judge_device(Device((leaf,)), receives=True, now=NOW)
    assert verdict == "incomplete" and not [step for step in steps if step.result == "fail"]
    assert judge_device(Device((leaf, intermediate)), receives=True, now=NOW)[0] == "incomplete"
    whole, _ = judge_device(Device((leaf, intermediate)), receives=True, now=NOW, trust=[root])
    assert whole == "fit", "the anchor completes the chain"


def _ids(device: Device, **arguments: Any) -> set[str]:
    verdict, steps = judge_device(device, **{"receives": True, "now": NOW, **arguments})
    assert verdict == "unfit"
    return {step.id for step in steps if step.result == "fail"}


def test_each_fault_of_a_certificate_is_named_by_its_rule(world: World) -> None:
    hall = block(world.hall)
    assert _ids(block(world.projector)) == {"CER-009"}
    assert judge_device(block(world.projector), receives=False, now=NOW)[0] == "fit"
    assert _ids(hall, now=NOW + timedelta(days=9999)) == {"CER-011"}
    assert _ids(Device((world.hall.leaf,)), now=NOW + timedelta(days=9999)) == {"CER-011"}
    assert {"CER-015", "SIG-009"} <= _ids(Device((as_sha1(world.hall.leaf), *hall.certificates[1:])))
    assert _ids(hall, trust=[world.other.chain[-1]]) == {"SIG-014"}
    assert "SIG-014" in _ids(Device((world.hall.leaf,)), trust=[world.other.chain[-1]])
    assert _ids(hall, revoked=deny_certificates([world.hall.leaf])) == {"CER-017"}
    with pytest.raises(UsageError, match="offset"):
        judge_device(hall, receives=True, now=datetime(2027, 1, 1))


def test_every_device_of_every_screen_is_judged(world: World) -> None:
    screens = (
        Screen("1", (block(world.hall),), (block(world.projector),)),
        Screen("2", (block(world.projector),), problems=("no good",)),
    )
    found = list(check_facilities(listing(cinema(*screens)), now=NOW))
    assert [(each.screen.name, each.receives, each.verdict) for each in found] == [
        ("1", True, "fit"),
        ("1", False, "fit"),
        ("2", True, "unfit"),
    ]
    told = replace(listing(replace(cinema(*screens), problems=("b",))), problems=("a",))
    assert [(bool(facility), bool(screen), text) for facility, screen, text in list_problems(told)] == [
        (False, False, "a"),
        (True, False, "b"),
        (True, True, "no good"),
    ]


# --- FLM-102 ---


def told(changes: Sequence[Change]) -> list[tuple[str, str, str]]:
    return [(change.what, change.screen, change.reissue) for change in changes]


def test_nothing_changed(world: World) -> None:
    same = listing(cinema(Screen("1", (block(world.hall),), (block(world.projector),))))
    assert changes_between(same, same) == []


def test_a_new_certificate_of_a_media_block_needs_new_kdms(world: World) -> None:
    new = Device((renewed(world),))
    (change,) = changes_between(
        listing(cinema(Screen("1", (block(world.hall),)))), listing(cinema(Screen("1", (new,))))
    )
    assert (change.what, change.reissue) == ("certificate replaced", "yes")
    assert change.media_blocks == (new.leaf.thumbprint(),) and "serial 77" in change.detail
    by_serial = changes_between(
        listing(cinema(Screen("1", (block(world.hall, serial="5"),)))),
        listing(cinema(Screen("1", (block(world.other, serial="5"),)))),
    )
    assert told(by_serial) == [("certificate replaced", "1", "yes")]


def test_another_media_block_is_one_added_and_one_removed(world: World) -> None:
    old, new = Screen("1", (block(world.hall),)), Screen("1", (block(world.other),))
    assert told(changes_between(listing(cinema(old)), listing(cinema(new)))) == [
        ("media block added", "1", "yes"),
        ("media block removed", "1", "no"),
    ]


def test_a_media_block_that_moved_keeps_its_kdms(world: World) -> None:
    hall, other = block(world.hall), block(world.other)
    old = listing(cinema(Screen("1", (hall,)), Screen("2", (other,))))
    new = listing(cinema(Screen("1", (other,)), Screen("2", (hall,))))
    assert told(changes_between(old, new)) == [
        ("media block moved", "1", "no"),
        ("media block moved", "2", "no"),
    ]
    renamed = listing(cinema(Screen("Saal 1", (hall,)), Screen("2", (other,))))
    assert told(changes_between(old, renamed)) == [
        ("screen added", "Saal 1", "no"),
        ("media block moved", "Saal 1", "no"),
        ("screen removed", "1", "no"),
    ]


def test_another_projector_matters_for_kdms_that_name_devices(world: World) -> None:
    old = listing(cinema(Screen("1", (block(world.hall),), (block(world.projector),))))
    new = listing(cinema(Screen("1", (block(world.hall),), (), (bytes(20),))))
    (change,) = changes_between(old, new)
    assert (change.what, change.reissue) == ("devices changed", "device-list")
    assert change.detail.endswith("1 new, 1 gone") and change.media_blocks == (world.hall.leaf.thumbprint(),)


def test_screens_and_cinemas_come_and_go(world: World) -> None:
    one, two = Screen("1", (block(world.hall),)), Screen("2", (block(world.other),))
    assert told(changes_between(listing(cinema(one)), listing(cinema(one, two)))) == [
        ("screen added", "2", "no"),
        ("media block added", "2", "yes"),
    ]
    assert told(changes_between(listing(cinema(one, two)), listing(cinema(one)))) == [
        ("screen removed", "2", "no"),
        ("media block removed", "2", "no"),
    ]
    assert told(changes_between(listing(cinema(one)), listing(cinema(two, id="2")))) == [
        ("cinema added", "", "no"),
        ("screen added", "2", "no"),
        ("media block added", "2", "yes"),
        ("cinema removed", "", "no"),
    ]


def test_what_a_list_does_not_speak_of_is_not_gone(world: World) -> None:
    one, two = Screen("1", (block(world.hall),)), Screen("2", (block(world.other),))
    whole = listing(cinema(one, two))
    assert changes_between(whole, listing(cinema(one, partial=True))) == []
    both = listing(cinema(one), cinema(two, id="2"))
    assert changes_between(both, listing(cinema(one))) == [], "one cinema's message in a stock of many"


# --- several lists as one ---


def test_an_update_changes_what_it_names(world: World) -> None:
    one, two = Screen("1", (block(world.hall),)), Screen("2", (block(world.other),))
    later = replace(cinema(Screen("1", (block(world.projector),)), partial=True), emails=("new@x.example",))
    base = replace(cinema(one, two), emails=("old@x.example",), time_zone="UTC")
    for order in (False, True):
        lists = [listing(base, issued=NOW), listing(later, issued=NOW + timedelta(days=1))]
        (merged,) = merge_lists(reversed(lists) if order else lists).facilities
        assert [screen.recipients[0].leaf for screen in merged.screens] == [
            world.projector.leaf,
            world.other.leaf,
        ]
        assert (merged.emails, merged.time_zone, merged.partial) == (("new@x.example",), "UTC", False)


def test_a_whole_list_replaces_the_cinema(world: World) -> None:
    one, two = Screen("1", (block(world.hall),)), Screen("2", (block(world.other),))
    lists = [listing(cinema(two), issued=NOW), listing(cinema(one, two), issued=None)]
    merged = merge_lists(lists)
    assert merged.facilities[0].screens == (two,) and merged.issued == NOW and not merged.signed
    signed = merge_lists([replace(lists[0], signed=True, notes=("n",)), replace(listing(), problems=("p",))])
    assert signed.signed and signed.problems == ("p",) and signed.notes == ("n",)
