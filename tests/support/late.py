"""A library that is dear to import, imported by the first test that asks for it."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import pytest


@cache
def colour() -> Any:
    """colour-science, half of whose seconds go to plots. Without it the test that asks is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses libraries that it does without here
        return pytest.importorskip("colour", reason="colour-science is not installed")
