"""W506: a play that no test expects anything of."""

from collections import defaultdict
from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ...testing.loader import Tests


def check(loaded: Loaded, tests: Tests) -> Iterator[Diagnostic]:
    """In a project that has tests, or asks for them (`lint: {tests: true}`): a playbook without one, and a
    play that its tests never expect anything of. Says nothing while files of tests have errors."""
    asked = loaded.project is not None and loaded.project.policy.tests
    if tests.diagnostics or not (tests.tests or asked):
        return
    expected: dict[str, set[object]] = defaultdict(set)
    for test in tests.tests:
        expected[test.playbook] |= {one.wants.get("play") for one in test.expect}
    for playbook in loaded.playbooks.values():
        plays = expected.get(playbook.name)
        if plays is None:
            message = f"the playbook `{playbook.name}` has no test"
            yield Diagnostic(playbook.location, "W506", message, f"write tests/{playbook.name}.yaml")
        elif None not in plays:  # else something is expected of any play
            for play in playbook.plays.values():
                if play.name not in plays:
                    message = f"no test of {playbook.name} expects anything of the play `{play.name}`"
                    yield Diagnostic(play.location, "W506", message, f"expect it: `{{play: {play.name}, …}}`")
