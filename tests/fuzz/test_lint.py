"""No file makes lint crash, hang or take much memory: a sample of what ``run.py`` does for longer."""

from __future__ import annotations

import random

import pytest
from fuzzkit import Target, broken
from hostile import files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Here YAML is tried in one place; run.py tries it as every kind of file.
ELSEWHERE = ("catalog/", "playcall.yaml:", "tests/")
HOSTILE = {what: (name, data) for what, name, data in files() if not what.startswith(ELSEWHERE)}
NAMES = (
    "playcall.yaml",
    "catalog/contracts.yaml",
    "playbooks/renewal-intent.yaml",
    "tests/renewal-intent.yaml",
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return Target(tmp_path_factory.mktemp("project") / "p")


def test_the_library_is_clean(target: Target) -> None:
    report = target.lint({})
    assert report is not None and not report.errors


@pytest.mark.parametrize("name", ["templates/renewal-reminder.ja.md", *NAMES])
def test_an_empty_file_is_reported(target: Target, name: str) -> None:
    target.lint({name: b""})


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_reported(target: Target, what: str) -> None:
    name, data = HOSTILE[what]
    target.lint({name: data})


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32))
def test_a_mangled_file_is_reported(target: Target, seed: int) -> None:
    target.lint(broken(target, random.Random(seed)))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(NAMES),
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
)
def test_any_bytes_are_reported(target: Target, name: str, data: bytes) -> None:
    target.lint({name: data})
