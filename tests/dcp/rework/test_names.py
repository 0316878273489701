"""Files of a copy are named by their ids as they are now, each name once."""

from __future__ import annotations

import uuid

import pytest

from dcp.rework.names import Names, named_after, renewed

OLD = uuid.UUID("0a1b2c3d-0001-4000-8000-00000000abcd")
NEW = uuid.UUID("5e6f7a8b-0002-4000-8000-00000000ef01")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{OLD}.mxf", f"{NEW}.mxf"),
        (f"j2c_{OLD}_r1.mxf", f"j2c_{NEW}_r1.mxf"),
        (f"J2C_{OLD.hex}.mxf", f"J2C_{NEW.hex}.mxf"),
        (f"{str(OLD).upper()}.MXF", f"{str(NEW).upper()}.MXF"),
        (f"{OLD}/sub.mxf", f"{OLD}/sub.mxf"),
        ("9f8e7d6c-0003-4000-8000-00000000beef.mxf", f"{NEW}.mxf"),
        ("reel 1 picture.mxf", "reel 1 picture.mxf"),
        (f"{'0' * 40}.mxf", f"{'0' * 40}.mxf"),
    ],
)
def test_an_id_in_a_files_name_becomes_its_own(name: str, expected: str) -> None:
    assert named_after(name, NEW) == expected


def test_only_ids_that_changed_are_replaced_in_words() -> None:
    other = uuid.uuid4()
    assert renewed(f"{OLD} and {other}", {OLD: NEW}) == f"{NEW} and {other}"


def test_a_name_that_is_taken_gives_way_to_the_id() -> None:
    names = Names()
    assert names.give("a/Picture.mxf", OLD) == "a/Picture.mxf"
    assert names.give("A/picture.mxf", NEW) == f"{NEW}.mxf"
    assert names.give("a", uuid.UUID(int=1)) == f"{uuid.UUID(int=1)}"  # a folder has the name
    assert names.give("a/picture.mxf/x.ttf", uuid.UUID(int=2)) == f"{uuid.UUID(int=2)}.ttf"
    assert names.give("ASSETMAP.xml", uuid.UUID(int=3)) == f"{uuid.UUID(int=3)}.xml"


def test_no_file_gets_anothers_name_that_is_called_by_its_id() -> None:
    names = Names()
    wanted = [f"{NEW}.xml", "CPL.xml", f"{NEW}_1.xml", "cpl.xml"]
    given = [names.give(name, id) for name, id in zip(wanted, (uuid.uuid4(), OLD, OLD, NEW), strict=True)]
    assert given[:3] == wanted[:3] and given[3] == f"{NEW}_2.xml"
