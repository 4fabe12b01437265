"""Debian's Chromium, headless, over a company whose server runs; skipped where either is absent."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from browserkit import SIZES, Tab, World
from clikit import Company
from playcall.dsl.types import Schema, Settings
from playcall.engine.ledger.database import open_ledger
from playcall.engine.respond.desk import Desk, Invited
from playcall.engine.respond.links import Keys
from playcall.engine.respond.preferences_page import preferences_link
from playcall.engine.respond.quote_page import offer
from staffworld import NOON, SUBJECT, staffed
from webkit import KEY, LETTER, PLAYS, SURVEY, serving

CUSTOMER = Invited("contract", "C1", "2023-07-20", "A1", "ceo1@acme.test", "ja")
SURVEYS = {"surveys/renewal-intent.yaml": SURVEY, "templates/renewal-intent.md": LETTER}
TOPICS = "topics: {tips: {class: operational}, news: {class: promotional}}\n"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs chromium")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def world(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The company at the address that its links name, so that cookies are kept as they are elsewhere."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    company = staffed(tmp_path_factory.mktemp("browser") / "acme", url, SURVEYS, TOPICS, {"asking": PLAYS})
    with serving(company.root, "--port", str(port)) as served:
        yield World(company, served, {**_mailed(company, url), **_made(company)})


def _mailed(company: Company, url: str) -> dict[str, str]:
    """The paths of surveys (one for each size of window) and of unsubscribing, from the mails."""
    found: dict[str, str] = {}
    for size, mail in zip(SIZES, company.mails(), strict=False):
        text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
        link = re.search(re.escape(url) + r"(/s/\S+?)[\s>)]", text)
        assert link, text
        found[f"survey-{size}"] = found["survey"] = link[1]
        found["unsubscribe"] = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(url)
    return found


def _made(company: Company) -> dict[str, str]:
    """The paths of a quote, and of what the customer is written about."""
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    desk = Desk(ledger, Keys((KEY,)), {}, Schema({}), Settings(), "en")
    forever = NOON + timedelta(days=36500)
    with ledger.writing() as connection:
        quote = offer(desk, connection, SUBJECT, CUSTOMER, NOON, forever)
        choices = preferences_link(desk, connection, CUSTOMER, datetime.now(UTC), forever)
    ledger.close()
    return {"quote": f"/q/{quote}", "preferences": f"/p/{choices}"}


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages go: `PLAYCALL_SCREENSHOTS`, else nowhere that lasts."""
    wanted = os.environ.get("PLAYCALL_SCREENSHOTS")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(params=list(SIZES))
def tab(request: pytest.FixtureRequest, chromium: Any, world: World, pictures: Path) -> Iterator[Tab]:
    """A tab of its own cookies, on a phone and on a desk. A page that breaks its own rules fails the test."""
    width, height = SIZES[request.param]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Asia/Tokyo"
    )
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    yield Tab(page, world.url, pictures, request.param)
    context.close()
    assert not [text for text in said if "Content Security Policy" in text]
