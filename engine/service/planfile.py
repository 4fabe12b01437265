"""A plan that was written to a file: what it rests on, and what it decided, so that `apply` can do exactly
that or say what has moved.

The file is JSON. It holds customers' data, so only its owner may read it, and it is never written over.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.model import Commit
from ..evaluate.model import Moment

FORMAT: Final = 1
_NAME, _SUM = "playcall_plan", "checksum"


class PlanError(PlaycallError):
    """A plan that cannot be written, read or applied; the text says why and what to do."""


@frozen
class LedgerState:
    """How far a ledger was: its last run (None: there was none) and the number of its last event."""

    run: str | None
    event: int


@frozen
class PlanFile:
    """Everything that the decisions rest on, and what they came to.

    - ``made_at``: when the plan was made; ``moment``: when it stands at; ``playbook``: the only one planned.
    - ``marks``: what tells each part of the project from another version of it, by kind and name.
    - ``sources``: what tells each source's files from later ones; ``load`` how they were found.
    - ``before``: the snapshot whose records stood for those that could not be loaded.
    - ``decisions``: the hash of all that the run would write; ``plan`` the same for people.
    """

    made_at: datetime
    moment: Moment
    environment: str | None
    playbook: str | None
    marks: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, str]
    load: Mapping[str, Any]
    before: str | None
    ledger: LedgerState
    decisions: str
    plan: Mapping[str, Any]

    @property
    def id(self) -> str:
        """What the ledger knows an applied plan by."""
        return self.decisions[:20]

    def to_json(self) -> dict[str, Any]:
        return {
            "made_at": self.made_at.isoformat(),
            "as_of": self.moment.now.isoformat(),
            "day": self.moment.today.isoformat(),
            "environment": self.environment,
            "playbook": self.playbook,
            "marks": {kind: dict(marks) for kind, marks in self.marks.items()},
            "sources": dict(self.sources),
            "load": dict(self.load),
            "before": self.before,
            "ledger": {"run": self.ledger.run, "event": self.ledger.event},
            "decisions": self.decisions,
            "plan": dict(self.plan),
        }


def write_plan(path: Path, plan: PlanFile) -> None:
    """Write a plan; one that a crash cuts short is refused when it is read. Raises ``PlanError`` where
    something has that name."""
    content = plan.to_json()
    text = json.dumps({_NAME: FORMAT, _SUM: _checksum(content), **content}, ensure_ascii=False, indent=1)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PlanError(
            f"{path} is there already, and plans are not written over: name another file"
        ) from None
    except OSError as error:
        raise PlanError(f"the plan cannot be written to {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PlanError(f"the plan cannot be written to {path}: {error.strerror}") from None


def read_plan(path: Path) -> PlanFile:
    """Read a plan. Raises ``PlanError`` for what is none, or is not as it was written."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise PlanError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise PlanError(f"{path} is no plan, or was cut short; {_AGAIN}") from None
    if not isinstance(content, dict) or _NAME not in content:
        raise PlanError(f"{path} is no plan; {_AGAIN}")
    version = content.pop(_NAME)
    if version != FORMAT:
        raise PlanError(f"{path} was written by another version of playcall (format {version}); {_AGAIN}")
    if content.pop(_SUM, None) != _checksum(content):
        raise PlanError(f"{path} is not as it was written, so it is not applied; {_AGAIN}")
    return _plan(content)


_AGAIN: Final = "`playcall plan --out FILE` writes one"


def _plan(content: Mapping[str, Any]) -> PlanFile:
    return PlanFile(
        made_at=datetime.fromisoformat(content["made_at"]),
        moment=Moment(datetime.fromisoformat(content["as_of"]), date.fromisoformat(content["day"])),
        environment=content["environment"],
        playbook=content["playbook"],
        marks=content["marks"],
        sources=content["sources"],
        load=content["load"],
        before=content["before"],
        ledger=LedgerState(content["ledger"]["run"], content["ledger"]["event"]),
        decisions=content["decisions"],
        plan=content["plan"],
    )


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def digest(commit: Commit) -> str:
    """The hash of all that a run writes. The order in which rows were found does not matter."""
    found = hashlib.sha256()
    for field in fields(commit):
        for row in _rows(getattr(commit, field.name)):
            found.update(f"{field.name} {row}\n".encode())
    return found.hexdigest()


def _rows(part: object) -> Iterator[str]:
    yield from sorted(map(repr, part)) if isinstance(part, tuple) else [repr(part)]
