"""Literals that a function reads at run time, judged beforehand: message and help, or None."""

from __future__ import annotations

from .currencies import CURRENCIES
from .literals import unknown_currency


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
    """What is wrong with the currency of ``convert``."""
    return None if code in CURRENCIES else unknown_currency(code)
