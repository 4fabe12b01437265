"""The access log: which page, how it ended, how long it took. Never a token, which opens what it names."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..engine.telemetry.log import Log


class Journal:
    """Writes a line a request, and what went wrong on our side with its place."""

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            self._log.error("page.failed", page=_page(scope), error=_place(error))
        took = round((time.monotonic() - began) * 1000)
        self._log.info("page", method=scope["method"], page=_page(scope), status=status, ms=took)


def _page(scope: Scope) -> str:
    """The page's path with the name of its token in the token's place."""
    parameters = scope.get("path_params", {})
    path = str(scope["path"]) if "endpoint" in scope else "-"
    for name, value in parameters.items():
        path = path.replace(str(value), f"{{{name}}}")
    return path


def _place(error: BaseException) -> str:
    """The kind of a mistake and where it was made: its words may hold what customers wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "-"
    return f"{type(error).__name__} at {at}"
