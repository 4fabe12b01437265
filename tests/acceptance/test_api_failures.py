"""The API asked too often, over a ledger that is down, or making a mistake: a problem each, and no more."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from apikit import api_of, asked, token_of
from clikit import Company
from playcall.web.api.call import ApiRoute, Call
from playcall.web.api.gate import Api
from playcall.web.api.shapes import TEXT
from playcall.web.limits import Limiter
from staffkit import add_user
from webkit import KEY, PROJECT


def broken(call: Call) -> object:
    """Make a mistake."""
    raise RuntimeError(f"a secret of {call.person.name}")


@pytest.fixture
def api(company: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Api, list[str], str]]:
    monkeypatch.setenv("LINK_KEY", KEY)
    company.write({"playcall.yaml": (company.root / "playcall.yaml").read_text("utf-8") + PROJECT})
    add_user(company.root, "kato", "csm")
    token = token_of(company, "kato")
    with api_of(company, os.environ) as (made, log):
        yield made, log, token


def test_who_asks_too_often_waits(api: tuple[Api, list[str], str]) -> None:
    made, _, token = api
    for limited, shown in (
        (replace(made, tokens=Limiter(2)), token),
        (replace(made, addresses=Limiter(2)), "none"),
    ):
        answers = [asked(limited, "/me", shown) for _ in range(3)]
        assert [status for status, _, _ in answers[:2]] in ([200, 200], [401, 401])
        status, headers, problem = answers[2]
        assert (status, headers["retry-after"], problem["title"]) == (429, "60", "Too Many Requests")


def test_a_ledger_that_is_down_is_told_to_the_log_alone(api: tuple[Api, list[str], str]) -> None:
    made, log, token = api
    made.office.ledger.engine.dispose()
    folder = made.office.workspace.project.root / ".playcall"
    folder.rename(folder.with_name("gone"))
    status, _, problem = asked(made, "/tasks", token)
    folder.with_name("gone").rename(folder)
    assert (status, problem["detail"]) == (503, "The ledger cannot be used right now.")
    assert any(re.search(r"error ledger\.down why=.*cannot be opened", line) for line in log), log


def test_a_mistake_of_ours_says_nothing(api: tuple[Api, list[str], str]) -> None:
    made, _, token = api
    routes = [ApiRoute("GET", "/broken", "viewer", broken, TEXT)]
    status, headers, problem = asked(replace(made, routes=routes), "/broken", token)
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert problem["detail"] == "This could not be answered."
    assert "secret" not in str(problem)
