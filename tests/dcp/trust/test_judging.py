"""The checklist for chains: a good one passes whole, and each fault is named by its own step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcp.errors import CertificateError, UsageError
from dcp.suite import RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.chain import NewChain, judge_chain, order_chain
from dcp.trust.deny import DenyList, deny_certificates
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    KEY_USAGES,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.names import Attribute, Name
from dcp.trust.step import Step

CLIENT_AUTH = der.sequence(der.oid("1.3.6.1.5.5.7.3.2"))


def extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(True) if critical else b"", der.octets(value))


def constraints(*content: bytes, critical: bool = True) -> dict[str, bytes]:
    return {BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, der.sequence(*content), critical)}


def usage(*names: str) -> dict[str, bytes]:
    bits = der.named_bits(KEY_USAGES.index(one) for one in names)
    return {KEY_USAGE: extension(KEY_USAGE, bits)}


def spki(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def judged(steps: list[Step]) -> dict[str, Step]:
    found = {step.id: step for step in steps}
    assert len(found) == len(steps), "a step is given twice"
    return found


def test_a_good_chain_passes_every_step(signer_chain: NewChain, now: datetime) -> None:
    steps = judge_chain(
        signer_chain.chain,
        at=(now,),
        now=now,
        role="CS",
        trust=(signer_chain.chain[-1],),
        revoked=DenyList(),
        content_authenticator=True,
    )
    assert {step.result for step in steps} == {"pass"}
    assert len(steps) == 30


def test_a_time_without_an_offset_is_the_callers_error(signer_chain: NewChain, now: datetime) -> None:
    naive = now.replace(tzinfo=None)
    for instants in ({"at": (now, naive)}, {"at": (now,), "now": naive}):
        with pytest.raises(UsageError, match="without an offset"):
            judge_chain(signer_chain.chain, **instants)


def test_what_was_not_handed_over_is_skipped(signer_chain: NewChain, now: datetime) -> None:
    steps = judged(judge_chain(signer_chain.chain, at=()))
    skipped = {id for id, step in steps.items() if step.result == "skipped"}
    assert skipped == {"CER-011", "CER-012", "CER-017", "SIG-012", "SIG-014"}
    assert "not checked against a list" in steps["SIG-014"].message


LEAF_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    # what is changed in the leaf; the step that tells; what it says
    "version 1": ({"fields": {"version": b"", "extensions": b""}}, "CER-001", "version is 1"),
    "version 2": ({"fields": {"version": der.tlv(0xA0, der.integer(1))}}, "CER-001", "version is 2"),
    "no serial": ({"fields": {"serialNumber": b""}}, "CER-003", "serialNumber"),
    "no inner algorithm": ({"fields": {"signature": b""}}, "CER-003", "signature"),
    "no issuer": ({"fields": {"issuer": b""}}, "CER-003", "issuer"),
    "no validity": ({"fields": {"validity": b""}}, "CER-003", "notBefore"),
    "no subject": ({"fields": {"subject": b""}}, "CER-003", "subject"),
    "empty subject": ({"fields": {"subject": der.sequence()}}, "CER-003", "no common name"),
    "no key": ({"fields": {"subjectPublicKeyInfo": b""}}, "CER-003", "subjectPublicKeyInfo"),
    "no outer algorithm": ({"fields": {"signatureAlgorithm": b""}}, "CER-003", "signatureAlgorithm"),
    "no signature": ({"fields": {"signatureValue": b""}}, "CER-003", "signatureValue"),
    "no extensions": ({"fields": {"extensions": b""}}, "CER-002", "basicConstraints is missing"),
    "no basic constraints": (
        {"extensions": {BASIC_CONSTRAINTS: b""}},
        "CER-002",
        "basicConstraints is missing",
    ),
    "no key usage": ({"extensions": {KEY_USAGE: b""}}, "CER-002", "keyUsage is missing"),
    "no AKI": ({"extensions": {AUTHORITY_KEY_IDENTIFIER: b""}}, "CER-022", "missing"),
    "unknown critical": (
        {"extensions": {"x": extension("2.5.29.37", CLIENT_AUTH, True)}},
        "CER-002",
        "2.5.29.37",
    ),
    "key usage twice": (
        {"extensions": {"x": extension(KEY_USAGE, der.named_bits((0,)))}},
        "CER-002",
        "keyUsage stands twice",
    ),
    "malformed constraints": (
        {"extensions": {BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, b"\x02\x01\x01", True)}},
        "CER-002",
        "malformed",
    ),
    "leaf is an authority": ({"extensions": constraints(der.boolean(True))}, "CER-005", "authority's"),
    "leaf with a path length": ({"extensions": constraints(der.integer(2))}, "CER-005", "path length (2)"),
    "leaf with path length -1": ({"extensions": constraints(der.integer(-1))}, "CER-005", "path length (-1)"),
    "leaf may sign certificates": (
        {"extensions": usage("digitalSignature", "keyEncipherment", "keyCertSign")},
        "CER-006",
        "keyCertSign",
    ),
    "leaf that cannot sign": (
        {"extensions": usage("keyEncipherment")},
        "CER-006",
        "digitalSignature",
    ),
    "leaf that takes no keys": (
        {"extensions": usage("digitalSignature")},
        "CER-006",
        "keyEncipherment",
    ),
    "common name begins with a dot": ({"common_name": ".forged"}, "CER-009", "no role"),
    "no dot after the role": ({"common_name": "CS"}, "CER-009", "no role"),
    "wrong role": ({"common_name": "SM.forged"}, "CER-009", "CS is demanded, the certificate has SM"),
    "role in small letters": ({"common_name": "cs.forged"}, "CER-009", "is no role"),
    "one more role": ({"common_name": "CS SM.forged"}, "CER-010", "also has SM"),
    "expired": (
        {"window": (datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 5, 31, tzinfo=UTC))},
        "CER-011",
        "valid until 2027-05-31",
    ),
    "not yet valid": (
        {"window": (datetime(2027, 7, 1, tzinfo=UTC), datetime(2028, 5, 31, tzinfo=UTC))},
        "CER-011",
        "valid from 2027-07-01",
    ),
    "ends before it begins": (
        {"window": (datetime(2028, 7, 1, tzinfo=UTC), datetime(2026, 5, 31, tzinfo=UTC))},
        "CER-011",
        "ends before it begins",
    ),
    "time with an offset": (
        {
            "fields": {
                "validity": der.sequence(
                    der.tlv(der.UTC_TIME, b"260601000000+0200"), der.tlv(der.UTC_TIME, b"330601000000Z")
                )
            }
        },
        "CER-014",
        "notBefore is not written in UTC",
    ),
    "SHA-1 outside": ({"outer": SHA1_WITH_RSA}, "CER-015", "signed as sha1WithRSA"),
    "SHA-1 inside": ({"inner": SHA1_WITH_RSA}, "CER-015", "says sha1WithRSA"),
    "SHA-1": ({"outer": SHA1_WITH_RSA, "inner": SHA1_WITH_RSA}, "CER-015", "sha1WithRSA"),
    "another algorithm than the chain": (
        {"outer": SHA1_WITH_RSA, "inner": SHA1_WITH_RSA},
        "SIG-010",
        "mixes",
    ),
    "serial negative": ({"serial": -1}, "CER-020", "negative"),
    "serial of 65 bits": ({"serial": 2**64}, "CER-020", "64 bits"),
    "trailing bytes in a field": (
        {"fields": {"extensions": der.tlv(0xA3, der.sequence()) + b"\x05\x00"}},
        "CER-023",
        "none belong",
    ),
    "outer algorithm without its NULL": (
        {"fields": {"signatureAlgorithm": der.sequence(der.oid(SHA256_WITH_RSA))}},
        "CER-023",
        "written differently",
    ),
    "outer algorithm with parameters": (
        {"fields": {"signatureAlgorithm": der.sequence(der.oid(SHA256_WITH_RSA), der.octets(b"x"))}},
        "CER-023",
        "has parameters",
    ),
    "issued by nobody here": (
        {"fields": {"issuer": Name(((Attribute("2.5.4.3", ".else"),),)).encode()}},
        "SIG-011",
        "its issuer is not there",
    ),
    "another organization": (
        {
            "fields": {
                "subject": Name(
                    (
                        (Attribute("2.5.4.10", "Else.org"),),
                        (Attribute("2.5.4.11", "unit"),),
                        (Attribute("2.5.4.3", "CS.forged"),),
                        (Attribute("2.5.4.46", "x"),),
                    )
                ).encode()
            }
        },
        "CER-007",
        "not the issuer's",
    ),
    "qualifier of another key": (
        {
            "fields": {
                "subject": Name(
                    (
                        (Attribute("2.5.4.10", "Example.org"),),
                        (Attribute("2.5.4.11", "unit"),),
                        (Attribute("2.5.4.3", "CS.forged"),),
                        (Attribute("2.5.4.46", "I9/xYix5B+/PABwuSHNPl3dEvh8="),),
                    )
                ).encode()
            }
        },
        "CER-018",
        "dnQualifier is not the digest",
    ),
    "two qualifiers, no unit": (
        {
            "fields": {
                "subject": Name(
                    (
                        (Attribute("2.5.4.10", "Example.org"),),
                        (Attribute("2.5.4.3", "CS.forged"),),
                        (Attribute("2.5.4.46", "a"),),
                        (Attribute("2.5.4.46", "b"),),
                    )
                ).encode()
            }
        },
        "CER-019",
        "2 times a dnQualifier",
    ),
    "SKI of another key": (
        {"extensions": {SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.octets(b"x" * 20))}},
        "CER-018",
        "subjectKeyIdentifier is not",
    ),
    "AKI names another key": (
        {
            "extensions": {
                AUTHORITY_KEY_IDENTIFIER: extension(
                    AUTHORITY_KEY_IDENTIFIER, der.sequence(der.tlv(0x80, b"x" * 20))
                )
            }
        },
        "SIG-009",
        "another key than its issuer's",
    ),
    "AKI names another serial": (
        {
            "extensions": {
                AUTHORITY_KEY_IDENTIFIER: extension(
                    AUTHORITY_KEY_IDENTIFIER, der.sequence(der.tlv(0x82, b"\x01"))
                )
            }
        },
        "SIG-009",
        "another serial number",
    ),
    "bad signature": ({"fields": {"signatureValue": der.bits(b"x" * 256)}}, "SIG-009", "does not hold"),
}


@pytest.mark.parametrize("fault", LEAF_FAULTS)
def test_a_fault_of_the_leaf_is_named(
    fault: str, forge_leaf: Callable[..., Certificate], signer_chain: NewChain, now: datetime
) -> None:
    changes, id, told = LEAF_FAULTS[fault]
    leaf = forge_leaf(**changes)
    chain = order_chain((leaf, *signer_chain.chain[1:]), leaf=leaf)
    step = judged(judge_chain(chain, at=(now,), now=now, role="CS"))[id]
    assert step.result == "fail"
    assert told in step.message


LEAF_WARNINGS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no SKI": ({"extensions": {SUBJECT_KEY_IDENTIFIER: b""}}, "CER-002", "subjectKeyIdentifier"),
    "path length 0 on a leaf": ({"extensions": constraints(der.integer(0))}, "CER-005", "path length (0)"),
    "constraints not critical": ({"extensions": constraints(critical=False)}, "CER-005", "not critical"),
    "role unknown": ({"common_name": "CS XYZ.forged"}, "CER-009", "unknown role: XYZ"),
    "beyond 2038": (
        {"window": (datetime(2026, 1, 2, tzinfo=UTC), datetime(2051, 5, 31, tzinfo=UTC))},
        "CER-013",
        "2038",
    ),
    "more than ten years ahead": (
        {"window": (datetime(2026, 1, 2, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC))},
        "CER-013",
        "ten years",
    ),
    "not inside its issuer's window": (
        {"window": (datetime(2026, 1, 2, tzinfo=UTC), datetime(2037, 12, 31, tzinfo=UTC))},
        "SIG-009",
        "not inside that of",
    ),
    "serial of 33 bits": ({"serial": 2**32}, "CER-021", "32 bits"),
    "critical FALSE written out": (
        {
            "extensions": {
                KEY_USAGE: der.sequence(
                    der.oid(KEY_USAGE), der.boolean(False), der.octets(bytes.fromhex("030205a0"))
                )
            }
        },
        "CER-023",
        "default value is written out",
    ),
    "boolean of another byte": (
        {
            "extensions": {
                BASIC_CONSTRAINTS: der.sequence(
                    der.oid(BASIC_CONSTRAINTS), b"\x01\x01\x01", der.octets(der.sequence())
                )
            }
        },
        "CER-023",
        "another byte than FF",
    ),
}


@pytest.mark.parametrize("fault", LEAF_WARNINGS)
def test_what_the_field_lives_with_is_a_warning(
    fault: str, forge_leaf: Callable[..., Certificate], signer_chain: NewChain, now: datetime
) -> None:
    changes, id, told = LEAF_WARNINGS[fault]
    leaf = forge_leaf(**changes)
    steps = judged(judge_chain((leaf, *signer_chain.chain[1:]), at=(now,), now=now))
    assert steps[id].result == "warn"
    assert told in steps[id].message
    assert not [step for step in steps.values() if step.result == "fail"]


def test_names_in_utf8_are_a_warning(
    forge_leaf: Callable[..., Certificate], signer_chain: NewChain, now: datetime
) -> None:
    encoded = forge_leaf().subject_name.encode().replace(b"\x13\x0bExample.org", b"\x0c\x0bExample.org")
    leaf = forge_leaf(fields={"subject": encoded})
    step = judged(judge_chain((leaf, *signer_chain.chain[1:]), at=(now,)))["CER-004"]
    assert (step.result, step.message) == ("warn", "CS.forged.example.org: not PrintableString: O")


def test_weak_and_foreign_keys_are_named(
    forge_leaf: Callable[..., Certificate],
    signer_chain: NewChain,
    small_key: RSAPrivateKey,
    exponent_three: RSAPrivateKey,
    now: datetime,
) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    old = dsa.generate_private_key(1024).public_key()
    for changes, told in (
        ({"public_key": small_key.public_key()}, "1024 bits"),
        ({"public_key": exponent_three.public_key()}, "exponent is 3"),
        ({"fields": {"subjectPublicKeyInfo": spki(curve)}}, "elliptic curve, not RSA"),
        ({"fields": {"subjectPublicKeyInfo": spki(old)}}, "DSA, not RSA"),
    ):
        steps = judged(judge_chain((forge_leaf(**changes), *signer_chain.chain[1:]), at=(now,)))
        assert steps["CER-016"].result == "fail"
        assert told in steps["CER-016"].message


def test_ber_is_a_defect(signer_chain: NewChain, now: datetime) -> None:
    leaf = signer_chain.leaf
    body = leaf.der[4:]
    for ber, told in (
        (b"\x30\x83\x00" + leaf.der[2:4] + body, "more bytes than it needs"),
        (b"\x30\x80" + body + b"\x00\x00", "left open"),
        (leaf.der + b"\x00", "bytes follow"),
    ):
        certificate = Certificate(ber)
        assert certificate.thumbprint() == leaf.thumbprint()
        step = judged(judge_chain((certificate, *signer_chain.chain[1:]), at=(now,)))["CER-023"]
        assert step.result == "fail" and told in step.message


def test_a_certificate_with_no_field_at_all_is_judged(signer_chain: NewChain, now: datetime) -> None:
    empty = Certificate(bytes.fromhex("300430020500"))
    steps = judged(
        judge_chain((empty,), at=(now,), now=now, role="CS", trust=(), revoked=deny_certificates((empty,)))
    )
    assert steps["CER-003"].result == "fail"
    assert steps["CER-011"].result == "skipped" and "CER-003" in steps["CER-011"].message
    assert steps["SIG-008"].result == steps["SIG-011"].result == steps["SIG-014"].result == "fail"


# --- authorities and the chain as a whole ---


def authority(signer_chain: NewChain, forge_leaf: Callable[..., Certificate], **changes: Any) -> Certificate:
    """The session's intermediate made anew, with something changed."""
    arguments: dict[str, Any] = {
        "issuer": signer_chain.chain[2],
        "signing_key": signer_chain.private_keys[2],
        "public_key": signer_chain.private_keys[1].public_key(),
        "common_name": ".test.smpte-430-2.CS.INTERMEDIATE",
        "serial": signer_chain.chain[1].serial,
        "window": (signer_chain.chain[1].not_before, signer_chain.chain[1].not_after),
    }
    extensions = {
        **constraints(der.boolean(True), der.integer(0)),
        **usage("keyCertSign", "cRLSign"),
        **changes.pop("extensions", {}),
    }
    return forge_leaf(**{**arguments, **changes}, extensions=extensions)


