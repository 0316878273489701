"""Expressions of channels and maps; where the field has each channel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.documents.cpl_metadata import CHANNEL_SYMBOLS
from dcp.errors import UsageError
from dcp.mxf.labels import MCA
from dcp.sound.expression import Entry, Expression, parse_channels, parse_map
from dcp.sound.layout import GROUPS, SYMBOLS, by_names, layout_of, missing

FIVE = ("L", "R", "C", "LFE", "Ls", "Rs")


@pytest.mark.parametrize(
    ("text", "symbols", "field"),
    [
        ("51(L,R,C,LFE,Ls,Rs),HI,VIN", (*FIVE, "HI", "VIN"), "51"),
        ("71(L,R,C,LFE,Lss,Rss,Lrs,Rrs),-,DBOX", (*FIVE[:4], "Lss", "Rss", "Lrs", "Rrs", None, "DBOX"), "71"),
        ("ST(L,R)", ("L", "R"), None),
        (" l , r ,vi-n", ("L", "R", "VIN"), None),
        ("M(C)", ("C",), "M"),
        ("L,R,sync,SLVS", ("L", "R", "FSKSync", "SLVS"), None),
        ("51(L,R)", ("L", "R"), "51"),
    ],
)
def test_an_expression_names_the_channels(
    text: str, symbols: tuple[str | None, ...], field: str | None
) -> None:
    assert parse_channels(text) == Expression(symbols, field)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("51(L,R", "wrong at 'R'"),
        ("L,,R", "wrong at ','"),
        ("51()", "wrong at ')'"),
        ("(L)", "wrong at '('"),
        ("L R", "wrong at 'R'"),
        ("L;R", "wrong at ';'"),
        (",", "wrong at ','"),
        ("51(L)R", "wrong at 'R'"),
        ("L,", "wrong at ','"),
        ("X(L)", "'X' is no soundfield"),
        ("51(L,51(R))", "more than one soundfield"),
        ("51(L),71(R)", "more than one soundfield"),
        ("51(L,Lss)", "Lss is no channel of soundfield 51"),
        ("", "1 to 1,000 characters, not 0"),
        ("L," * 600, "1 to 1,000 characters"),
        ("-,-", "no channel is named"),
        ("L,R,L", "L is named twice"),
        ("Lx", "'Lx' is no channel of ST 428-12"),
        ("Lt,Rt", "'Lt' is matrixed sound"),
    ],
)
def test_a_wrong_expression_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_channels(text)
    assert said in caught.value.what and caught.value.where and caught.value.remedy
    assert caught.value.say("zh") != caught.value.what and caught.value.say_remedy("zh")


def test_a_map_has_levels_and_adds_up() -> None:
    assert parse_map("1:C@-3, 2:C@-3dB,3:lfe@+1.5,4:L") == (
        Entry(1, "C", -3.0),
        Entry(2, "C", -3.0),
        Entry(3, "LFE", 1.5),
        Entry(4, "L", 0.0),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1", "'1' is no entry of a map"),
        ("1:L@loud", "no entry of a map"),
        ("1:L,", "'' is no entry"),
        ("a:L", "no entry of a map"),
        ("0:L", "counted from 1"),
        ("999999999999:L", "counted from 1"),
        ("1:L@99", "between -60 and 60 dB"),
        ("1:L,1:L@-3", "twice"),
        ("1:Q", "'Q' is no channel"),
        ("1:Lt", "matrixed"),
        ("", "characters, not 0"),
    ],
)
def test_a_wrong_map_says_which_entry(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_map(text)
    assert said in caught.value.what and caught.value.remedy and caught.value.say("zh")


@given(st.text(max_size=60))
def test_whatever_is_written_is_an_expression_or_an_error(text: str) -> None:
    for parse in (parse_channels, parse_map):
        try:
            parse(text)
        except UsageError as error:
            assert error.lines("en") and error.lines("zh")


@pytest.mark.parametrize(
    ("symbols", "field", "channels"),
    [
        ("C", "M", "- - C - - -"),
        ("L R", "-", "L R - - - -"),
        ("L R LFE", "-", "L R - LFE - -"),
        ("L R C LFE Ls Rs", "51", "L R C LFE Ls Rs"),
        ("L R C", "51", "L R C LFE Ls Rs"),
        ("L R C LFE Ls Rs HI VIN", "51", "L R C LFE Ls Rs HI VIN"),
        ("L R C LFE Ls Rs Cs", "61", "L R C LFE Ls Rs - - Cs - - - - - - -"),
        ("L R C LFE Lss Rss Lrs Rrs VIN", "71", "L R C LFE Lss Rss - VIN - - Lrs Rrs - - - -"),
        ("L R C LFE Ls Rs Lc Rc", "SDS", "L R C LFE Ls Rs - - Lc Rc - - - - - -"),
        (
            "L R C LFE Ls Rs DBOX FSKSync SLVS DBOX2",
            "51",
            "L R C LFE Ls Rs - - - - - - DBOX FSKSync SLVS DBOX2",
        ),
        ("HI", "-", "- - - - - - HI -"),
    ],
)
def test_every_layout_has_the_field_s_order_and_6_8_or_16_channels(
    symbols: str, field: str, channels: str
) -> None:
    layout = layout_of(symbols.split())
    assert layout.field == field
    assert " ".join(each or "-" for each in layout.channels) == channels
    assert missing(layout, symbols.split()) == tuple(
        each for each in channels.split() if each not in (*symbols.split(), "-")
    )


def test_soundfields_do_not_mix() -> None:
    with pytest.raises(UsageError, match="Ls and Lss belong to different soundfields"):
        layout_of(["L", "Ls", "Lss"])
    with pytest.raises(UsageError, match="Ls and Lss"):
        layout_of(["L", "Ls", "Lrs"])
    with pytest.raises(UsageError, match="Lss is no channel of soundfield 51"):
        layout_of(["L", "Lss"], field="51")
    assert layout_of(["L", "R"], field="51").field == "51"


def test_the_tables_agree_with_the_labels() -> None:
    assert set(SYMBOLS) == CHANNEL_SYMBOLS == set(MCA.channels)
    assert MCA.grouped == GROUPS


@pytest.mark.parametrize(
    ("names", "symbols"),
    [
        ("FC", "C"),
        ("FL FR", "L R"),
        ("FL FR FC LFE BL BR", "L R C LFE Ls Rs"),
        ("FL FR FC LFE SL SR", "L R C LFE Ls Rs"),
        ("FL FR FC LFE BL BR SL SR", "L R C LFE Lrs Rrs Lss Rss"),
        ("FL FR FC LFE BC SL SR", "L R C LFE Cs Ls Rs"),
        ("FL FR FC LFE BL BR FLC FRC", "L R C LFE Ls Rs Lc Rc"),
        ("FL FR FC LFE BL BR TFL TFR", "L R C LFE Ls Rs - -"),
        ("DL DR", "- -"),
    ],
)
def test_names_of_a_source_s_channels(names: str, symbols: str) -> None:
    found = by_names(names.split())
    assert found is not None and " ".join(each or "-" for each in found) == symbols


def test_channels_without_names_say_nothing() -> None:
    assert by_names(["NONE", "NONE"]) is None
    assert by_names(["FC", "FC"]) is None
