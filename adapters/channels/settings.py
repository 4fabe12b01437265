"""The options of one channel in playcall.yaml, read strictly: an unknown key is an error, never ignored."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from ...engine.ports import ChannelError

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h)?")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)")


class Settings:
    """Typed access to a channel's options. Every reader raises ``ChannelError`` naming channel and key."""

    def __init__(self, channel: str, options: Mapping[str, object], known: tuple[str, ...]) -> None:
        self.channel = channel
        self._options = options
        for key in options:
            if key not in known:
                raise ChannelError(self.say(f"unknown key `{key}`{_suggest(key, known)}"))

    def say(self, text: str) -> str:
        """The text of an error about this channel."""
        return f"channel {self.channel}: {text}"

    def text(self, key: str) -> str | None:
        """A non-empty text, or None where the key is absent."""
        value = self._options.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise ChannelError(self.say(f"`{key}` must be a text"))
        return value.strip()

    def required(self, key: str, example: str) -> str:
        """A text that the channel cannot do without."""
        value = self.text(key)
        if value is None:
            raise ChannelError(self.say(f"`{key}` is missing; for example `{key}: {example}`"))
        return value

    def flag(self, key: str) -> bool:
        """true or false; false where the key is absent."""
        value = self._options.get(key, False)
        if not isinstance(value, bool):
            raise ChannelError(self.say(f"`{key}` must be true or false"))
        return value

    def seconds(self, key: str, default: float) -> float:
        """A span of time in seconds, above zero: ``30``, ``30s``, ``2min``, ``1h``."""
        value = self._options.get(key, default)
        match = _QUANTITY.fullmatch(str(value).strip())
        amount = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
        if amount <= 0:
            raise ChannelError(self.say(f"`{key}` must be a time such as 30s or 2min, not {value!r}"))
        return amount

    def pause(self, key: str) -> float:
        """Seconds from one message to the next, from a rate such as ``50/s``, ``600/min``; 0 without one."""
        value = self.text(key)
        if value is None:
            return 0.0
        match = _RATE.fullmatch(value)
        if match is None or float(match[1]) <= 0:
            raise ChannelError(self.say(f"`{key}` must be a rate such as 50/s or 600/min, not {value!r}"))
        return _SECONDS[match[2]] / float(match[1])


def _suggest(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else f"; it knows {', '.join(sorted(known))}"