@pytest.mark.parametrize(
    ("changes", "id", "told"),
    [
        ({"extensions": constraints()}, "CER-005", "is no authority"),
        ({"extensions": constraints(der.boolean(True))}, "CER-005", "no path length"),
        ({"extensions": constraints(der.boolean(True), der.integer(-1))}, "CER-005", "no path length"),
        ({"extensions": usage("cRLSign")}, "CER-006", "lacks keyCertSign"),
        ({"common_name": "CS.test"}, "CER-009", "does not begin with a dot"),
        ({"serial": 2**70}, "CER-020", "64 bits"),
    ],
)
def test_a_fault_of_an_authority_is_named(
    changes: dict[str, Any],
    id: str,
    told: str,
    signer_chain: NewChain,
    forge_leaf: Callable[..., Certificate],
    now: datetime,
) -> None:
    middle = authority(signer_chain, forge_leaf, **changes)
    leaf = forge_leaf(issuer=middle)
    step = judged(judge_chain((leaf, middle, signer_chain.chain[2]), at=(now,)))[id]
    assert step.result == "fail"
    assert told in step.message


def test_the_forged_authority_is_right_when_nothing_is_changed(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate], now: datetime
) -> None:
    chain = (forge_leaf(), authority(signer_chain, forge_leaf), signer_chain.chain[2])
    assert not [step for step in judge_chain(chain, at=(now,), role="CS") if step.result in ("fail", "warn")]


