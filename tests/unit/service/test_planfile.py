"""Plan files: private, whole, and what they say is what was written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ledgerkit import commit, occurrence, task, touch
from playcall.engine.evaluate.model import Moment
from playcall.engine.service.planfile import LedgerState, PlanError, PlanFile, digest, read_plan, write_plan

NOW = datetime(2026, 3, 1, 23, 0, 0, 123, tzinfo=UTC)
PLAN = PlanFile(
    made_at=NOW,
    moment=Moment(NOW, date(2026, 3, 2)),
    environment=None,
    playbook="renewal-intent",
    marks={"playbook": {"renewal-intent": "f"}, "template": {}},
    sources={"crm.contracts": "a"},
    load={"id": "s", "sources": []},
    before=None,
    ledger=LedgerState(None, 0),
    decisions="d" * 64,
    plan={"occurrences": [{"record": "契約 ☃"}]},
)


def test_a_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a plan.json"
    write_plan(path, PLAN)
    assert read_plan(path) == PLAN
    assert PLAN.id == "d" * 20


def test_any_changed_character_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, PLAN)
    content = json.loads(path.read_text())
    for key in content:
        changed = {**content, key: "x"} if key != "before" else {**content, key: "s"}
        path.write_text(json.dumps(changed))
        with pytest.raises(PlanError):
            read_plan(path)
    path.write_text(json.dumps(content, indent=4))  # another layout is the same plan
    assert read_plan(path) == PLAN


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b'{"playcall_plan": 1}'])
def test_what_is_no_plan(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanError, match="playcall plan --out"):
        read_plan(path)


def test_a_folder_and_a_place_that_is_not_there(tmp_path: Path) -> None:
    for act in (lambda: read_plan(tmp_path), lambda: read_plan(tmp_path / "none")):
        with pytest.raises(PlanError, match="cannot be read"):
            act()
    with pytest.raises(PlanError, match="cannot be written"):
        write_plan(tmp_path / "none" / "plan.json", PLAN)
    with pytest.raises(PlanError, match="is there already"):
        write_plan(tmp_path, PLAN)


def test_the_digest_is_of_everything_in_any_order() -> None:
    rows = [occurrence("C1"), occurrence("C2")]
    mails = [touch(row) for row in rows]
    whole = commit(occurrences=rows, touches=mails, tasks=[task(rows[0])[1]])
    assert digest(whole) == digest(replace(whole, occurrences=tuple(reversed(rows))))
    changes = [
        replace(whole, occurrences=(rows[0], occurrence("C2", detail="x"))),
        replace(whole, touches=(mails[0], touch(rows[1], context={}))),
        replace(whole, tasks=()),
        replace(whole, run=replace(whole.run, snapshot="other")),
        replace(whole, cancels=(("t", "stop"),)),
    ]
    assert len({digest(one) for one in (whole, *changes)}) == 6
