"""Whatever is done to a package, verification ends with a report."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.verify.engine import verify_package

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
FILES = ("ASSETMAP.xml", "pkl.xml", "cpl.xml", "VOLINDEX.xml", "picture.mxf", "sound.mxf")

Damage = list[tuple[str, str, float, bytes]]

damages = st.lists(
    st.tuples(
        st.sampled_from(FILES),
        st.sampled_from(["overwrite", "delete", "insert", "cut"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=24),
    ),
    min_size=1,
    max_size=3,
)


def apply(root: Path, damage: Damage) -> None:
    for name, kind, where, data in damage:
        path = root / name
        content = bytearray(path.read_bytes())
        # half of the places lie in the first 20 kB, where the headers of a track file are
        span = len(content) if where < 0.5 else min(len(content), 20_000)
        at = int(where * span)
        if kind == "overwrite":
            content[at : at + len(data)] = data
        elif kind == "delete":
            del content[at : at + len(data)]
        elif kind == "insert":
            content[at:at] = data
        else:
            del content[at:]
        path.write_bytes(content)


def check(made: Any, folder: Path, damage: Damage) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made.root, folder)
    apply(folder, damage)
    report = verify_package(folder, now=NOW, keyring=made.keyring, workers=1)
    assert report.verdict in ("pass", "fail")
    report.document(tool="t", version="1")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(damages)
def test_random_damage_ends_in_a_report(make: Callable[..., Any], tmp_path: Path, damage: Damage) -> None:
    source = tmp_path / "dcp"
    made = MADE.get(tmp_path) or make(encrypt=True)
    MADE[tmp_path] = made
    assert source.is_dir()
    check(made, tmp_path / "copy", damage)


@pytest.mark.soak
@settings(
    max_examples=2500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(damages)
def test_much_random_damage_ends_in_a_report(
    make: Callable[..., Any], tmp_path: Path, damage: Damage
) -> None:
    made = MADE.get(tmp_path) or make(encrypt=True)
    MADE[tmp_path] = made
    check(made, tmp_path / "copy", damage)


MADE: dict[Path, Any] = {}
"""The one sound package of a test, copied for each example."""