def test_a_path_length_that_is_too_short_is_named(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate], now: datetime
) -> None:
    _leaf, intermediate, root = signer_chain.chain
    lower = forge_leaf(
        common_name=".lower",
        public_key=signer_chain.private_keys[0].public_key(),
        extensions={**constraints(der.boolean(True), der.integer(0)), **usage("keyCertSign")},
    )
    lowest = forge_leaf(issuer=lower, signing_key=signer_chain.private_keys[0])
    steps = judged(judge_chain((lowest, lower, intermediate, root), at=(now,)))
    assert steps["SIG-009"].result == "fail"
    assert "path length 0 does not allow the 1 authorities" in steps["SIG-009"].message
    assert "path length 1 does not allow the 2 authorities" in steps["SIG-009"].message


def test_the_wrong_issuer_is_named(signer_chain: NewChain, device_chain: NewChain, now: datetime) -> None:
    mixed = (signer_chain.leaf, device_chain.chain[1], device_chain.chain[2])
    steps = judged(judge_chain(mixed, at=(now,)))
    assert steps["SIG-013"].result == "fail"


def test_strangers_fail_and_copies_are_a_warning(
    signer_chain: NewChain, device_chain: NewChain, now: datetime
) -> None:
    twice = (*signer_chain.chain, signer_chain.leaf)
    assert judged(judge_chain(twice, at=(now,)))["SIG-013"].result == "warn"
    step = judged(judge_chain((*twice, device_chain.leaf), at=(now,)))["SIG-013"]
    assert step.result == "fail" and "SM.test" in step.message


