"""The links of messages: written down with the run that decides, put into the text when it is rendered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ..catalog.links import LinkConfig
from ..catalog.model import Project
from ..decide.model import Commit, TouchRow
from ..ledger import links, write
from ..ledger.links import LinkRow
from ..ledger.values import from_json
from ..respond.desk import Invited, new_link
from ..respond.links import Keys

_KEPT = "kept."


def write_commit(connection: Connection, commit: Commit, project: Project) -> None:
    """Writes what a run decided, with the links of its messages."""
    write.write(connection, commit)
    asking = [touch for touch in commit.touches if touch.type == "survey"]
    if asking and project.links is not None:
        links.add(connection, _rows(asking, project.links))


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
