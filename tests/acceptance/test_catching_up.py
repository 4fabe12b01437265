"""Missed days, late data, clocks and calendars: what is due ends with one verdict, once, within caps."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from clikit import ACCOUNT, CONTACT, PROJECT, Company, verdicts

FIRST = date(2024, 3, 1)
GRACE = 7
ASK = f"""
ask:
  when: days_to_renewal == 140
  grace: {GRACE}d
  do: [{{email: ask, to: decision_maker, from: csm}}]
"""


def day(offset: int) -> str:
    return str(FIRST + timedelta(days=offset))


def due_on(offset: int) -> str:
    """The renewal date of a contract whose moment is so many days after the first run."""
    return str(FIRST + timedelta(days=offset + 140))


def widest(moments: list[datetime], window: timedelta, count: int) -> bool:
    """Whether no window holds more than ``count`` moments."""
    ordered = sorted(moments)
    return all(late - early >= window for early, late in zip(ordered, ordered[count:], strict=False))


@pytest.mark.parametrize("down", [1, 3, 30])
def test_after_days_without_a_run_nothing_is_lost_doubled_or_over_a_cap(company: Company, down: int) -> None:
    """Two contracts are due on each second day. All of them have the same decision maker, who gets two
    messages a week; what is late by more than the grace is declared."""
    company.write({"playcall.yaml": PROJECT + "limits: {per_contact: 2 per 7d}\n"})
    company.playbook(ASK)
    offsets = [offset for offset in range(1, 32, 2) for _ in range(2)]
    company.contracts(
        *({"contract_id": f"C{n:02}", "renewal_date": due_on(offset)} for n, offset in enumerate(offsets))
    )
    days = [0, down + 1, down + 2, down + 8]
    reports = company.runs(*(day(offset) for offset in days))
    assert [report["held"] for report in reports] == [[], [], [], []], "days that are caught up fill no limit"
    decided = Counter(company.json("status")["verdicts"])
    assert sum(decided.values()) == sum(offset <= days[-1] for offset in offsets)
    sent = company.touches("--state", "sent")
    assert len({one["record"] for one in sent}) == len(sent) == decided["fired"]
    assert widest([datetime.fromisoformat(one["sent_at"]) for one in sent], timedelta(days=7), 2)
    late = sum(offset + GRACE < days[1] for offset in offsets)
    assert verdicts(reports[1]).get("expired", 0) == late
    assert late == (0 if down < GRACE else 24)


def test_schedules_states_and_follow_ups_after_ten_days(company: Company) -> None:
    """A daily task once, with the days before it superseded; a state that holds for a week counts from the
    day that saw it; a follow-up within its grace."""
    company.playbook(
        """
ask:
  when: days_to_renewal == 139
  grace: 3d
  do: [{email: ask, to: decision_maker}]
remind:
  after: ask + 4d
  grace: 7d
  do: [{email: ask, to: decision_maker}]
daily:
  every: "0 7 * * *"
  grace: 1d
  do: [{task: "Look", assign: csm}]
low:
  when: devices < 50
  for: 7d
  do: [{task: "Call", assign: csm}]
