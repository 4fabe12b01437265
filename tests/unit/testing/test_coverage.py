"""Coverage is exact: it is never rounded up, and nothing to try is all tried."""

from __future__ import annotations

from fractions import Fraction

import pytest

from playcall.dsl.source import Location
from playcall.engine.testing.coverage import Coverage, Meter, Target


def coverage(tried: int, ways: int) -> Coverage:
    targets = tuple(Target("p", f"q{n}", "if", Location("p.yaml", n, 1, n, 2), "x") for n in range(ways // 2))
    every = [(target.id, way) for target in targets for way in ("true", "false")]
    return Coverage(targets, dict.fromkeys(every[:tried], 1))


@pytest.mark.parametrize(
    ("tried", "ways", "percent"),
    [
        (0, 0, "100.00"),
        (0, 2, "0.00"),
        (1, 2, "50.00"),
        (19_999, 20_000, "99.99"),
        (5, 6, "83.33"),
        (4, 6, "66.66"),
    ],
)
def test_the_share_is_cut(tried: int, ways: int, percent: str) -> None:
    found = coverage(tried, ways)
    assert found.percent == percent
    assert found.share == (Fraction(tried, ways) if ways else 1)
    assert len(found.missed) == ways - tried


def test_unknown_is_neither() -> None:
    meter = Meter()
    for value in (True, None, None, False, True):
        meter.add("t", value)
    assert dict(meter.counted) == {("t", "true"): 2, ("t", "false"): 1}