def test_lengths_other_than_three(signer_chain: NewChain, now: datetime) -> None:
    root = signer_chain.chain[2]
    assert judged(judge_chain((root,), at=(now,)))["SIG-008"].result == "fail"
    two = judged(judge_chain(signer_chain.chain[1:], at=(now,)))
    assert two["SIG-008"].result == "warn"
    assert two["CER-005"].result == "fail"  # an authority stands as the leaf


def test_a_chain_without_root_is_refused(signer_chain: NewChain, now: datetime) -> None:
    steps = judged(judge_chain(signer_chain.chain[:2], at=(now,)))
    assert steps["SIG-011"].result == "fail"
    assert steps["SIG-009"].result == "skipped"


def test_trust_is_by_name_and_key(signer_chain: NewChain, device_chain: NewChain, now: datetime) -> None:
    def trusted(*anchors: Certificate) -> str:
        return judged(judge_chain(signer_chain.chain, at=(now,), trust=anchors))["SIG-014"].result

    assert trusted(signer_chain.chain[2]) == "pass"
    assert trusted(device_chain.chain[2], signer_chain.chain[1]) == "pass"
    assert trusted(device_chain.chain[2]) == "fail"
    assert trusted() == "fail"


def test_revoked_certificates_are_named(
    signer_chain: NewChain, device_chain: NewChain, now: datetime
) -> None:
    def revoked(*listed: Certificate) -> str:
        return judged(judge_chain(signer_chain.chain, at=(now,), revoked=deny_certificates(listed)))[
            "CER-017"
        ].result

    assert revoked(signer_chain.chain[1]) == "fail"
    assert revoked(*device_chain.chain) == "pass"


