"""The quotes that a run's messages offer: made by their price books, or as they stand in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ...dsl.interpreter import World
from ...dsl.types import Money, Value
from ..decide.model import Offer
from ..decide.offers import NoOffer, Wanted
from ..evaluate.model import Moment, same_cycle
from ..forms.late import late_world
from ..forms.spans import last_day
from ..ledger import quotes
from ..ledger.quotes import QuoteSubject
from ..respond.content import from_content, to_content
from ..respond.quote import NoQuote
from ..respond.quoting import make_quote
from ..respond.statement import statement
from ..template.values import write
from .workspace import Workspace

_MISSING: Final = "–"
_CLOSED: Final = (quotes.ACCEPTED, quotes.WITHDRAWN)


@frozen
class Offering:
    """Makes the offers of one run. A quote that stands is not computed again: what was sent is sent again,
    and where its validity is over, it is made valid anew as it was."""

    workspace: Workspace
    connection: Connection
    moment: Moment

    def __call__(self, wanted: Sequence[Wanted]) -> Sequence[Offer | NoOffer]:
        """What can be offered, in the order of what is wanted."""
        standing: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for row in quotes.of_records(self.connection, {one.candidate.record for one in wanted}):
            standing.setdefault((row["pricebook"], row["entity"], row["record"]), []).append(row)
        return [self._offer(one, standing) for one in wanted]

    def _offer(
        self, one: Wanted, standing: Mapping[tuple[str, str, str], Sequence[dict[str, Any]]]
    ) -> Offer | NoOffer:
        subject = self._subject(one)
        rows = standing.get((subject.pricebook, subject.entity, subject.record), ())
        row = next((row for row in reversed(rows) if self._is_of_cycle(row, one)), None)
        if row is None:
            return self._made(one, subject)
        if row["state"] in _CLOSED:
            return NoOffer("declined", "quote", f"revision {row['revision']} is {row['state']}")
        return self._again(one, row)

    def _subject(self, one: Wanted) -> QuoteSubject:
        candidate, account = one.candidate, one.facts.account
        key = account.key if account else None
        return QuoteSubject(one.offered.book.name, candidate.entity, candidate.record, candidate.cycle, key)

    def _is_of_cycle(self, row: Mapping[str, Any], one: Wanted) -> bool:
        """A cycle's date that was corrected by some days is the same one."""
        mine, cycle = one.candidate.cycle, self.workspace.catalog.entities[one.candidate.entity].cycle
        if mine is None or row["cycle"] is None or cycle is None:
            return bool(row["cycle"] == mine)
        return same_cycle(row["cycle"], mine, cycle.tolerance_days)

    def _made(self, one: Wanted, subject: QuoteSubject) -> Offer | NoOffer:
        """The first revision."""
        made = make_quote(one.offered.book, one.facts.value, self._world(), self._show)
        if isinstance(made, NoQuote):
            return NoOffer("pending", "quote", made.reason)
        until = self._valid_until(one)
        locale = self.workspace.project.locale
        return Offer(
            id=subject.id,
            pricebook=subject.pricebook,
            entity=subject.entity,
            record=subject.record,
            cycle=subject.cycle,
            account=subject.account,
            based_on=0,
            revision=1,
            content=to_content(made),
            total=Money(made.total, made.currency),
            valid_until=until,
            reason="",
            approval=made.approval,
            shown=partial(statement, made, 1, until, default=locale),
        )

    def _again(self, one: Wanted, row: Mapping[str, Any]) -> Offer:
        """The current revision; where its validity is over, the same once more."""
        until: date | None = row["valid_until"]
        over = row["state"] == quotes.EXPIRED or (until is not None and until < self.moment.today)
        revision = row["revision"] + 1 if over else row["revision"]
        quote = from_content(row["content"])
        reason = f"the same once more: revision {row['revision']} was valid until {until}" if over else ""
        until = self._valid_until(one) if over else until
        return Offer(
            id=row["id"],
            pricebook=row["pricebook"],
            entity=row["entity"],
            record=row["record"],
            cycle=row["cycle"],
            account=row["account"],
            based_on=row["revision"],
            revision=revision,
            content=row["content"],
            total=Money(row["total"], row["currency"]),
            valid_until=until,
            reason=reason,
            approval=quote.approval if row["state"] == quotes.DRAFT else "",
            shown=partial(statement, quote, revision, until, default=self.workspace.project.locale),
        )

    def _valid_until(self, one: Wanted) -> date | None:
        span = one.offered.valid_for
        return None if span is None else last_day(self.moment.today, span)

    def _world(self) -> World:
        return late_world(self.workspace.catalog.schema, self.workspace.project.settings, self.moment.now)

    def _show(self, value: Value, language: str) -> str:
        return _MISSING if value is None else write(value, language or self.workspace.project.locale)
