"""One message from a template and the values of its touch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...dsl.frozen import frozen
from ..template.errors import RenderError
from ..template.template import Template
from .layout import lay_out

LONGEST_SUBJECT = 250  # characters; mail programs show far fewer

# Whatever could end a header line, in any alphabet, and other characters without a look of their own.
_BREAKS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")


@frozen
class Rendered:
    """A message's words: subject on one line, plain text and an HTML page, both with ``\\n`` newlines."""

    subject: str
    text: str
    html: str


def render(template: Template, context: Mapping[str, object], subject: str | None = None) -> Rendered:
    """Fills the template with the values (nested, as ``context.decode`` gives them), written for the
    template's locale; ``subject`` takes the place of its own. Raises ``RenderError`` where a value is missing
    or cannot be shown."""
    subject = one_line(subject or template.subject.run(context, template.locale).plain())
    if not subject:
        raise RenderError("the subject comes out empty", template.subject.location)
    body = template.body.run(context, template.locale)
    layout = lay_out(body.shape, template.locale)
    return Rendered(subject, layout.to_text(body.texts), layout.to_html(body.texts))


def one_line(text: str) -> str:
    """The text as a header can carry it: one line, single spaces, at most ``LONGEST_SUBJECT`` characters."""
    line = _BREAKS.sub(" ", text).strip()
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"