def test_every_instant_counts(signer_chain: NewChain, now: datetime) -> None:
    late = signer_chain.leaf.not_after + timedelta(seconds=1)
    assert judged(judge_chain(signer_chain.chain, at=(now, late)))["CER-011"].result == "fail"
    ends = (signer_chain.leaf.not_before, signer_chain.leaf.not_after)
    assert judged(judge_chain(signer_chain.chain, at=ends))["CER-011"].result == "pass"


def test_what_expired_since_is_told_and_not_held_against_it(signer_chain: NewChain, now: datetime) -> None:
    later = now + timedelta(days=20 * 365)
    steps = judged(judge_chain(signer_chain.chain, at=(now,), now=later))
    assert steps["CER-011"].result == "pass"
    assert steps["CER-012"].result == "warn" and "expired by now" in steps["CER-012"].message


def test_an_instant_before_the_window_may_be_a_warning(signer_chain: NewChain) -> None:
    before = datetime(2012, 7, 17, tzinfo=UTC)
    assert judged(judge_chain(signer_chain.chain, at=(before,)))["CER-011"].result == "fail"
    lenient = judged(judge_chain(signer_chain.chain, at=(before,), early="warn"))
    assert lenient["CER-011"].result == "warn"


def test_roles_of_a_message_signer_and_of_interop_are_warnings(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate], now: datetime
) -> None:
    for name in ("SM.forged", ".forged", "CS SM.forged"):
        chain = (forge_leaf(common_name=name), *signer_chain.chain[1:])
        lenient = judge_chain(chain, at=(now,), role="CS", role_strict=False)
        interop = judge_chain(chain, at=(now,), role="CS", profile="interop")
        assert not [step for step in (*lenient, *interop) if step.result == "fail"]
        strict = judge_chain(chain, at=(now,), role="CS")
        assert {step.id for step in strict if step.result == "fail"} <= {"CER-009", "CER-010"}
        assert any(step.result == "fail" for step in strict)


