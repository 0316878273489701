"""Errors and faults of what lies on the disk, as people of both languages get them."""

from __future__ import annotations

import errno
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcp.errors import DcpError, TrackFileError
from dcp.mxf.element import Eye, unit_fault
from dcp.mxf.reader import Unit, require
from dcp.output import cannot_write
from dcp.texts.catalogue import LANGUAGES, Language, entries, fill, text
from dcp.xml.parse import parse_xml
from dcp.xml.scan import XmlError


@pytest.mark.parametrize(
    ("eye", "english", "chinese"),
    [
        (None, "unit 7: the unit has sequence number 9, not 8", "单元 7：该单元的序号是 9，应为 8"),
        (
            "left",
            "unit 7 (left eye): the unit has sequence number 9, not 8",
            "单元 7（左眼）：该单元的序号是 9，应为 8",
        ),
        (
            "right",
            "unit 7 (right eye): the unit has sequence number 9, not 8",
            "单元 7（右眼）：该单元的序号是 9，应为 8",
        ),
    ],
)
def test_a_damaged_unit_is_named_with_its_fault_and_its_place(
    eye: Eye | None, english: str, chinese: str
) -> None:
    fault = unit_fault("mxf.sequence", "sequence", number=9, expected=8)
    with pytest.raises(TrackFileError) as caught:
        require(Unit(7, eye, 4096, memoryview(b""), fault, "unchecked"), "a.mxf")
    error = caught.value
    assert error.lines() == [
        english,
        "where: a.mxf: byte 4096",
        "what to do: copy the file again and compare its hash",
    ]
    assert error.lines("zh") == [
        chinese,
        "位置：a.mxf：第 4096 字节",
        "处理方法：请重新拷贝文件，并比较其散列值",
    ]
    assert (error.reason, error.unit, fault.message) == ("sequence", 7, english.partition(": ")[2])


def test_the_file_is_named_before_the_place_and_only_once() -> None:
    error = DcpError("mxf.ends-in-key", where=text("place.byte", byte=16))
    for _ in range(2):
        error.in_file(Path("a.mxf"))
        assert error.where == "a.mxf: byte 16"
        assert error.lines("zh")[1] == "位置：a.mxf：第 16 字节"
    bare = DcpError("mxf.no-mxf")
    bare.in_file(Path("b.mxf"))
    assert bare.where == "b.mxf"


def test_what_is_wrong_with_xml_and_where_is_said_in_chinese() -> None:
    with pytest.raises(XmlError) as caught:
        parse_xml(b"<!DOCTYPE a><a/>", where="CPL.xml")
    assert caught.value.lines("zh") == [
        "文档带有文档类型声明（DOCTYPE）",
        "位置：CPL.xml：第 1 行",
        "处理方法：数据包（DCP）的文档都没有这种声明，请勿信任此文件",
    ]


def test_what_the_system_refuses_is_said_in_chinese() -> None:
    refused = cannot_write(Path("a"), PermissionError(errno.EACCES, "Permission denied"))
    assert refused.say() == "cannot write: Permission denied"
    assert refused.say("zh") == "无法写入：没有权限"


def test_the_text_of_an_error_says_what_the_error_says() -> None:
    for error in (DcpError("xml.missing", name="Id"), DcpError("a sentence of its own")):
        assert error.text.say() == error.what
        assert error.text.say("zh") == error.say("zh")


def templates(language: Language) -> Iterator[tuple[str, str]]:
    for id, parts in entries(language).items():
        for template in parts.values():
            yield id, template


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled(language: Language) -> None:
    """A wrong format would show itself on the day of the fault only."""
    for id, template in templates(language):
        places: dict[str, object] = {}
        for _, name, form, _ in string.Formatter().parse(template):
            if name is not None:
                held = {"word": "sound", "sentences": (text("system.disk-full"),), "": "x"}
                places[name] = held.get(form or "", 2)
        assert fill(template, places, language), id
