"""Fixtures for the tests of the command."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scenes import EARLIER, Scene, call, issue_kdm, sound_flags, write_clip


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    root = tmp_path_factory.mktemp("scene")
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
    return made


@pytest.fixture
def dcpkit(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`dcpkit("verb", ...)`: exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = call(*arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
