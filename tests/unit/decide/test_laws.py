"""What holds for every set of candidates: nothing is lost, no cap is broken, the better-ranked goes first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from decidekit import NOW, PLAYBOOK, Site, candidates, site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playcall.engine.decide.contacts import Contacts, Sent, normal
from playcall.engine.decide.model import TouchRow
from playcall.engine.decide.pipeline import Decided, decide

WEEK = timedelta(days=7)
RULES = "limits: {per_contact: 2 per 7d, per_account: 3 per 7d}\ntopics: {news: {class: promotional}}\n"

people = st.dictionaries(
    st.sampled_from([f"C{n}" for n in range(12)]),
    st.tuples(st.sampled_from(["A1", "A2", "A3"]), st.sampled_from(["x@a.test", "X@A.test", "y@b.test"])),
    min_size=1,
)
past = st.lists(
    st.tuples(st.sampled_from(["x@a.test", "y@b.test"]), st.sampled_from(["A1", "A2"]), st.integers(1, 240)),
    max_size=4,
)
addresses = st.sets(st.sampled_from(["x@a.test", "y@b.test"]))
laws = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def capped(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("capped"), RULES)


@pytest.fixture(scope="module")
def promoting(tmp_path_factory: pytest.TempPathFactory) -> Site:
    playbook = PLAYBOOK.replace("plays:", "topic: news\nplays:", 1)
    return site(tmp_path_factory.mktemp("promoting"), RULES, playbook)


def sent(rows: Sequence[tuple[str, str, int]]) -> list[Sent]:
    """Messages so many hours ago."""
    ago = ((address, account, NOW - timedelta(hours=hours)) for address, account, hours in rows)
    return [Sent(address, account, "renewals", "low", at) for address, account, at in ago]


def going(decided: Decided) -> list[TouchRow]:
    return [touch for touch in decided.touches if touch.state == "queued"]


def run(made: Site, who: dict[str, tuple[str, str]], contacts: Contacts, seed: int = 0) -> Decided:
    due = candidates(who)
    random.Random(seed).shuffle(due)
    return decide(due, made.facts(who), made.setting(contacts))


@given(people, past)
@laws
def test_no_cap_is_exceeded_in_any_window(
    capped: Site, who: dict[str, tuple[str, str]], before: list[tuple[str, str, int]]
) -> None:
    history = sent(before)
    decided = run(capped, who, Contacts(sent=history))
    for column, most in (("address", 2), ("account", 3)):
        before_now = [(getattr(one, column), one.at) for one in history]
        for who_, at in ((getattr(touch, column), touch.send_at) for touch in going(decided)):
            times = [when for one, when in before_now if one == who_]
            times += [touch.send_at for touch in going(decided) if getattr(touch, column) == who_]
            starts = [one for one in times if at - WEEK < one <= at]
            assert all(sum(start <= one < start + WEEK for one in times) <= most for start in starts)


@given(people, past)
@laws
def test_every_candidate_has_one_verdict_and_the_counts_add_up(
    capped: Site, who: dict[str, tuple[str, str]], before: list[tuple[str, str, int]]
) -> None:
    decided = run(capped, who, Contacts(sent=sent(before)))
    assert sum(decided.counts().values()) == 2 * len(who)
    assert len({row.id for row in decided.rows}) == 2 * len(who)
    assert decided.counts().get("fired", 0) == len(going(decided))


@given(people, past)
@laws
def test_the_higher_priority_goes_first(
    capped: Site, who: dict[str, tuple[str, str]], before: list[tuple[str, str, int]]
) -> None:
    decided = run(capped, who, Contacts(sent=sent(before)))
    waiting = {one.case.candidate.record for one in decided.judgements if one.case.candidate.play == "high"}
    waiting -= {touch.record for touch in going(decided) if touch.play == "high"}
    low = {who[touch.record] for touch in going(decided) if touch.play == "low"}
    met = {(account, normal(address)) for account, address in low}
    assert not met & {(who[record][0], normal(who[record][1])) for record in waiting}


@given(people, past, st.integers(1, 10**6))
@laws
def test_the_order_in_which_candidates_come_changes_nothing(
    capped: Site, who: dict[str, tuple[str, str]], before: list[tuple[str, str, int]], seed: int
) -> None:
    contacts = Contacts(sent=sent(before))
    first, second = run(capped, who, contacts), run(capped, who, contacts, seed)
    assert (first.rows, first.touches) == (second.rows, second.touches)


@given(
    people,
    st.sets(st.sampled_from(["x@a.test", "y@b.test"])),
    st.sets(st.sampled_from(["x@a.test", "y@b.test"])),
)
@laws
def test_nobody_gets_news_who_is_suppressed_or_was_not_asked(
    promoting: Site, who: dict[str, tuple[str, str]], suppressed: set[str], agreed: set[str]
) -> None:
    contacts = Contacts(
        suppressions={one: [("unsubscribe", "news")] for one in suppressed},
        consents={one: {"news": "opt_in"} for one in agreed},
    )
    reached = {normal(touch.recipient) for touch in going(run(promoting, who, contacts))}
    assert reached <= agreed - suppressed


def test_raising_the_holdout_only_adds(tmp_path_factory: pytest.TempPathFactory) -> None:
    who = {f"C{n}": (f"A{n % 300}", f"p{n}@a.test") for n in range(600)}
    alone: list[set[str]] = []
    for share in ("0.5%", "5%", "10%", "50%"):
        playbook = PLAYBOOK.replace("plays:", f"holdout: {share}\nplays:", 1)
        made = site(tmp_path_factory.mktemp("holdout"), "", playbook)
        judged = decide(candidates(who), made.facts(who), made.setting()).judgements
        alone.append({one.case.candidate.record for one in judged if one.verdict == "holdout"})
    assert alone[0] <= alone[1] <= alone[2] < alone[3]
    accounts = {who[record][0] for record in alone[3]}
    assert {record for record in who if who[record][0] in accounts} == alone[3]  # whole accounts
    assert 100 < len(accounts) < 200
