"""How many of a play may fire at once."""

import pytest

from playcall.engine.decide.limits import default_limit


@pytest.mark.parametrize(
    ("per_day", "foreseen", "days", "expected"),
    [
        ([], 0, 1, 50),  # nothing is known: the smallest
        ([10] * 28, 0, 1, 50),
        ([100] * 28, 0, 1, 300),  # 3 × the median
        ([0] * 27 + [900], 0, 1, 50),  # one great day does not move a median
        ([3] * 28, 400, 1, 600),  # a cluster that the last snapshot foresaw
        ([3] * 28, 401, 1, 602),  # rounded up
        ([100] * 28, 0, 3, 900),  # three days caught up
        ([], 0, 4, 200),
    ],
)
def test_the_default_is_the_largest_of_three(per_day, foreseen, days, expected):
    assert default_limit(per_day, foreseen, days) == expected
