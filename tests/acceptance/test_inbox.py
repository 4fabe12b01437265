"""What comes back counts: delivery reports, complaints and replies, from a mailbox folder, once."""

from __future__ import annotations

import contextlib
import json
import mailbox
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from clikit import CONTACT, Company, founded, verdicts
from playcall.engine.service.schemas import read_schema
from postkit import REPLY, SYSTEMS, maildir, mbox, report

PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker, from: csm, cc: admin}]
remind:
  after: ask + 5d
  do: [{email: ask, to: decision_maker, from: csm}]
"""


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Carla was asked on 2 March, with a copy for the administrator."""
    made = founded(tmp_path_factory.mktemp("once") / "acme")
    made.playbook(PLAYS)
    made.table("contacts", [CONTACT, {**CONTACT, "email": "it@acme.test", "role": "admin"}])
    made.runs("2024-03-01", "2024-03-02")
    return made


@pytest.fixture
def asked(once: Company, tmp_path: Path) -> Company:
    """The same, for one test."""
    return Company(Path(shutil.copytree(once.root, tmp_path / "acme")))


def message_id(company: Company) -> str:
    return str(company.touches()[0]["message_id"])


def read(company: Company, *letters: bytes) -> Any:
    """The JSON of `inbox` over a Maildir with these letters; their outcomes."""
    folder = maildir(company.root / "in", {f"{n}.mail": letter for n, letter in enumerate(letters)})
    found = company.json("inbox", str(folder))
    validate(found, json.loads(read_schema("inbox")))
    return [item["result"] for item in found["items"]]


def suppressed(company: Company) -> list[tuple[str, str]]:
    found = company.json("suppress", "list")["suppressions"]
    return [(one["address"], one["reason"]) for one in found]


def state(company: Company, play: str = "ask") -> tuple[str, str]:
    return next((one["state"], one["reason"]) for one in company.touches() if one["play"] == play)


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_address_that_does_not_exist(asked: Company, system: str) -> None:
    assert read(asked, report(system, message_id(asked))) == ["suppressed"]
    assert suppressed(asked) == [("ceo@acme.test", "bounce")]
    now, reason = state(asked)
    assert now == "failed"
    assert reason.startswith("bounced: 5.1.1 550")
    told = asked.call("explain", "renewals.ask", "C1", "--as-of", "2024-03-02").out
    assert "bounced: 5.1.1 550" in told
    assert verdicts(asked.run("2024-03-07")) == {}, "nobody is reminded of what did not arrive"


@pytest.mark.parametrize(
    ("status", "action", "came_to", "becomes", "reasons"),
    [
        ("5.1.10", "failed", "suppressed", "failed", ["bounce"]),
        ("5.1.8", "failed", "failed", "failed", []),  # the sender's address
        ("5.7.1", "failed", "failed", "failed", []),  # taken for spam
        ("5.2.2", "failed", "failed", "failed", []),  # the mailbox is full
        ("4.4.7", "failed", "failed", "failed", []),  # given up after days
        ("4.4.1", "delayed", "unchanged", "sent", []),
        ("5.1.1", "delayed", "unchanged", "sent", []),
        ("2.0.0", "delivered", "unchanged", "sent", []),
        ("2.0.0", "relayed", "unchanged", "sent", []),
        ("2.0.0", "nonsense", "other", "sent", []),
    ],
)
def test_what_follows(
    asked: Company, status: str, action: str, came_to: str, becomes: str, reasons: list[str]
) -> None:
    assert read(asked, report("postfix", message_id(asked), status=status, action=action)) == [came_to]
    assert state(asked)[0] == becomes
    assert [reason for _, reason in suppressed(asked)] == reasons


