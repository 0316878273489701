"""Each pattern passes as it is drawn, and fails when its fault is put in on purpose."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from display_twins import lab

from dcp.texts.catalogue import LANGUAGES
from player.patterns import channels, light, sync
from player.patterns.pattern import Check, Codes, Pattern, Samples
from player.patterns.registry import NAMES, SETS, pattern_named, pattern_of, patterns

Change = Callable[[int, Codes, Samples | None], tuple[int, Codes | None, Samples | None]]
SMALL = (512, 270)


def judged(pattern: Pattern, change: Change | None = None, *, every: int = 1) -> dict[str, str]:
    """id -> result; the picture at a quarter of its size where the pattern can be drawn so."""
    size = pattern.size if pattern.name in ("framing", "focus") else SMALL
    check: Check = pattern.check(size)
    for number in range(0, pattern.frames, every):
        given = number, pattern.frame(number, size), pattern.sound(number) if pattern.sound else None
        check.take(*(change(*given) if change else given))
    return {each.id: each.result for each in check.measures()}


EVERY = {"framing": 47, "focus": 47, "colours": 47, "levels": 12, "sync": 1, "channels": 1}


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_as_it_was_drawn_passes(name: str) -> None:
    assert set(judged(pattern_named(name), every=EVERY[name]).values()) == {"pass"}


def moved(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    return number, np.roll(codes, 1, 1), samples


def dimmer(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    """Some dE2000 of 1 in what is bright."""
    return number, np.rint(codes * 0.989).astype(np.uint16), samples


def blurred(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    return number, ((codes.astype(np.uint32) * 15 + np.roll(codes, 1, 1)) // 16).astype(np.uint16), samples


def flat(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    """Near black two steps are one."""
    return number, np.where(codes < 60, 0, codes).astype(np.uint16), samples


def exchanged(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    other = {100: 101, 101: 100}.get(number, number)
    return number, sync.frame(other, SMALL), samples


def dropped(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes | None, Samples | None]:
    return number, None if number == 50 else codes, samples


def delayed(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    """Sound 40 ms late."""
    late = 1920
    whole = np.concatenate([sync.sound(max(number - 1, 0)), sync.sound(number)])
    return number, codes, whole[2000 - late : 4000 - late]


def crossed(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    assert samples is not None
    return number, codes, samples[:, [1, 0, 2, 3, 4, 5]]


def quieter(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    assert samples is not None
    return number, codes, np.rint(samples * 10 ** (-0.2 / 20)).astype(np.int32)


def inverted(number: int, codes: Codes, samples: Samples | None) -> tuple[int, Codes, Samples | None]:
    assert samples is not None
    return number, codes, samples * np.array([1, 1, 1, 1, -1, 1], np.int32)


@pytest.mark.parametrize(
    ("name", "change", "fails"),
    [
        ("framing", moved, "geometry.misplaced"),
        ("focus", blurred, "focus.modulation-off"),
        ("levels", dimmer, "light.dE2000"),
        ("levels", flat, "levels.steps-rise"),
        ("colours", dimmer, "light.dE2000"),
        ("sync", exchanged, "sync.frames-wrong"),
        ("sync", dropped, "sync.frames-wrong"),
        ("sync", delayed, "sync.apart"),
        ("channels", crossed, "channels.crossed"),
        ("channels", quieter, "channels.level-off"),
        ("channels", inverted, "channels.inverted"),
    ],
)
def test_its_fault_is_found(name: str, change: Change, fails: str) -> None:
    found = judged(pattern_named(name), change, every=EVERY[name])
    assert fails in {id for id, result in found.items() if result == "fail"}


@pytest.mark.parametrize("name", ["framing", "focus", "levels", "colours", "sync"])
def test_a_frame_that_is_not_shown_is_no_pass(name: str) -> None:
    pattern = pattern_named(name)
    check = pattern.check(pattern.size)
    for number in (0, 1):
        shown = pattern.frame(number, pattern.size) if number == 0 else None
        check.take(number, shown, pattern.sound(number) if pattern.sound else None)
    assert "fail" in {each.result for each in check.measures()}


def test_a_delay_is_measured() -> None:
    check = sync.Sync(SMALL)
    for number in range(96):
        check.take(*delayed(number, sync.frame(number, SMALL), None))
    (apart,) = [each for each in check.measures() if each.id == "sync.apart"]
    assert apart.value == pytest.approx(40.0, abs=0.01)


def test_nothing_shown_is_no_pass() -> None:
    for pattern in patterns():
        measures = pattern.check(pattern.size).measures()
        assert measures and any(each.result == "fail" for each in measures), pattern.name


def test_numbers_are_read_off_and_noise_is_none() -> None:
    for number in (0, 1, 239, 0x5A5A5A, 0xFFFFFF):
        assert sync.number_in(sync.frame(number, SMALL), SMALL) == number
    dice = np.random.default_rng(5)
    wrong = sync.frame(77, SMALL)
    rows, columns = sync._fields(SMALL)[sync.BITS - 1]
    wrong[rows, columns] = 0  # one bit is lost: the parity says so
    assert sync.number_in(wrong, SMALL) is None
    noisy = sync.frame(77, SMALL).astype(np.int32) + dice.integers(-300, 300, (SMALL[1], SMALL[0], 3))
    assert sync.number_in(noisy.clip(0, 4095).astype(np.uint16), SMALL) == 77


def test_distances_of_colour_are_those_of_the_standard() -> None:
    dice = np.random.default_rng(3)
    one, other = (light.light_of(dice.integers(100, 4095, (500, 3))) for _ in range(2))
    near = one * dice.uniform(0.95, 1.05, one.shape)
    judge = pytest.importorskip("colour.difference")
    for second in (other, near):
        labs = (lab(each, light.WHITE) for each in (one, second))
        assert np.allclose(light.apart(one, second), judge.delta_E_CIE2000(*labs), atol=1e-6)
    assert light.light_of(np.array(light.WHITE_CODES))[1] == pytest.approx(48.0, abs=0.02)
    assert np.allclose(light.codes_of(light.light_of(np.arange(0, 4096, 13.0))), np.arange(0, 4096, 13.0))


def test_a_pattern_is_known_by_its_id_alone() -> None:
    assert pattern_of([]) is None and pattern_of(["urn:uuid:nonsense", "http://x"]) is None
    for name in NAMES:
        pattern = pattern_named(name)
        found = pattern_of(["urn:uuid:00000000-0000-4000-8000-000000000000", f"urn:uuid:{pattern.id}"])
        assert found is not None and found.name == name
    assert len({each.id for each in patterns()}) == len(NAMES)
    assert {name for held in SETS.values() for name in held} <= set(NAMES)
    for each in patterns():
        assert all(each.title.say(spoken) and each.look_at.say(spoken) for spoken in LANGUAGES)


def test_channels_are_all_there() -> None:
    heard = np.concatenate([channels.sound(number) for number in range(channels.pattern().frames)])
    assert all(np.abs(heard[:, place]).max() > 0 for place in range(6))
