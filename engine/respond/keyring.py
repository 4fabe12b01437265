"""The keys that sign a project's links: those of its environment or, for pages on this machine, one of its
own, made when it is first needed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from ...dsl.diagnostics import PlaycallError
from ..catalog.links import LinkConfig
from .links import Keys

OWN_KEY: Final = Path(".playcall") / "link.key"


def keys_of(config: LinkConfig, root: Path) -> Keys:
    """The keys of a project in a folder. Raises ``PlaycallError`` for keys that are none."""
    return Keys(config.keys or (_own_key(root / OWN_KEY),))


def has_keys(config: LinkConfig, root: Path) -> bool:
    """Whether links can be signed without making a key: not where secrets were not filled in."""
    if config.keys:
        return not any("${" in key for key in config.keys)
    return (root / OWN_KEY).exists()


def _own_key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
        return path.read_text("ascii").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no key"
        raise PlaycallError(f"the key of links, {path}, cannot be used: {reason}") from None


def _make(path: Path) -> None:
    """A key that only its owner can read. It appears whole, and never takes another's place."""
    if path.exists():
        return
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass  # of two at once, one is the first
    finally:
        temporary.unlink()
