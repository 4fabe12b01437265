"""The JSON API by real HTTP: every operation done, and what is refused to whom, with nothing changed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from apikit import DOCUMENT, Program, equipped, token_of
from clikit import Company
from playcall.engine.ledger import answers
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.events import Event, events_since, last_event
from playcall.engine.ledger.tasks import Act
from playcall.engine.service.access import ROLES
from playcall.web.api.call import ApiRoute
from playcall.web.api.cursors import cursor_of
from playcall.web.api.routes import ROUTES
from staffworld import NOON, PEOPLE, SCRIPT, SUBJECT
from webkit import Served, serving

LATER = (date.today() + timedelta(days=30)).isoformat()
QUOTE = f"/quotes/{SUBJECT.id}"


@dataclass(frozen=True, slots=True)
class World:
    """The company, its server, and a program for each person."""

    company: Company
    served: Served
    ledger: Ledger
    programs: Mapping[str, Program]

    def __getitem__(self, name: str) -> Program:
        return self.programs[name]

    def task(self, assignee: str, record: str) -> str:
        listed = self.company.tasks("--assignee", assignee)
        return str(next(one["id"] for one in listed if one["record"] == record))

    def last(self) -> int:
        with self.ledger.reading() as connection:
            return last_event(connection)

    def since(self, number: int) -> list[Event]:
        with self.ledger.reading() as connection:
            return events_since(connection, number)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    company = equipped(tmp_path_factory.mktemp("api") / "acme")
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    tokens = {name: token_of(company, name) for name in PEOPLE}
    with serving(company.root) as served:
        yield World(company, served, ledger, {name: Program(served, tokens[name]) for name in PEOPLE})
    ledger.close()


@pytest.fixture(scope="module")
def parts(world: World) -> Mapping[str, str]:
    """What stands in paths and queries: things that are there."""
    return {
        "task": world.task("abe", "C3"),
        "account:path": "A1",
        "account": "A1",
        "target": "renewals.careful",
        "scope": "renewals.save",
        "submission": "none",
        "item": "none",
        "run": world["vera"].ask("GET", "/runs").json["items"][0]["id"],
        "playbook": "renewals",
        "report": "stages",
        "quote": SUBJECT.id,
        "opportunity": world["vera"].ask("GET", "/opportunities").json["items"][0]["id"],
        "name": "sato",
        "number": "1",
        "survey": "visit",
        "play": "renewals.save",
        "record": "C1",
        "by": "account",
        "key": "A1",
    }


def path_of(route: ApiRoute, parts: Mapping[str, str]) -> str:
    """The path of an operation, with what its query must have."""
    query = "&".join(f"{name}={parts[name]}" for name in route.query.get("required", ()))
    path = re.sub(r"{([\w:]+)}", lambda found: parts[found[1]], route.path)
    return f"{path}?{query}" if query else path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
def test_every_operation_is_for_its_roles_alone(
    world: World, parts: Mapping[str, str], route: ApiRoute
) -> None:
    path, before = path_of(route, parts), world.last()
    tag = {"If_Match": '"an-old-one"'}
    assert Program(world.served, "").ask(route.method, path, **tag).status == 401
    assert Program(world.served, world["ada"].token[:-1]).ask(route.method, path, **tag).status == 401
    for role in ROLES:
        name = next(name for name in PEOPLE if PEOPLE[name] == role)
        allowed = ROLES.index(role) >= ROLES.index(route.least)
        if route.method == "GET":
            mine = route.operation != "get_mail"  # abe's alone
            assert world[name].ask("GET", path).status == (200 if allowed and mine else 403), role
        elif not allowed:
            assert world[name].ask(route.method, path, **tag).status == 403, role
    assert world.last() == before


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [
        ("POST", "close", {"outcome": "saved"}),
        ("POST", "snooze", {"until": LATER, "reason": "away"}),
        ("POST", "reassign", {"to": "kato"}),
        ("PUT", "checklist", {"done": [1]}),
        ("GET", "mails/1", None),
        ("POST", "mails/1", {"subject": "x", "text": "x"}),
    ],
)
def test_a_task_of_another_team_is_not_touched(world: World, method: str, what: str, body: Any) -> None:
    before = world.last()
    said = world["kato"].ask(method, f"/tasks/{world.task('abe', 'C3')}/{what}", body)
    assert (said.status, said.json["title"]) == (403, "Forbidden")
    assert world.last() == before


def test_every_operation_does_what_it_says(world: World) -> None:
    """A day of a program: in the end there is no operation that was not done."""
    ada, omar, kato = (world[name] for name in ("ada", "omar", "kato"))
    task = world.task("kato", "C1")
    run = omar.ask("GET", "/runs").json["items"][0]["id"]
    lead = kato.ask("POST", "/opportunities", {"entity": "contract", "record": "C1", "title": "Seats"})
    assert lead.json["opportunity"]["account"] == "A1"
    one = f"/opportunities/{lead.json['opportunity']['id']}"
    item = kato.ask("GET", "/feed?by=contact&key=CEO1@acme.test").json[0]
    assert (item["record"], item["account"]) == ("C1", "A1")
    judged = quarantined(world)
    steps: list[tuple[Program, str, str, Any]] = [
        (kato, "GET", "/me", None),
        (kato, "GET", "/colleagues", None),
        (ada, "GET", "/users", None),
        (ada, "PATCH", "/users/sato", {"role": "viewer"}),
        (ada, "PATCH", "/users/sato", {"state": "disabled"}),
        (kato, "GET", "/tasks?whose=team&limit=1", None),
        (kato, "GET", f"/tasks/{task}", None),
        (kato, "PUT", f"/tasks/{task}/checklist", {"done": [2]}),
        (kato, "GET", f"/tasks/{task}/mails/1", None),
        (kato, "POST", f"/tasks/{task}/mails/1", {"subject": "Hello", "text": "How are you?"}),
        (kato, "POST", f"/tasks/{task}/snooze", {"until": LATER, "reason": "On holiday"}),
        (kato, "POST", f"/tasks/{task}/reassign", {"to": "mori", "shift": True}),
        (omar, "POST", f"/tasks/{task}/close", {"outcome": "saved", "note": "By phone"}),
        (omar, "GET", "/handover", None),
        (omar, "POST", "/handover", {"from": "abe", "to": "kato"}),
        (kato, "GET", "/customers?words=script", None),
        (kato, "GET", "/customers/A1", None),
        (kato, "GET", "/answers?account=A1", None),
        (kato, "GET", "/quarantine", None),
        (kato, "POST", f"/quarantine/{judged}", {"verdict": "accepted"}),
        (kato, "GET", "/surveys", None),
        (kato, "POST", "/surveys/visit/links", {"record": "C1"}),
        (kato, "POST", f"/feed/{item['id']}/put-away", None),
        (omar, "GET", "/approvals", None),
        (omar, "GET", "/approvals/renewals.careful", None),
        (omar, "GET", "/approvals/renewals.careful/effect", None),
        (omar, "POST", "/approvals/renewals.careful/reject", None),
        (omar, "POST", "/approvals/product.grown/approve", None),
        (omar, "PUT", "/pauses/renewals.save", None),
        (omar, "GET", "/pauses", None),
        (omar, "DELETE", "/pauses/renewals.save", None),
        (omar, "GET", f"/runs/{run}", None),
        (omar, "GET", f"/runs/{run}/decisions?verdict=held", None),
        (omar, "GET", "/explain?play=renewals.save&record=C1", None),
        (omar, "GET", "/playbooks", None),
        (omar, "GET", "/playbooks/renewals", None),
        (omar, "GET", "/reports", None),
        (omar, "GET", "/reports/stages", None),
        (kato, "GET", "/quotes?account=A1", None),
        (kato, "GET", f"{QUOTE}/revisions", None),
        (kato, "GET", "/funnel", None),
        (kato, "GET", "/opportunities?stage=spotted", None),
        (kato, "GET", one, None),
        (kato, "POST", f"{one}/move", {"stage": "vetted", "note": "They asked"}),
    ]
    for program, method, path, body in steps:
        said = program.ask(method, path, body)
        assert said.status < 300, (method, path, said.page.body)
    for path in (QUOTE, f"/quotes/{sent_quote(world)}"):
        change_quote(kato, path)
    done = ada.done | omar.done | kato.done
    assert {route.operation for route in ROUTES} - done == set()
    assert world.company.json("audit", "verify")["broken"] is None


def change_quote(program: Program, path: str) -> None:
    """Another revision, sent where a play has sent one before, and withdrawn."""
    read = program.ask("GET", path)
    edit = {"amounts": {"licence": "450000"}, "reason": "As agreed", "valid_until": LATER}
    revised = program.ask("POST", f"{path}/revisions", edit, If_Match=read.tag)
    assert (revised.status, revised.json["revision"]) == (201, read.json["revision"] + 1)
    assert revised.json["total"] != read.json["total"]
    assert revised.tag == program.ask("GET", path).tag != read.tag
    sent = program.ask("POST", f"{path}/send", If_Match=revised.tag)
    assert sent.status == (409 if path == QUOTE else 200), sent.page.body  # no play has sent that one
    withdrawn = program.ask("POST", f"{path}/withdraw", {"reason": "They leave"}, If_Match="*")
    assert withdrawn.json["state"] == "withdrawn"


def sent_quote(world: World) -> str:
    """The quote that a play has sent."""
    return str(world["kato"].ask("GET", "/quotes?account=A2").json[0]["id"])


def quarantined(world: World) -> str:
    """Answers that look automated."""
    subject = answers.Subject("visit", "contract", "C1", None, "A1", "ceo1@acme.test")
    with world.ledger.writing() as connection:
        act = Act("ceo1@acme.test", NOON, NOON.date())
        given = [answers.AnswerRow("mood", 0, "good")]
        return answers.submit(connection, subject, given, act, answers.Sent(quarantine="too soon"))


def test_what_is_not_held_is_not_approved(world: World) -> None:
    before = world.last()
    said = world["omar"].ask("POST", "/approvals/renewals.upsell/approve")
    assert (said.status, "waits for approval" in said.json["detail"]) == (409, True)
    assert world["omar"].ask("POST", "/approvals/renewals.none/approve").status == 404
    assert world["omar"].ask("POST", "/quarantine/none", {"verdict": "accepted"}).status == 404
    assert world.last() == before


def test_a_change_tells_who_made_it_and_with_which_token(world: World) -> None:
    task, before = world.task("kato", "C2"), world.last()
    said = world["kato"].ask("PUT", f"/tasks/{task}/checklist", {"done": [1]})
    assert said.json["history"][-1]["actor"] == "kato (token test-kato)"
    [event] = world.since(before)
    assert (event.kind, event.subject, event.actor) == ("task.checked", task, "kato (token test-kato)")
    lines = [line for line in world.served.log if " api " in line]
    assert any("operation=check_task user=kato token=test-kato" in line for line in lines)
    assert world["kato"].token not in "".join(world.served.log)


def test_of_two_who_change_a_quote_the_second_is_told(world: World) -> None:
    tag, before = world["kato"].ask("GET", QUOTE).tag, world.last()
    edit = {"reason": "As agreed", "amounts": {"licence": "400000"}}
    assert world["kato"].ask("POST", f"{QUOTE}/revisions", edit).status == 428
    for old in ('"0"', f"W/{tag}", "nonsense"):
        assert world["kato"].ask("POST", f"{QUOTE}/revisions", edit, If_Match=old).status == 412
    assert world.last() == before
    assert world["kato"].ask("POST", f"{QUOTE}/revisions", edit, If_Match=f'"0", {tag}').status == 201
    late = world["kato"].ask("POST", f"{QUOTE}/revisions", edit, If_Match=tag)
    assert (late.status, "Read it again" in late.json["next"]) == (412, True)
    now = world["kato"].ask("GET", QUOTE).tag
    for wrong in ({"amounts": {"tax": "1"}}, {"valid_until": "2020-01-01"}, {}):
        said = world["kato"].ask("POST", f"{QUOTE}/revisions", {"reason": "x", **wrong}, If_Match=now)
        assert said.status == 409, said.page.body


def test_a_list_is_read_page_by_page(world: World) -> None:
    first = world["vera"].ask("GET", "/tasks?whose=all&limit=1").json
    rest = world["vera"].ask("GET", f"/tasks?whose=all&limit=200&cursor={first['next']}").json
    whole = world["vera"].ask("GET", "/tasks?whose=all&limit=200").json
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None
    for path in (f"/runs?cursor={first['next']}", "/tasks?cursor=nonsense", "/tasks?cursor=%00"):
        assert world["vera"].ask("GET", path).status in (404, 422)
    deep = base64.urlsafe_b64encode(b"[" * 2000).decode()
    forged = [("list_runs", "9" * 99), ("list_runs", "x"), ("list_tasks", "x"), ("list_tasks", deep)]
    forged += [("list_tasks", base64.urlsafe_b64encode(b'["\\u0000", "x"]').decode())]
    for operation, after in [*forged, ("list_opportunities", "x/y")]:
        path = f"/{operation.removeprefix('list_')}?cursor={cursor_of(operation, after)}"
        assert world["vera"].ask("GET", path).status == 404, path


def test_the_worklist_is_narrowed(world: World) -> None:
    def tasks(query: str) -> list[Any]:
        items: list[Any] = world["vera"].ask("GET", f"/tasks?whose=all&limit=200&{query}").json["items"]
        return items

    everything = tasks("")
    for asked in ({"account": "A2"}, {"playbook": "renewals", "priority": "high"}, {"priority": "low"}):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        assert tasks(query) == [one for one in everything if asked.items() <= one.items()]
    assert len(everything) > len(tasks("account=A2")) > 0
    assert world["vera"].ask("GET", "/tasks?priority=highest").status == 422


@pytest.mark.parametrize(
    ("sent", "headers", "status", "pointer"),
    [
        (b"{", {}, 400, None),
        (b'{"done": [NaN]}', {}, 400, None),
        (b'{"done": [1], "done": [2]}', {}, 400, None),
        (b'{"done": "\xff"}', {}, 400, None),
        (b'{"done": "\\ud800"}', {}, 400, None),
        (b"[" * 50_000, {}, 400, None),
        (b'{"done": [1]}', {"Content_Type": "text/plain"}, 415, None),
        (b'{"done": [1]}', {"Content_Type": "application/x-www-form-urlencoded"}, 415, None),
        (b'{"done": ["' + b"x" * 300_000 + b'"]}', {}, 413, None),
        (b'{"done": [1], "more": 1}', {}, 422, "/body"),
        (b'{"done": [0]}', {}, 422, "/body/done/0"),
        (b"{}", {}, 422, "/body"),
        (b"[]", {}, 422, "/body"),
        (b"", {}, 400, None),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_not_as_described_changes_nothing(
    world: World, sent: bytes, headers: dict[str, str], status: int, pointer: str | None
) -> None:
    before = world.last()
    path = f"/tasks/{world.task('kato', 'C2')}/checklist"
    said = world["kato"].ask("PUT", path, raw=sent, **headers)
    assert said.status == status
    assert said.json["detail"] and said.json["next"]
    assert [slip["pointer"] for slip in said.json.get("errors", [])] == ([pointer] if pointer else [])
    assert world.last() == before


def test_a_cookie_or_a_token_elsewhere_lets_nobody_in(world: World) -> None:
    token, nobody = world["ada"].token, Program(world.served, "")
    cookie = f"__Host-playcall={token}; playcall={token}"
    for headers in ({"Cookie": cookie}, {"Authorization": f"Basic {token}"}, {"Authorization": token}):
        said = nobody.ask("GET", "/me", **headers)
        assert (said.status, said.page.headers["www-authenticate"].split()[0]) == (401, "Bearer")
    assert nobody.ask("GET", f"/me?token={token}").status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/tasks/", 404),
        ("GET", "/tasks/none/more", 404),
        ("TRACE", "/tasks", 405),
        ("OPTIONS", "/tasks", 405),
        ("DELETE", f"{QUOTE}/revisions", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(world: World, method: str, path: str, status: int) -> None:
    said = world["ada"].ask(method, path)
    assert (said.status, said.page.headers["content-type"]) == (status, "application/problem+json")
    assert said.page.headers["cache-control"] == "no-store"
    allowed = {"/tasks": "GET, HEAD", f"{QUOTE}/revisions": "GET, HEAD, POST"}.get(path)
    found = said.page.headers.get("allow")
    assert (found and ", ".join(sorted(found.split(", ")))) == (allowed if status == 405 else None)


HOSTILE = ("%00", "%F0%9F%92%A9", "%FF", "..%2F..%2Fetc", "9" * 5000, "'%20or%201=1--", "%7B%7B7*7%7D%7D")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12])
def test_nothing_that_is_asked_for_breaks_it(world: World, words: str) -> None:
    for route in ROUTES:
        asked = "&".join(f"{name}={words}" for name in route.query["properties"])
        path = f"{re.sub('{[^}]+}', words, route.path)}?{asked}"
        said = world["ada"].ask(route.method, path, If_Match='"x"')
        assert said.status < 500, (path[:80], said.page.body)


def test_text_of_customers_is_data_and_secrets_stay(world: World) -> None:
    page = world["vera"].ask("GET", "/customers/A1")
    assert page.json["title"] == SCRIPT
    assert page.page.headers["content-type"] == "application/json"
    assert page.page.headers["x-content-type-options"] == "nosniff"
    assert "$argon2" not in world["ada"].ask("GET", "/users").page.body


def test_the_document_is_served_to_everybody_and_printed(world: World) -> None:
    served = json.loads(Program(world.served, "").served.ask("/api/v1/openapi.json").body)
    printed = json.loads(world.company.call("schema", "api").out)
    assert served["servers"] == [{"url": "https://renew.acme.test/api/v1"}]
    assert {**served, "servers": printed["servers"]} == printed == DOCUMENT
