"""W502: a playbook says what it is for."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from .owner import says_nothing


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A playbook without ``describe``, or with an empty one."""
    for playbook in loaded.playbooks.values():
        if not playbook.describe and says_nothing(loaded.written[playbook.name].merged, "describe"):
            message = f"the playbook `{playbook.name}` has no description"
            yield Diagnostic(playbook.location, "W502", message, "add `describe:` with one sentence")
