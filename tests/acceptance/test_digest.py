"""The daily digest: one mail a working day to everybody for whom something waits."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import pytest

from clikit import PROJECT, Company
from officekit import Office

PLAYS = """
call:
  when: quantity > 50
  do: [{task: "Call {{ account.name }}", assign: csm, due: 2bd}]
"""
DIGEST = 'digest: {at: "08:00"}\nlinks: {url: "http://localhost:8080"}\n'


@pytest.fixture
def digesting(company: Company) -> Company:
    company.write({"playcall.yaml": PROJECT + DIGEST})
    company.playbook(PLAYS)
    return company


def states(report: Any) -> dict[str, str]:
    return {one["user"]: one["state"] for one in report["digests"]}


def text_of(mail: Message) -> str:
    """The plain part."""
    [part] = [one for one in mail.walk() if one.get_content_type() == "text/plain"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def test_a_digest_goes_once_a_day_to_who_has_something(digesting: Company, time_machine: Any) -> None:
    time_machine.move_to("2024-03-07T00:30:00Z", tick=False)  # Thursday, 09:30 in Tokyo
    digesting.run("2024-03-02", "--no-deliver")
    assert states(digesting.json("digest", "--dry-run")) == {"kato": "queued", "mori": "nothing"}
    assert digesting.mails() == []
    assert states(digesting.json("digest")) == {"kato": "queued", "mori": "nothing"}
    [mail] = digesting.mails()
    assert mail["To"] == "Kato Yui <kato@acme.test>"
    assert str(mail["Subject"]) == "Your tasks on 3/7/24: 1 overdue, 0 due, 0 new"
    task = digesting.tasks()[0]["id"]
    assert f"Call Acme: http://localhost:8080/staff/tasks/{task}" in text_of(mail)
    assert states(digesting.json("digest")) == {"kato": "told", "mori": "nothing"}
    assert len(digesting.mails()) == 1
    assert digesting.json("status")["verdicts"] == {"fired": 1}  # a digest is no play's doing
    time_machine.move_to("2024-03-09T00:30:00Z", tick=False)
    assert states(digesting.json("digest")) == {"kato": "day_off", "mori": "day_off"}
    time_machine.move_to("2024-03-11T00:30:00Z", tick=False)
    assert states(digesting.json("digest", "--user", "kato")) == {"kato": "queued"}
    assert len(digesting.mails()) == 2


def test_it_says_what_is_new_due_and_closed_since_the_last_one(digesting: Company, time_machine: Any) -> None:
    time_machine.move_to("2024-03-04T00:30:00Z", tick=False)  # Monday
    digesting.many(3)
    digesting.run("2024-03-04", "--no-deliver")
    counted = ("overdue", "due", "new", "cleared")

    def counts() -> list[int]:
        [one, _] = digesting.json("digest")["digests"]
        return [one[name] for name in counted]

    assert counts() == [0, 0, 3, 0]
    time_machine.move_to("2024-03-06T00:30:00Z", tick=False)  # two business days on
    digesting.contracts(
        *(
            {"contract_id": f"C00{n}", "account_id": f"A00{n}", "quantity": 10 if n == 2 else 100}
            for n in (1, 2, 3)
        )
    )
    digesting.run("2024-03-06", "--no-deliver")
    assert counts() == [0, 2, 0, 1]
    last = next(mail for mail in digesting.mails() if "2 due" in str(mail["Subject"]))
    assert "Closed by itself (1)" in text_of(last)


def test_who_wants_none_gets_none_and_a_japanese_reads_japanese(company: Company, time_machine: Any) -> None:
    time_machine.move_to("2024-03-04T00:30:00Z", tick=False)
    users = PROJECT.replace("role: csm}", "role: csm, locale: ja}").replace(
        "role: manager}", "digest: false}"
    )
    company.write({"playcall.yaml": users + 'digest: {at: "08:00"}\n'})
    company.playbook(PLAYS)
    company.run("2024-03-04", "--no-deliver")
    assert states(company.json("digest")) == {"kato": "queued", "mori": "unwanted"}
    [mail] = company.mails()
    assert str(make_header(decode_header(str(mail["Subject"])))).startswith("3月4日のタスク：期限超過 0 件")
    assert "- Call Acme（期限 2024年3月6日、C1）\n" in text_of(mail)


def test_without_the_key_there_are_none(company: Company) -> None:
    answer = company.call("digest")
    assert answer.code == 3
    assert "playcall.yaml has no `digest`" in answer.err


def test_somebody_who_is_nobody(digesting: Company) -> None:
    assert "did you mean kato?" in digesting.call("digest", "--user", "katoo").err


def test_the_scheduler_sends_it_at_its_time(digesting: Company) -> None:
    """By the person's own clock, on working days: 2 March is a Saturday, on the 5th the task is due."""
    office = Office(digesting)
    office.keep("2024-03-02T07:00", "2024-03-05T09:00")
    lines = office.lines
    queued = [line["at"] for line in lines if line["event"] == "digests"]
    assert [time[:16] for time in queued] == ["2024-03-03T23:00", "2024-03-04T23:00"]
    assert len(digesting.mails()) == 2
