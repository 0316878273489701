"""Flags that several commands share: times, zones, ids."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from click.testing import CliRunner

from dcp.errors import UsageError
from dcpkit.main import invoke
from dcpkit.options import clock_and_zone, composition_id, instant, time_zone

SHANGHAI, PARIS = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Paris")
NINE = datetime(2027, 5, 1, 1, tzinfo=UTC)


def test_a_time_needs_an_offset_or_a_zone() -> None:
    assert instant("2027-05-01T09:00:00+08:00", flag="--from") == NINE
    assert instant("2027-05-01 09:00", zone=SHANGHAI, flag="--from") == NINE
    assert instant(" 2027-05-01 9:00 ", zone=SHANGHAI, flag="--from") == NINE
    with pytest.raises(UsageError, match="does not say in which time zone") as caught:
        instant("2027-05-01 09:00", flag="--from")
    assert "+00:00" in str(caught.value)
    with pytest.raises(UsageError, match="at which hour") as caught:
        instant("2027-05-01", zone=SHANGHAI, flag="--until")
    assert "T23:59:59" in str(caught.value)
    with pytest.raises(UsageError, match="--now: 'tomorrow' is no time") as caught:
        instant("tomorrow", flag="--now")
    assert str(caught.value.remedy) == "write it as 2027-05-01T09:00:00+08:00"  # neither now nor +14d


def test_hours_that_the_clock_change_skips_or_repeats_are_refused() -> None:
    with pytest.raises(UsageError, match="does not exist in Europe/Paris"):
        instant("2027-03-28 02:30", zone=PARIS, flag="--from")
    with pytest.raises(UsageError, match="comes twice"):
        instant("2027-10-31 02:30", zone=PARIS, flag="--from")


def test_a_zone_is_a_name_or_an_offset() -> None:
    assert time_zone(None) is None
    assert time_zone("Asia/Shanghai") == SHANGHAI
    zone = time_zone("+08:00")
    assert zone is not None and zone.utcoffset(None) == timedelta(hours=8)
    with pytest.raises(UsageError, match="--tz: 'Mars/Base' is no time zone") as caught:
        time_zone("Mars/Base")
    assert "+08:00" in str(caught.value.remedy)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "+08:00", "UTC+8"])
def test_now_is_read_in_the_zone_as_every_other_time(zone: str) -> None:
    seen: dict[str, Any] = {}

    @click.command()
    @clock_and_zone
    def command(now: datetime, tz: object) -> None:
        seen.update(now=now, tz=tz)

    done = CliRunner().invoke(command, ["--now", "2027-05-01 09:00", "--tz", zone])
    assert done.exit_code == 0, done.output
    assert seen["now"] == NINE
    assert seen["tz"] == time_zone(zone)


@pytest.mark.parametrize("flag", ["--cpl", "--cpl-id"])
def test_what_is_no_id_is_said_of_its_own_flag(flag: str) -> None:
    own = uuid.uuid4()
    assert composition_id(f"urn:uuid:{own}", flag=flag) == composition_id(str(own), flag=flag) == own
    assert composition_id(None, flag=flag) is None
    with pytest.raises(UsageError, match=f"^{flag}: 'x' is no UUID"):
        composition_id("x", flag=flag)


def test_a_zone_that_is_none_stops_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["kdm", "calendar", ".", "--tz", "Mars/Base", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["what"] == "--tz: 'Mars/Base' is no time zone"
