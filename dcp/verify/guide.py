"""The pages about the rules, made from the tables: `docs/rules.md`, `rules.zh.md`, `peer-codes.md`,
`servers.md`, `profiles.md` and one page a profile.

`python -m dcp.verify.guide FOLDER` writes them; `make docs` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dcp.texts.catalogue import Language, say
from dcp.verify.areas import AREAS, area_of, title_of
from dcp.verify.listing import NO_CODE, TOOLS, ListedRule, listed_rules, peer_codes
from dcp.verify.profiles import NAMES, Profile, profile_by_name
from dcp.verify.rule import RULES
from dcp.verify.servers import RULE, server_notes

_RULES: Mapping[Language, str] = {"en": "rules.md", "zh": "rules.zh.md"}
_MADE = "<!-- made by `make docs` from the tables of dcp/verify -->"

_FORM = """A profile says by which measure a package is judged: `dcpkit verify --profile NAME|FILE.toml`, and
`profile=` of `dcpkit.verify`. It gives rules their weight, or leaves them out; what it leaves out is said
in each report. These come with the program:

{profiles}

`dcpkit rules --profile NAME|FILE.toml` lists how each rule weighs by a profile; [rules.md](rules.md) shows
them side by side.

## A profile of your own

A festival, a laboratory or a chain of cinemas that takes in packages sends its measure as one TOML file:

    schema = "dcpkit.profile/1"
    title = "Film Festival of Somewhere, deliveries of 2027"
    description = "SMPTE packages of 24 or 25 frames a second, named by the convention."
    extends = "isdcf-delivery"

    [severity]
    NAM = "error"         # an area; its word, naming, says the same
    NAM-005 = "off"       # a rule
    CPL-022 = "warning"

    [[source]]
    title = "Technical delivery, section 3.2"
    url = "https://festival.example/delivery"
    read = 2027-01-15

| name | value | |
|---|---|---|
| `schema` | `"dcpkit.profile/1"` | needed |
| `title` | a text, or `{{ en = "...", zh = "..." }}` | needed; stands in the reports |
| `description` | the same | what a package must be, in words |
| `extends` | {names} | what it builds on; without it, `field` |
| `weights` | `field`, `bv21` | where nothing is said of a rule: what stops ingest or playback, or RDD 52 |
| `standard` | `smpte`, `interop` | the only standard it takes; PKG-007 says so of another |
| `[severity]` | id or area = `error`, `warning`, `info`, `off` | what it raises, lowers, switches off |
| `[[source]]` | `title`, `url`, `read` (a date) | where its demands are written |

- An id goes before an area in one file; what a file says goes before all that it builds on.
- What a profile says of a rule holds for each finding of it. Where it says nothing, a finding may weigh less
  or more than its rule, as the program has it.
- Whatever is not known (a name, a rule, a value) is refused with its line and what is written alike. A file
  has at most {bytes:,} bytes.
- What cannot be read (`PKG-005`, `MXF-001`) should stay an error: what could not be looked at has not passed.
- The areas, by both their names:

