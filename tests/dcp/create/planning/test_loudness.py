"""Loudness in a plan: what was measured, the gain that was asked for, advice, refusals. Needs no extra."""

from __future__ import annotations

import math

import pytest

from dcp.create.planning.loudness import after_gain, joined, level, loudness_gain, loudness_target
from dcp.errors import SourceError, UsageError
from dcp.sound.loudness import Loudness
from dcp.texts.catalogue import LANGUAGES, Text, say

TRAILER = Loudness(leqm=87.26, integrated=-19.4, range=11.0, true_peak=-4.0, peak=-4.3)


def ids(texts: tuple[Text, ...]) -> list[str]:
    return [text.id for text in texts]


@pytest.mark.parametrize(
    ("kind", "leqm", "advised"),
    [
        ("trailer", 85.04, False),
        ("trailer", 85.06, True),
        ("teaser", 86.0, True),
        ("advertisement", 82.0, False),
        ("advertisement", 82.1, True),
        ("feature", 95.0, False),
    ],
)
def test_trailers_and_advertisements_have_a_limit(kind: str, leqm: float, advised: bool) -> None:
    told = level(Loudness(leqm=leqm, true_peak=-6.0, peak=-6.0), kind)
    assert ids(told.advice) == ["advice.loudness"] * advised
    assert told.gain == 0


@pytest.mark.parametrize(("peak", "advised"), [(-3.0, False), (-2.96, False), (-2.9, True), (0.4, True)])
def test_a_true_peak_over_3_db_below_full_scale_is_told(peak: float, advised: bool) -> None:
    told = level(Loudness(leqm=80.0, true_peak=peak, peak=peak), "feature")
    assert ids(told.advice) == ["advice.true-peak"] * advised


def test_sound_is_brought_to_what_was_asked_for() -> None:
    told = level(TRAILER, "trailer", "leqm=85")
    assert told.gain == pytest.approx(-2.26)
    assert told.loudness.leqm == pytest.approx(85)
    assert told.loudness.true_peak == pytest.approx(-6.26)
    assert told.loudness.integrated == pytest.approx(-21.66)
    assert told.loudness.range == 11.0
    assert told.advice == ()
    assert [text.say() for text in told.decisions] == [
        "the sound measures leq(m) 87.3 dB, true peak -4.0 dBFS, programme loudness -19.4 LUFS,"
        " loudness range 11.0 LU",
        "the sound is brought from leq(m) 87.3 dB to 85.0 dB by a gain of -2.3 dB",
    ]


def test_a_gain_that_clips_names_the_most_that_does_not() -> None:
    told = level(TRAILER, "feature", "leqm=92")
    assert ids(told.advice) == ["advice.loudness-clips"]
    said = say(told.advice[0].id, told.advice[0].places, part="remedy")
    assert said == "limit the peaks in the mix, or ask for --loudness leqm=91.2 at most"
    assert ids(level(TRAILER, "feature", "leqm=91.2").advice) == ["advice.true-peak"]


def test_a_level_over_the_limit_of_its_kind_is_told_even_if_it_was_asked_for() -> None:
    assert ids(level(TRAILER, "advertisement", "leqm=85").advice) == ["advice.loudness"]


@pytest.mark.parametrize(
    ("measured", "decision"),
    [
        (Loudness(), "plan.loudness-silent"),
        (Loudness(leqm=60.0, true_peak=-30.0, peak=-30.0), "plan.loudness-short"),
        (Loudness(leqm=60.0, integrated=-50.0, true_peak=-30.0, peak=-30.0), "plan.loudness-short"),
        (TRAILER, "plan.loudness"),
    ],
)
def test_what_could_not_be_measured_is_not_made_up(measured: Loudness, decision: str) -> None:
    told = level(measured, "trailer")
    assert ids(told.decisions) == [decision]
    for language in LANGUAGES:
        assert "None" not in told.decisions[0].say(language)


@pytest.mark.parametrize(
    "asked",
    ["", "82", "leqm", "leqm=", "leqm=82dB", "leqm=-82", "lufs=-23", "LEQM=82", "leqm=8２", "leqm=1e2"],
)
def test_another_name_or_form_is_refused(asked: str) -> None:
    with pytest.raises(UsageError) as refused:
        loudness_target(asked)
    assert refused.value.id == "loudness.unknown"
    assert "leqm=82" in str(refused.value.remedy)


@pytest.mark.parametrize("asked", ["leqm=0", "leqm=49.9", "leqm=100.1", "leqm=999"])
def test_a_level_that_nobody_means_is_refused(asked: str) -> None:
    with pytest.raises(UsageError) as refused:
        loudness_target(asked)
    assert refused.value.id == "loudness.out-of-range"


@pytest.mark.parametrize(
    ("measured", "id"),
    [(Loudness(), "loudness.silent"), (Loudness(leqm=40.0, true_peak=-50.0), "loudness.too-soft")],
)
def test_silence_and_what_is_nearly_silent_cannot_be_raised(measured: Loudness, id: str) -> None:
    with pytest.raises(SourceError) as refused:
        loudness_gain("leqm=82", measured)
    assert refused.value.id == id


def test_silence_stays_silence() -> None:
    assert after_gain(Loudness(), 6.0) == Loudness()


def test_reels_joined_weigh_by_their_length() -> None:
    loud, soft = (
        Loudness(leqm=90.0, true_peak=-1.0, peak=-2.0),
        Loudness(leqm=80.0, true_peak=-9.0, peak=-9.5),
    )
    whole = joined([(loud, 24), (soft, 72), (Loudness(), 24)])
    assert whole.leqm == pytest.approx(10 * math.log10((1e9 * 24 + 1e8 * 72) / 120))
    assert (whole.true_peak, whole.peak) == (-1.0, -2.0)
    assert joined([(Loudness(), 24)]) == Loudness()
