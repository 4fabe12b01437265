"""People rules: a recipient's name, a user expression, a user's key, or a list of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from ...dsl import syntax
from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.parser import parse
from ...dsl.scope import Scope
from ...dsl.source import Location, SourceText, Span
from ...dsl.typed import Checked, Const
from ...dsl.types import EntityType, Kind, Schema, ToMany, Type
from ..catalog.expressions import check_condition, check_expression
from ..catalog.model import Expression, Recipient
from ..document import Node
from ..shape import Fields, Findings, as_list, guessed, read_expression, suggestion
from .context import Context
from .model import Person, PersonOf, PersonUser

_USER = Type(Kind.USER)


@frozen
class Wanted:
    """What a rule's people are for: ``users`` (who is assigned) or anybody with an address."""

    key: str
    users_only: bool


def read_people(fields: Fields, wanted: Wanted, context: Context) -> tuple[Person, ...]:
    """The people under a key of an action; those that cannot be found are reported."""
    found: list[Person] = []
    for node in as_list(fields.get(wanted.key)):
        source = read_expression(node, context.findings, f"`{wanted.key}`")
        person = _person(source, node, wanted, context) if source is not None else None
        if person is not None:
            found.append(person)
    return tuple(found)


def _person(source: SourceText, node: Node, wanted: Wanted, context: Context) -> Person | None:
    name = source.text.strip()
    if name in context.catalog.recipients:
        return _recipient(name, node.location, wanted, context)
    if name in context.project.users:
        return Person(name, (PersonUser(_user_key(name, source, context.scope)),))
    if _is_unknown_word(source, context):
        known = [*context.catalog.recipients, *context.project.users, *_user_fields(context.scope.record)]
        help_text = suggestion(name, known) or f"there are: {', '.join(context.catalog.recipients) or 'none'}"
        message = f"`{name}` is not a recipient or a user"
        context.findings.add("E404", node.location, message, help_text, guessed(node, known))
        return None
    checked = context.expression(source)
    user = _as_user(checked) if checked is not None else None
    if checked is not None and user is None:
        message = f"`{wanted.key}` takes people, and `{name}` is {checked.type}"
        context.findings.add("E404", node.location, message, "name a recipient or a field of type user")
    return None if user is None else Person(name, (PersonUser(user),))


def _user_key(key: str, source: SourceText, scope: Scope) -> Checked:
    return Checked(scope.entity, Const(key, _USER, Span(0, len(source.text))), source)


def _as_user(checked: Checked) -> Checked | None:
    """An expression that gives a user; a text literal is a user's key."""
    if checked.type.kind is Kind.USER:
        return checked
    if isinstance(checked.tree, Const) and checked.type.kind is Kind.TEXT:
        return replace(checked, tree=replace(checked.tree, type=_USER))
    return None


def _is_unknown_word(source: SourceText, context: Context) -> bool:
    """Whether the text is one word that expressions do not know: most likely a misspelt recipient."""
    tree = parse(source)
    if not isinstance(tree, syntax.Path) or tree.scope or len(tree.words) > 1:
        return "-" in source.text and " " not in source.text
    word = tree.words[0].text
    return word not in context.scope.record.fields and word not in context.params


def _user_fields(record: EntityType) -> Iterable[str]:
    return (name for name, field in record.fields.items() if field.type.kind is Kind.USER)


def _recipient(name: str, location: Location, wanted: Wanted, context: Context) -> Person | None:
    """A recipient with its ``else`` chain, resolved for the playbook's record."""
    alternatives: list[PersonOf | PersonUser] = []
    for recipient in _chain(context.catalog.recipients[name], context):
        attempt = Findings()
        resolved = _resolve(recipient, wanted, context, attempt)
        if resolved is None:
            unfit = (_unfit(recipient, name, location, context, why) for why in attempt.items[:1])
            context.findings.items.extend(unfit)
            return None
        alternatives.append(resolved)
    return Person(name, tuple(alternatives))


