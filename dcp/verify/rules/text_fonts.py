"""The fonts of timed text: loaded, declared, there, sound, and with a glyph for each sign."""

from __future__ import annotations

from collections import Counter

from dcp.documents.namespaces import TEXT_SMPTE
from dcp.text.limits import MOST_FONT_BYTES
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, package_rule, skip
from dcp.verify.timedtext.played import documents, told
from dcp.verify.timedtext.values import FoundText, Spots

MOST_FONTS = 10 * 1024 * 1024
_SHOWN = 10


@package_rule("TT-035", severity="error", clause="ST 428-7 5.11, ST 429-2 8.4.1")
def text_has_a_font(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if document.fonts:
            continue
        if document.has_text:
            yield hit("TT-035.no-font", file=text.file)
        elif document.namespace == TEXT_SMPTE[0] and document.events:
            yield hit("TT-035.edition", file=text.file, severity="info")


@package_rule("TT-036", severity="warning", clause="ST 429-2 8.4.1")
def one_font(facts: PackageFacts) -> Outcome:
    """The clause is SMPTE's; in Interop it is worth knowing."""
    for text, document in documents(facts):
        if document.has_text and len(document.fonts) > 1:
            spots = Spots()
            for font in document.fonts[1:]:
                spots.add(font.line)
            yield hit(
                "TT-036.several",
                file=text.file,
                place=spots,
                severity="info" if document.standard == "interop" else None,
                n=len(document.fonts),
            )


@package_rule("TT-037", severity="error", clause="CineCanvas 2.7")
def fonts_are_declared(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        declared = Counter(font.id for font in document.fonts if font.id is not None)
        for id, spots in document.used.items():
            if id not in declared and document.fonts:
                yield from told("TT-037.undeclared", text, spots, font=id[:60])
            elif id not in declared and not document.has_text:
                yield from told("TT-037.undeclared", text, spots, severity="info", font=id[:60])
        for id, times in declared.items():
            if times > 1:
                yield hit("TT-037.twice", file=text.file, font=id[:60], n=times)
        nameless = Spots()
        for font in document.fonts:
            if font.id is None and document.standard == "smpte":
                nameless.add(font.line)
        yield from told("TT-037.nameless", text, nameless, severity="info")


@package_rule("TT-038", severity="error")
def fonts_are_there(facts: PackageFacts) -> Outcome:
    """Of texts beside their fonts; what is there and in no asset map does not reach the next machine."""
    for text in facts.texts:
        if text.wrapped:
            continue
        for part in text.parts:
            rule = {"font": "TT-038", "picture": "TT-042"}.get(part.kind, "TT-038")
            if part.presence == "absent":
                id = "TT-038.other-case" if part.other_case else "TT-038.absent"
                yield hit(id, file=text.file, rule=rule, name=part.name[:120])
            elif part.presence == "unlisted":
                yield hit(
                    "TT-038.unlisted", file=text.file, rule=rule, severity="warning", name=part.name[:120]
                )
            elif part.presence == "outside":
                yield hit("TT-055.outside", file=text.file, rule="TT-055", name=part.name[:120])


@package_rule("TT-039", severity="error")
def fonts_are_fonts(facts: PackageFacts) -> Outcome:
    for text in facts.texts:
        for part in text.parts:
            if part.kind != "font" or part.presence == "absent":
                continue
            if part.error is not None:
                yield Hit(part.error, file=text.file, place=part.name)
            elif not part.read and part.presence != "outside":
                yield skip("TT-039.not-read", name=part.name, size=part.size)


@package_rule("TT-040", severity="info", clause="CineCanvas 2.7")
def fonts_are_small(facts: PackageFacts) -> Outcome:
    for text in facts.texts:
        for part in text.parts:
            if part.kind == "font" and part.size > MOST_FONT_BYTES:
                yield hit(
                    "TT-040.size", file=text.file, place=part.name, size=part.size, most=MOST_FONT_BYTES
                )


@package_rule("TT-043", severity="info", bv21="error", clause="RDD 52 7.2.1")
def fonts_together_are_small(facts: PackageFacts) -> Outcome:
    for text in facts.texts:
        total = _total(text)
        if total > MOST_FONTS:
            yield hit("TT-043.size", file=text.file, size=total, most=MOST_FONTS)


def _total(text: FoundText) -> int:
    return sum(part.size for part in text.parts if part.kind == "font")


@package_rule("TT-041", severity="warning")
def signs_have_glyphs(facts: PackageFacts) -> Outcome:
    for text in facts.texts:
        for part in text.parts:
            if part.kind == "font" and part.lacking:
                yield hit(
                    "TT-041.lacking",
                    file=text.file,
                    place=part.name,
                    n=len(part.lacking),
                    signs=" ".join(f"{sign} (U+{ord(sign):04X})" for sign in part.lacking[:_SHOWN]),
                )


@package_rule("TT-065", severity="info")
def fonts_are_unaltered(facts: PackageFacts) -> Outcome:
    """Players draw such a font all the same, so it is no more than worth knowing."""
    for text in facts.texts:
        for part in text.parts:
            if part.kind == "font" and part.altered:
                yield hit("TT-065.table", file=text.file, place=part.name, tables=", ".join(part.altered))
