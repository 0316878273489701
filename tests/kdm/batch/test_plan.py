"""From facility lists to jobs: zones, device lists, and what is left out with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcp.errors import CertificateError, KeyMissingError, UsageError
from dcp.secrets.keys import Keyring
from dcp.trust.deny import DenyList, deny_certificates
from kdm.batch import plan as planning
from kdm.dkdm import open_dkdm
from kdm.facility.values import Device, Facility, FacilityList, Screen


def windows(plan: Any) -> dict[str, tuple[str, str]]:
    return {
        job.cinema.name: (job.issuer.template.not_valid_before_text, job.issuer.template.not_valid_after_text)
        for job in plan.jobs
    }


def why(plan: Any) -> list[tuple[str, str, str]]:
    return [(left.cinema, left.screen, left.why) for left in plan.left_out]


def test_local_times_are_those_of_each_cinema(town: Any) -> None:
    plan = town.plan()
    assert len(plan.jobs) == 6 and plan.left_out == ()
    assert windows(plan) == {
        "北京影城": ("2027-05-02T09:00:00+08:00", "2027-05-06T23:59:59+08:00"),
        "Rex, Göttingen": ("2027-05-02T09:00:00+02:00", "2027-05-06T23:59:59+02:00"),
        "Odeon": ("2027-05-02T09:00:00-03:30", "2027-05-06T23:59:59-03:30"),
    }


def test_one_zone_or_an_offset_holds_for_all(town: Any) -> None:
    for plan in (
        town.plan(zone=ZoneInfo("Asia/Shanghai")),
        town.plan(begin="2027-05-02T09:00+08:00", end="2027-05-06T23:59:59+08:00"),
    ):
        assert set(windows(plan).values()) == {("2027-05-02T09:00:00+08:00", "2027-05-06T23:59:59+08:00")}
        assert len({id(job.issuer) for job in plan.jobs}) == 1


def test_a_cinema_without_a_zone_is_left_out_where_a_zone_is_needed(town: Any) -> None:
    lists = [FacilityList((*town.cinemas[:2], replace(town.cinemas[2], time_zone=None)))]
    plan = town.plan(lists)
    assert len(plan.jobs) == 5
    ((cinema, screen, reason),) = why(plan)
    assert (cinema, screen) == ("Odeon", "A") and "time zone" in reason
    assert "--tz" in plan.left_out[0].remedy
    assert len(town.plan(lists, begin="2027-05-02T09:00Z", end="+5d").jobs) == 6
    assert len(town.plan(lists, begin="now", end="+5d").jobs) == 6


def test_a_zone_that_nobody_knows_leaves_its_cinema_out(town: Any) -> None:
    lists = [FacilityList((*town.cinemas[:2], replace(town.cinemas[2], time_zone="Mars/Olympus")))]
    plan = town.plan(lists)
    assert len(plan.jobs) == 5 and "no time zone" in plan.left_out[0].why


@pytest.mark.parametrize(
    ("name", "attached", "listed"),
    [
        ("dci-any", 2, None),
        ("dci-specific", 0, ["own"]),
        ("dci-specific", 1, ["projector"]),
        ("dci-specific", 2, ["projector", "bare"]),
        ("multiple-modified-transitional-1", 0, None),
        ("multiple-modified-transitional-1", 1, ["own", "projector"]),
        ("multiple-modified-transitional-1", 2, ["projector", "bare"]),
    ],
)
def test_the_device_list_is_the_screens_own(
    town: Any, name: str, attached: int, listed: list[str] | None
) -> None:
    """The media block joins where less is attached than the formulation needs."""
    world = town.world
    known = {"projector": world.projector.leaf.thumbprint(), "bare": bytes(range(20))}
    screen = town.screen(
        "1",
        1,
        devices=(Device((world.projector.leaf,), kind="PR"),) if attached else (),
        bare_thumbprints=(known["bare"],) if attached == 2 else (),
    )
    known["own"] = screen.recipients[0].leaf.thumbprint()
    lists = [FacilityList((Facility("1", "Rex", (screen,), "UTC"),))]
    plan = town.plan(lists, formulation=name, device_list=None if name != "dci-any" else ())
    if listed is None and name != "dci-any":
        assert plan.jobs == () and "2 or more devices in its list, 1 given" in plan.left_out[0].why
        return
    (job,) = plan.jobs
    if listed is not None:
        assert job.devices == tuple(known[one] for one in listed)


BAD = [
    ("expired", lambda t: t.leaf("SM.Old", window=(
        t.world.now - timedelta(days=9), t.world.now)), "validity"),
    ("ends inside", lambda t: t.leaf("SM.X", window=(
        t.world.hall.leaf.not_before, t.world.now + timedelta(days=3))), "validity"),
    ("an authority", lambda t: t.world.hall.chain[1], "an authority"),
    ("a root", lambda t: t.world.hall.chain[2], "an authority"),
    ("a content signer", lambda t: t.leaf("CS.Lab"), "content signer"),
    ("a projector", lambda t: t.leaf("PR SPB.P"), "role PR SPB"),
    ("no role", lambda t: t.leaf("Server"), "no role"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_one_bad_certificate_is_left_out_with_its_reason(town: Any, make: Any, words: str) -> None:
    bad = Screen("B", (Device((make(town),)),))
    lists = [
        FacilityList((*town.cinemas[:2], replace(town.cinemas[2], screens=(*town.cinemas[2].screens, bad))))
    ]
    plan = town.plan(lists)
    assert len(plan.jobs) == 6
    ((cinema, screen, reason),) = why(plan)
    assert (cinema, screen) == ("Odeon", "B") and words in reason
    assert plan.left_out[0].device and plan.left_out[0].remedy


def test_a_certificate_that_only_claims_its_authorities_gets_no_keys(town: Any) -> None:
    hall, thief = town.world.hall, town.world.other
    forged = town.leaf("SM.Hall-1", signing_key=thief.private_keys[1])  # under the hall's authority by name
    screens = (
        Screen("forged", (Device((forged, *hall.chain[1:])),)),
        Screen("vouched", (Device((town.leaf("SM.Hall-1"), *hall.chain[1:])),)),
    )
    plan = town.plan([FacilityList((Facility("1", "Rex", screens, "UTC"),))])
    assert [job.screen for job in plan.jobs] == ["vouched"]
    assert "not signed by the authority" in why(plan)[0][2]


@pytest.mark.parametrize(
    ("denied", "formulation", "out"),
    [
        ("recipient", "modified-transitional-1", True),
        ("its authority", "modified-transitional-1", True),
        ("its root", "modified-transitional-1", True),
        ("projector", "dci-specific", True),
        ("projector's key", "dci-specific", True),
        ("projector's authority", "dci-specific", True),
        ("bare", "dci-specific", True),
        ("projector", "modified-transitional-1", False),  # it is not in the message
        ("nobody", "dci-specific", False),
    ],
)
def test_a_screen_with_a_denied_device_or_authority_is_left_out(
    town: Any, denied: str, formulation: str, out: bool
) -> None:
    world = town.world
    hall, projector, spare = world.hall, world.projector, world.other
    lists = {
        "recipient": deny_certificates([hall.leaf]),
        "its authority": DenyList(keys=frozenset([hall.chain[1].public_key_thumbprint()])),
        "its root": deny_certificates([hall.chain[2]]),
        "projector": replace(deny_certificates([projector.leaf]), keys=frozenset()),
        "projector's key": DenyList(keys=frozenset([projector.leaf.public_key_thumbprint()])),
        "projector's authority": deny_certificates([projector.chain[1]]),
        "bare": replace(deny_certificates([spare.leaf]), keys=frozenset()),
        "nobody": deny_certificates(world.lab.chain[:0]),
    }
    screen = Screen(
        "1",
        (Device(tuple(hall.chain)),),
        devices=(Device(tuple(projector.chain), kind="PR"),),
        bare_thumbprints=(spare.leaf.thumbprint(),),
    )
    good = town.screen("2", 1, bare_thumbprints=(bytes(range(20)),))
    plan = town.plan(
        [FacilityList((Facility("1", "Rex", (screen, good), "UTC"),))],
        formulation=formulation,
        device_list=None,
        revoked=lists[denied],
    )
    assert [job.screen for job in plan.jobs] == (["2"] if out else ["1", "2"])
    assert ["deny list" in left.why for left in plan.left_out] == ([True] if out else [])


def test_no_two_cinemas_share_a_folder(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "cinema_digest", lambda id: "0" * 16 if id in ("3", "4") else id)
    second = Facility("4", "Tivoli", (town.screen("1", 8), town.screen("2", 9)), "UTC")
    plan = town.plan([FacilityList((*town.cinemas, second))])
    assert {job.cinema.id for job in plan.jobs} == {cinema.id for cinema in town.cinemas}
    assert [(cinema, screen) for cinema, screen, _ in why(plan)] == [("Tivoli", "1"), ("Tivoli", "2")]
    assert "the folder of another cinema, Odeon" in plan.left_out[0].why and plan.left_out[0].remedy


def test_what_a_list_could_not_tell_stands_among_what_was_left_out(town: Any) -> None:
    odd = Facility(
        "9",
        "Odd",
        (town.screen("1", 7, problems=("the second certificate is damaged",)), Screen("2")),
        "UTC",
        problems=("two cinemas in one",),
    )
    plan = town.plan([FacilityList((odd,), problems=("file x.pem is no certificate",))])
    assert [job.screen for job in plan.jobs] == ["1"]
    assert why(plan) == [
        ("", "", "file x.pem is no certificate"),
        ("Odd", "", "two cinemas in one"),
        ("Odd", "1", "the second certificate is damaged"),
        ("Odd", "2", "the list names no media block in use for this screen"),
    ]
    assert {left.order for left in plan.left_out} == {plan.order}


def test_a_media_block_listed_twice_in_a_cinema_gets_one_message(town: Any) -> None:
    twice = replace(town.screen("other name", 6))
    lists = [FacilityList((replace(town.cinemas[2], screens=(*town.cinemas[2].screens, twice)),))]
    assert [job.screen for job in town.plan(lists).jobs] == ["A"]


def test_an_order_that_is_wrong_in_itself_is_refused_as_a_whole(town: Any) -> None:
    world = town.world
    with pytest.raises(UsageError, match="before it begins"):
        town.plan(end="2027-05-01 09:00")
    with pytest.raises(UsageError, match="is over"):
        town.plan(begin="2027-04-02 09:00", end="2027-04-20 09:00")
    with pytest.raises(CertificateError, match="signer's certificate"):
        town.plan(end="2067-05-01 09:00")
    with pytest.raises(UsageError, match="name no screen"):
        town.plan([FacilityList((), problems=("nothing here",))])
    with pytest.raises(KeyMissingError):
        town.plan(keyring=Keyring(world.keyring.keys[1:]))


def test_the_order_is_named_by_what_it_is(town: Any) -> None:
    one = town.plan()
    assert one.order == town.plan(now=town.world.now + timedelta(hours=1)).order
    assert one.order.startswith("Titel-Sohne_FTR_20270502_20270506_mt1_")
    others = {
        town.plan(end="2027-05-07 09:00").order,
        town.plan(formulation="dci-any").order,
        town.plan(forensic_flags=["picture"]).order,
        town.plan(cpl=replace(town.world.facts, content_title_text="again")).order,
        town.plan(signer=replace_signer(town)).order,
    }
    assert len(others | {one.order}) == 6


def replace_signer(town: Any) -> Any:
    """The lab under a certificate of another number."""
    from dcp.trust.order import CertificateChain
    from dcp.trust.signer import Signer

    lab = town.world.lab
    leaf = town.leaf("CS.Lab", owner=lab, serial=5)
    return Signer(chain=CertificateChain((leaf, *lab.chain[1:])), private_key=lab.private_key)


def test_the_same_screens_are_the_same_jobs_on_another_day(town: Any) -> None:
    first, again = town.plan(), town.plan(now=town.world.now + timedelta(hours=1))
    assert [job.id for job in first.jobs] == [job.id for job in again.jobs]
    assert len({job.id for job in first.jobs}) == 6


# --- out of a DKDM -----


def opened(town: Any, **order: Any) -> Any:
    world = town.world
    data = world.order(**order).issue(world.lab.leaf).data
    return open_dkdm(data, private_key=world.lab.private_key, recipient=world.lab.leaf, now=world.now)


def test_a_dkdm_is_issued_to_all_screens_with_its_rights(town: Any) -> None:
    plan = town.plan(dkdm=opened(town, forensic_flags=["picture"]))
    assert len(plan.jobs) == 6
    assert plan.sample.template.forensic_mark_flag_list[0].endswith("picture-disable")


def test_a_window_beyond_the_dkdm_in_some_zone_leaves_out_that_zone(town: Any) -> None:
    """The DKDM ends on 8 May, 12:00 UTC: past noon in Berlin, not yet in Newfoundland."""
    plan = town.plan(dkdm=opened(town), end="2027-05-08 12:00")
    assert {job.cinema.name for job in plan.jobs} == {"北京影城", "Rex, Göttingen"}
    assert "not inside that of the DKDM" in why(plan)[0][2]
    with pytest.raises(UsageError, match="not inside that of the DKDM"):
        town.plan(dkdm=opened(town), end="2027-05-09 12:00")


def test_screens_with_other_devices_than_the_dkdm_names_are_left_out(town: Any) -> None:
    projector = Device((town.world.projector.leaf,))
    lists = [
        FacilityList(
            (Facility("1", "Rex", (town.screen("1", 1, devices=(projector,)), town.screen("2", 2)), "UTC"),)
        )
    ]
    dkdm = opened(town, formulation="dci-specific", device_list=[town.world.projector.leaf])
    plan = town.plan(lists, dkdm=dkdm, formulation="dci-specific", device_list=None)
    assert [job.screen for job in plan.jobs] == ["1"]
    assert "trusts certain devices only" in why(plan)[0][2]
    with pytest.raises(UsageError, match="trusts certain devices only"):
        town.plan(lists, dkdm=dkdm)
