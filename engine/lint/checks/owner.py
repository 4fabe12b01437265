"""W501: a playbook says who owns it."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...document import Entries, Scalar
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A playbook without ``owner``, or with an empty one."""
    for playbook in loaded.playbooks.values():
        if not playbook.owner and says_nothing(loaded.written[playbook.name].merged, "owner"):
            message = f"the playbook `{playbook.name}` has no owner"
            yield Diagnostic(playbook.location, "W501", message, "add `owner:` with an address")


def says_nothing(written: Entries, key: str) -> bool:
    """Whether a key is absent or holds an empty text; anything else that is wrong is reported as it is
    read."""
    node = written.values.get(key)
    return key not in written.keys or (isinstance(node, Scalar) and not node.plain and not node.text.strip())
