"""W105: names that do not follow the project's own rule (`lint: {naming: …}` of playcall.yaml)."""

from collections.abc import Callable, Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.source import Location
from ...catalog.model import Catalog
from ...catalog.policy import STYLES, Naming
from ...document import Entries
from ...playbook.loader import Loaded
from ..subjects import template_places


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """Each name of a kind that has a rule, where it is declared."""
    rules = loaded.project.policy.naming if loaded.project else {}
    fits = {kind: _fits(rule) for kind, rule in rules.items()}
    reported: set[Location] = set()
    for kind, name, place in _names(loaded) if rules else ():
        if kind in rules and place not in reported and not fits[kind](name):
            reported.add(place)
            message = f"the {kind} `{name}` is not named by the project's rule: {rules[kind].written}"
            yield Diagnostic(place, "W105", message, _suggestion(name, rules[kind]))


def _fits(rule: Naming) -> Callable[[str], bool]:
    import re2  # heavy, and only where a project has rules: a pattern of a project's own must not hang lint

    compiled = re2.compile(rule.pattern)
    return lambda name: compiled.fullmatch(name) is not None


def _suggestion(name: str, rule: Naming) -> str:
    """The name in a style; nothing for a pattern of the project's own."""
    if rule.written not in STYLES:
        return ""
    sign = "-" if rule.written == "kebab-case" else "_"
    words = (
        "".join(f" {char}" if char.isupper() else char for char in name).replace("_", " ").replace("-", " ")
    )
    return f"write `{sign.join(words.lower().split())}`"


def _names(loaded: Loaded) -> Iterator[tuple[str, str, Location]]:
    if loaded.catalog is not None:
        yield from _catalogue(loaded.catalog)
    for name, written in loaded.written.items():
        yield "playbook", name, written.name_key.location
        params = written.own.values.get("params")
        for key in params.keys.values() if isinstance(params, Entries) else ():
            yield "param", key.text, key.location
    for playbook in loaded.playbooks.values():
        yield from (("play", play.name, play.location) for play in playbook.plays.values())
    yield from (("template", name, place) for name, place in template_places(loaded).items())


def _catalogue(catalog: Catalog) -> Iterator[tuple[str, str, Location]]:
    for entity in catalog.entities.values():
        if entity.location is not None:
            yield "entity", entity.name, entity.location
            yield from (("field", name, one.location) for name, one in entity.fields.items())
            own = (one for one in entity.derived.values() if "." not in one.name)
            yield from (("field", one.name, one.location) for one in own if one.name not in catalog.scores)
    yield from (("recipient", name, one.location) for name, one in catalog.recipients.items())
    yield from (("score", name, one.location) for name, one in catalog.scores.items())
