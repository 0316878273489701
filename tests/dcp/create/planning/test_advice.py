"""Advice: said where it holds, with a remedy in both languages, and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from building import signer
from packages_packed import FIVE_ONE, facts

from dcp.create.planning.advice import (
    about_channels,
    about_composition,
    about_credits,
    about_encryption,
    about_rate,
    about_signer,
    about_size,
    about_title,
)
from dcp.packing.facts import SoundForm
from dcp.packing.kinds import kind_of
from dcp.texts.catalogue import Text, say


def ids(advice: tuple[Text, ...]) -> list[str]:
    for one in advice:
        assert one.say("zh") != one.say("en")
        for language in ("en", "zh"):
            assert say(one.id, one.places, language, "remedy")
    return [one.id for one in advice]


def test_a_feature_marks_its_credits() -> None:
    feature = kind_of("FTR")
    assert ids(about_credits(feature, ())) == ["advice.no-credits"]
    assert "FFMC, and" in str(about_credits(feature, ("FFEC",))[0])
    assert about_credits(feature, ("FFMC", "FFEC")) == ()
    assert about_credits(kind_of("TLR"), ()) == ()


def test_a_signer_that_ends_soon() -> None:
    chain = signer().chain
    end = min(certificate.not_after for certificate in chain)
    assert about_signer(chain, end - timedelta(days=91)) == ()
    (advice,) = about_signer(chain, end - timedelta(days=89))
    assert ids((advice,)) == ["advice.signer-ends"] and "in 89 days" in str(advice)
    assert "in 0 days" in str(about_signer(chain, end + timedelta(days=5))[0])
    assert about_signer((), end) == ()


def test_mixed_encryption() -> None:
    assert about_encryption(("picture", "sound"), ("picture", "sound")) == ()
    assert about_encryption((), ("picture", "sound")) == ()
    assert about_encryption(("picture", "text"), ("picture",)) == ()
    (advice,) = about_encryption(("picture",), ("picture", "sound", "text"))
    assert str(advice).startswith("picture would be encrypted and sound and timed text not")
    assert ids((advice,)) == ["advice.mixed-encryption"]


def test_rates_that_not_every_server_plays() -> None:
    flat, large = (1998, 1080), (3996, 2160)
    for rate, size, standard, stereo, expected in (
        (24, flat, "smpte", False, []),
        (25, flat, "smpte", False, []),
        (48, flat, "smpte", False, []),
        (30, flat, "smpte", False, ["advice.rate"]),
        (25, large, "smpte", False, ["advice.rate"]),
        (24, large, "interop", True, []),
        (25, flat, "smpte", True, []),
        (48, flat, "smpte", True, ["advice.rate"]),
        (25, flat, "interop", False, ["advice.rate-interop"]),
        (120, flat, "smpte", False, ["advice.rate-direct-view"]),
    ):
        assert ids(about_rate(Fraction(rate), size, standard=standard, stereo=stereo)) == expected  # type: ignore[arg-type]


def test_sizes_and_channels() -> None:
    assert about_size((2048, 1080)) == ()
    assert ids(about_size((1920, 1080), stereo=True)) == ["advice.size"]
    assert ids(about_size((4096, 2160), stereo=True)) == ["advice.stereo-4k"]
    assert [ids(about_channels(n)) for n in (6, 8, 16, 12)] == [[], [], [], ["advice.channels"]]


def test_a_title_that_contradicts_the_package() -> None:
    film = facts(
        title="Film_FTR-1_F_EN-XX_UK-U_51_2K_A24_20280601_DLX_SMPTE_OV",
        sound=SoundForm("51", FIVE_ONE, language="en"),
    )
    assert [one.places["what"] for one in about_title(film)] == ["name-kind"]
    assert about_title(facts(title="A film")) == ()


def test_all_that_a_composition_tells() -> None:
    assert about_composition(facts(title="A film")) == ()
    film = facts(
        title="Film_TLR_F_EN-XX_UK-U_51_2K_A24_20280601_DLX_SMPTE_OV",
        kind=kind_of("feature"),
        rate=Fraction(30),
        stored=(1920, 1080),
        sound=SoundForm("51", (*FIVE_ONE, None, None, None, None)),
    )
    assert ids(about_composition(film)) == [
        "advice.no-credits",
        "advice.rate",
        "advice.size",
        "advice.channels",
        "advice.title-contradicts",
        "advice.title-contradicts",
    ]
