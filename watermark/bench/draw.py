"""What a trial is, drawn from the bench's seed and its number and from nothing else."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from watermark.attack import ATTACKS, drawn_value, parameters_of
from watermark.attack.parameters import Between, OneOf, Parameter, Range
from watermark.bench.films import Film
from watermark.payload import LOCATIONS, TIME_STEPS, Payload
from watermark.secret import Secret

Kind = Literal["marked", "unmarked", "wrong-secret"]
Which = Literal["all", "marked", "innocent"]

MOST_COPIES = 5
_MIXED: tuple[Kind, ...] = ("marked",) * 8 + ("unmarked", "wrong-secret")
_KINDS: dict[Which, tuple[Kind, ...]] = {
    "all": _MIXED,
    "marked": ("marked",),
    "innocent": ("unmarked", "wrong-secret"),
}
_LONGEST_OFFSET = 7200


@dataclass(frozen=True)
class Plan:
    """An attack of the bench: blows in turn, ranges that are narrower than their own, and the coder that the
    copy is written by, with its bit rate, fixed or drawn."""

    blows: tuple[str, ...]
    ranges: Mapping[str, Range]
    codec: str = "h264"
    bit_rate: Between = Between(600_000, 2_000_000, logarithm=True)
    least: float = 0.0
    copies: int = 1


_CAMERA: dict[str, Range] = {
    "lines": OneOf((720,)),
    "rate": OneOf(tuple(Fraction(each) for each in (0, 25, 30))),
    "keystone": Between(0.01, 0.06),
    "degrees": Between(0, 2),
    "barrel": Between(0, 0.01),
    "crop": Between(0, 0.03),
    "blur": Between(0.6, 1.5),
    "jitter": Between(0, 0.5),
    "vignette": Between(0.1, 0.4),
    "flicker": Between(0, 0.015),
    "wander": Between(0, 0.08),
    "contrast": Between(0.9, 1.2),
    "noise": Between(1, 4),
}
_LOW = Between(300_000, 2_000_000, logarithm=True)


def _fixed(bit_rate: int) -> Between:
    return Between(bit_rate, bit_rate)


PLANS: dict[str, Plan] = {
    "none": Plan((), {}, bit_rate=_fixed(8_000_000)),
    "camcorder": Plan(("camcorder",), _CAMERA, bit_rate=_fixed(1_100_000)),
    "camcorder-480": Plan(
        ("camcorder",), {**_CAMERA, "lines": OneOf((480,)), "noise": Between(2, 6)}, bit_rate=_fixed(500_000)
    ),
    "camcorder-all": Plan(
        ("camcorder", "denoise-in-time", "overlay", "lose-frames"),
        {
            **_CAMERA, "rate": OneOf((Fraction(30),)), "keystone": Between(0.04, 0.12),
            "degrees": Between(2, 5),
            "barrel": Between(0.01, 0.05), "crop": Between(0, 0.1), "strength": OneOf((1,)),
            "area": Between(0, 0.03), "dropped": Between(0, 0.02), "doubled": Between(0, 0.02),
            "swapped": Between(0, 0.01),
        },
        bit_rate=_fixed(1_100_000),
    ),
    "screen-recording": Plan(("screen-recording",), {"lines": OneOf((720,))}, bit_rate=_fixed(3_000_000)),
    "h264": Plan((), {}, bit_rate=_LOW),
    "h264-1M": Plan((), {}, bit_rate=_fixed(1_000_000)),
    "hevc": Plan((), {}, codec="hevc", bit_rate=_LOW),
    "av1": Plan((), {}, codec="av1", bit_rate=_LOW),
    "vp9": Plan((), {}, codec="vp9", bit_rate=_LOW),
    "mpeg2": Plan((), {}, codec="mpeg2", bit_rate=Between(1_000_000, 4_000_000, logarithm=True)),
    "generations": Plan(
        ("hevc", "vp9"), {"generations": OneOf((1,)), "depth": OneOf((8,)), "bit-rate": _LOW}, bit_rate=_LOW
    ),
    **{
        name: Plan((name,), {})
        for name in (
            "gamma", "contrast", "colour", "flicker", "crop", "scale", "shift", "rotate", "keystone",
            "barrel",
            "letterbox", "mirror", "overlay", "blur", "low-pass", "aperture", "noise", "denoise",
            "denoise-in-time", "rate-blend", "rate-drop", "rate-pulldown", "speed", "lose-frames",
        )
    },
    "reorder": Plan(("reorder",), {"pieces": OneOf((3,)), "seconds": OneOf((6.0,))}, least=18),
    "collude": Plan((), {}, copies=MOST_COPIES, bit_rate=_fixed(2_000_000)),
}  # fmt: skip
"""By name: every attack of the lab with the bench's ranges, and coders in turn, and colluders."""


