"""The tables of refusals: what the code names is there and filled, in both languages, and nothing else is."""

from __future__ import annotations

import ast
import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

import kdm
from dcp.texts.catalogue import LANGUAGES, Text, entries, fill, places_of, say
from dcp.trust import judging, refusals
from dcp.trust.refusals import RULES, Finding
from dcp.trust.signature import STEPS
from dcp.trust.step import Step, holds
from kdm import guide
from kdm.checklist import CHECKLIST, UNREADABLE, check_kdm
from kdm.refusals import GROUPS, REFUSALS, finding, text, title
from kdm.report import finding_json, report_json, report_lines

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SOURCES = Path(kdm.__file__).parent
NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
LOCAL = datetime(2027, 5, 8, 20, tzinfo=timezone(timedelta(hours=8)))
_FOUND = {"found": "sha1WithRSAEncryption", "wanted": "sha256WithRSAEncryption"}
_ABOUT = {"certificate": "CS.Lab", "what": Text("CER-015.not-allowed", _FOUND)}
FAULT = Step("CER-015", "fail", Text("step.about", _ABOUT))

SAMPLES: dict[str, object] = {
    **dict.fromkeys(("start", "end", "now", "until", "issued", "valid_from", "valid_until"), LOCAL),
    **dict.fromkeys(("number", "length", "most", "missing", "carried", "unused", "enclosed"), 3),
    **dict.fromkeys(("intended_serial", "given_serial"), 4711),
    **dict.fromkeys(("key", "first"), uuid.UUID(int=7)),
    **dict.fromkeys(("intended", "given", "certificate"), "SM.Hall-1"),
    **dict.fromkeys(("found", "wanted", "qualifier", "flag", "detail", "message", "playlist"), "xyz"),
    "differs": ("issuer", "subject"),
    "standard": "interop",
    "listed": 1,
    "fault": FAULT,
    "faults": (FAULT, FAULT),
    "step": "KDM-101",
    "rule": "CER-015",
}


# --- the code and the table -----


@dataclass(frozen=True)
class Call:
    """failed("name", place=...) in the code; `places` None where some are handed over as a mapping."""

    function: str
    name: str
    places: frozenset[str] | None
    where: str


