"""What is dear to make and only read: made by the first process of a run that needs it, taken by all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

MOST = 600.0
"""Seconds that a process waits for another one which makes it."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` that `make` has filled, one for all processes of a run. Nobody changes what is in it.

    A process that failed over it leaves it to the next one, which tells the fault as its own.
    """
    base = factory.getbasetemp()
    if not base.name.startswith("popen-"):  # no process of pytest-xdist: nobody to share with
        folder = factory.mktemp(name)
        make(folder)
        return folder
    shared = base.parent / f"shared-{name}"
    whole, ours = shared / "whole", shared / "being-made"
    shared.mkdir(exist_ok=True)
    until = time.monotonic() + MOST
    while not whole.exists():
        try:
            ours.mkdir()
        except FileExistsError:
            assert time.monotonic() < until, f"{name} is still not made"
            time.sleep(0.1)
            continue
        try:
            folder = factory.mktemp(name)
            make(folder)
            (shared / "at").write_text(str(folder), "utf-8")
            whole.touch()
        finally:
            ours.rmdir()
    return Path((shared / "at").read_text("utf-8"))
