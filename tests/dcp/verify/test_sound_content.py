"""What --decode says of sound: of the file, and of the composition as it plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from verified import Make, judge

from dcp.documents.cpl import CompositionPlaylist
from dcp.mxf.descriptors import SoundDescriptor
from dcp.verify.finding import Finding, VerificationReport

pytestmark = pytest.mark.extra("sound")

UNITS, PER, CHANNELS = 24, 2000, 6


def tones(level: float = 0.1, *, units: int = UNITS, channels: int = CHANNELS) -> Any:
    """(channels, n) floats: another tone on each channel."""
    import numpy as np

    time = np.arange(units * PER) / 48_000
    return np.array([level * np.sin(2 * np.pi * (400 + 150 * each) * time) for each in range(channels)])


def packed(samples: Any) -> list[bytes]:
    import numpy as np

    numbers = np.clip(np.round(samples * (1 << 23)), -(1 << 23), (1 << 23) - 1).astype("<i4").T
    raw = np.ascontiguousarray(numbers).view("u1").reshape(*numbers.shape, 4)[:, :, :3].tobytes()
    size = PER * len(samples) * 3
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def found(report: VerificationReport) -> dict[str, Finding]:
    """The findings of sound's content, by their text."""
    ids = ("SND-010", "SND-011", "SND-012", "SND-014", "SND-015", "SND-016", "QC-003")
    return {each.said.id: each for each in report.findings if each.id in ids}  # type: ignore[union-attr]


def of(make: Make, samples: Any, **more: Any) -> dict[str, Finding]:
    return found(judge(make(samples=packed(samples), **more), decode=True))


def test_good_sound_draws_its_figures_alone(make: Make) -> None:
    made = make(samples=packed(tones()))
    report = judge(made, decode=True)
    assert found(report) == {}
    (figures,) = [each for each in report.findings if each.id == "SND-013"]
    assert (figures.severity, figures.file) == ("info", "cpl.xml")
    (heard,) = report.sounds
    assert f"leq(m) {heard.leqm:.1f} dB" in figures.message and heard.composition == made.cpl.id
    assert heard.true_peak == pytest.approx(-20, abs=0.1)


def test_nothing_is_measured_without_decode(make: Make) -> None:
    report = judge(make(samples=packed(tones() * 20)))
    assert found(report) == {} and not any(each.id == "SND-013" for each in report.findings)
    assert not any(each.id == "SND-013" for each in report.not_checked)


def test_clipping_names_channels_and_frames(make: Make) -> None:
    samples = tones()
    samples[2, 5 * PER + 10 : 5 * PER + 40] = 1
    samples[2, 7 * PER : 7 * PER + 4] = -1
    (finding,) = of(make, samples).values()
    assert (finding.id, finding.file, finding.place) == ("SND-010", "sound.mxf", "frames 5, 7")
    assert "C at 2 places" in finding.message


@pytest.mark.parametrize("silent", ["LFE", "C", "Ls"])
def test_a_silent_channel(make: Make, silent: str) -> None:
    samples = tones()
    samples[["L", "R", "C", "LFE", "Ls", "Rs"].index(silent)] = 0
    (finding,) = of(make, samples).values()
    assert (finding.id, finding.severity) == ("SND-011", "info")
    assert finding.message.endswith(f": {silent}")


def test_channels_without_a_name_may_be_silent(make: Make) -> None:
    sound = SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs", "", ""])
    samples = tones(channels=8)
    samples[6:] = 0
    assert of(make, samples, sound_of=sound) == {}
    named = SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN"])
    (finding,) = of(make, samples, sound_of=named, name="named").values()
    assert finding.message.endswith(": HI and VIN")


def test_nothing_but_silence_is_said_once(make: Make) -> None:
    assert set(of(make, tones(0))) == {"SND-011.all"}


def test_channels_that_are_the_same(make: Make) -> None:
    samples = tones()
    samples[1] = samples[4] = samples[0]
    samples[5] = -samples[3]
    both = of(make, samples)
    assert set(both) == {"SND-014.same", "SND-014.inverted"}
    assert "L, R and Ls" in both["SND-014.same"].message


def test_dc(make: Make) -> None:
    samples = tones()
    samples[1] -= 0.02
    (finding,) = of(make, samples).values()
    assert "channel R has a DC offset of -2.0 %" in finding.message


