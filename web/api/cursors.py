"""Where a page of a list begins, as callers hold it: text that is of use for that list alone."""

from __future__ import annotations

import base64
import binascii
import json

from .problems import RefusedError


def cursor_of(operation: str, after: object) -> str | None:
    """The cursor of the page that begins after that; None where there is none."""
    if after in (None, ""):
        return None
    written = json.dumps([operation, str(after)], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def read_cursor(operation: str, cursor: str) -> str:
    """Where the page of a cursor begins; an empty one is the first page's. Raises ``RefusedError``."""
    if not cursor:
        return ""
    try:
        named, after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        named, after = "", ""
    if named != operation or not isinstance(after, str) or "\0" in after:
        raise RefusedError(404, "this list has no page of that cursor; leave it out to begin at its first")
    return after
