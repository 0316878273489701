"""`--lang`: what is judged reads in Chinese for a person, and stays the same for a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from scenes import NOW, Scene

Run = Callable[..., tuple[int, str, str]]

LATER = "2030-01-01T00:00:00Z"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_kdm_verify_says_in_chinese_what_is_wrong_and_what_to_do(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", LATER]
    code, out, _ = dcpkit(*words, "--lang", "zh")
    lines = out.splitlines()
    assert code == 1
    assert any(line.startswith("未通过 KDM-002  时间窗口已于 ") for line in lines)
    assert any(line.startswith("含义：密钥已过期") for line in lines)
    assert any(line.startswith("服务器显示：Doremi/Dolby IMS1000") for line in lines)
    assert lines[-1].startswith("拒绝：KDM-002：") and "处理方法：请向发行方索取新的 KDM" in lines[-1]
    assert all(CHINESE.search(line) for line in lines)


def test_what_is_said_in_english_is_set_apart_and_nothing_is_said_twice(
    scene: Scene, dcpkit: Run, tmp_path: Path
) -> None:
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
        chinese = re.sub(r"（技术细节：[^）]*）", "", line)
        assert chinese != line and step in line, line
        assert not re.search(r"[a-z]{3} [a-z]", chinese), line
        assert "：签名不成立：" not in line and chinese.count(once) <= 2, line


def test_kdm_verify_is_english_unless_asked(scene: Scene, dcpkit: Run) -> None:
    words = ["kdm", "verify", scene.kdm, "--key", scene.key, "--now", LATER]
    code, out, _ = dcpkit(*words)
    assert code == 1 and not CHINESE.search(out)
    assert "fail    KDM-002  the window ended " in out
    assert out.splitlines()[-1].startswith("refuse: KDM-002: the window ended ")
    assert dcpkit(*words, "--lang", "en")[1] == out


def test_a_good_message_is_accepted_in_chinese(scene: Scene, dcpkit: Run) -> None:
    code, out, _ = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--now", NOW, "--lang", "zh")
    assert code == 0 and out.splitlines()[-1].startswith("接受")
    assert "通过   KDM-124  " in out and "最晚可放映到" in out
    assert "未检查 KDM-005  未提供播放列表（CPL）" in out


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
    assert any(line.startswith("未通过 CER-011  证书在相关时间无效（技术细节：") for line in lines)
    assert "which is before 2200-01-01" in out  # the rule's own words are kept
    assert lines[-1].startswith("拒绝：CER-011：") and "处理方法：" in lines[-1]
    assert all(CHINESE.search(line) for line in lines)
    code, out, _ = dcpkit("cert", "verify", chain, "--now", NOW, "--lang", "zh")
    assert code == 0 and out.splitlines()[-1] == "接受"


def test_another_language_is_a_usage_error(scene: Scene, dcpkit: Run) -> None:
    code, _, err = dcpkit("kdm", "verify", scene.kdm, "--key", scene.key, "--lang", "fr")
    assert code == 2 and "--lang" in err
