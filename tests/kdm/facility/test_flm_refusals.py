"""What is no facility list, is hostile, or was changed, is refused."""

from __future__ import annotations

import re

import flms
import pytest
from flm_reading import World, only
from flms import INFO, auditorium, device, message, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, DocumentError
from kdm.facility import flm
from kdm.facility.flm import parse_flm


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<CompositionPlaylist/>", "no facility list: its root element is CompositionPlaylist"),
        (b"not xml", "not well-formed"),
        (b"", "not well-formed"),
        (message().replace(b"<FacilityListMessage", b"<!DOCTYPE x><FacilityListMessage"), "document type"),
        (message(info=""), "neither FacilityID nor FacilityName"),
        (message().replace(b"FacilityInfo", b"Elsewhere"), "FacilityInfo is missing"),
        (message(info=INFO + INFO), "more than once"),
        (message(info="<FacilityName>" + "x" * 2000 + "</FacilityName>"), "more than 1024 characters"),
        (message(info="<FacilityName><b/></FacilityName>"), "not elements"),
        (message(info=INFO + "<FLMPartial>maybe</FLMPartial>"), "neither true nor false"),
        (message(*["<Auditorium/>"] * (flm.MAX_SCREENS + 1)), f"more than {flm.MAX_SCREENS} Auditorium"),
        (message(auditorium(*["<Device/>"] * (flm.MAX_DEVICES + 1))), f"more than {flm.MAX_DEVICES} devices"),
        (message(*["<a>" * 10_000 + "</a>" * 10_000]), "nest deeper"),
        (message().replace(b"UTF-8", b"UTF-16"), "UTF-16"),
        (message().replace(b"Rex", b"\xff"), "UTF-8"),
        (message() + b" " * (16 * 1024 * 1024), "larger than"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_list_or_hostile_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(said)):
        parse_flm(data, where="list.xml")


def test_a_message_of_another_kind_is_named(world: World) -> None:
    data = flms.old_message(lab=world.lab, extensions="<KDMRequiredExtensions/>").replace(b"430-7", b"430-1")
    with pytest.raises(
        DocumentError, match=r"another kind \(http://www.smpte-ra.org/schemas/430-1/2008/FLM\)"
    ):
        parse_flm(data)


def test_thousands_of_certificates_in_one_device_are_bounded(world: World) -> None:
    infos = f"<ds:KeyInfo>{x509(world.hall.leaf) * 5000}</ds:KeyInfo>"
    screen = only(message(auditorium(device(None, infos=infos))))
    assert "more than 64 certificates" in screen.problems[0] and screen.recipients[0].leaf == world.hall.leaf


_TEMPLATES = {
    "isdcf": lambda w: message(auditorium(device(w.hall), device(w.projector, kind="PR"))),
    "extended": lambda w: message(auditorium(device([w.hall.leaf]), extended=True), namespace=flms.EXTENDED),
    "old": lambda w: flms.old_message(flms.security_device(w.hall, kind="SM", serial="1"), lab=w.lab),
}


def _read_changed(original: bytes, data: st.DataObject) -> None:
    """Read a message with some pieces cut out and put in: read or refused, and nothing else."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(original) - 1))
        length = data.draw(st.integers(0, 40))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=6), st.sampled_from([b"<", b"</Device>", b"<Device>", b"&#0;", b"\x00"])
            )
        )
        original = original[:start] + piece + original[start + length :]
    try:
        found = parse_flm(original)
    except DcpError:
        return
    for screen in found.facilities[0].screens:
        assert all(each.leaf for each in (*screen.recipients, *screen.devices))


@pytest.mark.parametrize("form", _TEMPLATES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_changed_message_is_read_or_refused_and_nothing_else(
    world: World, form: str, data: st.DataObject
) -> None:
    _read_changed(_TEMPLATES[form](world), data)


@pytest.mark.soak
@pytest.mark.parametrize("form", _TEMPLATES)
@settings(max_examples=20_000)
@given(data=st.data())
def test_a_message_changed_in_thousands_of_ways(world: World, form: str, data: st.DataObject) -> None:
    _read_changed(_TEMPLATES[form](world), data)


@given(st.binary(max_size=400))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(DcpError):
        parse_flm(data)
