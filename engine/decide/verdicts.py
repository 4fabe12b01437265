"""The closed list of verdicts and reasons. Whatever becomes of an occurrence is one of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Verdict = Literal["fired", "declined", "pending", "held", "expired", "stopped", "no_recipient", "adopted"]

# verdict → its reasons, each with what it means. "" is the only reason of a verdict that needs none.
REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "fired": {
        "": "at least one message was queued or one task opened",
    },
    "declined": {
        "if": "the play's `if` was false on the deciding day",
        "unless": "the play's `unless` was true on the deciding day",
    },
    "pending": {
        "unknown": "a condition is unknown; it is judged again until the grace ends",
    },
    "held": {
        "source": "a source it depends on is bad (stale, empty, shrunk, broken); every run tries again",
        "stop": "the playbook's `stop` is unknown",
        "limit": "more would fire at once than the play's limit allows",
        "paused": "the play is paused",
    },
    "expired": {
        "grace": "the day was missed by more than the play's grace",
        "unknown": "a condition stayed unknown until the grace ended",
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
    "no_recipient": {
        "": "no rule of people gave anybody to send to",
    },
    "adopted": {
        "": "recorded as done without acting (`playcall adopt`)",
    },
}

# Verdicts that leave the occurrence open: a later run or a person decides it again.
OPEN: Final = frozenset({"pending", "held"})
