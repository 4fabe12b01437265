"""`replay`: a past run decided again, from what it rested on, and laid beside what the ledger has of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.model import Commit, RunRow
from ..facts.model import stamp
from ..ledger import read, runs
from .deciding import Decision
from .recording import Basis, reopened
from .running import adopted
from .workspace import Workspace

LAST = "last"


@frozen
class Difference:
    """One thing that the ledger has and the replay does not, or has otherwise. ``kind`` is ``run``,
    ``decision``, ``touch`` or ``task``; ``recorded`` and ``replayed`` what each says (None: nothing)."""

    kind: str
    id: str
    recorded: str | None
    replayed: str | None


@frozen
class Replay:
    """The JSON of `playcall replay`."""

    run: RunRow
    basis: Basis
    decision: Decision
    decisions: int
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "run": self.run.id,
            "as_of": stamp(self.run.as_of),
            "snapshot": self.run.snapshot,
            "project": self.basis.project,
            "playcall": self.basis.playcall,
            "same": not self.differences,
            "decisions": self.decisions,
            "verdicts": self.decision.decided.counts(),
            "differences": [
                {"kind": one.kind, "id": one.id, "recorded": one.recorded, "replayed": one.replayed}
                for one in self.differences
            ],
        }


def replay(workspace: Workspace, run: str) -> Replay:
    """Decide a run again. Raises ``PlaycallError``: there is no such run, or what it rested on is gone."""
    with workspace.ledger_to_read() as ledger, ledger.reading() as connection:
        found = read.last_run(connection) if run == LAST else read.run_of(connection, run)
        if found is None:
            raise PlaycallError(f"the ledger has no run `{run}`; `playcall status` names the last one")
        with reopened(workspace, found.id) as then:
            decision = then.decide()
            commit = adopted(decision, then.basis.play) if then.basis.act == "adopt" else decision.commit
        recorded = runs.decisions_of(connection, found.id)
        differences = tuple(_differences(connection, found, commit))
        return Replay(found, then.basis, decision, len(recorded), differences)


def _differences(connection: Connection, run: RunRow, commit: Commit) -> Iterator[Difference]:
    yield from _unlike("run", _rested_on(run), _rested_on(commit.run))
    decisions = {row.id: (row.verdict, row.reason, row.detail) for row in commit.occurrences}
    yield from _unlike("decision", runs.decisions_of(connection, run.id), decisions)
    touches = {row.id: tuple(getattr(row, name) for name in runs.TOUCH) for row in commit.touches}
    yield from _unlike("touch", runs.touches_of(connection, run.id), touches)
    tasks = {row.id: tuple(getattr(row, name) for name in runs.TASK) for row in commit.tasks}
    yield from _unlike("task", runs.tasks_of(connection, run.id), tasks)


def _rested_on(run: RunRow) -> dict[str, tuple[object, ...]]:
    return {run.id: (run.as_of, run.day, run.snapshot, run.fingerprint)}


def _unlike(
    kind: str, recorded: Mapping[str, tuple[object, ...]], replayed: Mapping[str, tuple[object, ...]]
) -> Iterator[Difference]:
    for key in sorted({*recorded, *replayed}):
        before, now = recorded.get(key), replayed.get(key)
        if before != now:
            yield Difference(kind, key, _told(before), _told(now))


def _told(row: tuple[object, ...] | None) -> str | None:
    return None if row is None else ", ".join(map(str, row))
