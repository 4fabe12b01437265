"""Short texts with ``{{ expression }}`` holes: titles, checklists, payloads."""

from __future__ import annotations

from ...dsl.types import Kind
from ..catalog.holes import read_holes
from ..document import Entries, Node, Scalar
from ..shape import read_text
from .context import Context
from .model import TextTemplate


def read_template_text(node: Node, context: Context, what: str) -> TextTemplate | None:
    """One text, or one a locale (``{ja: …, en: …}``), of which the project's own language is taken:
    such texts are for the people of the project. The others are checked all the same."""
    if isinstance(node, Entries):
        texts = {key.text: read_template_text(text, context, what) for key, text in node}
        if context.project.locale not in texts:
            message = f"{what} has no text in `{context.project.locale}`, the project's locale"
            context.findings.add("E107", node.location, message)
        return texts.get(context.project.locale)
    text = read_text(node, context.findings, what)
    if text is None or not isinstance(node, Scalar):
        return None
    parts = read_holes(node.source, context.expression, context.findings, (Kind.LIST,))
    return None if parts is None else TextTemplate(parts, node.location)
