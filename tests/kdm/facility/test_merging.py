"""Several lists as one: who may change what, and that nothing changes without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from kdm.facility.differences import SHOWN, differences
from kdm.facility.merging import merge_lists
from kdm.facility.values import Device, Facility, FacilityList, Screen

World = Any
NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
OWNER, STRANGER = b"o" * 20, b"s" * 20


@pytest.fixture
def rex(world: World) -> Facility:
    block = Device((world.hall.leaf,))
    return Facility("urn:1", "Rex", (Screen("Hall 1", (block,)),), "UTC", ("kdm@rex.example",))


@pytest.fixture
def evil(world: World, rex: Facility) -> Facility:
    """Another media block and another address."""
    screens = (Screen("Hall 1", (Device((world.other.leaf,)),)), Screen("Hall 9"))
    return replace(rex, screens=screens, emails=("evil@x.example",), time_zone=None)


def of(
    facility: Facility, *, issued: datetime | None = NOW, signer: bytes = b"", **more: Any
) -> FacilityList:
    """One cinema's message, as it is read."""
    facility = replace(facility, issued=issued, signer=signer)
    return FacilityList((facility,), "f.xml", issued, bool(signer), **more)


@pytest.mark.parametrize("partial", [False, True])
def test_an_unsigned_list_does_not_change_a_signed_one(rex: Facility, evil: Facility, partial: bool) -> None:
    lists = [of(rex, signer=OWNER), of(replace(evil, partial=partial), issued=LATER)]
    for given in permutations(lists):
        (found,) = merge_lists(given).facilities
        assert (found.screens, found.emails) == (rex.screens, rex.emails)
        (problem,) = found.problems
        assert "f.xml is not signed and is not taken" in problem and "evil@x.example" in problem
        assert "screen Hall 9: new" in problem


def test_so_it_is_where_only_the_list_is_known_to_be_signed(rex: Facility, evil: Facility) -> None:
    lists = [FacilityList((rex,), issued=NOW, signed=True), FacilityList((evil,), issued=LATER)]
    (found,) = merge_lists(lists).facilities
    assert found.screens == rex.screens and "another list is not signed" in found.problems[0]


def test_a_signed_cinema_of_a_folder_stays_signed(rex: Facility, evil: Facility) -> None:
    folder = merge_lists([of(rex, signer=OWNER), of(replace(evil, id="2"))])
    assert not folder.signed
    found = merge_lists([folder, of(evil, issued=LATER)]).facilities[0]
    assert found.screens == rex.screens and found.problems


def test_each_cinema_of_a_folder_keeps_its_date(rex: Facility, evil: Facility) -> None:
    folder = merge_lists([of(rex), of(replace(evil, id="2"), issued=NOW + timedelta(days=9))])
    found = merge_lists([of(evil, issued=NOW + timedelta(days=1)), folder]).facilities[0]
    assert found.screens == evil.screens, "the newer of this cinema, not of the folder"


@pytest.mark.parametrize("days", [-9, 0, 9])
def test_where_two_signers_differ_no_screen_is_left(rex: Facility, evil: Facility, days: int) -> None:
    """By no date and in no order: whoever dates a list back would be the first."""
    theirs = of(evil, signer=STRANGER, issued=NOW + timedelta(days=days))
    own = [of(rex, signer=OWNER), of(rex, signer=OWNER, issued=NOW + timedelta(days=1))]
    for given in permutations([theirs, *own]):
        (found,) = merge_lists(given).facilities
        assert found.screens == () and "two signers say different things" in found.problems[-1]
        assert any("signed by another" in text for text in found.problems)


def test_the_own_signer_may_change_it_and_others_may_agree(rex: Facility, evil: Facility) -> None:
    later = NOW + timedelta(days=1)
    (found,) = merge_lists([of(rex, signer=OWNER), of(evil, signer=OWNER, issued=later)]).facilities
    assert found.screens == evil.screens and found.problems == ()
    for signer in (b"", STRANGER):
        (found,) = merge_lists([of(rex, signer=OWNER), of(rex, signer=signer, issued=later)]).facilities
        assert (found.screens, found.problems, found.signer) == (rex.screens, (), OWNER)


def test_a_signed_list_comes_after_an_unsigned_one(rex: Facility, evil: Facility) -> None:
    for issued in (None, NOW - timedelta(days=1), NOW):
        for given in permutations([of(evil, issued=issued), of(rex, signer=OWNER)]):
            (found,) = merge_lists(given).facilities
            assert (found.screens, found.problems, found.signer) == (rex.screens, (), OWNER)
            assert "e-mail: evil@x.example -> kdm@rex.example" in found.notes[-1]


def test_an_update_is_noted_with_what_it_changed(rex: Facility, evil: Facility, world: World) -> None:
    later = of(replace(evil, partial=True), issued=NOW + timedelta(days=1))
    (found,) = merge_lists([of(rex), later]).facilities
    assert found.problems == () and [screen.name for screen in found.screens] == ["Hall 1", "Hall 9"]
    old, new = world.hall.leaf, world.other.leaf
    assert found.notes == (
        "f.xml updates this cinema: e-mail: kdm@rex.example -> evil@x.example; screen Hall 1: "
        f"{old.label} ({old.thumbprint().hex()[:8]}) -> {new.label} ({new.thumbprint().hex()[:8]}); "
        "screen Hall 9: new, with no media block",
    )
    whole = of(replace(evil, screens=()), issued=NOW + timedelta(days=1))
    (found,) = merge_lists([of(rex), whole]).facilities
    assert "f.xml replaces an earlier list" in found.notes[0] and "Hall 1: gone" in found.notes[0]
    assert "time zone: UTC -> none" in found.notes[0]


@pytest.mark.parametrize("issued", [None, NOW])
def test_of_two_lists_of_the_same_time_neither_is_the_newer(
    rex: Facility, evil: Facility, issued: datetime | None
) -> None:
    """A table and a folder of certificates with another cinema of the same name."""
    (found,) = merge_lists([of(rex, issued=issued), of(evil, issued=issued)]).facilities
    assert found.screens == rex.screens
    (problem,) = found.problems
    assert "neither list is the newer" in problem and "Hall 9: new" in problem
    (same,) = merge_lists([of(rex, issued=issued), of(rex, issued=issued)]).facilities
    assert same.problems == () == same.notes
    (updated,) = merge_lists(
        [of(replace(evil, partial=True), issued=issued), of(rex, issued=issued)]
    ).facilities
    assert updated.emails == evil.emails and updated.problems == (), "an update says itself that it is later"


def test_differences_are_few_and_short(rex: Facility) -> None:
    many = replace(rex, screens=tuple(Screen(str(number)) for number in range(1000)))
    found = differences(rex, many)
    assert len(found) == SHOWN + 1 and found[-1] == f"and {1001 - SHOWN} more"
    mails = tuple(f"{number}{'x' * 500}@x.example" for number in range(100))
    (told,) = differences(rex, replace(rex, emails=mails))
    assert len(told) < 1100 and "and 90 more" in told
    (told,) = differences(replace(rex, emails=mails), replace(rex, emails=(*mails[:-1], "y")))
    assert told == "e-mail: another of many"


def test_other_devices_are_a_difference(rex: Facility, world: World) -> None:
    attached = replace(rex.screens[0], devices=(Device((world.projector.leaf,)),))
    assert differences(rex, replace(rex, screens=(attached,))) == ["screen Hall 1: other attached devices"]
