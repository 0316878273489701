"""Good packages of every kind (`faults.bases`), made once, for those who make others from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from faults.bases import BASES, Base


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Base]:
    """`base("smpte")`: one of `faults.bases`; nobody changes its files."""
    made: dict[str, Base] = {}

    def one(name: str) -> Base:
        if name not in made:
            made[name] = BASES[name](tmp_path_factory.mktemp("base") / name)
        return made[name]

    return one
