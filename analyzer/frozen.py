"""Frozen dataclasses that are made in a quarter of the time, for what every replay loads.

It loads a hundred of them, and Python takes half a millisecond to make one: it compiles six methods for each. Here
`__init__` alone is compiled, and only when the first object is made: half of them have none in a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

_T = TypeVar("_T")
_Method = Callable[..., Any]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[_T]) -> type[_T]:
    """As `@dataclass(frozen=True)`: `replace`, `fields`, `asdict` and `__post_init__` work.

    It has no options, and what a class defines itself is kept.
    """
    # or Python makes one of the signature, which takes longer than all the rest
    cls.__doc__ = cls.__doc__ or cls.__qualname__
    made = dataclass(init=False, repr=False, eq=False)(cls)
    members = fields(made)  # type: ignore[arg-type]  # it is a dataclass by now
    methods = {"__init__": _at_first(cls, members), **_comparing(members), **_PROTECTING}
    for name, method in methods.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return made


def _at_first(cls: type[Any], members: tuple[Field[Any], ...]) -> _Method:
    def initialise(self: object, *arguments: object, **named: object) -> None:
        made = _initialiser(cls.__qualname__, members, after=hasattr(cls, "__post_init__"))
        type.__setattr__(cls, "__init__", made)
        made(self, *arguments, **named)

    return initialise


def _initialiser(name: str, members: tuple[Field[Any], ...], *, after: bool) -> _Method:
    parameters, statements = ["self"], []
    scope: dict[str, Any] = {"_set": object.__setattr__, "_made": MISSING}
    for one in members:
        value = one.name
        if one.default_factory is not MISSING:
            scope[f"_make_{one.name}"] = one.default_factory
            value = f"_make_{one.name}() if {one.name} is _made else {one.name}"
            parameters.append(f"{one.name}=_made")
        elif one.default is not MISSING:
            scope[f"_default_{one.name}"] = one.default
            parameters.append(f"{one.name}=_default_{one.name}")
        else:
            parameters.append(one.name)
        statements.append(f" _set(self, '{one.name}', {value})")
    if after:
        statements.append(" self.__post_init__()")
    # nothing but the names of our own members is compiled
    exec("\n".join((f"def __init__({', '.join(parameters)}):", *(statements or [" pass"]))), scope)  # noqa: S102 - see above
    made: _Method = scope["__init__"]
    made.__qualname__ = f"{name}.__init__"
    return made


def _comparing(members: tuple[Field[Any], ...]) -> dict[str, _Method]:
    compared = _values([one.name for one in members if one.compare])
    hashed = _values([one.name for one in members if (one.compare if one.hash is None else one.hash)])
    shown = [one.name for one in members if one.repr]

    def equal(self: object, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def made_hash(self: object) -> int:
        return hash(hashed(self))

    def representation(self: object) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    return {"__eq__": equal, "__hash__": made_hash, "__repr__": representation}


def _values(names: list[str]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()


def _keep(self: object, name: str, value: object) -> NoReturn:  # noqa: ARG001 - as Python calls it
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _keep_all(self: object, name: str) -> NoReturn:  # noqa: ARG001 - as Python calls it
    raise FrozenInstanceError(f"cannot delete field {name!r}")


_PROTECTING: dict[str, _Method] = {"__setattr__": _keep, "__delattr__": _keep_all}
