"""A quote sent by hand: the revision that stands goes to whoever got the last one, as the play's message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ..catalog.model import Project
from ..decide.model import TouchRow
from ..decide.quoted import LINK
from ..deliver.context import encode
from ..ledger import follows, quotes
from ..ledger.errors import LedgerError
from ..ledger.tasks import Act
from ..respond.content import from_content
from ..respond.statement import statement
from .inviting import records_of, write_links


def send_quote(connection: Connection, project: Project, quote_id: str, act: Act) -> str:
    """Queue a message with the current revision and a link of its own; once a revision. Gives its id. Raises
    ``LedgerError``: the quote cannot be sent, was never sent by a play, or this revision was sent by hand
    before; ``PlaycallError`` where links cannot be signed."""
    row = quotes.show(connection, quote_id)
    link = follows.link_of_quote(connection, quote_id, row["record"])
    parent = follows.message_of(connection, link) if link else None
    if parent is None:
        raise LedgerError("no play has sent this quote yet: its next statement carries the current revision")
    message = follows.after(parent, follows.SENT_AGAIN - row["revision"], act)
    if follows.is_there(connection, message.id):
        raise LedgerError(f"revision {row['revision']} was sent by hand before")
    message = message._replace(context=_with_revision(parent, row, project), subject=parent.subject)
    quotes.send(connection, quote_id, row["revision"], act)
    follows.queue(connection, [message], act, "quote sent by hand")
    write_links(connection, [message], project)
    return message.id


def _with_revision(parent: TouchRow, row: Mapping[str, Any], project: Project) -> dict[str, object]:
    """What the play's message said, with the quote as it stands. Of several records together it is about
    the quote's own alone."""
    quote = from_content(row["content"])
    locale = parent.locale or project.locale
    said = encode(statement(quote, row["revision"], row["valid_until"], locale, project.locale))  # type: ignore[arg-type]
    contexts: Sequence[Mapping[str, Any]] = records_of(parent) or (parent.context,)
    own = next(one for one in contexts if one[LINK]["id"] == row["id"])
    context = {**own, **said, LINK: {**own[LINK], "revision": row["revision"]}}
    return {**context, "records": [context]} if records_of(parent) else context
