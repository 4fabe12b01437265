"""What a play does: each item of ``do:`` has exactly one action key, which says what else it may have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ...dsl.frozen import frozen
from ...dsl.source import SourceText, Span
from ...dsl.typed import Checked, Const
from ...dsl.types import TEXTUAL, Kind, Type
from ..catalog.builtin import PRIORITIES
from ..document import Entries, Node, Scalar
from ..forms.pricebook import PriceBook
from ..forms.pricebooks import EXPORTERS, VALID_UNITS
from ..forms.survey import Survey
from ..shape import (
    Fields,
    Shape,
    as_list,
    read_each,
    read_entries,
    read_fields,
    read_text,
    shape,
    suggestion,
)
from ..template.files import OWN_QUOTE, OWN_QUOTES, OWN_SURVEY, OWN_SURVEYS
from .context import Context, read_topic
from .fingerprint import canonical
from .messages import PREFERENCES, Message, message_context, named, template_name
from .model import (
    Action,
    Asked,
    EmailAction,
    Offered,
    OpportunityAction,
    PlanAction,
    SuccessPlan,
    TaskAction,
    TextTemplate,
    WebhookAction,
)
from .people import Wanted, read_people
from .texts import read_template_text
from .triggers import DAY_UNITS

Form = TypeVar("Form")

EMAIL = shape("an email", "email subject to cc from topic approve via", "email to")
SURVEY = shape("a survey", "survey template subject to cc from topic approve via", "survey to")
QUOTE = shape("a quote", "quote valid_for template subject to cc from topic approve via", "quote to")
TASK = shape(
    "a task",
    "task assign priority due until checklist rank kind mails outcomes",
    "task assign",
)
MAIL = shape("a prepared message", "email subject to cc topic", "email to")
OPPORTUNITY = shape("an opportunity", "opportunity assign value", "opportunity assign")
WEBHOOK = shape("a webhook", "webhook payload", "webhook")
PLAN = shape("a plan", "plan assign", "plan")


@frozen
class Doing:
    """What a play does, and the plans that it begins: their first steps are among the actions."""

    actions: tuple[Action, ...]
    plans: tuple[PlanAction, ...]


def read_actions(fields: Fields, context: Context) -> Doing:
    """The actions of a play that are right; an empty list is reported."""
    node = fields.get("do")
    items = as_list(node)
    if node is not None and not items:
        fields.findings.add("E406", fields.location("do"), "`do` is empty: the play does nothing")
    actions: list[Action] = []
    plans: list[PlanAction] = []
    for item in items:
        found = _action(item, context)
        if isinstance(found, PlanAction):
            plans.append(found)
            actions += (found.task(step) for step in found.plan.steps.values() if step.after is None)
        elif found is not None:
            actions.append(found)
    return Doing(tuple(actions), tuple(plans))


def _action(node: Node, context: Context) -> Action | PlanAction | None:
    entries = read_entries(node, context.findings, "an action")
    if entries is None:
        return None
    kinds = [key for key in _READERS if key in entries.values]
    if len(kinds) != 1:
        names = ", ".join(_READERS)
        which = " and ".join(kinds) or ("none: " + ", ".join(entries.values) if entries.values else "none")
        help_text = suggestion(next(iter(entries.values), ""), _READERS) if not kinds else "split it in two"
        message = f"an action has exactly one of {names}; this one has {which}"
        context.findings.add("E406", entries.location, message, help_text)
        return None
    expected, read = _READERS[kinds[0]]
    fields = read_fields(entries, expected, context.findings)
    return None if fields is None else read(fields, context)


def _email(fields: Fields, context: Context) -> EmailAction | None:
    return _message(fields, "email", template_name(fields, "email", context), context)


def _survey(fields: Fields, context: Context) -> EmailAction | None:
    """A message with a link to a survey's page. Without ``template``, that of the survey's name or, where
    the project has none, playcall's own, under the survey's title."""
    survey = _asked(fields, context)
    if survey is None:
        template = None
    elif "template" in fields:
        template = template_name(fields, "template", context)
    elif survey.survey in context.templates.library.files:
        template = template_name(fields, "survey", context)
    else:
        template = OWN_SURVEYS if context.together else OWN_SURVEY
        survey = replace(survey, subject=context.surveys[survey.survey].title)
    return _message(fields, "survey", template, context, survey=survey)


def _quote(fields: Fields, context: Context) -> EmailAction | None:
    """A message with the quote in it and a link to the page where it is accepted. Without ``template``, that
    of the price book's name or, where the project has none, playcall's own, under the price book's title."""
    offered = _offered(fields, context)
    if offered is None:
        template = None
    elif "template" in fields:
        template = template_name(fields, "template", context)
    elif offered.book.name in context.templates.library.files:
        template = template_name(fields, "quote", context)
    else:
        template = OWN_QUOTES if context.together else OWN_QUOTE
        offered = replace(offered, subject=offered.book.title)
    return _message(fields, "quote", template, context, quote=offered)