@pytest.mark.parametrize("system", SYSTEMS)
def test_twice_counts_once(asked: Company, system: str) -> None:
    letter = report(system, message_id(asked))
    assert read(asked, letter, letter) == ["suppressed", "known"]
    assert asked.call("suppress", "lift", "ceo@acme.test").code == 0
    assert read(asked, letter) == ["known"]
    assert suppressed(asked) == [], "what a person has lifted stays lifted"
    assert asked.call("audit", "verify").code == 0


def test_of_a_copy(asked: Company) -> None:
    """Whom the copy did not reach is not written to; the message itself arrived."""
    assert read(asked, report("postfix", message_id(asked), address="IT@Acme.test")) == ["suppressed"]
    assert suppressed(asked) == [("it@acme.test", "bounce")]
    assert state(asked)[0] == "sent"


@pytest.mark.parametrize(
    ("system", "changes"),
    [
        ("postfix", {"address": "somebody@else.test"}),
        ("postfix", {"message_id": "<aaaaaaaaaaaaaaaaaaaa@acme.test>"}),
        ("postfix", {"message_id": ""}),
        ("complaint", {"action": "abuse", "address": "somebody@else.test"}),
        ("complaint", {"action": "abuse", "message_id": "<x@y>"}),
    ],
)
def test_what_is_forged_changes_nothing(asked: Company, system: str, changes: dict[str, str]) -> None:
    given = {"message_id": message_id(asked), **changes}
    assert read(asked, report(system, **given)) == ["foreign"]
    assert suppressed(asked) == []
    assert state(asked) == ("sent", "")


def test_another_host_in_the_message_id_is_another_message(asked: Company) -> None:
    forged = message_id(asked).replace("@acme.test", "@evil.test")
    assert read(asked, report("postfix", forged)) == ["foreign"]


@pytest.mark.parametrize(
    ("kind", "came_to"),
    [("abuse", "complained"), ("fraud", "complained"), ("not-spam", "other"), ("virus", "other")],
)
def test_a_complaint(asked: Company, kind: str, came_to: str) -> None:
    assert read(asked, report("complaint", message_id(asked), action=kind)) == [came_to]
    expected = [("ceo@acme.test", "complaint")] if came_to == "complained" else []
    assert suppressed(asked) == expected
    assert state(asked)[0] == "sent"


def test_a_complaint_whose_recipient_was_taken_out(asked: Company) -> None:
    """Of a message to two people nobody can say whose it is."""
    letter = re.sub(
        rb"Original-Rcpt-To:[^\n]*\n", b"", report("complaint", message_id(asked), action="abuse")
    )
    assert read(asked, letter) == ["foreign"]


def test_a_reply_stops_the_reminder(asked: Company) -> None:
    given = {"address": "ceo@acme.test", "message_id": message_id(asked)}
    letter = REPLY.format(number=1, **given).encode()
    away = f"Auto-Submitted: auto-replied\n{REPLY.format(number=2, **given)}".encode()
    assert read(asked, away) == ["replied"]
    assert len([one for one in asked.plan("2024-03-07") if one["verdict"] == "fired"]) == 1
    assert read(asked, letter, letter) == ["replied", "known"]
    assert verdicts(asked.run("2024-03-07")) == {"replied": 1}


def test_letters_are_put_aside(asked: Company) -> None:
    letters = {
        "1": report("gmail", message_id(asked)),
        "2": b"From: spam@x.test\nSubject: hello\n\nhello\n",
        "3": b"Content-Type: multipart/report; boundary=" + b"x;" * 5000 + b"\n\n",
    }
    folder = maildir(asked.root / "in", letters)
    found = asked.json("inbox", str(folder))
    assert found["results"] == {"other": 1, "suppressed": 1, "unreadable": 1}
    assert asked.json("inbox", str(folder)) == {"letters": 0, "results": {}, "items": []}
    aside = {
        place: len(list((folder / place / "cur").iterdir()))
        for place in (".playcall-done", ".playcall-other")
    }
    assert aside == {".playcall-done": 1, ".playcall-other": 2}


def letters_in(path: Path) -> int:
    with contextlib.closing(mailbox.mbox(path, create=False)) as box:
        return len(box)


