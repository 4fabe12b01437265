"""Quotes, opportunities, and surveys that staff fills in."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from ...engine.forms.wording import choose
from ...engine.service import asking, leads, quote_desk
from ...engine.service.quote_desk import Edit
from .console import LANGUAGE, Ask, whole
from .gate import MissingError

_AMOUNT = "amount."


def show_quote(ask: Ask) -> Response:
    """A quote with its revisions, and the form that changes it."""
    view = quote_desk.quote_view(ask.office, ask.part("quote"))
    if view is None:
        raise MissingError("There is no such quote.")
    locale = ask.office.workspace.project.locale
    said = {line.name: choose(line.label, LANGUAGE, locale) for line in view.quote.lines}
    return ask.page("quote.html", {"view": view, "quote": view.quote, "row": view.row, "said": said})


def revise_quote(ask: Ask) -> Response:
    """Another revision."""
    quote = ask.part("quote")
    amounts = {name.removeprefix(_AMOUNT): ask.posted(name) for name in ask.form if name.startswith(_AMOUNT)}
    edit = Edit(
        amounts=amounts,
        removed=frozenset(ask.form.get("remove", [])),
        added=(ask.posted("label"), ask.posted("added")),
        valid_until=ask.posted("valid_until"),
        reason=ask.posted("reason"),
    )
    quote_desk.revise(ask.office, ask.person, quote, _revision(ask), edit)
    return ask.to("quotes", quote, told="revised")


def withdraw_quote(ask: Ask) -> Response:
    """Accepted no more."""
    quote = ask.part("quote")
    quote_desk.withdraw(ask.office, ask.person, quote, _revision(ask), ask.posted("reason"))
    return ask.to("quotes", quote, told="withdrawn")


def send_quote(ask: Ask) -> Response:
    """To whoever got the last revision."""
    quote = ask.part("quote")
    quote_desk.send_again(ask.office, ask.person, quote, _revision(ask))
    return ask.to("quotes", quote, told="sent")


def _revision(ask: Ask) -> int:
    """The revision that was looked at: who changes it meanwhile is not written over."""
    return whole(ask.posted("revision")) or 0


def show_leads(ask: Ask) -> Response:
    """The open opportunities, and how many there are in each stage."""
    return ask.page("leads.html", {"page": leads.leads(ask.office, ask.query("stage"), ask.query("after"))})


def show_lead(ask: Ask) -> Response:
    """One, and where it may go."""
    found = leads.lead(ask.office, ask.part("opportunity"))
    if found is None:
        raise MissingError("There is no such opportunity.")
    return ask.page("lead.html", {"one": found, "row": found.row})


def move_lead(ask: Ask) -> Response:
    """On to another stage."""
    one = ask.part("opportunity")
    leads.move(
        ask.office,
        ask.person,
        one,
        ask.posted("stage"),
        note=ask.posted("note"),
        assignee=ask.posted("assignee"),
        meeting_on=ask.posted("meeting_on"),
    )
    return ask.to("opportunities", one, told="moved")


def show_surveys(ask: Ask) -> Response:
    """The surveys, each to be filled in about a record."""
    return ask.page("surveys.html", {"surveys": asking.surveys(ask.office)})


def begin_survey(ask: Ask) -> Response:
    """On to the survey's page, for this person and that record."""
    site = ask.console.site
    token = asking.begin(ask.office, ask.person, site.desk.keys, ask.part("survey"), ask.posted("record"))
    return RedirectResponse(f"{site.base}/s/{token}", 303)
