"""W502: a playbook says what it is for."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A playbook without ``describe``."""
    for playbook in loaded.playbooks.values():
        if not playbook.describe and "describe" not in loaded.written[playbook.name].merged.keys:
            message = f"the playbook `{playbook.name}` has no description"
            yield Diagnostic(playbook.location, "W502", message, "add `describe:` with one sentence")
