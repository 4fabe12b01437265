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
