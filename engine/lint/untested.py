"""W506: a play that no test expects anything of. It looks at tests too, so it stands beside the checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..playbook.loader import Loaded
from ..testing.loader import Tests
from .whole import Whole


@frozen
class Tested:
    """Of some playbooks: their plays, and those that tests expect something of (None among them: of any
    play). ``broken``: files of tests have errors."""

    plays: tuple[tuple[str, Location, tuple[tuple[str, Location], ...]], ...]
    expected: dict[str, set[object]]
    broken: bool


def gather(loaded: Loaded, tests: Tests) -> Tested:
    """What is tested of the playbooks that were read."""
    expected: dict[str, set[object]] = {}
    for test in tests.tests:
        expected.setdefault(test.playbook, set()).update(one.wants.get("play") for one in test.expect)
    plays = (
        (book.name, book.location, tuple((play.name, play.location) for play in book.plays.values()))
        for book in loaded.playbooks.values()
    )
    return Tested(tuple(plays), expected, bool(tests.diagnostics))


def judge(whole: Whole, gathered: Sequence[Tested]) -> Iterator[Diagnostic]:
    """In a project that has tests, or asks for them (`lint: {tests: true}`): a playbook without one, and a
    play that its tests never expect anything of. Says nothing while files of tests have errors."""
    project = whole.loaded.project
    asked = project is not None and project.policy.tests
    has_tests = any(one.expected for one in gathered)
    if not any(one.broken for one in gathered) and (has_tests or asked):
        for one in gathered:
            yield from _untested(one)


def _untested(tested: Tested) -> Iterator[Diagnostic]:
    for name, place, plays in tested.plays:
        expected = tested.expected.get(name)
        if expected is None:
            message = f"the playbook `{name}` has no test"
            yield Diagnostic(place, "W506", message, f"write tests/{name}.yaml")
        elif None not in expected:  # else something is expected of any play
            for play, location in plays:
                if play not in expected:
                    message = f"no test of {name} expects anything of the play `{play}`"
                    yield Diagnostic(location, "W506", message, f"expect it: `{{play: {play}, …}}`")
