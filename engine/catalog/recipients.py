"""Recipients: rules that find people, as the catalogue declares them."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.types import Schema, ToMany
from ..document import Node, Scalar
from ..shape import Findings, read_fields, shape, suggestion
from .derive import DerivedFields
from .expressions import check_condition, check_expression
from .model import Expression, Recipient

RECIPIENT = shape("a recipient", "of user where by take else describe")


def read_recipient(key: Scalar, node: Node, findings: Findings) -> Recipient | None:
    """One entry of ``recipients:``; None if it cannot be used."""
    fields = read_fields(node, RECIPIENT, findings)
    if fields is None:
        return None
    ways = [way for way in ("of", "user") if way in fields]
    if len(ways) != 1:
        message = f"the recipient `{key.text}` needs `of` (a relation) or `user` (a person), one of them"
        findings.add("E106" if not ways else "E107", key.location, message)
        return None
    only_of = [name for name in ("where", "by", "take") if name in fields and "of" not in fields]
    for name in only_of:
        message = f"`{name}` chooses among the people of a relation; it has no meaning beside `user`"
        findings.add("E107", fields.location(name), message, "remove it")

    def expression(name: str) -> Expression | None:
        source = fields.expression(name)
        return None if source is None or name in only_of else Expression(source, fields.location(name))

    return Recipient(
        name=key.text,
        relation=fields.text("of"),
        user=expression("user"),
        where=expression("where"),
        by=expression("by"),
        take=fields.integer("take", least=1),
        otherwise=fields.text("else"),
        location=key.location,
        places={name: fields.node.values[name].location for name in ("of", "else") if name in fields},
    )


def check_recipients(
    recipients: Mapping[str, Recipient], schema: Schema, derived: DerivedFields, findings: Findings
) -> None:
    """What can be said about the rules without a playbook: the relation exists, conditions fit its
    records, the ``else`` chain ends."""
    for recipient in recipients.values():
        _check_else(recipient, recipients, findings)
        if recipient.relation is not None:
            _check_relation(recipient, recipient.relation, schema, derived, findings)


def _check_else(recipient: Recipient, recipients: Mapping[str, Recipient], findings: Findings) -> None:
    seen = [recipient.name]
    step = recipient.otherwise
    if step is not None and step not in recipients:
        help_text = suggestion(step, [name for name in recipients if name != recipient.name])
        findings.add("E404", recipient.places["else"], f"`else: {step}` is not a recipient", help_text)
    while step is not None and step in recipients:
        if step in seen:
            if step == recipient.name:
                chain = " → ".join([*seen, step])
                findings.add("E404", recipient.location, f"recipients fall back to each other: {chain}")
            return
        seen.append(step)
        step = recipients[step].otherwise


def _check_relation(
    recipient: Recipient, name: str, schema: Schema, derived: DerivedFields, findings: Findings
) -> None:
    relations = relations_named(schema, name)
    if not relations and name in schema.wrong:
        return
    if not relations:
        known = {relation for entity in schema.entities.values() for relation in entity.to_many}
        help_text = suggestion(name, known | set(schema.relations))
        message = f"`of: {name}`: no entity has a relation of that name"
        findings.add("E204", recipient.places["of"], message, help_text)
        return
    targets = sorted({relation.entity for relation in relations})
    for target in targets:
        attempt = Findings()
        if recipient.where is not None:
            check_condition(recipient.where.source, derived.scope(target), attempt)
        if recipient.by is not None:
            check_expression(recipient.by.source, derived.scope(target), attempt)
        if attempt.items and target == targets[-1]:
            findings.items.extend(attempt.items)
        elif not attempt.items:
            return


def relations_named(schema: Schema, name: str) -> list[ToMany]:
    """Every relation of a name, of any entity."""
    found = [entity.to_many[name] for entity in schema.entities.values() if name in entity.to_many]
    return [*found, schema.relations[name]] if name in schema.relations else found
