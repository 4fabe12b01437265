"""What may stand at which place of which file: an expression, people, the name of a template …: one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...dsl.frozen import frozen
from .site import Site

SlotKind = Literal[
    "expression", "holes", "people", "template", "survey", "pricebook", "plan", "play", "playbook", "entity",
    "recipient", "relation", "step", "field", "table", "channel", "webhook", "topic", "user",
    "source adapter", "channel adapter",
]  # fmt: skip

# Keys that lead to a value; `*` is any one key; the indexes of lists are left out.
_PLAYBOOK: Mapping[str, SlotKind] = {
    "for": "entity",
    "extends": "playbook",
    "topic": "topic",
    "where": "expression",
    "stop": "expression",
    "approve": "expression",
    "params * by": "expression",
    "plays * when": "expression",
    "plays * clear": "expression",
    "plays * if": "expression",
    "plays * unless": "expression",
    "plays * approve": "expression",
    "plays * after": "play",
    "plays * topic": "topic",
    "plays * together": "step",
    "plays * variants * template": "template",
    "plays * variants * to": "people",
    "plays * variants * cc": "people",
    "plays * variants * from": "people",
    "plays * do email": "template",
    "plays * do survey": "survey",
    "plays * do quote": "pricebook",
    "plays * do plan": "plan",
    "plays * do to": "people",
    "plays * do cc": "people",
    "plays * do from": "people",
    "plays * do assign": "people",
    "plays * do approve": "expression",
    "plays * do via": "channel",
    "plays * do topic": "topic",
    "plays * do task": "holes",
    "plays * do task *": "holes",
    "plays * do checklist": "holes",
    "plays * do checklist *": "holes",
    "plays * do until": "expression",
    "plays * do rank": "expression",
    "plays * do priority": "expression",
    "plays * do webhook": "webhook",
    "plays * do payload *": "expression",
}
_CATALOG: Mapping[str, SlotKind] = {
    "entities * key": "field",
    "entities * from": "table",
    "entities * from table": "table",
    "entities * aliases": "table",
    "entities * belongs_to *": "field",
    "entities * belongs_to * entity": "entity",
    "entities * belongs_to * by": "field",
    "entities * cycle": "expression",
    "entities * cycle by": "expression",
    "entities * derive *": "expression",
    "entities * fields * money by": "field",
    "recipients * of": "relation",
    "recipients * user": "expression",
    "recipients * where": "expression",
    "recipients * by": "expression",
    "recipients * else": "recipient",
    "scores * on": "entity",
    "scores * parts * value": "expression",
}
_PROJECT: Mapping[str, SlotKind] = {
    "sources * adapter": "source adapter",
    "channels * adapter": "channel adapter",
    "users * manager": "user",
}
_SURVEY: Mapping[str, SlotKind] = {"for": "entity", "questions * if": "expression"}
_PRICEBOOK: Mapping[str, SlotKind] = {
    "for": "entity",
    "quantity": "expression",
    "period from": "expression",
    "period to": "expression",
    "lines * if": "expression",
    "approve": "expression",
}
_PLAN: Mapping[str, SlotKind] = {
    "for": "entity",
    "goal": "expression",
    "steps * task": "holes",
    "steps * task *": "holes",
    "steps * assign": "people",
    "steps * checklist": "holes",
    "steps * checklist *": "holes",
    "steps * until": "expression",
    "steps * rank": "expression",
    "steps * priority": "expression",
}
_TABLES = {
    "playbooks": _PLAYBOOK,
    "catalog": _CATALOG,
    "playcall.yaml": _PROJECT,
    "surveys": _SURVEY,
    "pricebooks": _PRICEBOOK,
    "plans": _PLAN,
}
SCHEMAS = {"playbooks": "playbook", "catalog": "catalog", "playcall.yaml": "project"}


@frozen
class Slot:
    """A place that takes something that an editor can help with, and the text there up to the cursor and
    after it. Of a text with holes, the hole's."""

    kind: SlotKind
    before: str
    after: str


def folder(name: str) -> str:
    """The part of a project that a file belongs to: ``playbooks``, ``catalog``, ``templates``, or its
    name."""
    return name.partition("/")[0]


def slot_of(name: str, site: Site) -> Slot | None:
    """What stands at a site of the file ``name``; None: nothing that is known."""
    if site.is_key:
        return None
    kind = _kind(_TABLES.get(folder(name), {}), site.names)
    if kind == "holes" or (kind == "expression" and "{{" in site.before):
        return hole(site.before, site.after)
    return None if kind is None else Slot(kind, site.before, site.after)


def hole(before: str, after: str, opening: str = "{{", closing: str = "}}") -> Slot | None:
    """The expression between the brackets that the cursor is in."""
    _, opened, inside = before.rpartition(opening)
    if not opened or closing in inside:
        return None
    return Slot("expression", inside, after.partition(closing)[0])


def _kind(table: Mapping[str, SlotKind], path: tuple[str, ...]) -> SlotKind | None:
    for pattern, kind in table.items():
        wanted = pattern.split(" ")
        if len(wanted) == len(path) and all(
            one in ("*", part) for one, part in zip(wanted, path, strict=True)
        ):
            return kind
    return None
