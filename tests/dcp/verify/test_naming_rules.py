"""Titles by the naming convention: a wrong one is one finding, and what is right or no such name is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from wrong_packages.edits import Change
from wrong_packages.names import CASES, NAME, SILENT, titled
from wrong_packages.world import World

from dcp.packing.name_reading import nearly_a_name, parse_name
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()

PUBLISHED = (
    "HappyDeathDay_FTR-9_S_QFC-XX-CCAP_CA_51-HI-VI_2K_UP_20171003_DTB_SMPTE_OV",
    "PitchPerfect3_FTR-7-DVis_F_EN-XX-CCAP_US-13-CA_ATMOS-71-HI-VI_2K_UP_20171103_DLB_SMPTE_OV",
    "Ferdinand_FTR-3D-4FL_S_EN-qbp-QBP-CCAP_BR_ATMOS-VI-SL-DBOX_2K_TCF_20171211_DTB_SMPTE_OV ",
    "Logan_FTR-M_S_EN-de_DE_ATMOS-DBOX_2K_TCF_20171213_DTU_SMPTE_OV ",
    "TheHateUGive_FTR-B_S_EN-EN-CCAP_OV_71-HI-VI_2K_TCF_20180924_TCF_SMPTE ",
    "Cars3_FTR-25-3D-14fl_S_EN-EN-CCAP_US-G_71-HI-VI-Atmos-Dbox_2K_DI_20170605_DTB_SMPTE-3D_OV",
    "SWLastJedi_FTR-26-2D-DVis_S_EN-ar_AE_71-Atmos-Dbox_2K_DI_20171120_DTB_SMPTE_OV",
    "GuardiansGala2_FTR-1-2D_S_EN-FR-AR_LB_71-Dbox_2K_DI_20170411_DTU_IOP_VF",
    "MovieTitle_FTR-1_F_EN-EN-CCAP_US-G_51_2K_ST_20130515_FAC_IOP_VF",
    "MovieTitle_FTR-1_F_EN-XX_US-G_51_2K_ST_20130515_FAC_IOP_OV",
    "MovieTitle_FTR-3D_F_EN-XX_US_51-EN_2K_ST_20070115_FAC_IOP-3D_OV",
    "MovieTitle_FTR_F_EN-XX_INT_51_2K_NULL_20230622_NUL_SMPTE_OV",
    "JourneyToJah_TLR-1_F_EN-DE-FR_CH_51_2K_LOK_20140225_DGL_SMPTE_OV",
    "ECL46SingleCPL_TST-3D-60_F_XX-XX_UK-U_51_2K_ECL_20180301_ECL_SMPTE-3D_OV",
    "ECL47aMultiPKL_TST_S_EN-XX_UK-U_51_2K_DI_20180301_ECL_SMPTE_OV",
)  # fmt: skip
"""As the convention's own pages and the packages of test suites have them."""
DEVIANT = {
    "ThankYouService_FTR-4_S_EN-LAS_US-R_51-EN-HI-VI-CCAP_2K_UP_20171013_DTB_SMPTE_VF": "advice.name-film",
    "SchindlersList_FTR-14-1993_F_EN-XX-CCAP_US-R-INT-TD_ATMOS-71-HI-VI_4K_UP_20181119_DTB_SMPTE_OV":
        "advice.name-unread",
    "MOVIE-TITLE_FTR-1_F_FR-XX_FR-AA_51-EN_2K_ST_20070115_FAC_VF-1": "advice.name-absent",
    "CTPBase_TST_F_EN_US_51_2K_PPF_20260721_PPF_SMPTE_OV": "advice.name-unread",
    "HighAssetCount_TST-2D_S_EN-XX_51_2K_ST_20210629_QCE_SMPTE_OV": "advice.name-absent",
}  # fmt: skip
"""Published too, with the deviation that is in each."""


def of_names(facts: PackageFacts) -> dict[str, list[Hit]]:
    said: dict[str, list[Hit]] = {}
    for rule in RULES.values():
        if rule.package is not None and (rule.id.startswith("NAM-") or rule.id == "PKG-101"):
            for outcome in rule.package(facts):
                assert isinstance(outcome, Hit)
                said.setdefault(rule.id, []).append(outcome)
    return said


@pytest.mark.parametrize(("rule", "change"), CASES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(CASES)])
def test_one_wrong_part_is_one_finding(tmp_path: Path, rule: str, change: Change) -> None:
    world = World()
    change(world)
    said = of_names(world.facts(tmp_path / "dcp"))
    assert {id: [hit.message for hit in hits] for id, hits in said.items() if id != rule} == {}
    assert len(said[rule]) == 1


@pytest.mark.parametrize("change", [change for _, change in SILENT], ids=[name for name, _ in SILENT])
def test_what_is_right_is_silent(tmp_path: Path, change: Change) -> None:
    world = World()
    change(world)
    said = of_names(world.facts(tmp_path / "dcp"))
    assert {id: [hit.message for hit in hits] for id, hits in said.items()} == {}


def test_every_rule_of_names_has_a_case() -> None:
    assert {id for id in RULES if id.startswith("NAM-")} <= {rule for rule, _ in CASES}


@pytest.mark.parametrize("title", [*PUBLISHED, NAME])
def test_published_names_have_no_fault(title: str) -> None:
    parts = parse_name(title)
    assert parts is not None and [str(fault) for fault in parts.faults] == []


@pytest.mark.parametrize(("title", "fault"), DEVIANT.items())
def test_deviant_names_have_theirs(title: str, fault: str) -> None:
    parts = parse_name(title)
    assert parts is not None and parts.faults[0].id == fault


@pytest.mark.parametrize(
    "title",
    ["", "Film", "My_film_of_2K_pictures", "A_B_C_D_E_F_G", "3DGlassesGen_XSN_F", "MovieTitle_3D-Glasses_F",
     "x_" * 500, "Sintel 4K 51 SMPTE", "Film_FTR-1_F_EN"],
)  # fmt: skip
def test_what_is_no_name_is_left_alone(title: str, tmp_path: Path) -> None:
    assert not nearly_a_name(title)
    world = World()
    titled(title or "-")(world)
    assert of_names(world.facts(tmp_path / "dcp")) == {}
