"""Reading an adapter's own keys of playcall.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...engine.ports import SourceError


def only(name: str, config: Mapping[str, object], keys: Sequence[str]) -> None:
    """Raises ``SourceError`` for a key that the adapter does not know: a slip must not be ignored."""
    unknown = sorted(set(config) - set(keys))
    if unknown:
        raise SourceError(f"source {name}: unknown key `{unknown[0]}`; this adapter takes {', '.join(keys)}")


def text_option(name: str, config: Mapping[str, object], key: str) -> str | None:
    """The text under a key, or None where it is absent. Raises ``SourceError`` for another type."""
    value = config.get(key)
    if value is None or isinstance(value, str):
        return value
    raise SourceError(f"source {name}: `{key}` must be text, not {type(value).__name__}")
