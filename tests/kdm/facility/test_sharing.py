"""A device that the lists put into two cinemas is told of once, with all that stand in the same ones."""

from __future__ import annotations

from typing import Any

from kdm.facility.report import check_findings, facilities_lines
from kdm.facility.sharing import shared_devices
from kdm.facility.values import Device, Facility, FacilityList, Screen


def listing(world: Any, *cinemas: str, name: str | None = None) -> FacilityList:
    hall, projector = (Device(tuple(each.chain)) for each in (world.hall, world.projector))
    screens = (Screen("1", recipients=(hall,), devices=(projector,)),)
    return FacilityList(tuple(Facility(id, name or f"Cinema {id}", screens) for id in cinemas))


def test_devices_of_the_same_cinemas_are_one_line(world: Any) -> None:
    (told,) = shared_devices(listing(world, "1", "2"))
    hall, projector = world.hall.leaf.label, world.projector.leaf.label
    for label in (hall, projector):
        assert label.partition(".")[2] in told
    assert "listed in several cinemas (Cinema 1, Cinema 2)" in told
    assert "同时列在多家影院（Cinema 1、Cinema 2）" in told.say("zh")


def test_cinemas_of_one_name_are_told_apart_by_their_ids(world: Any) -> None:
    (told,) = shared_devices(listing(world, "1", "2", name="Rex"))
    assert "(Rex (1), Rex (2))" in told


def test_the_check_warns_of_it_and_refuses_nothing(world: Any) -> None:
    found = listing(world, "1", "2")
    findings = check_findings(found, ())
    assert [(each.severity, each.cinema) for each in findings] == [("warning", None)]
    lines = list(facilities_lines(found, findings=findings, language="zh"))
    assert lines[0].startswith("警告") and lines[-1] == "2 家影院，2 个影厅：可以据此签发"
    assert not check_findings(listing(world, "1"), ())
