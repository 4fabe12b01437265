"""Frozen dataclasses for what is made by the hundred thousand: places, nodes, types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...


@overload
def record(*, eq: bool = True, order: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(
    cls: type[T] | None = None, /, *, eq: bool = True, order: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass with slots that is frozen for the type checker, and hashed by its fields where it is
    compared by them. Nothing guards it at run time: what Python guards takes four times as long to make."""

    def made(plain: type[T]) -> type[T]:
        return dataclass(slots=True, eq=eq, order=order, unsafe_hash=eq)(plain)

    return made if cls is None else made(cls)
