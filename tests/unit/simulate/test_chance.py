"""Reactions are drawn from the seed and the occurrence alone."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from playcall.engine.simulate.chance import outcome_of
from playcall.engine.simulate.model import Outcome, Reaction

YES = Outcome(Fraction(60, 100), 2, 5, {"intent": "yes"}, False)
NO = Outcome(Fraction(10, 100), 7, 7, {"intent": "no"}, False)
REACTION = Reaction("renewals", "ask", "contract", (YES, NO))


def drawn(seed: int) -> list[tuple[Outcome, int] | None]:
    return [outcome_of(REACTION, f"occurrence {n}", seed) for n in range(4000)]


def test_shares_and_days_are_kept() -> None:
    found = drawn(1)
    kinds = Counter(one[0].values["intent"] if one else None for one in found)
    assert abs(kinds["yes"] - 2400) < 120
    assert abs(kinds["no"] - 400) < 80
    assert {one[1] for one in found if one and one[0] is YES} == {2, 3, 4, 5}
    assert {one[1] for one in found if one and one[0] is NO} == {7}


def test_the_seed_decides() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_all_is_all() -> None:
    whole = Reaction("renewals", "ask", "contract", (Outcome(Fraction(1), 1, 1, {}, True),))
    assert all(outcome_of(whole, f"{n}", 3) for n in range(500))