def test_silent_passages(make: Make) -> None:
    samples = tones(units=144)
    samples[:, 24 * PER : 84 * PER] = 0
    samples[:, 100 * PER : 140 * PER] = 0
    (finding,) = of(make, samples).values()
    assert (finding.id, finding.place) == ("QC-003", "frames 24-83")
    assert "0:00:01.0-0:00:03.5" in finding.message


@pytest.mark.parametrize(
    ("kind", "level", "over"),
    [
        ("trailer", 0.13, True),
        ("trailer", 0.03, False),
        ("feature", 0.5, False),
        ("advertisement", 0.1, True),
    ],
)
def test_leqm_has_a_limit_for_its_kind(make: Make, kind: str, level: float, over: bool) -> None:
    made = make(samples=packed(tones(level)), change=lambda cpl: replace(cpl, content_kind=kind))
    report = judge(made, decode=True)
    assert ("SND-012" in {each.id for each in report.of("warning")}) == over


def figures(report: VerificationReport) -> str:
    (one,) = [each.message for each in report.findings if each.id == "SND-013"]
    return one


def played(parts: list[tuple[int, int]]) -> Callable[[CompositionPlaylist], CompositionPlaylist]:
    """A reel for each part of the sound, [start, end)."""

    def change(cpl: CompositionPlaylist) -> CompositionPlaylist:
        (reel,) = cpl.reels
        return replace(
            cpl,
            reels=tuple(
                replace(
                    reel,
                    assets=tuple(
                        replace(each, entry_point=start, duration=end - start) for each in reel.assets
                    ),
                )
                for start, end in parts
            ),
        )

    return change


def test_what_no_reel_plays_does_not_count(make: Make) -> None:
    samples = tones()
    samples[:, : 8 * PER] *= 9
    samples[:, 20 * PER :] *= 9
    loud = figures(judge(make("a", samples=packed(samples)), decode=True))
    cut = figures(judge(make("b", samples=packed(samples), change=played([(8, 20)])), decode=True))
    quiet = figures(judge(make("c", samples=packed(tones())), decode=True))
    twice = figures(
        judge(make("d", samples=packed(samples), change=played([(8, 14), (14, 20)])), decode=True)
    )
    leqm = [float(each.split("leq(m) ")[1].split()[0]) for each in (loud, cut, quiet, twice)]
    assert leqm[0] > leqm[2] + 10
    assert leqm[1] == pytest.approx(leqm[2], abs=0.3) == leqm[3]


def test_a_jump_where_a_reel_begins(make: Make) -> None:
    samples = tones(0.4)
    report = judge(make(samples=packed(samples), change=played([(0, 10), (10, 20)])), decode=True)
    assert "SND-016.click" not in found(report)
    samples[0, 10 * PER :] += 0.5
    samples[0, : 10 * PER] -= 0.4
    # within a file the same jump is the mix's
    assert "SND-016.click" not in of(make, samples, name="one")
    clicks = of(make, samples, name="two", change=played([(0, 10), (10, 20)]))["SND-016.click"]
    assert clicks.place == "/CompositionPlaylist/ReelList/Reel[2]" and clicks.message.endswith(": L")


def test_encrypted_sound_without_its_key_is_not_measured(make: Make) -> None:
    made = make(samples=packed(tones(0)), encrypt=True)
    without = judge(made, decode=True)
    assert found(without) == {}
    assert any(each.id == "SND-013" and "sound.mxf" in each.why for each in without.not_checked)
    assert set(found(judge(made, decode=True, keyring=made.keyring))) == {"SND-011.all"}


def test_another_depth_is_not_measured(make: Make) -> None:
    sound = replace(SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"]), quantization_bits=16)
    short = [bytes(2000 * 6 * 2)] * UNITS
    report = judge(make(samples=short, sound_of=sound), decode=True)
    assert any(each.id == "SND-013" for each in report.not_checked)


def test_a_name_at_two_channels(make: Make) -> None:
    sound = SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"])
    labels = tuple(replace(each, tag_symbol="chL") if each.channel else each for each in sound.soundfield)
    report = judge(make(samples=packed(tones()), sound_of=replace(sound, soundfield=labels)), decode=True)
    assert len(report.sounds) == 1
    unknown = tuple(replace(each, tag_symbol="chX") for each in sound.soundfield)
    made = make("x", samples=packed(tones()), sound_of=replace(sound, soundfield=unknown))
    assert judge(made, decode=True).sounds[0].leqm is not None
