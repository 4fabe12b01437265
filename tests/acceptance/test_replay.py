"""Past decisions: explained as they were decided, and decided again bit for bit."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from clikit import ACCOUNT, CATALOG, PROJECT, Company, founded, verdicts

PLAYS = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  if: quantity > 50
  do: [{email: ask, to: decision_maker, from: csm}]
remind:
  after: ask + 2d
  unless: open_task("low")
  do: [{email: ask, to: decision_maker}]
low:
  when: devices < 50
  do: [{task: "Call {{ account.name }}", assign: csm, rank: devices}]
"""


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of runs in which facts, plays, people and deliveries changed; for tests to copy."""
    company = founded(tmp_path_factory.mktemp("week") / "acme")
    company.playbook(PLAYS)
    company.run("2024-03-01")
    company.run("2024-03-02")
    company.contracts({"devices": 10}, {"contract_id": "C2", "quantity": 5, "renewal_date": "2024-07-21"})
    company.call("pause", "renewals.low")
    company.run("2024-03-03")
    company.run("2024-03-04")
    company.call("resume", "renewals.low")
    assert verdicts(company.json("approve", "renewals.low", "--as-of", "2024-03-05")) == {"fired": 1}
    [task] = company.tasks()
    company.call("tasks", "done", task["id"])
    company.contracts({"devices": 100}, {"contract_id": "C2", "quantity": 500})
    company.write({"catalog/all.yaml": CATALOG.replace("nps: {int", "score: {int")})
    company.table("accounts", [{"score": 1, **{key: ACCOUNT[key] for key in list(ACCOUNT)[:4]}}])
    company.run("2024-03-06")
    company.call("adopt", "renewals", "--as-of", "2024-03-06")
    return company.root


@pytest.fixture
def lived(week: Path, tmp_path: Path) -> Company:
    return Company(Path(shutil.copytree(week, tmp_path / "acme")))


def runs(company: Company) -> list[str]:
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        found = [row[0] for row in connection.execute("select id from run order by number")]
    connection.close()
    return found


def test_every_run_comes_out_again(lived: Company) -> None:
    made = runs(lived)
    assert len(made) == 7
    decided = 0
    for run in made:
        found = lived.json("replay", run)
        assert (found["same"], found["differences"]) == (True, []), run
        decided += found["decisions"]
    assert decided == 5
    assert "all the same" in lived.call("replay", "last").out


def test_a_replay_changes_nothing(lived: Company) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (lived.root / ".playcall").rglob("*") if path.is_file()}

    before = state()
    lived.json("replay", runs(lived)[1])
    lived.json("explain", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert {path for path, content in state().items() if before.get(path) != content} <= {
        path for path in before if path.name.startswith("ledger.db-")
    }


def test_what_the_ledger_has_otherwise_is_said(lived: Company) -> None:
    with sqlite3.connect(lived.root / ".playcall/ledger.db") as connection:
        connection.execute("update decision set verdict = 'declined' where verdict = 'fired'")
        connection.execute("update touch set recipient = 'me@acme.test' where type = 'email'")
    connection.close()
    answer = lived.call("replay", runs(lived)[1], "--format", "json")
    assert answer.code == 1
    assert {one["kind"] for one in answer.json()["differences"]} == {"decision", "touch"}
    assert "come out otherwise" in lived.call("replay", runs(lived)[1]).out


def test_a_past_day_is_explained_as_it_was_decided(lived: Company) -> None:
    found = lived.json("explain", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert (found["verdict"], found["run"]) == ("fired", runs(lived)[1])
    assert lived.explain("renewals.ask", "C2", "2024-03-03") == ("declined", "if")
    [condition] = lived.json("explain", "renewals.ask", "C2", "--as-of", "2024-03-03")["conditions"]
    assert (condition["text"], condition["parts"][0]["value"]) == ("quantity > 50", 5)
    verdict, reason = lived.explain("renewals.ask", "C1", "2024-03-03")
    assert verdict == "not_due" and "fired on 2024-03-02" in reason
    assert lived.explain("renewals.ask", "C1", "2024-03-01")[1] == "due on 2024-03-02"


def test_the_version_of_then_is_explained_though_files_have_gone_on(lived: Company) -> None:
    lived.playbook(PLAYS.replace("quantity > 50", "quantity > 1"))
    [condition] = lived.json("explain", "renewals.ask", "C2", "--as-of", "2024-03-03")["conditions"]
    assert condition["text"] == "quantity > 50"
    (lived.root / "playbooks/renewals.yaml").unlink()
    lived.playbook(PLAYS, name="others")
    assert lived.explain("renewals.ask", "C2", "2024-03-03") == ("declined", "if")


def test_a_renamed_play_is_found_under_both_names(lived: Company) -> None:
    lived.playbook(PLAYS.replace("ask:", "inquire:\n  was: ask", 1).replace("after: ask", "after: inquire"))
    for name in ("renewals.ask", "renewals.inquire"):
        assert lived.explain(name, "C2", "2024-03-03") == ("declined", "if")
    lived.run("2024-03-07")
    for name in ("renewals.ask", "renewals.inquire"):
        assert lived.explain(name, "C2", "2024-03-03") == ("declined", "if")
        assert lived.explain(name, "C1", "2024-03-02")[0] == "fired"


def test_the_last_run_of_a_moment_is_the_one_that_counts(lived: Company) -> None:
    early = lived.json("explain", "renewals.low", "C1", "--as-of", "2024-03-06T09:00")
    assert early["run"] == runs(lived)[-1]
    assert lived.json("explain", "renewals.low", "C1", "--as-of", "2024-03-06T07:00")["run"] is None


def test_of_several_runs_of_a_day_the_one_that_decided_is_told(company: Company) -> None:
    company.playbook(PLAYS)
    made = [
        company.run(moment)["run"] for moment in ("2024-03-02T08:00", "2024-03-02T10:00", "2024-03-02T12:00")
    ]
    found = company.json("explain", "renewals.ask", "C1", "--as-of", "2024-03-02")
    assert (found["verdict"], found["run"]) == ("fired", made[0])
    found = company.json("explain", "renewals.low", "C1", "--as-of", "2024-03-02")
    assert (found["verdict"], found["run"]) == ("not_due", made[2])


def test_an_approval_tells_only_what_it_released(lived: Company) -> None:
    assert lived.explain("renewals.low", "C1", "2024-03-05")[0] == "fired"
    assert lived.json("explain", "renewals.low", "C2", "--as-of", "2024-03-05")["run"] is None


def test_a_day_without_a_run_is_decided_anew(lived: Company) -> None:
    assert lived.json("explain", "renewals.low", "C1", "--as-of", "2024-04-01")["run"] is None
    assert lived.json("explain", "renewals.low", "C1")["run"] is None


def test_a_record_that_was_not_there(lived: Company) -> None:
    answer = lived.call("explain", "renewals.ask", "C2", "--as-of", "2024-03-01")
    assert (answer.code, "there was no contract `C2` on 2024-03-01" in answer.err) == (3, True)


def test_versions_are_kept_once(lived: Company) -> None:
    kept = lived.root / ".playcall/snapshots"
    assert len(list((kept / "projects").iterdir())) == 2  # the catalogue changed once
    assert len(list((kept / "files").iterdir())) == 5  # and nothing else did


def gone(pattern: str) -> Callable[[Company], None]:
    def act(company: Company) -> None:
        for path in (company.root / ".playcall/snapshots").glob(pattern):
            path.unlink()

    return act


def cut(pattern: str) -> Callable[[Company], None]:
    def act(company: Company) -> None:
        for path in (company.root / ".playcall/snapshots").glob(pattern):
            path.write_bytes(path.read_bytes()[:-3])

    return act


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (gone("runs/*"), "is not kept"),
        (cut("runs/*"), "cannot be read"),
        (gone("projects/*"), "cannot be read"),
        (cut("projects/*"), "is damaged"),
        (gone("files/*"), "cannot be read"),
        (cut("files/*"), "is damaged"),
        (gone("objects/*"), "is gone"),
        (gone("manifests/*"), "cannot be read"),
    ],
)
def test_what_is_gone_is_named(company: Company, act: Callable[[Company], None], said: str) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-02")
    act(company)
    answer = company.call("replay", "last")
    assert (answer.code, said in answer.err) == (3, True), answer.err


def test_a_run_that_is_none(company: Company) -> None:
    company.playbook(PLAYS)
    for name in ("last", "nope"):
        answer = company.call("replay", name)
        assert (answer.code, f"no run `{name}`" in answer.err) == (3, True)


def test_a_run_that_saw_the_records_of_an_earlier_load(company: Company) -> None:
    """A source is gone: what is due of its last good records is held."""
    company.playbook(PLAYS)
    company.run("2024-03-01")
    (company.root / "data/crm/contracts.csv").rename(company.root / "kept.csv")
    assert verdicts(company.run("2024-03-02")) == {"held": 1}
    (company.root / "kept.csv").rename(company.root / "data/crm/contracts.csv")
    company.contracts({"devices": 10})
    company.run("2024-03-03")
    for run in runs(company):
        assert company.json("replay", run)["same"] is True
    assert company.explain("renewals.ask", "C1", "2024-03-02")[0] == "held"


def test_what_cannot_be_kept_is_not_committed(company: Company) -> None:
    company.playbook(PLAYS)
    company.run("2024-03-01")
    (company.root / ".playcall/snapshots/runs").rename(company.root / "runs")
    company.write({".playcall/snapshots/runs": "in the way"})
    answer = company.call("run", "--as-of", "2024-03-02")
    assert (answer.code, "nothing was committed" in answer.err) == (3, True), answer.err
    assert company.touches() == []
    (company.root / ".playcall/snapshots/runs").unlink()
    assert verdicts(company.run("2024-03-02")) == {"fired": 1}


def test_on_postgresql(company: Company, postgres_url: str) -> None:
    company.write({"playcall.yaml": f"{PROJECT}ledger: {postgres_url}\n"})
    company.playbook(PLAYS)
    company.contracts({"devices": 10})
    made = company.run("2024-03-01")["run"]
    path = str(company.root / "plan.json")
    assert company.call("plan", "--as-of", "2024-03-02", "--out", path).code == 0
    applied = company.json("apply", path)
    assert verdicts(applied) == {"fired": 1}
    assert "was applied already" in company.call("apply", path).err
    for run in (made, applied["run"]):
        found = company.json("replay", run)
        assert (found["same"], found["decisions"]) == (True, 1)
    assert company.explain("renewals.low", "C1", "2024-03-01")[0] == "fired"


RULES = """\
topics: {tips: {class: operational}, news: {class: promotional}}
limits: {per_contact: 1 per 7d, per_account: 2 per 7d, per_assignee: 1 per 1d}
quiet_hours: {from: "19:00", to: "08:00"}
"""
RULED = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  topic: tips
  do: [{email: ask, to: decision_maker}]
news:
  when: days_to_renewal in [139, 138]
  grace: 7d
  topic: news
  holdout: 10%
  do: [{email: ask, to: decision_maker}]
"""


def test_runs_under_contact_rules_come_out_again(company: Company) -> None:
    """Caps, consents and suppressions are read of the ledger too, and they have changed since."""
    company.write({"playcall.yaml": PROJECT + RULES})
    company.playbook(RULED)
    company.many(8)
    company.run("2024-03-01")
    company.run("2024-03-02")
    assert company.call("suppress", "add", "ceo002@acme.test", "--reason", "manual").code == 0
    for day in ("2024-03-03", "2024-03-04", "2024-03-09"):
        company.run(day)
    for run in runs(company):
        found = company.json("replay", run)
        assert (found["same"], found["differences"]) == (True, [])


def test_an_applied_plan_is_replayed_too(company: Company) -> None:
    company.playbook(PLAYS)
    path = str(company.root / "plan.json")
    company.call("plan", "--as-of", "2024-03-02", "--out", path)
    assert verdicts(company.json("apply", path)) == {"fired": 1}
    assert company.json("replay", "last")["same"] is True
