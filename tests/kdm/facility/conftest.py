"""Fixtures of the tests of lists of cinemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

World = Any


@pytest.fixture
def table(world: World, tmp_path: Path) -> Any:
    """`table(text)` writes a table beside the certificates hall.pem, other.crt, chain.pem, projector.pem."""
    (tmp_path / "certs").mkdir()
    for name, content in (
        ("certs/hall.pem", world.hall.leaf.pem()),
        ("chain.pem", "".join(each.pem() for each in reversed(tuple(world.hall.chain)))),
        ("other.pem", world.other.leaf.pem()),
        ("projector.pem", world.projector.leaf.pem()),
        ("signer.pem", world.lab.leaf.pem()),
        ("root.pem", world.lab.chain[-1].pem()),
        ("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ):
        (tmp_path / name).write_text(content)
    (tmp_path / "other.crt").write_bytes(world.other.leaf.der)

    def write(text: str | bytes, name: str = "screens.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write
