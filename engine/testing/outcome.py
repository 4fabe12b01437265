"""What came of tests: what happened on each day, what of it was not expected, and what of it went missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date

from ...dsl.frozen import frozen


@frozen
class Event:
    """Something that a run did: an action (somebody gets something), or else what an occurrence came to.
    ``said`` has a value for each key of an expectation that can be asked of it."""

    on: date
    is_action: bool
    said: Mapping[str, object]


@frozen
class Disagreement:
    """One thing that is not as the test says. ``expected`` None: something happened that nothing allows;
    ``got``: what happened that comes nearest, and ``differs`` in what the first of it is not as expected.
    ``explanation`` is the JSON of `explain` for the play."""

    message: str
    expected: Mapping[str, object] | None
    got: Sequence[Mapping[str, object]]
    line: int
    place: tuple[str, str, date] | None = None  # play, record, day
    explanation: Mapping[str, object] | None = None
    differs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "message": self.message,
            "expected": dict(self.expected) if self.expected is not None else None,
            "got": [dict(one) for one in self.got],
            "differs": list(self.differs),
            "line": self.line,
            "explanation": dict(self.explanation) if self.explanation is not None else None,
        }


@frozen
class TestOutcome:
    """What came of one test; it passed if there is no disagreement."""

    __test__ = False  # not one of pytest's

    file: str
    line: int
    name: str
    playbook: str
    disagreements: tuple[Disagreement, ...] = ()
    counted: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.disagreements

    def to_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "line": self.line,
            "name": self.name,
            "playbook": self.playbook,
            "outcome": "passed" if self.passed else "failed",
            "failures": [one.to_json() for one in self.disagreements],
        }
