"""`status` for a person: what waits for somebody, and the command that settles each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import counts, moment, pairs, text, zone
from .remedies import deferred_section, held_section, message_hints, paused_section, settle_hint


def render_status(status: Mapping[str, Any]) -> Group:
    """The last run, the counts of the ledger, then what is held, waits or is unknown."""
    totals = pairs(
        [
            ("last run", _last_run(status.get("last_run"))),
            ("occurrences", counts(status["verdicts"])),
            ("touches", counts(status["touches"])),
            ("tasks", counts(status["tasks"])),
            *_pruned(status.get("pruned")),
        ],
    )
    return Group(
        totals,
        *paused_section(status.get("paused", [])),
        *held_section(status["held"], status.get("paused", [])),
        *deferred_section(status.get("deferred", [])),
        *settle_hint(status.get("unknown", [])),
        *message_hints(status["touches"]),
        *_nothing_waits(status),
    )


def _last_run(run: Mapping[str, Any] | None) -> Text:
    if not run:
        return text("none yet; `playcall run` makes the first")
    return Text.assemble(moment(run["as_of"]), f" {zone()} (", text(run["run"]), ")")


def _pruned(last: Mapping[str, Any] | None) -> list[tuple[str, Text]]:
    if not last:
        return []
    told = f" {zone()}: {last['loads']:,} loads, {last['runs']:,} runs, {last['messages']:,} messages"
    return [("pruned", Text.assemble(moment(last["at"]), told))]


def _nothing_waits(status: Mapping[str, Any]) -> list[Text]:
    waits = any(status.get(name) for name in ("paused", "held", "deferred"))
    if waits or status["touches"].get("unknown"):
        return []
    return [Text(""), Text("nothing is held, nothing is unknown", style="green")]
