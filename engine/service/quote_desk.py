"""Quotes as staff edits them: what is changed is a new revision with its reason, and what was sent stays as
it was sent. The next statement that a play sends carries the current revision; the page of an older link says
that it was replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..ledger import events, quotes
from ..ledger.errors import LedgerError
from ..ledger.quotes import Revision
from ..respond.amending import AddLine, Amendment, RemoveLine, SetAmount, amended
from ..respond.closing import CLOSING, QuoteError
from ..respond.content import from_content, to_content
from ..respond.quote import Quote, QuoteLine
from . import entered
from .access import Person
from .office import Office
from .resending import send_quote

MOST_WORDS: Final = 500  # characters of a reason or a label


@frozen
class QuoteView:
    """A quote as it stands: what its current revision says, which lines may be changed, and all revisions."""

    row: Mapping[str, Any]
    quote: Quote
    editable: frozenset[str]
    revisions: Sequence[Mapping[str, Any]]
    acceptance: Mapping[str, Any] | None
    history: Sequence[events.Event]
    broken: int | None

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed."""
        return bool(self.row["state"] != quotes.ACCEPTED)


@frozen
class Edit:
    """What somebody typed: amounts by line (as text), lines to take out, a line to add (label and amount;
    empty: none), the last day of validity (ISO; empty: none), and why."""

    amounts: Mapping[str, str]
    removed: frozenset[str]
    added: tuple[str, str]
    valid_until: str
    reason: str


def quote_view(office: Office, quote_id: str) -> QuoteView | None:
    """A quote; None where there is none of that id."""
    with office.ledger.reading() as connection:
        try:
            row = quotes.show(connection, quote_id)
        except LedgerError:
            return None
        quote = from_content(row["content"])
        return QuoteView(
            row=row,
            quote=quote,
            editable=frozenset(line.name for line in quote.lines if _is_editable(line)),
            revisions=quotes.revisions(connection, quote_id),
            acceptance=quotes.acceptance(connection, quote_id),
            history=events.events(connection, quote_id),
            broken=quotes.broken_chain(connection, quote_id),
        )


def _is_editable(line: QuoteLine) -> bool:
    """What rounding and tax come to follows from the rest."""
    return line.kind not in CLOSING or line.kind == "minimum"


def revise(office: Office, person: Person, quote_id: str, based_on: int, edit: Edit) -> int:
    """Make a new revision of the one that was looked at. Gives its number. Raises ``PlaycallError`` for what
    cannot be, and where somebody else was quicker."""
    reason = entered.words(edit.reason, MOST_WORDS, "say why the quote is changed")
    view = quote_view(office, quote_id)
    if view is None:
        raise PlaycallError("there is no such quote")
    until = _until(office, edit.valid_until)
    amendments = list(_amendments(view, edit, reason))
    if not amendments and until == view.row["valid_until"]:
        raise PlaycallError("nothing is changed")
    try:
        changed = amended(view.quote, amendments)
    except QuoteError as error:
        raise PlaycallError(str(error)) from None
    revision = Revision(to_content(changed), changed.total, changed.currency, until, reason)
    with office.acting(person) as (connection, act):
        return quotes.revise(connection, quote_id, based_on, revision, act)


def withdraw(office: Office, person: Person, quote_id: str, revision: int, reason: str) -> None:
    """Have the customer accept it no more. Raises ``PlaycallError``."""
    words = entered.words(reason, MOST_WORDS, "say why the quote is withdrawn")
    with office.acting(person) as (connection, act):
        quotes.withdraw(connection, quote_id, revision, act, words)


def send_again(office: Office, person: Person, quote_id: str, revision: int) -> None:
    """Send the revision that was looked at to whoever got the last one, once. Raises ``PlaycallError`` for
    what cannot be sent, and where there is a newer one."""
    with office.acting(person) as (connection, act):
        current = quotes.show(connection, quote_id)["revision"]
        if current != revision:
            raise LedgerError(f"revision {revision} of the quote has been replaced by revision {current}")
        send_quote(connection, office.workspace.project, quote_id, act)


def _amendments(view: QuoteView, edit: Edit, reason: str) -> list[Amendment]:
    found: list[Amendment] = []
    for line in view.quote.lines:
        if line.name in view.editable and line.name in edit.removed:
            found.append(RemoveLine(line.name))
        elif line.name in view.editable and line.name in edit.amounts:
            amount = _amount(edit.amounts[line.name])
            if amount != line.amount:
                found.append(SetAmount(line.name, amount, reason))
    label, added = edit.added
    if label or added:
        said = entered.words(label, MOST_WORDS, "say what the added line is")
        found.append(AddLine(said, _amount(added), reason))
    return found


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise PlaycallError(f"{text!r} is no amount: write it as 462000 or 120.50")
    return amount


def _until(office: Office, text: str) -> date | None:
    if not text:
        return None
    until = entered.day(text)
    if until < office.today():
        raise PlaycallError(f"the quote would be valid until {until}, which is over")
    return until
