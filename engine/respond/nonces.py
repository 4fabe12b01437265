"""What makes a POST a person's: a nonce that the page carried, used once, and not too soon.

No GET changes anything, so a nonce is not kept when the page is made: it is signed, says when, and is written
down when it is used. A second use finds it there.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from ...dsl.frozen import frozen
from .links import Keys, LinkRefusedError, sign_body, verified_body

LIFETIME: Final = timedelta(hours=12)
# PITFALLS: mail scanners follow links within seconds of delivery, run scripts, and even post.
SOON_AFTER_PAGE: Final = timedelta(seconds=2)
SOON_AFTER_DELIVERY: Final = timedelta(seconds=60)
MANY_LINKS: Final = 5  # answers from one address to different people's links within a minute
Suspicion = Literal["", "page", "delivery", "many"]
_BODY = re.compile(r"(?P<link>[a-z0-9]{1,64})\.(?P<at>[0-9]{1,12})\.(?P<random>[A-Za-z0-9_-]{22})")


@frozen
class Nonce:
    """A nonce that is genuine: of which link's page, made when. ``text`` is what the ledger keeps."""

    link: str
    made_at: datetime
    text: str


def new_nonce(keys: Keys, link: str, now: datetime) -> str:
    """A nonce for a page of a link."""
    return sign_body(keys, "nonce", f"{link}.{int(now.timestamp())}.{secrets.token_urlsafe(16)}")


def open_nonce(keys: Keys, link: str, posted: str, now: datetime) -> Nonce:
    """The nonce that a page of this link carried. Raises ``LinkRefusedError``; whether it was used before is
    the ledger's to say."""
    body = verified_body(keys, "nonce", posted)
    found = _BODY.fullmatch(body) if body is not None else None
    if found is None:
        raise LinkRefusedError("tampered")
    if found["link"] != link:
        raise LinkRefusedError("purpose")
    made_at = datetime.fromtimestamp(int(found["at"]), UTC)
    if not made_at - timedelta(minutes=1) <= now < made_at + LIFETIME:
        raise LinkRefusedError("expired")
    return Nonce(link, made_at, found["random"])


def suspicion(
    posted_at: datetime, page_at: datetime, delivered_at: datetime | None, links_answered: int
) -> Suspicion:
    """Why an answer looks automated; empty if it does not. ``links_answered``: how many other links the same
    network address answered in the last minute. Such an answer is kept apart until a person looks at it."""
    if posted_at - page_at < SOON_AFTER_PAGE:
        return "page"
    if delivered_at is not None and posted_at - delivered_at < SOON_AFTER_DELIVERY:
        return "delivery"
    return "many" if links_answered >= MANY_LINKS else ""
