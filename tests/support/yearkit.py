"""A year at a company: days pass when the test says so, mails go through SMTP, pages are asked over HTTP."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import uvicorn

from clikit import Company
from playcall.engine.demo.project import LIBRARY
from playcall.engine.service.serving import open_desk, topics_to_choose
from playcall.engine.service.workspace import Workspace
from playcall.engine.telemetry.log import Log
from playcall.web.app import application
from playcall.web.site import Site
from smtpkit import ScriptedSmtp
from webkit import URL, Page, Served

A_MINUTE = timedelta(minutes=2)  # what a person takes at least: less looks automated


@dataclass(slots=True)
class Wall:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def pass_(self, span: timedelta) -> None:
        self.at += span


@dataclass(slots=True)
class Hooks:
    """An HTTP server that other systems would be. ``got`` are the bodies of what was posted, ``answers`` the
    status codes to give first (afterwards 200)."""

    url: str
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def hooks() -> Iterator[Hooks]:
    """Somebody who is posted to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = found.answers.pop(0) if found.answers else 200
            if code == 200:
                found.got.append(json.loads(body))
                found.headers.append(dict(self.headers))
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Hooks(f"http://127.0.0.1:{server.server_port}/accepted")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def hosting(root: Path, wall: Wall) -> Iterator[Served]:
    """The pages of a project, by a clock of the test, on a port of this machine."""
    workspace = Workspace.open(root, None, os.environ, wall)
    with open_desk(workspace) as (desk, url), socket.create_server(("127.0.0.1", 0)) as bound:
        lines: list[str] = []
        site = Site(desk, topics_to_choose(workspace.project), url, wall, Log(lines.append, wall))
        config = uvicorn.Config(application(site), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield Served(*bound.getsockname(), lines)
        finally:
            server.should_exit = True
            thread.join(30)


@dataclass(slots=True)
class Year:
    """A company whose days pass. ``read``: how many of the mails were looked at."""

    company: Company
    served: Served
    post: ScriptedSmtp
    wall: Wall
    hooks: Hooks
    read: int = 0

    def day(self, day: str, *arguments: str) -> Any:
        """The run of a day, in the morning."""
        report = self.company.run(day, *arguments)
        self.wall.at = datetime.combine(date.fromisoformat(day), time(3), UTC)  # noon in Tokyo
        return report

    def mails(self) -> dict[str, Message]:
        """What has come since it was last asked, by recipient."""
        new = [message_from_bytes(raw) for raw in self.post.messages[self.read :]]
        self.read = len(self.post.messages)
        found = {str(mail["To"]).rpartition("<")[2].rstrip(">"): mail for mail in new}
        assert len(found) == len(new), [str(mail["To"]) for mail in new]
        return found

    def opened(self, path: str) -> Page:
        """A page, opened a while after the message came, and read for a while."""
        self.wall.pass_(A_MINUTE)
        page = self.served.ask(path)
        self.wall.pass_(A_MINUTE)
        return page

    def answer(self, path: str, **fields: str) -> Page:
        """Somebody opens a page and posts it. A name's `_` before what follows the dot is written `__`."""
        page = self.opened(path)
        assert page.status == 200, page.body
        given = {name.replace("__", "."): value for name, value in fields.items()}
        told = self.served.ask(path, {"-nonce": page.nonce, **given})
        assert told.status == 303, told.body
        return self.served.ask(told.headers["location"])


def path_in(mail: Message, page: str) -> str:
    """The path of the link to a page (``s``, ``q``, ``p``) in a mail."""
    found = re.search(re.escape(URL) + rf"(/{page}/[^\s>)\"]+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


def text_of(mail: Message) -> str:
    """The plain text of a mail."""
    part = mail.get_payload(0)
    return str(part.get_payload(decode=True).decode())  # type: ignore[union-attr]


def with_library(root: Path) -> Company:
    """A folder with what the library has: catalogue, playbooks, surveys, price books, templates."""
    for part, place in (("plays", "playbooks"), *((one, one) for one in _PARTS)):
        shutil.copytree(LIBRARY / part, root / place)
    return Company(root)


_PARTS = ("catalog", "surveys", "pricebooks", "templates")
