"""The adapters that playcall itself brings."""

from importlib.metadata import distribution

import pytest

from playcall.engine.catalog.adapters import OWN


@pytest.mark.parametrize("what", OWN)
def test_what_is_known_without_a_search_is_what_is_declared(what: str) -> None:
    declared = distribution("playcall").entry_points.select(group=f"playcall.{what}s")
    assert sorted(OWN[what]) == sorted(one.name for one in declared)
