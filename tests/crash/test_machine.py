"""Days pass, data changes, customers answer, operators act and the engine is killed, in any order: what comes
of it, beside a small model of what was promised."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from crashkit import Firm, Office, judged, living
from playcall.engine.ledger import replies, tables
from playcall.engine.ledger.database import open_ledger

Opened = Callable[..., Office]

# How many lives of a company are drawn a database; `PLAYCALL_LIVES=100` is the nightly size.
LIVES = int(os.environ.get("PLAYCALL_LIVES", "2"))
STEPS = 8  # that each life has
FIRST = 260  # steps of the first run, which makes the ledger and sends a message
COMMAND = 120  # steps of a later run that sends a few
PLAYS = ("ask", "remind", "low")
RENEWAL = date(2024, 7, 20)
ASK_AFTER = timedelta(days=140)
NOTHING = 3  # the exit status of an act for which there is nothing to do

customers = st.integers(1, 4)
plays = st.sampled_from(PLAYS)
kills = st.none() | st.integers(1, COMMAND)  # the step at which a command is killed


class Life(RuleBasedStateMachine):
    """Four customers who end their terms on days in a row. The model is what each of them is due, and from
    when on they must be left alone."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.open = ExitStack()
        self.devices = dict.fromkeys(range(1, 5), 110)
        self.renewed: set[int] = set()
        self.due: set[tuple[str, str]] = set()  # play and contract: each has a verdict by now
        self.paused: set[str] = set()
        self.write_data()
        office.use(self.open.enter_context(judged(office.log, {})))

    def teardown(self) -> None:
        """In the end everything that was due has come to an end."""
        try:
            self.end()
        finally:
            self.open.close()

    @initialize(kill_at=st.none() | st.integers(1, FIRST))
    def first_day(self, kill_at: int | None) -> None:
        self.run_day(kill_at)

    @rule(days=st.integers(1, 3), low=st.sets(customers), kill_at=kills)
    def days_pass(self, days: int, low: set[int], kill_at: int | None) -> None:
        """Some use fewer devices by then."""
        self.office.later(days)
        self.devices = {customer: 10 if customer in low else 110 for customer in self.devices}
        self.write_data()
        self.run_day(kill_at)

    @rule(kill_at=kills)
    def run_again(self, kill_at: int | None) -> None:
        self.run_day(kill_at)

    @rule(
        stage=st.sampled_from(["greeting", "rcpt", "dot"]),
        at=st.integers(1, 3),
        answer=st.sampled_from(["drop", "garbage", "451 later", "550 no"]),
    )
    def the_mail_server_fails(self, stage: str, at: int, answer: str) -> None:
        self.office.later()
        with judged(self.office.log, {"stage": stage, "at": at, "answer": answer}) as port:
            before = (self.office.company.root / "playcall.yaml").read_text()
            self.office.use(port)
            self.office.crashes += stage == "dot"  # whether it took that one cannot be known
            self.act(None, "run", "--as-of", self.office.day)
            self.decided()
        self.office.company.write({"playcall.yaml": before})

    @rule(customer=customers)
    def customer_renews(self, customer: int) -> None:
        self.renewed.add(customer)
        self.write_data()
        self.office.hush(address(customer), "*", "has renewed")

    @rule(customer=customers)
    def customer_replies(self, customer: int) -> None:
        """A reply stops the reminders of what was sent before it."""
        asked = any(letter == (address(customer), "ask") for _, letter in self.office.taken())
        reply(self.office, customer)
        if asked:
            self.office.hush(address(customer), "remind", "has replied")

    @rule(customer=customers)
    def operator_suppresses(self, customer: int) -> None:
        self.office.suppress(address(customer))

    @rule(play=plays, kill_at=kills)
    def operator_approves(self, play: str, kill_at: int | None) -> None:
        self.act(kill_at, "approve", f"renewals.{play}", "--as-of", self.office.day)

    @rule(play=plays, kill_at=kills)
    def operator_adopts(self, play: str, kill_at: int | None) -> None:
        self.act(kill_at, "adopt", f"renewals.{play}", "--as-of", self.office.day)

    @rule(play=plays)
    def operator_pauses(self, play: str) -> None:
        self.act(None, "pause", f"renewals.{play}")
        if play not in self.paused:
            self.office.hush("*", play, "is spared by a pause")
        self.paused.add(play)

    @rule(play=plays)
    def operator_resumes(self, play: str) -> None:
        self.act(None, "resume", f"renewals.{play}")
        self.paused.discard(play)
        self.office.hushed = [one for one in self.office.hushed if (one.to, one.play) != ("*", play)]

    @invariant()
    def the_promise_is_kept(self) -> None:
        if not self.due:
            return  # the first run is still to come
        faults = [*self.office.sent_wrongly(), *self.office.over_caps()]
        decided = occurrences(self.office)
        faults += [f"{one} is due and has no verdict" for one in self.due - decided.keys()]
        faults += [f"{one} is {verdict!r}" for one, verdict in decided.items() if not verdict]
        assert faults == []

    def end(self) -> None:
        """Everything is released; after a month nothing is open but what lasts."""
        for play in sorted(self.paused):
            self.operator_resumes(play)
        for _ in range(2):
            self.act(None, "approve", "renewals", "--as-of", self.office.day)
            self.office.later(15)
            self.run_day(None)
        self.the_promise_is_kept()

    def run_day(self, kill_at: int | None) -> None:
        """A run; where it is killed, another one."""
        self.act(kill_at, "run", "--as-of", self.office.day)
        self.decided()

    def act(self, kill_at: int | None, *command: str) -> None:
        """A command, once more where it was killed. What is not to be killed runs in this process: it is
        warm."""
        if kill_at is not None:
            self.office.call(*command, kill_at=kill_at)
        answer = self.office.company.call(*command)
        assert answer.code in (0, NOTHING), answer.err

    def decided(self) -> None:
        """A run was committed on this day: what was due by it has a verdict."""
        today = date.fromisoformat(self.office.day)
        for customer, devices in self.devices.items():
            if today >= ends(customer) - ASK_AFTER:
                self.due.add(("ask", contract(customer)))
            if devices < 50 and customer not in self.renewed:
                self.due.add(("low", contract(customer)))

    def write_data(self) -> None:
        self.office.company.contracts(
            *(
                {
                    "contract_id": contract(customer),
                    "account_id": f"A{customer:03}",
                    "renewal_date": ends(customer),
                    "devices": devices,
                    "status": "renewed" if customer in self.renewed else "active",
                }
                for customer, devices in self.devices.items()
            )
        )


