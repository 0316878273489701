"""The parameters of attacks: which there are, which values they take, how one is read or drawn.

A parameter is a keyword of an attack's function; its range stands in its annotation, once, for the command,
for the bench and for whoever reads the list.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import UsageError


@dataclass(frozen=True)
class Between:
    """From low to high; drawn evenly, or evenly in the logarithm."""

    low: float
    high: float
    logarithm: bool = False

    def __str__(self) -> str:
        return f"{self.low:.12g}..{self.high:.12g}"


@dataclass(frozen=True)
class OneOf:
    """One of these; numbers between them are not taken."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return "|".join(str(each) for each in self.values)


Range = Between | OneOf


@dataclass(frozen=True)
class Parameter:
    """name; kind: int, float, str or Fraction; default; the values that it may have."""

    name: str
    kind: type
    default: Any
    range: Range


Share = Annotated[float, Between(0, 0.25)]
BitRate = Annotated[int, Between(100_000, 20_000_000, logarithm=True)]
Rate = Annotated[
    Fraction,
    OneOf(tuple(Fraction(*each) for each in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1),
                                             (50, 1), (60000, 1001), (60, 1)))),
]  # fmt: skip


def parameters_of(attack: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The keywords of an attack's function whose annotation has a range, in their order."""
    found = []
    made = attack.func if isinstance(attack, partial) else attack
    hints = get_type_hints(made, include_extras=True)
    for name, each in inspect.signature(attack).parameters.items():
        if get_origin(hints.get(name)) is Annotated:
            kind, limits = get_args(hints[name])[:2]
            found.append(Parameter(name.replace("_", "-"), kind, each.default, limits))
    return tuple(found)


def read_value(parameter: Parameter, words: str) -> Any:
    """A parameter's value from a command line. UsageError when it is none, or outside of the range."""
    try:
        value: Any = words if parameter.kind is str else _number(parameter.kind, words)
        inside = (
            value in parameter.range.values
            if isinstance(parameter.range, OneOf)
            else parameter.range.low <= value <= parameter.range.high
        )
    except (ValueError, ZeroDivisionError, OverflowError):
        inside = False
    if not inside:
        raise UsageError("mark.attack-value", name=parameter.name, value=words, range=str(parameter.range))
    return value


def drawn_value(parameter: Parameter, rng: np.random.Generator) -> Any:
    """A value of its range by chance."""
    limits = parameter.range
    if isinstance(limits, OneOf):
        return limits.values[int(rng.integers(len(limits.values)))]
    if limits.logarithm:
        value = math.exp(rng.uniform(math.log(limits.low), math.log(limits.high)))
    else:
        value = float(rng.uniform(limits.low, limits.high))
    return round(value) if parameter.kind is int else float(f"{value:.4g}")


_NTSC = {"23.976": Fraction(24000, 1001), "23.98": Fraction(24000, 1001), "29.97": Fraction(30000, 1001),
         "59.94": Fraction(60000, 1001)}  # fmt: skip


def _number(kind: type, words: str) -> Any:
    if kind is Fraction:
        return _NTSC.get(words) or Fraction(words)
    value = kind(words)
    if not math.isfinite(value):
        raise ValueError
    return value
