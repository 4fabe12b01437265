"""What a run writes, with the links of its messages, which are put into the text when it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ..catalog.links import ADD_LINKS, NO_ADDRESS
from ..catalog.model import Project
from ..decide.model import MESSAGES, Commit, TouchRow
from ..decide.quoted import LINK
from ..decide.writing import PREFERENCES, SURVEY
from ..ledger import links, write
from ..ledger.links import LinkRow
from ..ledger.values import from_json
from ..respond.desk import Invited, new_link
from ..respond.keyring import has_keys, keys_of
from ..respond.links import Keys
from ..respond.preferences_page import LINK_OPEN
from ..respond.quote_page import LINK_OPEN as QUOTE_LINK_OPEN
from .findings import write_findings

_KEPT = "kept."


def write_commit(connection: Connection, commit: Commit, project: Project) -> None:
    """Writes what a run decided, with all that it leaves besides."""
    write.write(connection, commit)
    write_findings(connection, commit)
    write_links(connection, commit.touches, project)


def write_links(connection: Connection, touches: Iterable[TouchRow], project: Project) -> None:
    """Writes down the links in messages that are queued. Raises ``PlaycallError`` for a page that has no
    address, and for keys that are none, if there are any links."""
    rows = _rows(touches, project)
    if rows:
        links.add(connection, rows)


def links_of(touch: TouchRow, context: Mapping[str, Any], project: Project) -> dict[str, object]:
    """The links of a message, as its template reads them; ``context``: the values of the touch, or of one of
    the records that it is about together. They are the same at every attempt; where the address or the keys
    are not there (a preview needs no secrets), they lead nowhere."""
    found: dict[str, object] = {}
    if SURVEY in context:
        found["answer"] = _url("s", project, partial(_answer_link, touch, context))
    if PREFERENCES in context:
        found["preferences"] = _url("p", project, partial(_preferences_link, touch))
    if LINK in context:
        found["quote"] = _url("q", project, partial(_quote_link, touch, context))
    return found


def _url(page: str, project: Project, made: Callable[[Keys], tuple[LinkRow, str]]) -> str:
    keys = _keys(project)
    url = project.links.url if project.links else "https://no-address.invalid"
    return f"{url}/{page}/{made(keys)[1] if keys else 'no-key'}"


def _keys(project: Project) -> Keys | None:
    """What signs the links in messages; None where they lead nowhere."""
    config = project.links
    usable = config is not None and has_keys(config, project.root)
    return keys_of(config, project.root) if config is not None and usable else None


def unsubscribe_headers(touch: TouchRow, project: Project) -> dict[str, str]:
    """The header fields by which a mail program offers to unsubscribe with one click (RFC 8058), of what a
    customer need not get."""
    if project.links is None or not _may_be_switched_off(touch) or _keys(project) is None:
        return {}
    return {
        "List-Unsubscribe": f"<{_url('u', project, partial(_unsubscribe_link, touch))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _may_be_switched_off(touch: TouchRow) -> bool:
    """A message to a customer about a topic that no contract demands."""
    return touch.type in MESSAGES and touch.customer and touch.topic_kind in ("operational", "promotional")


def _rows(touches: Iterable[TouchRow], project: Project) -> list[LinkRow]:
    """The links in the messages that go."""
    messages = [touch for touch in touches if touch.type in MESSAGES and touch.state in write.WAITING]
    opened = [one for one in messages if one.type in ("survey", "quote") or PREFERENCES in one.context]
    if project.links is None:
        if opened:
            raise PlaycallError(f"{opened[0].playbook}.{opened[0].play}: {NO_ADDRESS}; {ADD_LINKS}")
        return []
    made: list[Callable[[Keys], tuple[LinkRow, str]]] = []
    for touch in messages:
        for context in records_of(touch) or (touch.context,):
            if SURVEY in context:
                made.append(partial(_answer_link, touch, context))
            if LINK in context:
                made.append(partial(_quote_link, touch, context))
        if PREFERENCES in touch.context:
            made.append(partial(_preferences_link, touch))
        if _may_be_switched_off(touch):
            made.append(partial(_unsubscribe_link, touch))
    keys = keys_of(project.links, project.root) if made else None
    return [make(keys)[0] for make in made] if keys else []


def records_of(touch: TouchRow) -> Sequence[Mapping[str, Any]]:
    """The values of each of the records that a touch is about together; empty where it is about one."""
    records: Sequence[Mapping[str, Any]] = touch.context.get("records", ())  # type: ignore[assignment]
    return records


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


def _preferences_link(touch: TouchRow, keys: Keys) -> tuple[LinkRow, str]:
    made = datetime.combine(touch.fired_on, time(), UTC)
    return new_link("preferences", "", _invited(touch), made, made + LINK_OPEN, {}, keys)


def _unsubscribe_link(touch: TouchRow, keys: Keys) -> tuple[LinkRow, str]:
    """Of a message's first day, which stays when it is put off: so does its token."""
    made = datetime.combine(touch.fired_on, time(), UTC)
    return new_link("unsubscribe", touch.topic, _invited(touch), made, made + LINK_OPEN, {}, keys)


def _quote_link(touch: TouchRow, context: Mapping[str, Any], keys: Keys) -> tuple[LinkRow, str]:
    """The link outlives the quote: whoever opens it later is told what became of it."""
    of = context[LINK]
    made = datetime.combine(touch.fired_on, time(), UTC)
    kept = {"quote": of["id"], "revision": of["revision"]}
    return new_link("quote", of["pricebook"], _about(touch, of), made, made + QUOTE_LINK_OPEN, kept, keys)


def _answer_link(touch: TouchRow, context: Mapping[str, Any], keys: Keys) -> tuple[LinkRow, str]:
    of = context[SURVEY]
    until = from_json(of["until"])
    assert isinstance(until, datetime)
    kept = {name.removeprefix(_KEPT): value for name, value in context.items() if name.startswith(_KEPT)}
    return new_link("survey", of["survey"], _about(touch, of), touch.send_at, until, kept, keys)


def _about(touch: TouchRow, of: Mapping[str, Any]) -> Invited:
    """Whom a link is for; the record is that of the link, one of several in the message."""
    return replace(_invited(touch), record=of["record"], cycle=of["cycle"], account=of["account"])
