"""Links, answers, quotes, opportunities and replies in the ledger, on each database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from playcall.engine.ledger import answers, bulk, links, opportunities, quotes, replies, response_views
from playcall.engine.ledger.database import Ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.events import events
from playcall.engine.ledger.response_tables import quote_revision
from playcall.engine.ledger.tasks import Act

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
ACT = Act("kato", NOW, date(2026, 3, 2))
CUSTOMER = replace(ACT, actor="customer")
LINK = links.LinkRow(
    id="l1", token_hash="h1", purpose="survey", about="renewal-intent", touch=None, entity="contract",
    record="C1", cycle="2025-07-20", account="A1", recipient="ceo@acme.test", locale="ja",
    created_at=NOW, expires_at=NOW + timedelta(days=140), context={"e1": "mdm"},
)  # fmt: skip
SUBJECT = answers.Subject("renewal-intent", "contract", "C1", "2025-07-20", "A1", "ceo@acme.test")
NO = answers.AnswerRow("intent", 0, "no")
YES = answers.AnswerRow("intent", 0, "yes")
QUOTE = quotes.QuoteSubject("standard", "contract", "C1", "2025-07-20", "A1")
FIRST = quotes.Revision({"net": "480000", "title": {"ja": "見積"}}, Decimal(528000), "JPY", date(2026, 4, 1))
SECOND = replace(FIRST, total=Decimal("500000.50"), reason="agreed by telephone")
LEAD = opportunities.OpportunityRow(
    id="o1", playbook="expand", play="ask", entity="contract", record="C1", cycle=None, account="A1",
    title="More Macs", assignee="kato", amount=Decimal("12.50"), currency="USD", opened_on=date(2026, 3, 2),
)  # fmt: skip


def many(ledger: Ledger, act: Callable[[Connection], object], times: int = 8) -> list[object]:
    """The same act by several at once: what each came to, or why it was refused."""

    def one(_: int) -> object:
        try:
            with ledger.writing() as connection:
                return act(connection)
        except LedgerError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def refused(ledger: Ledger, act: Callable[[Connection], object]) -> str:
    with pytest.raises(LedgerError) as error, ledger.writing() as connection:
        act(connection)
    return str(error.value)


def facts(ledger: Ledger, entity: str, folder: Path) -> list[str]:
    """The rows of a built-in entity as they travel to the facts."""
    path = folder / f"{entity}.csv"
    with ledger.reading() as connection:
        bulk.export(connection, response_views.BUILT_IN[entity](ACT.today), path)
    return path.read_text("utf-8").splitlines()


def test_a_link_is_found_until_it_expires_or_is_revoked(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        links.add(connection, [LINK])
        assert links.find(connection, "h1", NOW) == LINK
        assert links.find(connection, "h2", NOW) == "unknown"
        assert links.find(connection, "h1", LINK.expires_at) == "expired"
        assert links.revoke(connection, ACT, link="l1") == 1
        assert links.revoke(connection, ACT, link="l1") == 0
        assert links.find(connection, "h1", NOW) == "revoked"
        assert [one.kind for one in events(connection, "l1")] == ["link.revoked"]


def test_all_links_of_a_purpose_about_a_record_can_be_revoked(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        others = [
            replace(LINK, id="l2", token_hash="h2"),
            replace(LINK, id="l3", token_hash="h3", record="C2"),
        ]
        links.add(connection, [LINK, *others])
        assert links.revoke(connection, ACT, purpose="survey", record_key="C1") == 2
        assert isinstance(links.find(connection, "h3", NOW), links.LinkRow)


def test_a_nonce_is_used_once_by_whoever_comes_first(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        links.add(connection, [LINK])
    used = many(ledger, lambda connection: links.use_nonce(connection, "n1", "l1", NOW))
    assert sorted(map(str, used)) == ["False"] * 7 + ["True"]


def test_every_version_of_answers_is_kept_and_the_last_counts(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as connection:
        links.add(connection, [LINK])
        answers.submit(connection, SUBJECT, [YES], CUSTOMER, answers.Sent("l1"))
        amount = answers.AnswerRow("bill", 1, "12.50 USD", amount=Decimal("12.50"), currency="USD")
        second = answers.submit(connection, SUBJECT, [NO, amount], CUSTOMER, answers.Sent("l1"))
        assert answers.standing(connection, SUBJECT) == {"intent": NO, "bill": amount}
        kept = answers.versions(connection, SUBJECT)
        assert [(row["number"], row["answers"]) for row in kept] == [
            (1, {"intent": "yes"}),
            (2, {"intent": "no", "bill": "12.50 USD"}),
        ]
        assert [one.kind for one in events(connection, second)] == ["answers.sent"]
    assert len(facts(ledger, "answer", tmp_path)) == 2


def test_answers_of_others_records_and_cycles_are_their_own(ledger: Ledger) -> None:
    changed = [
        {"respondent": "cfo@acme.test"},
        {"record": "C2"},
        {"cycle": "2026-07-20"},
        {"cycle": None},
        {"survey": "nps"},
        {"entity": "account"},
    ]
    with ledger.writing() as connection:
        answers.submit(connection, SUBJECT, [YES], CUSTOMER)
        for change in changed:
            answers.submit(connection, replace(SUBJECT, **change), [NO], CUSTOMER)  # type: ignore[arg-type]
        assert answers.standing(connection, SUBJECT) == {"intent": YES}
        answers.submit(connection, replace(SUBJECT, respondent="CEO@acme.test"), [NO], CUSTOMER)
        assert answers.standing(connection, SUBJECT) == {"intent": NO}


def test_answers_at_once_are_versions_one_after_the_other(ledger: Ledger) -> None:
    many(ledger, lambda connection: answers.submit(connection, SUBJECT, [NO], CUSTOMER))
    with ledger.reading() as connection:
        assert [row["number"] for row in answers.versions(connection, SUBJECT)] == list(range(1, 9))


def test_suspicious_answers_count_when_a_person_lets_them_in(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as connection:
        answers.submit(connection, SUBJECT, [YES], CUSTOMER)
        apart = answers.submit(connection, SUBJECT, [NO], CUSTOMER, answers.Sent(quarantine="page"))
        assert answers.standing(connection, SUBJECT) == {"intent": YES}
        waiting = answers.quarantined(connection)
        assert [(row["id"], row["quarantine"], row["answers"]) for row in waiting] == [
            (apart, "page", {"intent": "no"})
        ]
        answers.review(connection, apart, "accepted", ACT, "called the customer")
        assert answers.standing(connection, SUBJECT) == {"intent": NO}
        assert answers.quarantined(connection) == []
        out = answers.submit(connection, SUBJECT, [YES], CUSTOMER, answers.Sent(quarantine="many"))
        answers.review(connection, out, "rejected", ACT)
        assert answers.standing(connection, SUBJECT) == {"intent": NO}
        kinds = [one.kind for one in events(connection, apart)]
        assert kinds == ["answers.quarantined", "answers.accepted"]
    assert "no quarantined submission" in refused(
        ledger, lambda connection: answers.review(connection, apart, "rejected", ACT)
    )
    assert [line.split(",")[8].strip('"') for line in facts(ledger, "answer", tmp_path)] == ["no"]


def test_links_answered_from_one_network_address_are_counted(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        rows = [replace(LINK, id=f"l{n}", token_hash=f"h{n}") for n in range(4)]
        links.add(connection, rows)
        for row in rows:
            about = replace(SUBJECT, respondent=row.id)
            answers.submit(connection, about, [NO], CUSTOMER, answers.Sent(row.id, source="net"))
        since = NOW - answers.MANY_WINDOW
        assert answers.links_answered(connection, "net", "l0", since) == 3
        assert answers.links_answered(connection, "other", "l0", since) == 0
        assert answers.links_answered(connection, "net", "l0", NOW + timedelta(seconds=1)) == 0


def test_a_quote_is_drafted_sent_revised_and_accepted(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as connection:
        one = quotes.draft(connection, QUOTE, FIRST, ACT)
        quotes.send(connection, one, 1, ACT)
        assert quotes.revise(connection, one, 1, SECOND, ACT) == 2
        shown = quotes.show(connection, one)
        assert (shown["state"], shown["revision"], shown["total"]) == ("draft", 2, Decimal("500000.50"))
        quotes.send(connection, one, 2, ACT)
        quotes.send(connection, one, 2, ACT)
        quotes.accept(connection, one, quotes.Acceptance(2, "佐藤 花子", "I accept", source="net"), CUSTOMER)
        kept = quotes.revisions(connection, one)
        assert [row["content"] for row in kept] == [FIRST.content, SECOND.content]
        assert kept[1]["previous"] == kept[0]["hash"]
        assert quotes.broken_chain(connection, one) is None
        given = quotes.acceptance(connection, one)
        assert given is not None
        assert (given["name"], given["revision"], given["at"]) == ("佐藤 花子", 2, NOW)
        kinds = [one.kind.removeprefix("quote.") for one in events(connection, one)]
        assert kinds == ["drafted", "sent", "revised", "sent", "sent", "accepted"]
    (row,) = facts(ledger, "quote", tmp_path)
    assert ",A1,2," in row.replace('"', "")
    assert ",accepted,2026-03-02," in row.replace('"', "")
    assert ",500000.50,JPY," in row.replace('"', "")


@pytest.mark.parametrize(
    ("acts", "last", "why"),
    [
        ("draft", "accept1", "the quote is draft"),
        ("draft send", "accept2", "revision 2 of the quote has been replaced by revision 1"),
        ("draft send revise", "accept1", "revision 1 of the quote has been replaced by revision 2"),
        ("draft send revise", "accept2", "the quote is draft"),
        ("draft send withdraw", "accept1", "the quote is withdrawn"),
        ("draft send expire", "late", "the quote was valid until 2026-04-01"),
        ("draft send accept", "accept1", "the quote is accepted"),
        ("draft send accept", "revise", "the quote is accepted"),
        ("draft send accept", "withdraw", "the quote is accepted"),
        ("draft send accept", "send", "the quote is accepted"),
        ("draft send withdraw", "withdraw", "the quote is withdrawn"),
        ("draft send withdraw", "send", "the quote is withdrawn"),
        ("draft send", "late", "the quote was valid until 2026-04-01"),
        ("draft", "draft", "already has one of these rows"),
    ],
)
def test_what_a_quote_refuses(ledger: Ledger, acts: str, last: str, why: str) -> None:
    one = QUOTE.id
    later = replace(ACT, today=date(2026, 4, 2))
    does: dict[str, Callable[[Connection], object]] = {
        "draft": lambda c: quotes.draft(c, QUOTE, FIRST, ACT),
        "send": lambda c: quotes.send(c, one, 1, ACT),
        "revise": lambda c: quotes.revise(c, one, 1, SECOND, ACT),
        "withdraw": lambda c: quotes.withdraw(c, one, 1, ACT, "wrong price"),
        "expire": lambda c: quotes.expire(c, later),
        "accept": lambda c: quotes.accept(c, one, quotes.Acceptance(1, "x", "y"), CUSTOMER),
        "accept1": lambda c: quotes.accept(c, one, quotes.Acceptance(1, "x", "y"), CUSTOMER),
        "accept2": lambda c: quotes.accept(c, one, quotes.Acceptance(2, "x", "y"), CUSTOMER),
        "late": lambda c: quotes.accept(c, one, quotes.Acceptance(1, "x", "y"), later),
    }  # fmt: skip
    with ledger.writing() as connection:
        for act in acts.split():
            does[act](connection)
    assert why in refused(ledger, does[last])


def test_a_quote_is_accepted_at_most_once(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        one = quotes.draft(connection, QUOTE, FIRST, ACT)
        quotes.send(connection, one, 1, ACT)
    given = quotes.Acceptance(1, "x", "y")
    found = many(ledger, lambda connection: quotes.accept(connection, one, given, CUSTOMER))
    assert found.count(None) == 1
    assert {str(error) for error in found if error is not None} == {"the quote is accepted"}
    with ledger.reading() as connection:
        assert [event.kind for event in events(connection, one)].count("quote.accepted") == 1


def test_accepting_and_revising_at_once_never_both_succeed(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        one = quotes.draft(connection, QUOTE, FIRST, ACT)
        quotes.send(connection, one, 1, ACT)
    turn = iter(range(8))

    def act(connection: Connection) -> object:
        if next(turn) % 2:
            return quotes.accept(connection, one, quotes.Acceptance(1, "x", "y"), CUSTOMER)
        return quotes.revise(connection, one, 1, SECOND, ACT)

    found = many(ledger, act)
    assert sum(not isinstance(one, LedgerError) for one in found) == 1
    with ledger.reading() as connection:
        shown = quotes.show(connection, one)
        assert (shown["state"], shown["revision"]) in {("accepted", 1), ("draft", 2)}
        assert quotes.broken_chain(connection, one) is None


@pytest.mark.parametrize("what", ["content", "total", "reason", "valid_until", "gone"])
def test_a_revision_that_was_changed_shows(ledger: Ledger, what: str) -> None:
    values = {"content": {"net": "1"}, "total": Decimal(1), "reason": "x", "valid_until": date(2030, 1, 1)}
    with ledger.writing() as connection:
        one = quotes.draft(connection, QUOTE, FIRST, ACT)
        quotes.revise(connection, one, 1, SECOND, ACT)
        first = (quote_revision.c.quote == one, quote_revision.c.number == 1)
        tampered = (
            delete(quote_revision).where(*first)
            if what == "gone"
            else update(quote_revision).where(*first).values({what: values[what]})
        )
        connection.execute(tampered)
        assert quotes.broken_chain(connection, one) == 1


def test_sent_quotes_expire_after_their_last_day(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        one = quotes.draft(connection, QUOTE, FIRST, ACT)
        quotes.send(connection, one, 1, ACT)
        endless = quotes.draft(connection, replace(QUOTE, record="C2"), replace(FIRST, valid_until=None), ACT)
        quotes.send(connection, endless, 1, ACT)
        assert quotes.expire(connection, replace(ACT, today=date(2026, 4, 1))) == 0
        assert quotes.expire(connection, replace(ACT, today=date(2026, 4, 2))) == 1
        assert quotes.show(connection, one)["state"] == "expired"
        assert quotes.revise(connection, one, 1, SECOND, ACT) == 2


def test_an_opportunity_goes_through_its_stages(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as connection:
        opportunities.add(connection, [LEAD, replace(LEAD, id="o2", amount=None, currency=None)])
        opportunities.move(connection, "o1", "vetted", ACT)
        opportunities.move(connection, "o1", "handed_over", ACT, assignee="suzuki")
        opportunities.move(connection, "o1", "meeting", ACT, meeting_on=date(2026, 3, 9))
        opportunities.move(connection, "o1", "won", ACT, note="200 Macs")
        opportunities.move(connection, "o2", "lost", ACT)
        shown = opportunities.show(connection, "o1")
        assert (shown["stage"], shown["assignee"], shown["closed_on"]) == ("won", "suzuki", ACT.today)
        assert opportunities.funnel(connection) == {
            "spotted": 0, "vetted": 0, "handed_over": 0, "meeting": 0, "won": 1, "lost": 1,
        }  # fmt: skip
        assert len(events(connection, "o1")) == 4
    assert any(",12.50,USD," in row.replace('"', "") for row in facts(ledger, "opportunity", tmp_path))


@pytest.mark.parametrize(
    ("stage", "meeting_on", "why"),
    [
        ("won", None, "opportunity o1 is spotted; `won` follows meeting"),
        ("meeting", date(2026, 3, 9), "opportunity o1 is spotted; `meeting` follows vetted, handed_over"),
        ("meeting", None, "the day of the meeting"),
        ("vetted", date(2026, 3, 9), "the day of the meeting"),
        ("spotted", None, "`spotted` is no stage"),
        ("sold", None, "`sold` is no stage"),
    ],
)
def test_a_stage_cannot_be_jumped(ledger: Ledger, stage: str, meeting_on: date | None, why: str) -> None:
    with ledger.writing() as connection:
        opportunities.add(connection, [LEAD])
    assert why in refused(
        ledger, lambda connection: opportunities.move(connection, "o1", stage, ACT, meeting_on=meeting_on)
    )


def test_a_reply_is_kept_once(ledger: Ledger, tmp_path: Path) -> None:
    row = replies.ReplyRow(
        "<1@acme.test>", None, "contract", "C1", None, "A1", "ceo@acme.test", False, NOW, date(2026, 3, 2)
    )
    assert sorted(map(str, many(ledger, lambda connection: replies.add(connection, row)))) == [
        *["False"] * 7,
        "True",
    ]
    assert len(facts(ledger, "reply", tmp_path)) == 1
