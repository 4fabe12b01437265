"""Nobody is over-contacted: caps a contact, an account and an assignee in rolling windows; who goes first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clikit import CONTACT, Company, verdicts

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker}]
"""
BOTH = """
first:
  when: days_to_renewal == 140
  grace: 3d
  priority: 10
  do: [{email: ask, to: decision_maker}]
second:
  when: days_to_renewal == 140
  grace: 3d
  priority: 90
  do: [{email: ask, to: decision_maker}]
"""


def configure(company: Company, text: str) -> None:
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + text})


def shared(company: Company, count: int, **changes: object) -> None:
    """``count`` contracts of one account and so one decision maker."""
    company.contracts(*({"contract_id": f"C{n}", **changes} for n in range(1, count + 1)))


def sent(company: Company) -> list[tuple[str, str]]:
    """(day in UTC, record) of what was sent."""
    return sorted((one["sent_at"][:10], one["record"]) for one in company.touches("--state", "sent"))


def test_the_third_message_of_a_week_waits_for_room(company: Company) -> None:
    configure(company, "limits: {per_contact: 2 per 7d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 3)
    assert verdicts(company.run("2024-03-02")) == {"fired": 2, "capped": 1}
    [waiting] = company.json("status")["deferred"]
    assert (waiting["what"], waiting["reason"], waiting["count"]) == ("occurrences", "contact", 1)
    assert verdicts(company.run("2024-03-08")) == {"capped": 1}
    assert verdicts(company.run("2024-03-09")) == {"fired": 1}
    assert sent(company) == [("2024-03-01", "C1"), ("2024-03-01", "C2"), ("2024-03-08", "C3")]
    assert company.json("status")["deferred"] == []


def test_a_capped_occurrence_expires_with_the_longer_of_grace_and_window(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 30d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 2)
    company.runs("2024-03-02", "2024-03-20")
    assert verdicts(company.run("2024-04-01")) == {"fired": 1}  # the window's last day
    late = [one for one in company.json("touches")["touches"] if one["record"] == "C2"]
    assert late[0]["sent_at"].startswith("2024-03-31")


def test_what_never_finds_room_is_expired(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 5d}\n")
    company.playbook(BOTH)
    company.run("2024-03-01")
    shared(company, 3)
    company.runs(*(f"2024-03-{day:02}" for day in range(2, 20)))
    found = company.json("status")["verdicts"]
    assert found == {"expired": 4, "fired": 2}
    assert [day for day, _ in sent(company)] == ["2024-03-01", "2024-03-06"]


def test_the_play_with_the_higher_priority_goes_first(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(BOTH)
    company.run("2024-03-01")
    company.run("2024-03-02")
    assert [(one["play"], one["state"]) for one in company.touches()] == [("second", "sent")]


def test_a_transactional_message_counts_and_is_never_put_off(company: Company) -> None:
    configure(
        company,
        "limits: {per_contact: 1 per 7d}\n"
        "topics: {contract: {class: transactional}, tips: {class: operational}}\n",
    )
    company.playbook(
        "notice:\n  when: days_to_renewal == 140\n  topic: contract\n"
        "  do: [{email: ask, to: decision_maker}]\n"
        "tip:\n  when: days_to_renewal == 139\n  topic: tips\n  do: [{email: ask, to: decision_maker}]\n"
    )
    company.run("2024-03-01")
    shared(company, 3)
    assert verdicts(company.run("2024-03-02")) == {"fired": 3}
    assert verdicts(company.run("2024-03-03")) == {"capped": 3}


def test_an_address_counts_as_one_across_accounts_and_spellings(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    company.many(2)
    company.table(
        "contacts",
        [
            {**CONTACT, "email": "Partner@Acme.test", "account_id": "A001"},
            {**CONTACT, "email": "partner@acme.TEST", "account_id": "A002"},
        ],
    )
    assert verdicts(company.run("2024-03-02")) == {"fired": 1, "capped": 1}


def test_an_account_has_a_cap_of_its_own(company: Company) -> None:
    configure(company, "limits: {per_account: 2 per 7d}\n")
    company.playbook("ask:\n  when: days_to_renewal == 140\n  do: [{email: ask, to: admin}]\n")
    company.run("2024-03-01")
    company.table(
        "contacts",
        [{**CONTACT, "email": "a@acme.test", "role": "admin"}],
    )
    shared(company, 3)
    report = company.run("2024-03-02")
    assert verdicts(report) == {"fired": 2, "capped": 1}
    assert company.json("status")["deferred"][0]["reason"] == "account"


def test_limits_of_a_play_count_that_play_alone(company: Company) -> None:
    plays = BOTH.replace("  priority: 10\n", "  limits: {per_contact: 1 per 7d}\n")
    company.playbook(plays)
    company.run("2024-03-01")
    shared(company, 2)
    assert verdicts(company.run("2024-03-02")) == {"fired": 3, "capped": 1}


def test_a_task_goes_at_once_and_the_capped_mail_beside_it_later(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(
        "ask:\n  when: days_to_renewal == 140\n  grace: 7d\n"
        '  do:\n    - {email: ask, to: decision_maker}\n    - {task: "Call", assign: csm}\n'
    )
    company.run("2024-03-01")
    shared(company, 2)
    assert verdicts(company.run("2024-03-02")) == {"fired": 2}
    assert len(company.tasks()) == 2
    [waiting] = company.json("status")["deferred"]
    assert (waiting["what"], waiting["reason"]) == ("messages", "capped: contact")
    assert waiting["next_attempt"] == "2024-03-08T23:00:00Z"
    company.run("2024-03-08")
    assert len(company.mails()) == 1
    company.run("2024-03-09")
    assert len(company.mails()) == 2


def test_a_group_that_goes_together_counts_once(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(
        "ask:\n  when: days_to_renewal == 140\n  together: account\n"
        "  do: [{email: ask, to: decision_maker}]\n"
    )
    company.run("2024-03-01")
    shared(company, 3)
    assert verdicts(company.run("2024-03-02")) == {"fired": 3}
    assert len(company.mails()) == 1


def test_an_assignee_gets_the_most_urgent_tasks_first(company: Company) -> None:
    configure(company, "limits: {per_assignee: 2 per 1d}\n")
    company.playbook('low:\n  when: devices < 50\n  do: [{task: "Call", assign: csm, rank: quantity}]\n')
    company.run("2024-03-01")
    company.contracts(*({"contract_id": f"C{n}", "devices": 1, "quantity": n} for n in range(1, 6)))
    assert verdicts(company.run("2024-03-02")) == {"fired": 2, "capped": 3}
    assert sorted(one["record"] for one in company.tasks()) == ["C4", "C5"]
    assert verdicts(company.run("2024-03-03")) == {"fired": 2, "capped": 1}
    assert verdicts(company.run("2024-03-04")) == {"fired": 1}


def test_a_total_that_defers_sends_the_best_ranked_now(company: Company) -> None:
    plays = BOTH + ASK
    company.playbook(plays, "limits: {total: 3 per 1d then defer}\n")
    company.run("2024-03-01")
    company.many(2)
    assert verdicts(company.run("2024-03-02")) == {"fired": 3, "capped": 3}
    played = sorted(one["play"] for one in company.touches())
    assert played == ["ask", "second", "second"]
    assert verdicts(company.run("2024-03-02")) == {"capped": 3}  # the day's total is used up
    assert verdicts(company.run("2024-03-03")) == {"fired": 3}


def test_a_total_holds_unless_it_defers(company: Company) -> None:
    company.playbook(BOTH, "limits: {total: 3 per 1d}\n")
    company.run("2024-03-01")
    company.many(2)
    assert verdicts(company.run("2024-03-02")) == {"held": 4}
    assert verdicts(company.json("approve", "renewals", "--as-of", "2024-03-03")) == {"fired": 4}


def test_no_cap_is_exceeded_in_any_window(company: Company) -> None:
    """Recomputed from what was sent, over four weeks of several plays that compete."""
    configure(company, "limits: {per_contact: 2 per 3d, per_account: 3 per 7d}\n")
    plays = "".join(
        f"p{lead}:\n  when: days_to_renewal == {lead}\n  grace: 5d\n  priority: {lead % 7 * 10}\n"
        f"  do: [{{email: ask, to: [decision_maker, admin]}}]\n"
        for lead in (140, 139, 138, 136, 133, 130)
    )
    company.playbook(plays)
    shared(company, 2)
    company.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    company.runs(*(f"2024-03-{day:02}" for day in range(1, 29)))
    times: dict[str, list[datetime]] = {}
    for one in company.touches("--state", "sent"):
        at = datetime.fromisoformat(one["sent_at"])
        times.setdefault(one["to"], []).append(at)
        times.setdefault("A1", []).append(at)
    assert len(times["A1"]) >= 9
    for who, (count, window) in {
        "ceo@acme.test": (2, timedelta(days=3)),
        "it@acme.test": (2, timedelta(days=3)),
        "A1": (3, timedelta(days=7)),
    }.items():
        mine = sorted(times.get(who, []))
        assert all(later - first >= window for first, later in zip(mine, mine[count:], strict=False)), who


def test_a_run_that_begins_some_seconds_earlier_waits_for_them(company: Company) -> None:
    """A week after 08:00:30 is 08:00:30: not 08:00:00, and not the day after."""
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 2)
    company.run("2024-03-02T08:00:30")
    assert verdicts(company.run("2024-03-09T08:00:00")) == {"fired": 1}
    assert len(company.mails()) == 1
    company.run("2024-03-09T08:01:00")
    [first, second] = [datetime.fromisoformat(one["sent_at"]) for one in company.touches("--state", "sent")]
    assert second - first == timedelta(days=7, seconds=30)


def test_running_twice_changes_nothing(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 3)
    company.run("2024-03-02")
    before = company.touches(), company.json("status")["verdicts"]
    assert verdicts(company.run("2024-03-02")) == {"capped": 2}
    assert (company.touches(), company.json("status")["verdicts"]) == before


def test_the_plan_says_what_the_run_does(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 7d}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 2)
    planned = sorted((one["record"], one["verdict"], one["reason"]) for one in company.plan("2024-03-02"))
    assert planned == [("C1", "fired", ""), ("C2", "capped", "contact")]
    assert "per_contact: 1 per 7d" in company.explain("renewals.ask", "C2", "2024-03-02")[1]


def test_nothing_capped_acts_after_the_countdowns_own_date(company: Company) -> None:
    configure(company, "limits: {per_contact: 1 per 30d}\n")
    company.playbook("ask:\n  when: days_to_renewal == 2\n  do: [{email: ask, to: decision_maker}]\n")
    company.run("2024-07-17")
    shared(company, 2)
    company.run("2024-07-18")
    assert verdicts(company.run("2024-07-21")) == {"expired": 1}


def test_one_address_never_gets_more_than_the_last_bound(company: Company) -> None:
    configure(company, "limits: {per_address: 3}\n")
    company.playbook(ASK)
    company.run("2024-03-01")
    shared(company, 5)
    assert verdicts(company.run("2024-03-02")) == {"fired": 5}
    assert len(company.mails()) == 3
    [waiting] = company.json("status")["deferred"]
    assert (waiting["count"], waiting["reason"].startswith("bound: ")) == (2, True)
    company.run("2024-03-03")
    assert len(company.mails()) == 5


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("per_contact: 2", "needs `per`"),
        ("per_contact: 2 per 7d then hold", "then hold"),
        ("per_contact: 2 per 3mo", "`mo`"),
        ("per_contact: 0 per 7d", "is a limit"),
        ("per_contact: two per 7d", "is a limit"),
        ("total: 5 per 1h", "`h`"),
        ("total: 5 then wait", "then wait"),
        ("per_contract: 2 per 7d", "did you mean `per_contact`"),
    ],
)
def test_a_limit_that_is_none_is_told(company: Company, written: str, said: str) -> None:
    company.playbook(ASK)
    configure(company, f"limits: {{{written}}}\n")
    answer = company.call("lint")
    assert (answer.code, said in answer.out) == (1, True), answer.out
