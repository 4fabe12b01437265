"""Whether the project's secrets are secrets: long enough, and not words that somebody could guess."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ....dsl.diagnostics import PlaycallError
from ...catalog.model import Project
from ...respond.keyring import OWN_KEY
from ...respond.links import Keys
from .check import DRAWN, Check, fail, ok, warn

LEAST_TOKEN: Final = 24  # characters, of 4 bits and more each
LEAST_KINDS: Final = 12  # different characters in 32 drawn ones, hexadecimal ones too
_OWN: Final = f"one of the project's own, {OWN_KEY}: the pages are on this machine"
_PLACEHOLDERS: Final = ("change", "example", "secret", "password", "12345", "test", "key-of", "xxxx")


def keys(project: Project) -> Iterator[Check]:
    """The keys of links, and the token of the inbox, where there are any."""
    if project.links is not None:
        yield _links(project.links.keys) if project.links.keys else ok("keys of links", _OWN)
    if project.inbox.token:
        yield _secret("token of the inbox", project.inbox.token, LEAST_TOKEN)


def _links(secrets: tuple[str, ...]) -> Check:
    name = "keys of links"
    try:
        Keys(secrets)
    except PlaycallError as error:
        return fail(name, str(error), DRAWN)
    weak = [number for number, secret in enumerate(secrets, start=1) if _guessable(secret)]
    if weak:
        return warn(name, f"key {weak[0]} looks like something that somebody could guess", DRAWN)
    old = f", {len(secrets) - 1} of earlier links" if len(secrets) > 1 else ""
    return ok(name, f"1 that signs{old}")


def _secret(name: str, secret: str, least: int) -> Check:
    if len(secret) < least:
        return warn(name, f"it has {len(secret)} characters; {least} drawn ones cannot be guessed", DRAWN)
    if _guessable(secret):
        return warn(name, "it looks like something that somebody could guess", DRAWN)
    return ok(name, f"{len(secret)} characters")


def _guessable(secret: str) -> bool:
    low = secret.lower()
    return len(set(secret)) < LEAST_KINDS or any(word in low for word in _PLACEHOLDERS)
