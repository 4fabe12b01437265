"""One test: run, compared and, where it disagrees, explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ..playbook.model import Playbook
from ..testing.compare import compare
from ..testing.coverage import Meter
from ..testing.model import PlaybookTest
from ..testing.outcome import Disagreement, TestOutcome
from .deciding import Decision
from .explaining import explained
from .facts import Facts
from .testbench import Bench
from .testcover import count
from .testevents import events_of


def run_test(
    bench: Bench, test: PlaybookTest, playbook: Playbook, *, coverage: bool = False, explain: bool = True
) -> TestOutcome:
    """Run one test and compare. ``explain``: where it disagrees, run it again to explain the plays."""
    meter = Meter()

    def look(decision: Decision, base: Facts, connection: Connection) -> None:
        if coverage:
            count(meter, decision, base, playbook)

    try:
        events = events_of(bench.run(test, playbook, look))
        found = compare(test, events)
        if found and explain:
            found = _explained(bench, test, playbook, found)
    except PlaycallError as error:
        found = [Disagreement(str(error), None, (), test.location.line)]
    return TestOutcome(
        test.file, test.location.line, test.name, playbook.name, tuple(found), dict(meter.counted)
    )


def _explained(
    bench: Bench, test: PlaybookTest, playbook: Playbook, found: Sequence[Disagreement]
) -> list[Disagreement]:
    """The disagreements, with the explanation of their plays for their records on their days, each once."""
    places = {one.place for one in found if one.place is not None}
    trees: dict[tuple[str, str, date], Mapping[str, object]] = {}

    def look(decision: Decision, base: Facts, connection: Connection) -> None:
        for play, record, on in places:
            if on == decision.moment.today and (key := record or _only(base, playbook)):
                why = explained(base, connection, decision, playbook, playbook.plays[play], key)
                if why is not None:
                    trees[play, record, on] = {**why.to_json(), "roles": list(why.roles)}

    for _ in bench.run(test, playbook, look):
        pass
    told: list[object] = []
    explained_: list[Disagreement] = []
    for one in found:
        tree = trees.get(one.place) if one.place else None
        explained_.append(replace(one, explanation=None if tree in told else tree))
        told.append(tree)
    return explained_


def _only(base: Facts, playbook: Playbook) -> str:
    """The record of a test that has just one; "" for any other number."""
    records = base.store.every(playbook.entity)
    return str(records[0]["_key"]) if len(records) == 1 else ""
