"""`dataclass` as in the standard library, without its cost when a program starts.

The library writes and compiles six methods a class, 0.3 to 0.5 ms each class; some 130 classes stand behind a
small `verify`, and most of its start was that. Here the methods are the same few functions for every class,
and read the fields. What a class means is unchanged: `field`, `fields`, `replace`, `asdict` of `dataclasses`
work on it, and type checkers see the library's own decorator. Not supported, as nobody here needs it: order,
`InitVar`, `KW_ONLY`. `slots` is for values of which there are very many at a time: a third of the memory,
made more slowly; such a class inherits from none of these.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass  # noqa: TID251
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, kw_only=False, slots=False):
        """The class with its methods. TypeError for a field without a default behind one that has one."""
        if cls is None:
            return lambda cls: _made(cls, frozen, eq, kw_only, slots)
        return _made(cls, frozen, eq, kw_only, slots)


_REAL_FIELD: Any = dataclasses._FIELD  # type: ignore[attr-defined]  # what tells a field from a ClassVar


class _Declared(NamedTuple):
    """A field as its class has it. own: what `field(...)` gave, None for a bare default or none at all."""

    type: object
    default: object
    own: Field[Any] | None
    kw_only: bool


class _Fields:
    """Stands as `__dataclass_fields__`, and makes the library's own fields for who asks: few ever do."""

    def __init__(self, cls: type[Any], declared: Mapping[str, _Declared]) -> None:
        self.cls, self.declared = cls, declared

    def __get__(self, instance: object, owner: type[Any]) -> Mapping[str, Field[Any]]:
        made = {name: _field(name, each) for name, each in self.declared.items()}
        self.cls.__dataclass_fields__ = made
        return made


def _field(name: str, declared: _Declared) -> Field[Any]:
    own: Any = declared.own
    if own is None:
        own = dataclasses.field(default=declared.default)
    own.name, own.type, own.kw_only, own._field_type = name, declared.type, declared.kw_only, _REAL_FIELD
    return own  # type: ignore[no-any-return]


def _made(cls: type[Any], frozen: bool, eq: bool, kw_only: bool, slots: bool) -> type[Any]:
    declared: dict[str, _Declared] = {}
    for base in cls.__mro__[-1:0:-1]:
        declared.update(base.__dict__.get("_declared_fields", {}))
    for name, type_ in cls.__annotations__.items():
        if not str(type_).startswith(("ClassVar", "typing.ClassVar")):
            declared[name] = _as_declared(cls, name, type_, kw_only)
    shown = compared = names = tuple(declared)
    special = {name: each.own for name, each in declared.items() if each.own is not None}
    if special:
        shown = tuple(name for name in names if name not in special or special[name].repr)
        compared = tuple(name for name in names if name not in special or special[name].compare)
    taken = [
        name
        for name, each in declared.items()
        if not each.kw_only and (name not in special or special[name].init)
    ]
    _set(cls, "__match_args__", tuple(taken))
    if slots:
        cls = _with_slots(cls, names)
    cls._declared_fields = declared
    cls.__dataclass_fields__ = _Fields(cls, declared)
    cls.__init__ = _init(cls, declared, special, taken, hasattr(cls, "__post_init__"))
    if slots:
        _fill_slots(cls, names, all_taken=len(taken) == len(names))
    _set(cls, "__repr__", _repr(shown))
    if eq:
        key = _key(compared)
        _set(cls, "__eq__", _eq(key))
        if cls.__dict__.get("__hash__") is None:  # defining __eq__ sets it to None
            cls.__hash__ = _hash(key) if frozen else None  # type: ignore[assignment]
    if frozen:
        _freeze(cls, declared)
    return cls


def _with_slots(cls: type[Any], names: tuple[str, ...]) -> type[Any]:
    """The class anew: what has slots had them when it was made."""
    if hasattr(cls, "__post_init__") or cls.__bases__ != (object,):
        raise TypeError(f"{cls.__name__} has slots: no base, no __post_init__")
    left = (*names, "__dict__", "__weakref__")
    kept = {name: value for name, value in vars(cls).items() if name not in left}
    made: type[Any] = type(cls.__name__, (), {**kept, "__slots__": names})
    return made


