"""Much at a time, but not all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(things: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Cut into pieces, by default such as a statement can take as parameters."""
    return (things[start : start + size] for start in range(0, len(things), size))
