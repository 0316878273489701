"""`dcpkit pattern` and `play --check`, by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from player.patterns import registry

Run = Callable[..., tuple[int, str, str]]


def test_the_list(dcpkit: Run) -> None:
    code, out, _ = dcpkit("pattern", "list", "--json")
    told = json.loads(out)
    assert code == 0 and [each["name"] for each in told] == list(registry.NAMES)
    assert all(each["title"] for each in told)
    assert "聚焦" in dcpkit("pattern", "list", "--lang", "zh")[1]


def test_made_verified_played_judged(dcpkit: Run, tmp_path: Path) -> None:
    signer = tmp_path / "signer"
    assert dcpkit("cert", "chain", "-o", signer, "--organization", "o", "--unit", "u", "--role", "CS")[0] == 0
    keys = tmp_path / "keys"
    made = dcpkit(
        "pattern",
        "make",
        "framing",
        "-o",
        tmp_path / "p",
        "--keys",
        keys,
        "--signer",
        signer,
        "--json",
        "--quiet",
    )
    assert made[0] == 0, made
    (told,) = json.loads(made[1])["patterns"]
    assert told["name"] == "framing"
    code, out, _ = dcpkit("verify", tmp_path / "p", "--keys", keys, "--json", "--quiet")
    assert code == 0 and not [each for each in json.loads(out)["findings"] if each["severity"] != "info"]
    code, out, _ = dcpkit("play", tmp_path / "p", "--keys", keys, "--check", "--json", "--quiet")
    found = json.loads(out)
    assert (code, found["schema"], found["verdict"], found["pattern"]) == (
        0,
        "dcpkit.check/1",
        "pass",
        "framing",
    )
    assert [each["id"] for each in found["measures"]] == ["geometry.misplaced"]
    assert "PASS: framing" in dcpkit("play", tmp_path / "p", "--keys", keys, "--check", "--quiet")[1]
    # of half the size the border is no longer where it was drawn
    code, out, _ = dcpkit("play", tmp_path / "p", "--keys", keys, "--check", "--reduce", "1", "--quiet")
    assert code == 1 and "FAIL: framing" in out


@pytest.mark.parametrize(
    ("words", "id"),
    [
        (("make", "nothing", "-o", "x"), "pattern.unknown"),
        (("make", "-o", "x"), "pattern.names-or-set"),
        (("make", "sync", "--set", "projection", "-o", "x"), "pattern.names-or-set"),
        (("make", "--set", "cinema", "-o", "x"), "pattern.no-set"),
        (("make", "sync", "focus", "--keys", "k", "-o", "x"), "pattern.keys-of-several"),
        (("make", "sync", "--keys", "k", "-o", "x"), "create.no-signer"),
    ],
)
def test_wrong_words(words: tuple[str, ...], id: str, dcpkit: Run, tmp_path: Path) -> None:
    words = tuple(str(tmp_path / word) if word in ("x", "k") else word for word in words)
    code, out, _ = dcpkit("pattern", *words, "--json")
    assert (code, json.loads(out)["error"]["id"]) == (2, id)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_pattern_is_not_judged(dcpkit: Run, tmp_path: Path) -> None:
    from tests.player.conftest import make_package

    make_package(tmp_path / "film", lengths=(2,), encrypted=())
    code, out, _ = dcpkit("play", tmp_path / "film", "--check", "--json")
    assert (code, json.loads(out)["error"]["id"]) == (2, "pattern.no-pattern")
    code, out, _ = dcpkit("play", tmp_path / "film", "--check", "--output", "y4m:x", "--json")
    assert (code, json.loads(out)["error"]["id"]) == (2, "play.check-has-outputs")