def calls() -> Iterator[Call]:
    for file in sorted(SOURCES.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                function = node.func.id
                if function in ("failed", "warned", "skipped", "noted", "outcome"):
                    places = frozenset(word.arg for word in node.keywords if word.arg)
                    whole = all(word.arg for word in node.keywords)
                    for name in constants(node.args[0]):
                        where = f"{file.name}:{node.lineno}"
                        yield Call(function, name, places if whole else None, where)


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def kinds_of_the_reader() -> set[str]:
    """What `kdm.message` names itself: `kind="..."`, and the table of what is missing in `kdm.grammar`."""
    tree = ast.parse((SOURCES / "message.py").read_text("utf-8"))
    named = {
        word.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "kind" and isinstance(word.value, ast.Constant)
    }
    from kdm.grammar import _KINDS

    return {str(name) for name in named} | set(_KINDS.values())


CALLS = list(calls())


def test_the_code_is_read() -> None:
    assert len([call for call in CALLS if call.function == "failed"]) > 40
    assert {"interop-format", "not-a-kdm", "no-device-list"} <= kinds_of_the_reader()


@pytest.mark.parametrize("call", CALLS, ids=[f"{call.name}-{call.where}" for call in CALLS])
def test_what_the_code_names_is_in_the_table_and_gets_its_places(call: Call) -> None:
    if call.function in ("skipped", "noted"):
        wanted = places_of(entries("en")[f"note.{call.name}"]["text"])
    else:
        entry = REFUSALS[call.name]
        wanted = entry.places
        assert entry.doubt == (call.function == "warned")
    if call.places is not None:
        assert call.places == wanted


def test_the_table_holds_nothing_that_no_code_names() -> None:
    refused = {call.name for call in CALLS if call.function not in ("skipped", "noted")}
    assert set(REFUSALS) == refused | set(UNREADABLE.values()) | kinds_of_the_reader()


def test_what_the_reader_names_has_no_place_but_the_detail() -> None:
    for name in {*UNREADABLE.values(), *kinds_of_the_reader()}:
        assert REFUSALS[name].places <= {"detail"}


def test_every_step_of_the_checklist_has_a_title_and_every_entry_a_step() -> None:
    steps = {check.id for check in CHECKLIST}
    assert all(set(entry.steps) <= steps and entry.steps for entry in REFUSALS.values())
    for check in CHECKLIST:
        assert title(check.id) and CHINESE.search(title(check.id, "zh"))


def test_every_rule_of_chains_and_signatures_has_an_entry() -> None:
    ids = {rule.id for rule in judging.RULES} | set(STEPS)
    assert set(RULES) == ids
    assert all({"title", "text", "meaning", "remedy"} <= entries("en")[id].keys() for id in ids)


# --- the texts -----

TABLES = {"kdm": (GROUPS, REFUSALS), "rules": (refusals.GROUPS, RULES)}
ENTRIES = [(name, entry) for name, (_, table) in TABLES.items() for entry in table.values()]


@pytest.mark.parametrize(
    ("table", "entry"), ENTRIES, ids=[f"{table}-{entry.name}" for table, entry in ENTRIES]
)
def test_an_entry_is_whole_in_every_language(table: str, entry: Any) -> None:
    made = Finding(entry, entry.steps[0], "fail", {name: SAMPLES[name] for name in entry.places})
    assert entry.group in TABLES[table][0]
    for language in LANGUAGES:
        said = (made.text(language), made.meaning(language), made.remedy(language))
        for words in said:
            assert words.strip() == words and words
            assert "{" not in words
            assert bool(CHINESE.search(words)) == (language == "zh")
        assert not said[2].endswith((".", "。"))
    assert made.meaning("en")[0].isupper() and made.meaning("en").endswith(".")
    assert made.meaning("zh").endswith("。")
    assert not re.search(r"\b(ask|wait|give)\b", made.text("en"))
    for code in entry.codes:
        assert code.server and code.words and code.source
    assert set(finding_json(made)["text"]) == set(LANGUAGES)  # type: ignore[call-overload]


@pytest.mark.parametrize(("groups", "table"), TABLES.values(), ids=TABLES)
def test_groups_and_places_of_the_guide_have_names(groups: Any, table: Any) -> None:
    for language in LANGUAGES:
        assert all(say(f"group.{group}", language=language) for group in groups)
        for entry in table.values():
            assert all(say(f"place.{place}", language=language) for place in entry.places)


def test_places_are_written_as_people_read_them() -> None:
    assert fill("{n:key} and {m:key}", {"n": 1, "m": 2}) == "1 key and 2 keys"
    assert fill("{t}", {"t": LOCAL}) == "2027-05-08T20:00:00+08:00 (2027-05-08 12:00:00 UTC)"
    assert fill("{t}", {"t": NOW}) == "2027-05-01T12:00:00+00:00"
    assert fill("{f}", {"f": FAULT}) == FAULT.message
    assert fill("{f:sentences}", {"f": (FAULT, FAULT)}) == "; ".join([FAULT.message] * 2)
    assert fill("{w:word}", {"w": ("issuer", "subject")}, "zh") == "颁发者、主体名称"
    assert fill("{a}", {"a": "{b} %s"}) == "{b} %s"
    with pytest.raises(KeyError):
        fill("{a}", {})


def test_a_rule_says_in_chinese_too_which_certificate_and_which_value() -> None:
    assert (
        FAULT.say()
        == FAULT.message
        == "CS.Lab: signed with sha1WithRSAEncryption, not sha256WithRSAEncryption"
    )
    said = FAULT.say("zh")
    assert said == "CS.Lab：签名算法是 sha1WithRSAEncryption，应为 sha256WithRSAEncryption"
    assert Step("CER-011", "pass", holds("CER-011")).say("zh") == "在相关时间全部有效"
    wrapped = finding("signer-chain", "KDM-102", "fail", {"fault": FAULT, "rule": FAULT.id})
    assert wrapped.text() == f"the signer's chain: {FAULT.message} (CER-015)"
    assert wrapped.text("zh") == f"签发方的证书链：{said}（CER-015）"


# --- the report -----


def judged(world: Any, **changes: Any) -> Any:
    arguments = {
        "private_key": world.hall.private_key,
        "recipient": world.hall.leaf,
        "cpl": world.cpl,
        "trust": (world.lab.chain[-1],),
        "now": world.now,
    }
    return check_kdm(changes.pop("data", None) or world.forge(), **{**arguments, **changes})


def test_a_report_has_its_findings_beside_its_steps(world: Any) -> None:
    report = judged(world, now=world.now + timedelta(days=30), trust=None)
    assert [each.name for each in report.refusals] == ["window-ended"]
    assert report.refusals[0].text() == report.failures[0].message
    assert report.remedy == report.refusals[0].remedy()
    found = report_json(report)["findings"][0]
    assert (found["step"], found["name"], found["result"]) == ("KDM-002", "window-ended", "fail")
    assert found["remedy"]["en"] == report.remedy and CHINESE.search(found["remedy"]["zh"])
    assert any(code["words"] == "Expired KDMs" for code in found["codes"])
    assert judged(world).findings == ()


def test_a_report_reads_in_chinese_but_for_names_and_numbers(world: Any) -> None:
    for changes in ({}, {"private_key": None}, {"now": world.now + timedelta(days=30)}, {"cpl": None}):
        lines = report_lines(judged(world, **changes), "zh")
        assert len(lines) >= len(CHECKLIST) + 1
        for line in lines:
            assert CHINESE.search(line.split("  ", 1)[-1]), line
            assert not re.search(r"\b(the|not|was|is|of)\b", line) or "服务器显示" in line, line
    refused = report_lines(judged(world, now=world.now + timedelta(days=30)), "zh")
    assert refused[-1].startswith("拒绝：KDM-002：有效期（时间窗口）已于") and "处理方法：" in refused[-1]
    assert any(line.startswith("含义：") for line in refused)
    assert any("Expired KDMs" in line for line in refused)
    assert report_lines(judged(world), "zh")[-1].startswith("接受")
    assert "未提供私钥" in report_lines(judged(world, private_key=None), "zh")[-1]


@pytest.mark.parametrize(
    ("after", "name", "step_124"),
    [
        (timedelta(0), None, "a show that begins by 2027-05-08T12:00:00+00:00 may go on until 2027-05-08T18"),
        (timedelta(hours=5), "window-just-ended", "a show that began by 2027-05-08T12:00:00+00:00 may go on"),
        (timedelta(hours=6), "window-just-ended", "and none may begin"),
        (timedelta(hours=6, seconds=1), "window-ended", "over for more than six hours"),
        (timedelta(days=-30), "window-not-begun", "has not begun"),
    ],
)
def test_a_show_that_began_inside_the_window_may_go_on_for_six_hours(
    world: Any, after: timedelta, name: str | None, step_124: str
) -> None:
    end = datetime(2027, 5, 8, 12, tzinfo=UTC)
    report = judged(world, now=end + after)
    assert [each.name for each in report.refusals] == ([name] if name else [])
    if name == "window-just-ended":
        assert "may go on until 2027-05-08T18:00:00+00:00" in report.failures[0].message
    step = next(step for step in report.steps if step.id == "KDM-124")
    assert step_124 in step.message
    assert (step.result == "skipped") == (name in ("window-ended", "window-not-begun"))


def test_a_package_made_again_is_told_from_another_film(world: Any) -> None:
    again = judged(world, cpl=world.playlist(id=uuid.UUID(int=5)))
    other = judged(world, cpl=world.playlist(id=uuid.UUID(int=5), content_title_text="Another"))
    assert [each.name for each in again.refusals] == ["package-made-again"]
    assert [each.name for each in other.refusals] == ["other-playlist"]
    assert "10937" in [code.code for code in again.refusals[0].codes]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("</DeviceList>", "</DeviceList><x/>", "unreadable"),
        ("DCinemaSecurityMessage", "CompositionPlaylist", "not-a-kdm"),
        ("AuthorizedDeviceInfo", "AuthorisedDeviceInfo", "no-device-list"),
        ("CertificateThumbprint", "Thumbprint", "no-device-list"),
        ("http://www.smpte-ra.org/schemas/430-3/2006/ETM", "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#",
         "interop-format"),
    ],
)  # fmt: skip
def test_what_the_reader_refuses_has_the_entry_that_helps_most(
    world: Any, old: str, new: str, name: str
) -> None:
    report = judged(world, data=world.forge(document=lambda text: text.replace(old, new)))
    assert [each.name for each in report.refusals] == [name]
    assert report.remedy == REFUSALS[name].remedy()


