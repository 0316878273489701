"""Names of KDM files: the convention, on real files and on what is made here."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdm.batch.names import (
    FORMULATION_CODES,
    MAX_NAME,
    cinema_digest,
    cinema_name,
    message_name,
    name_faults,
    parcel_name,
)
from kdm.formulation import FORMULATIONS, recognise
from kdm.message import KdmMessage, parse_message

REAL = "k_TONEPLATES-SMPTE-ENC_IMB-227577.DC.DOLPHIN.DC2.SMPTE_20120115_20120212_WOL_OV_ds_0cee0b69.xml"


def test_real_names_say_what_their_messages_say(corpus: Path) -> None:
    """KDM-125 on files of another maker, whose names this convention is."""
    files = sorted(corpus.glob("**/k_*_IMB-227577*.xml"))
    assert len(files) == 4
    for file in files:
        message = parse_message(file.read_bytes())
        found = recognise(
            has_authenticator=message.content_authenticator is not None,
            devices=message.authorized_device_info.device_list,
        )
        assert name_faults(file.name, message, formulation=found) == ()
        assert name_faults(file.name.replace("_WOL_OV_", "_WOL_VF_"), message, formulation=found) == (
            "the version in the name is not the message's",
        )


def message(world: Any, **changes: Any) -> KdmMessage:
    return replace(world.message(), **changes)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Film_FTR-1_F_EN-XX_INT_51_2K_20270501_SMPTE_OV",
         "k_Film_FTR-1_F_EN-XX_INT_51_2K_20270501_Hall-1_20270501_20270508_EXA_OV_mt1_00000000.xml"),
        ("Film_FTR_VF-2_X", "k_Film_FTR_VF-2_X_Hall-1_20270501_20270508_EXA_VF-2_mt1_00000000.xml"),
        ("流浪地球_FTR_F_QMS-XX_CN_51_2K_VF",
         "k_CPL-00000000_Hall-1_20270501_20270508_EXA_VF_mt1_00000000.xml"),
        ("Les Misérables: l'été!", "k_Les-Miserables-l-ete_Hall-1_20270501_20270508_EXA_OV_mt1_00000000.xml"),
        ("../../etc/passwd", "k_etc-passwd_Hall-1_20270501_20270508_EXA_OV_mt1_00000000.xml"),
        ("A" * 120, f"k_{'A' * 40}_Hall-1_20270501_20270508_EXA_OV_mt1_00000000.xml"),
    ],
)  # fmt: skip
def test_a_name_has_the_fields_of_the_convention(world: Any, title: str, expected: str) -> None:
    named = message(world, content_title_text=title)
    assert (
        message_name(named, device="Hall-1", maker="Example", formulation="modified-transitional-1")
        == expected
    )
    assert name_faults(expected, named, formulation="modified-transitional-1") == ()


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("k_Film", "k_Other", "title"),
        ("Hall-1", "Hall-2", "device"),
        ("20270501", "20270502", "first day"),
        ("20270508", "20270509", "last day"),
        ("_OV_", "_VF_", "version"),
        ("mt1", "da", "formulation"),
        ("00000000.", "00000001.", "message id"),
        ("k_", "kdm_", "fields"),
        (".xml", ".txt", "fields"),
    ],
)
def test_a_name_that_says_something_else_is_found_out(world: Any, was: str, becomes: str, fault: str) -> None:
    named = message(world, content_title_text="Film")
    name = message_name(named, device="Hall-1", maker="Ex", formulation="modified-transitional-1")
    faults = name_faults(name.replace(was, becomes), named, formulation="modified-transitional-1")
    assert len(faults) == 1 and fault in faults[0]


@pytest.mark.parametrize(
    ("maker", "code"), [("Example Films", "EXA"), ("A-1", "A1"), ("Été", "ETE"), ("中影", "XXX"), ("", "XXX")]
)
def test_who_made_it_is_told_in_three_letters(world: Any, maker: str, code: str) -> None:
    named = message(world, content_title_text="Film")
    name = message_name(named, device="Hall-1", maker=maker, formulation="modified-transitional-1")
    assert f"_{code}_OV_mt1_" in name
    assert name_faults(name, named, formulation="modified-transitional-1") == ()


def test_every_formulation_has_a_code() -> None:
    assert set(FORMULATIONS) <= set(FORMULATION_CODES)
    assert len(set(FORMULATION_CODES.values())) == len(FORMULATION_CODES)


@given(
    title=st.text(min_size=1, max_size=150),
    device=st.text(max_size=80),
    maker=st.text(max_size=40),
    formulation=st.sampled_from(sorted(FORMULATIONS)),
    number=st.integers(0, 2**128 - 1),
)
def test_any_title_and_device_make_a_short_plain_name(
    title: str, device: str, maker: str, formulation: str, number: int
) -> None:
    now = datetime(2027, 5, 1, tzinfo=UTC)
    subject = f"CN=SM.{device},O=X"
    from kdm.message import AuthorizedDeviceInfo, IssuerSerial, Recipient

    named = KdmMessage(
        message_id=uuid.UUID(int=number),
        message_type="",
        issue_date=now,
        issue_date_text=now.isoformat(),
        signer=IssuerSerial("", 0),
        recipient=Recipient(IssuerSerial("", 0), subject),
        composition_playlist_id=uuid.UUID(int=number // 2),
        content_title_text=title,
        content_keys_not_valid_before=now,
        not_valid_before_text=now.isoformat(),
        content_keys_not_valid_after=now + timedelta(days=1),
        not_valid_after_text=(now + timedelta(days=1)).isoformat(),
        authorized_device_info=AuthorizedDeviceInfo(uuid.UUID(int=0), ()),
        key_id_list=(),
        encrypted_keys=(),
    )
    name = message_name(named, device=device, maker=maker, formulation=formulation)
    assert len(name) <= MAX_NAME and name.isascii() and name.isprintable()
    assert not set(name) & set(" /\\:*?\"<>|'")
    assert name_faults(name, named, formulation=formulation) == ()
    cinema = cinema_name(title, device)
    parcel = parcel_name(named, cinema=cinema, maker=maker, formulation=formulation)
    assert len(cinema) <= 40 and cinema.isascii() and cinema[0].isalnum()
    assert len(parcel) <= MAX_NAME and parcel.isascii() and "/" not in parcel


def test_a_folder_name_of_another_encoding_is_a_name_too() -> None:
    """As the file system hands them over where a cinema is a folder of certificates."""
    name = b"Caf\xe9".decode("utf-8", "surrogateescape")
    assert cinema_name(name, name).startswith("Caf-")


def test_cinemas_of_one_name_have_folders_of_their_own() -> None:
    assert cinema_name("Rex", "1") != cinema_name("Rex", "2")
    assert cinema_name("北京影城", "urn:x-facilityID:example.cn:BJ-12").startswith("BJ-12-")
    assert cinema_name("北京影城", "北京影城").startswith("CINEMA-")


def test_ids_that_share_six_digits_of_their_digests_have_folders_of_their_own() -> None:
    """Found by trying: numbers of cinemas as they are given out, 24 bits of SHA-256 alike."""
    one, two = cinema_name("Rex", "11003376"), cinema_name("Rex", "11006397")
    assert one != two and one[:10] == two[:10] == "Rex-6fa14b"
    assert len(cinema_digest("11003376")) >= 12 and one.endswith(f"-{cinema_digest('11003376')}")
