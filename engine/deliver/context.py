"""The values that a message may show, and how they are kept as JSON beside its touch.

Single values are tagged as everywhere in the ledger (``ledger.values``). A context is a mapping from dotted
names, as templates write them (``contract.renewal_date``), to values; ``decode`` makes it nested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from ...dsl.types import Money
from ..ledger.values import from_json, is_tagged, to_json

Value = str | int | float | bool | None | date | datetime | Money | Sequence["Value"] | Mapping[str, "Value"]


def encode(context: Mapping[str, Value]) -> dict[str, object]:
    """Plain JSON values. ``TypeError`` for a kind of value that no message may show, ``ValueError`` for a
    number that is not finite or a name that begins with ``$`` or ``_``."""
    return {_checked_name(name): _encode(value) for name, value in context.items()}


def decode(stored: Mapping[str, object]) -> dict[str, object]:
    """The inverse of ``encode``, nested at the dots: ``contract.arr`` becomes ``{"contract": {"arr": …}}``.
    ``ValueError`` for what ``encode`` cannot have written."""
    nested: dict[str, object] = {}
    for name, value in stored.items():
        *path, last = name.split(".")
        level = nested
        for part in path:
            inner = level.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ValueError(f"context: `{name}` is below the value `{part}`")
            level = inner
        if last in level:
            raise ValueError(f"context: `{name}` is given twice")
        level[last] = _decode(value)
    return nested


def _encode(value: Value) -> object:
    if isinstance(value, Mapping):
        return encode(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [_encode(one) for one in value]
    return to_json(value)  # type: ignore[arg-type]  # bytes are refused there


def _decode(value: object) -> object:
    if isinstance(value, list):
        return [_decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    return from_json(value) if is_tagged(value) else decode(value)


def _checked_name(name: str) -> str:
    if any(part.startswith(("$", "_")) or not part for part in name.split(".")):
        raise ValueError(f"context: `{name}` is not a name that a template can read")
    return name
