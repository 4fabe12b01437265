"""Frozen dataclasses that are cheap: to make, and to declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(cls: type[T], /) -> type[T]: ...


@overload
def frozen(*, eq: bool = True, order: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    cls: type[T] | None = None, /, *, eq: bool = True, order: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass with slots that is frozen for the type checker, and hashed by its fields where it is
    compared by them. Nothing guards it at run time: what Python guards takes four times as long to make.

    Only ``__init__`` is made by ``dataclass``, which writes and compiles a text for each method: a command
    that declares two hundred classes would spend a fifth of a second on those that it hardly calls."""

    def made(plain: type[T]) -> type[T]:
        if order:
            return dataclass(slots=True, eq=eq, order=True, unsafe_hash=eq)(plain)
        kind = dataclass(slots=True, eq=False, repr=False)(plain)
        for name, method in _methods(kind, eq).items():
            if name not in plain.__dict__:
                setattr(kind, name, method)
        return kind

    return made if cls is None else made(cls)


def _methods(kind: type, eq: bool) -> dict[str, Callable[..., Any]]:
    """What ``dataclass`` would have compiled."""
    shown = [one.name for one in fields(kind) if one.repr]
    key = _key([one.name for one in fields(kind) if one.compare])

    def representation(self: object) -> str:
        values = [f"{name}={getattr(self, name)!r}" for name in shown]
        return f"{type(self).__qualname__}({', '.join(values)})"

    def equal(self: object, other: object) -> bool:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(key(self))

    methods: dict[str, Callable[..., Any]] = {"__repr__": representation}
    return {**methods, "__eq__": equal, "__hash__": hashed} if eq else methods


def _key(names: Sequence[str]) -> Callable[[object], tuple[object, ...]]:
    """Gives some attributes of an object, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple([getattr(one, name) for name in names])
