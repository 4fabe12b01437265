"""A program that uses the JSON API: it shows a token, and holds every answer against the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from awaiting import awaited
from jsonschema import Draft202012Validator

from clikit import Company
from playcall.engine.service.office import Office
from playcall.engine.service.serving import open_desk, topics_to_choose
from playcall.engine.service.workspace import Workspace
from playcall.engine.telemetry.log import Log
from playcall.web.api.document import PLACE, document
from playcall.web.api.gate import Api
from playcall.web.limits import Limiter
from playcall.web.site import Site
from staffworld import staffed
from webkit import BOOK, Page, Served

DOCUMENT: Any = document()
FILES = {
    "surveys/visit.yaml": """\
survey: visit
for: contract
title: "A visit to {{ account.name }}"
questions: {mood: {ask: "How are they?", choice: {good: Good, bad: Bad}, required: true}}
""",
    "pricebooks/growth.yaml": BOOK.replace("pricebook: standard", "pricebook: growth"),
    "reports/stages.yaml": """\
report: stages
describe: Leads by their stage.
for: opportunity
by: stage
show: {leads: count()}
""",
}
PRODUCT = """
hint:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker, via: feed}]
offer:
  when: days_to_renewal == 140
  if: contract_id == "C2"
  do: [{quote: growth, to: decision_maker, from: csm}]
grown:
  when: devices > quantity
  approve: true
  do: [{task: "More seats for {{ account.name }}", assign: csm}]
"""


def equipped(root: Path) -> Company:
    """The company of the staff, with a survey, a report, a quote that was sent, a play that waits for
    approval, and something that its product shows."""
    return staffed(root, files=FILES, playbooks={"product": PRODUCT})


def token_of(company: Company, user: str) -> str:
    """A new token for somebody, as much as they may."""
    made = company.call("tokens", "create", f"test-{user}", "--user", user)
    assert made.code == 0, made.err
    return made.out.strip()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, read."""

    page: Page
    json: Any

    @property
    def status(self) -> int:
        return self.page.status

    @property
    def tag(self) -> str:
        return self.page.headers["etag"]


@dataclass(slots=True)
class Program:
    """Shows one token. ``done``: the operations that have succeeded."""

    served: Served
    token: str
    done: set[str] = field(default_factory=set)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        **headers: str,
    ) -> Said:
        """One request below the API's place. The answer is as the document says, or this fails."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if content is not None:
            sent = {"Content-Type": "application/json", **sent}
        if self.token:
            sent = {"Authorization": f"Bearer {self.token}", **sent}
        page = self.served.ask(f"{PLACE}{path}", method=method, body=content, headers=sent)
        said = Said(page, json.loads(page.body) if page.body else None)
        operation = operation_at(method, path)
        if operation is not None:
            require_described(operation, said)
            if page.status < 300:
                self.done.add(operation["operationId"])
        return said


def operation_at(method: str, path: str) -> Any:
    """The operation of a request, as the document has it; None where there is none."""
    bare = path.partition("?")[0]
    for template, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), bare) and method.lower() in methods:
            return methods[method.lower()]
    return None


def require_described(operation: Any, said: Said) -> None:
    """Fail unless that is one of the answers that the operation is described with."""
    described = operation["responses"].get(str(said.status))
    assert described, (operation["operationId"], said.status, said.page.body)
    content: Mapping[str, Any] = described.get("content", {})
    if not content:
        assert said.json is None
        return
    [(media, of_media)] = content.items()
    assert said.page.headers["content-type"] == media
    schema = {**of_media["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(said.json)


def asked(api: Api, path: str, token: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of a GET in this process."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 1),
        "http_version": "1.1",
        "scheme": "https",
    }
    with suppress(RuntimeError):  # what went wrong is raised again, for the server's log
        awaited(api.application()(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, json.loads(sent[1]["body"])


@contextmanager
def api_of(company: Company, environ: Mapping[str, str]) -> Iterator[tuple[Api, list[str]]]:
    """The API of a company in this process, which may be asked as often as one likes, and its log."""
    workspace, lines = Workspace.open(company.root, None, environ), list[str]()
    with open_desk(workspace) as (desk, url):
        log = Log(lines.append, workspace.clock)
        site = Site(desk, topics_to_choose(workspace.project), url, workspace.clock, log)
        office = Office(workspace, desk.ledger)
        yield Api(site, office, tokens=Limiter(10**9), addresses=Limiter(10**9)), lines
        office.latest.close()
