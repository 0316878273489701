"""What is wrong with one device of a facility list, and stops nothing else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import flms
import pytest
from flm_reading import World, facility, only
from flms import auditorium, device, message

from dcp.errors import DocumentError
from dcp.trust.signing import sign_kdm
from dcp.xml.parse import element_path
from kdm.facility import flm_devices
from kdm.facility.flm import parse_flm


def test_one_bad_certificate_stops_nothing_else(world: World) -> None:
    data = message(
        auditorium(device(["no base64!"]), number=1),
        auditorium(device(["AAAA"]), number=2),
        auditorium(device(world.hall), number=3),
    )
    one, two, three = facility(data).screens
    assert one.problems == ("SM Maker M-1 1: certificate 1 cannot be read: this is not base64",)
    assert two.recipients == () and "certificate 1 cannot be read" in two.problems[0]
    assert three.problems == () and three.recipients[0].leaf == world.hall.leaf


def test_a_damaged_authority_leaves_the_leaf_usable(world: World) -> None:
    leaf, _, root = world.hall.chain
    screen = only(message(auditorium(device([leaf, "x", root]))))
    assert screen.recipients[0].certificates == (leaf,)
    assert "certificate 2 cannot be read" in screen.problems[0]


def test_a_media_block_by_thumbprint_alone_gets_no_kdm(world: World) -> None:
    name = flms.identifier(world.hall.leaf.thumbprint())
    screen = only(message(auditorium(device(None, name=name))))
    assert screen.recipients == () and "only the thumbprint" in screen.problems[0]


def test_a_projector_by_thumbprint_alone_is_on_the_device_list(world: World) -> None:
    print_ = world.projector.leaf.thumbprint()
    screen = only(
        message(auditorium(device(world.hall), device(None, kind="PR", name=flms.identifier(print_))))
    )
    assert screen.problems == () and screen.bare_thumbprints == (print_,) == screen.device_thumbprints
    assert "stands for it" in screen.notes[0]
    both = only(
        message(
            auditorium(device(world.hall), device(world.projector, kind="PR"),
                       device(None, kind="PR", name=flms.identifier(print_)))
        )
    )  # fmt: skip
    assert both.bare_thumbprints == () and both.device_thumbprints == (print_,)


def test_a_projector_without_anything_is_a_problem(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(None, kind="PR"))))
    assert "neither certificate nor thumbprint" in screen.problems[0] and screen.recipients


def test_an_identifier_of_another_certificate_is_a_problem(world: World) -> None:
    screen = only(
        message(auditorium(device(world.hall, name=flms.identifier(world.other.leaf.thumbprint()))))
    )
    (problem,) = screen.problems
    assert "names another certificate" in problem and "it is left out" in problem
    assert screen.recipients == (), "nobody knows which of the two the cinema means"
    other = device(world.projector, kind="PR", name=flms.identifier(world.other.leaf.thumbprint()))
    screen = only(message(auditorium(device(world.hall), other)))
    assert screen.recipients and screen.devices == () and "it is left out" in screen.problems[0]
    good = only(message(auditorium(device(world.hall, name=flms.identifier(world.hall.leaf.thumbprint())))))
    assert good.problems == () and good.notes == ()


def test_an_identifier_that_is_another_digest_is_noted(world: World) -> None:
    leaf = world.hall.leaf
    for value, said in (
        (leaf.public_key_thumbprint(), "public key"),
        (hashlib.sha1(leaf.der).digest(), "whole certificate"),
        (world.hall.chain[1].thumbprint(), "another certificate of the device"),
    ):
        screen = only(message(auditorium(device(world.hall, name=flms.identifier(value)))))
        assert screen.problems == () and said in screen.notes[0]


def test_an_identifier_that_is_no_thumbprint_is_a_problem(world: World) -> None:
    screen = only(message(auditorium(device(world.hall, name=flms.identifier(b"short")))))
    assert "no thumbprint of 20 bytes" in screen.problems[0] and screen.recipients


def test_a_list_of_the_future_is_refused_where_now_is_known(world: World) -> None:
    """It would outlast every true list; a clock that is a day wrong is another thing."""
    data = message(auditorium(device(world.hall)))
    issued = datetime(2027, 4, 1, 1, tzinfo=UTC)
    found = parse_flm(data, now=issued - timedelta(days=1))
    assert found == parse_flm(data) and found.facilities[0].issued == issued
    with pytest.raises(DocumentError, match="has not come yet"):
        parse_flm(data, now=issued - timedelta(days=1, seconds=1))


def test_a_list_of_faults_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of each fault costs time to find, and 250,000 of them took half an hour."""
    bad = device(None, active="x")
    monkeypatch.setattr(flm_devices, "MAX_PROBLEMS", 9)
    assert len(parse_flm(message(auditorium(*[bad] * 9))).facilities[0].screens[0].problems) == 9
    paths: list[object] = []

    def counted(element: Any) -> str:
        paths.append(element)
        return element_path(element)

    monkeypatch.setattr(flm_devices, "element_path", counted)
    data = message(*(auditorium(*[bad] * 4, number=number) for number in range(100)))
    with pytest.raises(DocumentError, match="more than 9 things in this list cannot be used"):
        parse_flm(data)
    assert len(paths) == 12
    twice = "<SecurityDevice><DeviceDescription/><DeviceDescription/></SecurityDevice>"
    old = flms.old_message(*[twice] * 10, lab=world.lab)
    with pytest.raises(DocumentError, match="more than 9 things"):
        parse_flm(sign_kdm(old, world.lab.signer))


def test_a_device_out_of_use_is_left_out_with_a_note(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(world.other, active="false", serial="2"))))
    assert len(screen.recipients) == 1 and screen.notes == (
        "SM Maker M-1 2: not active (IsActive), left out",
    )
    none = only(message(auditorium(device(world.hall, active="0"))))
    assert none.recipients == () and "no media block" in none.problems[0]


def test_a_device_that_cannot_be_read_leaves_the_others(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(world.other, active="perhaps"))))
    assert len(screen.recipients) == 1 and "neither true nor false" in screen.problems[0]
    assert "Device[2]" in screen.problems[0]


def test_devices_that_take_no_part_in_kdms_are_silent(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(None, kind="SMS"), device(None, kind="PLY"))))
    assert screen.problems == () and screen.notes == () and screen.devices == ()
