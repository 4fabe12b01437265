"""Mail servers that refuse, stall and drop, as a person at the command line meets them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from clikit import PROJECT, Company
from postkit import maildir, report
from smtpkit import ScriptedSmtp

DAY = "2024-03-02"
ASK = """
ask:
  when: days_to_renewal == 140
  do:
    - {email: ask, to: decision_maker, from: csm}
"""


@dataclass
class Office:
    """Five customers to write to, and the mail server that it goes through."""

    company: Company
    servers: list[ScriptedSmtp] = field(default_factory=list)

    def serve(self, **script: Sequence[str]) -> ScriptedSmtp:
        """From now on mail goes to a server of this script; ``DOT`` is its answer to the final dot."""
        self.servers.append(ScriptedSmtp({"." if key == "DOT" else key: script[key] for key in script}))
        self.use(self.servers[-1].port)
        return self.servers[-1]

    def use(self, port: int) -> None:
        channel = f"{{adapter: smtp, url: 'smtp://127.0.0.1:{port}', timeout: 0.3s}}"
        self.company.write({"playcall.yaml": f"{PROJECT}channels:\n  email: {channel}\n"})

    def states(self) -> dict[str, int]:
        touches: dict[str, int] = self.company.json("status")["touches"]
        return {state: count for state, count in touches.items() if count}


@pytest.fixture
def office(company: Company) -> Iterator[Office]:
    company.many(5)
    company.playbook(ASK)
    made = Office(company)
    yield made
    for server in made.servers:
        server.close()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


DOWN: dict[str, Callable[[Office], object]] = {
    "Connection refused": lambda office: office.use(closed_port()),
    "421 too busy": lambda office: office.serve(CONNECT=["421 too busy"] * 9),
    "waiting for the greeting: no answer in time": lambda office: office.serve(CONNECT=["stall"] * 9),
    "sending MAIL: no answer in time": lambda office: office.serve(MAIL=["stall"] * 9),
    "Connection reset by peer": lambda office: office.serve(RCPT=["drop"] * 9),
}


@pytest.mark.parametrize("why", DOWN)
def test_a_server_that_is_down_leaves_everything_queued(office: Office, why: str) -> None:
    DOWN[why](office)
    answer = office.company.call("run", "--as-of", DAY, "--format", "json")
    assert answer.code == 3
    assert answer.json()["delivery"] == {"sent": 0, "failed": 0, "unknown": 0, "queued": 5}
    assert answer.err.count("channel email:") == 1
    assert len(answer.err.splitlines()) == 1
    assert why in answer.err
    assert answer.err.endswith("Queued: 5; when that is mended, `playcall deliver` sends them\n")
    assert office.states() == {"queued": 5}
    server = office.serve()
    assert office.company.json("deliver") == {"sent": 5, "failed": 0, "unknown": 0, "queued": 0}
    assert len(server.messages) == 5


def test_not_every_message_waits_for_a_timeout(office: Office) -> None:
    server = office.serve(CONNECT=["stall"] * 9)
    assert office.company.call("run", "--as-of", DAY).code == 3
    assert server.connections == 3


def test_one_message_alone_finds_that_the_server_is_down(office: Office) -> None:
    office.company.many(1)
    office.use(closed_port())
    assert office.company.call("run", "--as-of", DAY).code == 3
    assert office.company.call("deliver").code == 3
    office.serve()
    assert office.company.json("deliver")["sent"] == 1


def test_a_message_that_a_server_drops_is_put_off_alone(office: Office) -> None:
    office.serve(MAIL=["drop", "drop"])  # at the first attempt and on the new connection
    report = office.company.run(DAY)
    assert report["delivery"] == {"sent": 4, "failed": 0, "unknown": 0, "queued": 1}


@pytest.mark.parametrize(
    ("outcome", "state", "sent_again"),
    [("sent", "sent", 0), ("failed", "failed", 0), ("requeue", "queued", 1)],
)
def test_dropped_after_the_final_dot_is_for_a_person(
    office: Office, outcome: str, state: str, sent_again: int
) -> None:
    office.serve(DOT=["drop"])
    report = office.company.run(DAY)
    assert report["delivery"] == {"sent": 4, "failed": 0, "unknown": 1, "queued": 0}
    [touch] = office.company.touches("--state", "unknown")
    assert "no answer after the end of the message" in touch["reason"]
    shown = office.company.call("status").out
    assert touch["id"] in shown
    assert "playcall settle TOUCH sent|failed|requeue" in shown
    assert office.company.json("deliver")["sent"] == 0
    assert office.company.call("settle", touch["id"], outcome).code == 0
    assert [one["id"] for one in office.company.touches("--state", state)].count(touch["id"]) == 1
    assert office.company.json("deliver")["sent"] == sent_again


def test_a_server_that_always_drops_after_the_dot_makes_few_messages_unknown(office: Office) -> None:
    office.serve(DOT=["drop"] * 9)
    answer = office.company.call("run", "--as-of", DAY, "--format", "json")
    assert (answer.code, answer.json()["delivery"]["unknown"]) == (3, 3)
    assert office.states() == {"queued": 2, "unknown": 3}


def test_each_refusal_of_a_message_is_its_own(office: Office) -> None:
    office.serve(RCPT=["550 no such user", "451 later"], DOT=["554 spam", "452 full"])
    report = office.company.run(DAY)
    assert report["delivery"] == {"sent": 1, "failed": 2, "unknown": 0, "queued": 2}


def test_who_does_not_exist_is_not_written_to_again(office: Office) -> None:
    """A mailbox that is full, a message taken for spam and a sender without a domain are other matters."""
    refusals = ["550 5.1.1 no such user", "550-5.1.10 nobody\r\n550 5.1.10 there"]
    office.serve(RCPT=[*refusals, "550 5.7.1 spam", "550 5.1.8 bad sender", "552 5.2.2 full"])
    assert office.company.run(DAY)["delivery"]["failed"] == 5
    found = office.company.json("suppress", "list")["suppressions"]
    gone = {one["to"] for one in office.company.touches() if re.search(r"5\.1\.10?\b", one["reason"])}
    assert {(one["address"], one["reason"]) for one in found} == {(address, "bounce") for address in gone}
    assert len(gone) == 2


@pytest.mark.parametrize(
    ("action", "state"), [("delivered", "sent"), ("failed", "failed"), ("delayed", "unknown")]
)
def test_a_report_says_what_became_of_an_unknown_message(office: Office, action: str, state: str) -> None:
    office.company.many(1)
    office.serve(DOT=["drop"])
    assert office.company.run(DAY)["delivery"]["unknown"] == 1
    [touch] = office.company.touches()
    letter = report("postfix", touch["message_id"], address=touch["to"], action=action, status="5.2.2")
    assert office.company.call("inbox", str(maildir(office.company.root / "in", {"1": letter}))).code == 0
    assert office.states() == {state: 1}
