"""Nobody is written to at night, on a weekend or a holiday of their own: the message goes at the next good
hour, by the recipient's clock."""

from __future__ import annotations

import pytest

from clikit import ACCOUNT, CONTACT, Company, verdicts

ASK = "ask:\n  when: days_to_renewal == 140\n  grace: 7d\n  do: [{email: ask, to: decision_maker}]\n"
QUIET = 'quiet_hours: {from: "19:00", to: "08:00", weekends: true, holidays: true}\n'


@pytest.fixture
def quiet(company: Company) -> Company:
    """A company with quiet hours; the contract is asked on Saturday, 2 March 2024."""
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + QUIET})
    company.playbook(ASK)
    company.run("2024-03-01")
    return company


def place(company: Company, timezone: str, country: str = "") -> None:
    """The decision maker lives there."""
    text = (company.root / "catalog/all.yaml").read_text("utf-8")
    fields = "      timezone: {text: true, nullable: true}\n      country: {text: true, nullable: true}\n"
    changed = text.replace("      role: text\n", "      role: text\n" + fields)
    company.write({"catalog/all.yaml": changed})
    company.table("contacts", [{**CONTACT, "timezone": timezone, "country": country}])


def planned(company: Company, at: str) -> str:
    """When the message would go."""
    [occurrence] = company.json("plan", "--as-of", at)["occurrences"]
    send_at: str = occurrence["actions"][0]["send_at"]
    return send_at


def test_a_weekend_is_waited_for(quiet: Company) -> None:
    assert verdicts(quiet.run("2024-03-02")) == {"fired": 1}
    assert quiet.mails() == []
    [touch] = quiet.touches()
    assert (touch["state"], touch["send_at"]) == ("queued", "2024-03-03T23:00:00Z")  # Monday 08:00 in Tokyo
    quiet.run("2024-03-03")
    assert quiet.mails() == []
    quiet.run("2024-03-04")
    assert len(quiet.mails()) == 1


@pytest.mark.parametrize(
    ("at", "timezone", "country", "expected"),
    [
        ("2024-03-04T10:00", "", "", "2024-03-04T01:00:00Z"),  # now: it is day
        ("2024-03-04T19:00", "", "", "2024-03-04T23:00:00Z"),  # the evening begins
        ("2024-03-04T18:59", "", "", "2024-03-04T09:59:00Z"),
        ("2024-03-05T07:59", "", "", "2024-03-04T23:00:00Z"),
        ("2024-03-08T20:00", "", "", "2024-03-10T23:00:00Z"),  # Friday evening
        ("2024-03-04T10:00", "America/New_York", "US", "2024-03-04T13:00:00Z"),  # Sunday 20:00 there
        ("2024-03-04T10:00", "Mars/Olympus", "XX", "2024-03-04T01:00:00Z"),  # unknown: the project's
        ("2024-03-04T17:00", "Europe/Berlin", "DE", "2024-03-04T08:00:00Z"),
    ],
)
def test_the_recipients_clock_counts(
    quiet: Company, at: str, timezone: str, country: str, expected: str
) -> None:
    place(quiet, timezone, country)
    assert planned(quiet, at) == expected


def test_the_recipients_holidays_count(quiet: Company) -> None:
    """20 March 2024 was a holiday in Japan and none in Germany."""
    quiet.contracts({"renewal_date": "2024-08-07"})
    assert planned(quiet, "2024-03-20T17:00") == "2024-03-20T23:00:00Z"
    place(quiet, "Europe/Berlin", "DE")
    assert planned(quiet, "2024-03-20T17:00") == "2024-03-20T08:00:00Z"


def test_the_accounts_clock_counts_where_the_person_has_none(quiet: Company) -> None:
    text = (quiet.root / "catalog/all.yaml").read_text("utf-8")
    changed = text.replace("      segment:", "      timezone: text\n      segment:")
    quiet.write({"catalog/all.yaml": changed})
    quiet.table("accounts", [{**ACCOUNT, "timezone": "Europe/Berlin"}])
    assert planned(quiet, "2024-03-04T10:00") == "2024-03-04T07:00:00Z"


def test_a_clock_change_is_right(quiet: Company) -> None:
    """In Berlin the clocks went forward on 31 March 2024: Monday 08:00 is 06:00 UTC, no longer 07:00."""
    place(quiet, "Europe/Berlin")
    quiet.contracts({"renewal_date": "2024-08-16"})
    assert planned(quiet, "2024-03-29T20:00") == "2024-03-29T11:00:00Z"
    quiet.contracts({"renewal_date": "2024-08-17"})
    assert planned(quiet, "2024-03-30T20:00") == "2024-04-01T06:00:00Z"


def test_a_message_that_was_late_does_not_go_at_night(quiet: Company) -> None:
    quiet.contracts({"renewal_date": "2024-07-22"})
    assert verdicts(quiet.run("2024-03-04", "--no-deliver")) == {"fired": 1}
    quiet.run("2024-03-04T22:00")
    assert quiet.mails() == []
    [waiting] = quiet.json("status")["deferred"]
    assert (waiting["reason"], waiting["next_attempt"]) == ("quiet hours", "2024-03-04T23:00:00Z")
    quiet.run("2024-03-05")
    assert len(quiet.mails()) == 1


def test_tasks_open_at_any_hour(quiet: Company) -> None:
    quiet.playbook('ask:\n  when: days_to_renewal == 140\n  do: [{task: "Call", assign: csm}]\n')
    assert verdicts(quiet.run("2024-03-02")) == {"fired": 1}
    assert len(quiet.tasks()) == 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{from: "19:00"}', "needs `to`"),
        ('{from: "7pm", to: "08:00"}', "`from` is a time of day"),
        ("{from: 19:00, to: 08:00}", "quote it"),
        ('{from: "08:00", to: "08:00"}', "same time"),
        ('{from: "19:00", to: "08:00", week_ends: true}', "did you mean `weekends`"),
    ],
)
def test_quiet_hours_that_are_none_are_told(company: Company, written: str, said: str) -> None:
    path = company.root / "playcall.yaml"
    company.write({"playcall.yaml": path.read_text("utf-8") + f"quiet_hours: {written}\n"})
    company.playbook(ASK)
    answer = company.call("lint")
    assert (answer.code, said in answer.out) == (1, True), answer.out
