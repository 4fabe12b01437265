"""The template of a message: does it exist, and can the playbook answer everything that it reads."""

from __future__ import annotations

from ...dsl.source import Location, SourceText
from ...dsl.typed import Checked, Const, Param
from ...dsl.types import Kind
from ..catalog.expressions import check_expression
from ..shape import Fields, Findings, suggestion
from .context import Context
from .templates import MESSAGE_NAMES, NameRead


def template_name(fields: Fields, context: Context) -> str | None:
    """The template that ``email:`` names, itself or through a param that holds a text."""
    written = fields.text("email")
    if written is None:
        return None
    location = fields.node.values["email"].location
    name = written
    param = context.params.get(written.removeprefix("params."))
    if param is not None and written not in context.templates.files:
        literal = _text_of(param)
        if literal is None:
            message = f"the param `{written}` names the template, so it must be one text"
            context.findings.add("E406", location, message)
            return None
        name = literal
    if name not in context.templates.files:
        help_text = suggestion(name, context.templates.files) or f"write templates/{name}.md"
        context.findings.add("E401", location, f"there is no template `{name}`", help_text)
        return None
    return name


def _text_of(param: Checked) -> str | None:
    tree = param.tree
    while isinstance(tree, Param):
        tree = tree.value
    return tree.value if isinstance(tree, Const) and isinstance(tree.value, str) else None


def message_context(name: str, location: Location, context: Context) -> dict[str, Checked]:
    """Everything that the template's variants read of the record, by dotted name as written there."""
    found: dict[str, Checked] = {}
    for read in context.templates.names(name, context.findings):
        if read.path[0] in MESSAGE_NAMES and not read.each:
            continue
        checked = found.get(read.dotted) or _check(read, context)
        if checked is not None:
            found[read.dotted] = checked
    return found


def _check(read: NameRead, context: Context) -> Checked | None:
    """The name as an expression of the playbook's record; reported as E403 where it is none."""
    place = read.location
    if not all(part.isidentifier() for part in read.path):
        context.findings.add("E403", place, f"`{read.dotted}` is not a name")
        return None
    source = SourceText.of(read.dotted, place.file, place.line, place.column)
    attempt = Findings()
    checked = check_expression(source, context.scope, attempt)
    for problem in attempt.items:
        why = problem.message if read.dotted not in problem.message else ""
        message = f"`{read.dotted}` is not known in the playbook {context.scope.playbook}"
        context.findings.add(
            "E403", place, f"{message}: {why}" if why else message, _help(problem.help, read, context)
        )
    if checked is not None and checked.type.kind in (Kind.LIST, Kind.DURATION):
        context.findings.add(
            "E403", place, f"`{read.dotted}` is a {checked.type}, which a message cannot show"
        )
        return None
    return checked


def _help(found: str, read: NameRead, context: Context) -> str:
    known = {*MESSAGE_NAMES, *context.params, *context.scope.schema.entities}
    return found or ("" if read.path[0] in known else suggestion(read.path[0], known))
