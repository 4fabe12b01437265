"""What is known of the people that messages go to: who must not be written to, who agreed, what they got."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal, get_args

from ...dsl.frozen import frozen
from ..catalog.contact_rules import ContactRules

Reason = Literal["unsubscribe", "bounce", "complaint", "manual", "legal"]
# In the order in which they are named where several apply (SPEC 6).
SUPPRESSIONS: Final[tuple[str, ...]] = get_args(Reason)
ALL: Final = "*"  # the scope that is no topic


@frozen
class Sent:
    """A message to a customer that went, may have gone or waits to go; a copy of one has no account."""

    address: str
    account: str | None
    playbook: str
    play: str
    at: datetime


@frozen
class Opened:
    """How many tasks a play opened for somebody on a day."""

    assignee: str
    playbook: str
    play: str
    day: date
    count: int


@frozen
class Contacts:
    """``suppressions``: (reason, scope) in force by address; ``consents``: ground by scope in force, by
    address; ``sent`` and ``opened`` reach back as far as the widest window of a cap; ``replies``: the day of
    the last reply that a person wrote, by entity, record and address."""

    suppressions: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    consents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sent: Sequence[Sent] = ()
    opened: Sequence[Opened] = ()
    replies: Mapping[tuple[str, str, str], date] = field(default_factory=dict)


@lru_cache(maxsize=200_000)
def normal(address: str) -> str:
    """The address as it is compared: without blanks around it, in lower case, its domain in ASCII (IDNA).
    One person is one address, whichever accounts it stands in."""
    found = address.strip()
    if not found.isascii():
        local, at, domain = found.rpartition("@")
        with suppress(UnicodeError):  # no domain that mail could go to: compared as it is
            found = f"{local}{at}{domain.encode('idna').decode('ascii')}"
    return found.casefold()


def why_suppressed(
    suppressions: Iterable[tuple[str, str]],
    consents: Mapping[str, str],
    topic: str,
    rules: ContactRules,
    kind: str = "operational",
) -> str:
    """The first reason for which a message of a topic ("": of none) must not go to an address; "" where it
    may. Who unsubscribed from everything still gets what a contract demands (transactional topics). ``kind``:
    the class of a message whose topic is none that is declared."""
    declared = rules.topics.get(topic)
    kind = declared.kind if declared else kind
    applying = {
        reason
        for reason, scope in suppressions
        if scope == topic or (scope == ALL and not (reason == "unsubscribe" and kind == "transactional"))
    }
    for reason in SUPPRESSIONS if applying else ():
        if reason in applying:
            return reason
    if kind != "promotional" or declared is None:
        return ""
    agreed = consents.get(topic) in declared.consent or consents.get(ALL) in declared.consent
    return "" if agreed else "consent"
