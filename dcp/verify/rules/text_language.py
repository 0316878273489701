"""Which language a timed text is in, as the text, its reels and the playlist say."""

from __future__ import annotations

from collections import defaultdict

from dcp.documents.cpl import SUBTITLE_KINDS
from dcp.text.language_tags import Named, meant, wrong_tag
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.timedtext.played import documents, played
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
    for each in played(facts):
        listed, own = each.reference.asset.language, each.document.language
        there, here = meant(listed or ""), meant(own or "")
        if there is None or here is None:
            continue
        if _same_language(there, here):
            if there.region and here.region and there.region != here.region:
                yield hit(
                    "TT-007.region",
                    file=each.text.file,
                    severity="info",
                    own=own,
                    listed=listed,
                    playlist=each.reference.file,
                )
            continue
        yield hit("TT-007.differ", file=each.text.file, own=own, listed=listed, playlist=each.reference.file)


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