def test_an_mbox(asked: Company) -> None:
    path = asked.root / "in.mbox"
    mbox(path, report("postfix", message_id(asked)), b"Subject: hello\n\nhello\n")
    found = asked.json("inbox", str(path))
    assert found["results"] == {"other": 1, "suppressed": 1}
    assert path.read_bytes() == b""
    assert letters_in(path.with_name("in.mbox.done")) == 1
    assert letters_in(path.with_name("in.mbox.other")) == 1
    left = sorted(one.name.removeprefix("in.mbox") for one in asked.root.glob("in.mbox*"))
    assert left == ["", ".done", ".other", ".playcall-lock"]
    assert asked.json("inbox", str(path))["letters"] == 0


def test_an_mbox_that_somebody_was_killed_over(asked: Company) -> None:
    """What lies aside is read first; what came meanwhile stays for the next time."""
    path = asked.root / "in.mbox"
    mbox(path.with_name("in.mbox.playcall"), report("postfix", message_id(asked)))
    mbox(path, report("postfix", message_id(asked)))
    assert asked.json("inbox", str(path))["results"] == {"suppressed": 1}
    assert asked.json("inbox", str(path))["results"] == {"known": 1}
    assert letters_in(path.with_name("in.mbox.done")) == 2


def test_a_report_that_calls_the_message_what_it_was_called(asked: Company) -> None:
    """As it was handed over to a server that knows RFC 3461; nothing of the message is returned."""
    whole, touch = report("postfix", ""), message_id(asked).strip("<").partition("@")[0]
    bare = whole[: whole.index(b"Content-Description: Undelivered")]
    named = bare.replace(b"Reporting-MTA", f"Original-Envelope-Id: {touch}\r\nReporting-MTA".encode())
    assert read(asked, bare, named) == ["foreign", "suppressed"]


def test_who_is_killed_before_a_letter_is_put_aside_reads_it_again(asked: Company) -> None:
    folder = maildir(asked.root / "in", {"1": report("gmail", message_id(asked))})
    (folder / ".playcall-done").write_text("in the way")
    answer = asked.call("inbox", str(folder))
    assert (answer.code, "cannot be read as a mailbox" in answer.err) == (3, True)
    assert state(asked)[0] == "failed", "what it says is in the ledger"
    (folder / ".playcall-done").unlink()
    assert asked.json("inbox", str(folder))["results"] == {"known": 1}
    assert asked.json("inbox", str(folder))["letters"] == 0


@pytest.mark.parametrize(
    ("argument", "says"),
    [("nowhere", "is not there"), ("data", "is no Maildir"), ("", "which mailbox")],
)
def test_what_is_no_mailbox(asked: Company, argument: str, says: str) -> None:
    arguments = [str(asked.root / argument)] if argument else []
    answer = asked.call("inbox", *arguments)
    assert (answer.code, says in answer.err) == (3, True)


def test_the_folder_of_the_project_and_the_address_that_names_the_touch(company: Company) -> None:
    """A report that returns nothing of the message still finds it by the address that it was sent to."""
    path = company.root / "playcall.yaml"
    email = 'channels: {email: {adapter: maildir, path: .playcall/mail, bounces: "back+*@acme.test"}}\n'
    company.write({"playcall.yaml": path.read_text("utf-8") + email + "inbox: {folder: in}\n"})
    company.playbook(PLAYS)
    company.runs("2024-03-01", "2024-03-02")
    sent_to = str(company.mails()[0]["Return-Path"]).strip("<>")
    assert re.fullmatch(r"back\+[a-z2-7]{20}@acme\.test", sent_to)
    whole = report("postfix", "", sent_to=sent_to)
    bare = whole[: whole.index(b"Content-Description: Undelivered")]
    maildir(company.root / "in", {"1": bare})
    assert company.json("inbox")["results"] == {"suppressed": 1}
