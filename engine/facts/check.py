"""`facts check`: the state of every table and what is wrong with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...dsl.frozen import frozen
from .model import Problem, Snapshot, SourceState, Status

# What each kind of problem means, for people.
WORDS: Mapping[str, str] = {
    "unparsed": "not a value of the field's type",
    "missing": "empty, though the field is not nullable",
    "no_currency": "an amount without its currency",
    "no_key": "row without a key, left out",
    "duplicate": "key seen before; the first row counts",
    "bad_row": "row whose cells cannot be told apart, left out",
    "broken_reference": "no such record",
    "unmatched": "row that matches no record",
    "duplicate_match": "further row for the same record; the first counts",
    "no_freshness": "no such column; the file's own time counts",
}


@frozen
class FactsCheck:
    """The JSON of `facts check`."""

    snapshot: str
    sources: tuple[SourceState, ...]

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend: every table is ok and no row has a problem."""
        return all(state.status == "ok" and not state.problems for state in self.sources)

    def bad(self) -> Iterator[tuple[str, Status, str]]:
        """(``SOURCE.TABLE``, status, reason) of the tables that hold what depends on them."""
        return ((s.name, s.status, s.reason) for s in self.sources if s.status != "ok")

    def problems(self) -> Iterator[tuple[SourceState, Problem]]:
        """Every problem with its table."""
        return ((state, problem) for state in self.sources for problem in state.problems)

    def to_json(self) -> dict[str, object]:
        return {"snapshot": self.snapshot, "sources": [state.to_json() for state in self.sources]}


def check(snapshot: Snapshot) -> FactsCheck:
    """What a load found out."""
    return FactsCheck(snapshot.id, snapshot.sources)


def describe(problem: Problem) -> str:
    """A problem in one line: ``12 × contract.renewal_date: not a value … (row 4 K-1 "2026-02-30")``."""
    field = f"{problem.entity}.{problem.field}" if problem.field else problem.entity
    line = f"{problem.count} × {field}: {WORDS[problem.kind]}"
    if not problem.examples:
        return line
    first = problem.examples[0]
    parts = [
        f"row {first.row}" if first.row is not None else "",
        first.key or "",
        f'"{first.cell}"' if first.cell else "",
    ]
    return f"{line} ({' '.join(part for part in parts if part)})"
