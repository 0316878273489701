"""Tables of screens: any spreadsheet's form is read, bad rows are named by line and column."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, DocumentError, UsageError
from kdm.facility import screens
from kdm.facility.screens import read_screens
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.tables import decode_table

World = Any


def test_a_table_tells_all_that_a_kdm_needs(world: World, table: Any) -> None:
    path = table(
        "cinema,cinema_id,screen,certificate,devices,email,time_zone,country,language,circuit\n"
        "Rex,R1,Saal 1,chain.pem,projector.pem,a@rex.example;b@rex.example,Europe/Berlin,DE,de,Circuit\n"
        "Rex,R1,Saal 2,other.crt,,,,,,\n"
        "Grand,,1,certs/hall.pem,,,UTC+8,,,\n"
    )
    found = read_screens(path)
    assert (found.source, found.problems, found.notes) == (str(path), (), ())
    rex, grand = found.facilities
    assert rex == Facility(
        id="R1",
        name="Rex",
        screens=(
            Screen("Saal 1", (Device(tuple(world.hall.chain)),), (Device((world.projector.leaf,)),)),
            Screen("Saal 2", (Device((world.other.leaf,)),)),
        ),
        time_zone="Europe/Berlin",
        emails=("a@rex.example", "b@rex.example"),
        circuit="Circuit",
        country="DE",
        language="de",
    )
    assert (grand.id, grand.name, grand.time_zone) == ("Grand", "Grand", "+08:00")


HEADER, ROW = "cinema,screen,certificate", "Rex,1,other.pem"
CHINESE = "影院,影厅,证书,邮箱\n大光明电影院,一号厅,other.pem,a@b.example\n"
FORMS = {
    "plain": f"{HEADER}\n{ROW}\n",
    "columns in another order": "certificate,cinema,screen\nother.pem,Rex,1\n",
    "capitals, blanks, hyphens": "CINEMA, Screen ,Certificate,Time-Zone,time zone of x\nRex,1,other.pem,,\n",
    "semicolons": f"{HEADER}\n{ROW}\n".replace(",", ";"),
    "tabs": f"{HEADER}\n{ROW}\n".replace(",", "\t"),
    "quotes": '"cinema","screen","certificate"\r\n"Rex","1","other.pem"\r\n',
    "a byte order mark": b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}\n".encode(),
    "UTF-16": f"{HEADER}\n{ROW}\n".encode("utf-16"),
    "CRLF and empty lines": f"\r\n{HEADER}\r\n\r\n{ROW}\r\n,,\r\n\r\n",
    "no line feed at the end": f"{HEADER}\n{ROW}",
    "old Mac line ends": f"{HEADER}\r{ROW}\r",
    "short rows": f"{HEADER},email,devices\n{ROW}\n",
    "long rows": f"{HEADER}\n{ROW},,,\n",
    "blanks around cells": f"{HEADER}\n Rex , 1 , other.pem \n",
    "a path of Windows": f"{HEADER}\nRex,1,.\\other.pem\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_spreadsheet_is_read(world: World, table: Any, form: str) -> None:
    found = read_screens(table(FORMS[form]))
    assert found.facilities == (Facility("Rex", "Rex", (Screen("1", (Device((world.other.leaf,)),)),)),)
    assert found.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_chinese_tables_are_read_in_the_encodings_of_the_field(table: Any, encoding: str) -> None:
    found = read_screens(table(CHINESE.encode(encoding)))
    (cinema,) = found.facilities
    assert (cinema.name, cinema.screens[0].name, cinema.emails) == (
        "大光明电影院",
        "一号厅",
        ("a@b.example",),
    )
    assert any("GB18030" in note for note in found.notes) == encoding.startswith("gb")


def test_a_western_table_is_not_taken_for_chinese(table: Any) -> None:
    text = "cinema;screen;certificate\nCinéma Rex;Salle Élysée;other.pem\nKino Süd;Großer Saal;other.pem\n"
    found = read_screens(table(text.encode("cp1252")))
    assert [each.name for each in found.facilities] == ["Cinéma Rex", "Kino Süd"]
    assert [each.screens[0].name for each in found.facilities] == ["Salle Élysée", "Großer Saal"]
    assert "Windows-1252" in found.notes[0]


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20))
def test_common_characters_survive_gb18030(text: str) -> None:
    """But for the few words whose bytes are UTF-8 as well, which nobody can tell apart."""
    data = f"cinema\n{text.encode('gb2312', 'ignore').decode('gb2312')}".encode("gb18030")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        assert decode_table(data, where="x") == (data.decode("gb18030"), "GB18030")


def test_unknown_columns_are_named_and_not_used(table: Any) -> None:
    found = read_screens(table("cinema,screen,certificate,seats,\nRex,1,other.pem,300,\n"))
    assert found.notes == ("columns that are not used: seats",) and found.facilities[0].screens[0].recipients


def test_a_row_with_more_cells_than_the_header_is_a_problem_and_not_used(table: Any) -> None:
    rows = "Rex;1;other.pem;a@b.example;c@d.example;Asia/Tokyo\nRex;2;other.pem;a@b.example;Asia/Tokyo\n"
    found = read_screens(table("cinema;screen;certificate;email;time_zone\n" + rows))
    (rex,) = found.facilities
    assert [screen.name for screen in rex.screens] == ["2"]
    assert rex.emails == ("a@b.example",) and rex.time_zone == "Asia/Tokyo"
    (problem,) = found.problems
    assert problem.startswith("line 2: it has 6 cells, the header names 5")


@pytest.mark.parametrize(
    ("cell", "good", "bad"),
    [
        ("booth@b.example office@b.example", ["booth@b.example", "office@b.example"], []),
        ("a@b.example/c@d.example; e@f.example", ["a@b.example", "c@d.example", "e@f.example"], []),
        ("Booth <a@b.example>", ["a@b.example"], []),
        ("mailto:a@b.example", ["a@b.example"], []),
        ("kerk(at)b.example", [], ["kerk(at)b.example"]),
        ("ask the booth; a@b.example", ["a@b.example"], ["ask the booth"]),
        ("a@b.example x@", ["a@b.example"], ["x@"]),
        ("", [], []),
    ],
)
def test_addresses_are_parted_and_what_is_none_is_noted(
    table: Any, cell: str, good: list[str], bad: list[str]
) -> None:
    (rex,) = read_screens(table(f'{HEADER},email\nRex,1,other.pem,"{cell}"\n')).facilities
    assert list(rex.emails) == good
    assert [note.partition("' is no mail address")[0] for note in rex.notes] == [f"'{text}" for text in bad]


def test_two_rows_of_a_screen_are_two_media_blocks(world: World, table: Any) -> None:
    (screen,) = (
        read_screens(table(f"{HEADER}\nRex,1,other.pem\nRex,1,chain.pem\nRex,1,other.crt\n"))
        .facilities[0]
        .screens
    )
    assert [device.leaf for device in screen.recipients] == [world.other.leaf, world.hall.leaf]


def test_a_projector_in_the_same_file_is_attached(world: World, table: Any, tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_text(world.other.leaf.pem() + world.projector.leaf.pem())
    (screen,) = read_screens(table(f"{HEADER}\nRex,1,both.pem\n")).facilities[0].screens
    assert [device.leaf for device in screen.devices] == [world.projector.leaf] and screen.problems == ()


def test_a_media_block_in_the_devices_column_is_a_device(world: World, table: Any) -> None:
    (screen,) = (
        read_screens(table(f"{HEADER},devices\nRex,1,other.pem,certs/hall.pem\n")).facilities[0].screens
    )
    assert [device.leaf for device in screen.recipients] == [world.other.leaf]
    assert screen.device_thumbprints == (world.hall.leaf.thumbprint(),)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Rex,1,gone.pem", "line 3, column certificate: gone.pem: there is no such file"),
        ("Rex,1,certs", "line 3, column certificate: certs: it is a folder, not a file"),
        ("Rex,1,broken.pem", "line 3, column certificate: broken.pem: not a certificate"),
        ("Rex,1,screens.csv", "line 3, column certificate: screens.csv: there is no certificate in it"),
        ("Rex,1,signer.pem", "line 3, column certificate: CS.Lab is a certificate for signing"),
        ("Rex,1,root.pem", "line 3, column certificate: only certificates of authorities"),
        ("Rex,1,", "line 3, column certificate: it is empty"),
        ("Rex,1,other.pem,gone.pem", "line 3, column devices: gone.pem: there is no such file"),
        ("Rex,1,a\x01b", "line 3, column certificate: a\x01b: there is no such file"),
        ("Rex,1," + "x" * 3000, "xxx: it cannot be read"),
    ],
    ids=lambda value: value[:30],
)
def test_a_row_that_cannot_be_used_is_a_problem_of_its_screen(
    world: World, table: Any, row: str, problem: str
) -> None:
    found = read_screens(table(f"{HEADER},devices\nGrand,1,chain.pem,\n{row}\nGrand,2,other.pem,\n"))
    grand, rex = found.facilities
    assert [screen.problems for screen in grand.screens] == [(), ()] and len(grand.screens) == 2
    assert any(problem in text for text in rex.screens[0].problems), rex.screens[0].problems


@pytest.mark.parametrize(
    ("row", "where", "problem"),
    [
        (",1,other.pem,", "list", "line 3, column cinema: it is empty"),
        ("Rex,,other.pem,", "cinema", "line 3, column screen: it is empty"),
        ("Rex,2,other.pem,Mars", "cinema", "line 3, column time_zone: 'Mars' is no time zone"),
        ("Rex,2,other.pem,Asia/Tokyo", "cinema", "'Asia/Tokyo' differs from 'Asia/Shanghai' further up"),
        ("x" * 5000 + ",2,other.pem,", "list", "line 3, column cinema: more than 4096 characters"),
    ],
    ids=lambda value: value[:30],
)
def test_a_row_with_a_bad_cell_is_named(table: Any, row: str, where: str, problem: str) -> None:
    found = read_screens(
        table(f"{HEADER},time_zone\nRex,1,chain.pem,Asia/Shanghai\n{row}\nRex,3,chain.pem,\n")
    )
    texts = found.problems if where == "list" else found.facilities[0].problems
    assert any(problem in text for text in texts), texts
    assert found.facilities[0].time_zone == "Asia/Shanghai" and found.facilities[0].screens[-1].name == "3"


def test_certificates_may_lie_anywhere(world: World, table: Any, tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    rows = f"Rex,1,../other.pem\nRex,2,{tmp_path / 'chain.pem'}\n"
    found = read_screens(table(f"{HEADER}\n{rows}", name="lists/screens.csv"))
    assert [screen.recipients[0].leaf for screen in found.facilities[0].screens] == [
        world.other.leaf,
        world.hall.leaf,
    ]


def test_problems_are_told_up_to_a_number(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty-four names in each of 60,000 rows were gigabytes of problems."""
    monkeypatch.setattr(screens, "MAX_PROBLEMS", 5)
    rows = "".join(f"Rex,{number},,gone {number}.pem;gone.pem\n" for number in range(9))
    found = read_screens(table(f"{HEADER},devices\n{rows},,\n"))
    told = [text for screen in found.facilities[0].screens for text in screen.problems if "line" in text]
    assert len(told) == 5 and found.problems == ("and 13 more problems in this table",)


