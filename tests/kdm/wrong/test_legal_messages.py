"""Unusual legal KDMs, all accepted, with the warnings that the field lives with and no others."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forgery.kdm.tables import EVERY_LEGAL, LEGAL, WRONG
from forgery.messages import InAscii, Legal, judge, made


@pytest.mark.parametrize("row", EVERY_LEGAL, ids=[row.name for row in EVERY_LEGAL])
def test_what_is_unusual_and_legal_is_accepted(row: Legal, world: Any) -> None:
    report = judge(world, made(world, row), **row.check(world))
    told = [f"{step.id} {step.result}: {step.message}" for step in report.steps if step.result != "pass"]
    assert report.verdict == "accept", told
    assert {step.id for step in report.steps if step.result == "warn"} == set(row.warns), told
    assert report.message is not None and report.keyring is not None
    assert {key.id for key in report.keyring.keys} == {key for _, _, key in report.message.keys}
    values = {key.value() for key in world.keyring.keys}
    assert {key.value() for key in report.keyring.keys} <= values


@pytest.mark.parametrize("row", LEGAL["XML"], ids=[row.name for row in LEGAL["XML"]])
def test_what_is_legal_in_ascii_is_accepted(row: Legal, world: Any) -> None:
    report = judge(world, made(InAscii(world), row), cpl=None)
    assert report.verdict == "accept", [step for step in report.steps if step.result == "fail"]


def invalid(xmllint: str, xsd: Path, files: dict[str, Path]) -> set[str]:
    """The names of those that another reader of schemas refuses."""
    words = [xmllint, "--noout", "--nonet", "--huge", "--catalogs", "--schema", "SMPTE-430-1-2006-KDM.xsd"]
    done = subprocess.run(
        [*words, *map(str, files.values())],
        capture_output=True,
        text=True,
        cwd=xsd,
        env={**os.environ, "XML_CATALOG_FILES": str(xsd / "catalog.xml")},
        check=False,
    )
    told = done.stderr.splitlines()
    assert len([line for line in told if line.endswith(" validates")]) > 0, done.stderr[-500:]
    good = {line.removesuffix(" validates") for line in told if line.endswith(" validates")}
    return {name for name, path in files.items() if str(path) not in good}


@pytest.mark.oracle
def test_the_schemas_say_so_too(
    world: Any, tmp_path: Path, standards: Path, oracle: Callable[[str], str]
) -> None:
    files = {}
    for place, row in enumerate(EVERY_LEGAL):
        files[row.name] = tmp_path / f"{place}.xml"
        files[row.name].write_bytes(made(world, row))
    assert not invalid(oracle("xmllint"), standards / "xsd", files)


BEYOND_THE_SCHEMAS = {
    "no KDMRequiredExtensions": "a KDM without any is a security message of another kind",
    "an issue date without its offset": "sheet 6.1: with zone",
    "an issue date in the year 10000": "the calendar of this reader ends before",
}


@pytest.mark.oracle
def test_the_schemas_refuse_what_the_reader_refuses_by_them(
    world: Any, tmp_path: Path, standards: Path, oracle: Callable[[str], str]
) -> None:
    files = {"good": tmp_path / "good.xml"}
    files["good"].write_bytes(world.forge())
    rows = [row for name in ("elements", "types") for row in WRONG[name]]
    for place, row in enumerate(rows):
        files[row.name] = tmp_path / f"{place}.xml"
        files[row.name].write_bytes(made(world, row))
    valid = set(files) - invalid(oracle("xmllint"), standards / "xsd", files)
    assert valid == {"good", *BEYOND_THE_SCHEMAS}
