"""W501: a playbook says who owns it."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A playbook without ``owner``."""
    for playbook in loaded.playbooks.values():
        if not playbook.owner and "owner" not in loaded.written[playbook.name].merged.keys:
            message = f"the playbook `{playbook.name}` has no owner"
            yield Diagnostic(playbook.location, "W501", message, "add `owner:` with an address")
