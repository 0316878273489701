"""A frame with very many sounds is judged in the time that it takes to read it."""

from __future__ import annotations

import time

from dcp.auxdata.contents import Bed, Contents, check_contents

COUNT = 30_000


def test_many_channels_of_many_sounds() -> None:
    bed = Bed(1, ((0, COUNT),) * COUNT)
    found = Contents((bed,), (), tuple(range(1, COUNT + 1)))
    begun = time.monotonic()
    check_contents(found, COUNT)
    assert time.monotonic() - begun < 3
