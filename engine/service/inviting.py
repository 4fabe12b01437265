"""What a run leaves besides its touches: the links of messages, which are put into the text when it is
rendered, and the leads that it found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.types import Money
from ..catalog.links import ADD_LINKS, NO_ADDRESS, LinkConfig
from ..catalog.model import Project
from ..decide.model import MESSAGES, Commit, TouchRow
from ..ledger import links, opportunities, write
from ..ledger.links import LinkRow
from ..ledger.opportunities import OpportunityRow
from ..ledger.values import from_json
from ..respond.desk import Invited, new_link
from ..respond.links import Keys
from ..respond.preferences_page import LINK_OPEN

_KEPT = "kept."


def write_commit(connection: Connection, commit: Commit, project: Project) -> None:
    """Writes what a run decided, with the links of its messages and the leads that it found."""
    write.write(connection, commit)
    write_leads(connection, commit.touches)
    rows = _rows(commit.touches, project.links)
    if rows:
        links.add(connection, rows)


def write_leads(connection: Connection, touches: Iterable[TouchRow]) -> None:
    """Writes the leads that a run found."""
    found = [_opportunity(touch) for touch in touches if touch.type == "opportunity"]
    if found:
        opportunities.add(connection, found)


def _opportunity(touch: TouchRow) -> OpportunityRow:
    value = from_json(touch.context["value"])
    return OpportunityRow(
        id=touch.id,
        playbook=touch.playbook,
        play=touch.play,
        entity=touch.entity,
        record=touch.record,
        cycle=touch.cycle,
        account=touch.account,
        title=str(touch.context["title"]),
        assignee=touch.recipient,
        amount=value.amount if isinstance(value, Money) else None,
        currency=value.currency if isinstance(value, Money) else None,
        opened_on=touch.fired_on,
    )


def url_of(touch: TouchRow, config: LinkConfig | None) -> str:
    """Where the link to a message's survey leads. It is the same at every attempt; where the address or the
    keys are not there (a preview needs no secrets), it leads nowhere."""
    if config is None:
        return "https://no-address.invalid/s/no-key"
    if _keyless(config):
        return f"{config.url}/s/no-key"
    _, token = _answer_link(touch, Keys(config.keys))
    return f"{config.url}/s/{token}"


def unsubscribe_headers(touch: TouchRow, config: LinkConfig | None) -> dict[str, str]:
    """The header fields by which a mail program offers to unsubscribe with one click (RFC 8058), of what a
    customer need not get."""
    if config is None or _keyless(config) or not _may_be_switched_off(touch):
        return {}
    _, token = _unsubscribe_link(touch, Keys(config.keys))
    return {
        "List-Unsubscribe": f"<{config.url}/u/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _keyless(config: LinkConfig) -> bool:
    return any("${" in key for key in config.keys)


def _may_be_switched_off(touch: TouchRow) -> bool:
    """A message to a customer about a topic that no contract demands."""
    return touch.type in MESSAGES and touch.customer and touch.topic_kind in ("operational", "promotional")


def _rows(touches: Iterable[TouchRow], config: LinkConfig | None) -> list[LinkRow]:
    """The links in the messages. Raises ``PlaycallError`` for a survey whose page has no address, and for
    keys that are none, if there are any links."""
    asking = [touch for touch in touches if touch.type == "survey"]
    optional = [touch for touch in touches if _may_be_switched_off(touch)]
    if not asking and not optional:
        return []
    if config is None:
        if asking:
            raise PlaycallError(f"{asking[0].playbook}.{asking[0].play}: {NO_ADDRESS}; {ADD_LINKS}")
        return []
    keys = Keys(config.keys)
    found = [_answer_link(touch, keys)[0] for touch in asking]
    return found + [_unsubscribe_link(touch, keys)[0] for touch in optional]


def _invited(touch: TouchRow) -> Invited:
    return Invited(
        entity=touch.entity,
        record=touch.record,
        cycle=touch.cycle,
        account=touch.account,
        recipient=touch.recipient,
        locale=touch.locale or "",
        touch=touch.id,
    )


def _unsubscribe_link(touch: TouchRow, keys: Keys) -> tuple[LinkRow, str]:
    """Of a message's first day, which stays when it is put off: so does its token."""
    made = datetime.combine(touch.fired_on, time(), UTC)
    return new_link("unsubscribe", touch.topic, _invited(touch), made, made + LINK_OPEN, {}, keys)


def _answer_link(touch: TouchRow, keys: Keys) -> tuple[LinkRow, str]:
    context: dict[str, Any] = dict(touch.context)
    until = from_json(context["links.until"])
    assert isinstance(until, datetime)
    kept = {name.removeprefix(_KEPT): value for name, value in context.items() if name.startswith(_KEPT)}
    about = str(context["links.survey"])
    return new_link("survey", about, _invited(touch), touch.send_at, until, kept, keys)
