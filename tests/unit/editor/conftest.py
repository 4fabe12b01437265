"""A small project as an editor has it open, and the cursor in a text: the character `|`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lspcore import BOOK, Asked

from playcall.engine.editor.project import Knowledge, OpenProject

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = """\
playbook: example
describe: An example.
owner: cs@vendor.example
for: contract
params:
  lead: 140
  steps: [90, 45]
plays:
  ask:
    when: days_to_renewal == lead
    do:
      - email: notice
        to: admin
        from: csm
"""
MORE = """\
entities:
  seat:
    key: seat_id
    from: crm.seats
    belongs_to: {contract: contract_id}
    many: seats
    fields:
      seat_id: text
      contract_id: text
      floor: {int: true, nullable: true, describe: "where the seat stands", unit: storeys}
scores:
  health:
    on: account
    parts:
      support: {weight: 60, value: 100 - open_tickets}
      size: {weight: 40, value: "100 if segment == 'enterprise' else 50"}
    bands: {green: ">= 50", red: "< 50"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The example project of docs/errors with a score and a second playbook."""
    made = tmp_path / "project"
    shutil.copytree(EXAMPLE, made)
    (made / "catalog" / "scores.yaml").write_text(MORE, "utf-8")
    (made / BOOK).write_text(HEAD, "utf-8")
    return made


@pytest.fixture
def knowledge(root: Path) -> Knowledge:
    project = OpenProject(root)
    found = project.analyse({}, NOW)
    assert not [one for one in found.findings if one.severity == "error"], found.findings
    assert project.knowledge is not None
    return project.knowledge


@pytest.fixture
def ask(knowledge: Knowledge) -> Asked:
    return Asked(knowledge)


@pytest.fixture
def in_play() -> Callable[[str], str]:
    """The playbook with a second play of some lines, indented by four."""

    def text(lines: str) -> str:
        return HEAD + "  call:\n" + "".join(f"    {line}\n" for line in lines.split("\n"))

    return text
