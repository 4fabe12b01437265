"""What follows when a customer accepts a quote: a confirmation to them, and the quote for other systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..catalog.model import Project
from ..decide.model import TouchRow
from ..deliver.context import encode
from ..forms.pricebook import PriceBook
from ..ledger import follows
from ..respond.content import from_content
from ..respond.desk import AcceptedQuote
from ..respond.statement import statement
from ..template.files import OWN_ACCEPTED


@frozen
class Acceptances:
    """Writes it into the outbox, in the transaction of the acceptance: so it happens as often as that, once,
    and is delivered as all messages are (retried, at most once)."""

    project: Project
    pricebooks: Mapping[str, PriceBook]

    def __call__(self, connection: Connection, accepted: AcceptedQuote) -> None:
        parent = follows.message_of(connection, accepted.link)
        if parent is not None:
            rows = [self._confirmation(parent, accepted), *self._exports(parent, accepted)]
            follows.queue(connection, rows, accepted.act, "quote accepted")

    def _confirmation(self, parent: TouchRow, accepted: AcceptedQuote) -> TouchRow:
        revision, locale = accepted.revision, parent.locale or self.project.locale
        quote = from_content(revision["content"])
        said = statement(quote, revision["number"], revision["valid_until"], locale, self.project.locale)
        context = {**said, "accepted.name": accepted.given.name, "accepted.on": accepted.act.today}
        return follows.after(parent, follows.CONFIRMATION, accepted.act)._replace(
            type="email",
            channel="email",
            template=OWN_ACCEPTED,
            subject=None,
            context=encode(context),  # type: ignore[arg-type]  # values as templates read them
            topic="",
            topic_kind="transactional",  # it answers what they did
        )

    def _exports(self, parent: TouchRow, accepted: AcceptedQuote) -> Iterator[TouchRow]:
        book = self.pricebooks.get(accepted.link.about)
        for place, channel in enumerate(book.export if book else ()):
            yield follows.after(
                parent._replace(recipient=channel), follows.EXPORT - place, accepted.act
            )._replace(
                type="webhook",
                channel=channel,
                template="",
                subject=None,
                recipient_name=None,
                locale=None,
                sender=None,
                address=None,
                customer=False,
                topic="",
                topic_kind="",
                context=exported(accepted),
            )


def exported(accepted: AcceptedQuote) -> Mapping[str, object]:
    """An accepted quote as plain JSON: amounts and days are text, as the ledger keeps them."""
    link, revision, given = accepted.link, accepted.revision, accepted.given
    content = {name: value for name, value in revision["content"].items() if name != "approval"}
    until = revision["valid_until"]
    return {
        "event": "quote.accepted",
        "quote": revision["quote"],
        "revision": revision["number"],
        "hash": revision["hash"],
        "entity": link.entity,
        "record": link.record,
        "cycle": link.cycle,
        "account": link.account,
        "valid_until": until.isoformat() if until else None,
        "accepted": {
            "by": link.recipient,
            "name": given.name,
            "terms": given.terms,
            "at": accepted.act.at.isoformat(),
            "day": accepted.act.today.isoformat(),
        },
        "content": content,
    }
