"""Hostile hands on what customers get: each is refused, and nothing has changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from clikit import Company, founded
from playcall.engine.ledger import links
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.tasks import Act
from webkit import BOOK, KEY, PROJECT, SURVEY, URL, Served, unsubscribe_in
from yearkit import A_MINUTE, Wall, hosting, path_in, text_of

HOSTILE = '"><script>alert(1)</script>\nBcc: victim@other.test'
PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{survey: renewal-intent, to: decision_maker, topic: tips}]
offer:
  when: days_to_renewal == 140
  do: [{quote: standard, to: decision_maker}]
"""
LETTER = """\
---
subject: "About {{ contract.product }}"
---
[please tell us]({{ links.answer }})

[what you get from us]({{ links.preferences }})
"""
NOON = datetime(2024, 3, 2, 3, tzinfo=UTC)


@dataclass(slots=True)
class Scene:
    """A customer with two mails, and the pages at a clock of the test."""

    company: Company
    wall: Wall
    served: Served
    ledger: Ledger
    paths: dict[str, str]

    def state(self) -> dict[str, list[Any]]:
        """Everything that a customer could change."""
        tables = ("event", "submission", "nonce", "suppression", "quote", "quote_acceptance", "touch")
        with self.ledger.reading() as connection:
            return {
                name: [tuple(row) for row in connection.execute(text(f"select * from {name}"))]
                for name in tables
            }

    def nonce(self, page: str) -> str:
        self.wall.pass_(A_MINUTE)
        nonce = self.served.ask(self.paths[page]).nonce
        self.wall.pass_(A_MINUTE)
        return nonce


@pytest.fixture(autouse=True)
def link_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINK_KEY", KEY)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Company:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINK_KEY", KEY)
        company = founded(tmp_path_factory.mktemp("abuse") / "acme")
        settings = (company.root / "playcall.yaml").read_text("utf-8") + PROJECT
        surveys = {"surveys/renewal-intent.yaml": SURVEY.replace("36500d", "30d")}
        templates = {"templates/renewal-intent.md": LETTER}
        company.write({"playcall.yaml": settings, "pricebooks/standard.yaml": BOOK, **surveys, **templates})
        company.contracts({"product": HOSTILE})
        company.playbook(PLAYS)
        company.runs("2024-03-01", "2024-03-02")
        return company


@pytest.fixture
def scene(original: Company, tmp_path: Path) -> Iterator[Scene]:
    company = Company(shutil.copytree(original.root, tmp_path / "acme"))
    by_page = {page: mail for mail in company.mails() for page in "sq" if f"{URL}/{page}/" in text_of(mail)}
    paths = {page: path_in(mail, page) for page, mail in by_page.items()}
    paths |= {"p": path_in(by_page["s"], "p"), "u": unsubscribe_in(by_page["s"])}
    wall = Wall(NOON)
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    with hosting(company.root, wall) as served:
        yield Scene(company, wall, served, ledger, paths)
    ledger.close()


def test_a_name_is_no_header_and_no_markup(scene: Scene) -> None:
    for mail in scene.company.mails():
        assert mail["Bcc"] is None
        assert "Bcc: victim@other.test" in str(mail["Subject"])
        assert "\n" not in str(mail["Subject"])
        page = mail.get_payload(1).get_payload(decode=True).decode()  # type: ignore[union-attr]
        assert "<script>" not in page
    for page in "sq":
        assert "<script>" not in scene.served.ask(scene.paths[page]).body


def test_looking_changes_nothing(scene: Scene) -> None:
    before = scene.state()
    for path in scene.paths.values():
        for method in ("GET", "HEAD"):
            scene.served.ask(path, method=method)
    assert scene.state() == before


def other_page(scene: Scene, page: str) -> tuple[str, str]:
    """A token of one page at another's address."""
    token = scene.paths[page].removeprefix(f"/{page}/")
    other = {"s": "q", "q": "s", "p": "u", "u": "p"}[page]
    return f"/{other}/{token}", scene.nonce(page) if page != "u" else ""


