"""A small HTTP server beside a program that keeps running: a few pages that are only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen


@frozen
class Page:
    """What is answered to a GET."""

    text: str
    type: str
    status: int = 200


Pages = Mapping[str, Callable[[], Page]]


@contextmanager
def serving(listen: str, pages: Pages) -> Iterator[int]:
    """Answer on ``HOST:PORT`` (port 0: any) while the block runs; gives the port. Raises ``PlaycallError``
    where that cannot be."""
    host, _, port = listen.rpartition(":")
    if not port.isdecimal():
        raise PlaycallError(f"--listen {listen!r} is not HOST:PORT: write it as 127.0.0.1:9464")
    try:
        server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(pages))
    except (OSError, OverflowError) as error:
        raise PlaycallError(f"--listen {listen}: {error}; choose another port, or end who has it") from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "playcall"
        sys_version = ""
        timeout = 10  # seconds for one who connects and says nothing

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            self._answer(page() if page else Page("not found\n", "text/plain; charset=utf-8", 404))

        do_HEAD = do_GET  # noqa: N815 (the name that the base class looks for)

        def _answer(self, page: Page) -> None:
            body = page.text.encode()
            self.send_response(page.status)
            self.send_header("Content-Type", page.type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not logged: they come every few seconds."""

    return Handler