def test_a_media_block_has_all_the_roles_demanded(device_chain: NewChain, now: datetime) -> None:
    assert judged(judge_chain(device_chain.chain, at=(now,), role="SM"))["CER-009"].result == "pass"
    step = judged(judge_chain(device_chain.chain, at=(now,), role="SM SPB"))["CER-009"]
    assert step.result == "fail" and "SPB is demanded" in step.message


def test_the_two_certificates_of_a_dual_media_block_are_right(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate], now: datetime
) -> None:
    for changes in (
        {"common_name": "SM.block", "extensions": usage("keyEncipherment")},
        {"common_name": "LS.block", "extensions": usage("digitalSignature")},
    ):
        steps = judged(judge_chain((forge_leaf(**changes), *signer_chain.chain[1:]), at=(now,)))
        assert steps["CER-006"].result == "pass"


def test_sha1_and_long_serials_pass_in_interop(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate], now: datetime
) -> None:
    leaf = forge_leaf(inner=SHA1_WITH_RSA, outer=SHA1_WITH_RSA, serial=2**100)
    steps = judged(judge_chain((leaf, *signer_chain.chain[1:]), at=(now,), profile="interop"))
    assert steps["CER-015"].result == steps["CER-020"].result == steps["SIG-009"].result == "pass"
    assert steps["SIG-010"].result == "fail"


def test_a_content_authenticator_needs_the_role_alone(
    signer_chain: NewChain, device_chain: NewChain, now: datetime
) -> None:
    good = judge_chain(signer_chain.chain, at=(now,), content_authenticator=True)
    bad = judge_chain(device_chain.chain, at=(now,), content_authenticator=True)
    assert (judged(good)["SIG-012"].result, judged(bad)["SIG-012"].result) == ("pass", "fail")


def test_a_huge_key_is_not_worked_with(
    signer_chain: NewChain, forge_leaf: Callable[..., Certificate]
) -> None:
    huge = der.sequence(der.integer(2**20_000 + 1), der.integer(65537))
    algorithm = der.sequence(der.oid(RSA_ENCRYPTION), der.tlv(der.NULL, b""))
    leaf = forge_leaf(fields={"subjectPublicKeyInfo": der.sequence(algorithm, der.bits(huge))})
    assert leaf.key_bits == 20_001
    with pytest.raises(CertificateError, match="larger than any"):
        leaf.rsa_public_key()
    assert not signer_chain.leaf.is_signed_by(leaf)


def test_the_order_of_the_steps_is_that_of_the_checklist(signer_chain: NewChain, now: datetime) -> None:
    ids = [step.id for step in judge_chain(signer_chain.chain, at=(now,))]
    assert ids[0] == "CER-023" and ids.index("CER-005") < ids.index("CER-015") < ids.index("SIG-009")
    assert all(step.message for step in judge_chain(signer_chain.chain, at=(now,)))
    assert signer_chain.leaf.fields.outer_algorithm == SHA256_WITH_RSA