def tampered(scene: Scene, page: str) -> tuple[str, str]:
    path = scene.paths[page]
    return path[:-2] + ("A" if path[-2] != "A" else "B") + path[-1], scene.nonce(page) if page != "u" else ""


def expired(scene: Scene, page: str) -> tuple[str, str]:
    scene.wall.pass_(timedelta(days=3700))
    return scene.paths[page], "x"


def revoked(scene: Scene, page: str) -> tuple[str, str]:
    nonce = scene.nonce(page) if page != "u" else ""
    act = Act("kato", NOON, date(2024, 3, 2))
    purpose = {"s": "survey", "q": "quote", "p": "preferences", "u": "unsubscribe"}[page]
    with scene.ledger.writing() as connection:
        assert links.revoke(connection, act, purpose=purpose, record_key="C1") == 1
    return scene.paths[page], nonce


FIELDS = {
    "s": {"intent": "no"},
    "q": {"name": "Carla Chief", "tick": "yes"},
    "p": {"topic": "tips"},
    "u": {"List-Unsubscribe": "One-Click"},
}


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("attack", [other_page, tampered, expired, revoked])
def test_a_token_that_opens_nothing(
    scene: Scene, attack: Callable[[Scene, str], tuple[str, str]], page: str
) -> None:
    path, nonce = attack(scene, page)
    before = scene.state()
    assert scene.served.ask(path).status == 404
    posted = {"-nonce": nonce, **FIELDS[page]} if nonce else FIELDS[page]
    assert scene.served.ask(path, posted).status in (400, 404)
    assert scene.state() == before


@pytest.mark.parametrize("page", ["s", "q", "p"])
def test_a_post_counts_once_and_with_the_nonce_of_its_own_page(scene: Scene, page: str) -> None:
    stolen = scene.nonce("q" if page != "q" else "s")
    before = scene.state()
    for nonce in ("", "x", stolen):
        assert scene.served.ask(scene.paths[page], {"-nonce": nonce, **FIELDS[page]}).status == 404
    assert scene.state() == before
    nonce = scene.nonce(page)
    first = scene.served.ask(scene.paths[page], {"-nonce": nonce, **FIELDS[page]})
    after = scene.state()
    again = scene.served.ask(scene.paths[page], {"-nonce": nonce, **FIELDS[page]})
    assert (first.status, again.status in (303, 404)) == (303, True)
    assert scene.state() == after != before


def test_a_scanner_that_posts_what_it_finds_accepts_nothing(scene: Scene) -> None:
    """It fills in nothing that a person has to type."""
    before = scene.state()
    nonce = scene.served.ask(scene.paths["q"]).nonce
    for fields in ({}, {"tick": "yes"}, {"name": "", "tick": "yes"}, {"name": "\u202e", "tick": "yes"}):
        assert scene.served.ask(scene.paths["q"], {"-nonce": nonce, **fields}).status == 422
    assert scene.state() == before


def test_keys_are_rotated_without_breaking_what_was_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_KEY", "another-key-of-thirty-two-bytes-and-more")
    written = (scene.company.root / "playcall.yaml").read_text("utf-8")
    rotated = {'["${NEW_KEY}", "${LINK_KEY}"]': 200, '["${NEW_KEY}"]': 404}
    for keys, status in rotated.items():
        scene.company.write({"playcall.yaml": written.replace('["${LINK_KEY}"]', keys)})
        with hosting(scene.company.root, scene.wall) as served:
            assert {served.ask(path).status for path in scene.paths.values()} == {status}


def test_the_choice_of_topics_holds_for_the_next_message(scene: Scene) -> None:
    nonce = scene.nonce("p")
    told = scene.served.ask(scene.paths["p"], {"-nonce": nonce, "topic": "news"})
    assert "Your choice is saved." in scene.served.ask(told.headers["location"]).body
    later = PLAYS.replace("== 140", "== 130").replace("ask:", "remind:").replace("offer:", "repeat:")
    scene.company.playbook(later)
    found = {one["play"]: (one["verdict"], one["reason"]) for one in scene.company.plan("2024-03-12")}
    assert found["remind"] == ("suppressed", "unsubscribe")
    assert found["repeat"] == ("fired", "")  # of no topic
