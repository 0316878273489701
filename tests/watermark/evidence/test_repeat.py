"""Two laboratories' numbers: the same, nearly the same, others."""

from __future__ import annotations

from typing import Any

import pytest

from watermark.evidence.repeat import repeated

STATED: dict[str, Any] = {
    "found": True,
    "payload": {"location": 1, "time_index": 2, "time_utc": None},
    "mode": "informed",
    "false_positive_probability": 1e-40,
    "scores": {"location": 15.0, "time": 14.0},
    "segments": [{"start_frame": 0, "location_score": 7.5}],
}


def changed(**more: Any) -> dict[str, Any]:
    return {**STATED, **more}


@pytest.mark.parametrize(
    ("again", "result", "id"),
    [
        (STATED, "pass", "evidence.repeat-same"),
        (changed(new_field=1), "pass", "evidence.repeat-same"),
        (changed(scores={"location": 15.0 + 1e-12, "time": 14.0}), "pass", "evidence.repeat-same"),
        (
            changed(scores={"location": 15.01, "time": 14.0}, false_positive_probability=1.2e-40),
            "warn",
            "evidence.repeat-near",
        ),
        (changed(scores={"location": 15.2, "time": 14.0}), "fail", "evidence.repeat-differs"),
        (changed(false_positive_probability=1e-12), "fail", "evidence.repeat-differs"),
        (changed(false_positive_probability=None), "fail", "evidence.repeat-differs"),
        (changed(segments=[]), "warn", "evidence.repeat-near"),
        (changed(found=False, payload=None), "fail", "evidence.repeat-other"),
    ],
)
def test_numbers_are_compared(again: dict[str, Any], result: str, id: str) -> None:
    check = repeated(STATED, again)[0]
    assert (check.result, getattr(check.said, "id", "")) == (result, id)
    assert check.said.say("zh")
