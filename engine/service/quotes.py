"""`quotes`: the quotes of the ledger on a terminal, and what staff does with one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

from ...dsl.diagnostics import PlaycallError
from ..catalog.builtin import QUOTE_STATES
from ..ledger.response_views import quote_facts
from ..shape import nearest
from . import quote_desk
from .access import Person
from .looking import reading
from .office import Office
from .quote_desk import QuoteView
from .workspace import Workspace

_LISTED: Final = (
    *("id", "pricebook", "record", "account", "state", "revision", "total", "currency", "valid_until"),
    *("made_on", "sent_on", "accepted_on", "accepted_by"),
)


def listed(
    workspace: Workspace, state: str | None, account: str | None, record: str | None
) -> dict[str, object]:
    """The JSON of `quotes list`, the newest first. Raises ``PlaycallError`` for a state that is none."""
    if state is not None and state not in QUOTE_STATES:
        near = nearest(state, QUOTE_STATES)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(QUOTE_STATES)}"
        raise PlaycallError(f"`{state}` is no state of a quote; {hint}")
    with reading(workspace) as (connection, today):
        known = quote_facts(today).subquery("known")
        wanted = {"state": state, "account": account, "record": record}
        given = [known.c[name] == value for name, value in wanted.items() if value is not None]
        rows = known.select().where(*given).order_by(known.c.made_at.desc(), known.c.id)
        found = [dict(row) for row in connection.execute(rows).mappings()]
    return {"quotes": [{name: _plain(one[name]) for name in _LISTED} for one in found]}


def show(workspace: Workspace, quote_id: str) -> dict[str, object]:
    """The JSON of `quotes show`. Raises ``PlaycallError`` where there is none of that id."""
    with _office(workspace) as office:
        view = _view(office, quote_id)
        row, content = view.row, view.row["content"]
        about = ("id", "pricebook", "entity", "record", "cycle", "account", "state", "revision")
        more = ("currency", "valid_until", "made_on", "sent_on")
        revisions = ("number", "total", "valid_until", "reason", "actor", "made_at")
        return {
            **{name: row[name] for name in (*about, *more)},
            "total": _plain(row["total"]),
            "lines": content["lines"],
            "revisions": [{name: _plain(one[name]) for name in revisions} for one in view.revisions],
            "accepted": _acceptance(view),
            "broken": view.broken,
        }


def send(workspace: Workspace, quote_id: str, actor: str) -> int:
    """Queue the revision that stands to whoever got the last one; gives its number. Raises
    ``PlaycallError``."""
    with _office(workspace) as office:
        revision: int = _view(office, quote_id).row["revision"]
        quote_desk.send_again(office, _person(actor), quote_id, revision)
    return revision


def withdraw(workspace: Workspace, quote_id: str, reason: str, actor: str) -> None:
    """Have the customer accept it no more. Raises ``PlaycallError``."""
    with _office(workspace) as office:
        revision = _view(office, quote_id).row["revision"]
        quote_desk.withdraw(office, _person(actor), quote_id, revision, reason)


@contextmanager
def _office(workspace: Workspace) -> Iterator[Office]:
    with workspace.ledger() as ledger:
        yield Office(workspace, ledger)


def _person(actor: str) -> Person:
    """Who works on the machine itself may do everything; the audit trail has their name."""
    return Person(actor, "admin")


def _view(office: Office, quote_id: str) -> QuoteView:
    view = quote_desk.quote_view(office, quote_id)
    if view is None:
        raise PlaycallError(f"there is no quote `{quote_id}`; `playcall quotes list` lists them")
    return view


def _acceptance(view: QuoteView) -> dict[str, object] | None:
    given = view.acceptance
    return None if given is None else {name: given[name] for name in ("revision", "name", "at", "day")}


def _plain(value: object) -> object:
    """Amounts as text in plain digits, the rest as it is."""
    return f"{value:f}" if isinstance(value, Decimal) else value
