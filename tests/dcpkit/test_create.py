"""`dcpkit create` before and beside the making: the check, the job it writes, the look ahead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scenes import NOW, Scene

Run = Callable[..., tuple[int, str, str]]


def film(scene: Scene) -> Path:
    return scene.root / "clip.mkv"


def said(scene: Scene, dcpkit: Run, *words: object) -> tuple[int, str, str]:
    return dcpkit("create", film(scene), "--title", "T", "--picture-rate", 24, "--now", NOW, *words)


def test_a_check_tells_everything_and_leaves_nothing(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, out, err = said(scene, dcpkit, "--check")
    assert (code, err) == (0, "") and not any(tmp_path.iterdir())
    assert "room needed while it is made" in out and "time needed here: less than a minute" in out
    lines = out.splitlines()
    advice = [number for number, line in enumerate(lines) if line.startswith("advice: ")]
    assert advice and all(lines[number + 1].startswith("  what to do: ") for number in advice)
    code, out, _ = said(scene, dcpkit, "--check", "--json", "--lang", "zh")
    plan = json.loads(out)
    assert plan["schema"] == "dcpkit.plan/1" and plan["seconds_about"] > 0 and plan["bytes_at_most"] > 0
    assert {each["id"].partition(".")[0] for each in plan["advice"]} == {"advice"}
    assert all(each["remedy"] for each in plan["advice"])
    code, out, _ = said(scene, dcpkit, "--check", "--lang", "zh")
    assert code == 0 and "处理方法：" in out and "在本机所需时间：不到一分钟" in out


def test_strict_has_advice_answer_no(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = said(scene, dcpkit, "--check", "--strict")
    assert code == 1 and "advice: " in out
    code, _, err = said(scene, dcpkit, "--strict")
    assert code == 2 and "--check" in err


def test_advice_stands_above_the_work_as_well(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, out, err = said(scene, dcpkit, "--trim", "0-3", "-o", tmp_path / "DCP")
    assert code == 0 and "advice: " in err and "  what to do: " in err and "Mbit/s on average" in out


def test_a_job_is_written_taken_and_overridden(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    job = tmp_path / "t.toml"
    code, out, _ = said(scene, dcpkit, "--kind", "TST", "--container", "scope", "--write-job", job)
    assert code == 0 and 'container = "scope"' in job.read_text("utf-8")
    code, out, _ = dcpkit("create", "--job", job, "--check", "--json", "--now", NOW)
    first = json.loads(out)
    assert code == 0 and first["compositions"][0]["kind"] == "test"
    code, out, _ = dcpkit("create", "--job", job, "--kind", "TLR", "--check", "--json", "--now", NOW)
    assert json.loads(out)["compositions"][0]["kind"] == "trailer"


@pytest.mark.extra("create")
def test_a_look_at_it_before(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    code, out, err = said(scene, dcpkit, "--preview", tmp_path / "look.png")
    assert code == 0 and "eight frames" in err and "reel 1" in out
    assert (tmp_path / "look.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["look.png"]


def test_encrypt_takes_the_kinds_behind_it_or_everything(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    for words, kinds in (
        (["--encrypt"], ["picture", "sound"]),
        (["--encrypt", "picture"], ["picture"]),
        (["--encrypt", "--check"], ["picture", "sound"]),
    ):
        code, out, _ = said(scene, dcpkit, *words, "--check", "--json")
        assert code == 0 and json.loads(out)["encrypt"] == kinds
    code, _, err = said(scene, dcpkit, "--encrypt", "-o", tmp_path / "DCP")
    assert code == 2 and "--signer" in err and not (tmp_path / "DCP").exists()


@pytest.mark.extra("create")
def test_what_is_coded_of_samples_is_decided_and_told(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    still = ("--trim", "0-3", "--json")
    code, out, _ = said(scene, dcpkit, *still, "-o", tmp_path / "fine")
    document = json.loads(out)
    (coded,) = document["coded"]
    assert code == 0 and document["coding"] == "fine" == coded["coding"]
    assert "plan.coding" in {each["id"] for each in document["decisions"]}
    assert coded["measured"] >= 1 and coded["largest_loss_db"] <= 0.25
    assert sum(coded["frames_by_bits"].values()) + coded["same_as_before"] == 3
    code, out, _ = said(scene, dcpkit, *still, "--coding", "exact", "-o", tmp_path / "exact")
    (coded,) = json.loads(out)["coded"]
    assert set(coded["frames_by_bits"]) == {"12"} and coded["largest_loss_db"] is None
    code, out, err = said(scene, dcpkit, "--trim", "0-3", "--coding", "exact", "--lang", "zh", "--check")
    assert code == 0 and "12 位全部编码" in out
    code, _, err = said(scene, dcpkit, "--coding", "finest", "--check")
    assert code == 2 and "exact, fine, fast" in err


def test_who_codes_is_known_or_refused_before_the_work(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    for name, words in (("gpus", "no executor 'gpus'"), ("dask:host", "no address of a scheduler")):
        code, _, err = said(scene, dcpkit, "-o", tmp_path / "DCP", "--executor", name)
        assert code == 2 and words in err and not (tmp_path / "DCP").exists()
