"""`schema playbook` in a project: what ships is valid, names that the project has not are not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from playcall.engine.service.schemas import names, read_schema

ROOT = Path(__file__).parents[3]


class _Texts(yaml.SafeLoader):
    """YAML as editors read it (1.2): `on` and dates are texts."""


_Texts.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if "timestamp" not in tag and first not in "yYnNoO"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _demo(folder: Path) -> Path:
    """The demo company: the library's catalogue, plays and templates."""
    library = ROOT / "playbooks"
    shutil.copytree(library / "catalog", folder / "catalog")
    shutil.copytree(library / "plays", folder / "playbooks")
    for name in ("templates", "surveys", "pricebooks"):
        shutil.copytree(library / name, folder / name)
    shutil.copy(library / "demo" / "playcall.yaml", folder)
    return folder


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        "demo": _demo(tmp_path_factory.mktemp("demo")),
        "init": ROOT / "playbooks" / "init",
        "example": ROOT / "docs" / "errors" / "example",
    }


def _validator(root: Path | None) -> Draft202012Validator:
    schema: Any = json.loads(read_schema("playbook", root))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _mistakes(root: Path | None, text: str) -> list[str]:
    """The places in a playbook that its schema refuses."""
    found = _validator(root).iter_errors(yaml.load(text, _Texts))
    return sorted(error.json_path for error in found)


@pytest.mark.parametrize("name", ["demo", "init", "example"])
def test_what_ships_is_valid_in_its_project_and_outside(projects: dict[str, Path], name: str) -> None:
    root = projects[name]
    files = sorted((root / "playbooks").glob("*.yaml"))
    assert files
    for path in files:
        assert _mistakes(root, path.read_text("utf-8")) == []
        assert _mistakes(None, path.read_text("utf-8")) == []


PLAYBOOK = """\
playbook: x
for: contract
params:
  lead: {by: product, mdm: 140, else: 90}
plays:
  ask:
    when: days_to_renewal == lead
    together: account
    do:
      - email: renewal-notice
        to: [decision_maker, account.csm]
        from: kato
      - task: Call
        assign: csm
        priority: high
"""

# (what is written instead of what, the place that the project's schema refuses, whether the generic one does)
MISTAKES = {
    "entity": ("for: contract", "for: contrct", "$.for", False),
    "template": ("email: renewal-notice", "email: renewal-notise", "$.plays.ask.do[0].email", False),
    "recipient": ("[decision_maker,", "[decision_makr,", "$.plays.ask.do[0].to", False),
    "user": ("from: kato", "from: katoo", "$.plays.ask.do[0].from", False),
    "assignee": ("assign: csm", "assign: cms", "$.plays.ask.do[1].assign", False),
    "field": ("{by: product", "{by: prodct", "$.params.lead", False),
    "step": ("together: account", "together: acount", "$.plays.ask.together", False),
    "base": ("for: contract", "for: contract\nextends: none", "$.extends", False),
    "topic": ("for: contract", "for: contract\ntopic: none", "$.topic", False),
    "channel": ("from: kato", "from: kato\n        via: pigeon", "$.plays.ask.do[0].via", False),
    "key": ("when:", "wen:", "$.plays.ask", True),
    "action": ("task: Call", "tsk: Call", "$.plays.ask.do", True),
    "key of an action": ("assign: csm", "asign: csm", "$.plays.ask.do", True),
    "duration": ("    together", "    grace: 7 days\n    together", "$.plays.ask.grace", True),
    "priority": ("    together", "    priority: 101\n    together", "$.plays.ask.priority", True),
    "limit": ("for: contract", "for: contract\nlimits: {per_contact: often}", "$.limits.per_contact", True),
}


def test_the_playbook_that_mistakes_are_made_in_is_valid(projects: dict[str, Path]) -> None:
    assert _mistakes(projects["init"], PLAYBOOK) == _mistakes(None, PLAYBOOK) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_typical_mistakes_are_refused_where_they_are(projects: dict[str, Path], mistake: str) -> None:
    old, new, place, generic = MISTAKES[mistake]
    assert old in PLAYBOOK
    wrong = PLAYBOOK.replace(old, new, 1)
    assert any(path.startswith(place) for path in _mistakes(projects["init"], wrong))
    assert bool(_mistakes(None, wrong)) is generic


def test_editors_are_told_the_fields_of_the_entity(projects: dict[str, Path]) -> None:
    schema = json.loads(read_schema("playbook", projects["init"]))
    (contract,) = [one for one in schema["allOf"] if one["if"]["properties"]["for"]["const"] == "contract"]
    where = contract["then"]["properties"]["where"]
    assert {"status", "days_to_renewal"} <= set(where["examples"])
    assert "status (active | cancelled | renewed)" in where["description"]
    assert contract["then"]["properties"]["plays"]["additionalProperties"]["properties"]["when"] == where


def test_other_schemas_and_other_places_are_generic(projects: dict[str, Path], tmp_path: Path) -> None:
    for name in names():
        if name != "playbook":
            assert read_schema(name, projects["init"]) == read_schema(name)
    assert read_schema("playbook", tmp_path) == read_schema("playbook")


def test_a_project_with_mistakes_gives_what_could_be_read(projects: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(projects["init"], tmp_path, dirs_exist_ok=True)
    (tmp_path / "playbooks" / "broken.yaml").write_text("playbook: [", "utf-8")
    schema = json.loads(read_schema("playbook", tmp_path))
    assert "contract" in schema["$defs"]["entity"]["enum"]
    (tmp_path / "playcall.yaml").write_text("project: [", "utf-8")
    assert "enum" not in json.loads(read_schema("playbook", tmp_path))["$defs"]["entity"]
