"""`dcpkit explain` and `dcpkit completion`: what an id means, and what a shell may complete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from dcp.texts.catalogue import LANGUAGES, entries
from dcpkit.explaining import all_ids, areas, explain, matching
from dcpkit.main import COMMANDS

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_is_explained(language: str) -> None:
    """With all its parts, and no place of a template left as the code has it."""
    for id in all_ids():
        found = explain(id)
        lines = list(found.lines(language))  # type: ignore[arg-type]
        assert lines[0].startswith(id) and len(lines) >= 2
        assert not any(re.search(r"\{\w", line) for line in lines), id
        said = "\n".join(lines)
        assert list(matching(id)) == [id]
        assert ("remedy" in entries("en").get(id, {})) <= (
            {"en": "what to do: ", "zh": "处理方法："}[language] in said
        )
        for part in entries(language).get(id, {}):  # type: ignore[arg-type]
            assert (found.part(part, language) or "") in said, (id, part)  # type: ignore[arg-type]


def test_a_rule_says_how_much_it_weighs_and_what_it_finds(dcpkit: Run) -> None:
    code, out, _ = dcpkit("explain", "am-010")
    lines = out.splitlines()
    assert code == 0 and lines[0] == "AM-010  Every file of the asset map is there"
    assert lines[1] == "  a rule of package verification, error, ST 429-9 7.1"
    assert "  AM-010.missing" in lines and lines[-1] == "  said by: dcpkit verify"
    chinese = dcpkit("explain", "AM-010", "--lang", "zh")[1].splitlines()
    assert "错误，ST 429-9 7.1" in chinese[1] and "处理方法：" in "".join(chinese)


def test_a_refusal_or_a_cause_is_found_by_its_name_and_says_what_servers_show(dcpkit: Run) -> None:
    out = dcpkit("explain", "window-ended", "--json")[1]
    (entry,) = json.loads(out)["entries"]
    assert entry["id"] == "refusal.window-ended" and entry["steps"] == ["KDM-002"]
    assert entry["codes"][0]["words"] == "Expired KDMs"
    assert "dcpkit kdm verify" in entry["said_by"] and set(entry["remedy"]) == {"en", "zh"}
    assert "Expired KDMs" in dcpkit("explain", "expired")[1]


def test_an_area_lists_what_is_in_it(dcpkit: Run) -> None:
    code, out, _ = dcpkit("explain", "AM")
    assert code == 0 and [line[:6] for line in out.splitlines()[:2]] == ["AM-001", "AM-002"]
    assert matching("am") == matching("AM") and len(matching("AM")) == areas()["AM"]
    assert {id[:4] for id in matching("KDM")} == {"KDM-"} and {id[:4] for id in matching("kdm")} == {"kdm."}
    assert set(matching("Kdm")) == {*matching("KDM"), *matching("kdm")}
    assert dcpkit("explain", "kdm")[1].splitlines()[-1] == "KDM is another area"
    assert "usage.no-such-option" in matching("usage")
    assert "refusal" in dcpkit("explain")[1]


def test_every_area_lists_its_own_and_nothing_else() -> None:
    """But for a refusal or a cause of the area's name, which is meant as well and comes first."""
    listed = {area: matching(area) for area in areas()}
    for area, ids in listed.items():
        own = [id for id in ids if id not in (f"refusal.{area}", f"cause.{area}")]
        assert len(own) == areas()[area] and len(ids) - len(own) <= 1, area
        assert all(re.match(rf"{area}(\.|-\d+$)", id) for id in own), area
    assert listed["dkdm"][0] == "cause.dkdm" and "file-kind.pdf" not in listed["file"]


def test_what_there_is_not_is_refused_with_what_may_be_meant(dcpkit: Run) -> None:
    code, _, err = dcpkit("explain", "AM-0100")
    assert code == 2 and "nothing is called 'AM-0100'" in err and "AM-010" in err.splitlines()[1]
    assert dcpkit("explain", "")[0] == dcpkit("explain", "zzzz")[0] == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str, dcpkit: Run) -> None:
    code, out, err = dcpkit("completion", shell)
    assert (code, err) == (0, "") and "_DCPKIT_COMPLETE" in out and "dcpkit" in out


def test_a_shell_is_told_what_could_follow() -> None:
    def told(words: str, place: int) -> list[str]:
        environment = {"COMP_WORDS": words, "COMP_CWORD": str(place), "_DCPKIT_COMPLETE": "bash_complete"}
        done = subprocess.run(
            [sys.executable, "-m", "dcpkit"],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert set(told("dcpkit ", 1)) == set(COMMANDS)
    assert told("dcpkit kdm cov", 2) == ["coverage"]
    assert "--lang" in told("dcpkit verify --l", 2)
    told("dcpkit nosuch ", 2)


def test_without_a_word_the_help_is_shown() -> None:
    done = subprocess.run([sys.executable, "-m", "dcpkit"], capture_output=True, text=True)
    assert done.returncode == 2 and "Usage: dcpkit" in done.stderr and "Traceback" not in done.stderr
