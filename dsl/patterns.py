"""Literals that a function reads at run time, judged beforehand: message and help, or None."""

from __future__ import annotations

import re


def regex_problem(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern of ``matches``, in RE2's words."""
    import re2  # heavy: only where an expression has a pattern

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0]
        reason = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        return f"the pattern cannot be read: {reason}", "patterns are RE2: no look-around, no back-references"
    return None


def currency_problem(code: str) -> tuple[str, str] | None:
    """Whether a text can be a currency's code."""
    if re.fullmatch("[A-Z]{3}", code):
        return None
    return f'"{code}" is not a currency\'s code', 'write its three letters: `convert(x, "JPY")`'
