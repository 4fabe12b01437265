"""plan → approve → apply: exactly the plan that was looked at, once, or nothing."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clikit import PROJECT, Answer, Company, verdicts
from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.ports import FixedClock
from playcall.engine.service import planfile
from playcall.engine.service.applying import apply as apply_plan
from playcall.engine.service.applying import save
from playcall.engine.service.workspace import Workspace

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
remind:
  after: ask + 2d
  do: [{email: ask, to: decision_maker}]
"""
DAY = "2024-03-02"


@pytest.fixture
def planned(company: Company) -> Company:
    """A company with a run behind it and a plan that asks one customer."""
    company.playbook(ASK)
    company.run("2024-03-01")
    assert plan(company).code == 0
    return company


def plan(company: Company, day: str = DAY, name: str = "plan.json") -> Answer:
    return company.call("plan", "--as-of", day, "--out", str(company.root / name))


def apply(company: Company, *arguments: str, name: str = "plan.json") -> Answer:
    return company.call("apply", str(company.root / name), *arguments)


def test_a_plan_is_done_exactly_and_once(planned: Company) -> None:
    wanted = json.loads((planned.root / "plan.json").read_text())["plan"]
    report = apply(planned, "--format", "json").json()
    assert (verdicts(report), report["as_of"], report["snapshot"]) == (
        {"fired": 1},
        wanted["as_of"],
        wanted["snapshot"],
    )
    assert [mail["To"] for mail in planned.mails()] == ["Carla Chief <ceo@acme.test>"]
    again = apply(planned)
    assert (again.code, "was applied already" in again.err, report["run"] in again.err) == (3, True, True)
    assert len(planned.mails()) == 1
    assert verdicts(planned.run(DAY)) == {}


def test_what_apply_does_is_what_a_run_does(company: Company, tmp_path: Path) -> None:
    company.playbook(ASK)
    twin = tmp_path / "twin"
    subprocess.run(["cp", "-a", str(company.root), str(twin)], check=True)
    plan(company)
    applied, run = apply(company, "--format", "json").json(), Company(twin).run(DAY)
    for report in (applied, run):
        del report["sources"]
    assert applied == run
    assert company.touches() == Company(twin).touches()


def test_the_file_is_private_and_never_written_over(planned: Company) -> None:
    path = planned.root / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    answer = plan(planned)
    assert (answer.code, "is there already" in answer.err) == (3, True)
    assert path.read_bytes() == before
    assert plan(planned, name="nowhere/plan.json").code == 3


def test_a_plan_leaves_no_trace_in_the_history(planned: Company) -> None:
    index = (planned.root / ".playcall/snapshots/index.jsonl").read_text()
    assert len(index.splitlines()) == 1
    apply(planned)
    index = (planned.root / ".playcall/snapshots/index.jsonl").read_text()
    assert len(index.splitlines()) == 2


def rewritten(change: Callable[[str], str]) -> Callable[[Company], None]:
    def act(company: Company) -> None:
        path = company.root / "plan.json"
        path.write_text(change(path.read_text()))

    return act


