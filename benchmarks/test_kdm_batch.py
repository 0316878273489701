"""A batch of 3,000 screens: wall-clock time on one core and on all, memory, beside RSA on as many cores.

The machine is shared, so each figure stands beside the RSA-2048 signatures of the same minute: on one core,
and on two at once, which says how much of a second core there was to be had.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import KDM_SUITE, sign
from dcp.trust.making import NewChain, build_certificate, make_chain
from kdm.batch.cores import crew
from kdm.batch.plan import Plan, plan_batch
from kdm.batch.run import issue_batch
from kdm.composition import CplFacts, NeededKey
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.issue import KdmIssuer, prepare_kdms
from kdm.window import read_window

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
SCREENS, EACH = 3000, 10
KINDS = (("MainPicture", "MDIK"), ("MainSound", "MDAK"), ("MainSubtitle", "MDSK"))


@pytest.fixture(scope="module")
def lab() -> NewChain:
    return make_chain(organization="Example", unit="Lab", role="CS", now=NOW)


@pytest.fixture(scope="module")
def cinemas() -> FacilityList:
    """Every screen has its own certificate; their keys are few, which costs the issuer just as much."""
    halls = [make_chain(organization="Cinema", unit=f"Hall-{n}", role="SM", now=NOW) for n in range(4)]

    def device(number: int) -> Device:
        hall = halls[number % len(halls)]
        leaf = build_certificate(
            subject=hall.leaf.subject_name,
            public_key=hall.private_key.public_key(),
            serial=1000 + number,
            window=(hall.leaf.not_before, hall.leaf.not_after),
            path_len=None,
            issuer=hall.chain[1],
            signing_key=hall.private_keys[1],
        )
        return Device((leaf,))

    return FacilityList(
        tuple(
            Facility(
                id=f"urn:x-facilityID:example.com:{place}",
                name=f"Cinema {place}",
                screens=tuple(Screen(f"Screen {n}", (device(EACH * place + n),)) for n in range(EACH)),
                time_zone="Asia/Shanghai",
                emails=("kdm@example.com",),
            )
            for place in range(SCREENS // EACH)
        )
    )


def planned(lab: NewChain, cinemas: FacilityList, keys_each: int = 3) -> Plan:
    kinds = [KINDS[n % 3] for n in range(keys_each)]
    keys = tuple(ContentKey.generate(key_type) for _, key_type in kinds)
    facts = CplFacts(
        id=uuid.uuid4(),
        content_title_text="A_TITLE_FTR-1_F_EN-XX_INT_51_2K_20270501_SMPTE_OV",
        keys=tuple(NeededKey(key.id, (kind,)) for key, (kind, _) in zip(keys, kinds, strict=True)),
        standard="smpte",
        signer_chain=tuple(lab.chain),
    )

    def prepare(begin: datetime, end: datetime) -> KdmIssuer:
        return prepare_kdms(
            cpl=facts,
            keyring=Keyring(keys),
            signer=lab.signer,
            not_before=begin,
            not_after=end,
            formulation="dci-any",
            now=NOW,
        )

    return plan_batch([cinemas], prepare=prepare, window=read_window("2027-05-02 09:00", "+14d", now=NOW))


def signatures(lab: NewChain, processes: int, seconds: float = 1.0) -> float:
    """RSA-2048 signatures a second, of all processes together."""
    context = multiprocessing.get_context("fork")

    def work(end: Connection) -> None:
        end.send(None)
        end.recv()
        done, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            for _ in range(20):
                sign(KDM_SUITE.signature_method, lab.private_key, b"x" * 1200)
            done += 20
        end.send(done / (time.perf_counter() - start))

    ends = []
    for _ in range(processes):
        ours, theirs = context.Pipe()
        context.Process(target=work, args=(theirs,), daemon=True).start()
        ends.append(ours)
    for end in ends:
        end.recv()
    for end in ends:
        end.send(None)
    return float(sum(end.recv() for end in ends))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@pytest.mark.parametrize("keys_each", [3, 32])
def test_kdms_per_second_on_two_cores(
    benchmark: BenchmarkFixture, lab: NewChain, cinemas: FacilityList, keys_each: int
) -> None:
    """Messages alone, as the workers of a batch make them; nothing is written."""
    jobs = planned(lab, cinemas, keys_each).jobs[:1000]

    def issue(number: int) -> int:
        return len(jobs[number].issuer.issue(jobs[number].recipient).data)

    def rate(workers: int) -> float:
        with crew(issue, workers=workers) as each_done:
            list(each_done(range(64)))  # the processes are there, and know their certificates
            return len(jobs) / seconds(lambda: list(each_done(range(len(jobs)))))

    rates: dict[int, list[float]] = {1: [], 2: []}
    bounds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(5):
        for workers in (1, 2):
            bounds[workers].append(signatures(lab, workers, 0.5))
            rates[workers].append(rate(workers))
    benchmark.extra_info.update(
        keys=keys_each,
        signatures_per_second=round(median(bounds[1])),
        signatures_gain=round(median(bounds[2]) / median(bounds[1]), 2),
        kdms_per_second_on_one=round(median(rates[1])),
        kdms_per_second_on_two=round(median(rates[2])),
        of_bound=round(median(rates[1]) / median(bounds[1]), 3),
        gain=round(median(rates[2]) / median(rates[1]), 2),
    )
    benchmark.pedantic(lambda: rate(2), rounds=1, iterations=1)


def test_three_thousand_screens(
    benchmark: BenchmarkFixture, lab: NewChain, cinemas: FacilityList, tmp_path: Path
) -> None:
    plan = planned(lab, cinemas)
    times: dict[int, list[float]] = {1: [], 2: []}
    bounds: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(3):
        for workers in (1, 2):
            bounds[workers].append(signatures(lab, workers))
            place = tmp_path / f"{workers}-{turn}"
            times[workers].append(seconds(lambda: issue_batch(plan, place, now=NOW, workers=workers)))  # noqa: B023
    one, two = min(times[1]), min(times[2])
    again = seconds(lambda: issue_batch(plan, tmp_path / "2-0", now=NOW, workers=2))
    memory = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    benchmark.extra_info.update(
        screens=len(plan.jobs),
        signatures_per_second=round(max(bounds[1])),
        signatures_per_second_on_two=round(max(bounds[2])),
        signatures_gain=round(max(bounds[2]) / max(bounds[1]), 2),
        seconds_on_one=round(one, 2),
        seconds_on_two=round(two, 2),
        kdms_per_second_on_one=round(SCREENS / one),
        kdms_per_second_on_two=round(SCREENS / two),
        gain=round(one / two, 2),
        seconds_again=round(again, 2),
        megabytes_of_the_parent=round(memory[0] / 1024),
        megabytes_of_a_worker=round(memory[1] / 1024),
    )
    turns = iter(range(100))
    benchmark.pedantic(
        lambda: issue_batch(plan, tmp_path / f"all-{next(turns)}", now=NOW), rounds=1, iterations=1
    )
