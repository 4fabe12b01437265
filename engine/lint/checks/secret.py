"""E111: a secret in a playbook, the catalogue or a template. playcall.yaml is judged as it is read."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...catalog.project import FILE
from ...catalog.secrets import HELP, secret_in
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Passwords in URLs, and keys in the forms that their issuers give them, in any line of any file."""
    for file in loaded.files:
        found = secret_in(file.text) if file.name != FILE else None
        if found is not None:
            start, end, what = found
            message = f"the file holds {what} as literal text"
            yield Diagnostic(file.location(start, end), "E111", message, HELP)