def swap(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def forged(company: Company) -> None:
    """A plan for another day with a checksum of its own."""
    content = json.loads((company.root / "plan.json").read_text())
    content = {key: value for key, value in content.items() if key not in ("playcall_plan", "checksum")}
    content |= {"as_of": "2024-03-04T23:00:00+00:00", "day": "2024-03-05"}
    text = json.dumps({"playcall_plan": 1, "checksum": planfile._checksum(content), **content})
    (company.root / "plan.json").write_text(text)


def add(text: str, file: str) -> Callable[[Company], None]:
    return lambda company: company.write({file: (company.root / file).read_text() + text})


def nullable_role(company: Company) -> None:
    text = (company.root / "catalog/all.yaml").read_text()
    text = text.replace("role: text", "role: {text: true, nullable: true}")
    company.write({"catalog/all.yaml": text})


def facts_gone(company: Company) -> None:
    for path in (company.root / ".playcall/snapshots/objects").iterdir():
        path.unlink()


def facts_damaged(company: Company) -> None:
    for path in (company.root / ".playcall/snapshots/objects").iterdir():
        path.write_bytes(b"PAR1" + path.read_bytes())


MOVED: dict[str, tuple[Callable[[Company], object], str]] = {
    "a playbook": (lambda c: c.playbook(ASK.replace("7d", "6d")), "playbook renewals"),
    "a new playbook": (lambda c: c.playbook(ASK, name="more"), "playbook more"),
    "a template": (add("P.S. Thank you!\n", "templates/ask.md"), "template templates/ask.md"),
    "the catalogue": (nullable_role, "catalogue"),
    "a setting": (lambda c: c.write({"playcall.yaml": PROJECT + "limits: {per_play: 9}\n"}), "setting"),
    "a row": (lambda c: c.contracts({}, {"contract_id": "C2"}), "crm.contracts"),
    "a table is gone": (lambda c: (c.root / "data/crm/contacts.csv").unlink(), "crm.contacts"),
    "a run": (lambda c: c.run(DAY, "--playbook", "renewals"), "was committed"),
    "a pause": (lambda c: c.call("pause", "renewals.remind"), "play.paused renewals.remind"),
    "the ledger is another": (lambda c: (c.root / ".playcall/ledger.db").unlink(), "another ledger"),
    "the facts are gone": (facts_gone, "is gone or damaged"),
    "the facts are damaged": (facts_damaged, "is gone or damaged"),
    "the file was cut short": (rewritten(lambda text: text[:-20]), "cut short"),
    "the file is empty": (rewritten(lambda _: ""), "no plan"),
    "the file is something else": (rewritten(lambda _: "[]"), "is no plan"),
    "the file was changed": (
        rewritten(swap("ceo@acme", "cio@acme")),
        "not as it was written",
    ),
    "the file is of a later version": (
        rewritten(swap('plan": 1', 'plan": 2')),
        "format 2",
    ),
    "the file was forged": (forged, "has moved"),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_has_moved_is_said_and_nothing_is_done(planned: Company, what: str) -> None:
    act, said = MOVED[what]
    act(planned)
    touches = planned.touches() if what != "a run" else None
    answer = apply(planned)
    assert (answer.code, answer.out) == (3, "")
    assert said in answer.err and "playcall plan --out" in answer.err
    assert touches is None or planned.touches() == touches


def test_comments_and_places_do_not_count(planned: Company) -> None:
    text = (planned.root / "playbooks/renewals.yaml").read_text()
    (planned.root / "playbooks/renewals.yaml").unlink()
    planned.write({"playbooks/here/renewals.yaml": "# moved\n" + text})
    assert apply(planned).code == 0


def test_deliveries_may_go_on_as_long_as_nothing_comes_of_them(company: Company) -> None:
    company.playbook(ASK)
    company.run(DAY, "--no-deliver")
    company.contracts({}, {"contract_id": "C2", "renewal_date": "2024-07-21"})
    plan(company, "2024-03-03")
    assert company.call("deliver").code == 0
    assert verdicts(apply(company, "--format", "json").json()) == {"fired": 1}


def test_data_that_have_aged_since_are_not_acted_on(company: Company) -> None:
    company.playbook(ASK)
    company.write({"playcall.yaml": PROJECT.replace("path: data/crm", "path: data/crm, fresh: 36h")})
    made_at = datetime(2024, 3, 2, 8, tzinfo=UTC)
    for table in (company.root / "data/crm").iterdir():
        os.utime(table, ((made_at - timedelta(hours=30)).timestamp(),) * 2)

    def at(hours: int) -> Workspace:
        return Workspace.open(company.root, None, {}, FixedClock(made_at + timedelta(hours=hours)))

    save(at(0), company.root / "plan.json")
    with pytest.raises(PlaycallError, match="stale by now"):
        apply_plan(at(7), company.root / "plan.json", "somebody", deliver=False)
    assert apply_plan(at(5), company.root / "plan.json", "somebody", deliver=False).held == []


def test_a_plan_far_ahead_is_only_to_be_looked_at(company: Company) -> None:
    company.playbook(ASK)
    assert plan(company, "2099-01-01").code == 0
    answer = apply(company)
    assert (answer.code, "more than a day ahead" in answer.err) == (3, True)


def test_a_plan_of_one_playbook_does_that_one(company: Company) -> None:
    company.playbook(ASK)
    company.playbook(ASK, name="others")
    path = str(company.root / "plan.json")
    assert company.call("plan", "--as-of", DAY, "--playbook", "others", "--out", path).code == 0
    assert verdicts(apply(company, "--format", "json").json()) == {"fired": 1}
    assert {one["playbook"] for one in company.touches()} == {"others"}


def test_options_that_exclude_each_other(company: Company) -> None:
    assert company.call("plan", "--out", "x", "--against", "HEAD").code == 2
    assert company.call("plan", "--sql", "--against", "HEAD").code == 2
    assert apply(company, name="none.json").code == 3


@pytest.mark.slow
def test_a_kill_leaves_all_or_nothing(company: Company) -> None:
    company.playbook(ASK)
    company.many(40)
    company.run("2024-03-01")
    plan(company)
    call = "from playcall.cli import main; main()"
    given = ["--project", str(company.root), "apply", "--no-deliver", str(company.root / "plan.json")]
    for after in (0.8, 1.2, 1.6, 2.0):
        with subprocess.Popen([sys.executable, "-c", call, *given], stderr=subprocess.PIPE) as running:
            time.sleep(after)
            running.send_signal(signal.SIGKILL)
            running.communicate()
        assert len(company.touches()) in (0, 40)
    assert apply(company).code in (0, 3)
    assert len(company.touches()) == 40