def test_the_files_of_a_table_are_bounded(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens, "MAX_FILES", 2)
    with pytest.raises(DocumentError, match="more than 2 files"):
        read_screens(table(f"{HEADER}\nRex,1,a.pem\nRex,1,b.pem\nRex,2,a.pem\nRex,2,c.pem\n"))


def test_a_file_named_twice_for_a_screen_is_told_of_once(table: Any) -> None:
    found = read_screens(
        table(f"{HEADER}\nRex,1,gone.pem\nRex,1,gone.pem\nRex,1,other.pem\nRex,1,other.pem\n")
    )
    (screen,) = found.facilities[0].screens
    assert len(screen.problems) == 1 and len(screen.recipients) == 1


def test_a_pipe_is_no_certificate_and_nothing_waits_for_it(table: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pem")
    (screen,) = read_screens(table(f"{HEADER}\nRex,1,pipe.pem\n")).facilities[0].screens
    assert "there is no such file" in screen.problems[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (f"{HEADER}\n", "no rows below its header"),
        ("cinema,certificate\nRex,x\n", "does not name the column screen"),
        ("one,two\n", "does not name the columns cinema, screen, certificate. It reads one, two"),
        ("cinema;Kino name\n", "does not name the columns screen, certificate. It reads cinema, Kino name"),
        ("cinema,screen,screen,certificate\nRex,1,2,x\n", "the column screen twice"),
        (f'{HEADER}\nRex,"1,x\n', "this is no CSV"),
        (f'{HEADER}\nRex,"1"x,y\n', "this is no CSV"),
        (f"{HEADER}\nRex,1,{'x' * 200_000}\n", "this is no CSV"),
        (b"\x00\x01\x02\x03", "this is no text"),
        (b"cinema\x00,screen", "this is no text"),
        (b"\xff\xfe\x00", "this is no text"),
        (f"{HEADER}{',tz' * 98}\n{ROW}\n", "more than 100 columns"),
        (f"{HEADER}{',tz' * 97}\n{ROW}\n", "the column time_zone twice"),
        (f"{HEADER}\n" + f"{ROW}\n" * 21, "more than 20 rows"),
        (f"{HEADER}\n" + " " * (screens.MAX_BYTES + 1), "larger than"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused(
    table: Any, text: str | bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "MAX_ROWS", 20)
    with pytest.raises(DocumentError, match=re.escape(said)):
        read_screens(table(text))


def test_an_absent_table_is_said_to_be_absent(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_screens(tmp_path / "gone.csv")


@settings(max_examples=300)
@given(data=st.data())
def test_a_changed_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = bytearray(f"{HEADER},devices,email\nRex,1,a.pem,b.pem;c.pem,x@y\n影院,2,a.pem,,\n".encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(text)))
        text[place : place + data.draw(st.integers(0, 8))] = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b",", b'"', b"\n", b";", b"\xb4\xf3", b"../"]))
        )
    path = tmp_path_factory.getbasetemp() / "changed.csv"
    path.write_bytes(bytes(text))
    try:
        found = read_screens(path)
    except DcpError:
        return
    assert isinstance(found, FacilityList)
