"""Names that may be declared: of entities, fields, relations, recipients, scores and params."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...dsl.source import Location
from ...dsl.syntax import RESERVED
from ..document import Scalar
from ..shape import Findings

_NAME = re.compile(r"[^\W\d_]\w*")
_OWN = (
    "__currency"  # ends the columns in which bulk evaluation keeps currencies; `_` begins its other own ones
)


def check_name(key: Scalar, what: str, findings: Findings) -> bool:
    """Whether a declared name can be used in expressions; reports it (E107) if not."""
    if key.text in RESERVED:
        message = f"{what} may not be called `{key.text}`: that is a word of the expression language"
        findings.add("E107", key.location, message)
        return False
    if key.text.casefold().endswith(_OWN):
        findings.add(
            "E107",
            key.location,
            f"`{key.text}` cannot be the name of {what}",
            f"end it otherwise than in `{_OWN}`",
        )
        return False
    if not _NAME.fullmatch(key.text):
        message = f"`{key.text}` cannot be the name of {what}"
        findings.add("E107", key.location, message, "letters, digits and `_`, a letter first")
        return False
    return True


def check_case(name: str, location: Location, others: Iterable[str], what: str, findings: Findings) -> None:
    """Reports (E501) a name that differs from another in case alone: engines do not tell such names apart."""
    folded = name.casefold()
    for other in others:
        if other != name and other.casefold() == folded:
            message = f"{what} `{name}` differs from `{other}` only in capital letters"
            findings.add("E501", location, message, "choose another name")
            return
