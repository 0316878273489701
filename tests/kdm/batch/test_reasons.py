"""What a cinema is told of a screen that has no KDM: the reasons are those that issuing really gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import CertificateError, UsageError
from dcp.texts.catalogue import Text, entries, known
from dcp.trust.deny import deny_certificates
from kdm.batch import reasons
from kdm.batch.reasons import reason
from kdm.facility.screens import read_screens
from kdm.facility.values import Device, FacilityList, Screen
from kdm.phrases import Listed, fault_of, phrase

NOW = datetime(2027, 5, 1, tzinfo=UTC)


def refused(town: Any, case: str, tmp_path: Path) -> str:
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
    elif case in ("cell", "unreadable"):
        (tmp_path / "odd.pem").write_bytes(b"odd")
        table = tmp_path / "screens.csv"
        table.write_text(
            f"cinema,screen,time_zone,certificate\nRex,A,UTC,{'' if case == 'cell' else 'odd.pem'}\n", "utf-8"
        )
        (cinema,) = read_screens(table).facilities
        (screen,) = cinema.screens
    elif case == "forged":
        screen = Screen("A", (Device((leaf, world.lab.chain[1])),))
    else:
        screen, cinema = Screen("A", (Device((leaf,)),)), replace(cinema, time_zone=None)
    good = replace(town.cinemas[1])
    plan = town.plan([FacilityList((good, replace(cinema, screens=(screen,))))], **order)
    (left,) = [left for left in plan.left_out if left.cinema_id == cinema.id]
    return left.why


@pytest.mark.parametrize(
    ("case", "english", "chinese"),
    [
        ("none", "we have no certificate of its media block", "没有该厅媒体模块"),
        ("denied", "list of devices that get no KDM", "吊销名单"),
        ("expired", "not valid for the whole time", "有效期"),
        ("projector", "not that of a media block", "不是媒体模块"),
        ("authority", "not that of a media block", "不是媒体模块"),
        ("forged", "not genuine", "未通过证书颁发机构（CA）的验证"),
        ("cell", "we have no certificate of its media block", "没有该厅媒体模块"),
        ("unreadable", "the certificate that we have cannot be read", "无法读取"),
        ("zone", "do not know your time zone", "时区"),
    ],
)
def test_the_cinema_is_told_what_to_send(
    town: Any, case: str, english: str, chinese: str, tmp_path: Path
) -> None:
    why = refused(town, case, tmp_path)
    assert english in reason(why, "en") and chinese in reason(why, "zh")
    assert why not in reason(why, "en")


def test_a_reason_without_words_of_its_own_is_quoted() -> None:
    assert reason("odd", "en").endswith("(odd)") and reason("odd", "zh").endswith("（odd）")


def test_a_reason_is_known_by_its_id_and_not_by_its_words() -> None:
    """Inside another sentence too, in a list, in an error; the signer's validity is its own matter."""
    empty = phrase("table.at-cell", line=3, column="certificate", what=Text("table.certificate-empty"))
    assert "no certificate" in reason(empty, "en")
    listed = phrase("place.colon", place="a", what=Listed([fault_of(UsageError("batch.no-zone"))]))
    assert "time zone" in reason(listed, "en")
    wrapped = phrase("batch.no-parcel", why=CertificateError("batch.unvouched", authority="A"))
    assert "not genuine" in reason(wrapped, "en")
    assert reason(str(empty), "en").startswith("what we have of it cannot be used")
    places = {"what": "window-begin", "instant": NOW, "begin": NOW, "end": NOW}
    assert "please ask us" in reason(phrase("signer.outside-validity", **places), "en")


def test_what_the_cinema_is_told_names_texts_that_there_are() -> None:
    for told, marks in reasons._TOLD.items():
        assert known(told)
        for mark in marks:
            assert known(mark) or (mark.endswith(".") and any(id.startswith(mark) for id in entries("en"))), (
                mark
            )