def _fill_slots(cls: type[Any], names: tuple[str, ...], *, all_taken: bool) -> None:
    """What is made, copied and pickled has its values in the slots, in which nothing else can put any."""
    puts = tuple((name, getattr(cls, name).__set__) for name in names)
    setters, count, init = tuple(put for _, put in puts), len(names), cls.__init__

    def __init__(self: Any, *args: object, **kwargs: object) -> None:
        if all_taken and len(args) == count and not kwargs:
            for put, value in zip(setters, args):  # noqa: B905 (as many as there are)
                put(self, value)
            return
        held = SimpleNamespace()
        init(held, *args, **kwargs)
        __setstate__(self, vars(held))

    def __getstate__(self: Any) -> dict[str, object]:
        return {name: getattr(self, name) for name in names}

    def __setstate__(self: Any, state: Mapping[str, object]) -> None:
        for name, put in puts:
            put(self, state[name])

    for method in (__init__, __getstate__, __setstate__):
        setattr(cls, method.__name__, method)


def _as_declared(cls: type[Any], name: str, type_: object, kw_only: bool) -> _Declared:
    default = cls.__dict__.get(name, MISSING)
    if isinstance(default, Field):
        if default.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, default.default)
        own_way = kw_only if default.kw_only is MISSING else default.kw_only
        return _Declared(type_, default.default, default, own_way)
    if default.__class__.__hash__ is None:
        raise ValueError(f"mutable default of {cls.__name__}.{name}: use default_factory")
    return _Declared(type_, default, None, kw_only)


def _set(cls: type[Any], name: str, value: object) -> None:
    """What the class body defines itself stays."""
    if name not in cls.__dict__:
        setattr(cls, name, value)


def _init(
    cls: type[Any],
    declared: Mapping[str, _Declared],
    special: Mapping[str, Field[Any]],
    taken: list[str],
    post: bool,
) -> Callable[..., None]:
    blank = {name: each.default for name, each in declared.items()}  # keeps the fields' order
    factories = tuple(
        (name, own.default_factory) for name, own in special.items() if own.default_factory is not MISSING
    )
    named = frozenset(blank)
    required = frozenset(name for name, default in blank.items() if default is MISSING)
    if special:
        named = frozenset(name for name in blank if name not in special or special[name].init)
        required = (required & named).difference(name for name, _ in factories)
    positional, most, arguments = tuple(taken), len(taken), len(named)
    # So many positional arguments are all that there is to keep; -1 where there is more to do.
    whole = most if most == len(declared) and not post else -1
    optional = False
    for name in taken:
        if name not in required:
            optional = True
        elif optional:
            raise TypeError(f"non-default argument {name!r} follows default argument")

    def __init__(self: Any, *args: object, **kwargs: object) -> None:
        state = self.__dict__
        if len(args) == whole and not kwargs:
            state.update(zip(positional, args))  # noqa: B905 (as many as there are)
            return
        state.update(blank)
        if args:
            state.update(zip(positional, args))  # noqa: B905 (its length is checked below)
        if kwargs:
            state.update(kwargs)
        given = len(args) + len(kwargs)
        if (
            len(args) > most
            or (kwargs and not named.issuperset(kwargs))
            or (args and kwargs and not kwargs.keys().isdisjoint(positional[: len(args)]))
            or (given < arguments and any(state[name] is MISSING for name in required))
        ):
            raise _wrong(cls, positional, named, required, args, kwargs)
        for name, make in factories:
            if state[name] is MISSING:
                state[name] = make()
        if post:
            self.__post_init__()

    return __init__


def _wrong(
    cls: type[Any],
    positional: tuple[str, ...],
    named: frozenset[str],
    required: frozenset[str],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> TypeError:
    """What is wrong with the arguments, by name: values may be secrets."""
    first = positional[: len(args)]
    faults = {
        "misses": sorted(required - kwargs.keys() - set(first)),
        "does not know": sorted(kwargs.keys() - named),
        "got twice": sorted(kwargs.keys() & set(first)),
    }
    said = [f"{what} {', '.join(names)}" for what, names in faults.items() if names]
    if len(args) > len(positional):
        said.append(f"takes {len(positional)} positional arguments, got {len(args)}")
    return TypeError(f"{cls.__qualname__}() {'; '.join(said)}")


def _repr(names: tuple[str, ...]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({inside})"

    return __repr__


def _key(names: tuple[str, ...]) -> Callable[[Any], object]:
    if not names:
        return lambda self: ()
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda self: (get(self),)


def _eq(key: Callable[[Any], object]) -> Callable[[Any, object], Any]:
    def __eq__(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return key(self) == key(other)

    return __eq__


def _hash(key: Callable[[Any], object]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:
        return hash(key(self))

    return __hash__


def _freeze(cls: type[Any], names: Mapping[str, object]) -> None:
    def __setattr__(self: Any, name: str, value: object) -> None:
        if self.__class__ is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:
        if self.__class__ is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    cls.__setattr__ = __setattr__  # type: ignore[assignment]
    cls.__delattr__ = __delattr__  # type: ignore[assignment]
