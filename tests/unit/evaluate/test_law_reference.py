"""Two ways to evaluate, one meaning: SQL over all records and the interpreter over each find the same on
every day of random histories, and the same decisions come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluatekit.company import FILES
from evaluatekit.playbooks import playbooks
from evaluatekit.timelines import timelines
from hypothesis import HealthCheck, given, settings

from playcall.engine.evaluate.gather import Gathered
from playcall.engine.playbook.loader import load
from playcall.engine.service.deciding import Decision
from playcall.engine.service.testbench import Bench, Site
from playcall.engine.testing.model import PlaybookTest


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("law")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "playbooks").mkdir()
    return folder


@pytest.fixture(scope="module")
def benches(root: Path) -> Iterator[tuple[Bench, Bench]]:
    loaded = load(root)
    project, catalog, _ = loaded.checked()
    site = Site(project, catalog, {}, loaded.surveys)
    with Bench(site, "bulk") as bulk, Bench(site, "reference") as reference:
        yield bulk, reference


@pytest.mark.slow
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(playbook=playbooks(), test=timelines())
def test_both_find_the_same(
    root: Path, benches: tuple[Bench, Bench], playbook: str, test: PlaybookTest
) -> None:
    (root / "playbooks" / "law.yaml").write_text(playbook, encoding="utf-8")
    book = load(root).checked()[2]["law"]
    bulk, reference = (bench.run(test, book) for bench in benches)
    for expected, got in zip(bulk, reference, strict=True):
        for name, value in said(expected.decision).items():
            assert said(got.decision)[name] == value, name


_ROWS = ("occurrences", "touches", "tasks", "cancels", "cleared", "plays")


def said(decision: Decision) -> dict[str, object]:
    """What was found and decided, as far as its order says something."""
    found = decision.evaluation
    return {
        "due": sorted(map(repr, found.due)),
        "episodes": sorted(map(repr, found.episodes)),
        "unknown": sorted(map(repr, found.unknown)),
        "counts": (found.evaluated, found.duplicates),
        "foreseen": sorted(found.foreseen),
        "gathered": _gathered(decision.found.gathered),
        **{name: sorted(map(repr, getattr(decision.commit, name))) for name in _ROWS},
    }


def _gathered(gathered: Gathered) -> dict[object, object]:
    return {
        (place, key): (
            [(type(value), value) for value in facts.values],
            {rule: list(people) for rule, people in facts.people.items()},
            facts.account,
            dict(facts.due),
        )
        for place, records in gathered.records.items()
        for key, facts in records.items()
    }
