"""Every rule over documents and headers: one thing wrong, and the rule that says so.

The table of what is wrong lies by area in `tests/support/wrong_packages/`.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from faults.rows import all_faults
from wrong_packages import composition, documents, media, names, text, tracks
from wrong_packages.edits import Change, drop, stereo, with_key
from wrong_packages.world import World

from dcp.documents.namespaces import Standard
from dcp.secrets.keys import ContentKey, Keyring
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Finding
from dcp.verify.profiles import profile_by_name
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()

CASES = [*documents.CASES, *composition.CASES, *media.CASES, *text.CASES, *tracks.CASES, *names.CASES]
ALWAYS = {"IMM-004", "IMM-011"}
"""What a package with immersive sound says even when all is well, and what this one's sound draws: it has no
channel with the sync signal."""


def found(facts: PackageFacts) -> dict[str, list[Hit]]:
    """What every rule over the whole package says."""
    said: dict[str, list[Hit]] = {}
    for rule in RULES.values():
        for outcome in rule.package(facts) if rule.package is not None else ():
            if isinstance(outcome, Hit):
                said.setdefault(outcome.rule or rule.id, []).append(outcome)
    return said


@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_a_package_that_is_right_draws_no_finding(tmp_path: Path, standard: Standard) -> None:
    world = World(standard=standard)
    if standard == "interop":
        world.reels(lambda a: replace(a, screen_aspect_ratio="1.85") if a.screen_aspect_ratio else a)
        for kind in ("MainSubtitle", "AuxData", "CompositionMetadataAsset"):
            drop(world, kind)
        for each in world.headers:
            world.head(each, label_set="interop")
    assert set(found(world.facts(tmp_path / "dcp"))) - ALWAYS - {"PKG-007"} == set()


@pytest.mark.parametrize(("rule", "change"), CASES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(CASES)])
def test_one_thing_wrong(tmp_path: Path, rule: str, change: Change) -> None:
    world = World()
    change(world)
    if rule == "AM-018":
        world.edit["ASSETMAP.xml"] = lambda data: data.replace(b"<Id>urn:uuid:", b"<Id>urn:", 1)
    said = found(world.facts(tmp_path / "dcp"))
    assert rule in said, sorted(said)
    for hit in said[rule]:
        finding = Finding(rule, "error", hit.said, file=hit.file, at=hit.place, to_do=hit.remedy)
        assert finding.message and not finding.message.endswith(".")
        assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", finding.say("zh"))
        assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", finding.say_place("zh") or "")


def test_a_key_at_hand_is_counted(tmp_path: Path) -> None:
    world = World()
    with_key(world)
    world.keyring = Keyring((ContentKey(id=uuid.UUID(int=77), type="MDIK", value=bytes(16)),))
    (hit,) = found(world.facts(tmp_path / "dcp"))["ENC-003"]
    assert "needs 1 key, 1 at hand" in hit.message


@pytest.mark.parametrize("rate", [96, 100, 120])
def test_a_rate_of_direct_view_is_an_information(tmp_path: Path, rate: int) -> None:
    world = World()
    world.asset("MainPicture", frame_rate=Fraction(rate), edit_rate=Fraction(rate))
    hits = found(world.facts(tmp_path / "dcp"))["PIC-001"]
    assert {hit.severity for hit in hits} == {"info"}
    assert len(hits) == 2


@pytest.mark.parametrize("rate", [24, 48, 60])
def test_frames_of_both_eyes_are_no_rate_of_their_own(tmp_path: Path, rate: int) -> None:
    world = World()
    stereo(world)
    world.asset("MainStereoscopicPicture", frame_rate=Fraction(2 * rate), edit_rate=Fraction(rate))
    assert not {"PIC-001", "PIC-007"} & found(world.facts(tmp_path / "dcp")).keys()


@pytest.mark.parametrize(("rate", "named"), [(23, {"PIC-001"}), (60, {"META-009"}), (24, set())])
def test_a_wrong_frame_rate_is_said_once(tmp_path: Path, rate: int, named: set[str]) -> None:
    world = World()
    world.asset("MainPicture", frame_rate=Fraction(rate))
    rules = {"PIC-001", "PIC-007", "META-009"}
    assert rules & found(world.facts(tmp_path / "dcp")).keys() == named
    eyes = World()
    stereo(eyes, frame_rate=Fraction(rate))
    assert rules & found(eyes.facts(tmp_path / "eyes")).keys() == {"PIC-007"}


def test_48_pairs_a_second_are_more_than_rdd_52_has(tmp_path: Path) -> None:
    world = World()
    stereo(world)
    world.asset("MainStereoscopicPicture", frame_rate=Fraction(96), edit_rate=Fraction(48))
    assert "PIC-002" in found(world.facts(tmp_path / "dcp"))
    world = World()
    world.asset("MainPicture", frame_rate=Fraction(48), edit_rate=Fraction(48))
    assert "PIC-002" not in found(world.facts(tmp_path / "two"))


def test_without_hashes_nothing_is_said_about_them(tmp_path: Path) -> None:
    world = World(hashes=False)
    world.touch = lambda root: (root / "picture1.mxf").write_bytes(b"other but as long")
    assert "PKL-005" not in found(world.facts(tmp_path / "dcp"))


class TestTable:
    def test_ids_and_meanings(self, standards: Path) -> None:
        rows = [line.split("\t") for line in (standards / "checks.tsv").read_text().splitlines()[1:]]
        known = {row[0]: row for row in rows}
        for new in set(RULES) - set(known):
            area, _, number = new.partition("-")
            taken = [int(id.partition("-")[2]) for id in known if id.startswith(f"{area}-")]
            assert int(number) > max(each for each in taken if each < 100), new
        assert len(RULES) >= 150
        added = {row[0] for row in rows if row[4:8] == ["n"] * 4}  # rows that the table took from here
        for rule in RULES.values():
            title = rule.title()
            assert title and not title.endswith(".")
            assert rule.title("zh") != title
            if rule.id.split("-")[0] not in ("SIG", "CER", "KDM"):  # steps of a checklist, named as such
                assert not title[0].islower()
            assert rule.id not in known or rule.id in added or title != known[rule.id][2]

    def test_every_rule_over_packages_has_a_case(self) -> None:
        tested = {rule for rule, _ in CASES} | {row.rule for row in all_faults()} | ALWAYS
        elsewhere = {
            "PKG-005",
            "PKG-013",
            "VF-001",
            "VF-002",
            "CPL-016",
            "CPL-022",
            "SIG-001",
            "REEL-016",
            "TT-044",
            "PKL-014",
            "J2K-004",
            "PKG-104",  # needs two runs: test_cache.py
        }
        elsewhere |= {f"MXF-{number:03}" for number in range(5, 100)}  # of bytes of files: rows_mxf
        assert {rule.id for rule in RULES.values() if rule.package is not None} - tested <= elsewhere

    def test_profiles_weigh_every_rule(self) -> None:
        field, bv21 = profile_by_name("field"), profile_by_name("bv21")
        for rule in RULES.values():
            assert bv21.weigh(rule) is not None
            if rule.bv21 is None:
                assert field.weigh(rule) == bv21.weigh(rule)
