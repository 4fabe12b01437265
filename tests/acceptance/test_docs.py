"""`playcall docs`: the project as pages to read."""

from __future__ import annotations

import re
from pathlib import Path

from clikit import Company

PLAYS = """\
  ask:
    when: days_to_renewal == 140
    do:
      - {email: ask, to: decision_maker, from: csm}
      - {task: "<b>Call</b> {{ account.name }}", assign: csm}
"""


def page(company: Company, name: str) -> str:
    return (company.root / ".playcall" / "docs" / name).read_text("utf-8")


def test_every_playbook_and_entity_has_its_page_and_every_link_leads_somewhere(company: Company) -> None:
    company.playbook(PLAYS)
    answer = company.call("docs")
    assert answer.code == 0, answer.err
    folder = company.root / ".playcall" / "docs"
    for file in folder.rglob("*.html"):
        for link in re.findall(r'href="([^"]+)"', file.read_text("utf-8")):
            assert (file.parent / link).is_file(), (file, link)
    assert "days_to_renewal == 140" in page(company, "playbooks/renewals.html")
    assert "&lt;b&gt;Call&lt;/b&gt;" in page(company, "playbooks/renewals.html")
    assert "days_until(renewal_date)" in page(company, "entities/contract.html")
    assert "templates/ask.md" in page(company, "templates.html")


def test_it_replaces_its_own_pages_and_nothing_else(company: Company, tmp_path: Path) -> None:
    company.playbook(PLAYS)
    assert company.call("docs").code == 0
    (company.root / "playbooks" / "renewals.yaml").unlink()
    company.playbook(PLAYS, name="other")
    assert company.call("docs").code == 0
    assert not (company.root / ".playcall" / "docs" / "playbooks" / "renewals.html").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("my own", "utf-8")
    answer = company.call("docs", "--out", str(mine))
    assert (answer.code, (mine / "index.html").read_text("utf-8")) == (3, "my own")
    assert "holds something else" in answer.err


def test_a_project_with_mistakes_is_told_them(company: Company) -> None:
    company.playbook(PLAYS.replace("days_to_renewal", "days_to_renwal"))
    answer = company.call("docs")
    assert answer.code == 3
    assert "E203" in answer.err
