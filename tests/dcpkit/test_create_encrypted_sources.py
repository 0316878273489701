"""Sources that are encrypted: opened with their KDM, and not at all with a wrong one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import EARLIER, LATER, NOW, Scene, call, issue_kdm

import dcpkit as library
from dcp.mxf.reader import TrackFile, key_for
from dcp.secrets.keys import read_keys
from dcpkit.entrance import plan_package

Run = Callable[..., tuple[int, str, str]]


def codestreams(track: Path, keys: Path | None = None) -> list[bytes]:
    with TrackFile.open(track) as opened:
        key = key_for(opened, read_keys(keys) if keys is not None else None)
        return [bytes(unit.data) for unit in opened.units(0, 24, key=key, mic="if-present", strict=True)]


@pytest.mark.extra("create")
def test_a_package_is_made_anew_with_its_kdm(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, out, err = dcpkit(
        "create", scene.package, "-o", tmp_path / "DCP", "--title", "Anew_TST", *scene.opener(), "--json",
        "--preview", tmp_path / "sheet.png", "--encrypt", "--signer", scene.root / "studio",
        "--keys", tmp_path / "keys.json",
    )  # fmt: skip
    assert code == 0, err
    assert json.loads(out)["encrypted"] and (tmp_path / "sheet.png").exists()
    made = scene.track("picture", tmp_path / "DCP")
    assert codestreams(made, tmp_path / "keys.json") == codestreams(scene.track("picture"), scene.keys)
    assert {key.id for key in read_keys(tmp_path / "keys.json").keys}.isdisjoint(
        key.id for key in read_keys(scene.keys).keys
    )
    code, out, err = dcpkit(
        "verify", tmp_path / "DCP", "--keys", tmp_path / "keys.json", "--now", NOW, "--json"
    )
    assert code == 0, out


def test_the_entrance_takes_the_keys_of_sources(scene: Scene, tmp_path: Path) -> None:
    plan = plan_package(scene.track("picture"), title="Anew", source_keys=scene.keys)
    assert plan.frames == 24
    keys = library.read_keys(scene.keys)
    built = library.create(scene.track("picture"), tmp_path / "DCP", title="Anew", source_keys=keys)
    assert built.frames == 24 and built.keyring is None
    assert codestreams(scene.track("picture", built.root)) == codestreams(scene.track("picture"), scene.keys)


@pytest.fixture(params=["expired", "not begun", "wrong recipient", "broken signature", "no XML"])
def refused(request: pytest.FixtureRequest, scene: Scene, tmp_path: Path) -> tuple[str, list[object]]:
    """The step that refuses, and the flags with which it does."""
    kind = str(request.param)
    if kind == "expired":
        return "KDM-002", scene.opener(now=LATER)
    if kind == "not begun":
        return "KDM-003", scene.opener(now="2027-04-14T23:59:59+00:00")
    changed = tmp_path / "in" / "kdm.xml"
    changed.parent.mkdir()
    if kind == "wrong recipient":
        names = ["--organization", "O", "--unit", "U", "--role", "SM SPB", "--now", EARLIER]
        assert call("cert", "chain", "-o", tmp_path / "in" / "other", *names) == 0
        issue_kdm(scene, changed, recipient=tmp_path / "in" / "other" / "leaf.pem")
        return "KDM-106", scene.opener(changed)
    words = scene.kdm.read_text()
    if kind == "broken signature":
        changed.write_text(words.replace("2027-05-15T00:00:00", "2027-07-15T00:00:00"))
        return "KDM-101", scene.opener(changed)
    changed.write_text("this is no XML")
    return "KDM-001", scene.opener(changed)


def test_a_refused_kdm_is_1_and_nothing_is_left(
    refused: tuple[str, list[object]], scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
    step, flags = refused
    out = tmp_path / "out"
    arguments = ["create", scene.package, "-o", out / "DCP", "--title", "T", "--encrypt", "--signer",
                 scene.root / "studio", "--keys", tmp_path / "keys.json", "--write-job",
                 tmp_path / "job.toml", "--preview", tmp_path / "sheet.png", *flags]  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    for language, to_do in (("en", "what to do: "), ("zh", "处理方法：")):
        code, said, err = dcpkit(*arguments, "--lang", language)
        assert code == 1 and not said, err
        assert step in err and to_do in err
        assert sorted(tmp_path.rglob("*")) == before
    code, said, _ = dcpkit(*arguments[:-1], arguments[-1], "--check", "--json")
    assert code == 1 and json.loads(said)["error"]["remedy"]


def test_without_the_right_key_it_is_2(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    arguments = ["create", scene.package, "-o", tmp_path / "out" / "DCP", "--title", "T", "--now", NOW]
    for more, words in (
        ([], "--kdm"),
        (["--kdm", scene.kdm], "--key"),
        (["--key", scene.key], "--kdm"),
        (["--kdm", tmp_path / "absent.xml", "--key", scene.key], "absent.xml"),
        (["--kdm", scene.kdm, "--key", scene.root / "studio" / "leaf.key"], "KDM-106"),
    ):
        code, _, err = dcpkit(*arguments, *more)
        assert code in (1, 2) and words in err, err
        assert code == (1 if "studio" in str(more) else 2), err
        assert not any(tmp_path.iterdir())


def test_a_locked_source_is_not_told_to_take_the_packages_keys(tmp_path: Path, dcpkit: Run) -> None:
    from building import plan, signer
    from material import NOW, codestreams

    from dcp.create.build import build_package

    made = plan(codestreams(tmp_path / "film"), encrypt=True)
    build_package(made, tmp_path / "locked", signer=signer(), now=NOW)
    code, _, err = dcpkit("create", tmp_path / "locked", "--title", "T", "-o", tmp_path / "out")
    assert code == 2
    assert "--kdm" in err and "--keys" not in err
    assert "the source is encrypted: no content key" in err
