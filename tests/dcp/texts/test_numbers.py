"""Instants in sentences, and what the system says of files."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta, timezone

from dcp.texts.catalogue import fill
from dcp.texts.numbers import when
from dcp.texts.system import why

BEIJING = timezone(timedelta(hours=8))


def test_an_instant_for_people_in_china_is_beijing_time_with_utc_beside() -> None:
    instant = datetime(2027, 5, 2, 2, tzinfo=BEIJING)
    assert when(instant, "zh") == "北京时间 2027-05-02 02:00（UTC 2027-05-01 18:00）"
    assert when(instant.replace(second=59), "zh").startswith("北京时间 2027-05-02 02:00:59（")
    assert when(instant.astimezone(UTC), "zh") == "UTC 2027-05-01 18:00"
    elsewhere = instant.astimezone(timezone(timedelta(hours=-3, minutes=-30)))
    assert when(elsewhere, "zh") == "2027-05-01 14:30（-03:30，UTC 2027-05-01 18:00）"
    assert when(instant) == "2027-05-02T02:00:00+08:00 (2027-05-01 18:00:00 UTC)"


def test_an_instant_in_a_chinese_sentence_has_no_blanks_around_it() -> None:
    places = {"end": datetime(2027, 5, 2, 2, tzinfo=BEIJING), "start": datetime(2027, 5, 1, tzinfo=UTC)}
    assert (
        fill("已于 {end} 结束", places, "zh") == "已于北京时间 2027-05-02 02:00（UTC 2027-05-01 18:00）结束"
    )
    assert fill("{start} 至 {end}", places, "zh").startswith("UTC 2027-05-01 00:00 至北京时间 2027-05-02 ")


def test_what_the_system_refuses_is_said_in_both_languages() -> None:
    said = why(PermissionError(errno.EACCES, "Permission denied"))
    assert not isinstance(said, str) and (said.say(), said.say("zh")) == ("Permission denied", "没有权限")
    assert why(OSError(errno.EPROTO, "Protocol error")) == "Protocol error"
    assert why(ValueError("embedded null byte")) == "embedded null byte"
