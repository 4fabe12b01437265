"""What the browser of a member of the staff keeps: a session, and small things on the way to one.

Over https every name begins with ``__Host-``: no neighbouring host can set such a cookie (RFC 6265bis).
``Lax`` and not ``Strict``: the way back from an identity provider is a request from another site. A form's
token is computed from the cookie, so that nothing is kept for it: who cannot read the cookie cannot post.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "playcall"
BEFORE: Final = "playcall-before"  # who has not signed in yet
FLOW: Final = "playcall-flow"  # on the way to the identity provider and back


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets and reads them. ``encrypted``: the outside comes by https."""

    encrypted: bool

    def read(self, request: Request, name: str) -> str:
        """What the browser sent; empty where it has none."""
        return request.cookies.get(self._named(name), "")

    def keep(self, response: Response, name: str, value: str) -> None:
        """Have the browser keep a value until it is closed."""
        response.set_cookie(
            self._named(name), value, path="/", secure=self.encrypted, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Have the browser forget it."""
        response.delete_cookie(
            self._named(name), path="/", secure=self.encrypted, httponly=True, samesite="lax"
        )

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.encrypted else name


def form_token(cookie: str) -> str:
    """What a form carries for whoever holds that cookie."""
    return hmac.new(cookie.encode(), b"playcall form", hashlib.sha256).hexdigest()


def is_form_token(cookie: str, posted: str) -> bool:
    """Whether a form was made for whoever holds that cookie."""
    return bool(cookie) and hmac.compare_digest(form_token(cookie).encode(), posted.encode())
