"""What tests of the page share: a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Chromium, browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One for all tests of a file, with WebGL2 and sound."""
    with browser(webgl=True) as running:
        yield running
