"""Whose certificate signs and receives, and whose does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dcp.errors import CertificateError
from dcp.suite import SHA1_WITH_RSA, SHA256_WITH_RSA, sign
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.making import build_certificate, dn_qualifier_of
from dcp.trust.names import make_name
from dcp.trust.order import CertificateChain
from kdm.parties import check_recipient, check_signer


def with_sha1(certificate: Certificate, key: Any) -> Certificate:
    """The same certificate, signed with SHA-1 inside and out."""
    algorithm = der.sequence(der.oid(SHA1_WITH_RSA), der.tlv(der.NULL, b""))
    tbs = certificate.fields.tbs.replace(der.oid(SHA256_WITH_RSA), der.oid(SHA1_WITH_RSA))
    return Certificate(der.sequence(tbs, algorithm, der.bits(sign(SHA1_WITH_RSA, key, tbs))))


def with_name(world: Any, common_name: str) -> Certificate:
    hall = world.hall
    return build_certificate(
        subject=make_name(
            organization="Example",
            unit="Hall-1",
            common_name=common_name,
            dn_qualifier=dn_qualifier_of(hall.private_key.public_key()),
        ),
        public_key=hall.private_key.public_key(),
        serial=77,
        window=(hall.leaf.not_before, hall.leaf.not_after),
        path_len=None,
        issuer=hall.chain[1],
        signing_key=hall.private_keys[1],
    )


def window(world: Any) -> Any:
    return world.now, world.now + timedelta(days=7)


@pytest.mark.parametrize(
    ("name", "alone", "screen"),
    [
        ("SM.Hall-1", "", ""),
        ("LE SPB MD FM SM.Hall-1", "", ""),
        ("CS SM.Hall-1", "", ""),
        ("CS.Hall-1", "right for a DKDM only", "content signer's .role CS., not a media block's"),
        ("Hall-1", "has no role SM", "has no role, not a media block's"),
        ("PR SPB.Hall-1", "!has the role PR SPB, not a media block's", "has the role PR SPB"),
        ("LS.Hall-1", "!has the role LS", "has the role LS"),
        ("TMS.Hall-1", "!has the role TMS", "has the role TMS"),
    ],
)
def test_the_role_says_whether_a_message_can_be_addressed(
    world: Any, name: str, alone: str, screen: str
) -> None:
    """alone: part of the note for a single recipient, or of the refusal after `!`; screen: of the refusal."""
    certificate = with_name(world, name)
    if alone.startswith("!"):
        with pytest.raises(CertificateError, match=alone[1:]) as caught:
            check_recipient(certificate, window=window(world))
        assert "media block" in str(caught.value.remedy)
    else:
        notes = check_recipient(certificate, window=window(world))
        assert (alone in notes[0]) if alone else notes == ()
    if screen:
        with pytest.raises(CertificateError, match=screen) as caught:
            check_recipient(certificate, window=window(world), screen=True)
        assert caught.value.remedy
    else:
        assert check_recipient(certificate, window=window(world), screen=True) == ()


@pytest.mark.parametrize("name", ["SM.\x1b[31mIMB", "SM.IMB\x00", "SM.IMB\uffff"])
def test_a_name_that_xml_cannot_carry_is_refused(world: Any, name: str) -> None:
    with pytest.raises(CertificateError, match="characters that XML cannot carry") as caught:
        check_recipient(with_name(world, name), window=window(world))
    assert caught.value.remedy


def test_a_device_of_interop_days_gets_messages_for_interop_only(world: Any) -> None:
    old = with_sha1(world.hall.leaf, world.hall.private_keys[1])
    assert old.is_signed_by(world.hall.chain[1])
    assert "SHA-1" in check_recipient(old, window=window(world), standard="interop")[0]
    for standard in ("smpte", None):
        with pytest.raises(CertificateError, match="signed with SHA-1") as caught:
            check_recipient(old, window=window(world), standard=standard)  # type: ignore[arg-type]
        assert "SHA-256" in str(caught.value.remedy)


def test_a_chain_with_sha1_signs_no_message(world: Any) -> None:
    leaf = with_sha1(world.lab.leaf, world.lab.private_keys[1])
    with pytest.raises(CertificateError, match="CER-015"):
        check_signer(CertificateChain((leaf, *world.lab.chain[1:])), window=window(world), now=world.now)
