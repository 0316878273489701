"""One Chinese word for one thing: none of those that it replaced is left, and no English between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcp.texts.catalogue import entries

ROOT = Path(__file__).parents[3]

REPLACED = {
    "装箱单": "打包清单（PKL）",
    "资产表|资产清单": "资产映射（ASSETMAP）",
    "(?<!合成)播放列表": "合成播放列表（CPL），再提时写 CPL",
    "CPL ?编号": "CPL ID（UUID）",
    "密钥编号": "密钥 ID",
    "组成方式": "KDM 类型（formulation）",
    "轨道": "轨迹文件",
    "某一本|第 [{]\\w+[}] 本|(?<!分)各本|每本|[那另同]一本": "分本（卷）",
    "数字电影包": "数据包（DCP）",
    "(?<!间)时码": "时间码",
    "图像": "画面",
    "语言标签": "语言标记",
    "(?<![来片])源文件|声源": "片源",
    "收件方|收件设备": "接收方",
    "签发者|发送方|对方": "签发方、发行方、制作方",
    "(?<!证书)颁发机构|签发机构": "证书颁发机构（CA）",
    "终端证书": "设备（叶子）证书",
    "起止时间": "有效期（时间窗口）",
    "盖不住": "有效期未覆盖",
    "解不开": "密钥块无法解密",
    "处理办法": "处理方法",
    "世界协调时": "协调世界时（UTC）",
    "影院设备表": "影院设备清单（FLM）",
    "(?<!影)片名": "影片名称",
    "拒绝名单|停用名单": "吊销名单",
    "哈希值": "散列值",
    "复制": "拷贝",
    "厂家": "厂商",
    "编辑率|编辑帧率": "编辑速率",
    "隐藏式字幕": "隐藏字幕",
    "时区偏移": "时差",
    "音频水印": "声音水印",
    "(?<!图)分块": "图块（tile）",
}
"""What is not said any more, as a pattern, and what is."""

CHINESE = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff]\s?[(),;:]|[(),;:]\s?[\u4e00-\u9fff]")
COMMAND = re.compile(r"`[^`]*`|\b(?:pip|apt|dcpkit|openssl) [ -~]*")  # to be typed as it is
SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def spoken() -> Iterator[tuple[str, str]]:
    """Everything that is written for people in Chinese, and where."""
    for id, parts in entries("zh").items():
        for part, words in parts.items():
            yield f"{id} {part}", words
    for path in (*sorted((ROOT / "docs").glob("*.zh.md")), *sorted((ROOT / "kdm").rglob("*_zh.txt.j2"))):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            yield f"{path.name}:{number}", line


@pytest.mark.parametrize("pattern", REPLACED)
def test_none_of_the_replaced_words_is_left(pattern: str) -> None:
    left = [f"{where}: {words}" for where, words in spoken() if re.search(pattern, words)]
    assert not left, f"say {REPLACED[pattern]}:\n" + "\n".join(left)


def test_a_full_name_stands_where_a_reader_first_meets_it() -> None:
    """`有效期（时间窗口）` in titles and in what is the case; `有效期` in what follows it."""
    full = [(id, part) for id, parts in entries("zh").items() for part in parts if FULL in parts[part]]
    assert 1 <= len(full) <= 6 and not [id for id, part in full if part in ("remedy", "meaning")]


FULL = "有效期（时间窗口）"


def test_brackets_and_stops_in_chinese_are_full_width() -> None:
    texts = [(id, words) for id, words in spoken() if "`" not in words and "urn:uuid:" not in words]
    left = [f"{id}: {words}" for id, words in texts if HALF_WIDTH.search(words) and ".md:" not in id]
    assert not left, "\n".join(left)


def test_no_english_sentence_stands_in_a_chinese_one() -> None:
    left = [
        f"{id} {part}: {words}"
        for id, parts in entries("zh").items()
        for part, words in parts.items()
        if SENTENCE.search(COMMAND.sub("", words))
    ]
    assert not left, "\n".join(left)


def test_chinese_is_chinese_and_english_has_none() -> None:
    left = []
    for id, parts in entries("zh").items():
        for part, words in parts.items():
            bare = re.sub(r"\{[^}]*\}", "", COMMAND.sub("", words))
            foreign = re.search("[a-z]{3}", bare) and not id.startswith("word.")  # of names, Dolby Atmos
            if (foreign and not CHINESE.search(bare)) or CHINESE.search(entries("en")[id][part]):
                left.append(f"{id} {part}: {words}")
    assert not left, "\n".join(left)
