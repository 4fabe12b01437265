"""W104: a file that stands among those of the project and is not read."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...playbook.loader import Loaded

_FOLDERS = ("catalog", "playbooks", "surveys", "pricebooks", "reports", "tests")


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``.yml`` and other spellings: only ``.yaml`` files are read."""
    if loaded.project is None:
        return
    root = loaded.project.root
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix != ".yaml" and path.suffix.lower() in (".yml", ".yaml") and path.is_file():
                name = path.relative_to(root).as_posix()
                message = f"{name} is not read: the files of a project end in .yaml"
                help_text = f"rename it to {path.with_suffix('.yaml').name}"
                yield Diagnostic(Location(name, 1, 1, 1, 2), "W104", message, help_text)
