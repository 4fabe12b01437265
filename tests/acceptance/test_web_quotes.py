"""A quote is read and accepted on its page, topics are chosen on theirs: in Japanese, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from clikit import Company
from playcall.dsl.types import Schema, Settings
from playcall.engine.ledger import quotes
from playcall.engine.ledger.contacts import suppressions
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.tasks import Act
from playcall.engine.respond.content import to_content
from playcall.engine.respond.desk import Desk, Invited
from playcall.engine.respond.links import Keys
from playcall.engine.respond.preferences_page import preferences_link
from playcall.engine.respond.quote import Quote, QuoteLine
from playcall.engine.respond.quote_page import offer
from webkit import KEY, PROJECT, Served, serving

NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
STAFF = Act("kato", NOON, date(2024, 3, 4))
FOREVER = NOON + timedelta(days=36500)
SUBJECT = quotes.QuoteSubject("standard", "contract", "C1", "2023-07-20", "A1")
CUSTOMER = Invited("contract", "C1", "2023-07-20", "A1", "ceo@acme.test", "ja")
QUOTE = Quote(
    pricebook="standard",
    currency="JPY",
    title={"ja": "<b>ご更新</b>のお見積り", "en": "Your renewal"},
    quantity=Decimal(110),
    starts=date(2024, 7, 20),
    ends=date(2025, 7, 19),
    lines=(
        QuoteLine("unit", "licence", {"": "MDM"}, Decimal(462000), ("110 × 4200 JPY",), Decimal(110)),
        QuoteLine("tax", "tax", {"ja": "消費税", "en": "Tax"}, Decimal(46200), ("10%",)),
    ),
    net=Decimal(462000),
    tax=Decimal(46200),
    total=Decimal(508200),
    approval="",
    round_to=Decimal(1),
    tax_rate=Decimal("0.1"),
)


@pytest.fixture
def ledger(company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("LINK_KEY", KEY)
    company.write({"playcall.yaml": (company.root / "playcall.yaml").read_text("utf-8") + PROJECT})
    opened = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    yield opened
    opened.close()


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger, Keys((KEY,)), {}, Schema({}), Settings(), "en")


@pytest.fixture
def link(desk: Desk) -> str:
    """The path of a link to a quote that was sent."""
    with desk.ledger.writing() as connection:
        made = quotes.Revision(to_content(QUOTE), QUOTE.total, QUOTE.currency, None)
        quotes.draft(connection, SUBJECT, made, STAFF)
        quotes.send(connection, SUBJECT.id, 1, STAFF)
        return "/q/" + offer(desk, connection, SUBJECT, CUSTOMER, NOON, FOREVER)


@pytest.fixture
def choices(desk: Desk) -> str:
    """The path of a link to the preferences of a contact."""
    with desk.ledger.writing() as connection:
        return "/p/" + preferences_link(desk, connection, CUSTOMER, NOON, FOREVER)


@pytest.fixture
def served(company: Company) -> Iterator[Served]:
    with serving(company.root) as one:
        yield one


def state(ledger: Ledger) -> str:
    with ledger.reading() as connection:
        return str(quotes.show(connection, SUBJECT.id)["state"])


def off(ledger: Ledger) -> set[str]:
    with ledger.reading() as connection:
        found = suppressions(connection, datetime.now(UTC)).get("ceo@acme.test", [])
    return {scope for _, scope in found}


def test_a_quote_is_read_and_accepted_by_name(ledger: Ledger, link: str, served: Served) -> None:
    page = served.ask(link)
    assert '<html lang="ja">' in page.body
    assert "<h1>&lt;b&gt;ご更新&lt;/b&gt;のお見積り</h1>" in page.body
    assert "会社を代表して、この見積り（¥508,200）を承諾します。" in page.body
    assert "2024年7月20日 – 2025年7月19日" in page.body
    told = served.ask(link, {"-nonce": page.nonce, "name": "佐藤 花子", "tick": "yes"})
    assert (told.status, told.headers["location"]) == (303, link)
    assert "この見積りは承諾済みです" in served.ask(link).body
    with ledger.reading() as connection:
        given = quotes.acceptance(connection, SUBJECT.id)
    assert given is not None
    assert (given["name"], given["revision"], given["terms"]) == (
        "佐藤 花子",
        1,
        "会社を代表して、この見積り（¥508,200）を承諾します。",
    )


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"name": " ", "tick": "yes"}, 422, '<a href="#name">お名前を入力してください。</a>'),
        ({"name": '"><script>', "tick": ""}, 422, 'value="&#34;&gt;&lt;script&gt;"'),
        ({"name": "Hanako", "tick": "yes", "-nonce": "x"}, 404, "このリンクはご利用いただけません"),
    ],
    ids=["no name", "no tick", "no nonce"],
)
def test_half_an_acceptance_is_none(
    ledger: Ledger, link: str, served: Served, fields: dict[str, str], status: int, told: str
) -> None:
    nonce = served.ask(link).nonce
    asked_in_japanese = {"Accept-Language": "ja-JP,ja;q=0.9"}
    page = served.ask(link, {"-nonce": nonce, **fields}, headers=asked_in_japanese)
    assert page.status == status
    assert told in page.body
    assert state(ledger) == "sent"


def test_a_quote_that_was_withdrawn_meanwhile_is_not_accepted(
    ledger: Ledger, link: str, served: Served
) -> None:
    nonce = served.ask(link).nonce
    with ledger.writing() as connection:
        quotes.withdraw(connection, SUBJECT.id, 1, STAFF, "a wrong price")
    assert served.ask(link, {"-nonce": nonce, "name": "Hanako", "tick": "yes"}).status == 303
    page = served.ask(link)
    assert "この見積りは取り下げられました。" in page.body
    assert "<form" not in page.body
    assert state(ledger) == "withdrawn"


def test_topics_are_chosen_on_their_page(ledger: Ledger, choices: str, served: Served) -> None:
    page = served.ask(choices)
    assert page.body.count('type="checkbox"') == 2  # the contract's own is not to be switched off
    assert page.body.count(" checked") == 2
    told = served.ask(choices, {"-nonce": page.nonce, "topic": "tips"})
    assert "設定を保存しました。" in served.ask(told.headers["location"]).body
    assert off(ledger) == {"news"}
    assert served.ask(choices, {"-nonce": page.nonce, "topic": "news"}).status == 404
    assert served.ask(choices, {"-nonce": served.ask(choices).nonce, "topic": "contract"}).status == 404
    assert off(ledger) == {"news"}
