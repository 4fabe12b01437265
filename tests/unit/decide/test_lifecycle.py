"""Is an occurrence still alive: deadlines that move, cycles that are the same, the newest of several."""

from datetime import date
from types import MappingProxyType

import pytest

from playcall.engine.decide import lifecycle
from playcall.engine.decide.cases import Case, Docket, Setting
from playcall.engine.decide.model import Candidate, OccurrenceRow
from playcall.engine.evaluate.model import same_cycle

TODAY = date(2026, 3, 10)


@pytest.fixture
def setting():
    from datetime import UTC, datetime

    return Setting(
        run="r",
        now=datetime(2026, 3, 9, 23, tzinfo=UTC),
        today=TODAY,
        playbooks=MappingProxyType({}),
        bad_sources=MappingProxyType({}),
        is_paused=lambda playbook, play: False,
        limits=MappingProxyType({}),
        approved=frozenset(),
        ended=frozenset(),
        later=lambda day, duration: day,
        cycle_of=lambda entity: None,
        locale="en",
    )


def candidate(due, *, key="k", record="C1", deadline=None, anchor=None, known=None):
    return Candidate(
        "renewals", "ask", "contract", record, key, "moment", None, "", anchor, due, deadline, known=known
    )


def row(verdict, *, due=TODAY, held_since=None):
    return OccurrenceRow(
        id="o1",
        playbook="renewals",
        play="ask",
        entity="contract",
        record="C1",
        key="k",
        origin="moment",
        cycle=None,
        target="",
        anchor=None,
        due=due,
        deadline=None,
        verdict=verdict,
        reason="limit" if verdict == "held" else "unknown",
        detail="",
        open=True,
        fired_on=None,
        decided_on=due,
        held_since=held_since,
        episode=None,
        parent=None,
        run="r0",
    )


def judged(step, cases, setting):
    return shown(step([docket(cases)], setting))


def shown(judgements):
    return [(one.case.candidate.key, one.verdict, one.reason) for one in judgements]


def docket(cases):
    return Docket(None, None, cases)


def case(one):
    return Case(one, None)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("2026-04-01", "2026-04-01", True),
        ("2026-04-01", "2026-04-15", True),  # 14 days: corrected
        ("2026-04-15", "2026-04-01", True),
        ("2026-04-01", "2026-04-16", False),  # 15 days: another cycle
        ("FY26", "FY26", True),
        ("FY26", "FY27", False),
        ("FY26", "2026-04-01", False),
    ],
)
def test_a_date_that_moves_a_little_is_the_same_cycle(left, right, same):
    assert same_cycle(left, right, 14) is same


def test_only_the_newest_of_a_play_for_a_record_is_decided(setting):
    cases = [
        case(candidate(date(2026, 3, 1), key="90")),
        case(candidate(date(2026, 3, 9), key="45")),
        case(candidate(date(2026, 3, 1), key="90", record="C2")),
    ]
    assert judged(lifecycle.superseded, cases, setting) == [("90", "expired", "superseded")]


def test_a_record_goes_once_and_what_is_due_goes_first(setting):
    later = [case(candidate(date(2026, 3, day), key=f"in {day}")) for day in (20, 30)]
    assert judged(lifecycle.superseded, later, setting) == [("in 30", "expired", "superseded")]
    cases = [case(candidate(date(2026, 3, 1), key="due")), *later]
    found = judged(lifecycle.superseded, cases, setting)
    assert [key for key, _, _ in found] == ["in 20", "in 30"]


def test_the_last_day_of_grace_is_in_time(setting):
    cases = [
        case(candidate(date(2026, 3, 3), key="in", deadline=TODAY)),
        case(candidate(date(2026, 3, 2), key="late", deadline=date(2026, 3, 9))),
        case(candidate(date(2026, 1, 1), key="state")),
    ]
    assert judged(lifecycle.too_late, cases, setting) == [("late", "expired", "grace")]


def test_what_stayed_unknown_until_the_grace_ended_says_so(setting):
    late = candidate(date(2026, 3, 2), deadline=date(2026, 3, 9), known=row("pending"))
    assert judged(lifecycle.too_late, [case(late)], setting) == [("k", "expired", "unknown")]


@pytest.mark.parametrize(("anchor", "verdicts"), [(date(2026, 3, 9), 1), (TODAY, 0), (None, 0)])
def test_held_beyond_its_grace_but_never_beyond_the_date_itself(setting, anchor, verdicts):
    deadline = lifecycle.extended(date(2026, 2, 4), date(2026, 2, 3), TODAY)
    held = candidate(date(2026, 2, 1), deadline=deadline, anchor=anchor, known=row("held"))
    assert len(lifecycle.too_late([docket([case(held)])], setting)) == verdicts


def test_held_days_do_not_count_against_grace():
    assert lifecycle.extended(date(2026, 3, 5), date(2026, 3, 3), TODAY) == date(2026, 3, 12)
    assert lifecycle.extended(date(2026, 3, 5), None, TODAY) == date(2026, 3, 5)
    assert lifecycle.extended(None, date(2026, 3, 3), TODAY) is None


def test_a_removed_play_stops_what_is_open_and_opens_nothing():
    candidates = [candidate(TODAY, key="open", known=row("pending")), candidate(TODAY, key="new")]
    assert shown(lifecycle.removed(candidates)) == [("open", "stopped", "removed")]


def test_a_record_that_is_gone_keeps_its_verdict(setting):
    known = case(candidate(TODAY, known=row("pending")))
    assert judged(lifecycle.absent, [known], setting) == [("k", "pending", "unknown")]