def stripped(certificate: Any) -> bytes:
    """SHA-1 of what stands inside the outer SEQUENCE of TBSCertificate, found with another reader."""
    encoded = x509.load_der_x509_certificate(certificate.der).tbs_certificate_bytes
    assert encoded[:2] == b"\x30\x82" and len(encoded) == 4 + int.from_bytes(encoded[2:4])
    return hashlib.sha1(encoded[4:]).digest()


@pytest.mark.parametrize("name", ["block-signer-stripped", "devices-stripped", "authenticator-stripped"])
def test_a_thumbprint_without_tag_and_length_is_refused_and_named(world: Any, name: str) -> None:
    signer, projector = world.lab.leaf, world.projector.leaf
    forge: dict[str, Any] = {
        "block-signer-stripped": {
            "blocks": lambda blocks: [replace(each, signer_thumbprint=stripped(signer)) for each in blocks]
        },
        "devices-stripped": {
            "message": lambda m: replace(
                m,
                authorized_device_info=replace(
                    m.authorized_device_info, device_list=(stripped(projector), bytes(20))
                ),
            )
        },
        "authenticator-stripped": {"message": lambda m: replace(m, content_authenticator=stripped(signer))},
    }[name]
    report = judged(world, data=world.forge(**forge), devices=(projector,))
    assert [each.name for each in report.refusals] == [name]
    assert report.keyring is None


def test_a_note_is_said_in_both_languages() -> None:
    assert text("earlier-failure", {"step": "KDM-101"}) == "not judged, since KDM-101 failed"
    assert text("earlier-failure", {"step": "KDM-101"}, "zh") == "KDM-101 未通过，故不再检查"


# --- the pages -----


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_in_docs_is_what_the_tables_make(language: Any) -> None:
    name = {"en": "refusals.md", "zh": "refusals.zh.md"}[language]
    kept = (SOURCES.parent / "docs" / name).read_text("utf-8")
    assert kept == guide.page(language), "`make docs` writes it again"
    assert "{" not in kept
    for _, table in TABLES.values():
        for entry in table.values():
            assert f'<a id="{entry.name}"></a>' in kept
            assert entry.remedy(language) in kept and entry.meaning(language) in kept
            assert all(code.words in kept and code.source in kept for code in entry.codes)


def test_the_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    guide.write_pages(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["refusals.md", "refusals.zh.md"]
