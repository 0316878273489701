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
from inspect import get_annotations
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

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


def _made(cls: type[Any], frozen: bool, eq: bool, kw_only: bool, slots: bool) -> type[Any]:
    all_fields: dict[str, Field[Any]] = {}
    for base in cls.__mro__[-1:0:-1]:
        all_fields.update(getattr(base, "__dataclass_fields__", {}))
    for name, type_ in get_annotations(cls).items():
        if not str(type_).startswith(("ClassVar", "typing.ClassVar")):
            all_fields[name] = _own_field(cls, name, type_, kw_only)
    cls.__dataclass_fields__ = all_fields
    fields = tuple(all_fields.values())
    taken = [each.name for each in fields if each.init and not each.kw_only]
    _set(cls, "__match_args__", tuple(taken))
    if slots:
        cls = _with_slots(cls, tuple(all_fields))
    cls.__init__ = _init(cls, fields, taken, hasattr(cls, "__post_init__"))
    if slots:
        _fill_slots(cls, tuple(all_fields), all_taken=taken == list(all_fields))
    _set(cls, "__repr__", _repr(tuple(each.name for each in fields if each.repr)))
    if eq:
        key = _key(tuple(each.name for each in fields if each.compare))
        _set(cls, "__eq__", _eq(key))
        if cls.__dict__.get("__hash__") is None:  # defining __eq__ sets it to None
            cls.__hash__ = _hash(key) if frozen else None  # type: ignore[assignment]
    if frozen:
        _freeze(cls, frozenset(all_fields))
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


def _own_field(cls: type[Any], name: str, type_: object, kw_only: bool) -> Field[Any]:
    default = cls.__dict__.get(name, MISSING)
    own: Any
    if isinstance(default, Field):
        own = default
        if own.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, own.default)
    else:
        own = dataclasses.field(default=default) if default is not MISSING else dataclasses.field()
        if own.default.__class__.__hash__ is None:
            raise ValueError(f"mutable default of {cls.__name__}.{name}: use default_factory")
    own.name, own.type, own._field_type = name, type_, _REAL_FIELD
    if own.kw_only is MISSING:
        own.kw_only = kw_only
    return own  # type: ignore[no-any-return]


def _set(cls: type[Any], name: str, value: object) -> None:
    """What the class body defines itself stays."""
    if name not in cls.__dict__:
        setattr(cls, name, value)


def _init(
    cls: type[Any], fields: tuple[Field[Any], ...], taken: list[str], post: bool
) -> Callable[..., None]:
    blank: Mapping[str, object] = {each.name: each.default for each in fields}  # keeps the fields' order
    factories = tuple(
        (each.name, each.default_factory) for each in fields if each.default_factory is not MISSING
    )
    named = frozenset(each.name for each in fields if each.init)
    required = frozenset(
        each.name
        for each in fields
        if each.init and each.default is MISSING and each.default_factory is MISSING
    )
    positional, most, arguments = tuple(taken), len(taken), len(named)
    # So many positional arguments are all that there is to keep; -1 where there is more to do.
    whole = most if most == len(fields) and not post else -1
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


def _freeze(cls: type[Any], names: frozenset[str]) -> None:
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
