"""What a run leaves besides its touches: the links of messages, which are put into the text when it is
rendered, and the leads that it found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ...dsl.types import Money
from ..catalog.links import LinkConfig
from ..catalog.model import Project
from ..decide.model import Commit, TouchRow
from ..ledger import links, opportunities, write
from ..ledger.links import LinkRow
from ..ledger.opportunities import OpportunityRow
from ..ledger.values import from_json
from ..respond.desk import Invited, new_link
from ..respond.links import Keys

_KEPT = "kept."


def write_commit(connection: Connection, commit: Commit, project: Project) -> None:
    """Writes what a run decided, with the links of its messages and the leads that it found."""
    write.write(connection, commit)
    found = [_opportunity(touch) for touch in commit.touches if touch.type == "opportunity"]
    if found:
        opportunities.add(connection, found)
    asking = [touch for touch in commit.touches if touch.type == "survey"]
    if asking and project.links is not None:
        links.add(connection, _rows(asking, project.links))


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


def url_of(touch: TouchRow, config: LinkConfig) -> str:
    """Where the link in a message leads. It is the same at every attempt; where the keys are not there
    (tests of playbooks need no secrets), it leads nowhere."""
    if any("${" in key for key in config.keys):
        return f"{config.url}/s/no-key"
    _, token = _link(touch, Keys(config.keys))
    return f"{config.url}/s/{token}"


def _rows(touches: Iterable[TouchRow], config: LinkConfig) -> list[LinkRow]:
    keys = Keys(config.keys)
    return [_link(touch, keys)[0] for touch in touches]


def _link(touch: TouchRow, keys: Keys) -> tuple[LinkRow, str]:
    context: dict[str, Any] = dict(touch.context)
    until = from_json(context["links.until"])
    assert isinstance(until, datetime)
    kept = {name.removeprefix(_KEPT): value for name, value in context.items() if name.startswith(_KEPT)}
    invited = Invited(
        entity=touch.entity,
        record=touch.record,
        cycle=touch.cycle,
        account=touch.account,
        recipient=touch.recipient,
        locale=touch.locale or "",
        touch=touch.id,
    )
    return new_link("survey", str(context["links.survey"]), invited, touch.send_at, until, kept, keys)