def _chain(recipient: Recipient, context: Context) -> Iterable[Recipient]:
    seen: set[str] = set()
    step: Recipient | None = recipient
    while step is not None and step.name not in seen:
        yield step
        seen.add(step.name)
        step = context.catalog.recipients.get(step.otherwise or "")


def _unfit(
    recipient: Recipient, name: str, location: Location, context: Context, why: Diagnostic
) -> Diagnostic:
    which = f"`{name}`" if recipient.name == name else f"`{name}` (through its `else: {recipient.name}`)"
    message = f"the recipient {which} does not fit {context.scope.entity}: {why.message}"
    return Diagnostic(location, "E404", message, why.help)


def _resolve(
    recipient: Recipient, wanted: Wanted, context: Context, attempt: Findings
) -> PersonOf | PersonUser | None:
    if recipient.user is not None:
        return _resolve_user(recipient.user, recipient, context, attempt)
    found = nearest(context.scope.schema, context.scope.record, recipient.relation or "")
    if found is None and context.scope.schema.wrong:
        return None  # a step on the way to it may be what is wrong, which is reported
    if found is None:
        message = f"neither it nor what it belongs to has a relation `{recipient.relation}`"
        attempt.add("E404", recipient.location, message)
        return None
    hops, relation = found
    target = context.scope.schema.entities[relation.entity]
    if not _has_people(target, wanted, recipient, attempt):
        return None
    scope = Scope(context.scope.schema, relation.entity, context.project.settings)
    where = _part(recipient.where, scope, attempt, condition=True)
    by = _part(recipient.by, scope, attempt, condition=False)
    return None if attempt.items else PersonOf(hops, relation, where, by, recipient.take)


def _part(
    expression: Expression | None, scope: Scope, attempt: Findings, *, condition: bool
) -> Checked | None:
    if expression is None:
        return None
    check = check_condition if condition else check_expression
    return check(expression.source, scope, attempt)


def _resolve_user(
    expression: Expression, recipient: Recipient, context: Context, attempt: Findings
) -> PersonUser | None:
    key = expression.source.text.strip()
    if key in context.project.users:
        return PersonUser(_user_key(key, expression.source, context.scope))
    checked = check_expression(expression.source, context.scope, attempt)
    user = _as_user(checked) if checked is not None else None
    if checked is not None and user is None:
        attempt.add("E404", recipient.location, f"`user: {key}` is {checked.type}, not a user")
    return None if user is None else PersonUser(user)


def _has_people(target: EntityType, wanted: Wanted, recipient: Recipient, attempt: Findings) -> bool:
    """Whether records of an entity can be written to, or assigned to."""
    if target.name == "user":
        return True
    if wanted.users_only:
        message = f"`{wanted.key}` takes users, and `of: {recipient.relation}` gives {target.name}s"
        attempt.add("E404", recipient.location, message)
        return False
    if any(field.type.kind is Kind.EMAIL for field in target.fields.values()):
        return True
    attempt.add("E404", recipient.location, f"{target.name} has no field of type email")
    return False


def nearest(schema: Schema, record: EntityType, name: str) -> tuple[tuple[str, ...], ToMany] | None:
    """The nearest relation of a name: the record's own, then of what it belongs to, a step at a time, then
    of the whole project. Steps to users do not count: a record does not belong to its people."""
    queue: deque[tuple[tuple[str, ...], EntityType]] = deque([((), record)])
    seen = {record.name}
    while queue:
        hops, entity = queue.popleft()
        if name in entity.to_many:
            return hops, entity.to_many[name]
        for step in entity.to_one.values():
            if step.entity not in seen and step.entity != "user":
                seen.add(step.entity)
                queue.append(((*hops, step.name), schema.entities[step.entity]))
    relation = schema.relations.get(name)
    return ((), relation) if relation is not None else None
