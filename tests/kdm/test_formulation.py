from __future__ import annotations

import base64

import pytest

from dcp.errors import UsageError
from kdm.formulation import ASSUME_TRUST, FORMULATIONS, device_list, formulation, recognise

A, B, C = (bytes([value]) * 20 for value in (1, 2, 3))


def test_assume_trust_is_the_digest_of_nothing() -> None:
    assert base64.b64encode(ASSUME_TRUST) == b"2jmj7l5rSw0yVb/vlWAYkK/YBwk="


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("modified-transitional-1", (), (ASSUME_TRUST,)),
        ("dci-any", (), (ASSUME_TRUST,)),
        ("dci-specific", (A,), (A,)),
        ("multiple-modified-transitional-1", (A, B, A), (A, B)),
    ],
)
def test_each_formulation_has_its_device_list(name: str, given: tuple[bytes], expected: tuple[bytes]) -> None:
    assert device_list(formulation(name), given) == expected


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("modified-transitional-1", (A,), "takes no device list"),
        ("dci-any", (A,), "takes no device list"),
        ("dci-specific", (), "needs 1 or more"),
        ("multiple-modified-transitional-1", (A,), "needs 2 or more"),
        ("multiple-modified-transitional-1", (A, A), "needs 2 or more"),
        ("dci-specific", (A, ASSUME_TRUST), "assume-trust"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(name: str, given: tuple[bytes, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        device_list(formulation(name), given)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="dci-specific"):
        formulation("dci")


def test_only_the_transitional_ones_serve_interop() -> None:
    assert {name for name, entry in FORMULATIONS.items() if "interop" in entry.standards} == {
        "modified-transitional-1",
        "multiple-modified-transitional-1",
    }


@pytest.mark.parametrize(
    ("authenticator", "devices", "name"),
    [
        (False, (ASSUME_TRUST,), "modified-transitional-1"),
        (True, (ASSUME_TRUST,), "dci-any"),
        (True, (ASSUME_TRUST, A), "dci-any"),
        (True, (A,), "dci-specific"),
        (False, (A, B), "multiple-modified-transitional-1"),
        (False, (C,), "transitional-1"),
        (False, (A,), None),
    ],
)
def test_the_formulation_of_a_message_is_recognised(
    authenticator: bool, devices: tuple[bytes, ...], name: str | None
) -> None:
    assert recognise(has_authenticator=authenticator, devices=devices, recipient=C) == name
