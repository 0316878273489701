"""Names by the convention: built of facts, taken apart, and held against a package."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packages_packed import FIVE_ONE, NOW, facts

from dcp.documents.cpl_reading import parse_cpl
from dcp.errors import DcpError, UsageError
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts, SoundForm
from dcp.packing.kinds import KINDS, kind_of
from dcp.packing.name_reading import parse_name
from dcp.packing.naming import NameParts, auto_name, film_part, format_name, name_parts
from dcp.packing.ratings import read_ratings
from dcp.packing.registries import territory
from dcp.packing.titles import contradictions, shared_title

REEL = ReelFacts(PlayedTrack(uuid.uuid4(), 48), PlayedTrack(uuid.uuid4(), 48))
EMPTY = (None,) * 6
SPOKEN = SoundForm("51", FIVE_ONE, language="en")


def named(film: str = "Film", **change: Any) -> str:
    return auto_name(facts(REEL, **{"sound": SPOKEN, **change}), film=film, now=NOW).text


class TestBuilding:
    def test_a_whole_name(self) -> None:
        film = facts(
            REEL,
            kind=kind_of("feature"),
            version_number=2,
            status="temp",
            stored=(4096, 1716),
            active=(3432, 1716),
            sound=SoundForm("51", (*FIVE_ONE, "HI", "VIN"), language="zh"),
            subtitle_languages=("en", "fr"),
            captions=True,
            territory=territory("US"),
            ratings=read_ratings([("MPAA", "PG-13")])[0],
            rate=Fraction(48),
            hdr=True,
            version_file=True,
        )
        built = auto_name(film, film="the cat's Été", now=NOW, studio="a24", facility="DLX", package_number=2)
        assert built.text == (
            "TheCatsEte_FTR-2-Temp-48-HDR1_S-200_ZH-EN-FR-CCAP_US-PG13_51-HI-VI_4K_A24_20280601_DLX_SMPTE_VF-2"
        )
        assert [each.id for each in built.decisions] == ["plan.name"]
        assert built.advice == ()

    def test_what_was_not_given_is_left_out_and_said(self) -> None:
        built = auto_name(facts(REEL), film="Film", now=NOW)
        assert built.text == "Film_TST-1_F_XX-XX_51_2K_20280601_SMPTE_OV"
        assert "territory, studio and facility" in str(built.decisions[1])

    @pytest.mark.parametrize(
        ("change", "part"),
        [
            ({"kind": kind_of("psa")}, "_PSA-1_"),
            ({"stored": (2048, 858), "active": (2048, 858)}, "_S_"),
            ({"stored": (2048, 1080), "active": (2048, 1080)}, "_C_"),
            ({"stored": (1920, 1080), "active": (1920, 1080)}, "_F-178_"),
            ({"active": (1440, 1080)}, "_F-133_"),
            ({"active": (1998, 836)}, "_F-239_"),
            ({"active": (1480, 1080)}, "_F-137_"),
            ({"active": (1994, 1080)}, "_F_"),
            ({"active": (1200, 1080)}, "_F-111_"),
            ({"active": (1440, 1080), "kind": kind_of("trailer")}, "_TLR-1_F_"),
            ({"stereo": True}, "_TST-1-3D_"),
            ({"stereo": True}, "_SMPTE-3D_"),
            ({"stereo": True, "luminance": Decimal("4.50")}, "-3D-45fl_"),
            ({"standard": "interop"}, "_IOP_"),
            ({"rate": Fraction(25)}, "_TST-1-25_"),
            ({"status": "pre"}, "_TST-1-Pre_"),
            ({"chain": "Kino Süd"}, "_TST-1-KinoSud_"),
            ({"sound": None}, "_XX-XX_MOS_"),
            ({"sound": SoundForm("M", ("C",), language="de-AT")}, "_10_"),
            ({"sound": SoundForm("51", ("L", "R", None, None, None, None))}, "_20_"),
            ({"sound": SoundForm("51", ("L", "R", None, "LFE"))}, "_21_"),
            ({"sound": SoundForm("71", (*FIVE_ONE[:4], "Lss", "Rss", *EMPTY[:4], "Lrs", "Rrs"))}, "_71_"),
            ({"sound": SoundForm("51", (*FIVE_ONE, *EMPTY, "DBOX", None, "SLVS"))}, "_51-SL-DBOX_"),
            ({"immersive": True}, "_51-IAB_"),
            ({"immersive": True, "atmos": True}, "_51-ATMOS_"),
            ({"burnt_in": "fr-CA"}, "_EN-qfc_"),
            ({"sound": SoundForm("51", FIVE_ONE, language="tlh")}, "_TLH-XX_"),
            ({"sound": SoundForm("51", FIVE_ONE, language="zxx")}, "_XX-XX_51_"),
            ({"ratings": read_ratings([("MPAAT", "RB")])[0], "kind": kind_of("TLR")}, "_TLR-1-RedBand_"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )  # fmt: skip
    def test_each_part(self, change: dict[str, Any], part: str) -> None:
        assert part in named(**change)

    def test_the_film_is_one_word_of_latin_letters(self) -> None:
        assert film_part("the quick (brown) fox") == "TheQuickBrownFox"
        built = auto_name(facts(REEL), film="the quick brown fox", now=NOW)
        assert built.text.startswith("TheQuickBrownF_") and built.decisions[1].id == "plan.name-film-cut"
        with pytest.raises(UsageError, match="Latin"):
            auto_name(facts(REEL), film="流浪地球", now=NOW)

    def test_codes_that_nobody_registered_are_advised(self) -> None:
        built = auto_name(facts(REEL), film="F", now=NOW, studio="ZZZZ", facility="yma")
        assert "_ZZZZ_20280601_YMA_" in built.text
        assert [each.id.partition("-")[0] for each in built.advice] == ["advice.code"] * 2
        with pytest.raises(UsageError, match="facility"):
            auto_name(facts(REEL), film="F", now=NOW, facility="too long")


CALLED_FLAT_THOUGH_4096_WIDE = "CPL_ECL28-SINGLE-CPL_TST_F_EN-XX_UK-U_51_4K_DI_20180103_ECL_SMPTE_OV.xml"
REAL = (
    "GoldenVector_TST-1_F_EN-XX_US_51_2K_GV_20260101_GV_SMPTE_OV",
    "Test_FTR-1_F-119_10_2K_20160524_IOP_OV",
    "ECL44SingleCPL_TST-3D-48_F_XX-XX_UK-U_51_2K_ECL_20180301_ECL_SMPTE-3D_OV",
    "ECL10-SINGLE-CPL_TST_S_EN-XX_UK-U_51-ATMOS_2K_DI_20171220_ECL_SMPTE_VF",
)


class TestReading:
    def test_a_whole_name(self) -> None:
        title = (
            "TheCatsEte_FTR-2-Temp-48-HDR1_S-200_ZH-en-CCAP_US-PG13_51-HI-VI_4K_A24_20280601_DLX_SMPTE_VF-2"
        )
        assert parse_name(title) == NameParts(
            film="TheCatsEte",
            kind="FTR",
            version=2,
            status="Temp",
            rate=48,
            look="HDR1",
            container="S",
            ratio="200",
            audio="ZH",
            texts=("en",),
            captions=("CCAP",),
            territory="US",
            rating="PG13",
            sound="51",
            sound_extras=("HI", "VI"),
            resolution="4K",
            studio="A24",
            date="20280601",
            facility="DLX",
            standard="SMPTE",
            package="VF",
            package_number=2,
        )

    @pytest.mark.parametrize("title", REAL)
    def test_real_ones_come_back_as_they_were(self, title: str) -> None:
        parts = parse_name(title)
        assert parts is not None and format_name(parts) == title

    @pytest.mark.parametrize(
        "title",
        ["", "A film", "My_film", "FTR_F_EN", "Film_FTR-1_F", "Film_FTR_2K", "x" * 3000, "_" * 500,
         "Test_TST_S_EN-XX", "Film_TST_S_EN-XX_UK_51" + "_AB" * 300, "Film_Film_Film_OV"],
    )  # fmt: skip
    def test_titles_that_are_none(self, title: str) -> None:
        assert parse_name(title) is None

    def test_every_real_title_of_the_corpus(self, corpus: Path, golden: Path) -> None:
        titles = set()
        for folder in (corpus, golden):
            for path in folder.rglob("*.xml"):
                titles |= set(re.findall(r"<ContentTitleText>([^<]*)<", path.read_text("utf-8", "replace")))
        long = {title for title in titles if title.count("_") >= 5}
        assert len(long) > 20
        for title in long:
            parts = parse_name(title)
            assert parts is not None, title
            again = parse_name(format_name(parts))
            assert again is not None
            assert replace(again, faults=(), others=()) == replace(parts, faults=(), others=())

    def test_what_is_not_of_the_convention_is_said(self) -> None:
        parts = parse_name(
            "A-long-title-of-a-film_TST-60-400_F_XX-XX_ABC_51-FOO_2K_DI_20180301_ECL_SMPTE-TYPE-B_OV"
        )
        assert parts is not None and parts.studio == "DI" and parts.territory is None
        assert [fault.id for fault in parts.faults] == [
            "advice.name-film", "advice.name-unread", "advice.name-absent",
        ]  # fmt: skip
        for word in ("ABC", "400", "FOO", "TYPE", "B"):
            assert word in str(parts.faults[1])
        assert "territory" in str(parts.faults[2])

    @given(st.text(alphabet="FTRSC_-0123456789KEONXVMPI", max_size=80))
    def test_nothing_breaks_it(self, text: str) -> None:
        parts = parse_name(text)
        assert parts is None or format_name(parts)


PARTS = st.builds(
    dict,
    kind=st.sampled_from(KINDS),
    stored=st.sampled_from([(1998, 1080), (2048, 858), (4096, 2160)]),
    rate=st.sampled_from([Fraction(24), Fraction(25), Fraction(60)]),
    stereo=st.booleans(),
    hdr=st.booleans(),
    standard=st.sampled_from(["smpte", "interop"]),
    sound=st.sampled_from([None, SPOKEN, SoundForm("51", (*FIVE_ONE, "HI", "VIN"), language="pt-BR")]),
    subtitle_languages=st.sampled_from([(), ("de",), ("zh-Hans", "en")]),
    version_number=st.integers(1, 19),
    status=st.sampled_from(["final", "temp", "pre"]),
    territory=st.sampled_from([None, territory("UK"), territory("INT")]),
    version_file=st.booleans(),
)


@given(PARTS)
def test_a_built_name_is_read_as_it_was_built_and_contradicts_nothing(given_facts: dict[str, Any]) -> None:
    film = facts(REEL, **{"active": given_facts["stored"], **given_facts})
    built = auto_name(film, film="Film", now=NOW, studio="A24", facility="DLX")
    parts = parse_name(built.text)
    assert parts is not None
    assert replace(parts, faults=()) == built.parts
    assert contradictions(parts, film) == ()


class TestContradictions:
    TITLE = "Film_TST-1_F_EN-XX_UK-U_51-HI_2K_A24_20280601_DLX_SMPTE_OV"
    FILM = facts(
        REEL,
        sound=SoundForm("51", (*FIVE_ONE, "HI", None), language="en-GB"),
        territory=territory("UK"),
    )

    def said(self, title: str, film: CompositionFacts) -> list[str]:
        parts = parse_name(title)
        assert parts is not None
        found = contradictions(parts, film)
        assert all(each.id == "advice.title-contradicts" for each in found)
        return [str(each.places["what"]) for each in found]

    def test_a_title_that_is_right(self) -> None:
        assert self.said(self.TITLE, self.FILM) == []

    @pytest.mark.parametrize(
        ("old", "new", "what"),
        [
            ("TST-1", "FTR-1", "kind"),
            ("TST-1", "TST-2", "version"),
            ("TST-1", "TST-1-Pre", "status"),
            ("TST-1", "TST-1-48", "rate"),
            ("TST-1", "TST-1-3D", "dimension"),
            ("SMPTE", "SMPTE-3D", "dimension"),
            ("TST-1", "TST-1-HDR1", "look"),
            ("_F_", "_S_", "container"),
            ("_F_", "_F-133_", "ratio"),
            ("EN-XX", "FR-XX", "audio"),
            ("EN-XX", "XX-XX", "audio"),
            ("EN-XX", "EN-FR", "texts"),
            ("UK-U", "US", "territory"),
            ("51-HI", "71-HI", "sound"),
            ("51-HI", "51-HI-VI", "sound-extra"),
            ("2K", "4K", "resolution"),
            ("SMPTE", "IOP", "standard"),
            ("_OV", "_VF", "package"),
            ("Film_", "Film-Encrypted_", "encryption"),
        ],
    )
    def test_each_that_is_wrong(self, old: str, new: str, what: str) -> None:
        assert self.said(self.TITLE.replace(old, new), self.FILM) == [f"name-{what}"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [("EN-XX", "EUS-XX"), ("EN-XX", "EN-fr"), ("51-HI", "51"), ("_F_", "_F-185_"), ("UK-U_", ""),
         ("20280601", "20200101")],
    )  # fmt: skip
    def test_what_is_no_contradiction(self, old: str, new: str) -> None:
        assert self.said(self.TITLE.replace(old, new), self.FILM) == []

    def test_hdr_and_rate_that_the_title_keeps_to_itself(self) -> None:
        assert self.said(self.TITLE, replace(self.FILM, hdr=True)) == ["name-look"]
        assert self.said(self.TITLE, replace(self.FILM, rate=Fraction(25))) == ["name-rate"]
        assert self.said(self.TITLE, replace(self.FILM, subtitle_languages=("fr",))) == ["name-texts"]

    def test_an_encrypted_package_that_is_called_plain(self) -> None:
        locked = ReelFacts(PlayedTrack(uuid.uuid4(), 48, key_id=uuid.uuid4()))
        film = replace(self.FILM, reels=(locked,))
        assert self.said(self.TITLE.replace("Film", "Film-PLAINTEXT"), film) == ["name-encryption"]
        assert self.said(self.TITLE.replace("Film", "Film-ENCRYPTED"), film) == []

    def test_both_languages_say_it(self) -> None:
        parts = parse_name(self.TITLE.replace("SMPTE", "IOP"))
        assert parts is not None
        (one,) = contradictions(parts, self.FILM)
        assert str(one) == "the title says IOP for the standard, and the package has SMPTE"
        assert one.say("zh") == "影片名称中的标准为 IOP，而数据包（DCP）中为 SMPTE"


def test_titles_of_real_packages_agree_with_them(corpus: Path) -> None:
    """What a playlist alone tells: kind, container, standard, dimension, rate."""
    wrong = {}
    for path in corpus.rglob("*.xml"):
        data = path.read_bytes()
        if b"<ContentTitleText>" not in data:
            continue
        try:
            cpl = parse_cpl(data, where=path.name)
        except DcpError:  # files that are wrong on purpose
            continue
        parts, picture = parse_name(cpl.content_title_text), cpl.reels[0].picture
        size = (picture.screen_aspect_ratio or "").split() if picture else []
        if parts is None or picture is None or len(size) != 2:
            continue
        film = replace(
            TestContradictions.FILM,
            kind=kind_of(cpl.content_kind),
            rate=picture.edit_rate,
            stored=(int(size[0]), int(size[1])),
            active=(int(size[0]), int(size[1])),
            standard=cpl.standard,
            stereo=picture.kind == "MainStereoscopicPicture",
        )
        told = {str(each.places["what"]) for each in contradictions(parts, film)}
        wrong[path.name] = told & {
            "name-kind",
            "name-container",
            "name-standard",
            "name-dimension",
            "name-rate",
        }
    assert len(wrong) > 15
    assert {name for name, told in wrong.items() if told} == {CALLED_FLAT_THOUGH_4096_WIDE}


def test_name_parts_take_what_they_are_given() -> None:
    parts = name_parts(facts(REEL), film="F", now=NOW, studio="x")
    assert (parts.studio, parts.date) == ("x", "20280601")


@pytest.mark.parametrize(
    ("titles", "shared"),
    [
        (["Film!"], "Film!"), (["Film!", "Film!"], "Film!"), (["Film EN", "Film DE"], "Film"),
        (["Film", "Film 2"], "Film"), (["The film", "The films"], "The"), (["One", "Other"], "One"),
        (["Film_TLR-1_F_EN-XX_51", "Film_TLR-1_F_DE-XX_51"], "Film_TLR-1_F"),
        (["长片 一", "长片 二"], "长片"),
    ],
)  # fmt: skip
def test_a_package_is_called_what_its_titles_share(titles: list[str], shared: str) -> None:
    assert shared_title(titles) == shared
