"""Our `dataclass` does what the standard library's does, for every form that the code declares."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from dcp.dataclass import dataclass as ours

Decorator = Callable[..., Any]
DECORATORS = pytest.mark.parametrize("dataclass", [dataclasses.dataclass, ours], ids=["library", "ours"])


def declared(dataclass: Decorator, **options: Any) -> tuple[Any, Any]:
    """A class and one that inherits from it, by the decorator under test."""

    @dataclass(**options)
    class Base:
        KIND: ClassVar[str] = "base"
        a: int
        b: str = "b"
        c: list[int] = field(default_factory=list)
        hidden: str = field(default="secret", repr=False, compare=False)

    @dataclass(**options)
    class Derived(Base):
        d: int = 4
        b: str = "other"
        e: int = field(default=5, init=False)

    return Base, Derived


@DECORATORS
@pytest.mark.parametrize("options", [{}, {"frozen": True}, {"kw_only": True}, {"frozen": True, "eq": False}])
def test_values_are_made_shown_and_compared(dataclass: Decorator, options: dict[str, Any]) -> None:
    base, derived = declared(dataclass, **options)
    one = base(a=1) if options.get("kw_only") else base(1)
    assert repr(one).endswith("Base(a=1, b='b', c=[])") and list(vars(one)) == ["a", "b", "c", "hidden"]
    assert (one == base(a=1, hidden="x")) is options.get("eq", True)
    assert one != base(a=2) and one != derived(a=1) and base.KIND == "base"
    other = derived(a=1, d=3)
    assert (other.b, other.d, other.e, other.c) == ("other", 3, 5, []) and other.c is not derived(a=1).c
    assert [each.name for each in dataclasses.fields(derived)] == ["a", "b", "c", "hidden", "d", "e"]
    assert dataclasses.replace(other, a=9).a == 9
    assert dataclasses.asdict(one) == {"a": 1, "b": "b", "c": [], "hidden": "secret"}
    assert copy.copy(one).a == 1 and base.__match_args__ == (
        () if options.get("kw_only") else base.__match_args__
    )


@DECORATORS
def test_what_is_frozen_stays_and_has_a_hash(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Point:
        x: int
        y: int = 0

    point = Point(1)
    assert hash(point) == hash(Point(1, 0)) and {point: 1}[Point(1)] == 1
    for change in (
        lambda: setattr(point, "x", 2),
        lambda: setattr(point, "z", 2),
        lambda: delattr(point, "x"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert point.x == 1
    match point:
        case Point(x, y):
            assert (x, y) == (1, 0)


@DECORATORS
def test_what_can_change_has_no_hash(dataclass: Decorator) -> None:
    @dataclass
    class Box:
        x: int = 1

    box = Box()
    box.x = 2
    assert box == Box(2)
    with pytest.raises(TypeError):
        hash(box)


@DECORATORS
@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((), {}),
        ((1, "b", [], "h", 5), {}),
        ((1,), {"a": 2}),
        ((1,), {"unknown": 2}),
        ((), {"b": "x", "unknown": 1}),
        ((), {"b": "x"}),
    ],
)
def test_wrong_arguments_are_refused(dataclass: Decorator, args: Any, kwargs: Any) -> None:
    base, _ = declared(dataclass)
    with pytest.raises(TypeError):
        base(*args, **kwargs)


@DECORATORS
def test_own_methods_stay_and_a_value_may_check_itself(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Own:
        secret: str

        def __post_init__(self) -> None:
            if not self.secret:
                raise ValueError("empty")

        def __repr__(self) -> str:
            return "<own>"

        def __eq__(self, other: object) -> bool:
            return self is other

        def __hash__(self) -> int:
            return 7

    assert repr(Own("x")) == "<own>" and Own("x") != Own("x") and hash(Own("x")) == 7
    with pytest.raises(ValueError, match="empty"):
        Own("")


@DECORATORS
def test_wrong_declarations_are_refused(dataclass: Decorator) -> None:
    with pytest.raises(TypeError, match="non-default argument"):

        @dataclass
        class Order:
            a: int = 1
            b: int  # type: ignore[misc]

    with pytest.raises(ValueError, match="mutable default"):

        @dataclass
        class Mutable:
            a: list[int] = []  # type: ignore[assignment]  # noqa: RUF012


@ours(frozen=True)
class Sent:
    x: int
    y: tuple[int, ...] = ()


def test_values_travel_between_processes() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, (2, 3)))) == Sent(1, (2, 3))


def test_a_refused_argument_is_named_and_its_value_is_not() -> None:
    with pytest.raises(TypeError) as caught:
        Sent(z="00112233")  # type: ignore[call-arg]
    assert str(caught.value) == "Sent() misses x; does not know z"


@DECORATORS
def test_what_has_slots_has_no_dictionary_and_is_copied(dataclass: Decorator) -> None:
    @dataclass(frozen=True, slots=True)
    class Held:
        """What it is."""

        a: int
        b: str = "b"
        where: str | None = field(default=None, compare=False)

        @property
        def doubled(self) -> int:
            return self.a * 2

    one = Held(1, where="x")
    assert not hasattr(one, "__dict__") and one == Held(1, "b") == Held(1, "b", "y") and one != Held(2)
    assert hash(one) == hash(Held(1)) and one.doubled == 2 and Held.__doc__ == "What it is."
    assert dataclasses.replace(one, a=3) == Held(3) and repr(one).endswith("Held(a=1, b='b', where='x')")
    assert copy.deepcopy(one) == one and dataclasses.asdict(one) == {"a": 1, "b": "b", "where": "x"}
    with pytest.raises(FrozenInstanceError):
        one.a = 2
    with pytest.raises(TypeError, match="a"):
        Held(b="c")
