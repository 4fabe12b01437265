"""Days pass, data changes, customers answer, operators act and the engine is killed, in any order: what comes
of it, beside a small model of what was promised."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from crashkit import NOTHING, STAGES, Firm, Office, judged, living
from playcall.engine.decide.verdicts import OPEN
from playcall.engine.ledger import replies, tables
from playcall.engine.ledger.database import open_ledger

Opened = Callable[..., Office]

# How many lives are drawn a database; `PLAYCALL_LIVES=100` is the nightly size. A share of them is a test.
LIVES = int(os.environ.get("PLAYCALL_LIVES", "2"))
SEED = int(os.environ.get("PLAYCALL_SEED", "20240302"))
SHARE = 10
SHARES = -(-LIVES // SHARE)
STEPS = 8  # that each life has
FIRST = 260  # steps of the first run, which makes the ledger and sends a message
COMMAND = 120  # steps of a later run that sends a few
PLAYS = ("ask", "remind", "low")
ACTING = {"fired", "adopted", *OPEN}
RENEWAL = date(2024, 7, 20)
ASK_AFTER = timedelta(days=140)

customers = st.integers(1, 4)
plays = st.sampled_from(PLAYS)
# When a command is killed: at a step, or when the mail server has come to a stage of a message.
Kill = int | tuple[str, int] | None
steps = st.integers(1, COMMAND) | st.none()
stages = st.tuples(st.sampled_from(("dot", *STAGES)), st.integers(1, 2))
# The first life that is drawn has the first of everything: a worker dies while the server has its message,
# and two plays contend for one person.
low = st.sets(customers, min_size=1) | st.just(set[int]())


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
        self.port = self.open.enter_context(judged(office.log, {}))
        office.use(self.port)

    def teardown(self) -> None:
        """In the end everything that was due has come to an end."""
        try:
            self.end()
        finally:
            self.open.close()

    @initialize(low=low, kill=stages | st.integers(1, FIRST) | st.none())
    def first_day(self, low: set[int], kill: Kill) -> None:
        self.use_devices(low)
        self.run_day(kill)

    @rule(days=st.integers(1, 3), low=low, kill=stages | steps)
    def a_day_passes(self, days: int, low: set[int], kill: Kill) -> None:
        self.office.later(days)
        self.use_devices(low)
        self.run_day(kill)

    @rule(kill=steps)
    def run_again(self, kill: Kill) -> None:
        self.run_day(kill)

    @rule(
        stage=st.sampled_from(["greeting", "rcpt", "dot"]),
        at=st.integers(1, 3),
        answer=st.sampled_from(["drop", "garbage", "451 later", "550 no"]),
    )
    def the_mail_server_fails(self, stage: str, at: int, answer: str) -> None:
        self.office.later()
        self.office.crashes += stage == "dot"  # whether it took that one cannot be known
        with self.server(stage, at, answer=answer):
            self.act(None, "run", "--as-of", self.office.day)
        self.decided()

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

    @rule(what=st.sampled_from(["approve", "adopt"]), play=plays, kill=steps)
    def operator_decides(self, what: str, play: str, kill: Kill) -> None:
        self.act(kill, what, f"renewals.{play}", "--as-of", self.office.day)

    @rule(play=plays)
    def operator_pauses_or_resumes(self, play: str) -> None:
        if play in self.paused:
            self.resume(play)
            return
        self.act(None, "pause", f"renewals.{play}")
        self.office.hush("*", play, "is spared by a pause")
        self.paused.add(play)

    def resume(self, play: str) -> None:
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
            self.resume(play)
        for _ in range(2):
            self.act(None, "approve", "renewals", "--as-of", self.office.day)
            self.office.later(15)
            self.run_day(None)
        self.the_promise_is_kept()

    def run_day(self, kill: Kill) -> None:
        """A run; where it is killed, another one."""
        self.act(kill, "run", "--as-of", self.office.day)
        self.decided()

    def act(self, kill: Kill, *command: str) -> None:
        """A command, once more where it was killed."""
        if isinstance(kill, tuple):
            with self.server(*kill, signal="KILL", pid=str(self.office.pid)):
                self.office.call(*command, pid=str(self.office.pid))
        elif kill:
            self.office.call(*command, kill_at=kill)
        self.office.act(*command, may=(0, NOTHING))

    @contextmanager
    def server(self, stage: str, at: int, **what: str) -> Iterator[None]:
        """Another mail server for a while, with which something happens."""
        with judged(self.office.log, {"stage": stage, "at": at, **what}) as port:
            self.office.use(port)
            yield
        self.office.use(self.port)

    def use_devices(self, low: set[int]) -> None:
        """From now on these customers use few."""
        self.devices = {customer: 10 if customer in low else 110 for customer in self.devices}
        self.write_data()

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
    """The verdict of each play for each contract. One of them in a term acts, or may yet; of a state, others
    may have ended without, before it held again."""
    ledger = open_ledger(office.ledger or "sqlite:///.playcall/ledger.db", office.company.root)
    known = tables.occurrence.c
    with ledger.reading() as connection:
        rows = connection.execute(select(known.play, known.record, known.verdict)).all()
    ledger.close()
    acting = [(play, record) for play, record, verdict in rows if verdict in ACTING]
    assert len(set(acting)) == len(acting), "two occurrences of a play act in one term"
    moments = [(play, record) for play, record, _ in rows if play != "low"]
    assert len(set(moments)) == len(moments), "an occurrence has two verdicts"
    return {(play, record): verdict for play, record, verdict in rows}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Firm:
    return living(tmp_path_factory.mktemp("living") / "acme")


def lived(born: Callable[[], Life], lives: int, share: int = 0) -> None:
    """Lives that the share alone decides on; the first fault ends them."""
    run_state_machine_as_test(
        seed(SEED + share)(born),
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_any_life_keeps_the_promise(
    opened: Opened, company: Firm, share: int, databases: Any, record_property: Callable[[str, object], None]
) -> None:
    born = 0

    def bear() -> Life:
        nonlocal born
        born += 1
        return Life(opened(company))

    lived(bear, min(SHARE, LIVES - share * SHARE), share)
    record_property(f"counted: lives of a company on {'PostgreSQL' if databases else 'SQLite'}", born)


@pytest.mark.slow
@pytest.mark.parametrize(("guard", "fault"), [("phase", "2 times"), ("caps", "over per_contact")])
def test_a_life_without_a_guard_is_noticed(opened: Opened, company: Firm, guard: str, fault: str) -> None:
    def bear() -> Life:
        office = opened(company)
        office.options = {"remove": [guard]}
        return Life(office)

    with pytest.raises(AssertionError, match=fault):
        lived(bear, 2)
