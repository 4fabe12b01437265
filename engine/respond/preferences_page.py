"""What a contact wants to be written about: by topic on a page, and everything off with one click (RFC
8058)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..catalog.contact_rules import Topic
from ..decide.contacts import ALL, normal
from ..ledger import links
from ..ledger.contacts import suppressions
from ..ledger.links import LinkRow
from ..ledger.suppression import Suppression, lift, suppress
from ..ledger.tasks import Act
from .desk import Desk, Invited, Visit, checked_nonce, new_link, opened, page_nonce, use_nonce
from .links import LinkRefusedError

Topics = Mapping[str, Topic]
LINK_OPEN: Final = timedelta(days=3650)  # who wants no more mail may find that out years later
_UNSUBSCRIBE: Final = "unsubscribe"
_BY_PAGE: Final = "their choice on the preferences page"
_BY_CLICK: Final = "one click in the message"


@frozen
class PreferencesPage:
    """What the page of a link shows: the topics, each with whether the contact gets messages about it."""

    topics: Mapping[str, bool]
    locale: str
    nonce: str


@frozen
class UnsubscribePage:
    """What the page of a link shows: the topic that it is for (empty: every message)."""

    topic: str
    locale: str


def preferences_link(
    desk: Desk, connection: Connection, invited: Invited, now: datetime, expires_at: datetime
) -> str:
    """Writes down a link to the preferences of a contact. Gives its token."""
    row, token = new_link("preferences", "", invited, now, expires_at, {}, desk.keys)
    links.add(connection, [row])
    return token


def unsubscribe_link(
    desk: Desk, connection: Connection, topic: str, invited: Invited, now: datetime, expires_at: datetime
) -> str:
    """Writes down a link for the header List-Unsubscribe: off with one topic, or (empty) with everything.
    Gives its token."""
    row, token = new_link("unsubscribe", topic, invited, now, expires_at, {}, desk.keys)
    links.add(connection, [row])
    return token


def preferences_page(desk: Desk, topics: Topics, token: str, now: datetime) -> PreferencesPage:
    """The page of a link. Nothing changes. Raises ``LinkRefusedError``."""
    with desk.ledger.reading() as connection:
        link = opened(desk, connection, "preferences", token, now)
        off = _off(connection, link, now)
    wanted = {name: ALL not in off and name not in off for name in topics}
    return PreferencesPage(wanted, link.locale, page_nonce(desk, link, now))


def post_preferences(
    desk: Desk, topics: Topics, token: str, nonce: str, wanted: Collection[str], visit: Visit
) -> None:
    """The contact wants messages about these topics and no others; about none: about nothing that may come
    later either. Raises ``LinkRefusedError``, also for a topic that is none."""
    if not set(wanted) <= set(topics):
        raise LinkRefusedError("malformed")
    with desk.ledger.writing() as connection:
        link = opened(desk, connection, "preferences", token, visit.now)
        use_nonce(connection, checked_nonce(desk, link, nonce, visit.now), visit.now)
        act, before = _act(desk, link, visit), _off(connection, link, visit.now)
        off = {name for name in topics if name not in wanted} if wanted else {ALL}
        for scope in sorted(before - off):
            lift(connection, link.recipient, act, reason=_UNSUBSCRIBE, scope=scope, asked=_BY_PAGE)
        _suppress(connection, link, sorted(off - before), act, _BY_PAGE)


def unsubscribe_page(desk: Desk, token: str, now: datetime) -> UnsubscribePage:
    """The page of a link in List-Unsubscribe, for people who open it. Nothing changes. Raises
    ``LinkRefusedError``."""
    with desk.ledger.reading() as connection:
        link = opened(desk, connection, "unsubscribe", token, now)
    return UnsubscribePage(link.about, link.locale)


def unsubscribe(desk: Desk, token: str, visit: Visit) -> None:
    """One click: a POST of a mail program, without a page, a cookie or a nonce (RFC 8058, section 3.1).
    Doing it again changes nothing. Raises ``LinkRefusedError``."""
    with desk.ledger.writing() as connection:
        link = opened(desk, connection, "unsubscribe", token, visit.now)
        _suppress(connection, link, [link.about or ALL], _act(desk, link, visit), _BY_CLICK)


def _off(connection: Connection, link: LinkRow, now: datetime) -> set[str]:
    """The topics that the contact has unsubscribed from; ``*`` is everything."""
    address = normal(link.recipient)
    found = suppressions(connection, now, [address]).get(address, [])
    return {scope for reason, scope in found if reason == _UNSUBSCRIBE}


def _suppress(connection: Connection, link: LinkRow, scopes: Iterable[str], act: Act, note: str) -> None:
    wanted = [Suppression(link.recipient, _UNSUBSCRIBE, scope, note=note) for scope in scopes]
    suppress(connection, wanted, act)


def _act(desk: Desk, link: LinkRow, visit: Visit) -> Act:
    today = visit.now.astimezone(ZoneInfo(desk.settings.timezone)).date()
    return Act(link.recipient, visit.now, today)