@dataclass(frozen=True)
class Trial:
    """One trial. first, frames: of the film. offset: of the film in the composition, in seconds. way: how the
    copy came to 8 bits ("screen": a camera saw it before it had 8). values: of each blow. payloads: one, or
    those of all colluders."""

    number: int
    seed: int
    kind: Kind
    film: str
    first: int
    frames: int
    offset: int
    attack: str
    blows: tuple[str, ...]
    values: tuple[Mapping[str, Any], ...]
    codec: str
    bit_rate: int
    way: str
    payloads: tuple[Payload, ...]
    join: str | None = None

    def secret(self, wrong: bool = False) -> Secret:
        """The mark's, or the one that a detector is handed instead."""
        label = f"dcpkit bench {self.seed} {self.number} {'wrong' if wrong else 'right'}"
        return Secret(hashlib.sha256(label.encode()).digest(), operator="bench")

    @property
    def handed(self) -> Secret:
        return self.secret(wrong=self.kind == "wrong-secret")


def chosen_attacks(names: Sequence[str]) -> tuple[str, ...]:
    """All, or those that were asked for. UsageError for one that the bench has not."""
    for name in names:
        if name not in PLANS:
            raise UsageError("mark.no-attack", name=name, known=", ".join(PLANS))
    return tuple(dict.fromkeys(names)) or tuple(PLANS)


def trial(
    seed: int,
    number: int,
    films: Sequence[Film],
    *,
    attacks: Sequence[str],
    which: Which = "all",
    seconds: tuple[float, float] = (10.0, 60.0),
    offsets: bool = False,
) -> Trial:
    """Trial `number` of a bench. attacks: each comes once in so many trials, in an order that is drawn.
    offsets: the film may lie anywhere in a composition of two hours (whoever looks for it in the film itself
    needs it at the beginning)."""
    rng = np.random.default_rng([seed, number])
    turn, place = divmod(number, len(attacks))
    name = attacks[int(np.random.default_rng([seed, turn, 1]).permutation(len(attacks))[place])]
    plan = PLANS[name]
    low, high = (max(each, plan.least) for each in seconds)
    wanted = math.exp(rng.uniform(math.log(low), math.log(high)))
    lengths = np.array([film.seconds for film in films if film.seconds >= plan.least])
    film = [film for film in films if film.seconds >= plan.least][
        int(rng.choice(len(lengths), p=lengths / lengths.sum()))
    ]
    frames = min(film.frames, round(wanted * film.rate))
    first = int(rng.integers(film.frames - frames + 1))
    values = tuple(
        {
            each.name.replace("-", "_"): drawn_value(_narrowed(each, plan), rng)
            for each in parameters_of(ATTACKS[blow])
        }
        for blow in plan.blows
    )
    copies = int(rng.integers(2, plan.copies + 1)) if plan.copies > 1 else 1
    payloads = tuple(
        Payload(int(rng.integers(LOCATIONS)), int(rng.integers(TIME_STEPS))) for _ in range(copies)
    )
    bit_rate = drawn_value(Parameter("bit-rate", int, 0, plan.bit_rate), rng)
    kinds = _KINDS[which]
    return Trial(
        number=number,
        seed=seed,
        kind=kinds[
            int(
                np.random.default_rng([seed, number // len(kinds), 2]).permutation(len(kinds))[
                    number % len(kinds)
                ]
            )
        ],
        film=film.name,
        first=first,
        frames=frames,
        offset=int(rng.integers(_LONGEST_OFFSET)) if offsets else 0,
        attack=name,
        blows=plan.blows,
        values=values,
        codec=plan.codec,
        bit_rate=bit_rate,
        way="screen" if "camcorder" in plan.blows else ("dither", "round")[int(rng.integers(2))],
        payloads=payloads,
        join=("mean", "median", "minimum", "maximum", "turns")[int(rng.integers(5))] if copies > 1 else None,
    )


def _narrowed(parameter: Parameter, plan: Plan) -> Parameter:
    limits = plan.ranges.get(parameter.name, parameter.range)
    return Parameter(parameter.name, parameter.kind, parameter.default, limits)
