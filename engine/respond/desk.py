"""What every page for customers starts from: a token, the link that it opens, and a nonce for what is
posted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from ...dsl.frozen import frozen
from ...dsl.interpreter import World
from ...dsl.types import Schema, Settings
from ..decide.model import identifier
from ..forms.late import late_world
from ..forms.survey import Survey
from ..ledger import answers, links
from ..ledger.database import Ledger
from ..ledger.links import LinkRow
from ..ledger.quotes import Acceptance
from ..ledger.tables import touch
from ..ledger.tasks import Act
from .links import Keys, LinkRefusedError, Purpose, open_token, sign, token_hash
from .nonces import Nonce, Suspicion, new_nonce, open_nonce, suspicion


@frozen
class AcceptedQuote:
    """A quote that was just accepted: by which link, which revision as the ledger keeps it, and how."""

    link: LinkRow
    revision: Mapping[str, Any]
    given: Acceptance
    act: Act


def _nothing(connection: Connection, accepted: AcceptedQuote) -> None:
    """Nothing follows."""


@frozen
class Desk:
    """What the pages share. ``locale`` is the project's own; ``accepted`` writes what follows from an
    acceptance, in its transaction."""

    ledger: Ledger
    keys: Keys
    surveys: Mapping[str, Survey]
    schema: Schema
    settings: Settings
    locale: str
    accepted: Callable[[Connection, AcceptedQuote], None] = _nothing

    def world(self, now: datetime) -> World:
        """What conditions that read answers are evaluated in."""
        return late_world(self.schema, self.settings, now)


@frozen
class Invited:
    """Whom a link is for, and about which record. ``touch``: the message that carries it."""

    entity: str
    record: str
    cycle: str | None
    account: str | None
    recipient: str
    locale: str
    touch: str | None = None


@frozen
class Visit:
    """Somebody posts: when, and from which network address."""

    now: datetime
    address: str

    def source(self, keys: Keys) -> str:
        """The network address as the ledger keeps it: the same one is known again, none can be read."""
        secret = keys.secrets[-1].encode()
        return hashlib.blake2b(self.address.encode(), key=secret[:64], digest_size=16).hexdigest()


def new_link(
    purpose: Purpose,
    about: str,
    invited: Invited,
    created_at: datetime,
    expires_at: datetime,
    context: Mapping[str, object],
    keys: Keys,
) -> tuple[LinkRow, str]:
    """A link's row and its token. The same message gives the same link."""
    about_whom = (invited.entity, invited.record, invited.cycle or "", created_at.isoformat())
    of = invited.touch or identifier(*about_whom)
    one = identifier("link", purpose, about, of, invited.record, invited.recipient.casefold())
    expires_at = expires_at.replace(microsecond=0)
    token = sign(keys, purpose, one, expires_at)
    row = LinkRow(
        id=one,
        token_hash=token_hash(token),
        purpose=purpose,
        about=about,
        touch=invited.touch,
        entity=invited.entity,
        record=invited.record,
        cycle=invited.cycle,
        account=invited.account,
        recipient=invited.recipient,
        locale=invited.locale,
        created_at=created_at,
        expires_at=expires_at,
        context=context,
    )
    return row, token


def opened(desk: Desk, connection: Connection, purpose: Purpose, token: str, now: datetime) -> LinkRow:
    """The link of a token. Raises ``LinkRefusedError``."""
    proved = open_token(desk.keys, purpose, token, now)
    found = links.find(connection, token_hash(token), now)
    if not isinstance(found, LinkRow):
        raise LinkRefusedError(found)
    if found.id != proved.link or found.purpose != purpose:
        raise LinkRefusedError("unknown")
    return found


def page_nonce(desk: Desk, link: LinkRow, now: datetime) -> str:
    """The nonce that the page of a link carries."""
    return new_nonce(desk.keys, link.id, now)


def checked_nonce(desk: Desk, link: LinkRow, posted: str, now: datetime) -> Nonce:
    """A genuine nonce of this link's page. Raises ``LinkRefusedError``."""
    return open_nonce(desk.keys, link.id, posted, now)


def use_nonce(connection: Connection, nonce: Nonce, now: datetime) -> None:
    """Let a nonce count, once. Raises ``LinkRefusedError`` at the second time."""
    if not links.use_nonce(connection, nonce.text, nonce.link, now):
        raise LinkRefusedError("used")


def suspected(connection: Connection, link: LinkRow, nonce: Nonce, now: datetime, source: str) -> Suspicion:
    """Why a post looks automated; empty if it does not."""
    sent = select(touch.c.sent_at).where(touch.c.id == link.touch)
    delivered_at = connection.execute(sent).scalar() if link.touch else None
    others = answers.links_answered(connection, source, link.id, now - answers.MANY_WINDOW)
    return suspicion(now, nonce.made_at, delivered_at, others)
