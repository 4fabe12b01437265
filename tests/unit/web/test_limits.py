"""How often somebody may come."""

from __future__ import annotations

import pytest

from playcall.web.limits import WINDOW, Limiter, network_of


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_so_often_in_a_window_and_again_in_the_next() -> None:
    clock = Hands()
    limiter = Limiter(2, clock)
    assert [limiter.allows("a") for _ in range(3)] == [True, True, False]
    assert limiter.allows("b")
    clock.at = WINDOW - 0.1
    assert not limiter.allows("a")
    clock.at = WINDOW
    assert limiter.allows("a")


def test_only_so_many_are_remembered() -> None:
    limiter = Limiter(1, Hands(), most=2)
    assert all(limiter.allows(one) for one in "abc")
    assert not limiter.allows("b")
    assert limiter.allows("a")  # the longest unseen was forgotten


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_a_subscriber_is_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network
