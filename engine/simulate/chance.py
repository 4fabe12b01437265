"""Chance without dice: a reaction depends on the seed, the play and the occurrence alone, so it is the same
in every run and whatever else is simulated."""

from __future__ import annotations

from collections.abc import Sequence

from ..decide.experiments import position
from .model import Outcome, Reaction


def outcome_of(reaction: Reaction, occurrence: str, seed: int) -> tuple[Outcome, int] | None:
    """What comes of an occurrence and after how many days; None: nothing."""
    key = f"simulate {seed} {reaction.playbook}.{reaction.play}"
    outcome = _chosen(reaction.outcomes, position(key, occurrence))
    if outcome is None:
        return None
    days = outcome.last - outcome.first + 1
    return outcome, outcome.first + int(position(f"{key} days", occurrence) * days)


def _chosen(outcomes: Sequence[Outcome], drawn: float) -> Outcome | None:
    reached = 0.0
    for outcome in outcomes:
        reached += float(outcome.share)
        if drawn < reached:
            return outcome
    return None
