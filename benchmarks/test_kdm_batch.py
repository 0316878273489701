"""A batch of 3,000 screens: wall-clock time on one core and on all, memory, beside RSA on as many cores.

The machine is shared, so each figure stands beside the RSA-2048 signatures of the same minute: on one core,
and on two at once, which says how much of a second core there was to be had.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_benchmark.fixture import BenchmarkFixture

from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import KDM_SUITE, sign
from dcp.trust.certificate import Certificate, find_pem, read_certificates
from dcp.trust.making import NewChain, build_certificate, make_chain
from dcp.trust.names import make_name
from kdm.batch.cores import crew
from kdm.batch.plan import Plan, plan_batch
from kdm.batch.run import issue_batch
from kdm.block import SMPTE_BYTES, seal_block
from kdm.composition import CplFacts, NeededKey
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.issue import KdmIssuer, prepare_kdms
from kdm.window import read_window

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
SCREENS, EACH, FIFTY = 3000, 10, 50
GOLDEN = Path(__file__).parents[2] / "shared/golden/libdcp"
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
            subject=make_name(
                organization="Cinema",
                unit=f"Hall-{number % len(halls)}",
                common_name=f"SM.Hall-{number}",
                dn_qualifier=hall.leaf.dn_qualifier,
            ),
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


def pem_files(cinemas: FacilityList) -> list[bytes]:
    return [
        device.leaf.pem().encode()
        for cinema in cinemas.facilities
        for screen in cinema.screens
        for device in screen.recipients
    ]


def fresh_keys(pems: Sequence[bytes]) -> list[RSAPublicKey]:
    """Of certificates that nobody remembers."""
    return [Certificate(find_pem(each)[0]).rsa_public_key() for each in pems]


def cpu_of_bound(lab: NewChain, keys: Sequence[RSAPublicKey]) -> float:
    """CPU seconds for what no KDM of three keys does without: a signature and three encryptions, for keys
    that were not used before."""
    start = time.process_time()
    for key in keys:
        sign(KDM_SUITE.signature_method, lab.private_key, b"x" * 1200)
        for _ in KINDS:
            seal_block(bytes(SMPTE_BYTES), key)
    return time.process_time() - start


def test_certificates_never_seen_before(
    benchmark: BenchmarkFixture, lab: NewChain, cinemas: FacilityList
) -> None:
    """Certificates read from their bytes and a message of three keys issued to each, fifty by fifty as a
    batch does it: all are read, then all are issued. CPU time, in turn with its bound; medians of 60 turns.
    """
    pems, issuer = pem_files(cinemas), planned(lab, cinemas).jobs[0].issuer
    bounds, times = [], []
    for start in range(0, SCREENS, FIFTY):
        files = pems[start : start + FIFTY]
        bounds.append(cpu_of_bound(lab, fresh_keys(files)))
        begin = time.process_time()
        for certificate in [read_certificates(each)[0] for each in files]:
            issuer.issue(certificate)
        times.append(time.process_time() - begin)
    of_bound = median(bound / taken for bound, taken in zip(bounds, times, strict=True))
    told(benchmark, "read and issued", of_bound, FIFTY / median(bounds), FIFTY / median(times))
    benchmark.pedantic(lambda: issuer.issue(read_certificates(pems[0])[0]), rounds=1, iterations=1)


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="left out: ../shared/golden is not here")
@pytest.mark.parametrize("given", ["a folder", "a table of 300 cinemas"])
def test_the_whole_command_on_one_core(
    benchmark: BenchmarkFixture, lab: NewChain, cinemas: FacilityList, tmp_path: Path, given: str
) -> None:
    """`kdm issue --jobs 1` for 3,000 certificates: start, reading, messages, ZIPs, mails, manifest; CPU time
    of the process, user and system."""
    signer, keys, table = tmp_path / "signer", tmp_path / "keys.json", tmp_path / "screens.csv"
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    signer.mkdir()
    (signer / "chain.pem").write_text("".join(one.pem() for one in lab.chain))
    (signer / "leaf.key").write_bytes(
        lab.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    pems = pem_files(cinemas)
    for number, pem in enumerate(pems):
        (certificates / f"Screen {number}.pem").write_bytes(pem)
    rows = (f"C{n // EACH},S{n % EACH},certificates/Screen {n}.pem,Asia/Shanghai" for n in range(SCREENS))
    table.write_text("\n".join(("cinema,screen,certificate,time_zone", *rows, "")))
    run = [sys.executable, "-c", "import sys; from dcpkit.main import run; run(sys.argv[1:])", "kdm"]
    opened = ["--key", str(GOLDEN / "recipient/leaf.key"), "--now", "2027-06-01T00:00:00Z"]
    message = str(GOLDEN / "enc/kdm_modified_transitional_1.xml")
    subprocess.run([*run, "unwrap", message, *opened, "-o", str(keys)], check=True, capture_output=True)
    order = ["--dcp", str(GOLDEN / "enc/dcp"), "--keys", str(keys), "--signer", str(signer)]
    order += ["--from", "2027-05-02 09:00", "--until", "2027-05-14 23:00", "--tz", "Asia/Shanghai"]
    order += ["--formulation", "dci-any", "--now", NOW.isoformat(), "--jobs", "1", "--quiet"]
    lists = ["--certificates", str(certificates)] if given == "a folder" else ["--screens", str(table)]
    bounds, times = [], []
    for turn in range(3):
        before = os.times()
        issue = [*run, "issue", *order, *lists, "-o", str(tmp_path / f"out-{turn}")]
        bounds += [cpu_of_bound(lab, fresh_keys(pems[:FIFTY])) for _ in range(5)]
        subprocess.run(issue, check=True, capture_output=True)
        bounds += [cpu_of_bound(lab, fresh_keys(pems[:FIFTY])) for _ in range(5)]
        after = os.times()
        user = after.children_user - before.children_user
        times.append(user + after.children_system - before.children_system)
    each, least = median(times) / SCREENS, median(bounds) / FIFTY
    told(benchmark, f"the command for {given}", least / each, 1 / least, 1 / each)
    benchmark.pedantic(lambda: cpu_of_bound(lab, fresh_keys(pems[:FIFTY])), rounds=1, iterations=1)


def told(benchmark: BenchmarkFixture, what: str, of_bound: float, bound: float, rate: float) -> None:
    benchmark.extra_info.update(
        of_bound=round(of_bound, 3), bound_per_second=round(bound), kdms_per_second=round(rate)
    )
    print(f"\n{what}: {rate:.0f} KDMs a second, {of_bound:.1%} of {bound:.0f}", end="")


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
