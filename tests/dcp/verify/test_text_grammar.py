"""The grammar of text documents against the schemas: what they refuse is a fault, what one takes is none."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from lxml import etree
from texts_judged import ids, loose, said, wrapped

from dcp.verify.rule import Hit

SMPTE = """<SubtitleReel xmlns="http://www.smpte-ra.org/schemas/428-7/{year}/DCST">
<Id>urn:uuid:00000000-0000-0000-0000-000000000001</Id><ContentTitleText language="en">A</ContentTitleText>
<AnnotationText>B</AnnotationText><IssueDate>2026-01-30T12:00:00</IssueDate><ReelNumber>1</ReelNumber>
<Language>en</Language><EditRate>24 1</EditRate><TimeCodeRate>24</TimeCodeRate>
<StartTime>00:00:00:00</StartTime>
<LoadFont ID="f">urn:uuid:00000000-0000-0000-0000-000000000003</LoadFont>
<SubtitleList>
<Font ID="f" Script="normal" Effect="none" Italic="no" Underline="no" Weight="normal" Color="FFFFFFFF"
 EffectColor="FF000000" Size="42">
<Subtitle SpotNumber="1" TimeIn="00:00:05:00" TimeOut="00:00:06:00" FadeUpTime="00:00:00:01">
<Text Halign="left" Hposition="2" Valign="top" Vposition="5.5" Direction="ltr">a<Font Italic="yes">b</Font>c
<Ruby><Rb>d</Rb><Rt Size="0.4" Position="after" Offset="0" Spacing="0.1" AspectAdjust="1">e</Rt></Ruby>
<Space Size="1"/><HGroup>f</HGroup><Rotate Direction="left">g</Rotate></Text>
<Font Weight="bold"><Text>h</Text></Font>
<Image Halign="right" Vposition="-3">urn:uuid:00000000-0000-0000-0000-000000000004</Image>
</Subtitle></Font>
<Subtitle TimeIn="00:00:07:00" TimeOut="00:00:08:00"><Text>i</Text></Subtitle>
</SubtitleList></SubtitleReel>"""
INTEROP = """<DCSubtitle Version="1.0"><SubtitleID>00000000-0000-0000-0000-000000000001</SubtitleID>
<MovieTitle>A</MovieTitle><ReelNumber>1</ReelNumber><Language>English</Language>
<LoadFont Id="f" URI="f.ttf"/>
<Font Id="f" Script="normal" Effect="border" Italic="no" Underlined="no" Weight="normal" Color="FFFFFFFF"
 EffectColor="FF000000" Size="42" AspectAdjust="1.0" Spacing="0em">
