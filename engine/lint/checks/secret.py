"""E111: a secret in a playbook, the catalogue or a template. playcall.yaml is judged as it is read."""

from collections.abc import Iterable, Iterator

from ....dsl.diagnostics import Diagnostic
from ...catalog.project import FILE
from ...catalog.secrets import HELP, secrets_in
from ...document import File
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Passwords in URLs, and keys in the forms that their issuers give them, in any line of any file."""
    yield from secrets(loaded.files)


def secrets(files: Iterable[File]) -> Iterator[Diagnostic]:
    """The secrets in some files."""
    for file in files:
        for start, end, what in secrets_in(file.text) if file.name != FILE else ():
            message = f"the file holds {what} as literal text"
            yield Diagnostic(file.location(start, end), "E111", message, HELP)
