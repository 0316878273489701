"""Fixtures for the tests of the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_once import made_once
from scenes import EARLIER, Scene, call, issue_kdm, sound_flags, write_clip
from screen_tables import ROWS, table
from tokens import Tokens

from dcp.trust.making import NewChain


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(made_once(tmp_path_factory, "scene", make_scene))


def make_scene(root: Path) -> None:
    made = Scene(root)
    clip = write_clip(root / "clip.mkv")
    for name, unit, role in (("studio", "Mastering", "CS"), ("cinema", "Screen 3", "SM SPB MD FM")):
        assert (
            call("cert", "chain", "-o", root / name, "--organization", name, "--unit", unit, "--role", role,
                 "--now", EARLIER) == 0
        )  # fmt: skip
    assert (
        call("create", clip, "-o", made.package, "--title", "Test_TST_F_EN", "--kind", "test",
             "--picture-rate", 24, "--encrypt", "--keys", made.keys, "--signer", root / "studio",
             "--now", EARLIER, "--quiet", *sound_flags(root)) == 0
    )  # fmt: skip
    issue_kdm(made, made.kdm)


@pytest.fixture
def dcpkit(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`dcpkit("verb", ...)`: exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = call(*arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def screens(tmp_path: Path, device_chain: NewChain) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    return table(folder, device_chain, ROWS)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another screen: the folder of its certificates."""
    folder = tmp_path_factory.mktemp("hall") / "hall"
    names = ["--organization", "cinema", "--unit", "Screen 4", "--role", "SM", "--now", EARLIER]
    assert call("cert", "chain", "-o", folder, *names) == 0
    return folder


@pytest.fixture
def recipient(tokens: Tokens, tmp_path: Path) -> Path:
    """The certificate of the device whose key is in the cinema's token."""
    path = tmp_path / "device.pem"
    path.write_text("".join(one.pem() for one in tokens.device.chain))
    return path
