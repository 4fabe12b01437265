"""Which command settles what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType
from rich.text import Text

from .paper import Column, command, count, lines, mark, moment, place, section, table, text, zone

Row = Mapping[str, object]


def next_step(held: Row, paused: Sequence[Row] | None = None) -> Text:
    """The command that settles one held play; a bad source is mended, then the next run decides again.
    ``paused``: what is paused now, where that is known."""
    target = f"{held['playbook']}.{held['play']}"
    match held["reason"]:
        case "source":
            return Text.assemble(
                command("playcall facts check"), text(", mend it, then "), command("playcall run")
            )
        case "paused":
            if paused is None:
                return Text.assemble(
                    command("playcall status"), " names the pause; after it ", approve(target)
                )
            scopes = {"all", held["playbook"], target}
            ends = [resume(one["scope"]) for one in paused if one["scope"] in scopes]
            return Text(", then ").join([*ends, approve(target)])
        case _:
            return approve(target)


def approve(target: str) -> Text:
    return command(f"playcall approve {target}")


def resume(scope: object) -> Text:
    return command(f"playcall resume {scope}")


def paused_section(paused: Sequence[Row]) -> Iterable[RenderableType]:
    """What is paused, and what of it waits to be sent; nothing where nothing is."""
    if paused:
        rows = [
            (
                text(one["scope"]),
                moment(one["since"]),
                text(one["actor"]),
                count(one["waiting"]),
                resume(one["scope"]),
            )
            for one in paused
        ]
        messages = Column("messages wait", right=True)
        yield section("paused", table(rows, "what", f"since ({zone()})", "by", messages, "next"))


def held_section(held: Sequence[Row], paused: Sequence[Row] | None = None) -> Iterable[RenderableType]:
    """What is held, why, and what to do; nothing where nothing is."""
    if held:
        rows = [
            (
                place(one),
                count(one["count"]),
                lines(mark(one["reason"]), text(one["detail"], "dim") if one.get("detail") else None),
                next_step(one, paused),
            )
            for one in held
        ]
        yield section("held", table(rows, "play", Column("count", right=True), "why", "next"))


def deferred_section(deferred: Sequence[Row]) -> Iterable[RenderableType]:
    """What is put off, why, and when it goes; nothing where nothing is."""
    if deferred:
        rows = [
            (place(one), count(one["count"]), text(one["what"]), mark(one["reason"]), _when(one))
            for one in deferred
        ]
        body = table(rows, "play", Column("count", right=True), "what", "why", "next")
        yield section("put off: goes by itself when there is room", body)


def _when(deferred: Row) -> Text:
    if deferred["what"] == "occurrences":
        return Text.assemble(command("playcall run"), ", every day while the grace lasts")
    at = moment(deferred["next_attempt"])
    return Text.assemble(command("playcall deliver"), " from ", at, "; ", command("playcall cancel TOUCH"))


def settle_hint(touches: Sequence[Row]) -> Iterable[RenderableType]:
    """How to settle touches whose fate is unknown."""
    if touches:
        rows = [
            (one["id"], lines(place(one), text(one["record"])), one["to"], one["reason"]) for one in touches
        ]
        body = table(rows, Column("touch", whole=True), "play and record", "to", "why")
        yield section("unknown: sent or not? Look at the mail server, then say so", body)
        yield Text.assemble("  ", command("playcall settle TOUCH sent|failed|requeue"))


def message_hints(states: Mapping[str, int]) -> Iterable[RenderableType]:
    """What to do about messages that wait to be sent, and about those that failed."""
    if states.get("queued"):
        sends = command("playcall deliver")
        yield Text.assemble("\n", count(states["queued"]), " queued: ", sends, " sends what is due")
    if states.get("failed"):
        why, again = command("playcall touches --state failed"), command("playcall settle TOUCH requeue")
        yield Text.assemble("\n", count(states["failed"]), " failed: ", why, "; once mended, ", again)
