"""The list of rules, its tables, and the pages made from them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from faults import counted

from dcp.texts.catalogue import LANGUAGES
from dcp.verify import guide
from dcp.verify.areas import AREAS, area_of, title_of
from dcp.verify.depth import NEEDS, SPOKEN_FOR, needs
from dcp.verify.listing import TOOLS, choices, listed_rules, peer_codes
from dcp.verify.profiles import NAMES, profile_by_name
from dcp.verify.rule import RULES

DOCS = Path(__file__).parents[3] / "docs"


def test_every_rule_is_listed_by_area_with_its_weights() -> None:
    rules = listed_rules()
    assert {rule.id for rule in rules} == set(RULES)
    areas = [area_of(rule.id) for rule in rules]
    assert areas == sorted(areas, key=list(AREAS).index)
    for rule in rules:
        assert tuple(rule.severities) == NAMES
        assert rule.severities["field"] == rule.rule.severity


def test_one_profile_alone(tmp_path: Path) -> None:
    path = tmp_path / "festival.toml"
    path.write_text('schema = "dcpkit.profile/1"\ntitle = "F"\n[severity]\nXML = "off"\n')
    rules = {rule.id: rule for rule in listed_rules([profile_by_name(path)])}
    assert rules["XML-001"].severities == {"festival": None}
    assert rules["AM-001"].severities == {"festival": "error"}


def test_what_to_do_and_what_others_call_it() -> None:
    rules = {rule.id: rule for rule in listed_rules()}
    assert any("byte order mark" in remedy for remedy in rules["XML-003"].remedies())
    assert rules["AM-001"].codes["clairmeta"] == ("check_am_xml", "check_xml")
    assert rules["XML-001"].codes["dcp_inspect"] == ()  # in words alone


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_areas_have_names(language: str) -> None:
    assert all(title_of(area, language) for area in AREAS)  # type: ignore[arg-type]


def test_the_tables_name_what_there_is() -> None:
    profile_by_name("field")
    assert set(choices()) <= set(RULES)
    assert {tool for tool, _, _ in peer_codes()} == set(TOOLS)
    assert len(set(peer_codes())) == len(peer_codes())
    assert all(re.fullmatch(r"[A-Z0-9]+-\d{3}", id) for _, _, id in peer_codes())
    assert set(NEEDS) | set(SPOKEN_FOR) | set(SPOKEN_FOR.values()) <= {*AREAS, *RULES}
    for id, rule in RULES.items():  # those that say so themselves
        for depth in ("decode", "thorough"):
            assert f"--{depth}" not in rule.title() or needs(id) == depth, id


def test_each_weight_that_differs_from_the_fields_list_has_a_reason(standards: Path) -> None:
    """And no reason is given where nothing differs."""
    rows = csv.DictReader((standards / "checks.tsv").read_text("utf-8").splitlines(), delimiter="\t")
    listed = {row["id"]: row["severity"] for row in rows}
    differ = {}
    for id, rule in RULES.items():
        word = listed.get(id)
        same = {"hint": "info", "bv21": None}.get(word, word) if word is not None else rule.severity
        if same != rule.severity:
            differ[id] = word
    assert {id: choice.listed for id, choice in choices().items()} == differ


def test_the_pages_in_docs_are_what_the_tables_make() -> None:
    for name, words in guide.pages().items():
        assert (DOCS / name).read_text("utf-8") == words, f"{name}: `make docs` writes it again"


def test_the_example_of_the_page_is_a_profile(tmp_path: Path) -> None:
    page = guide.pages()["profiles.md"]
    block = re.search(r"((?:    .*\n|\n)+)", page[page.index('    schema = "dcpkit.profile/1"') :])
    assert block is not None
    path = tmp_path / "festival.toml"
    path.write_text(re.sub(r"(?m)^    ", "", block[1]), "utf-8")
    profile = profile_by_name(path)
    assert profile.weigh(RULES["NAM-001"]) == "error" and profile.weigh(RULES["NAM-005"]) is None
    assert profile.sources[0].read == "2027-01-15"


def test_every_rule_has_a_fault_and_the_page_counts_them() -> None:
    assert not counted.untried()
    page = (DOCS / "seeded-faults.md").read_text("utf-8")
    assert page == counted.page(), "seeded-faults.md: `make docs` writes it again"
