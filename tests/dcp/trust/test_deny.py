"""The deny list: by key, by issuer and serial, as certificates; and a slip in it is told."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList, deny_certificates, parse_deny_list, read_deny_list
from dcp.trust.making import NewChain


def parsed(text: str) -> DenyList:
    return parse_deny_list(text.encode(), where="deny.txt")


def test_a_key_is_named_by_the_qualifier_of_its_certificates(
    signer_chain: NewChain, device_chain: NewChain
) -> None:
    listed = parsed(f"# stolen\n\nkey {device_chain.leaf.dn_qualifier}\r\n")
    assert str(listed.names(device_chain.leaf)) == "its key is on the deny list"
    assert not any(listed.names(one) for one in (*signer_chain.chain, *device_chain.chain[1:]))


def test_a_certificate_is_named_by_serial_and_issuer_in_any_order_of_the_name(
    device_chain: NewChain,
) -> None:
    leaf = device_chain.leaf
    backwards = ",".join(reversed(leaf.issuer.split(",")))
    for issuer in (leaf.issuer, backwards):
        listed = parsed(f"certificate {leaf.serial} {issuer}")
        assert str(listed.names(leaf)) == "it is on the deny list, by its issuer and serial number"
    assert parsed(f"certificate {leaf.serial + 1} {leaf.issuer}").names(leaf) is None
    assert parsed(f"certificate {leaf.serial} {leaf.subject}").names(leaf) is None


def test_a_certificate_in_the_list_denies_its_key_and_itself(
    signer_chain: NewChain, device_chain: NewChain
) -> None:
    mixed = f"key {signer_chain.leaf.dn_qualifier}\n{device_chain.leaf.pem()}# the end\n"
    listed = parsed(mixed)
    assert listed.names(device_chain.leaf) and listed.names(signer_chain.leaf)
    assert listed == parsed(f"key {signer_chain.leaf.dn_qualifier}") | deny_certificates([device_chain.leaf])
    assert parse_deny_list(device_chain.leaf.der, where="x") == deny_certificates([device_chain.leaf])


def test_a_denied_certificate_is_known_by_its_thumbprint_too(device_chain: NewChain) -> None:
    """As device lists of messages and facility lists name devices."""
    listed = parsed(device_chain.leaf.pem()) | parsed(f"key {device_chain.chain[1].dn_qualifier}")
    with pytest.raises(CertificateError, match="deny list") as caught:
        listed.refuse_thumbprint(device_chain.leaf.thumbprint())
    assert caught.value.remedy
    for other in (device_chain.chain[1].thumbprint(), bytes(20)):
        listed.refuse_thumbprint(other)


def test_several_files_are_one_list(signer_chain: NewChain, device_chain: NewChain, tmp_path: Path) -> None:
    for name, chain in (("a", signer_chain), ("b", device_chain)):
        (tmp_path / name).write_text(f"key {chain.leaf.dn_qualifier}\n")
    listed = read_deny_list([tmp_path / "a", tmp_path / "b"])
    assert listed.names(signer_chain.leaf) and listed.names(device_chain.leaf)
    assert read_deny_list([]).names(signer_chain.leaf) is None
    with pytest.raises(UsageError, match="cannot read"):
        read_deny_list([tmp_path / "absent"])
    with pytest.raises(UsageError, match="folder"):
        read_deny_list([tmp_path])


KEY = base64.b64encode(bytes(20)).decode()


@pytest.mark.parametrize(
    "line",
    [
        KEY,
        f"kye {KEY}",
        "key",
        f"key {KEY[:-4]}",
        f"key {KEY} {KEY}",
        "key !!!!",
        "certificate 12",
        "certificate CN=x",
        "certificate twelve CN=x",
        f"certificate {'9' * 61} CN=x",
        "certificate 12 no name",
        "certificate ² CN=x",
        "-----BEGIN CERTIFICATE-----",
    ],
)
def test_a_line_that_names_nothing_is_told_with_its_number(line: str, device_chain: NewChain) -> None:
    text = f"key {KEY}\n{device_chain.leaf.pem()}{line}\n"
    with pytest.raises(CertificateError, match="names nothing") as refused:
        parsed(text)
    assert refused.value.where == f"deny.txt: line {1 + device_chain.leaf.pem().count(chr(10)) + 1}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_comment(end: str, device_chain: NewChain, signer_chain: NewChain) -> None:
    text = f"# stolen\nkey {device_chain.leaf.dn_qualifier}\n# and\n{signer_chain.leaf.pem()}"
    listed = parse_deny_list(text.replace("\n", end).encode(), where="x")
    assert listed.names(device_chain.leaf) and listed.names(signer_chain.leaf)


@pytest.mark.parametrize("character", ["\v", "\f", "\0", "\x1c", "\x85", "\u2028", "\u2029"])
def test_what_only_looks_like_a_line_end_is_told(character: str) -> None:
    with pytest.raises(CertificateError, match="control character") as refused:
        parsed(f"key {KEY}\n# stolen{character}key {KEY}\n")
    assert refused.value.where == "deny.txt: line 2"
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        with pytest.raises(CertificateError):
            parse_deny_list(f"# x\nkey {KEY}\n".encode(encoding), where="x")


@pytest.mark.parametrize("text", ["", "\n", "# nobody yet\n", "\ufeff"])
def test_a_list_that_names_nobody_is_told(text: str) -> None:
    with pytest.raises(CertificateError, match="names nobody"):
        parsed(text)


def test_no_certificate_of_a_list_is_passed_over(signer_chain: NewChain, device_chain: NewChain) -> None:
    good, victim = signer_chain.leaf, device_chain.leaf
    broken = victim.pem().replace("END CERT", "END X509 CERT")
    for data in (good.pem() + broken, broken + good.pem(), f"key {KEY}\n{broken}", broken):
        with pytest.raises(CertificateError, match="names nothing"):
            parsed(data)
    with pytest.raises(CertificateError, match="bytes follow"):
        parse_deny_list(good.der + victim.der, where="x")


@given(data=st.data())
def test_whatever_a_list_holds_it_is_read_or_refused(data: st.DataObject, device_chain: NewChain) -> None:
    good = f"key {KEY}\ncertificate 12 CN=x,O=y\n{device_chain.leaf.pem()}".encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    mutated = good[:start] + data.draw(st.binary(max_size=20)) + good[end:]
    try:
        listed = parse_deny_list(mutated, where="deny.txt")
    except DcpError:
        return
    listed.names(device_chain.leaf)


def test_a_certificate_without_anything_is_not_denied_by_accident() -> None:
    empty = Certificate(bytes.fromhex("300430020500"))
    assert deny_certificates([empty]).names(empty) is None
