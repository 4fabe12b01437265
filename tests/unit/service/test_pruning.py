"""What `retention` no longer keeps is removed in an order that a crash cannot hurt, and nothing else is."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clikit import PROJECT, Company, founded
from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.ports import FixedClock
from playcall.engine.service.explaining import explain
from playcall.engine.service.pruning import Counts, Pruned, prune
from playcall.engine.service.replaying import replay
from playcall.engine.service.workspace import Workspace

DAYS = ("2024-03-01", "2024-03-02", "2024-03-03", "2024-09-01", "2024-12-20", "2025-01-31")
NOW = datetime(2025, 2, 1, tzinfo=UTC)  # 60 days before: 3 December
PLAYS = """
ask:
  when: days_to_renewal == 140
  do: [{email: ask, to: decision_maker, from: csm}]
less:
  when: change(quantity, 30d) < 0
  do: [{task: "{{ was(quantity, 30d) }} became {{ quantity }}", assign: csm}]
wait:
  when: quantity <= 99
  grace: 400d
  if: devices > 5
  do: [{task: Call, assign: csm}]
"""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of a year over other facts each, but the first two. The one of 3 March left something pending. All
    files were written long ago."""
    company = founded(tmp_path_factory.mktemp("year") / "acme")
    company.write({"playcall.yaml": f"{PROJECT}retention: {{snapshots: 60d, messages: 60d}}\n"})
    company.playbook(PLAYS)
    for number, day in enumerate(DAYS):
        company.contracts({"quantity": 100 - max(number, 1) + 1, "devices": 1 if number < 2 else ""})
        company.run(day)
    _age(company)
    return company.root


@pytest.fixture
def company(year: Path, tmp_path: Path) -> Company:
    copied = Company(Path(shutil.copytree(year, tmp_path / "acme")))
    _age(copied)
    return copied


def _age(company: Company) -> None:
    for path in _files(company):
        os.utime(company.root / path, (0, 0))


def _files(company: Company) -> set[str]:
    kept = company.root / ".playcall/snapshots"
    found = (path for path in kept.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(company.root)) for path in found}


def _pruned(company: Company, now: datetime = NOW, *, dry_run: bool = False) -> Pruned:
    return prune(_workspace(company, now), "test", dry_run=dry_run)


def _workspace(company: Company, now: datetime = NOW) -> Workspace:
    return Workspace.open(company.root, None, {}, FixedClock(now))


def _runs(company: Company) -> dict[str, str]:
    """The run of each day."""
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        return dict(connection.execute("select day, id from run order by number").fetchall())


def _loads(company: Company) -> list[str]:
    lines = (company.root / ".playcall/snapshots/index.jsonl").read_text().splitlines()
    return [json.loads(line)["as_of"][:10] for line in lines]


def test_a_dry_run_says_what_would_go(company: Company) -> None:
    before = _files(company)
    told = _pruned(company, dry_run=True)
    assert _files(company) == before
    assert _pruned(company).removed == told.removed
    assert told.removed.runs == 3
    assert _pruned(company).removed == Counts()
    company.write({"playcall.yaml": PROJECT})
    with pytest.raises(PlaycallError, match="retention"):
        _pruned(company)


def test_what_is_needed_stays(company: Company) -> None:
    """Facts of the days that are kept, and those that were known when they begin; the run of 3 March, which
    left an occurrence open, and what it rested on."""
    runs = _runs(company)
    _pruned(company)
    # The run of 3 March took what could not be loaded from the load of the 2nd. (Moments are UTC.)
    assert _loads(company) == ["2024-03-01", "2024-03-02", "2024-08-31", "2024-12-19", "2025-01-30"]
    workspace = _workspace(company)
    for day in ("2024-03-03", "2024-12-20", "2025-01-31"):
        assert not replay(workspace, runs[day]).differences, day
    for day in ("2024-03-01", "2024-03-02", "2024-09-01"):
        with pytest.raises(PlaycallError, match=r"not kept any more .*60d"):
            replay(workspace, runs[day])
    with pytest.raises(PlaycallError, match=r"runs of 2024-03-02 rested on is not kept any more .*60d"):
        explain(workspace, "renewals.less", "C1", "2024-03-02")
    assert "the state holds" in explain(workspace, "renewals.less", "C1", "2024-12-20").reason


def test_files_that_others_share_stay(company: Company) -> None:
    """Accounts and contacts never changed: every snapshot has the same files of them."""
    manifests = sorted((company.root / ".playcall/snapshots/manifests").glob("*"))
    shared = set.intersection(*(set(_objects(path)) for path in manifests))
    assert len(shared) == 3  # accounts, contacts, people
    _pruned(company, datetime(2030, 1, 1, tzinfo=UTC))
    kept = {path.stem for path in (company.root / ".playcall/snapshots/objects").glob("*")}
    assert shared < kept
    assert company.run("2025-02-01")["held"] == []


def _objects(manifest: Path) -> Iterator[str]:
    for entity in json.loads(manifest.read_text())["entities"].values():
        yield entity["object"]


def test_what_was_used_lately_stays(company: Company) -> None:
    """A load that is under way may need it, or a plan."""
    for path in _files(company):
        os.utime(company.root / path, (NOW.timestamp(), NOW.timestamp()))
    before = _files(company)
    _pruned(company)
    gone = before - _files(company)
    assert {path.split("/")[2] for path in gone} == {"runs"}


@pytest.mark.parametrize("after", range(0, 16, 3))
def test_it_may_be_killed_at_any_moment(
    company: Company, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """What is left can be read, and the next one goes on to the same end."""
    other = Company(Path(shutil.copytree(company.root, company.root.parent / "other")))
    _age(other)
    _pruned(other)
    unlink, left = Path.unlink, [after]

    def killed(path: Path, missing_ok: bool = False) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        try:
            _pruned(company)
        except KeyboardInterrupt:
            assert not replay(_workspace(company), _runs(company)["2024-12-20"]).differences
    _pruned(company)
    assert _files(company) == _files(other)


def test_bytes_of_messages_that_are_done_go(company: Company) -> None:
    """Who got what and when stays, and so does what a person has to settle."""
    statement = "select sum(length(bytes)) from message"
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        assert connection.execute(statement).fetchone()[0] > 100
        connection.execute("update message set created_at = '2024-03-02 00:00:00.000000'")
        connection.execute("update touch set state = 'unknown' where type = 'email'")
    assert _pruned(company).removed.messages == 0
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        connection.execute("update touch set state = 'sent' where type = 'email'")
    assert asdict(_pruned(company).removed) | {"message_bytes": 0} == asdict(Counts(messages=1))
    with sqlite3.connect(company.root / ".playcall/ledger.db") as connection:
        assert connection.execute(statement).fetchone()[0] == 0
    [sent] = company.touches("--state", "sent")
    assert sent["to"] == "ceo@acme.test"
    assert company.json("status")["pruned"]["messages"] == 1
    assert company.call("audit", "verify").code == 0
