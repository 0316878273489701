"""The guide to refusals for projectionists, made from the tables: `docs/refusals.md`, `docs/refusals.zh.md`.

`python -m kdm.guide FOLDER` writes both pages; `make docs` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, aside, entries, say
from dcp.trust.refusals import GROUPS as GROUPS_OF_RULES
from dcp.trust.refusals import RULES, Entry
from kdm.checklist import CHECKLIST
from kdm.refusals import GROUPS, REFUSALS, title


@dataclass(frozen=True)
class _Words:
    """The fixed texts of a page. `other`: the page in the other language, and what it is called."""

    file: str
    other: tuple[str, str]
    title: str
    intro: tuple[str, ...]
    codes_title: str
    codes_head: tuple[str, ...]
    codes_note: str
    doubt: str
    meaning: str
    remedy: str
    shown: str
    rules_title: str
    rules_intro: str
    steps_title: str
    steps_intro: str
    steps_head: tuple[str, ...]


_PAGES: Mapping[Language, _Words] = {
    "en": _Words(
        file="refusals.md",
        other=("refusals.zh.md", "中文"),
        title="Why a KDM is refused, and what to do",
        intro=(
            "For projectionists and for whoever answers their calls. `dcpkit kdm verify` judges a KDM step by"
            " step and `dcpkit kdm diagnose` names one cause; both say what stands here, with `--lang zh` in"
            " Chinese.",
            "A KDM (key delivery message) opens one composition (CPL) on one server within one window of"
            " time. Times in it count in UTC. A show that begins inside the window may go on for six hours"
            " after its end (DCSS 9.4.3.5); when it is stopped after the end, it cannot begin again.",
            "Words in ‹angle brackets› stand for the values of the case. A refusal stops the show; a"
            " warning does not, though some servers are stricter.",
        ),
        codes_title="What the server shows",
        codes_head=("server", "code", "words", "look at"),
        codes_note="Only what is published stands here, each with its source below. Other servers refuse for"
        " the same reasons, in other words.",
        doubt="a warning, not a refusal",
        meaning="That means",
        remedy="What to do",
        shown="Servers show",
        rules_title="Certificates and signatures",
        rules_intro="The rules behind “the signer's chain” and “the playlist's signer chain”, and what"
        " `dcpkit cert verify` says. A cinema seldom can mend these: whoever sent the KDM or made the package"
        " can.",
        steps_title="The steps, in their order",
        steps_intro="A step that an earlier refusal makes meaningless is skipped and says so; nothing is"
        " decrypted before signature, chain and trust hold.",
        steps_head=("step", "what it asks", "source"),
    ),
    "zh": _Words(
        file="refusals.zh.md",
        other=("refusals.md", "English"),
        title="KDM 被拒绝的原因与处理方法",
        intro=(
            "供放映员和技术支持人员查阅。`dcpkit kdm verify` 逐项检查 KDM，`dcpkit kdm diagnose` 给出一个原因"
            "；加 `--lang zh` 即以中文显示本页内容。",
            "密钥传送消息（KDM）只在规定的有效期（时间窗口）内、在指定的一台服务器上打开一个合成播放列表（CPL）。"
            "其中的时间以协调世界时（UTC）为准。在有效期内开始的场次，有效期结束后最多还可放映六小时"
            "（DCSS 9.4.3.5）；"
            "有效期结束后一旦停止，就不能重新开始。",
            "‹尖括号›中的词代表实际数值。“拒绝”会导致不能放映；“警告”一般不影响放映，但个别服务器要求更严。",
        ),
        codes_title="服务器显示的代码",
        codes_head=("服务器", "代码", "显示内容", "参见"),
        codes_note="这里只列出有公开资料可查的代码，出处见下文。其他服务器也会因同样的原因拒绝，只是说法不同。",
        doubt="警告，不是拒绝",
        meaning="含义",
        remedy="处理方法",
        shown="服务器显示",
        rules_title="证书与签名",
        rules_intro="“签发方的证书链”“CPL 签名者的证书链”背后的具体规则，也是 `dcpkit cert verify` 的"
        "检查项。这类问题影院一般无法自行解决，需由 KDM 签发方或数据包（DCP）制作方处理。",
        steps_title="检查步骤一览",
        steps_intro="前一步未通过而使后面的步骤失去意义时，后面的步骤会跳过并说明；签名、证书链和信任未通过之前，"
        "不会解密任何内容。",
        steps_head=("步骤", "检查内容", "依据"),
    ),
}


def page(language: Language) -> str:
    """The whole page as Markdown."""
    words = _PAGES[language]
    lines = [f"# {words.title}", "", f"[{words.other[1]}]({words.other[0]})", ""]
    for paragraph in words.intro:
        lines += [paragraph, ""]
    lines += [f"## {words.codes_title}", "", *_codes(language), "", words.codes_note, ""]
    lines += _groups(GROUPS, REFUSALS, language, level="##")
    lines += [f"## {words.rules_title}", "", words.rules_intro, "", ""]
    lines[-1:] = _groups(GROUPS_OF_RULES, RULES, language, level="###")
    lines += [f"## {words.steps_title}", "", words.steps_intro, "", *_row(words.steps_head, head=True)]
    for check in CHECKLIST:
        lines += _row((f"`{check.id}`", title(check.id, language), check.clause or ""))
    return "\n".join(lines) + "\n"


def _groups(
    groups: Iterable[str], table: Mapping[str, Entry], language: Language, *, level: str
) -> Iterator[str]:
    for group in groups:
        yield from (f"{level} {say(f'group.{group}', language=language)}", "")
        for entry in table.values():
            if entry.group == group:
                yield from _entry(entry, language, level=level + "#")


def _entry(entry: Entry, language: Language, *, level: str) -> Iterator[str]:
    words = _PAGES[language]
    names = " ".join(f"`{name}`" for name in dict.fromkeys((*entry.steps, entry.name)))
    yield from (f'<a id="{entry.name}"></a>', "", f"{level} {_shown(entry, language)}", "")
    colon = "：" if language == "zh" else ": "
    yield from (names + aside(words.doubt, language) if entry.doubt else names, "")
    yield f"- **{words.meaning}**{colon}{entry.meaning(language)}"
    yield f"- **{words.remedy}**{colon}{entry.remedy(language)}"
    for code in entry.codes:
        number = f" {code.code}" if code.code else ""
        shown = f"{code.server}{number}{colon}“{code.words}”"
        yield f"- **{words.shown}**{colon}{shown}{aside(code.source, language)}"
    yield ""


def _shown(entry: Entry, language: Language) -> str:
    """The template with the names of its places for people."""
    text = ""
    for literal, place, _, _ in Formatter().parse(entries(language)[entry.id]["text"]):
        text += literal
        if place is not None:
            text += f"‹{say(f'place.{place}', language=language)}›"
    return text


def _codes(language: Language) -> Iterator[str]:
    """What servers show, by server and code, with links to the entries."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in REFUSALS.values():
        for code in entry.codes:
            found.setdefault((code.server, code.code, code.words), []).append(entry.name)
    yield from _row(_PAGES[language].codes_head, head=True)
    for key in sorted(found):
        yield from _row((*key, ", ".join(f"[{name}](#{name})" for name in found[key])))


def _row(cells: Iterable[str], *, head: bool = False) -> Iterator[str]:
    cells = tuple(cells)
    yield "| " + " | ".join(cells) + " |"
    if head:
        yield "|" + " --- |" * len(cells)


def write_pages(folder: Path) -> None:
    """Both pages, over those that are there: they are made from the tables and from nothing else."""
    for language, words in _PAGES.items():
        (folder / words.file).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