def contract(customer: int) -> str:
    return f"C{customer:03}"


def address(customer: int) -> str:
    return f"ceo{customer:03}@acme.test"


def ends(customer: int) -> date:
    return RENEWAL + timedelta(days=customer // 2)


def reply(office: Office, customer: int) -> None:
    """A mail of the customer about their contract, as the mailbox's reader keeps it."""
    at = datetime.fromisoformat(f"{office.day}T03:00:00+00:00")
    row = replies.ReplyRow(
        message_id=f"<{customer}.{office.started}@customer.test>",
        touch=None,
        entity="contract",
        record=contract(customer),
        cycle=None,
        account=f"A{customer:03}",
        contact=address(customer),
        at=at.astimezone(UTC),
        day=at.date(),
        automatic=False,
    )
    ledger = open_ledger(office.ledger or "sqlite:///.playcall/ledger.db", office.company.root)
    with ledger.writing() as connection:
        replies.add(connection, row)
    ledger.close()


def occurrences(office: Office) -> dict[tuple[str, str], str]:
    """The verdict of each play for each contract; there is one of each in a term."""
    ledger = open_ledger(office.ledger or "sqlite:///.playcall/ledger.db", office.company.root)
    known = tables.occurrence.c
    with ledger.reading() as connection:
        rows = connection.execute(select(known.play, known.record, known.verdict)).all()
    ledger.close()
    found = {(play, record): verdict for play, record, verdict in rows}
    assert len(found) == len(rows), "an occurrence has two verdicts"
    return found


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return living(tmp_path_factory.mktemp("living") / "acme")


@pytest.mark.slow
def test_any_life_keeps_the_promise(opened: Opened, company: Firm) -> None:
    run_state_machine_as_test(
        lambda: Life(opened(company)),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
