"""A message as it will be sent, before it is bytes: who, to whom, when, what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from email.utils import parseaddr

from ...dsl.frozen import frozen
from .render import Rendered, one_line


@frozen
class Address:
    """A mailbox, with the name that people see beside it ("" for none)."""

    email: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """From ``Acme <cs@acme.example>`` or a bare address. ``ValueError`` if it is neither."""
        name, email = parseaddr(text)
        if "@" not in email.strip("@"):
            raise ValueError(f"{text!r} is not an e-mail address")
        return cls(email, name)

    @property
    def domain(self) -> str:
        """What stands after the @."""
        return self.email.rpartition("@")[2]


@frozen
class Mail:
    """One message to one recipient (and who gets a copy). The same ``Mail`` always becomes the same bytes.

    ``message_id`` includes its angle brackets; ``date`` is timezone-aware; ``headers`` are further header
    fields, such as List-Unsubscribe.
    """

    touch_id: str
    message_id: str
    date: datetime
    sender: Address
    to: Address
    subject: str
    text: str
    html: str
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def recipients(self) -> tuple[str, ...]:
        """All addresses that it goes to, each once, the recipient's first."""
        return tuple(dict.fromkeys((self.to.email, *(address.email for address in self.cc))))


def message_id(touch_id: str, sender: Address) -> str:
    """The Message-ID of a touch, the same at every attempt (RFC 5322, 3.6.4)."""
    return f"<{touch_id}@{sender.domain}>"


def compose(
    touch_id: str,
    rendered: Rendered,
    date: datetime,
    sender: Address,
    to: Address,
    cc: tuple[Address, ...] = (),
    reply_to: Address | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mail:
    """A rendered message put into its envelope; names of people are brought onto one line."""
    return Mail(
        touch_id=touch_id,
        message_id=message_id(touch_id, sender),
        date=date,
        sender=_tidy(sender),
        to=_tidy(to),
        cc=tuple(map(_tidy, cc)),
        reply_to=_tidy(reply_to) if reply_to else None,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        headers=headers or {},
    )


def _tidy(address: Address) -> Address:
    return Address(address.email, one_line(address.name))
