"""The schemas that ship are schemas, and a name that is none is answered with the nearest."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.decide.verdicts import REASONS
from playcall.engine.service.schemas import names, read_schema


@pytest.mark.parametrize("name", names())
def test_every_schema_is_one(name: str) -> None:
    schema = json.loads(read_schema(name))
    Draft202012Validator.check_schema(schema)
    assert schema["title"]


def test_the_verdicts_are_those_of_the_code() -> None:
    run, explain = json.loads(read_schema("run")), json.loads(read_schema("explain"))
    assert run["properties"]["verdicts"]["propertyNames"]["enum"] == list(REASONS)
    assert explain["properties"]["verdict"]["enum"] == [*REASONS, "not_due"]
    assert set(run["$defs"]["held"]["properties"]["reason"]["enum"]) == set(REASONS["held"])


def test_a_name_that_is_none() -> None:
    with pytest.raises(PlaycallError, match="did you mean `plan`"):
        read_schema("plann")
    with pytest.raises(PlaycallError, match="there are: audit, catalog, deliver"):
        read_schema("zzz")
