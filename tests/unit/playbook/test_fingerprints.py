"""A fingerprint changes when, and only when, the meaning of a play does."""

import pytest

from .conftest import HEAD, Lay

BODY = (
    HEAD
    + """where: status == "active"
params: {lead: 140}
plays:
  ask:
    when: days_to_renewal == lead
    do: [{task: "Call {{ account.name }}", assign: csm}]
"""
)

SAME = {
    "a comment": (BODY + "# nothing\n", "playbooks/example.yaml"),
    "another file": (BODY, "playbooks/team/moved.yaml"),
    "layout": (BODY.replace('"active"', "  'active'  "), "playbooks/example.yaml"),
    "another owner": (BODY.replace("cs@", "other@"), "playbooks/example.yaml"),
    "a param's name": (BODY.replace("lead", "ahead_of"), "playbooks/example.yaml"),
    "a play's name": (BODY.replace("  ask:", "  asked:\n    was: ask"), "playbooks/example.yaml"),
    "a written default": (BODY.replace("lead\n", "lead\n    grace: 3d\n"), "playbooks/example.yaml"),
}
OTHER = {
    "a param": BODY.replace("140", "150"),
    "the population": BODY.replace('"active"', '"renewed"'),
    "the grace": BODY.replace("lead\n", "lead\n    grace: 9d\n"),
    "a title": BODY.replace("Call", "Ring"),
    "who": BODY.replace("assign: csm", "assign: kato"),
    "a condition": BODY.replace("lead\n", "lead\n    if: auto_renew\n"),
}


def _fingerprint(lay: Lay, files: dict[str, str]) -> str:
    loaded = lay(files)
    (play,) = loaded.checked()[2]["example"].plays.values()
    assert len(play.fingerprint) == 16
    return play.fingerprint


@pytest.mark.parametrize(("text", "file"), SAME.values(), ids=SAME)
def test_what_means_the_same_keeps_it(lay: Lay, text: str, file: str) -> None:
    assert _fingerprint(lay, {file: text}) == _fingerprint(lay, {"playbooks/example.yaml": BODY})


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER)
def test_what_means_something_else_changes_it(lay: Lay, text: str) -> None:
    other = _fingerprint(lay, {"playbooks/example.yaml": text})
    assert other != _fingerprint(lay, {"playbooks/example.yaml": BODY})


def test_a_derived_field_is_part_of_the_meaning(lay: Lay) -> None:
    playbook = BODY.replace("where: status", "where: account.open_tickets > 3 and status")
    before = _fingerprint(lay, {"playbooks/example.yaml": playbook})
    loaded = lay({"playbooks/example.yaml": playbook})
    assert loaded.project is not None
    catalog = (loaded.project.root / "catalog" / "customers.yaml").read_text("utf-8")
    changed = catalog.replace('status == "open"', 'status == "closed"')
    assert changed != catalog
    after = _fingerprint(lay, {"playbooks/example.yaml": playbook, "catalog/customers.yaml": changed})
    assert after != before
