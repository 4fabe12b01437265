"""The closed list of verdicts and reasons. Whatever becomes of an occurrence is one of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Verdict = Literal[
    "fired",
    "declined",
    "pending",
    "held",
    "capped",
    "expired",
    "stopped",
    "holdout",
    "no_recipient",
    "suppressed",
    "replied",
    "adopted",
]

# verdict → its reasons, each with what it means. "" is the only reason of a verdict that needs none.
REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "fired": {
        "": "at least one message was queued or one task opened",
    },
    "declined": {
        "if": "the play's `if` was false on the deciding day",
        "unless": "the play's `unless` was true on the deciding day",
        "quote": "the quote of this cycle was accepted, or withdrawn and not made anew",
    },
    "pending": {
        "unknown": "a condition is unknown; it is judged again until the grace ends",
        "quote": "the price book makes no quote of the facts as they are; tried again until the grace ends",
    },
    "held": {
        "source": "a source it depends on is bad (stale, empty, shrunk, broken); every run tries again",
        "stop": "the playbook's `stop` is unknown",
        "limit": "more would fire at once than the play's limit allows",
        "paused": "the play is paused; what `approve` releases meanwhile is held too",
        "approval": "`approve` asks for a person's word",
    },
    "capped": {
        "contact": "its contact has had as many messages as `per_contact` allows; every run tries again",
        "account": "its account has had as many messages as `per_account` allows; every run tries again",
        "assignee": "its assignee was given as many tasks as `per_assignee` allows; every run tries again",
        "limit": "better-ranked ones went first, up to a limit with `then defer`; every run tries again",
    },
    "expired": {
        "grace": "the day was missed by more than the play's grace",
        "unknown": "a condition stayed unknown, or no quote could be made, until the grace ended",
        "capped": "caps left no room for it until its grace, or their window, ended",
        "superseded": "a newer occurrence of the same play is due for the same record",
        "date": "held until the countdown's own date had passed",
        "moved": "while it waited the date moved, so that the moment lies ahead again; it will be due then",
    },
    "stopped": {
        "stop": "the playbook's `stop` is true",
        "left": "the record left the population (`where` is false)",
        "cycle": "the cycle that it belongs to has ended",
        "episode": "the state that it answers no longer holds",
        "removed": "the play is no longer in the playbook",
    },
    "holdout": {
        "": "its account is of the share that is left alone",
    },
    "no_recipient": {
        "": "no rule of people gave anybody to send to",
    },
    "suppressed": {
        "unsubscribe": "all its recipients have unsubscribed from the topic, or from everything",
        "bounce": "mail to its recipients cannot be delivered",
        "complaint": "its recipients have complained of unwanted mail",
        "manual": "a person has said not to write to its recipients",
        "legal": "a person has said not to write to its recipients, for legal reasons",
        "consent": "the topic is promotional, and its recipients have not agreed to it on an accepted ground",
    },
    "replied": {
        "": "the people that it would remind have replied to the message that it follows",
    },
    "adopted": {
        "": "recorded as done without acting (`playcall adopt`)",
    },
}

# Verdicts that leave the occurrence open: a later run or a person decides it again.
OPEN: Final = frozenset({"pending", "held", "capped"})
