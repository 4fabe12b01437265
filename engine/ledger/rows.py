"""Rows as mappings, for what people look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select

Row = Mapping[str, Any]


def rows_of(connection: Connection, statement: Select[Any]) -> list[Row]:
    """The rows of a select, by the names of its columns."""
    return [dict(row) for row in connection.execute(statement).mappings()]
