"""Schemathesis against the API in this process: every operation, from its own document."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from starlette.applications import Starlette
from starlette.routing import Mount

from apikit import DOCUMENT, api_of, equipped, token_of
from clikit import Company
from playcall.web.api.document import PLACE
from playcall.web.api.routes import ROUTES
from staffworld import SUBJECT

pytestmark = pytest.mark.slow

Config = Mapping[str, Any]
# What schemathesis makes up is about nothing that is there: these are.
KNOWN = {
    "path.account": "A1",
    "path.target": "renewals.careful",
    "path.scope": "renewals.save",
    "path.playbook": "renewals",
    "path.report": "stages",
    "path.quote": SUBJECT.id,
    "path.survey": "visit",
    "path.name": "sato",
    "path.number": 1,
    "query.account": "A1",
    "query.play": "renewals.save",
    "query.record": "C1",
    "header.If-Match": "*",
}


@dataclass(slots=True)
class Outcome:
    """What a run of schemathesis has found, and which operations have answered with a success."""

    failures: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    done: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return equipped(tmp_path_factory.mktemp("fuzzed") / "acme")


def run(company: Company, token: str, config: Config) -> Outcome:
    """Everything that schemathesis' default checks say of the API: no server error; statuses, media types,
    headers and bodies as described; what follows the schemas taken, what does not refused; no way in without
    a token."""
    settings: dict[str, Any] = {
        "headers": {"Authorization": f"Bearer {token}"},
        "generation": {"deterministic": True, "database": "none", "max-examples": 4},
        # RFC 6585 has a status of its own for a missing If-Match.
        "checks": {"missing_required_header": {"expected-statuses": ["401", "403", "422", "428"]}},
        **config,
    }
    outcome = Outcome()
    with api_of(company, os.environ) as (api, log):
        schema = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config.from_dict(settings))
        schema.app = Starlette(routes=[Mount(PLACE, api.application())])
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                note(outcome, event)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                outcome.failures.append(str(event))
        outcome.failures += [line for line in log if " error " in line]
    return outcome


def note(outcome: Outcome, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for checks in recorder.checks.values():
        found = [check for check in checks if check.failure_info is not None]
        outcome.failures += [f"{recorder.label}: {one.name}: {one.failure_info}" for one in found]
    answers = [one.response.status_code for one in recorder.interactions.values() if one.response]
    outcome.statuses.update(answers)
    if any(status < 300 for status in answers):
        outcome.done.add(recorder.label)


def test_every_operation_is_as_it_is_described(company: Company) -> None:
    """What can be made up: nothing of it is there, and most is refused."""
    outcome = run(company, token_of(company, "ada"), {"phases": {"stateful": {"enabled": False}}})
    assert outcome.failures == []
    assert {400, 401, 404, 405, 409, 415, 422, 428} <= outcome.statuses.keys()
    assert sum(outcome.statuses.values()) > 10 * len(ROUTES)


def test_what_is_there_is_answered_as_it_is_described(company: Company) -> None:
    """What can be asked of things that are there: everything that somebody of operations may read."""
    config = {
        "parameters": {**KNOWN, "path.task": company.tasks("--assignee", "kato")[0]["id"]},
        "generation": {"deterministic": True, "database": "none", "max-examples": 3, "mode": "positive"},
        "phases": {name: {"enabled": False} for name in ("stateful", "coverage", "examples")},
    }
    outcome = run(company, token_of(company, "omar"), config)
    assert outcome.failures == []
    read = {f"GET {route.path.replace(':path', '')}" for route in ROUTES if route.method == "GET"}
    # For administrators; for the assignee; of what was approved or rejected just before.
    others = {"GET /users", "GET /tasks/{task}/mails/{number}", "GET /approvals/{target}/effect"}
    assert read - outcome.done <= others
    assert len(outcome.done) > len(read)