{areas}
"""


def pages() -> Mapping[str, str]:
    """The text of each page by its path in the folder of the documentation."""
    rules = listed_rules()
    profiles = [profile_by_name(name) for name in NAMES]
    found = {_RULES[language]: _rules_page(rules, language) for language in ("en", "zh")}
    found["peer-codes.md"] = _codes_page()
    found["servers.md"] = _servers_page()
    found["profiles.md"] = _profiles_page(profiles)
    found |= {f"profiles/{profile.name}.md": _profile_page(profile) for profile in profiles}
    return found


def write_pages(folder: Path) -> None:
    """All of them, over those that are there."""
    for name, words in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, "utf-8", newline="\n")


# --- rules -----

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "The rules of `dcpkit verify`",
        "other": "[中文](rules.zh.md)",
        "intro": "What `dcpkit verify` asks of a package, {n} rules; `dcpkit rules` lists them,"
        " `dcpkit explain ID` says what one finds and what to do. How a rule weighs depends on the"
        " [profile](profiles.md).",
        "area": "area",
        "word": "its word",
        "count": "rules",
        "rule": "rule",
        "asks": "what it asks",
        "clause": "by",
        "needs": "asked with",
        "why-title": "Why some weigh otherwise",
        "why-intro": "Than the list of checks that the field's tools have in common. `bv21`: an error by"
        " RDD 52, and nothing else there; `hint`: what is worth knowing.",
        "listed": "listed as",
        "here": "here, `field`/`bv21`",
        "why": "why",
        "all": "all",
    },
    "zh": {
        "title": "`dcpkit verify` 的规则",
        "other": "[English](rules.md)",
        "intro": "`dcpkit verify` 对数据包（DCP）的检查，共 {n} 条规则；`dcpkit rules` 列出全部，"
        "`dcpkit explain ID` 说明其中一条会发现什么、如何处理。规则的轻重取决于[检查规范](profiles.md)。",
        "area": "类别",
        "word": "名称",
        "count": "条数",
        "rule": "规则",
        "asks": "检查内容",
        "clause": "依据",
        "needs": "需加",
        "why-title": "轻重与一般清单不同的规则",
        "why-intro": "与业界工具共有的检查清单相比。`bv21`：在那里仅按 RDD 52 为错误；`hint`：仅供参考。",
        "listed": "清单中",
        "here": "这里（`field`/`bv21`）",
        "why": "原因",
        "all": "合计",
    },
}


def _rules_page(rules: Sequence[ListedRule], language: Language) -> str:
    words = _WORDS[language]
    lines = [f"# {words['title']}", "", words["other"], "", _MADE, ""]
    lines += [words["intro"].format(n=len(rules)), ""]
    lines += _row((words["area"], "", words["word"], words["count"]), head=True)
    for area in AREAS:
        inside = [rule for rule in rules if area_of(rule.id) == area]
        if inside:
            link = f"[{area}](#{AREAS[area]})"
            lines += _row((link, title_of(area, language), f"`{AREAS[area]}`", str(len(inside))))
    lines += _row((words["all"], "", "", str(len(rules))))
    for area in AREAS:
        inside = [rule for rule in rules if area_of(rule.id) == area]
        if inside:
            lines += ["", f'<a id="{AREAS[area]}"></a>', "", f"## {area}: {title_of(area, language)}", ""]
            lines += _area(inside, language)
    lines += ["", f"## {words['why-title']}", "", words["why-intro"], ""]
    lines += _row((words["rule"], words["listed"], words["here"], words["why"]), head=True)
    for rule in rules:
        if rule.choice is not None:
            here = "/".join(_weight(rule.severities[name], language) for name in ("field", "bv21"))
            lines += _row((f"`{rule.id}`", rule.choice.listed, here, rule.choice.say(language)))
    return "\n".join(lines) + "\n"


def _area(rules: Sequence[ListedRule], language: Language) -> Iterator[str]:
    words = _WORDS[language]
    deep = any(rule.needs in ("decode", "thorough") for rule in rules)
    head = (words["rule"], words["asks"], words["clause"], *NAMES)
    yield from _row((*head, words["needs"]) if deep else head, head=True)
    for rule in rules:
        weights = (_weight(rule.severities[name], language) for name in NAMES)
        flag = f"`--{rule.needs}`" if rule.needs in ("decode", "thorough") else ""
        cells = (f"`{rule.id}`", rule.rule.title(language), rule.rule.clause or "", *weights)
        yield from _row((*cells, flag) if deep else cells)


def _weight(severity: str | None, language: Language) -> str:
    return say(f"rules.{severity}", language=language) if severity is not None else "–"


# --- what others call them -----


def _codes_page() -> str:
    codes = peer_codes()
    lines = [
        "# What other checkers call it",
        "",
        _MADE,
        "",
        "The codes that libdcp's dcpverify, ClairMeta, dcp_inspect and dcpdoctor give to their findings, and"
        " the rule of `dcpkit verify` that asks for the same. Some of their checks have words and no code;"
        " some of ours have several of theirs, and the reverse. An id in parentheses is none of a package: of"
        " a KDM, a log or a facility list, which other commands judge, or one without a rule yet.",
        "",
        "By area: how many of their checks there are, and how many of them are asked here.",
        "",
        *_row(("area", *TOOLS), head=True),
    ]
    areas = list(dict.fromkeys([*AREAS, *(area_of(id) for _, _, id in codes)]))
    for area in areas:
        cells = [
            _counted([id for tool, _, id in codes if tool == each and area_of(id) == area]) for each in TOOLS
        ]
        if any(cells):
            lines += _row((f"{area} ({AREAS[area]})" if area in AREAS else area, *cells))
    lines += _row(("all", *(_counted([id for tool, _, id in codes if tool == each]) for each in TOOLS)))
    for each in TOOLS:
        lines += ["", f"## {each}", "", *_row(("code", "rule", "what it asks"), head=True)]
        for tool, code, id in codes:
            if tool == each and code != NO_CODE:
                lines += _row((f"`{code}`", _ours(id), RULES[id].title() if id in RULES else ""))
        bare = [id for tool, code, id in codes if tool == each and code == NO_CODE]
        if bare:
            lines += ["", f"In words alone: {', '.join(map(_ours, bare))}."]
    return "\n".join(lines) + "\n"


def _counted(ids: Sequence[str]) -> str:
    return f"{sum(id in RULES for id in ids)} of {len(ids)}" if ids else ""


def _ours(id: str) -> str:
    return f"`{id}`" if id in RULES else f"({id})"


# --- servers -----


def _servers_page() -> str:
    lines = [
        "# Will it play there?",
        "",
        _MADE,
        "",
        "What public sources say of servers. `dcpkit verify` holds it against the package: what concerns it"
        " stands in the HTML report, in JSON under `servers`, and with `-v` in the text. It is hearsay with"
        " an address, often old and of one version of their software; that nothing is said is no promise.",
        "",
        *_row(("of", "what is said", "rule", "source"), head=True),
    ]
    for note in server_notes():
        source = f"[{note.title}]({note.url}), read {note.read}"
        rule = f"`{note.rule or RULE}`"
        lines += _row(
            (f"{note.server.en}<br>{note.server.zh}", f"{note.says.en}<br>{note.says.zh}", rule, source)
        )
    return "\n".join(lines) + "\n"


# --- profiles -----


def _profiles_page(profiles: Sequence[Profile]) -> str:
    from dcp.verify.profiles.reading import MAX_BYTES

    listed = "\n".join(
        f"- [`{one.name}`](profiles/{one.name}.md): {one.title.say('en')}." for one in profiles
    )
    areas = "\n".join([*_row(("area", "word", ""), head=True)] + [
        line for area, word in AREAS.items() for line in _row((f"`{area}`", f"`{word}`", title_of(area)))
    ])  # fmt: skip
    names = ", ".join(f"`{name}`" for name in NAMES)
    form = _FORM.format(profiles=listed, names=names, bytes=MAX_BYTES, areas=areas)
    return f"# Profiles\n\n{_MADE}\n\n{form}"


def _profile_page(profile: Profile) -> str:
    lines = [f"# The profile `{profile.name}`", "", _MADE, ""]
    for language in ("en", "zh"):
        title, told = profile.title.say(language), profile.description.say(language)
        lines += [f"**{title[:1].upper()}{title[1:]}**", "", told, ""]
    based = f"[`{profile.extends}`]({profile.extends}.md)" if profile.extends else "nothing"
    weights = {"field": "what stops ingest or playback", "bv21": "what RDD 52 asks, then the same"}
    lines += [
        f"- builds on: {based}",
        f"- where nothing is said: {weights[profile.weights]}",
        f"- standard: {profile.standard or 'SMPTE and Interop, as the package names it'}",
        "",
    ]
    said = profile.layers[0]
    if said:
        lines += ["What it says itself:", "", *_row(("", "rule or area", "weighs"), head=True)]
        for name, word in said.items():
            asks = RULES[name].title() if name in RULES else title_of(name)
            lines += _row((f"`{name}`", asks, word))
        lines += [""]
    left_out = [id for id in RULES if profile.weigh(RULES[id]) is None]
    lines += [f"{len(RULES) - len(left_out)} of {len(RULES)} rules weigh something by it.", ""]
    if profile.sources:
        lines += ["Sources:", ""]
        for source in profile.sources:
            named = f"[{source.title}]({source.url})" if source.url else source.title
            lines.append(f"- {named}{f' (read {source.read})' if source.read else ''}")
        lines.append("")
    return "\n".join(lines)


def _row(cells: Iterable[str], *, head: bool = False) -> Iterator[str]:
    cells = tuple(cell.replace("|", "\\|") for cell in cells)
    yield "| " + " | ".join(cells) + " |"
    if head:
        yield "|" + "---|" * len(cells)


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
