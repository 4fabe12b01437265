"""`via: feed`: what the product shows in itself, until it is put away or the play stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clikit import Company
from playcall.engine.ledger import feed
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.errors import LedgerError
from playcall.engine.ledger.tasks import Act

PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker, via: feed}]
remind:
  after: ask + 10d
  do: [{email: ask, to: decision_maker}]
"""
ACT = Act("carla", datetime(2024, 3, 3, tzinfo=UTC), date(2024, 3, 3))


@pytest.fixture
def ledger(company: Company) -> Iterator[Ledger]:
    company.playbook(PLAYS, head='stop: status == "cancelled"\n')
    company.runs("2024-03-01", "2024-03-02")
    opened = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    yield opened
    opened.close()


def shown(ledger: Ledger, **about: str) -> list[dict[str, Any]]:
    with ledger.reading() as connection:
        return feed.shown(connection, **about)


def test_the_product_reads_what_it_is_to_show(company: Company, ledger: Ledger) -> None:
    [item] = shown(ledger, contact="CEO@acme.test")
    assert (item["record"], item["account"], item["subject"]) == ("C1", "A1", "mdm ends on July 20, 2024")
    assert item["text"].startswith("Dear Carla Chief,")
    assert "<script" not in item["html"]
    assert shown(ledger, contact="it@acme.test") == shown(ledger, record_key="C2") == []
    assert company.mails() == []
    assert [touch["state"] for touch in company.touches()] == ["sent"]


def test_follow_ups_count_from_when_it_was_shown(company: Company, ledger: Ledger) -> None:
    company.run("2024-03-12")
    assert len(company.mails()) == 1


def test_what_is_put_away_is_shown_no_more(ledger: Ledger) -> None:
    [item] = shown(ledger)
    with ledger.writing() as connection:
        feed.put_away(connection, item["id"], ACT)
    assert shown(ledger) == []
    with pytest.raises(LedgerError, match="nothing shown"), ledger.writing() as connection:
        feed.put_away(connection, item["id"], ACT)


def test_stop_withdraws_it(company: Company, ledger: Ledger) -> None:
    company.contracts({"status": "cancelled"})
    company.run("2024-03-03")
    assert shown(ledger) == []
    assert company.call("audit", "verify").code == 0


def test_the_end_of_the_cycle_withdraws_it(company: Company, ledger: Ledger) -> None:
    company.contracts({"term_start": "2024-07-20", "renewal_date": "2025-07-20"})
    company.run("2024-07-21")
    assert shown(ledger) == []


def test_a_channel_of_another_system_takes_no_messages(company: Company) -> None:
    project = (company.root / "playcall.yaml").read_text("utf-8")
    company.write({"playcall.yaml": project + "channels: {erp: {adapter: folder, path: out}}\n"})
    company.playbook(PLAYS.replace("via: feed", "via: erp"))
    [found] = [
        one for one in company.call("lint", "--format", "json").json()["diagnostics"] if one["code"] == "E405"
    ]
    assert "reads no messages to people" in found["message"]
