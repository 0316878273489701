"""KDMs wrong in exactly one way, each refused by its own step."""

from __future__ import annotations

from typing import Any

import pytest
from forgery.kdm.tables import WRONG
from forgery.messages import InAscii, Spy, Wrong, judge, made
from forgery.resigning import holds_for_a_trusting_reader

from dcp.errors import DocumentError, SignatureError
from dcp.trust.signature import verify_kdm
from kdm.checklist import KdmReport
from kdm.report import report_json

NOTHING_OPENED = ("KDM-001", "KDM-115", "KDM-101", "KDM-102", "SIG-014", "KDM-106", "KDM-113", "KDM-114")


def refused(world: Any, row: Wrong) -> KdmReport:
    """The row's message, judged: refused by its own step first, by no other that need not fail with it."""
    changes = row.check(world)
    spy = Spy(changes.pop("private_key", world.hall.private_key))
    report = judge(world, made(world, row), private_key=spy, **changes)
    failed = [step.id for step in report.steps if step.result == "fail"]
    assert failed[:1] == [row.step], told(report)
    assert set(failed) == {row.step, *row.also}, told(report)
    assert row.rule in report.failures[0].message
    assert report.verdict == "refuse"
    assert report.keyring is None
    if row.step in NOTHING_OPENED:
        assert spy.decrypted == 0
    return report


def told(report: KdmReport) -> str:
    steps = [step for step in report.steps if step.result in ("fail", "warn")]
    return "; ".join(f"{step.id} {step.result}: {step.message}" for step in steps) or "nothing failed"


def wording_is_right(report: KdmReport) -> None:
    """A refusal is one line of bounded length, with something to do about it."""
    message = report.failures[0].message
    assert message and "\n" not in message and len(message) < 500
    assert report.remedy
    assert report_json(report)["verdict"] == "refuse"


def table(name: str) -> Any:
    rows = WRONG[name]
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


@table("hostile")
def test_hostile_xml(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("hostile")
def test_hostile_xml_in_ascii(row: Wrong, world: Any) -> None:
    refused(InAscii(world), row)


@table("elements")
def test_elements_in_their_places(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("types")
def test_types_of_the_schemas(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("algorithms")
def test_type_and_algorithms(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("wrapping")
def test_wrapping(row: Wrong, world: Any) -> None:
    """Each attack is one: a reader that trusts Ids takes it, where the row says so."""
    wording_is_right(refused(world, row))
    with pytest.raises((SignatureError, DocumentError)):
        verify_kdm(made(world, row))
    assert holds_for_a_trusting_reader(made(world, row)) == row.wrapped


@table("references")
def test_references(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))
    with pytest.raises((SignatureError, DocumentError)):
        verify_kdm(made(world, row))


@table("values")
def test_values_of_the_signature(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))
    with pytest.raises((SignatureError, DocumentError)):
        verify_kdm(made(world, row))


@table("signers")
def test_who_signed(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("window")
def test_dates_of_the_window(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("recipients")
def test_the_recipient(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("sealing")
def test_how_keys_are_sealed(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("blocks")
def test_what_stands_in_the_blocks(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("key lists")
def test_the_list_of_keys(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("devices")
def test_the_list_of_devices(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("flags")
def test_forensic_flags(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("authenticators")
def test_content_authenticators(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))


@table("playlists")
def test_the_playlist(row: Wrong, world: Any) -> None:
    wording_is_right(refused(world, row))
