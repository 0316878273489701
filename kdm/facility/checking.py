"""Whether a facility list is fit to issue from (FLM-101): every certificate of every screen, judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from dcp.dataclass import dataclass
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.judging import failures, judge_chain
from dcp.trust.order import order_chain
from dcp.trust.step import Step
from kdm.facility.sorting import chain_of
from kdm.facility.values import Device, Facility, FacilityList, Screen

CHECK = "FLM-101"
OF_WHOLE_CHAINS = frozenset(("SIG-008", "SIG-011"))
"""Steps that say nothing of a device whose authorities the list leaves out."""

Verdict = Literal["fit", "incomplete", "unfit"]


@dataclass(frozen=True)
class DeviceVerdict:
    """receives: a media block, otherwise an attached device. verdict: incomplete when all that could be
    judged is well, and the list does not hold the authorities up to the root. steps: those that failed or
    warn."""

    facility: Facility
    screen: Screen
    device: Device
    receives: bool
    verdict: Verdict
    steps: tuple[Step, ...]


def check_facilities(
    listing: FacilityList,
    *,
    now: datetime,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
) -> Iterator[DeviceVerdict]:
    """The verdict on each device, at `now`. trust: anchors that every chain has to lead to; they complete
    the chains as well. revoked: whose devices are not to be relied on.
    UsageError for an instant without an offset."""
    for facility in listing.facilities:
        for screen in facility.screens:
            for device, receives in (
                *((each, True) for each in screen.recipients),
                *((each, False) for each in screen.devices),
            ):
                verdict, steps = judge_device(
                    device, receives=receives, now=now, trust=trust, revoked=revoked
                )
                yield DeviceVerdict(facility, screen, device, receives, verdict, steps)


def judge_device(
    device: Device,
    *,
    receives: bool,
    now: datetime,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
) -> tuple[Verdict, tuple[Step, ...]]:
    """A device's certificate against the rules of ST 430-2, with as much of its chain as is at hand."""
    chain = order_chain(chain_of(device.leaf, device.certificates, trust or ()), leaf=device.leaf)
    role = "SM" if receives else None
    steps = judge_chain(chain, at=(now,), now=now, role=role, trust=trust, revoked=revoked)
    whole = chain.root is not None
    if not whole:
        steps = [step for step in steps if step.id not in OF_WHOLE_CHAINS]
    told = tuple(step for step in steps if step.result in ("fail", "warn"))
    if failures(steps):
        return "unfit", told
    return ("fit" if whole else "incomplete"), told


def list_problems(listing: FacilityList) -> Iterator[tuple[Facility | None, Screen | None, str]]:
    """What the list says and could not be used, each with the place it concerns."""
    for text in listing.problems:
        yield None, None, text
    for facility in listing.facilities:
        for text in facility.problems:
            yield facility, None, text
        for screen in facility.screens:
            for text in screen.problems:
                yield facility, screen, text
