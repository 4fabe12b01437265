"""Logs: one line an event on stderr, for people or as JSON. Never a secret; addresses of people are masked
unless they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Final, Literal

from ..ports import Clock

Style = Literal["text", "json"]
Level = Literal["info", "warning", "error"]

_ADDRESS: Final = re.compile(r"([^\s<>,;:\"'(\[@]{1,64})@([\w.-]+)")
_PASSWORD: Final = re.compile(r"(://[^\s/:@]*):[^\s/@]+@")
_HIDDEN: Final = "***"
_LEAST: Final = 4  # characters of a secret that is looked for: shorter ones stand in many words


class Log:
    """Writes events. ``secrets`` are texts that are never shown; ``addresses``: do not mask addresses."""

    def __init__(
        self,
        write: Callable[[str], None],
        clock: Clock,
        style: Style = "text",
        *,
        secrets: Iterable[str] = (),
        addresses: bool = False,
    ) -> None:
        self._write = write
        self._clock = clock
        self._style = style
        self._secrets = sorted({one for one in secrets if len(one) >= _LEAST}, key=len, reverse=True)
        self._addresses = addresses

    def info(self, event: str, **fields: object) -> None:
        """Something went as it should."""
        self._put("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Something went wrong that is tried again."""
        self._put("warning", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Something that a person must mend."""
        self._put("error", event, fields)

    def _put(self, level: Level, event: str, fields: dict[str, object]) -> None:
        at = self._clock.now().isoformat(timespec="milliseconds")
        shown = {name: self._shown(value) for name, value in fields.items()}
        if self._style == "json":
            self._write(json.dumps({"at": at, "level": level, "event": event, **shown}, ensure_ascii=False))
        else:
            told = " ".join(f"{name}={_plain(value)}" for name, value in shown.items())
            self._write(f"{at} {level} {event} {told}".rstrip())

    def _shown(self, value: object) -> object:
        if isinstance(value, (list, tuple)):
            return [self._shown(one) for one in value]
        if not isinstance(value, str):
            return value
        text = _PASSWORD.sub(rf"\1:{_HIDDEN}@", value)
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text if self._addresses else _ADDRESS.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    """``c***@acme.test``; what a password's place in a URL left is no address."""
    return found[0] if found[1].endswith(_HIDDEN) else f"{found[1][0]}{_HIDDEN}@{found[2]}"


def _plain(value: object) -> str:
    """A value of a line for people: quoted where it holds blanks, never with a line's end."""
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[\s\"=]|^$", text) else text
