"""W401: a template speaks every language that the project's templates speak."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ...playbook.loader import Loaded
from ..subjects import template_places


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """A template without a file for all languages that lacks a locale which others have."""
    places = template_places(loaded)
    variants = {name: set(loaded.templates.library.files[name]) for name in places}
    wanted = {locale for locales in variants.values() for locale in locales if locale}
    for name, locales in variants.items():
        missing = sorted(wanted - locales)
        if "" not in locales and missing:
            message = f"the template `{name}` has no variant for {', '.join(missing)}"
            help_text = f"write templates/{name}.{missing[0]}.md, or templates/{name}.md for all others"
            yield Diagnostic(places[name], "W401", message, help_text)
