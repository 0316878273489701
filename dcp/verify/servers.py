"""Will it play here? What public sources say of servers, held against the package: `servers.toml` has the
rows, each with its source; the conditions stand here by name.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import PICTURE_KINDS
from dcp.picture.cinema import is_four_k
from dcp.texts.catalogue import Language
from dcp.verify.facts import PackageFacts, Reference

RULE = "QC-005"


@dataclass(frozen=True)
class Words:
    """In both languages."""

    en: str
    zh: str

    def say(self, language: Language = "en") -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class ServerNote:
    """What a source says of a class of servers. when: the name of the condition under which it concerns a
    package. rule: the one that finds the same in the package, None where none does. read: on which date."""

    id: str
    server: Words
    when: str
    says: Words
    title: str
    url: str
    read: str
    rule: str | None = None

    def document(self) -> dict[str, object]:
        """As it stands in the report's JSON document."""
        return {
            "id": self.id,
            "server": self.server.en,
            "says": self.says.en,
            "rule": self.rule,
            "source": {"title": self.title, "url": self.url, "read": self.read},
        }


Condition = Callable[[PackageFacts], bool]


@functools.cache
def server_notes() -> tuple[ServerNote, ...]:
    """All rows."""
    table = tomllib.loads(Path(__file__).with_name("servers.toml").read_text("utf-8"))
    return tuple(
        ServerNote(
            id=row["id"],
            server=Words(**row["server"]),
            when=row["when"],
            says=Words(**row["says"]),
            title=row["title"],
            url=row["url"],
            read=row["read"].isoformat(),
            rule=row.get("rule"),
        )
        for row in table["server"]
    )


def concerning(facts: PackageFacts, said: Iterable[str]) -> tuple[ServerNote, ...]:
    """The rows that concern a package. said: the ids of the rules that found something, whatever a profile
    makes of them."""
    found = frozenset(said)
    return tuple(
        note
        for note in server_notes()
        if (note.rule in found if note.when == "said" else CONDITIONS[note.when](facts))
    )


def _reel_without_sound(facts: PackageFacts) -> bool:
    return any(reel.asset("MainSound") is None for _, cpl in facts.compositions() for reel in cpl.reels)


def _interop_xml_names(facts: PackageFacts) -> bool:
    names = {"ASSETMAP.XML", "VOLINDEX.XML"}
    return facts.survey.standard == "interop" and any(
        entry.name.upper() in names for entry in facts.survey.entries
    )


def _empty_annotation(facts: PackageFacts) -> bool:
    return any(said is not None and not said.strip() for said in _annotations(facts))


def _annotations(facts: PackageFacts) -> Iterator[str | None]:
    for _, cpl in facts.compositions():
        for reel in cpl.reels:
            yield from (asset.annotation_text for asset in reel.assets)


def _pictures(facts: PackageFacts) -> Iterator[Reference]:
    return (each for each in facts.references() if each.asset.kind in PICTURE_KINDS)


def _interop_not_24(facts: PackageFacts) -> bool:
    return facts.survey.standard == "interop" and any(
        each.asset.edit_rate != Fraction(24) for each in _pictures(facts)
    )


def _fractional_rate(facts: PackageFacts) -> bool:
    return any(each.asset.edit_rate.denominator != 1 for each in _pictures(facts))


def _four_k_mixed_levels(facts: PackageFacts) -> bool:
    for _, cpl in facts.compositions():
        levels = set()
        for picture in (reel.picture for reel in cpl.reels):
            done = facts.passes.get(picture.id) if picture is not None else None
            first = done.first_codestream if done is not None else None
            if first is not None and is_four_k((first.width, first.height)):
                levels.add(first.levels)
        if len(levels) > 1:
            return True
    return False


def _interop_encrypted(facts: PackageFacts) -> bool:
    return facts.survey.standard == "interop" and any(cpl.encrypted for _, cpl in facts.compositions())


def _immersive(facts: PackageFacts) -> bool:
    return any(_immersive_in(reel.assets) for _, cpl in facts.compositions() for reel in cpl.reels)


def _immersive_in(assets: Iterable[object]) -> bool:
    return any(getattr(asset, "kind", None) == "AuxData" for asset in assets)


def _immersive_without_sound(facts: PackageFacts) -> bool:
    return any(
        _immersive_in(reel.assets) and reel.asset("MainSound") is None
        for _, cpl in facts.compositions()
        for reel in cpl.reels
    )


CONDITIONS: Mapping[str, Condition] = {
    "reel-without-sound": _reel_without_sound,
    "interop-xml-names": _interop_xml_names,
    "empty-annotation": _empty_annotation,
    "interop-not-24": _interop_not_24,
    "fractional-rate": _fractional_rate,
    "four-k-mixed-levels": _four_k_mixed_levels,
    "interop-encrypted": _interop_encrypted,
    "immersive": _immersive,
    "immersive-without-sound": _immersive_without_sound,
}
