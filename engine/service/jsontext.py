"""Results as JSON text: dates ISO, moments in UTC with ``Z``, in every output alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from ..facts.model import stamp


def json_text(data: Mapping[str, object]) -> str:
    """Indented JSON in the order of the mapping."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no place in JSON")
