"""`--quality` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.extra("player")


@pytest.mark.parametrize("asked", ["fast", "29", "61", "", "42dB", "nan"])
def test_nonsense_is_refused_before_anything_is_opened(
    asked: str, dcpkit: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, err = dcpkit("play", "nowhere", "--quality", asked, "--json")
    assert code == 2 and "30 to 60" in err
    assert json.loads(out)["error"]["id"] == "play.no-quality"
    code, _, err = dcpkit("--lang", "zh", "play", "nowhere", "--quality", asked)
    assert code == 2 and "画质" in err