"""
    )
    company.contracts({"devices": 10})
    company.runs("2024-03-02", "2024-03-03")
    before = {(one["play"], one["record"]) for one in company.touches()}
    assert before == {("daily", "C1"), ("ask", "C1")}
    report = company.run("2024-03-13")
    assert verdicts(report) == {"fired": 3, "expired": 9}
    acted = Counter(one["play"] for one in company.touches())
    assert acted == {"ask": 1, "remind": 1, "daily": 3, "low": 1}
    assert verdicts(company.run("2024-03-13")) == {}


@pytest.mark.parametrize(("late", "verdict"), [(0, "fired"), (GRACE, "fired"), (GRACE + 1, "expired")])
def test_a_record_that_comes_late(company: Company, late: int, verdict: str) -> None:
    others = [{"contract_id": f"X{n}", "renewal_date": "2030-01-01"} for n in range(20)]
    company.playbook(ASK)
    company.contracts(*others)
    company.run(day(0))
    company.contracts({"renewal_date": due_on(1)}, *others)
    assert verdicts(company.run(day(1 + late))) == {verdict: 1}
    assert verdicts(company.run(day(2 + late))) == {}


@pytest.mark.parametrize(("late", "verdict"), [(GRACE + 2, "fired"), (150, "expired")])
def test_data_that_stays_old_holds_and_does_not_use_up_the_grace(
    company: Company, late: int, verdict: str
) -> None:
    """But nothing acts after the countdown's own date."""
    source = "path: data/crm, fresh: {within: 36h, by: updated}}"
    company.write({"playcall.yaml": PROJECT.replace("path: data/crm}", source)})

    def as_of(offset: int) -> None:
        stamp = f"{day(offset)}T00:00:00Z"
        company.contracts({"renewal_date": due_on(1), "updated": stamp})
        company.table("accounts", [{**ACCOUNT, "updated": stamp}])
        company.table("contacts", [{**CONTACT, "updated": stamp}])

    company.playbook(ASK)
    as_of(0)
    assert verdicts(company.run(day(0))) == {}
    held = company.run(day(3))
    assert (verdicts(held), held["held"][0]["reason"]) == ({"held": 1}, "source")
    as_of(late)
    assert verdicts(company.run(day(late))) == {verdict: 1}


@pytest.mark.parametrize("how", ["gone", "garbage", "empty"])
def test_a_source_that_is_down_in_the_middle(company: Company, how: str) -> None:
    """What depends on it waits and loses nothing; what does not goes on."""
    support = "sources:\n  support: {adapter: files, path: data/support}\n"
    ticket = "{key: id, from: support.tickets, belongs_to: {account: account_id}, many: tickets, "
    fields = "{id: text, account_id: text}"
    company.write(
        {
            "playcall.yaml": PROJECT.replace("sources:\n", support),
            "catalog/tickets.yaml": f"entities:\n  ticket: {ticket}fields: {fields}}}\n",
        }
    )
    tickets = company.root / "data/support/tickets.csv"
    whole = "id,account_id\n" + "".join(f"T{n},A1\n" for n in range(10))
    company.write({"data/support/tickets.csv": whole})
    busy = ASK.replace("ask:", "busy:").replace("  grace", "  if: count(account.tickets) > 5\n  grace")
    company.playbook(ASK + busy)
    company.contracts({"renewal_date": due_on(1)})
    company.run(day(0))
    if how == "gone":
        tickets.unlink()
    else:
        tickets.write_bytes(b"id,account_id\n" if how == "empty" else b"\x00\xff\xfe" * 1000)
    down = company.runs(day(1), day(2), day(GRACE + 2))
    assert [verdicts(report) for report in down[:2]] == [{"fired": 1, "held": 1}, {"held": 1}]
    assert {one["reason"] for report in down for one in report["held"]} == {"source"}
    company.write({"data/support/tickets.csv": whole})
    assert verdicts(company.run(day(GRACE + 3))) == {"fired": 1}
    assert sorted(one["play"] for one in company.touches("--state", "sent")) == ["ask", "busy"]


NEXT_YEAR = "2025-02-27 2025-02-28 2025-03-01"
CALENDAR = [
    # what the facts say, when, the days that are run, the days on which it fires
    ({"renewal_date": "2024-07-18"}, "days_to_renewal == 140", "02-28 02-29 03-01", "02-29"),
    ({"renewal_date": "2024-07-18"}, "days_to_renewal == 140", "02-28 03-01", "03-01"),
    ({"renewal_date": "2024-02-29"}, "days_to_renewal == 0", "02-28 02-29 03-01", "02-29"),
    ({"renewal_date": "2024-03-31"}, "days_until(renewal_date - 1mo) == 0", "02-28 02-29 03-01", "02-29"),
    (
        {"renewal_date": "2024-02-29"},
        "days_until(renewal_date + 1mo) == 0",
        "03-28 03-29 03-30 03-31",
        "03-29",
    ),
    (
        {"term_start": "2024-02-29"},
        "days_until(term_start + 1y) == 0",
        "2025-02-27 2025-02-28 2025-03-01",
        "2025-02-28",
    ),
    ({"term_start": "2020-02-29"}, "days_until(term_start + 4y) == 0", "02-28 02-29 03-01", "02-29"),
    ({"term_start": "2024-01-31"}, "days_until(term_start + 1mo) == 0", "02-28 02-29 03-01 03-02", "02-29"),
    ({"term_start": "2024-05-31"}, "days_until(term_start + 1mo) == 0", "06-29 06-30 07-01", "06-30"),
    ({"renewal_date": "2024-04-01"}, "business_days_until(renewal_date) == 1", "03-28 03-29 04-01", "03-29"),
]


