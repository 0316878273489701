"""Profiles as files, rules chosen by flags, and what a report says of the rules that were left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from verified import Make, judge

from dcp.errors import UsageError
from dcp.verify.areas import AREAS, area_of, chosen
from dcp.verify.profiles import NAMES, Profile, profile_by_name
from dcp.verify.profiles.reading import MAX_BYTES
from dcp.verify.reports.text import text_lines
from dcp.verify.rule import RULES

TOP = 'schema = "dcpkit.profile/1"\ntitle = "Festival"\n'


def read(folder: Path, words: str) -> Profile:
    path = folder / "festival.toml"
    path.write_text(words, "utf-8")
    return profile_by_name(path)


class TestThoseOfTheProgram:
    @pytest.mark.parametrize("name", NAMES)
    def test_each_is_a_file_with_words_in_both_languages(self, name: str) -> None:
        profile = profile_by_name(name)
        assert profile.name == name
        for words in (profile.title, profile.description):
            assert words.zh and words.say("zh") != words.say("en")

    def test_each_weighs_by_its_measure(self) -> None:
        smpte, interop = profile_by_name("smpte"), profile_by_name("interop")
        assert smpte.weigh(RULES["PKG-007"]) == interop.weigh(RULES["PKG-007"]) == "error"
        assert smpte.weigh(RULES["MARK-010"]) == "error" and interop.weigh(RULES["MARK-010"]) is None
        assert smpte.weigh(RULES["MARK-001"]) is None
        delivery = profile_by_name("isdcf-delivery")
        assert delivery.weigh(RULES["REEL-003"]) == "warning"
        assert delivery.weigh(RULES["MARK-001"]) == "error"  # as bv21 has it

    @pytest.mark.parametrize(("standard", "refused_by"), [("smpte", "interop"), ("interop", "smpte")])
    def test_a_package_of_the_other_standard(self, make: Make, standard: str, refused_by: str) -> None:
        made = make(label_set=standard)
        for profile in ("field", "smpte", "interop"):
            found = "PKG-007" in {finding.id for finding in judge(made, profile=profile).errors}
            assert found == (profile == refused_by)

    def test_the_areas_are_those_of_the_rules(self) -> None:
        profile_by_name("field")
        assert {area_of(id) for id in RULES} | {"NAM", "QC"} == set(AREAS)


class TestFiles:
    def test_an_id_an_area_and_a_word(self, tmp_path: Path) -> None:
        words = TOP + '[severity]\nxml = "error"\nXML-004 = "off"\n"assetmap" = "info"\npic-008 = "warning"\n'
        profile = read(tmp_path, words)
        assert profile.name == "festival" and profile.title.say("zh") == "Festival"
        weights = {
            id: profile.weigh(RULES[id]) for id in ("XML-003", "XML-004", "AM-001", "PIC-008", "PIC-001")
        }
        assert weights == {
            "XML-003": "error",
            "XML-004": None,
            "AM-001": "info",
            "PIC-008": "warning",
            "PIC-001": "error",
        }

    def test_what_it_says_goes_before_what_it_builds_on(self, tmp_path: Path) -> None:
        words = TOP + 'extends = "smpte"\n[severity]\nMARK = "off"\n'
        assert read(tmp_path, words).weigh(RULES["MARK-010"]) is None
        assert read(tmp_path, words).standard == "smpte"
        bv21 = read(tmp_path, TOP + 'extends = "bv21"\n')
        assert bv21.weigh(RULES["MARK-001"]) == "error"

    def test_its_word_goes_before_a_findings_own_weight(self, tmp_path: Path) -> None:
        rule = RULES["AM-010"]
        assert profile_by_name("field").weigh_finding(rule, "info") == "info"
        raised = read(tmp_path, TOP + '[severity]\nAM-010 = "warning"\n')
        assert raised.weigh_finding(rule, "info") == "warning"
        assert raised.weigh_finding(RULES["AM-011"], "info") == "info"

    def test_both_languages_and_sources(self, tmp_path: Path) -> None:
        words = (
            'schema = "dcpkit.profile/1"\ntitle = { en = "One", zh = "一" }\ndescription = "It  is\\nlong"\n'
            '[[source]]\ntitle = "T"\nurl = "https://example.org/"\nread = 2026-01-15\n'
        )
        profile = read(tmp_path, words)
        assert [profile.title.say("en"), profile.title.say("zh")] == ["One", "一"]
        assert profile.description.say("zh") == "It is long"
        assert [(one.title, one.read) for one in profile.sources] == [("T", "2026-01-15")]

    @pytest.mark.parametrize(
        ("words", "id", "line"),
        [
            ("", "verify-profile.schema", None),
            ('schema = "dcpkit.job/1"', "verify-profile.schema", None),
            ('schema = "dcpkit.profile/1"', "verify-profile.no-title", None),
            ("title =", "verify-profile.no-toml", None),
            ("a." * 40 + "b = 1", "verify-profile.no-toml", None),
            (TOP + 'severty = "x"', "verify-profile.unknown", 3),
            (TOP + 'title.fr = "x"', "verify-profile.no-toml", None),
            (TOP + "title = 1", "verify-profile.no-toml", None),
            (TOP.replace('"Festival"', "1"), "verify-profile.wrong-value", 2),
            (TOP.replace("Festival", "a\\u202e"), "verify-profile.wrong-value", 2),
            (TOP.replace('"Festival"', '{ fr = "x" }'), "verify-profile.unknown", 2),
            (TOP.replace('"Festival"', '{ zh = "x" }'), "verify-profile.wrong-value", None),
            (TOP + 'extends = "cinema"', "verify.no-profile", 3),
            (TOP + 'extends = "../field"', "verify.no-profile", 3),
            (TOP + 'weights = "both"', "verify-profile.wrong-value", 3),
            (TOP + "standard = []", "verify-profile.wrong-value", 3),
            (TOP + "severity = 3", "verify-profile.wrong-value", 3),
            (TOP + '[severity]\nXML-099 = "off"', "verify-profile.no-rule", 4),
            (TOP + '[severity]\nXML = "fatal"', "verify-profile.wrong-value", 4),
            (TOP + "[severity]\nXML = [1]", "verify-profile.wrong-value", 4),
            (TOP + '[severity]\nXML = "off"\nxml = "off"', "verify-profile.twice", None),
            (TOP + "source = 3", "verify-profile.wrong-value", 3),
            (TOP + "source = [3]", "verify-profile.wrong-value", 3),
            (TOP + '[[source]]\nurl = "x"', "verify-profile.wrong-value", None),
            (TOP + '[[source]]\ntitle = "x"\nread = "2026"', "verify-profile.wrong-value", 5),
            (TOP + "#" * MAX_BYTES, "verify-profile.too-large", None),
        ],
    )
    def test_what_no_profile_says_is_refused_with_its_place(
        self, tmp_path: Path, words: str, id: str, line: int | None
    ) -> None:
        with pytest.raises(UsageError) as caught:
            read(tmp_path, words)
        error = caught.value
        assert error.id == id
        assert f"festival.toml{f': line {line}' if line else ''}" in (error.where or "")
        for language in ("en", "zh"):
            assert len(error.lines(language)) == 3  # what, where, what to do

    def test_what_is_written_alike_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError) as caught:
            read(tmp_path, TOP + '[severity]\ntimedtxt = "off"')
        assert "timedtext" in (caught.value.remedy or "")

    def test_no_file_and_no_text(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot read"):
            profile_by_name(tmp_path / "absent.toml")
        (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(UsageError) as caught:
            profile_by_name(str(tmp_path / "a.toml"))
        assert caught.value.id == "verify-profile.no-text"


class TestSelectedAndIgnored:
    def test_words_name_rules(self) -> None:
        profile_by_name("field")
        assert chosen(["XML,am-001", "volindex "], flag="--select") >= {"XML-001", "AM-001", "VOL-003"}
        with pytest.raises(UsageError) as caught:
            chosen(["XML-001,timedtxt"], flag="--select")
        assert caught.value.id == "verify.no-such-rule" and "timedtext" in (caught.value.remedy or "")

    def test_only_what_is_asked_for_is_found(self, make: Make) -> None:
        made = make()
        (made.root / "empty").touch()
        assert {"PKG-008", "PKG-011"} <= {finding.id for finding in judge(made).findings}
        assert {finding.id for finding in judge(made, select=["PKG-008"]).findings} == {"PKG-008"}
        assert "PKG-008" not in {finding.id for finding in judge(made, ignore=["pkg-008"]).findings}

    def test_what_was_left_out_is_said_and_no_pass_pretends(self, make: Make) -> None:
        made = make()
        report = judge(made, select=["sound", "XML"], ignore=["XML-004"])
        by = {item.id: item.by for item in report.left_out}
        assert by["XML-004"] == "ignore" and by["AM-001"] == "select" and "SND-001" not in by
        assert set(report.checked) | set(by) == set(RULES) and not set(report.checked) & set(by)
        document = report.document(tool="dcpkit", version="1")
        assert {"id": "XML-004", "by": "ignore"} in document["left_out"]  # type: ignore[operator]
        for language in ("en", "zh"):
            lines = list(text_lines(report, language))
            assert lines[0].startswith(("PASS, of the rules that were asked", "通过（仅限所要求的规则）"))
            assert any("--ignore" in line and "XML-004" in line for line in lines)
            told = list(text_lines(report, language, verbose=True))
            assert any(line.startswith("  AM-001  ") for line in told)

    def test_a_profile_leaves_out_aloud(self, make: Make) -> None:
        lines = list(text_lines(judge(make())))
        assert lines[0].startswith("PASS: ")
        said = next(line for line in lines if line.startswith("rules not asked: "))
        assert "by the profile (field)" in said and "without a KDM" in said
