"""`stop` is read again in the transaction that begins a send: what happens while a delivery is under way
counts for what has not gone yet."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from clikit import PROJECT, Company
from playcall.engine.deliver.deliver import GROUP
from playcall.engine.ledger import tasks
from playcall.engine.service.acting import acting
from playcall.engine.service.workspace import Workspace
from smtpkit import ScriptedSmtp

DAY = "2024-03-02"
ASK = """
ask:
  when: days_to_renewal == 140
  do:
    - {email: ask, to: decision_maker, from: csm}
    - {task: "Call {{ account.name }}", assign: csm}
"""


class MeddlingSmtp(ScriptedSmtp):
    """A mail server that does something as the first message comes in."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act: Callable[[], object] | None = act
        super().__init__({})

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        if verb == "DATA" and self._act is not None:
            act, self._act = self._act, None
            act()
        return super()._answer(connection, verb)


def all_done(company: Company) -> None:
    """A person closes every task."""
    with acting(Workspace.open(company.root, None, {}), "kato") as (connection, act):
        open_ = [one["id"] for one in tasks.tasks(connection, act.today)]
        tasks.all_done(connection, open_, act)


DONE = 'stop: any(tasks where state == "done")\n'
RUN, DELIVER = ["run", "--as-of", DAY], ["deliver"]


@pytest.mark.parametrize(
    ("command", "head", "act", "stopped"),
    [
        (RUN, DONE, all_done, "stop"),
        (DELIVER, 'where: none(tasks where state == "done")\n', all_done, "left"),
        (DELIVER, DONE, lambda company: None, ""),
        (RUN, 'stop: any(account.touches where state == "sent")\n', lambda company: None, "stop"),
    ],
    ids=["done", "left", "nothing happens", "by the delivery itself"],
)
def test_what_has_not_gone_yet_is_stopped(
    company: Company, command: list[str], head: str, act: Callable[[Company], object], stopped: str
) -> None:
    many = GROUP + 6
    company.contracts(*({"contract_id": f"C{number:03}"} for number in range(many)))
    company.playbook(ASK, head=head + "limits: {per_play: 100}\n")
    server = MeddlingSmtp(lambda: act(company))
    channel = f"channels: {{email: {{adapter: smtp, url: 'smtp://127.0.0.1:{server.port}'}}}}\n"
    company.write({"playcall.yaml": f"{PROJECT}{channel}limits: {{per_address: 100}}\n"})
    if command == DELIVER:
        company.run(DAY, "--no-deliver")
    report = company.json(*command)
    server.close()
    gone = GROUP if stopped else many
    assert len(server.messages) == gone
    assert report.get("delivery", report)["sent"] == gone
    reasons = [one["reason"] for one in company.touches("--state", "cancelled")]
    assert reasons == [stopped] * (many - gone)


MAIL = ASK[: ASK.index("    - {task")]
HEAD = 'where: status == "active"\n'


@pytest.mark.parametrize(
    ("ask", "name", "head", "sent"),
    [
        (MAIL.replace("ask:", "invite:\n  was: ask", 1), "renewals", HEAD, 1),
        (MAIL, "fresh", "was: renewals\n", 1),
        (MAIL, "fresh", 'was: renewals\nwhere: status == "lapsed"\n', 0),
        (MAIL.replace("ask:", "other:", 1), "renewals", "", 0),
        (MAIL, "another", "", 0),
    ],
    ids=["a play renamed", "a playbook renamed", "renamed, and narrower", "a play gone", "a playbook gone"],
)
def test_what_waits_of_a_play_that_was_renamed_or_removed(
    company: Company, ask: str, name: str, head: str, sent: int
) -> None:
    """Before the next run: what was renamed goes by its new rules; what is gone waits for that run, which
    cancels it."""
    company.playbook(MAIL, head=HEAD)
    company.run(DAY, "--no-deliver")
    (company.root / "playbooks/renewals.yaml").unlink()
    company.playbook(ask, head=head, name=name)
    assert company.json("deliver")["sent"] == sent
    if not sent and "was:" not in head:
        assert company.touches()[0]["state"] == "queued"
        company.run("2024-03-03")
    assert company.touches()[0]["state"] == ("sent" if sent else "cancelled")


GROUPED = """
ask:
  when: days_to_renewal == 140
  together: account
  do: [{email: list, to: decision_maker, from: csm}]
remind:
  after: ask + 2d
  do: [{task: "Call about {{ contract_id }}", assign: csm}]
"""
LIST = "---\nsubject: Renewals\n---\n{% for one in records %}{{ one.contract.contract_id }};{% endfor %}\n"


NEXT = ["run", "--as-of", "2024-03-03"]


@pytest.mark.parametrize(
    ("command", "ended", "listed"),
    [(NEXT, {"C1"}, "C2;C3;"), (DELIVER, {"C2", "C3"}, "C1;"), (NEXT, {"C1", "C2", "C3"}, "")],
)
def test_one_mail_about_several_goes_about_those_that_are_left(
    company: Company, command: list[str], ended: set[str], listed: str
) -> None:
    def contracts(ended: set[str]) -> None:
        names = ("C1", "C2", "C3")
        company.contracts(
            *({"contract_id": one, "status": "renewed" if one in ended else "active"} for one in names)
        )

    company.playbook(GROUPED, head='where: status == "active"\n')
    company.write({"templates/list.md": LIST})
    contracts(set())
    company.run(DAY, "--no-deliver")
    contracts(ended)
    if command == DELIVER:
        company.run("2024-03-03", "--no-deliver")
    assert company.call(*command).code == 0
    parts = [part for mail in company.mails() for part in mail.walk()]
    texts = [one.get_payload(decode=True) for one in parts if one.get_content_type() == "text/plain"]
    assert texts == ([f"{listed}\r\n".encode()] if listed else [])
    if command == NEXT:  # what is delivered later goes at this machine's time
        company.run("2024-03-05")
        assert [one["record"] for one in company.tasks()] == listed.split(";")[:-1]
    assert company.call("audit", "verify").code == 0
