"""`dcpkit verify`: formats, rules that are chosen, profiles from files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from holding import DOCS, OURS, hold_json, hold_xml
from scenes import NOW, Scene

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--no-hashes", "--no-picture", "--now", NOW)


@pytest.fixture
def package(scene: Scene, tmp_path: Path) -> Path:
    """A right package, to be changed."""
    return shutil.copytree(scene.package, tmp_path / "package")


def make_wrong(package: Path) -> None:
    """One error, AM-003."""
    path = package / "ASSETMAP.xml"
    words = path.read_text("utf-8")
    assert "<VolumeCount>1<" in words
    path.write_text(words.replace("<VolumeCount>1<", "<VolumeCount>2<"), "utf-8")


@pytest.mark.parametrize("wrong", [False, True])
def test_every_format_answers_with_the_same_exit_code(
    package: Path, tmp_path: Path, dcpkit: Run, wrong: bool
) -> None:
    if wrong:
        make_wrong(package)
    code = 1 if wrong else 0
    found = {}
    for form in ("text", "json", "junit", "sarif", "github"):
        got, found[form], err = dcpkit("verify", package, *QUICK, "--format", form)
        assert got == code, (form, err)
    assert found["text"].startswith("FAIL" if wrong else "PASS")
    hold_json(json.loads(found["json"]), DOCS / "dcpkit.verify-1.json")
    assert found["json"] == dcpkit("verify", package, *QUICK, "--json")[1]
    assert len(hold_xml(found["junit"], OURS / "junit.xsd").findall(".//failure")) == code
    hold_json(json.loads(found["sarif"]), OURS / "sarif.json")
    assert any(line.startswith("::error ") for line in found["github"].splitlines()) == wrong


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "github"])
def test_several_packages_and_one_that_cannot_be_judged(
    package: Path, tmp_path: Path, dcpkit: Run, form: str
) -> None:
    code, out, err = dcpkit("verify", package, tmp_path / "gone", *QUICK, "--format", form)
    assert code == 2 and "gone" in err and "gone" in out
    if form == "json":
        hold_json(json.loads(out), DOCS / "dcpkit.verify-many-1.json")
    elif form == "junit":
        assert len(hold_xml(out, OURS / "junit.xsd").findall(".//error")) == 1
    elif form == "sarif":
        document = json.loads(out)
        hold_json(document, OURS / "sarif.json")
        assert [run["invocations"][0]["executionSuccessful"] for run in document["runs"]] == [True, False]


@pytest.mark.parametrize("form", ["text", "junit"])
def test_of_several_packages_each_has_its_page(
    package: Path, scene: Scene, tmp_path: Path, dcpkit: Run, form: str
) -> None:
    again = shutil.copytree(scene.package, tmp_path / "other" / "package")
    third = shutil.copytree(scene.package, tmp_path / "a b")
    named = tmp_path / "r.html"
    code, _, err = dcpkit("verify", package, again, third, *QUICK, "--report", named, "--format", form)
    assert code == 0, err
    assert {each.name for each in tmp_path.glob("*.html")} == {
        "r-package.html", "r-package-2.html", "r-a_b.html"
    }  # fmt: skip
    (tmp_path / "r-a_b.html").write_text("mine")
    code, _, err = dcpkit("verify", package, again, third, *QUICK, "--report", named, "--format", form)
    assert code == 2 and (tmp_path / "r-a_b.html").read_text() == "mine"


def test_json_is_a_format_and_one_at_a_time(package: Path, tmp_path: Path, dcpkit: Run) -> None:
    code, out, err = dcpkit("verify", package, *QUICK, "--json", "--format", "sarif")
    assert code == 2 and "--json" in err
    code, out, _ = dcpkit("verify", tmp_path / "gone", "--format", "json")
    assert code == 2 and json.loads(out)["error"]["where"].endswith("gone")
    code, out, _ = dcpkit("verify", package, "--format=json", "--profile", "cinema")
    assert code == 2 and json.loads(out)["error"]["id"] == "verify.no-profile"


def test_rules_are_chosen_and_the_rest_is_said(package: Path, dcpkit: Run) -> None:
    make_wrong(package)
    code, out, _ = dcpkit("verify", package, *QUICK, "--ignore", "AM-003,pkg-008", "--ignore", "XML")
    assert code == 0 and out.startswith("PASS, of the rules that were asked")
    assert "by --ignore (PKG-008, XML, AM-003)" in out
    code, out, _ = dcpkit("verify", package, *QUICK, "--select", "assetmap", "--json")
    found = json.loads(out)
    assert code == 1 and [one["id"] for one in found["findings"]] == ["AM-003"]
    assert {id[:3] for id in found["checked"]} == {"AM-"}
    code, _, err = dcpkit("verify", package, "--select", "PKG-0111")
    assert code == 2 and "--select names no rule" in err and "PKG-011" in err


def test_a_profile_of_a_festival(package: Path, tmp_path: Path, dcpkit: Run) -> None:
    profile = tmp_path / "festival.toml"
    profile.write_text(
        'schema = "dcpkit.profile/1"\ntitle = "Festival"\n[severity]\nvolindex = "off"\nPKG-010 = "error"\n'
    )
    (package / "empty").mkdir()
    code, out, _ = dcpkit("verify", package, *QUICK, "--profile", profile, "--json")
    found = json.loads(out)
    assert (code, found["profile"]) == (1, "festival")
    assert [one["id"] for one in found["findings"] if one["severity"] == "error"] == ["PKG-010"]
    assert {"id": "VOL-001", "by": "profile"} in found["left_out"]
    profile.write_text(profile.read_text().replace("PKG-010", "PKG-0100"))
    code, _, err = dcpkit("verify", package, "--profile", profile)
    assert code == 2 and "line 5" in err and "PKG-010" in err


def test_the_rules_are_listed(tmp_path: Path, dcpkit: Run) -> None:
    code, out, _ = dcpkit("rules", "--json")
    document = json.loads(out)
    hold_json(document, DOCS / "dcpkit.rules-1.json")
    assert code == 0 and len(document["rules"]) > 250
    code, out, _ = dcpkit("rules", "XML", "snd-010", "--profile", "field", "--profile", "smpte", "-v")
    assert code == 0 and "XML-003  warning error" in out and "listed as error: " in out
    assert "  SND-010  " in out and "asked with --decode" in out and "AM-001" not in out
    code, out, _ = dcpkit("rules", "XML", "--lang", "zh")
    assert code == 0 and "XML 文档" in out and "  XML-001  错误" in out
    code, _, err = dcpkit("rules", "XLM")
    assert code == 2 and "XML" in err


def test_every_rule_can_be_explained() -> None:
    from dcp.verify.rule import RULES
    from dcp.verify.rules.all import load_rules
    from dcpkit.explaining import explain

    load_rules()
    for id in RULES:
        told = explain(id)
        assert told.part("title", "en") and told.part("title", "zh"), id
        assert told.kind in ("rule", "step") and "verify" in told.said_by
