"""The checklist for chains: a good one passes whole, and each fault is named by its own step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dcp.errors import CertificateError, UsageError
from dcp.suite import RSA_ENCRYPTION, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList, deny_certificates
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain
from dcp.trust.step import Step


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


def test_a_media_block_has_all_the_roles_demanded(device_chain: NewChain, now: datetime) -> None:
    assert judged(judge_chain(device_chain.chain, at=(now,), role="SM"))["CER-009"].result == "pass"
    step = judged(judge_chain(device_chain.chain, at=(now,), role="SM SPB"))["CER-009"]
    assert step.result == "fail" and "SPB is demanded" in step.message


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
