"""Which language a timed text is in, as the text, its reels and the playlist say."""

from __future__ import annotations

import re
from collections import defaultdict

from dcp.documents.cpl import SUBTITLE_KINDS
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.text.language_tags import Named, meant, wrong_tag
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.timedtext.played import documents, played
from dcp.verify.timedtext.values import FoundText
from dcp.xml.values import parse_integer


@package_rule("TT-004", severity="info", bv21="error", clause="RDD 52 7.2.2")
def language_is_there(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if document.language is None and document.standard == "smpte":
            yield hit("TT-004.none", file=text.file)
        elif document.language == "":
            yield hit("TT-004.empty", file=text.file)


@package_rule("TT-006", severity="warning", bv21="error", clause="RFC 5646")
def language_is_a_tag(facts: PackageFacts) -> Outcome:
    """Interop's is free text: a name or a tag that tells which language it is."""
    for text, document in documents(facts):
        said = document.language
        if not said:
            continue
        if document.standard == "interop":
            if meant(said) is None:
                yield hit("TT-006.unknown", file=text.file, severity="info", said=said[:60])
            continue
        fault = wrong_tag(said)
        if fault is not None:
            yield hit("TT-006.tag", file=text.file, said=said[:60], fault=fault)


@package_rule("TT-005", severity="info", bv21="error", clause="RDD 52 7.2.2")
def one_language(facts: PackageFacts) -> Outcome:
    """Of the subtitles of a composition; captions may come in several."""
    said: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in played(facts):
        language = each.document.language
        if each.reference.asset.kind in SUBTITLE_KINDS and language:
            said[each.reference.file][language.lower()].append(each.reference.reel_number)
    for file, languages in said.items():
        if len(languages) > 1:
            yield hit("TT-005.differ", file=file, languages=list(languages))


@package_rule("TT-007", severity="warning")
def language_is_that_of_the_playlist(facts: PackageFacts) -> Outcome:
    """Of the text, else of the header of its track file; what the header says apart from both comes too."""
    headers: set[str] = set()
    for each in played(facts):
        listed, own = each.reference.asset.language, each.document.language
        stated = _stated(facts, each.text)
        there, here = meant(listed or ""), meant(own or "")
        known = [found for found in (meant(tag) for tag in stated) if found is not None]
        file, playlist = each.text.file, each.reference.file
        if there is not None and here is not None and not _same_language(there, here):
            yield hit("TT-007.differ", file=file, own=own, listed=listed, playlist=playlist)
            continue
        if there and here and there.region and here.region and there.region != here.region:
            yield hit("TT-007.region", file=file, severity="info", own=own, listed=listed, playlist=playlist)
        other = here or there
        if other is None or not known or any(_same_language(other, one) for one in known) or file in headers:
            continue
        headers.add(file)
        said = ", ".join(stated)[:60]
        if here is not None:
            yield hit("TT-007.header", file=file, stated=said, own=own)
        else:
            yield hit("TT-007.header-listed", file=file, stated=said, listed=listed, playlist=playlist)


def _stated(facts: PackageFacts, text: FoundText) -> list[str]:
    """The languages that the header of a text's track file lists."""
    header = facts.header_of(text.asset_id) if text.wrapped and text.asset_id is not None else None
    if header is None or not isinstance(header.descriptor, TimedTextDescriptor):
        return []
    return re.split(r"[,;\s]+", (header.descriptor.languages or "").strip())[:20]


def _same_language(one: Named, other: Named) -> bool:
    """Chinese, Norwegian and Malay have codes for all of the language and for its kinds."""
    return one.language == other.language or any({one.language, other.language} <= group for group in _GROUPS)


_GROUPS = (
    {"zh", "cmn", "yue", "nan", "hak", "wuu"},
    {"no", "nb", "nn"},
    {"ms", "zsm", "id"},
    {"tl", "fil"},
    {"sh", "sr", "hr", "bs"},
    {"he", "iw"},
)


@package_rule("TT-008", severity="warning", clause="CineCanvas 2.5")
def reel_number_is_that_of_the_reel(facts: PackageFacts) -> Outcome:
    """A document that several compositions play counts where its number is right once."""
    reels: dict[str, list[int]] = defaultdict(list)
    for each in played(facts):
        reels[each.text.file].append(each.reference.reel_number)
    for text, document in documents(facts):
        said = document.reel
        if said is None:
            continue
        number = parse_integer(said)
        if number is None or number < 1:
            yield hit("TT-008.form", file=text.file, said=said[:40])
        elif reels[text.file] and number not in reels[text.file]:
            yield hit("TT-008.other", file=text.file, said=number, reel=reels[text.file][0])