def _offered(fields: Fields, context: Context) -> Offered | None:
    valid_for = fields.duration("valid_for", VALID_UNITS)
    book = _form(fields, "quote", context.pricebooks, "price book", "pricebooks", context)
    if book is None or not _fits(book, fields, "quote", f"the price book `{book.name}` is for", context):
        return None
    return Offered(book, valid_for or book.valid_for)


def _asked(fields: Fields, context: Context) -> Asked | None:
    survey = _form(fields, "survey", context.surveys, "survey", "surveys", context)
    if survey is None:
        return None
    _fits(survey, fields, "survey", f"the survey `{survey.name}` is about", context)
    content = hashlib.sha256(canonical(survey).encode()).hexdigest()[:16]
    return Asked(survey.name, survey.open, tuple(survey.reads()), content)


def _form(
    fields: Fields, key: str, known: Mapping[str, Form], what: str, folder: str, context: Context
) -> Form | None:
    """The survey, price book or plan that a key names, itself or through a param; None, reported, if there
    is none."""
    name = named(fields, key, known, context)
    if name is not None and name not in known:
        help_text = suggestion(name, known) or f"write {folder}/{name}.yaml"
        location = fields.node.values[key].location
        context.findings.add("E413", location, f"there is no {what} `{name}`", help_text)
    return known.get(name) if name is not None else None


def _fits(
    form: Survey | PriceBook | SuccessPlan, fields: Fields, key: str, said: str, context: Context
) -> bool:
    """Whether a form is about the records of the playbook; reported if not."""
    if form.entity == context.scope.entity:
        return True
    message = f"{said} a {form.entity}, and this playbook for a {context.scope.entity}"
    context.findings.add("E413", fields.node.values[key].location, message)
    return False


def _message(
    fields: Fields,
    key: str,
    name: str | None,
    context: Context,
    *,
    survey: Asked | None = None,
    quote: Offered | None = None,
    signed: bool = False,
) -> EmailAction | None:
    """``signed``: somebody sends it who is known though there is no `from`."""
    to = read_people(fields, Wanted("to", users_only=False), context)
    cc = read_people(fields, Wanted("cc", users_only=False), context)
    sender = read_people(fields, Wanted("from", users_only=False), context)
    channel = _channel(fields, context)
    written = fields.get("subject")
    subject = read_template_text(written, context, "`subject`") if written is not None else None
    topic, approve = read_topic(fields, context) or context.topic, context.condition(fields, "approve")
    message = Message(signed or "from" in fields, context.together, survey is not None, quote is not None)
    read = message_context(name, message, context) if name is not None else {}
    if name is None or channel is None:
        return None
    return EmailAction(
        template=name,
        context=read,
        to=to,
        cc=cc,
        sender=sender,
        channel=channel,
        location=fields.location(key),
        topic=topic,
        subject=subject,
        approve=approve,
        survey=survey,
        quote=quote,
        prefers=context.templates.has_read(name, PREFERENCES),
    )


def _channel(fields: Fields, context: Context) -> str | None:
    via = fields.text("via") if "via" in fields else "email"
    if via is None or via == "email":
        return via
    location = fields.node.values["via"].location
    channel = context.project.channels.get(via)
    if channel is None:
        known = suggestion(via, context.project.channels)
        help_text = known or "declare it under `channels:` of playcall.yaml"
        context.findings.add("E405", location, f"playcall.yaml has no channel `{via}`", help_text)
    elif channel.adapter in EXPORTERS:
        message = f"the channel `{via}` is of another system, which reads no messages to people"
        context.findings.add("E405", location, message, "write `webhook:` in place of the message")
        return None
    return None if channel is None else via


def read_task(fields: Fields, context: Context) -> TaskAction | None:
    """A task, or a step of a success plan; None, reported, if it cannot be one."""
    title = read_template_text(fields.node.values["task"], context, "`task`") if "task" in fields else None
    assign = read_people(fields, Wanted("assign", users_only=True), context)
    priority = _priority(fields, context)
    rank = _rank(fields, context)
    until = context.condition(fields, "until")
    checklist = [
        read_template_text(item, context, "`checklist`") for item in as_list(fields.get("checklist"))
    ]
    due, kind = fields.duration("due", DAY_UNITS), fields.text("kind") or ""
    mails, outcomes = _mails(fields, context), _outcomes(fields, context)
    if title is None or priority is None:
        return None
    return TaskAction(
        title=title,
        assign=assign,
        priority=priority,
        due=due,
        until=until,
        checklist=tuple(item for item in checklist if item is not None),
        rank=rank,
        kind=kind,
        location=fields.location("task"),
        mails=mails,
        outcomes=outcomes,
    )


def _mails(fields: Fields, context: Context) -> tuple[EmailAction, ...]:
    """The messages that are prepared for the assignee of a task, from whom they come."""
    found: list[EmailAction] = []
    for node in as_list(fields.get("mails")):
        given = read_fields(node, MAIL, context.findings)
        if given is not None:
            mail = _message(given, "email", template_name(given, "email", context), context, signed=True)
            found += [mail] if mail is not None else []
    return tuple(found)