def dates(text: str) -> list[str]:
    return [one if len(one) == 10 else f"2024-{one}" for one in text.split()]


@pytest.mark.parametrize(("facts", "when", "days", "fires"), CALENDAR)
def test_leap_days_and_the_ends_of_months(
    company: Company, facts: dict[str, str], when: str, days: str, fires: str
) -> None:
    company.playbook(f'mark:\n  when: {when}\n  do: [{{task: "Mark", assign: csm}}]\n')
    company.contracts(facts)
    fired = [one for one in dates(days) if verdicts(company.run(one)) == {"fired": 1}]
    assert fired == dates(fires)


@pytest.mark.parametrize(
    ("cron", "days", "fires"),
    [
        ("0 7 29 2 *", "02-28 02-29 03-01 2025-02-28 2025-03-01", "02-29"),
        ("0 7 31 * *", "03-30 03-31 04-30 05-01 05-31", "03-31 05-31"),
        ("0 7 31 * *", "03-30 04-02 05-30", "04-02"),  # a day missed is made up for within the grace
    ],
)
def test_schedules_at_the_ends_of_months(company: Company, cron: str, days: str, fires: str) -> None:
    company.playbook(f'mark:\n  every: "{cron}"\n  do: [{{task: "Mark", assign: csm}}]\n')
    fired = [one for one in dates(days) if verdicts(company.run(one)).get("fired")]
    assert fired == dates(fires)


@pytest.mark.parametrize(
    ("days", "at"),
    [
        ("03-30 03-31 04-01", "T02:30"),  # on the 31st there is no 02:30
        ("10-26 10-27 10-28", "T02:30"),  # on the 27th there are two
        ("10-26 10-27 10-27 10-28", "T03:00"),
    ],
)
def test_a_schedule_where_clocks_change_acts_once_a_day(company: Company, days: str, at: str) -> None:
    """A slot is a local date and time, whatever the clock of the machine does."""
    company.write({"playcall.yaml": PROJECT.replace("Asia/Tokyo", "Europe/Berlin")})
    company.playbook('mark:\n  every: "30 2 * * *"\n  grace: 0d\n  do: [{task: "Mark", assign: csm}]\n')
    listed = dates(days)
    reports = company.runs(*(one + at for one in listed))
    expected = [{} if one in listed[:number] else {"fired": 1} for number, one in enumerate(listed)]
    assert [verdicts(report) for report in reports] == expected


def test_a_machine_whose_clock_was_wrong_for_a_day(company: Company) -> None:
    """A day ahead, then right again: what that run decided stands, nothing is decided before it, and from
    then on nothing is missing or comes twice."""
    company.playbook(ASK)
    company.contracts(*({"contract_id": f"C{n}", "renewal_date": due_on(n)} for n in range(1, 5)))
    company.run(day(0))
    assert verdicts(company.run(day(2))) == {"fired": 2}, "the clock said one day too many"
    refused = company.call("run", "--as-of", day(1))
    assert (refused.code, "the last run stands at" in refused.err) == (3, True)
    assert [verdicts(one) for one in company.runs(day(2), day(3), day(4))] == [{}, {"fired": 1}, {"fired": 1}]
    assert sorted(one["record"] for one in company.touches()) == ["C1", "C2", "C3", "C4"]
