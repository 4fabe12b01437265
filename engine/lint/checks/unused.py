"""W503: recipients, params, templates, surveys, plans and abstract playbooks that nothing uses."""

from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ....dsl.frozen import frozen
from ....dsl.ledger_forms import surveys_named
from ....dsl.parser import parse
from ....dsl.source import SourceText
from ....dsl.syntax import Literal
from ....dsl.typed import Checked, Param, walk
from ...document import Entries, Items, Node, Scalar
from ...playbook.fingerprint import parts
from ...playbook.loader import Loaded
from ...playbook.model import EmailAction, Person, Playbook
from ..subjects import expressions, template_places
from ..whole import Whole


@frozen
class Used:
    """What some playbooks use, and of what is theirs alone (params, abstract playbooks) what they do not."""

    recipients: frozenset[str]
    templates: frozenset[str]
    surveys: frozenset[str]
    plans: frozenset[str]
    unused: tuple[Diagnostic, ...]


def gather(loaded: Loaded) -> Used:
    """What is used by the playbooks that were read."""
    recipients = frozenset(
        person.name for book in loaded.playbooks.values() for person in parts(book, Person)
    )
    return Used(
        recipients,
        frozenset(loaded.templates.used),
        frozenset(_surveys_used(loaded)),
        frozenset(_plans_used(loaded)),
        (*_params(loaded), *_bases(loaded)),
    )


def judge(whole: Whole, gathered: Sequence[Used]) -> Iterator[Diagnostic]:
    """What is declared and never used. Says nothing while files have errors: what uses it may be there."""
    if whole.loaded.errors:
        return
    yield from _recipients(whole.loaded, {name for one in gathered for name in one.recipients})
    yield from _templates(whole.loaded, {name for one in gathered for name in one.templates})
    yield from _surveys(whole.loaded, {name for one in gathered for name in one.surveys})
    yield from _plans(whole.loaded, {name for one in gathered for name in one.plans})
    for one in gathered:
        yield from one.unused


def _recipients(loaded: Loaded, named: set[str]) -> Iterator[Diagnostic]:
    recipients = loaded.catalog.recipients if loaded.catalog else {}
    pending = [*named]
    used: set[str] = set()
    while pending:
        name = pending.pop()
        if name in recipients and name not in used:
            used.add(name)
            pending.append(recipients[name].otherwise or "")
    for name, recipient in recipients.items():
        if name not in used:
            message = f"no play uses the recipient `{name}`"
            yield Diagnostic(recipient.location, "W503", message, "remove it")


def _surveys_used(loaded: Loaded) -> Iterator[str]:
    """Those that are sent, and those that an expression or a report names; all, where one is named that is
    not there: one of them was meant."""
    for playbook in loaded.playbooks.values() if loaded.surveys else ():
        for play in playbook.plays.values():
            for action in play.all_actions:
                if isinstance(action, EmailAction) and action.survey is not None:
                    yield action.survey.survey
    sources = [subject.checked.source for subject in expressions(loaded) if loaded.surveys]
    named = {str(names[0].value) for source in sources for names in _named(source)}
    texts = [source.text for source in sources]
    texts += [file.text for file in loaded.files if file.name.startswith("reports/")]
    is_misspelt = bool(named - loaded.surveys.keys())
    yield from (name for name in loaded.surveys if is_misspelt or any(name in text for text in texts))


def _named(source: SourceText) -> Iterator[tuple[Literal, ...]]:
    tree = parse(source) if "answer" in source.text else None
    return surveys_named(tree) if tree is not None and not isinstance(tree, Diagnostic) else iter(())


def _surveys(loaded: Loaded, used: set[str]) -> Iterator[Diagnostic]:
    for name, survey in loaded.surveys.items():
        if name not in used:
            yield Diagnostic(
                survey.location, "W503", f"nothing sends or asks for the survey `{name}`", "remove it"
            )


def _plans_used(loaded: Loaded) -> Iterator[str]:
    """Those that a playbook names; one may stand in a param."""
    texts = [file.text for file in loaded.files if loaded.plans and file.name.startswith("playbooks/")]
    yield from (name for name in loaded.plans if any(name in text for text in texts))


def _plans(loaded: Loaded, used: set[str]) -> Iterator[Diagnostic]:
    for name, plan in loaded.plans.items():
        if name not in used:
            yield Diagnostic(plan.location, "W503", f"no play begins the plan `{name}`", "remove it")


def _params(loaded: Loaded) -> Iterator[Diagnostic]:
    for playbook in loaded.playbooks.values():
        own = loaded.written[playbook.name].own
        declared = own.values.get("params")
        if isinstance(declared, Entries):
            used = _used_params(playbook) | _named_params(loaded.written[playbook.name].merged)
            for name, key in declared.keys.items():
                if name not in used:
                    message = f"the playbook does not use its param `{name}`"
                    yield Diagnostic(key.location, "W503", message, "remove it")


def _used_params(playbook: Playbook) -> set[str]:
    return {
        node.name
        for checked in parts(playbook, Checked)
        for node in walk(checked.tree)
        if isinstance(node, Param)
    }


def _named_params(node: Node) -> set[str]:
    """What actions name: a template, survey, price book or plan, or a param that holds one."""
    if isinstance(node, Items):
        return set().union(*map(_named_params, node.items))
    if not isinstance(node, Entries):
        return set()
    named = set().union(*map(_named_params, node.values.values()))
    written = (node.values.get(key) for key in ("email", "survey", "quote", "plan", "template"))
    return named | {one.text.removeprefix("params.") for one in written if isinstance(one, Scalar)}


def _templates(loaded: Loaded, used: set[str]) -> Iterator[Diagnostic]:
    for name, place in template_places(loaded).items():
        if name not in used:
            yield Diagnostic(place, "W503", f"no play uses the template `{name}`", "remove it")


def _bases(loaded: Loaded) -> Iterator[Diagnostic]:
    """Those that extend each other are read together."""
    extended = {
        node.text
        for one in loaded.written.values()
        if isinstance(node := one.own.values.get("extends"), Scalar)
    }
    for name, one in loaded.written.items():
        if one.abstract and name not in extended:
            message = f"no playbook extends `{name}`, which is abstract and does not run itself"
            yield Diagnostic(one.name_key.location, "W503", message, "remove it, or its `abstract: true`")
