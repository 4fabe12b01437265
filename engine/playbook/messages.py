"""The template of a message: does it exist, and can the playbook answer everything that it reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...dsl.frozen import frozen
from ...dsl.source import SourceText
from ...dsl.typed import Checked, Const, Param
from ...dsl.types import Kind
from ..catalog.expressions import check_expression
from ..shape import Fields, Findings, guessed, suggestion
from ..template.files import choose
from .context import Context
from .templates import EACH, TemplateRead

# What the message itself gives a template; everything else is the record's. A person has fields.
_PERSON = ("email", "name", "locale")
MESSAGE_NAMES = {
    "recipient": _PERSON,
    "sender": _PERSON,
    "moment": (),
    "due": (),
    "records": (),
    "links": ("answer", "quote", "preferences"),
    "quote": (
        *("title", "revision", "quantity", "starts", "ends", "valid_until"),
        *("net", "tax", "total", "lines"),
    ),
}
_LINE = ("label", "quantity", "amount", "how", "reason")  # what each of `quote.lines` has
PREFERENCES = ("links", "preferences")
_LINKS_OF_EACH = (("links", "answer"), ("links", "quote"))
_OF_EACH = ("quote", "links")  # what each record of a group has for itself
_NAMES = {
    "email": "template",
    "quote": "price book",
}  # what the keys of actions name, where it is not called as the key is
_NO_RECORDS = ("the play has no `together`, so there is one record", "add `together:`")


@frozen
class Message:
    """What of an action decides which names its template has."""

    signed: bool
    together: bool
    asks: bool = False
    offers: bool = False

    def gives(self, read: TemplateRead) -> bool:
        """Whether the message itself gives what a template reads. A record may have a field `quote`."""
        first = read.path[0]
        if first == "quote" and not self.offers:
            return False
        return first in (_OF_EACH if read.each else MESSAGE_NAMES)


def named(fields: Fields, key: str, known: Collection[str], context: Context) -> str | None:
    """What a key names, itself or through a param that holds a text; None, reported, where that is none."""
    written = fields.text(key)
    param = context.params.get(written.removeprefix("params.")) if written is not None else None
    if written is None or param is None or written in known:
        return written
    literal = _text_of(param)
    if literal is None:
        message = f"the param `{written}` names the {_NAMES.get(key, key)}, so it must be one text"
        context.findings.add("E406", fields.node.values[key].location, message)
    return literal


def template_name(fields: Fields, key: str, context: Context) -> str | None:
    """The template that a key names."""
    known = context.templates.library.files
    name = named(fields, key, known, context)
    if name is None:
        return None
    location = fields.node.values[key].location
    if name not in known:
        help_text = suggestion(name, known) or f"write templates/{name}.md"
        fix = guessed(fields.get(key), known) if name == fields.text(key) else None
        context.findings.add("E401", location, f"there is no template `{name}`", help_text, fix)
        return None
    locale = context.project.locale
    if choose(known[name], locale, locale) is None:
        message = f"the template `{name}` has no text in `{locale}`, the project's locale"
        help_text = f"write templates/{name}.{locale}.md, or templates/{name}.md"
        context.findings.add("E401", location, message, help_text)
    return name


def _text_of(param: Checked) -> str | None:
    tree = param.tree
    while isinstance(tree, Param):
        tree = tree.value
    return tree.value if isinstance(tree, Const) and isinstance(tree.value, str) else None


def message_context(name: str, message: Message, context: Context) -> Mapping[str, Checked]:
    """Everything that the template's variants read of the record, by dotted name as written there. Without
    params it is the same for all playbooks of an entity, and worked out once where nothing is wrong."""
    key = (name, message, context.scope.entity)
    known = context.templates.contexts.get(key) if not context.params else None
    if known is not None:
        context.templates.used.add(name)
        return known
    before = len(context.findings.items)
    found = _context(name, message, context)
    if not context.params and len(context.findings.items) == before:
        context.templates.contexts[key] = found
    return found


def _context(name: str, message: Message, context: Context) -> dict[str, Checked]:
    found: dict[str, Checked] = {}
    for read in context.templates.reads(name, context.findings):
        if read.each and not message.together:
            _unknown(read, *_NO_RECORDS, context)
            continue
        if message.gives(read):
            _check_message_name(read, message, context)
            continue
        checked = _check(read, context)
        if checked is not None:
            found[read.dotted] = checked
    return found


def _check_message_name(read: TemplateRead, message: Message, context: Context) -> None:
    first, *rest = read.path
    fields = MESSAGE_NAMES[first]
    if first == "sender" and not message.signed:
        _unknown(read, "the e-mail has no `from`, so there is no sender", "add `from:`", context)
    elif first == "records" and not message.together:
        _unknown(read, *_NO_RECORDS, context)
    elif first == "records" and (rest or read.shown):
        _unknown(read, "`records` is a list", "write {% for record in records %}", context)
    elif rest and not fields:
        _unknown(read, f"`{first}` has no fields", "", context)
    elif first == "quote" and rest[:1] == ["lines"]:
        _check_lines(read, rest[1:], context)
    elif fields and (len(rest) != 1 or rest[0] not in fields):
        help_text = suggestion(rest[0], fields) if rest else f"write for example {first}.{fields[0]}"
        _unknown(read, f"`{first}` has {', '.join(fields)}", help_text, context)
    elif read.path == ("links", "answer") and not message.asks:
        _unknown(read, "the message asks no survey", "write `survey:` in place of `email:`", context)
    elif read.path == ("links", "quote") and not message.offers:
        _unknown(read, "the message offers no quote", "write `quote:` in place of `email:`", context)
    elif message.together and not read.each and (first == "quote" or read.path in _LINKS_OF_EACH):
        _unknown(read, "each record has its own", "write {% for record in records %}", context)


def _check_lines(read: TemplateRead, below: list[str], context: Context) -> None:
    """The lines of a quote are gone through, and each has fields."""
    if not below and read.shown:
        _unknown(read, "`quote.lines` is a list", "write {% for line in quote.lines %}", context)
    elif below and (below[0] != EACH or len(below) != 2 or below[1] not in _LINE):
        _unknown(read, f"a line of a quote has {', '.join(_LINE)}", suggestion(below[-1], _LINE), context)


def _unknown(read: TemplateRead, why: str, help_text: str, context: Context) -> None:
    said = f"`{read.dotted}` is not known in the playbook {context.scope.playbook}"
    context.findings.add("E403", read.location, f"{said}: {why}" if why else said, help_text)


def _check(read: TemplateRead, context: Context) -> Checked | None:
    """The name as an expression of the playbook's record; reported as E403 where it is none."""
    place = read.location
    if not all(part.isidentifier() for part in read.path):
        _unknown(read, "a template can run over `records` alone", "", context)
        return None
    attempt = Findings()
    source = SourceText.of(read.dotted, place.file, place.line, place.column)
    checked = check_expression(source, context.scope, attempt)
    for problem in attempt.items:
        why = problem.message if read.dotted not in problem.message else ""
        _unknown(read, why, _help(problem.help, read, context), context)
    if checked is not None and read.shown and checked.type.kind is Kind.BOOL:
        message = f"`{read.dotted}` is true or false, which a message cannot show"
        context.findings.add("E403", place, message, "say it in words with {% if %}")
    if checked is not None and checked.type.kind in (Kind.LIST, Kind.DURATION):
        _unknown(read, f"a message cannot show a {checked.type}", "", context)
        return None
    return checked


def _help(found: str, read: TemplateRead, context: Context) -> str:
    known = {*MESSAGE_NAMES, *context.params, *context.scope.schema.entities}
    return found or ("" if read.path[0] in known else suggestion(read.path[0], known))