<Subtitle SpotNumber="1" TimeIn="00:00:05:000" TimeOut="00:00:06:249" FadeUpTime="20" FadeDownTime="0">
<Text HAlign="left" HPosition="2" VAlign="top" VPosition="5.5" Direction="horizontal">a<Font Italic="yes">b
</Font>c<Ruby><Rb>d</Rb><Rt Size="0.4em" Position="after" Offset="0em" Spacing="0.1em">e</Rt></Ruby>
<Space Size="1em"/><HGroup>f</HGroup><Rotate Direction="left">g</Rotate></Text>
<Font Weight="bold"><Text>h</Text></Font>
<Image HAlign="right" VPosition="3">00000000-0000-0000-0000-000000000004.png</Image>
</Subtitle></Font></DCSubtitle>"""
GRAMMAR = ("TT-001", "TT-004", "TT-008", "TT-019", "TT-031", "TT-032", "TT-033", "TT-034", "TT-035", "TT-042")
GRAMMAR += ("TT-053", "TT-054", "TT-055", "TT-057", "TT-006")
"""What speaks where a schema would."""
VALUES = ("", "x", "-1", "0", "1", "101", "1.5", "yes", "12 1", "FF", "00:00:05:00", "00:00:05:260", " ")


@pytest.fixture(scope="module")
def schemas(standards: Path) -> Callable[[str], Sequence[etree.XMLSchema]]:
    made: dict[str, etree.XMLSchema] = {}

    def of(name: str) -> etree.XMLSchema:
        if name not in made:
            made[name] = etree.XMLSchema(etree.parse(standards / "xsd" / f"{name}.xsd"))
        return made[name]

    def both(kind: str) -> Sequence[etree.XMLSchema]:
        names = ("DCSubtitle", "DCSubtitle.v1.mattsson") if kind == "interop" else (f"DCDMSubtitle-{kind}",)
        return [of(name) for name in names]

    return both


def document(kind: str) -> str:
    if kind == "interop":
        return INTEROP
    made = SMPTE.replace("{year}", kind)
    if kind == "2014":
        depths = '<LoadVariableZ ID="z">1:2 3</LoadVariableZ><Text VariableZ="z" Zposition="1" '
        made = made.replace("<Text Halign", depths + "Halign").replace('Size="42"', 'Size="42" Feather="no"')
    return made


OF_SOME_YEARS = ("AspectAdjust", "Spacing", "EffectSize", "Feather")


def changes(root: etree._Element, seed: int) -> Iterator[tuple[str, etree._Element]]:
    """Documents that differ from this in one thing each."""
    chance = random.Random(seed)
    every = list(root.iter(etree.Element))
    for number, element in enumerate(every):
        name = etree.QName(element).localname

        def another(number: int = number) -> tuple[etree._Element, etree._Element]:
            made = copy.deepcopy(root)
            return made, list(made.iter(etree.Element))[number]

        if number:
            made, there = another()
            parent = there.getparent()
            assert parent is not None
            parent.remove(there)
            yield f"without {name} {number}", made
            made, there = another()
            there.addnext(copy.deepcopy(there))
            yield f"twice {name} {number}", made
            made, there = another()
            there.tag = f"{{{etree.QName(there).namespace or ''}}}Shape" if "}" in str(there.tag) else "Shape"
            yield f"other {name} {number}", made
        made, there = another()
        there.set("Shape", "x")
        yield f"attribute of {name} {number}", made
        for key in OF_SOME_YEARS if name == "Font" else ():
            made, there = another()
            there.set(key, "yes" if key == "Feather" else "1")
            yield f"{name} with {key}", made
        for key in element.attrib:
            made, there = another()
            del there.attrib[key]
            yield f"{name} without {key}", made
            for value in chance.sample(VALUES, 2):
                made, there = another()
                there.set(key, value)
                yield f"{name} {key}={value!r}", made
        if not len(element):
            for value in chance.sample(VALUES, 2):
                made, there = another()
                there.text = value
                yield f"{name} is {value!r}", made


@pytest.mark.parametrize("kind", ["2007", "2010", "2014", "interop"])
def test_what_a_schema_refuses_is_found(
    kind: str, schemas: Callable[[str], Sequence[etree.XMLSchema]]
) -> None:
    root = etree.fromstring(document(kind))
    judged = loose if kind == "interop" else wrapped
    assert [schema.validate(root) for schema in schemas(kind)][:1] == [True]
    assert {*ids(judged(document(kind).encode()))} <= {"TT-026", "TT-055"}  # of header and resources here
    missed, cried = [], []
    for what, made in changes(root, 1):
        data = etree.tostring(made)
        found = [
            (each.rule, each.message)
            for each in said(judged(data))
            if isinstance(each, Hit) and each.rule in GRAMMAR and "in its track file" not in each.message
        ]
        valid = any(schema.validate(made) for schema in schemas(kind))
        if not valid and not found and "URI=" not in what:  # the rule about files speaks of paths
            missed.append(what)
        if valid and any(rule == "TT-001" for rule, _ in found):
            cried.append((what, found))
    assert missed == []
    assert cried == []
