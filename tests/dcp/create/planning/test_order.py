"""The order of a plan's lines: what is otherwise than in the source comes first."""

from __future__ import annotations

from pathlib import Path

from dcp.create.planning import order
from dcp.create.planning.telling import in_file
from dcp.texts.catalogue import known, text


def test_what_is_changed_is_told_before_what_is_assumed_and_what_stays() -> None:
    film = Path("film.mov")
    stays = in_file(film, text("plan.colour-tagged", what=["limited range"]))
    assumed = in_file(film, text("plan.colour-assumed", what=["Rec.709 primaries"]))
    turned = in_file(film, text("plan.turned", degrees=90))
    padded = text("plan.sound-padded", seconds=1.0)
    limit = text("plan.limit-told", bytes=1, mbps=100)
    found = order.in_order([limit, stays, assumed, turned, stays, padded])
    assert found == (turned, padded, assumed, stays, limit)


def test_groups_name_texts_that_there_are_each_in_one() -> None:
    names = [id for group in order._GROUPS for id in group]
    assert len(names) == len(set(names)) and all(known(id) for id in names)
