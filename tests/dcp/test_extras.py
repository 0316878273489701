"""The extras: their modules, what is said of one that is absent, and that the core stands without them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from dcp import extras
from dcp.errors import UsageError
from dcp.extras import EXTRAS, MODULES, ExtraMissingError, installed, missing, need, present

ROOT = Path(__file__).parents[2]
CORE = ("dcp", "kdm", "dcpkit")
WITH_SAMPLES = (
    "dcp.text.foreign.model",
    "dcp.picture.band_weights",
    "dcp.picture.diffusion",
    "dcp.picture.interleaved",
    "dcp.picture.looks",
    "dcp.picture.openjpeg",
    "dcp.picture.packed",
    "dcp.picture.pass_loss",
    "dcp.picture.scaling",
    *(f"dcp.sound.{name}" for name in ("inspection", "peaks", "r128", "weighting")),
    *(
        f"dcp.picture.colour.{name}"
        for name in (
            "aces",
            "cube",
            "display",
            "display_file",
            "kernels",
            "light",
            "mixing",
            "output",
            "output_kernels",
            "video",
        )
    ),
)
"""Modules about samples or about a library, which only those import who have some."""

BLOCKED = """
import importlib, pkgutil, sys
absent = {absent!r}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
for room in {rooms!r}:
    for found in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if found.name not in {apart!r} and not found.name.endswith("__main__"):
            importlib.import_module(found.name)
"""


def required(table: dict[str, list[str]], extra: str) -> set[str]:
    """The packages of an extra in pyproject.toml, those of the extras in it too."""
    found: set[str] = set()
    for line in table[extra]:
        name = line.split(">")[0].split("=")[0].strip()
        if name.startswith("dcpkit["):
            found |= set().union(*(required(table, each) for each in name[7:-1].split(",")))
        else:
            found.add(name)
    return found


def test_the_table_is_that_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    table = project["optional-dependencies"]
    assert set(EXTRAS) < table.keys()
    for extra in EXTRAS:
        assert set(MODULES[extra].values()) == required(table, extra), extra
    assert required(table, "all") == set().union(*(MODULES[extra].values() for extra in EXTRAS))
    core = {line.split(">")[0] for line in project["dependencies"]}
    assert not core & required(table, "all")


@pytest.mark.extra("picture")
def test_the_modules_are_those_of_the_packages() -> None:
    known = packages_distributions()
    for extra in EXTRAS:
        for module, package in MODULES[extra].items():
            if present(module):
                assert package in [name.lower() for name in known[module]], module


def test_the_core_imports_nothing_of_the_extras() -> None:
    absent = {module for extra in EXTRAS for module in MODULES[extra]}
    code = BLOCKED.format(absent=absent, rooms=CORE, apart=WITH_SAMPLES)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_absent_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "present", lambda module: module not in ("cv2", "pkcs11"))
    with pytest.raises(ExtraMissingError) as caught:
        need("player")
    assert caught.value.what == "this needs opencv-python-headless, which is not installed here"
    assert caught.value.remedy == 'install it: pip install "dcpkit[player]"'
    assert 'pip install "dcpkit[player]"' in "".join(caught.value.lines("zh"))
    assert isinstance(caught.value, UsageError) and caught.value.exit_code == 2
    assert installed("hsm") == {"python-pkcs11": None}


def test_a_module_that_could_not_be_imported_is_told_by_its_extra() -> None:
    found = missing("numpy.typing")
    assert found is not None and found.remedy == 'install it: pip install "dcpkit[picture]"'
    assert missing("nobody.knows") is None
    assert not present("no_such_module_here.at.all")
