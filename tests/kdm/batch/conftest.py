"""Cinemas made by hand: many certificates, few keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain, build_certificate, dn_qualifier_of
from dcp.trust.names import make_name
from kdm.batch.plan import Plan, plan_batch
from kdm.dkdm import Dkdm, prepare_from_dkdm
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.issue import prepare_kdms
from kdm.window import read_window


@dataclass(frozen=True)
class Town:
    """Three cinemas with six screens; each certificate is about the hall's key, or the other hall's."""

    world: Any
    cinemas: tuple[Facility, ...] = field(default=())

    @property
    def lists(self) -> list[FacilityList]:
        return [FacilityList(self.cinemas)]

    def leaf(
        self, name: str, *, owner: NewChain | None = None, serial: int = 900, **changes: Any
    ) -> Certificate:
        owner = owner or self.world.hall
        return build_certificate(
            **{
                "subject": make_name(
                    organization="Example",
                    unit="Devices",
                    common_name=name,
                    dn_qualifier=dn_qualifier_of(owner.private_key.public_key()),
                ),
                "public_key": owner.private_key.public_key(),
                "serial": serial,
                "window": (owner.leaf.not_before, owner.leaf.not_after),
                "path_len": None,
                "issuer": owner.chain[1],
                "signing_key": owner.private_keys[1],
                **changes,
            }
        )

    def screen(self, name: str, number: int, **changes: Any) -> Screen:
        owner = self.world.other if number % 2 else self.world.hall
        leaf = self.leaf(f"SM SPB MD.IMB-{number}", owner=owner, serial=1000 + number)
        return Screen(**{"name": name, "recipients": (Device((leaf,)),), **changes})

    def key_of(self, number: int) -> Any:
        return (self.world.other if number % 2 else self.world.hall).private_key

    def plan(
        self,
        lists: list[FacilityList] | None = None,
        *,
        begin: str = "2027-05-02 09:00",
        end: str = "2027-05-06 23:59:59",
        zone: Any = None,
        now: datetime | None = None,
        dkdm: Dkdm | None = None,
        **order: Any,
    ) -> Plan:
        world = self.world
        now = now or world.now
        source = (
            partial(prepare_from_dkdm, dkdm)
            if dkdm
            else partial(prepare_kdms, cpl=world.facts, keyring=world.keyring)
        )
        order = {"signer": world.lab.signer, "now": now, **order}
        return plan_batch(
            self.lists if lists is None else lists,
            prepare=lambda first, last: source(not_before=first, not_after=last, **order),
            window=read_window(begin, end, now=now),
            zone=zone,
        )


@pytest.fixture(scope="session")
def town(world: Any) -> Town:
    bare = Town(world)
    return Town(
        world,
        (
            Facility(
                id="urn:x-facilityID:example.com:BJ-1",
                name="北京影城",
                screens=(bare.screen("1号厅", 1), bare.screen("2号厅", 2), bare.screen("10号厅", 3)),
                time_zone="Asia/Shanghai",
                emails=("kdm@beijing.example.com",),
                country="CN",
            ),
            Facility(
                id="urn:x-facilityID:example.com:2",
                name="Rex, Göttingen",
                screens=(bare.screen("Saal 1", 4), bare.screen("Saal 2", 5)),
                time_zone="Europe/Berlin",
            ),
            Facility(
                id="3",
                name="Odeon",
                screens=(bare.screen("A", 6),),
                time_zone="-03:30",
                emails=("a@example.com", "x@example.com\r\nBcc: y@example.com", "no address"),
            ),
        ),
    )
