"""catalog/*.yaml → the checked catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...dsl.ledger_forms import CYCLE_KINDS
from ...dsl.source import Location, SourceText
from ...dsl.types import EntityType
from ..document import Entries, Node, Scalar
from ..files import Files
from ..shape import Fields, Findings, read_each, read_fields, read_yaml, shape
from .builtin import OPEN_TASKS
from .declared import BUILT_IN, Declared, read_entity
from .derive import DerivedFields, Wanted
from .expressions import check_expression
from .model import Catalog, Cycle, Derived, Entity, Project, Recipient
from .names import check_case
from .recipients import check_recipients, read_recipient
from .schema import Draft, draft_schema
from .scores import DeclaredScore, add_score, checked_score, read_score

CATALOG = shape("a catalogue file", "entities recipients scores")

Sections = dict[str, list[tuple[Scalar, Node]]]


def load_catalog(project: Project, findings: Findings, files: Files) -> Catalog:
    """The catalogue of a project, as far as it is right; mistakes go to ``findings``, the files read to
    ``files``."""
    sections = _read_sections(findings, files)
    declared = {
        entity.name: entity
        for key, node in sections["entities"]
        if (entity := read_entity(key, node, project, findings)) is not None
    }
    for index, entity in enumerate(declared.values()):
        others = (*list(declared)[:index], "user", *BUILT_IN)
        check_case(entity.name, entity.location, others, "the entity", findings)
    schema, drafts = draft_schema(declared, findings)
    derived = DerivedFields(schema, drafts, project.settings, findings)
    scores = _add_derived(declared, sections, drafts, derived, findings)
    cycles = _cycles(declared, derived, findings)
    checked = derived.check_all(cycles)
    entities = {name: _entity(declared.get(name), draft, checked, cycles) for name, draft in drafts.items()}
    recipients = _recipients(sections, findings)
    schema = replace(schema, entities={name: entity.type for name, entity in entities.items()})
    check_recipients(recipients, schema, derived, findings)
    found_scores = (checked_score(score, derived) for score in scores)
    return Catalog(schema, entities, recipients, {score.name: score for score in found_scores if score})


def _read_sections(findings: Findings, files: Files) -> Sections:
    """The entries of all files by section; a name that stands in two files is reported."""
    sections: Sections = {"entities": [], "recipients": [], "scores": []}
    seen: dict[tuple[str, str], Location] = {}
    for path in files.below("catalog", "*.yaml"):
        node = read_yaml(path, findings, files)
        fields = read_fields(node, CATALOG, findings) if node is not None else None
        for section in sections if fields else ():
            sections[section].extend(_entries(fields, section, seen))  # type: ignore[arg-type]  # not None
    return sections


def _entries(
    fields: Fields, section: str, seen: dict[tuple[str, str], Location]
) -> list[tuple[Scalar, Node]]:
    found: list[tuple[Scalar, Node]] = []

    def read(key: Scalar, node: Node) -> None:
        first = seen.setdefault((section, key.text), key.location)
        if first == key.location:
            found.append((key, node))
        else:
            message = f"`{key.text}` is declared in {first.file}:{first.line} already"
            fields.findings.add("E501", key.location, message, "keep one of the two")

    entries: Entries | None = fields.entries(section)
    if entries is not None:
        read_each(entries, read, fields.findings, f"`{section}`:")
    return found


def _add_derived(
    declared: Mapping[str, Declared],
    sections: Sections,
    drafts: dict[str, Draft],
    derived: DerivedFields,
    findings: Findings,
) -> list[DeclaredScore]:
    for entity in declared.values():
        for name, expression in entity.derive.items():
            derived.add(entity.name, name, Wanted(_always(expression.source), expression.location))
    if not drafts["user"].taken("open_tasks"):
        user = declared.get("user")
        place = user.location if user else Location("playcall.yaml", 1, 1, 1, 2)
        derived.add("user", "open_tasks", Wanted(_always(SourceText.of(OPEN_TASKS)), place))
    scores = [
        score
        for key, node in sections["scores"]
        if (score := read_score(key, node, drafts, findings)) is not None
    ]
    for score in scores:
        add_score(score, derived, findings)
    return scores


def _always(source: SourceText) -> Callable[[], SourceText]:
    return lambda: source


def _cycles(declared: Mapping[str, Declared], derived: DerivedFields, findings: Findings) -> dict[str, Cycle]:
    cycles: dict[str, Cycle] = {}
    for name, entity in declared.items():
        if entity.cycle is not None:
            checked = check_expression(entity.cycle.source, derived.scope(name), findings, CYCLE_KINDS)
            if checked is not None:
                cycles[name] = Cycle(checked, entity.cycle.tolerance_days)
    return cycles


def _recipients(sections: Sections, findings: Findings) -> dict[str, Recipient]:
    read = (read_recipient(key, node, findings) for key, node in sections["recipients"])
    return {recipient.name: recipient for recipient in read if recipient is not None}


def _entity(
    declared: Declared | None,
    draft: Draft,
    derived: Mapping[str, Mapping[str, Derived]],
    cycles: Mapping[str, Cycle],
) -> Entity:
    type_: EntityType = replace(draft.type(), fields=dict(draft.fields))
    own = derived.get(draft.name, {})
    if declared is None:
        return Entity(draft.name, type_, (), {}, own, None, None, None)
    return Entity(
        name=declared.name,
        type=type_,
        tables=declared.tables,
        fields=declared.fields,
        derived=own,
        cycle=cycles.get(declared.name),
        aliases=declared.aliases,
        location=declared.location,
    )
