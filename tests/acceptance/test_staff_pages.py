"""The staff's pages by real HTTP: what each shows and does, what is refused to whom, with nothing changed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clikit import Company
from playcall.engine.ledger.database import Ledger, open_ledger
from playcall.engine.ledger.events import last_event
from playcall.engine.respond.nonces import SOON_AFTER_PAGE
from playcall.engine.service.access import ROLES
from playcall.web.staff.gate import StaffRoute
from playcall.web.staff.routes import ROUTES
from staffkit import Browser, heading
from staffworld import FORMULA, PEOPLE, SCRIPT, SUBJECT, staffed
from webkit import Page, Served, serving

VISIT = """\
survey: visit
for: contract
title: "A visit to {{ account.name }}"
questions: {mood: {ask: "How are they?", choice: {good: Good, bad: Bad}, required: true}}
"""
LATER = (date.today() + timedelta(days=30)).isoformat()


@dataclass(frozen=True, slots=True)
class Staff:
    """The company, its server, and a browser in which each person is signed in."""

    company: Company
    served: Served
    ledger: Ledger
    browsers: Mapping[str, Browser]

    def __getitem__(self, name: str) -> Browser:
        return self.browsers[name]

    def task(self, assignee: str, record: str) -> dict[str, str]:
        return next(one for one in self.company.tasks("--assignee", assignee) if one["record"] == record)

    def events(self) -> int:
        with self.ledger.reading() as connection:
            return last_event(connection)


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    company = staffed(tmp_path_factory.mktemp("staff") / "acme", files={"surveys/visit.yaml": VISIT})
    ledger = open_ledger("sqlite:///.playcall/ledger.db", company.root)
    with serving(company.root) as served:
        browsers = {name: Browser(served) for name in PEOPLE}
        for name, browser in browsers.items():
            browser.sign_in(name)
        yield Staff(company, served, ledger, browsers)
    ledger.close()


def path_of(route: StaffRoute, staff: Staff) -> str:
    """The path of a route about something that is there."""
    lead = re.search(r"/opportunities/(\w+)", staff["vera"].get("/staff/opportunities").body)
    assert lead
    parts = {
        "task": staff.task("abe", "C3")["id"],
        "account:path": "A1",
        "target": "renewals.careful",
        "scope": "renewals.save",
        "submission": "none",
        "run": staff.company.json("status")["last_run"]["run"],
        "playbook": "renewals",
        "quote": SUBJECT.id,
        "opportunity": lead[1],
        "name": "abe",
        "number": "1",
        "survey": "visit",
    }
    return "/staff" + re.sub(r"{([\w:]+)}", lambda found: parts[found[1]], route.path)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_for_its_roles_alone(staff: Staff, route: StaffRoute) -> None:
    path, before = path_of(route, staff), staff.events()
    nobody = Browser(staff.served).ask(route.method, path, {} if route.method == "POST" else None)
    assert (nobody.status, nobody.headers["location"].partition("?")[0]) == (303, "/staff/sign-in")
    holders = {role: next(name for name in PEOPLE if PEOPLE[name] == role) for role in ROLES}
    for role, name in holders.items():
        browser = staff[name]
        token = browser.get("/staff/tasks").nonce
        if route.method == "GET":
            page = browser.ask("GET", path)
        elif ROLES.index(role) < ROLES.index(route.least):
            page = browser.ask("POST", path, {"-nonce": token})
        else:
            page = browser.ask("POST", path, {"-nonce": "forged"})
        allowed = route.method == "GET" and ROLES.index(role) >= ROLES.index(route.least)
        allowed = allowed and "/mail/" not in route.path  # abe's alone
        assert (page.status in (200, 303)) == allowed, (role, page.status)
        assert allowed or page.status == 403
    assert staff.events() == before


@pytest.mark.parametrize("act", ["close", "snooze", "reassign", "check"])
def test_a_task_of_another_team_is_not_touched(staff: Staff, act: str) -> None:
    task, browser = staff.task("abe", "C3")["id"], staff["kato"]
    fields = {"until": LATER, "reason": "away", "to": "kato", "item": "1"}
    before = staff.events()
    browser.get(f"/staff/tasks/{task}")
    assert "Close the task" not in browser.page.body
    page = browser.post(f"/staff/tasks/{task}/{act}", fields)
    assert page.status == 403
    assert "not of your team" in page.body
    assert staff.events() == before


def test_the_worklist_is_mine_my_teams_or_everybodys(staff: Staff) -> None:
    def about(name: str, whose: str) -> set[str]:
        body = staff[name].get(f"/staff/tasks?whose={whose}").body
        return set(re.findall(r"contract (C\d)", body))

    assert about("kato", "mine") >= {"C2"}
    assert about("sato", "mine") == set()
    assert about("sato", "team") >= {"C2"}
    assert "C3" not in about("sato", "team")
    assert about("vera", "all") >= {"C2", "C3"}
    assert staff["vera"].get("/staff/tasks?whose=theirs").status == 404
    assert staff["vera"].get("/staff/tasks?after=nonsense").status == 409


def test_a_task_is_worked_on_and_closed(staff: Staff) -> None:
    task, browser = staff.task("kato", "C1")["id"], staff["kato"]
    at = f"/staff/tasks/{task}"
    browser.get(at)
    assert SCRIPT not in browser.page.body
    assert "&lt;script&gt;" in browser.page.body
    assert "The checklist is saved." in browser.post(f"{at}/check", {"item": ["2"]}).body
    assert browser.post(f"{at}/snooze", {"until": LATER, "reason": ""}).status == 409
    browser.get(at)
    assert browser.post(f"{at}/snooze", {"until": "2020-01-01", "reason": "x"}).status == 409
    browser.get(at)
    assert (
        f"reason: back {LATER[:4]}"
        in browser.post(f"{at}/snooze", {"until": LATER, "reason": f"back {LATER[:4]}"}).body
    )
    assert task in staff["kato"].get("/staff/tasks?shown=snoozed").body
    assert task not in staff["kato"].get("/staff/tasks").body
    browser.get(at)
    browser.post(f"{at}/reassign", {"to": "sato", "shift": "yes"})
    shown = staff.company.json("tasks", "show", task)
    today = date.fromisoformat(shown["due"]) - timedelta(days=3)
    assert abs((today - date.today()).days) <= 1
    assert shown["assignee"] == "sato"
    assert [one["done"] for one in shown["checklist"]] == [False, True]
    staff["sato"].get(at)
    assert staff["sato"].post(f"{at}/close", {"note": "Why?"}).status == 409  # an outcome is asked for
    assert "one of saved, lost" in staff.company.call("tasks", "done", task).err
    staff["sato"].get(at)
    staff["sato"].post(f"{at}/close", {"note": "By phone.", "outcome": "saved"})
    assert "By phone." in staff["sato"].page.body and "They stay" in staff["sato"].page.body
    told = staff.company.json("facts", "list", "task", "--where", 'outcome == "saved"')
    assert [one["record"] for one in told["records"]] == [task]
    assert staff["sato"].get(at).body.count("<form") == 1  # to sign out: what is closed is over


def test_all_tasks_of_somebody_are_handed_over_at_once(staff: Staff) -> None:
    browser, task, before = staff["sato"], staff.task("kato", "C2")["id"], staff.events()
    for fields, status in (
        ({"from": "abe", "to": "sato"}, 403),  # of another team
        ({"from": "kato", "to": "kato"}, 409),
        ({"from": "kato", "to": "nobody"}, 409),
        ({"from": "sato", "to": "kato"}, 409),  # who has none
        ({"from": "kato"}, 409),
    ):
        browser.get("/staff/handover")
        assert browser.post("/staff/handover", fields).status == status
    assert "abe (" not in browser.get("/staff/handover").body
    assert staff.events() == before
    page = browser.post("/staff/handover", {"from": "kato", "to": "sato"})
    assert "The tasks are handed over." in page.body
    assert staff.task("sato", "C2")["id"] == task
    assert not staff.company.tasks("--assignee", "kato")
    operations = staff["omar"]
    operations.get("/staff/handover")
    operations.post("/staff/handover", {"from": "sato", "to": "kato", "shift": "yes"})
    assert "The tasks are handed over." in operations.page.body
    days = date.fromisoformat(staff.task("kato", "C2")["due"]) - datetime.now(ZoneInfo("Asia/Tokyo")).date()
    assert days == timedelta(days=3)


def test_a_customer_is_shown_whole(staff: Staff) -> None:
    found = staff["vera"].get("/staff/customers?words=SCRIPT")
    assert "/staff/customers/A1" in found.body and SCRIPT not in found.body
    page = staff["vera"].get("/staff/customers/A1")
    assert SCRIPT not in page.body
    for words in ("health: ", "C1", "ceo1@acme.test", "508,200", "More seats for", "crm.accounts"):
        assert words in page.body, words
    assert staff["vera"].get("/staff/customers/A99").status == 404


def test_what_is_held_is_looked_at_and_decided(staff: Staff) -> None:
    browser = staff["omar"]
    assert "renewals.careful" in browser.get("/staff/approvals").body
    assert "C1" in browser.get("/staff/approvals/renewals.careful").body
    assert "What approving would do now" in browser.get("/staff/approvals/renewals.careful?effect=yes").body
    browser.post("/staff/approvals/renewals.careful/reject")
    assert "What was held is rejected." in browser.page.body
    assert staff.company.json("status")["held"] == []
    assert staff.company.touches("--to", "ceo1@acme.test") == []
    page = browser.post("/staff/approvals/renewals.careful/approve")
    assert (page.status, "nothing of renewals.careful waits" in page.body) == (409, True)


def test_a_playbook_is_read_and_paused(staff: Staff) -> None:
    browser = staff["omar"]
    assert "on the day when days_to_renewal == 140" in browser.get("/staff/playbooks/renewals").body
    assert "It is paused." in browser.post("/staff/pause/renewals.save").body
    assert "It runs again." in browser.post("/staff/resume/renewals.save").body
    assert browser.get("/staff/playbooks/none").status == 404


def test_a_run_says_why(staff: Staff) -> None:
    browser = staff["vera"]
    run = staff.company.json("status")["last_run"]["run"]
    assert heading(browser.get("/staff/runs")) == "Runs"
    assert browser.get(f"/staff/runs/{run}").status == 200
    page = browser.get("/staff/explain?play=renewals.save&record=C1")
    assert "days_to_renewal == 140" in page.body and "fired" in page.body
    assert browser.get("/staff/explain?play=renewals.nothing&record=C1").status == 409


def test_a_quote_is_changed_by_a_new_revision(staff: Staff) -> None:
    browser, at = staff["kato"], f"/staff/quotes/{SUBJECT.id}"
    browser.get(at)
    fields = {"revision": "1", "amount.licence": "450000", "reason": "As agreed", "valid_until": LATER}
    refused: list[Page] = [
        browser.post(f"{at}/revise", {**fields, "reason": ""}),
        browser.get(at) and browser.post(f"{at}/revise", {**fields, "amount.licence": "NaN"}),
        browser.get(at) and browser.post(f"{at}/revise", {**fields, "amount.licence": "0.5"}),
        browser.get(at) and browser.post(f"{at}/revise", {**fields, "valid_until": "2020-01-01"}),
        browser.get(at) and browser.post(f"{at}/revise", {"revision": "1", "reason": "nothing"}),
    ]
    assert [page.status for page in refused] == [409] * 5
    browser.get(at)
    assert "495,000" in browser.post(f"{at}/revise", fields).body  # with 10 % tax
    late = browser.post(f"{at}/revise", {**fields, "amount.licence": "1"})
    assert (late.status, "replaced by revision 2" in late.body) == (409, True)
    browser.get(at)
    browser.post(f"{at}/withdraw", {"revision": "2", "reason": "They leave"})
    assert "The quote is withdrawn." in browser.page.body
    assert "508,200" in browser.page.body  # what was sent first stays to be read


def test_a_quote_that_no_play_has_sent_is_not_sent_again(staff: Staff) -> None:
    browser, at, before = staff["kato"], f"/staff/quotes/{SUBJECT.id}", staff.events()
    shown = re.search(r"Send revision (\d) now", browser.get(at).body)
    assert shown
    for revision, told in (
        (shown[1], "no play has sent this quote yet"),
        ("7", f"replaced by revision {shown[1]}"),
    ):
        browser.get(at)
        page = browser.post(f"{at}/send", {"revision": revision})
        assert (page.status, told in page.body) == (409, True)
    assert staff.events() == before


def test_an_opportunity_moves_on(staff: Staff) -> None:
    browser = staff["kato"]
    found = re.search(r"/staff/opportunities/\w+", browser.get("/staff/opportunities").body)
    assert found
    browser.get(found[0])
    assert browser.post(f"{found[0]}/move", {"stage": "won"}).status == 409
    browser.get(found[0])
    for fields in (
        {"stage": "vetted"},
        {"stage": "handed_over", "assignee": "abe"},
        {"stage": "meeting", "meeting_on": LATER},
    ):
        assert "The opportunity has moved on." in browser.post(f"{found[0]}/move", fields).body
    assert LATER in browser.page.body


def test_a_table_to_take_away_holds_no_formula(staff: Staff) -> None:
    page = staff["vera"].ask("GET", "/staff/tasks.csv?whose=all")
    assert page.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in page.headers["content-disposition"]
    assert f'"\'{FORMULA.replace(chr(34), chr(34) * 2)}"' in page.body


def test_an_administrator_changes_others(staff: Staff) -> None:
    browser = staff["ada"]
    browser.get("/staff/users")
    assert (
        "The account is changed." in browser.post("/staff/users/abe", {"act": "role", "role": "viewer"}).body
    )
    assert heading(staff["abe"].get("/staff/tasks")) == "Sign in"  # under other terms, they sign in again
    assert browser.post("/staff/users/ada", {"act": "disable"}).status == 403
    browser.get("/staff/users")
    assert browser.post("/staff/users/abe", {"act": "role", "role": "root"}).status == 409
    assert staff.company.json("audit", "verify")["broken"] is None


def test_a_prepared_message_is_edited_and_sent_once_by_its_assignee(staff: Staff) -> None:
    task = staff.task("kato", "C2")["id"]
    at = f"/staff/tasks/{task}/mail/1"
    for name in ("sato", "omar", "ada"):  # a colleague of the team, operations, administration
        assert staff[name].get(at).status == 403
        assert staff[name].post(at, {"subject": "x", "text": "x"}).status == 403
    browser = staff["kato"]
    page = browser.get(at)
    assert "your contract C2 ends soon" in page.body
    assert browser.post(at, {"subject": "x", "text": " "}).status == 409
    browser.get(at)
    text = "Hello *you*,\r\nhow are you?\r\n\r\n<b>Yours</b> {{ account.name }}"
    assert (
        "The message is queued" in browser.post(at, {"subject": "A\r\nBcc: x@evil.test", "text": text}).body
    )
    again = browser.post(at, {"subject": "x", "text": "x"})
    assert (again.status, "sent already" in again.body) == (409, True)
    assert staff.company.call("deliver", "--once").code == 0
    mail = next(one for one in staff.company.mails() if "A Bcc" in str(one["Subject"]))
    assert mail["Bcc"] is None
    assert "Kato Yui" in str(mail["From"])
    plain = mail.get_payload(0).get_payload(decode=True).decode()
    assert "Hello *you*,\nhow are you?\n\n<b>Yours</b> {{ account.name }}" in plain.replace("\r", "")
    run = staff.company.json("status")["last_run"]["run"]
    assert staff.company.json("replay", run)["same"]


def test_a_survey_is_filled_in_by_staff(staff: Staff) -> None:
    browser = staff["kato"]
    browser.get("/staff/surveys")
    assert browser.post("/staff/surveys/visit", {"record": "C99"}).status == 409
    browser.get("/staff/surveys")
    page = browser.post("/staff/surveys/visit", {"record": "C1"})
    assert "A visit to &lt;script&gt;" in page.body
    time.sleep(SOON_AFTER_PAGE.total_seconds() + 1.1)
    assert "Thank you" in browser.post(browser.path, {"mood": "bad"}).body
    told = staff.company.json("facts", "list", "answer", "--where", 'survey == "visit" and value == "bad"')
    assert [one["fields"]["contact"] for one in told["records"]] == ["kato@acme.test"]
    assert [one["fields"]["account"] for one in told["records"]] == ["A1"]


HOSTILE = (
    "%00",
    "%F0%9F%92%A9",
    "%FF",
    "..%2F..%2Fetc",
    "9" * 5000,
    "'%20or%201=1--",
    "%25%25%7B%7B7*7%7D%7D",
)


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12])
def test_nothing_that_is_asked_for_breaks_a_page(staff: Staff, words: str) -> None:
    paths = [route.path for route in ROUTES if route.method == "GET"]
    asked = [f"/staff{re.sub('{[^}]+}', words, path)}" for path in paths if "{" in path]
    queries = ("tasks?after=", "customers?words=", "customers?after=", "runs?before=", "opportunities?after=")
    asked += [f"/staff/{query}{words}" for query in queries]
    asked += [f"/staff/explain?play=renewals.save&record={words}", f"/staff/explain?play={words}&record=C1"]
    for path in asked:
        page = staff["ada"].ask("GET", path)
        assert page.status in (200, 400, 403, 404, 409), (path[:80], page.status)
    token = staff["ada"].get("/staff/tasks").nonce
    for path in ("/staff/tasks/x/check", "/staff/quotes/x/revise"):
        sent = {"-nonce": token, "item": "9" * 5000, "revision": "9" * 5000, "reason": "x"}
        assert staff["ada"].ask("POST", path, sent).status == 409
