"""What a cinema is told of a screen that has no KDM: the reasons are those that issuing really gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dcp.trust.deny import deny_certificates
from kdm.batch.reasons import reason
from kdm.facility.values import Device, FacilityList, Screen


def refused(town: Any, case: str) -> str:
    """Why the plan leaves the one screen of a cinema out."""
    world = town.world
    leaf = town.leaf("SM SPB MD.IMB-1")
    order: dict[str, Any] = {}
    cinema = town.cinemas[0]
    if case == "none":
        screen = Screen("A")
    elif case == "denied":
        screen, order = Screen("A", (Device((leaf,)),)), {"revoked": deny_certificates([leaf])}
    elif case == "expired":
        window = (world.hall.leaf.not_before, world.now + timedelta(days=1))
        screen = Screen("A", (Device((town.leaf("SM SPB MD.IMB-1", window=window),)),))
    elif case == "projector":
        screen = Screen("A", (Device((town.leaf("PR.P-1"),)),))
    elif case == "authority":
        screen = Screen("A", (Device((world.hall.chain[1],)),))
    elif case == "forged":
        screen = Screen("A", (Device((leaf, world.lab.chain[1])),))
    else:
        screen, cinema = Screen("A", (Device((leaf,)),)), replace(cinema, time_zone=None)
    good = replace(town.cinemas[1])
    plan = town.plan([FacilityList((good, replace(cinema, screens=(screen,))))], **order)
    (left,) = [left for left in plan.left_out if left.cinema_id == cinema.id]
    return str(left.why)


@pytest.mark.parametrize(
    ("case", "english", "chinese"),
    [
        ("none", "we have no certificate of its media block", "没有该厅媒体模块"),
        ("denied", "list of devices that get no KDM", "吊销名单"),
        ("expired", "not valid for the whole time", "有效期"),
        ("projector", "not that of a media block", "不是媒体模块"),
        ("authority", "not that of a media block", "不是媒体模块"),
        ("forged", "not genuine", "未通过证书颁发机构（CA）的验证"),
        ("zone", "do not know your time zone", "时区"),
    ],
)
def test_the_cinema_is_told_what_to_send(town: Any, case: str, english: str, chinese: str) -> None:
    why = refused(town, case)
    assert english in reason(why, "en") and chinese in reason(why, "zh")
    assert why not in reason(why, "en")


def test_a_reason_without_words_of_its_own_is_quoted() -> None:
    assert reason("odd", "en").endswith("(odd)") and reason("odd", "zh").endswith("（odd）")
