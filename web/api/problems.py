"""What is said when something is not done (RFC 9457): what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from ...dsl.diagnostics import AbsentError, PlaycallError
from ...engine.ledger.errors import LedgerDownError
from ...engine.service.access import ForbiddenError

MEDIA: Final = "application/problem+json"
Slip = tuple[str, str]  # a JSON pointer into what was sent (/body/until), and what is wrong there

NEXT: Final[Mapping[int, str]] = {
    400: "Send well-formed JSON in UTF-8, each key once.",
    401: "Send `Authorization: Bearer TOKEN`; `playcall tokens create NAME --user U` makes a token.",
    403: "Ask somebody whose role may do it, or for a token with that role.",
    404: "Look the name up in the list that it belongs to.",
    405: "Use one of the methods that the header Allow names.",
    408: "Send the whole request at once.",
    409: "Read it again, and decide on what it says now.",
    412: "Read it again, decide on what it says now, and send its new ETag in If-Match.",
    413: "Send less.",
    415: "Send JSON with `Content-Type: application/json`.",
    422: "Correct what is named here; openapi.json says what each operation takes.",
    428: "Read it first, and send its ETag in If-Match, so that nobody's change is written over.",
    429: "Wait as many seconds as the header Retry-After says.",
    500: "Try again later; whoever runs the server finds the mistake in its log.",
    503: "Try again later; whoever runs the server finds the reason in its log.",
}
_DOWN: Final = "the ledger cannot be used right now"


class RefusedError(Exception):
    """A request that is not answered as it wanted. ``slips``: what is wrong where."""

    def __init__(
        self,
        status: int,
        detail: str,
        slips: Sequence[Slip] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.slips = tuple(slips)
        self.headers = dict(headers or {})


def missing(what: str) -> RefusedError:
    """Something that was named is not there."""
    return RefusedError(404, f"there is no such {what}")


def refusal_of(error: PlaycallError) -> RefusedError:
    """Why a use case did not do it. What follows the schemas and is refused all the same is refused for the
    state of things: 409, never 422."""
    if isinstance(error, LedgerDownError):
        return RefusedError(503, _DOWN)
    if isinstance(error, ForbiddenError):
        return RefusedError(403, str(error))
    if isinstance(error, AbsentError):
        return RefusedError(404, str(error))
    return RefusedError(409, str(error))


def problem(refusal: RefusedError) -> dict[str, object]:
    """The JSON of it."""
    slips = [{"pointer": pointer, "detail": detail} for pointer, detail in refusal.slips]
    return {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": _sentence(refusal.detail),
        "next": NEXT.get(refusal.status, NEXT[409]),
        **({"errors": slips} if slips else {}),
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
