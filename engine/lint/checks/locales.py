"""W401: a template speaks every language that the project's templates speak."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...playbook.loader import Loaded


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A template without a file for all languages that lacks a locale which others have."""
    files = loaded.templates.files
    wanted = {locale for variants in files.values() for locale in variants if locale}
    if loaded.project is None:
        return
    for name, variants in files.items():
        missing = sorted(wanted - set(variants))
        if "" not in variants and missing:
            path = next(iter(variants.values()))
            place = Location(path.relative_to(loaded.project.root).as_posix(), 1, 1, 1, 2)
            message = f"the template `{name}` has no variant for {', '.join(missing)}"
            help_text = f"write templates/{name}.{missing[0]}.md, or templates/{name}.md for all others"
            yield Diagnostic(place, "W401", message, help_text)