def _outcomes(fields: Fields, context: Context) -> dict[str, str]:
    """What may come of a task, in words that its assignee chooses from: those of the project's language."""
    found: dict[str, str] = {}

    def read(key: Scalar, node: Node) -> None:
        if isinstance(node, Entries):
            node = node.values.get(context.project.locale, next(iter(node.values.values()), node))
        words = read_text(node, context.findings, f"the outcome `{key.text}`")
        if words is not None:
            found[key.text] = words

    entries = fields.entries("outcomes")
    if entries is not None:
        read_each(entries, read, context.findings, "the outcome")
    return found


def _opportunity(fields: Fields, context: Context) -> OpportunityAction | None:
    node = fields.get("opportunity")
    title = read_template_text(node, context, "`opportunity`") if node is not None else None
    assign = read_people(fields, Wanted("assign", users_only=True), context)
    value = context.expression(fields.expression("value"), (Kind.MONEY,))
    return None if title is None else OpportunityAction(title, assign, value, fields.location("opportunity"))


def _priority(fields: Fields, context: Context) -> Checked | None:
    """``high``, or an expression that gives one of the priorities."""
    source = fields.expression("priority") if "priority" in fields else SourceText.of("normal")
    if source is None:
        return None
    word = source.text.strip()
    if word in PRIORITIES:
        type_ = Type(Kind.TEXT, values=(word,))
        return Checked(context.scope.entity, Const(word, type_, Span(0, len(source.text))), source)
    if word.isalpha() and word not in context.scope.record.fields and word not in context.params:
        message = f"a priority is one of {', '.join(PRIORITIES)}, or an expression, not `{word}`"
        context.findings.add(
            "E206", fields.node.values["priority"].location, message, suggestion(word, PRIORITIES)
        )
        return None
    checked = context.expression(source, TEXTUAL)
    wrong = [value for value in checked.type.values if value not in PRIORITIES] if checked else []
    if checked is not None and wrong:
        location = checked.source.location(checked.tree.span)
        message = f'a priority is one of {", ".join(PRIORITIES)}; this can be "{wrong[0]}"'
        context.findings.add("E206", location, message, suggestion(wrong[0], PRIORITIES))
        return None
    return checked


def _rank(fields: Fields, context: Context) -> Checked | None:
    """What orders tasks of one priority: a number, or an amount."""
    source = fields.expression("rank")
    return context.expression(source, (Kind.INT, Kind.NUMBER, Kind.MONEY))


def _webhook(fields: Fields, context: Context) -> WebhookAction | None:
    name = fields.text("webhook")
    channel = context.project.channels.get(name or "")
    if name is not None and (channel is None or channel.adapter != "webhook"):
        hooks = [key for key, one in context.project.channels.items() if one.adapter == "webhook"]
        help_text = suggestion(name, hooks) or "declare it under `channels:` with `adapter: webhook`"
        location = fields.node.values["webhook"].location
        context.findings.add("E405", location, f"playcall.yaml has no webhook channel `{name}`", help_text)
        return None
    payload = fields.entries("payload") if "payload" in fields else None
    values = _payload(payload, context) if payload is not None else {}
    return None if name is None else WebhookAction(name, values, fields.location("webhook"))


def _payload(payload: Entries, context: Context) -> dict[str, TextTemplate | Checked]:
    """A value with ``{{ … }}`` is a text; any other is an expression and keeps its type."""
    found: dict[str, TextTemplate | Checked] = {}
    for key, node in payload:
        if isinstance(node, Scalar) and "{{" not in node.text and not node.broken:
            value: TextTemplate | Checked | None = context.expression(node.source)
        else:
            value = read_template_text(node, context, f"`{key.text}`")
        if value is not None:
            found[key.text] = value
    return found


def _plan(fields: Fields, context: Context) -> PlanAction | None:
    plan = _form(fields, "plan", context.plans, "plan", "plans", context)
    assign = read_people(fields, Wanted("assign", users_only=True), context)
    place = fields.location("plan")
    if context.together:
        context.findings.add(
            "E406", place, "a plan is of one record, and this play acts for several together"
        )
        return None
    if plan is None or not _fits(plan, fields, "plan", f"the plan `{plan.name}` is for", context):
        return None
    for step in plan.steps.values() if not assign else ():
        if not step.task.assign:
            message = f"nobody is to do the step `{step.name}` of the plan `{plan.name}`"
            context.findings.add("E406", place, message, "write `assign:` here, or at the step")
            return None
    return PlanAction(plan, assign, place)


_READERS: Mapping[str, tuple[Shape, Callable[[Fields, Context], Action | PlanAction | None]]] = {
    "email": (EMAIL, _email),
    "survey": (SURVEY, _survey),
    "quote": (QUOTE, _quote),
    "task": (TASK, read_task),
    "plan": (PLAN, _plan),
    "webhook": (WEBHOOK, _webhook),
    "opportunity": (OPPORTUNITY, _opportunity),
}
