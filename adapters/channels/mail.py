"""What the mail channels share: addresses, and the redirection of a whole channel to one address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.utils import parseaddr

from ...engine.ports import ChannelError, Envelope
from .settings import Settings

# What cannot stand in a SMTP command: spaces, controls, brackets, and no or an empty side of the @.
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>@\"]+@[^\s\x00-\x1f\x7f<>@\"]+")
_ORIGINAL = re.compile(rb"^(To|Cc):", re.IGNORECASE | re.MULTILINE)


def is_address(text: str) -> bool:
    """Whether the text can stand as a mailbox in an SMTP command (shape only; injection is impossible)."""
    return _ADDRESS.fullmatch(text) is not None


def is_ascii(addresses: Iterable[str]) -> bool:
    """Whether all addresses can be carried without SMTPUTF8 (RFC 6531)."""
    return all(address.isascii() for address in addresses)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The keys that every mail channel has. ``sender``: the address of ``from``, used where a message names
    no sender; ``redirect``: the one address that all mail goes to instead (staging); ``bounces``: where
    delivery reports are to go, with ``*`` for the touch's id."""

    sender: str
    redirect: str | None
    bounces: str | None = None

    @classmethod
    def read(cls, settings: Settings) -> MailSettings:
        """Raises ``ChannelError`` for a ``from``, ``redirect`` or ``bounces`` that is no address."""
        addresses = [_address(settings, key) for key in ("redirect", "bounces")]
        return cls(_address(settings, "from") or "", *addresses)

    def apply(self, envelope: Envelope) -> Envelope:
        """The envelope as it really goes out: the only place where a redirection happens.

        The header fields To and Cc are renamed X-Original-To and X-Original-Cc, so that an answer to all
        cannot reach a customer either.
        """
        if not envelope.sender:
            envelope = replace(envelope, sender=self.sender)
        if self.bounces:
            envelope = replace(envelope, sender=self.bounces.replace("*", envelope.touch_id))
        if self.redirect is None:
            return envelope
        head, blank, body = envelope.payload.partition(b"\r\n\r\n")
        head = b"To: " + self.redirect.encode() + b"\r\n" + _ORIGINAL.sub(rb"X-Original-\1:", head)
        return replace(envelope, recipients=(self.redirect,), payload=head + blank + body)


def refuse_addresses(envelope: Envelope) -> str | None:
    """Why this envelope can never be delivered, or None."""
    if not envelope.recipients:
        return "it has no recipient"
    for address in filter(None, (envelope.sender, *envelope.recipients)):
        if not is_address(address):
            return f"{address!r} is not an e-mail address"
    return None


def _address(settings: Settings, key: str) -> str | None:
    value = settings.text(key)
    if value is None:
        return None
    address = parseaddr(value)[1]
    if not is_address(address):
        raise ChannelError(settings.say(f"`{key}` must be an address such as Acme <cs@acme.example>"))
    return address
