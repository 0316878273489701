"""`--lang`: what is judged reads in Chinese for a person, and stays the same for a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from scenes import NOW, Scene

from dcp.texts.catalogue import LANGUAGES
from dcpkit.main import dcpkit as group
from dcpkit.speaking import CHOICES, inherited_language, language_of

Run = Callable[..., tuple[int, str, str]]

LATER = "2030-01-01T00:00:00Z"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_kdm_verify_says_in_chinese_what_is_wrong_and_what_to_do(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", LATER]
    code, out, _ = dcpkit(*words, "--lang", "zh")
    lines = out.splitlines()
    assert code == 1
    assert any(line.startswith("未通过 KDM-002  有效期（时间窗口）已于 ") for line in lines)
    assert any(line.startswith("含义：KDM 已过期") for line in lines)
    assert any(line.startswith("服务器显示：Doremi/Dolby IMS1000") for line in lines)
    assert lines[-1].startswith("拒绝：KDM-002：") and "处理方法：请向发行方索取新的 KDM" in lines[-1]
    assert all(CHINESE.search(line) for line in lines)


def test_nothing_is_said_in_english_and_nothing_twice(scene: Scene, dcpkit: Run, tmp_path: Path) -> None:
    broken = tmp_path / "kdm.xml"
    broken.write_bytes(scene.kdm.read_bytes().replace(b"</AnnotationText>", b".</AnnotationText>", 1))
    stranger = ["--trust", scene.root / "cinema" / "root.pem"]
    for words, step, once in (
        ([broken], "KDM-101", "签名"),
        ([scene.kdm, *stranger], "SIG-014", "受信任"),
        ([scene.kdm, "--deny", scene.root / "studio" / "leaf.pem"], "CER-017", "吊销"),
    ):
        out = dcpkit("kdm", "verify", *words, "--key", scene.key, "--now", NOW, "--lang", "zh")[1]
        line = next(line for line in out.splitlines() if line.startswith("未通过"))
        assert step in line and "技术细节" not in line, line
        assert not re.search(r"[a-z]{3} [a-z]", line), line
        assert "：签名不成立：" not in line and line.count(once) <= 2, line


def test_kdm_verify_is_english_unless_asked(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", LATER]
    code, out, _ = dcpkit(*words)
    assert code == 1 and not CHINESE.search(out)
    assert "fail    KDM-002  the window ended " in out
    assert out.splitlines()[-1].startswith("refuse: KDM-002: the window ended ")
    assert dcpkit(*words, "--lang", "en")[1] == out


def test_a_good_message_is_accepted_in_chinese(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--now", NOW, "--lang", "zh", "-v")
    assert code == 0 and out.splitlines()[-1].startswith("接受")
    assert "通过   KDM-124  " in out and "最晚可放映到" in out
    assert "未检查 KDM-005  未提供合成播放列表（CPL）" in out


def test_the_language_changes_nothing_in_the_document(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", LATER, "--json"]
    english, chinese = dcpkit(*words)[1], dcpkit(*words, "--lang", "zh")[1]
    assert english == chinese
    document = json.loads(english)
    found = document["findings"][0]
    assert found["text"]["en"] == next(s["message"] for s in document["steps"] if s["result"] == "fail")
    assert CHINESE.search(found["text"]["zh"]) and CHINESE.search(found["remedy"]["zh"])
    assert set(document["steps"][0]) == {"id", "result", "message", "clause"}


def test_cert_verify_says_in_chinese_which_rule_failed(scene: Scene, dcpkit: Run) -> None:
    chain = scene.root / "studio" / "chain.pem"
    code, out, _ = dcpkit("cert", "verify", chain, "--now", "2200-01-01T00:00:00Z", "--lang", "zh")
    lines = out.splitlines()
    assert code == 1
    told = next(line for line in lines if line.startswith("未通过 CER-011  "))
    assert "有效期至 UTC " in told and "早于 UTC 2200-01-01" in told
    assert lines[-1].startswith("拒绝：CER-011：") and "处理方法：" in lines[-1]
    assert all(CHINESE.search(line) for line in lines)
    code, out, _ = dcpkit("cert", "verify", chain, "--now", NOW, "--lang", "zh")
    assert code == 0 and out.splitlines()[-1] == "接受"


def test_another_language_is_a_usage_error(scene: Scene, dcpkit: Run) -> None:
    code, _, err = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--lang", "fr")
    assert code == 2 and "--lang" in err


class TestWhichLanguage:
    """`--lang`, else DCPKIT_LANG, else the locale, else English: for every verb, errors of the flags too."""

    @pytest.mark.parametrize(
        ("environment", "expected"),
        [
            ({}, "en"),
            ({"LANG": "zh_CN.UTF-8"}, "zh"),
            ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C.UTF-8"}, "en"),
            ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "en_US", "LC_ALL": "zh_TW"}, "zh"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
            ({"LANG": "zh_CN.UTF-8", "DCPKIT_LANG": "en"}, "en"),
            ({"DCPKIT_LANG": "zh"}, "zh"),
        ],
    )
    def test_without_the_flag(
        self,
        environment: dict[str, str],
        expected: str,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        dcpkit: Run,
    ) -> None:
        assert inherited_language(environment) == language_of(["info"], environment) == expected
        for name in ("DCPKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        chain = tmp_path / "none.pem"
        assert bool(CHINESE.search(dcpkit("cert", "show", chain, "--nothing")[2])) == (expected == "zh")

    def test_the_flag_comes_first_and_stands_before_or_after_the_verb(
        self, monkeypatch: pytest.MonkeyPatch, dcpkit: Run
    ) -> None:
        monkeypatch.setenv("DCPKIT_LANG", "zh")
        for words in (["--lang", "en", "kdm", "verify"], ["kdm", "verify", "--lang=en"]):
            assert dcpkit(*words, "x.xml")[2].startswith("dcpkit: who receives it?")
        code, out, err = dcpkit("kdm", "verify", "--json")
        assert code == 2 and err.startswith("dcpkit: 缺少参数 FILE\n  处理方法：")
        assert json.loads(out)["error"]["what"] == "FILE is missing"

    def test_a_variable_that_names_no_language_is_one_clear_line(
        self, monkeypatch: pytest.MonkeyPatch, dcpkit: Run
    ) -> None:
        monkeypatch.setenv("DCPKIT_LANG", "klingon")
        code, _, err = dcpkit("info", "x")
        assert code == 2 and "DCPKIT_LANG is 'klingon'" in err and "en and zh" in err
        assert "DCPKIT_LANG" not in dcpkit("info", "x", "--lang", "en")[2]
        assert dcpkit("info", "--help")[0] == 0

    def test_every_verb_takes_it(self) -> None:
        def verbs(command: click.Command) -> Iterator[click.Command]:
            if isinstance(command, click.Group):
                for name in command.list_commands(click.Context(command)):
                    inner = command.get_command(click.Context(command), name)
                    assert inner is not None
                    yield from verbs(inner)
            else:
                yield command

        for verb in verbs(group):
            assert "--lang" in [flag for one in verb.params for flag in one.opts], verb.name

    def test_the_languages_are_those_of_the_catalogue(self) -> None:
        assert CHOICES == LANGUAGES


def test_what_a_certificate_and_a_message_say_has_chinese_names(scene: Scene, dcpkit: Run) -> None:
    for words, first in (
        (["cert", "show", scene.root / "cinema" / "root.pem"], "持有者："),
        (["kdm", "inspect", scene.kdm], "KDM ID："),
        (["info", scene.kdm], "  文档类型："),
    ):
        code, out, _ = dcpkit(*words, "--lang", "zh")
        assert code == 0 and out.startswith(first)
        assert not re.search("^ *[a-z_]+[:：]", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "id", "english", "chinese"),
    [
        (["verfy"], "no-such-command", "there is no command verfy", "是否想用 verify？"),
        (["kdm", "isue"], "no-such-command", "did you mean issue? See dcpkit kdm --help", "没有 isue"),
        (["play", "x", "--ouput", "null"], "no-such-option", "did you mean --output", "没有 --ouput"),
        (["cert", "chian"], "no-such-command", "did you mean chain? See dcpkit cert --help", "没有 chian"),
        (["creat"], "no-such-command", "did you mean create or cert?", "是否想用 create 或 cert？"),
        (["verify", "x", "--check"], "no-such-option", "create, dcpkit version, dcpkit play and",
         "facilities 的选项"),
        (["info"], "missing-argument", "PATH is missing", "缺少参数 PATH"),
        (["cert", "show", "a", "b"], "too-many", "more was given than the command takes: b", "参数多于"),
        (["info", "a", "--json=1"], "takes-no-value", "--json takes no value", "--json 不带值"),
        (["play", "x", "--log"], "needs-value", "--log needs a value", "--log 后面需要一个值"),
        (["play", "x", "--mic", "oft"], "not-one-of", "'oft' is not one of require, if-present and off",
         "是否想用 off？"),
        (["play", "x", "--reduce", "9"], "out-of-range", "--reduce: 9 is not between 0 and 6", "0 到 6"),
        (["play", "x", "--reduce", "two"], "no-number", "--reduce: 'two' is no whole number", "不是整数"),
        (["play", "x", "--depth", "two"], "no-number", "--depth: 'two' is no whole number", "不是整数"),
    ],
)  # fmt: skip
def test_wrong_flags_are_said_in_both_languages(
    words: list[str], id: str, english: str, chinese: str, dcpkit: Run
) -> None:
    given = [*words[:-1], "--json", words[-1]] if words[-1] == "--log" else [*words, "--json"]
    code, out, err = dcpkit(*given)
    assert code == 2 and english in err
    assert json.loads(out)["error"]["id"] == f"usage.{id}"
    code, _, err = dcpkit("--lang", "zh", *words)
    assert code == 2 and chinese in err
