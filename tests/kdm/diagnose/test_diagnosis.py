"""Why will it not play: every cause made by code, told apart, in English and Chinese."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from diagnoses import CHINA, DAY, HOUR, NOW, OTHER_CPL, files, foreign, good_kdm, ours, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from screening import kdm_file

from dcp.errors import CertificateError, DcpError, DocumentError, UsageError
from dcp.trust.canonical import canonical_element
from dcp.xml.parse import elements, parse_xml
from kdm.diagnose.matching import recipient_of
from kdm.diagnose.reading import read_kdm_file
from kdm.diagnose.report import diagnosis_json, diagnosis_lines
from kdm.diagnose.server import Server


def test_a_good_one_says_until_when(world: Any) -> None:
    document: Any = diagnosis_json(run(world, files(ours(world))))
    assert document["until"] == (NOW + 7 * DAY).isoformat()
    assert document["overrun_until"] == (NOW + 7 * DAY + 6 * HOUR).isoformat()
    assert document["candidates"][0]["verdict"] == "incomplete"


def test_with_the_private_key_alone_the_server_is_known_by_its_key(world: Any) -> None:
    alone = {"certificate": None, "private_key": world.hall.private_key}
    assert run(world, files(ours(world)) | alone).candidates[0].verdict == "accept"
    other = run(world, files(kdm_file(world, world.other.leaf)) | alone)
    assert other.cause == "another-screen" and "the device with the key" in other.finding.text()


def test_a_damaged_file_is_known_by_the_name_however_it_is_escaped_and_wrapped() -> None:
    server = Server(None, "ab+c/d=", "the server")
    for text in (b"dnQualifier=ab\\+c/d=", b"dnQualifier=ab+c/=\r\nd=", b"DNQUALIFIER=AB+C/D="):
        assert recipient_of(read_kdm_file("x", b"<DCinemaSecurityMessage>" + text), server) == "this"
    assert recipient_of(read_kdm_file("x", b"<DCinemaSecurityMessage>ab-c"), server) == "other"


def test_many_films_and_many_screens_are_counted(world: Any) -> None:
    made = [
        ours(world, cpl=uuid.UUID(int=0x500 + place), title=f"Film {place}", keys=foreign())
        for place in range(9)
    ]
    assert "Film 5 and 3 more" in run(world, files(*made)).finding.text()


def test_a_title_cannot_steer_the_terminal(world: Any) -> None:
    made = files(ours(world, cpl=OTHER_CPL, title="\x85\u202eevil", keys=foreign()))
    assert "??evil" in run(world, made).finding.text()


def test_a_broken_playlist_is_an_error_not_a_cause(world: Any) -> None:
    with pytest.raises(DocumentError, match="ReelList") as caught:
        run(world, {"cpl": world.cpl.replace(b"ReelList", b"ReelLost")})
    assert caught.value.remedy is not None and "copy the package again" in caught.value.remedy


def test_without_certificate_and_key_nobody_is_asked(world: Any) -> None:
    with pytest.raises(UsageError, match="which server"):
        run(world, {"certificate": None})


def test_a_broken_certificate_is_an_error_that_names_it(world: Any) -> None:
    with pytest.raises(CertificateError):
        run(world, {"certificate": world.hall.leaf.pem().replace("MII", "AAA", 1).encode()})


def test_a_window_at_the_end_of_the_calendar_is_judged(world: Any) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    found = run(world, files(ours(world, window=(NOW - DAY, last))) | {"zone": CHINA})
    assert found.cause == "window-outside-signer" and diagnosis_lines(found)


EDIT = st.tuples(st.floats(0, 1), st.integers(0, 30), st.binary(max_size=8))


@given(edits=st.lists(EDIT, min_size=1, max_size=3), what=st.sampled_from(["kdm", "cpl", "certificate"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_handed_over_there_is_a_cause_or_an_error(
    world: Any, what: str, edits: list[tuple[float, int, bytes]]
) -> None:
    """And a KDM that says something else than it was signed for never plays."""
    whole = {"kdm": good_kdm(world), "cpl": world.cpl, "certificate": world.hall.leaf.pem().encode()}
    data = whole[what]
    for place, length, put in edits:
        start = int(place * len(data))
        data = data[:start] + put + data[start + length :]
    made = {**whole, what: data}
    arguments = {"cpl": made["cpl"], "certificate": made["certificate"]}
    try:
        found = run(world, files(read_kdm_file("kdm.xml", made["kdm"])) | arguments)
    except DcpError:
        assert what != "kdm", "a damaged KDM is a cause, not an error"
        return
    assert diagnosis_lines(found, "zh") and diagnosis_json(found)
    if what == "kdm" and found.cause == "should-play":
        assert canonical(data) == canonical(whole["kdm"])


def canonical(data: bytes) -> list[bytes]:
    """What is signed of a message: its two parts, without comments."""
    parts = list(elements(parse_xml(data, where="kdm.xml")))[:2]
    return [canonical_element(part, with_comments=False) for part in parts]
