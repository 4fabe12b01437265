"""The OpenAPI document is whole, and values are written as their schemas say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playcall.dsl.types import Money
from playcall.web.api.answers import SCHEMAS
from playcall.web.api.call import tag_of
from playcall.web.api.cursors import cursor_of, read_cursor
from playcall.web.api.document import document
from playcall.web.api.problems import RefusedError
from playcall.web.api.routes import ROUTES
from playcall.web.api.shapes import (
    AMOUNT,
    ANY,
    DAY,
    MOMENT,
    TEXT,
    Schema,
    many,
    maybe,
    named,
    record,
    ref,
    write,
)

DOCUMENT: Any = document()
OPERATIONS = [one for methods in DOCUMENT["paths"].values() for one in methods.values()]
NOON = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)


def refs_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for one in value.values():
            yield from refs_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from refs_in(one)


def test_every_route_is_an_operation_of_its_own() -> None:
    assert len(OPERATIONS) == len(ROUTES)
    assert len({one["operationId"] for one in OPERATIONS}) == len(ROUTES)
    assert all(one["summary"] and one["description"] for one in OPERATIONS)


def test_what_is_referred_to_is_there_and_what_is_there_is_referred_to() -> None:
    referred = {one.removeprefix("#/components/schemas/") for one in refs_in(DOCUMENT)}
    assert referred == set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(("path", "methods"), DOCUMENT["paths"].items())
def test_an_operation_says_how_it_may_end(path: str, methods: Any) -> None:
    for operation in methods.values():
        statuses = set(operation["responses"])
        assert {"401", "403", "429"} <= statuses
        assert ("415" in statuses) == ("413" in statuses)
        assert "500" not in statuses  # a mistake is not described
        places = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert places == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize(
    ("value", "schema", "written"),
    [
        ({"a": 1, "b": 2}, record(a=ANY), {"a": 1}),
        (NOON, record(year=ANY), {"year": 2024}),
        (("x", "y"), record(first=TEXT, second=TEXT), {"first": "x", "second": "y"}),
        (None, maybe(DAY), None),
        (date(2024, 3, 4), maybe(DAY), "2024-03-04"),
        (NOON, MOMENT, "2024-03-04T03:00:00Z"),
        (Decimal("1E+3"), AMOUNT, "1000"),
        (Money(Decimal("12.5"), "USD"), ANY, "12.50 USD"),
        ({"a": (NOON, None)}, named(many(ANY)), {"a": ["2024-03-04T03:00:00Z", None]}),
        ({"name": "a", "tasks": 1, "more": 2}, ref("Holder"), {"name": "a", "tasks": 1}),
    ],
    ids=str,
)
def test_a_value_is_written_as_its_schema_says(value: object, schema: Schema, written: object) -> None:
    assert write(value, schema, SCHEMAS) == written


def test_what_a_schema_names_and_a_value_lacks_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        write({}, record(a=TEXT), SCHEMAS)


def test_a_cursor_is_of_one_list() -> None:
    cursor = cursor_of("list_tasks", "a/ü")
    assert cursor is not None and read_cursor("list_tasks", cursor) == "a/ü"
    assert (cursor_of("x", ""), cursor_of("x", None), read_cursor("x", "")) == (None, None, "")
    for wrong in ("W10", "bnVsbA", "e30", "a", "=", "é", "W1tbW1tbW1tbW1tb", cursor_of("x", "\0") or ""):
        with pytest.raises(RefusedError, match="no page of that cursor"):
            read_cursor("x", wrong)
    with pytest.raises(RefusedError):
        read_cursor("list_runs", cursor)


def test_a_tag_changes_with_what_is_said() -> None:
    assert tag_of({"a": 1, "b": 2}) == tag_of({"b": 2, "a": 1}) != tag_of({"a": 1, "b": 3})
