"""Quotes and opportunities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...engine.service import leads, quote_desk, responding
from ...engine.service.quote_desk import Edit, QuoteView
from .call import Call
from .problems import RefusedError, missing
from .shapes import ref


def list_quotes(call: Call) -> object:
    """The last 100 quotes of an account, the newest first."""
    return responding.quotes_of(call.office, call.query["account"])


def get_quote(call: Call) -> object:
    """A quote with its current revision; its ETag is what a change of it asks for."""
    return _whole(_view(call))


def list_revisions(call: Call) -> object:
    """Every revision of a quote, as it was made: none ever changes."""
    return _view(call).revisions


def revise_quote(call: Call) -> object:
    """Another revision, made of the one that you have read: other amounts, lines taken out or added, another
    last day. What was sent stays, and says that it was replaced."""
    view = _seen(call)
    quote_desk.revise(call.office, call.person, view.row["id"], view.row["revision"], _edit(view, call.body))
    return get_quote(call)


def withdraw_quote(call: Call) -> object:
    """Have the customer accept the quote no more, until another revision is sent."""
    view = _seen(call)
    row, reason = view.row, call.body["reason"]
    quote_desk.withdraw(call.office, call.person, row["id"], row["revision"], reason)
    return get_quote(call)


def send_quote(call: Call) -> object:
    """Send the current revision to whoever got the last one; once a revision."""
    view = _seen(call)
    quote_desk.send_again(call.office, call.person, view.row["id"], view.row["revision"])
    return get_quote(call)


def _view(call: Call) -> QuoteView:
    view = quote_desk.quote_view(call.office, call.parts["quote"])
    if view is None:
        raise missing("quote")
    return view


def _seen(call: Call) -> QuoteView:
    """The quote, if it is as the caller has read it. Raises ``RefusedError``."""
    view = _view(call)
    call.require_seen(_whole(view), ref("Quote"))
    return view


def _whole(view: QuoteView) -> dict[str, object]:
    more = {"editable": sorted(view.editable), "acceptance": view.acceptance, "history": view.history}
    return {**view.row, "content": view.quote, "broken": view.broken, **more}


def _edit(view: QuoteView, said: Mapping[str, Any]) -> Edit:
    amounts, removed = said.get("amounts", {}), frozenset(said.get("remove", ()))
    unknown = sorted({*amounts, *removed} - view.editable)
    if unknown:
        lines = ", ".join(sorted(view.editable)) or "none"
        detail = f"`{unknown[0]}` is none of the lines that can be changed: {lines}"
        raise RefusedError(409, detail)
    added = said.get("add", {"label": "", "amount": ""})
    standing = view.row["valid_until"]
    until = said.get("valid_until", standing.isoformat() if standing else None)
    return Edit(amounts, removed, (added["label"], added["amount"]), until or "", said["reason"])


# ---------------------------------------------------------------------------------- opportunities


def list_opportunities(call: Call) -> object:
    """A page of the open opportunities, the oldest first."""
    found = leads.leads(call.office, call.query["stage"], call.after)
    return call.page(found.leads, found.after)


def count_opportunities(call: Call) -> object:
    """How many opportunities there are in each stage."""
    return leads.leads(call.office, "", "").funnel


def get_opportunity(call: Call) -> object:
    """One opportunity, what happened to it, and the stages that may follow."""
    return _lead(call, call.parts["opportunity"])


def create_opportunity(call: Call) -> object:
    """Note a lead that you found about a record of the last load, in the stage `spotted`."""
    return _lead(call, leads.create(call.office, call.person, leads.New(**call.body)))


def move_opportunity(call: Call) -> object:
    """Bring an opportunity to another stage; a meeting has its day."""
    one, said = call.parts["opportunity"], call.body
    more = {name: said.get(name, "") for name in ("note", "assignee", "meeting_on")}
    leads.move(call.office, call.person, one, said["stage"], **more)
    return _lead(call, one)


def _lead(call: Call, one: str) -> object:
    found = leads.lead(call.office, one)
    if found is None:
        raise missing("opportunity")
    return {"opportunity": found.row, "history": found.history, "next_stages": found.next_stages}
