"""KDMs per second beside the RSA operations per second that bound them, in CPU time of one core.

Issuing: a message of three keys takes three RSA encryptions, one signature, and the writing around them; with
32 keys the encryptions weigh more than the signature, so that the sum of both is given as a bound too.
Verifying: three RSA-OAEP decryptions and the whole checklist. The messages differ from each other and come
from one signer's chain, as those of a server's day do, so that its certificates are read and judged once; a
second figure is for messages that each come with a chain never seen before.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import KDM_SUITE, sign
from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain, build_certificate, make_chain
from dcp.trust.names import make_name
from dcp.trust.order import CertificateChain
from kdm.block import open_block, seal_block
from kdm.checklist import check_kdm
from kdm.composition import CplFacts, NeededKey
from kdm.issue import KdmIssuer, prepare_kdms

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
ROUNDS = 400


def seconds_each(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """CPU seconds of one call: the least of five runs, since the machine is shared."""
    work()
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds // 5):
            work()
        best = min(best, (time.process_time() - start) / (rounds // 5))
    return best


@pytest.fixture(scope="module")
def lab() -> NewChain:
    return make_chain(organization="Example", unit="Lab", role="CS", now=NOW)


@pytest.fixture(scope="module")
def halls() -> list[NewChain]:
    return [make_chain(organization="Cinema", unit=f"Hall-{n}", role="SM", now=NOW) for n in range(4)]


def order(lab: NewChain, count: int) -> KdmIssuer:
    kinds = (("MainPicture", "MDIK"), ("MainSound", "MDAK"), ("MainSubtitle", "MDSK"))
    keys = [(ContentKey.generate(kinds[n % 3][1]), kinds[n % 3][0]) for n in range(count)]
    facts = CplFacts(
        id=uuid.uuid4(),
        content_title_text="A_TITLE_FTR-1_F_EN-XX_INT_51_2K_20270501_SMPTE_OV",
        keys=tuple(NeededKey(key.id, (kind,)) for key, kind in keys),
        standard="smpte",
        signer_chain=tuple(lab.chain),
    )
    return prepare_kdms(
        cpl=facts,
        keyring=Keyring(tuple(key for key, _ in keys)),
        signer=lab.signer,
        not_before=NOW,
        not_after=NOW + timedelta(days=14),
        formulation="dci-any",
        now=NOW,
    )


@pytest.mark.parametrize("keys", [3, 32])
def test_kdms_per_second(
    benchmark: BenchmarkFixture, lab: NewChain, halls: list[NewChain], keys: int
) -> None:
    issuer = order(lab, keys)
    ders = [hall.leaf.der for hall in halls]
    turn = iter(range(10**9))

    def issue() -> object:
        # A certificate read anew each time, as in a batch: nothing of it is known yet.
        return issuer.issue(Certificate(ders[next(turn) % len(ders)])).data

    def issue_known() -> object:
        return issuer.issue(halls[next(turn) % len(halls)].leaf).data

    bound = seconds_each(lambda: sign(KDM_SUITE.signature_method, lab.private_key, b"x" * 1200))
    recipient = halls[0].leaf.rsa_public_key()
    all_bound = bound + keys * seconds_each(lambda: seal_block(bytes(138), recipient))
    known = seconds_each(issue_known)
    fresh = seconds_each(issue)
    benchmark.extra_info.update(
        keys=keys,
        signatures_per_second=round(1 / bound),
        kdms_per_second=round(1 / known),
        of_bound=round(bound / known, 3),
        of_bound_with_encryptions=round(all_bound / known, 3),
        kdms_per_second_reading_certificates=round(1 / fresh),
        of_bound_reading_certificates=round(bound / fresh, 3),
    )
    benchmark(issue_known)


def another_chain(lab: NewChain, number: int) -> NewChain:
    """Certificates that nobody has seen, of another name, over the same private keys."""
    made: list[Certificate] = []
    for place, key in enumerate(reversed(lab.private_keys)):
        old = lab.chain[len(lab.chain) - 1 - place]
        made.append(
            build_certificate(
                subject=make_name(
                    organization=old.organization,
                    unit=f"Lab-{number}",
                    common_name=f"{old.common_name}-{number}",
                    dn_qualifier=old.dn_qualifier,
                ),
                public_key=key.public_key(),
                serial=1000 * number + place + 1,
                window=(old.not_before, old.not_after),
                path_len=old.path_len,
                issuer=made[-1] if made else None,
                signing_key=lab.private_keys[min(len(lab.chain) - place, len(lab.chain) - 1)],
            )
        )
    return NewChain(CertificateChain(tuple(reversed(made))), lab.private_keys)


def test_verifying_per_second(benchmark: BenchmarkFixture, lab: NewChain, halls: list[NewChain]) -> None:
    hall = halls[0]
    issuer = order(lab, 3)
    day = [issuer.issue(hall.leaf).data for _ in range(50)]
    # More than are remembered, one after the other: each is new when its turn comes again.
    strangers = [order(another_chain(lab, n), 3).issue(hall.leaf).data for n in range(1, ROUNDS)]
    cipher = seal_block(bytes(138), hall.leaf.rsa_public_key())
    turn = iter(range(10**9))

    def verify(messages: list[bytes]) -> object:
        data = messages[next(turn) % len(messages)]
        return check_kdm(data, private_key=hall.private_key, recipient=hall.leaf, now=NOW).verdict

    assert {verify(day) for _ in day} == {verify(strangers) for _ in strangers} == {"accept"}
    bound = 3 * seconds_each(lambda: open_block(cipher, hall.private_key))
    checked = seconds_each(lambda: verify(day))
    strange = seconds_each(lambda: verify(strangers))
    benchmark.extra_info.update(
        opened_per_second=round(1 / bound),
        verified_per_second=round(1 / checked),
        of_bound=round(bound / checked, 3),
        verified_per_second_from_new_chains=round(1 / strange),
        of_bound_from_new_chains=round(bound / strange, 3),
    )
    benchmark(lambda: verify(day))
