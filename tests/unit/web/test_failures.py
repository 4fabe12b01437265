"""A mistake of ours is told to the log alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from awaiting import awaited
from jinja2 import DictLoader, Environment

from playcall.dsl.types import Schema, Settings
from playcall.engine.ledger.database import open_ledger
from playcall.engine.ports import FixedClock
from playcall.engine.respond.desk import Desk, Invited
from playcall.engine.respond.links import Keys
from playcall.engine.respond.preferences_page import preferences_link
from playcall.engine.telemetry.log import Log
from playcall.web.app import application
from playcall.web.site import HERE, Site

NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
ERRORS = {name: (HERE / "templates" / name).read_text("utf-8") for name in ("base.html", "message.html")}


def asked(site: Site, path: str) -> list[Any]:
    """What the pages send for a GET, as a server gets it."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.1", 1),
        "http_version": "1.1",
        "scheme": "https",
    }
    awaited(application(site)(scope, receive, send))  # type: ignore[arg-type]
    return sent


def test_a_page_that_fails_says_nothing_to_the_outside(tmp_path: Path) -> None:
    lines: list[str] = []
    ledger = open_ledger("sqlite:///ledger.db", tmp_path)
    desk = Desk(ledger, Keys(("n" * 32,)), {}, Schema({}), Settings(), "en")
    without = Environment(loader=DictLoader(ERRORS), autoescape=True)
    clock = FixedClock(NOON)
    site = Site(desk, {}, "https://renew.acme.test/cs", clock, Log(lines.append, clock), without)
    someone = Invited("contract", "C1", None, "A1", "ceo@acme.test", "en")
    with ledger.writing() as connection:
        token = preferences_link(desk, connection, someone, NOON, NOON + timedelta(days=1))
    start, body = asked(site, f"/cs/p/{token}")
    ledger.close()
    assert start["status"] == 500
    assert b"This page cannot be shown." in body["body"]
    assert b"preferences.html" not in body["body"]
    assert dict(start["headers"])[b"cache-control"] == b"no-store"
    assert 'error page.failed page=/cs/p/{token} error="TemplateNotFound at' in lines[0]
    assert token not in "".join(lines)
