"""Verdicts first and in colour, on a terminal or when asked; never in documents; names steer nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from scenes import NOW, Scene

Run = Callable[..., tuple[int, str, str]]
LATER = "2030-01-01T00:00:00Z"


def kdm_verify(scene: Scene, *more: object) -> list[object]:
    return ["kdm", "verify", scene.kdm, "--key", scene.key, *more]


def test_the_verdict_comes_first_and_what_holds_is_folded(scene: Scene, dcpkit: Run) -> None:
    lines = dcpkit(*kdm_verify(scene, "--now", NOW))[1].splitlines()
    assert lines[0] == "accept" and lines[-1].startswith("accept: every step")
    assert not any(line.startswith("pass") for line in lines) and " steps passed: -v lists them" in lines[-2]
    told = dcpkit(*kdm_verify(scene, "--now", NOW, "-v"))[1].splitlines()
    assert sum(line.startswith("pass    ") for line in told) == int(lines[-2].split()[0])
    assert dcpkit(*kdm_verify(scene, "--now", LATER))[1].startswith(
        "refuse: KDM-002: the window ended 2027-05-15"
    )
    chain = scene.root / "studio" / "chain.pem"
    assert dcpkit("cert", "verify", chain, "--now", NOW)[1].startswith("accept\n")


@pytest.mark.parametrize("flag", [["--color", "always"], ["--color=always"]])
def test_colours_when_asked(flag: list[str], scene: Scene, dcpkit: Run) -> None:
    out = dcpkit(*kdm_verify(scene, "--now", LATER, *flag))[1]
    assert (
        re.match(r"\x1b\[1;31mrefuse: KDM-002: the window ended [^\n\x1b]+\x1b\[0m\n", out)
        and "\x1b[1;31mfail   \x1b[0m KDM-002" in out
    )
    assert "\x1b[1;32m" in dcpkit(*flag, *kdm_verify(scene, "--now", NOW))[1]  # before the verb too
    found = dcpkit("verify", scene.package, "--no-picture", "--no-hashes", *flag)[1]
    assert found.startswith("\x1b[1;32m")


def test_none_otherwise(scene: Scene, dcpkit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in dcpkit(*kdm_verify(scene, "--now", LATER))[1]  # no terminal
    assert json.loads(dcpkit(*kdm_verify(scene, "--now", LATER, "--json", "--color", "always"))[1])
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "\x1b" in dcpkit(*kdm_verify(scene, "--now", LATER))[1]
    assert "\x1b" not in dcpkit(*kdm_verify(scene, "--now", LATER, "--color", "never"))[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in dcpkit(*kdm_verify(scene, "--now", LATER))[1]
    assert "\x1b" in dcpkit(*kdm_verify(scene, "--now", LATER, "--color", "always"))[1]
