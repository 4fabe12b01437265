"""What customers did, asked in short forms: the interpreter and DuckDB agree, whatever was answered when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lawkit.database import Execute, bulk_values, executor, load
from lawkit.law import CALENDAR
from lawkit.memory import MemoryFacts, with_key
from playcall.dsl.checker import check
from playcall.dsl.compiler import CompileWorld
from playcall.dsl.interpreter import World, evaluate
from playcall.dsl.scope import Scope
from playcall.dsl.source import SourceText
from playcall.dsl.types import EntityType, FieldType, Kind, Schema, Settings, ToMany, Type, Value

SURVEYS, QUESTIONS = ("intent", "nps"), ("first", "who")
STATES = ("draft", "sent", "accepted")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
TEXT = Type(Kind.TEXT)
OF_RECORD = ((("_key", "record"),), (("entity", "contract"),))


def entity(name: str, relations: tuple[ToMany, ...] = (), **fields: Type) -> EntityType:
    types = {field: FieldType(field, type_) for field, type_ in {"id": TEXT, **fields}.items()}
    return EntityType(name, ("id",), types, {}, {one.name: one for one in relations})


_ABOUT = {"record": TEXT, "entity": TEXT, "cycle": TEXT.optional()}
SCHEMA = Schema(
    {
        "contract": entity(
            "contract",
            (ToMany("answers", "answer", *OF_RECORD), ToMany("quotes", "quote", *OF_RECORD)),
            term=Type(Kind.DATE, nullable=True),
            number=Type(Kind.INT, nullable=True),
            product=TEXT.optional(),
        ),
        "answer": entity(
            "answer",
            survey=TEXT,
            question=TEXT,
            first=Type(Kind.BOOL),
            value=TEXT,
            answered_at=Type(Kind.DATETIME),
            **_ABOUT,
        ),
        "quote": entity("quote", state=Type(Kind.ENUM, values=STATES), made_at=Type(Kind.DATETIME), **_ABOUT),
    }
)
FORMS = (
    'answered("intent")',
    'not answered("nps")',
    'answer("intent")',
    'answer("intent") == "no"',
    'answer("nps", "who") != "none"',
    'answer("intent", "who") in ["no", "none"]',
    'answer("intent") == answer("nps", "first")',
    "quote_status()",
    'quote_status() == "sent" or answered("intent")',
    'answered("intent") and answer("intent") is missing',
)
CYCLES = {"none": None, "date": "term", "text": "product", "int": "number"}

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
about = {
    "record": st.sampled_from(["C0", "C1", "C2"]),
    "entity": st.sampled_from(["contract", "account"]),
    "cycle": st.sampled_from([None, "2026-01-01", "2026-01-10", "2026-02-20", "7", "mdm"]),
}
contracts = st.fixed_dictionaries(
    {
        "term": st.none() | st.dates(datetime(2026, 1, 1).date(), datetime(2026, 3, 1).date()),
        "number": st.none() | st.integers(6, 8),
        "product": st.sampled_from([None, "mdm", "connect"]),
    }
)
answers = st.fixed_dictionaries(
    {
        "survey": st.sampled_from(SURVEYS),
        "question": st.sampled_from(QUESTIONS),
        "first": st.booleans(),
        "value": st.sampled_from(["yes", "no", "", "none"]),
        "answered_at": moments,
        **about,
    }
)
quotes = st.fixed_dictionaries({"state": st.sampled_from(STATES), "made_at": moments, **about})


def rows(name: str, prefix: str, found: list[dict[str, Value]]) -> list[Any]:
    return [with_key(SCHEMA.entities[name], {"id": f"{prefix}{n}", **row}) for n, row in enumerate(found)]


@pytest.fixture(scope="module")
def execute() -> Iterator[Execute]:
    connection = duckdb.connect(config={"threads": 1})
    yield executor(connection)
    connection.close()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(contracts, min_size=1, max_size=3),
    st.lists(answers, max_size=8),
    st.lists(quotes, max_size=4),
    st.sampled_from(sorted(CYCLES)),
)
def test_short_forms_mean_the_same_in_bulk(
    execute: Execute,
    found: list[dict[str, Value]],
    answered: list[dict[str, Value]],
    quoted: list[dict[str, Value]],
    cycle: str,
) -> None:
    tables = {
        "contract": rows("contract", "C", found),
        "answer": rows("answer", "a", answered),
        "quote": rows("quote", "q", quoted),
    }
    load(execute, SCHEMA, tables)
    scope = Scope(SCHEMA, "contract")
    by = CYCLES[cycle]
    if by is not None:
        scope = Scope(SCHEMA, "contract", cycle=check(SourceText.of(by), scope, []))
    trees = {}
    for form in FORMS:
        mistakes: list[Any] = []
        checked = check(SourceText.of(form), scope, mistakes)
        assert checked is not None, mistakes
        trees[form] = checked.tree
    world = World(SCHEMA, Settings(), {}, NOW, MemoryFacts(SCHEMA, tables), CALENDAR)
    named = {f"x{n}": tree for n, tree in enumerate(trees.values())}
    bulk = bulk_values(execute, "contract", named, CompileWorld(SCHEMA, Settings(), {}, NOW))
    for record in tables["contract"]:
        for form, (name, tree) in zip(FORMS, named.items(), strict=True):
            assert evaluate(tree, record, world, "contract") == bulk[record["_key"]][name], (form, record)
