"""The HTTP server: a socket that is bound before anything is promised, uvicorn on it, and a quiet end."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from ..dsl.diagnostics import PlaycallError
from ..engine.service.office import Office
from ..engine.service.serving import open_desk, topics_to_choose
from ..engine.service.signals import until_stopped
from ..engine.service.workspace import Workspace
from ..engine.telemetry.log import Log
from .app import application
from .inbox import LetterBox
from .site import Site
from .staff.console import Console
from .staff.oidc import Oidc

MOST_AT_ONCE: Final = 1000  # connections; who comes when they are taken is told 503
IDLE_SECONDS: Final = 5  # how long a connection may wait for its next request
END_SECONDS: Final = 20  # how long requests at work may take after the server was asked to stop


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen. ``forwarded``: addresses of proxies whose X-Forwarded-For is believed, by commas;
    empty: of none."""

    host: str
    port: int
    forwarded: str = ""


def answer(workspace: Workspace, where: Listening, log: Log, started: Callable[[str], None]) -> None:
    """Answer until SIGTERM or Ctrl-C. ``started`` is given the server's own URL once it can be reached.
    Raises ``PlaycallError``."""
    with open_desk(workspace) as (desk, url), _bound(where) as bound, until_stopped():
        site = Site(desk, topics_to_choose(workspace.project), url, workspace.clock, log)
        console = _console(site, workspace)
        box = LetterBox(site, workspace.project) if workspace.project.inbox.token else None
        server = uvicorn.Server(_configured(application(site, console, box), where))
        started(_url(bound))
        with closing(console.office.latest):
            server.run(sockets=[bound])


def _console(site: Site, workspace: Workspace) -> Console:
    """The pages of the staff, with the identity provider of the project, if it has one."""
    office, config = Office(workspace, site.desk.ledger), workspace.project.sign_in
    oidc = Oidc(config, f"{site.url}/staff/sign-in/back") if config else None
    return Console(site, office, oidc)


def _configured(app: ASGIApp, where: Listening) -> uvicorn.Config:
    # Its own logs name whole paths, in which there are tokens; what goes wrong is in ours.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL + 1)
    return uvicorn.Config(
        app,
        log_config=None,
        log_level=logging.CRITICAL + 1,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        proxy_headers=bool(where.forwarded),
        forwarded_allow_ips=where.forwarded,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
    )


def _bound(where: Listening) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
        bound = socket.create_server((where.host, where.port), family=family)
        # Accepted connections inherit it. asyncio sets it only where a socket names its protocol, which this
        # one does not; without it an answer's second packet waits 40 ms for the first to be acknowledged.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise PlaycallError(
            f"nothing can listen on {where.host}:{where.port}: {said}. Choose another --host or --port"
        ) from None


def _url(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
