"""Why a play did what it did, as the staff's page tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clikit import Company, founded
from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.service.browsing import Reasons, reasons
from playcall.engine.service.office import Office
from playcall.engine.service.workspace import Workspace

PLAY = """
{name}:
  {was}when: days_to_renewal == 140
  do: [{{task: "Save", assign: csm}}]
"""


def why(company: Company, target: str) -> Reasons:
    workspace = Workspace.open(company.root, None, {})
    with workspace.ledger() as ledger:
        office = Office(workspace, ledger)
        try:
            return reasons(office, target, "C1")
        finally:
            office.latest.close()


def test_a_renamed_play_keeps_its_history_before_and_after_the_next_run(tmp_path: Path) -> None:
    company = founded(tmp_path / "acme")
    company.playbook(PLAY.format(name="save", was=""))
    company.run("2024-03-02")
    before = why(company, "renewals.save").history
    assert [row["verdict"] for row in before] == ["fired"]
    company.playbook(PLAY.format(name="rescue", was="was: save\n  "))
    for _ in range(2):
        for target in ("renewals.save", "renewals.rescue", "renewals"):
            found = why(company, target)
            assert (found.target, found.history) == ("renewals.rescue", before)
        company.run("2024-03-03")
    with pytest.raises(PlaycallError, match="no play of renewals `rescued`"):
        why(company, "renewals.rescued")
