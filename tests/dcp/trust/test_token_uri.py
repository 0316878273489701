"""pkcs11: URIs: read as RFC 7512 has them, and never a PIN in them or in a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError, UsageError
from dcp.trust.token_uri import TokenUri, is_token_uri, parse_token_uri

MODULE = "module-path=/usr/lib/softhsm/libsofthsm2.so"


def test_every_attribute_is_read() -> None:
    text = (
        "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=41;token=The%3Bstudio;slot-id=7;"
        f"id=%01%FFa;object=sign%C3%A9r;type=private?{MODULE}&pin-source=file:/run/pin"
    )
    assert parse_token_uri(text) == TokenUri(
        module=Path("/usr/lib/softhsm/libsofthsm2.so"),
        token="The;studio",
        serial="41",
        manufacturer="SoftHSM project",
        model="SoftHSM v2",
        slot_id=7,
        object="signér",
        id=b"\x01\xffa",
        pin_file=Path("/run/pin"),
    )


@pytest.mark.parametrize("source", ["file:/run/pin", "file:///run/pin", "/run/pin", "file%3A%2Frun%2Fpin"])
def test_a_pin_source_is_a_file(source: str) -> None:
    assert parse_token_uri(f"pkcs11:?{MODULE}&pin-source={source}").pin_file == Path("/run/pin")


def test_its_text_says_what_was_asked_for_and_nothing_of_the_query() -> None:
    text = "pkcs11:token=a;serial=12;slot-id=3;object=b c;id=%01%AB"
    assert str(parse_token_uri(f"{text}?{MODULE}&pin-source=/run/pin")) == text
    assert str(parse_token_uri(f"pkcs11:?{MODULE}")) == "pkcs11:"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("leaf.key", "no pkcs11: URI"),
        ("pkcs11:" + "a" * 5000, "no pkcs11: URI"),
        ("pkcs11:token=a", "does not say which module"),
        (f"pkcs11:?{MODULE}&pin-value=1234", "shows in the list of processes"),
        (f"pkcs11:?{MODULE}&pin-value=", "shows in the list of processes"),
        (f"pkcs11:token=a;pin-value=1234?{MODULE}", "shows in the list of processes"),
        (f"pkcs11:token=a&pin-value=1234?{MODULE}", "shows in the list of processes"),
        (f"pkcs11:token=a&PIN%2Dvalue=1234?{MODULE}", "shows in the list of processes"),
        (f"pkcs11:token?{MODULE}", "'token' that is not known"),
        (f"pkcs11:pin=1234?{MODULE}", "'pin' that is not known"),
        (f"pkcs11:token=a;token=b?{MODULE}", "token of the pkcs11: URI is empty, double"),
        (f"pkcs11:token=?{MODULE}", "token of the pkcs11: URI is empty, double"),
        (f"pkcs11:token=%4?{MODULE}", "wrongly escaped"),
        (f"pkcs11:token=%FF?{MODULE}", "token of the pkcs11: URI is no text"),
        (f"pkcs11:token=%1B?{MODULE}", "token of the pkcs11: URI is no text"),
        (f"pkcs11:type=cert?{MODULE}", "names no private key"),
        (f"pkcs11:slot-id=x?{MODULE}", "slot-id of the pkcs11: URI is no number"),
        ("pkcs11:?module-path=softhsm.so", "no absolute path"),
        ("pkcs11:?module-name=../evil", "no plain name"),
        ("pkcs11:?module-name=no-such-module", "no module no-such-module"),
        (f"pkcs11:?{MODULE}&pin-source=%7Ccat", "pin-source names no file"),
        (f"pkcs11:?{MODULE}&pin-source=http://h/pin", "pin-source names no file"),
    ],
)
def test_what_is_no_such_uri_is_refused_and_no_pin_repeated(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        parse_token_uri(text, where="leaf.pkcs11")
    assert "1234" not in str(refused.value)
    assert refused.value.where == "leaf.pkcs11"


@given(text=st.text(alphabet="pkcs1:;&?=%token-valuhserid0aF/ ", max_size=80))
def test_whatever_follows_the_scheme_is_read_or_refused(text: str) -> None:
    try:
        found = parse_token_uri(f"pkcs11:{text}?{MODULE}")
    except DcpError:
        return
    assert parse_token_uri(f"{found}?{MODULE}") == TokenUri(**{**vars(found), "pin_file": None})


def test_the_scheme_tells_a_uri_from_a_path() -> None:
    assert is_token_uri("pkcs11:token=a") and is_token_uri("PKCS11:")
    assert is_token_uri(" \tpkcs11:token=a")
    assert not is_token_uri("pkcs11") and not is_token_uri("/a/pkcs11:")
