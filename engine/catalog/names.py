"""Names that may be declared: of entities, fields, relations, recipients, scores and params."""

from __future__ import annotations

import re

from ...dsl.syntax import RESERVED
from ..document import Scalar
from ..shape import Findings

_NAME = re.compile(r"[^\W\d]\w*")


def check_name(key: Scalar, what: str, findings: Findings) -> bool:
    """Whether a declared name can be used in expressions; reports it (E107) if not."""
    if key.text in RESERVED:
        message = f"{what} may not be called `{key.text}`: that is a word of the expression language"
        findings.add("E107", key.location, message)
        return False
    if not _NAME.fullmatch(key.text):
        message = f"`{key.text}` cannot be the name of {what}"
        findings.add("E107", key.location, message, "letters, digits and `_`, not a digit first")
        return False
    return True
