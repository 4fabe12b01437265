"""The main paths of the staff in a real browser, on a phone and on a desk: nothing that axe calls serious."""

from __future__ import annotations

import pytest

from browserkit import Tab, World
from staffkit import PASSWORD
from staffworld import SUBJECT

pytestmark = pytest.mark.slow


def sign_in(tab: Tab, name: str) -> None:
    assert tab.open("/staff") == 200
    tab.page.get_by_label("Name").fill(name)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.page.wait_for_url("**/staff/tasks")


def test_every_kind_of_page(tab: Tab, world: World) -> None:
    tab.open("/staff/sign-in")
    tab.check("sign-in")
    sign_in(tab, "ada")
    run = world.company.json("status")["last_run"]["run"]
    pages = {
        "worklist": "/staff/tasks?whose=all",
        "customers": "/staff/customers",
        "customer": "/staff/customers/A1",
        "approvals": "/staff/approvals",
        "held": "/staff/approvals/renewals.careful",
        "runs": "/staff/runs",
        "run": f"/staff/runs/{run}",
        "explain": "/staff/explain?play=renewals.save&record=C1",
        "playbooks": "/staff/playbooks",
        "playbook": "/staff/playbooks/renewals",
        "quote": f"/staff/quotes/{SUBJECT.id}",
        "opportunities": "/staff/opportunities",
        "users": "/staff/users",
    }
    for name, path in pages.items():
        assert tab.open(path) == 200, path
        tab.check(f"staff-{name}")
    assert tab.open("/staff/customers/none") == 404
    tab.check("staff-missing")


def test_a_task_is_worked_on(tab: Tab, world: World) -> None:
    person = {"phone": "abe", "desk": "kato"}[tab.size]
    sign_in(tab, person)
    task = world.company.tasks("--assignee", person)[0]
    tab.page.get_by_role("link", name=task["title"], exact=True).first.click()
    tab.check("staff-task")
    page = tab.page
    page.get_by_label("Call the sponsor").check()
    page.get_by_role("button", name="Save the checklist").click()
    assert page.get_by_label("Call the sponsor").is_checked()
    page.get_by_role("link", name="ask to ceo").click()
    tab.check("staff-mail")
    page.get_by_label("Subject").fill("We should talk")
    page.get_by_role("button", name="Send").click()
    assert page.get_by_role("status").inner_text().startswith("The message is queued")
    page.get_by_label("They stay").check()
    page.get_by_role("button", name="Close the task").click()
    assert page.get_by_role("status").inner_text() == "The task is closed."
    shown = world.company.json("tasks", "show", task["id"])
    assert (shown["state"], shown["outcome"]) == ("done", "saved")
