"""``/inbox``: a mail system posts what came back, a letter (RFC 5322) a request, with a secret."""

from __future__ import annotations

import asyncio
import hmac
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ..dsl.diagnostics import PlaycallError
from ..engine.catalog.model import Project
from ..engine.inbox.letter import MOST_BYTES
from ..engine.ledger.errors import LedgerError
from ..engine.service.inbox import take
from .limits import Limiter, network_of
from .site import Site, address_of

WRONG_TOKENS: Final = 30  # of one address in a minute; whoever has the right one is not counted
READ_SECONDS: Final = 30.0
LATER_SECONDS: Final = 60  # when a letter about a message that is just being sent may come again


class LetterBox:
    """Takes letters for a project whose ``inbox: token`` is set."""

    def __init__(self, site: Site, project: Project) -> None:
        self._site = site
        self._project = project
        self._token = project.inbox.token.encode()
        self._strangers = Limiter(WRONG_TOKENS)

    async def post(self, request: Request) -> Response:
        """What the letter came to, as `playcall inbox --format json` says it. 401 without the token, 413 for
        a letter that is too long, 422 for one that cannot be read, 503 for one to send again later."""
        self._require_token(request)
        raw = await _body(request)
        site = self._site
        try:
            found = await run_in_threadpool(take, self._project, site.desk.ledger, site.clock, raw)
        except LedgerError:
            raise
        except PlaycallError as error:
            return JSONResponse({"error": str(error)}, 422)
        site.log.info("inbox", **found.results)
        if "early" in found.results:
            return JSONResponse(found.to_json(), 503, {"Retry-After": str(LATER_SECONDS)})
        return JSONResponse(found.to_json())

    def _require_token(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token):
            return
        known = self._strangers.allows(network_of(address_of(request)))
        raise HTTPException(401 if known else 429, headers={"WWW-Authenticate": "Bearer"} if known else None)


async def _body(request: Request) -> bytes:
    """The whole letter, within bounds of size and time."""
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > MOST_BYTES:
                    raise HTTPException(413)
                pieces.append(piece)
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408) from None
    return b"".join(pieces)
