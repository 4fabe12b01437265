"""The JSON Schemas of the YAML files know the same keys as the loader, and accept what ships."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from playcall.engine.catalog.declared import ENTITY
from playcall.engine.catalog.fields import FIELD
from playcall.engine.catalog.loader import CATALOG
from playcall.engine.catalog.project import PROJECT, plain_value
from playcall.engine.catalog.recipients import RECIPIENT
from playcall.engine.catalog.scores import SCORE
from playcall.engine.files import Files
from playcall.engine.forms.lines import LINE, TIER
from playcall.engine.forms.pricebooks import ADJUSTMENT, PERIOD, PRICEBOOK
from playcall.engine.forms.questions import QUESTION
from playcall.engine.forms.surveys import SURVEY
from playcall.engine.playbook.actions import EMAIL, OPPORTUNITY, TASK, WEBHOOK
from playcall.engine.playbook.actions import SURVEY as SURVEY_ACTION
from playcall.engine.playbook.loader import PLAYBOOK
from playcall.engine.playbook.plays import PLAY
from playcall.engine.shape import Findings, Shape, read_yaml

ROOT = Path(__file__).parents[3]


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}.json").read_text("utf-8"))
    return schema


def _read(path: Path) -> object:
    """A file as YAML 1.2 reads it, which editors go by: `on` is a text there."""
    findings = Findings()
    node = read_yaml(path, findings, Files(path.parent))
    assert node is not None
    value = plain_value(node, findings)
    assert not [found for found in findings.items if found.code != "E104"]  # dates, which stay text
    return value


SHAPES = {
    "project": ("project", (), PROJECT),
    "catalogue": ("catalog", (), CATALOG),
    "entity": ("catalog", ("$defs", "entity"), ENTITY),
    "field": ("catalog", ("$defs", "field", "oneOf", 1), FIELD),
    "recipient": ("catalog", ("$defs", "recipient"), RECIPIENT),
    "score": ("catalog", ("$defs", "score"), SCORE),
    "playbook": ("playbook", (), PLAYBOOK),
    "play": ("playbook", ("$defs", "play"), PLAY),
    "email": ("playbook", ("$defs", "email"), EMAIL),
    "survey action": ("playbook", ("$defs", "survey"), SURVEY_ACTION),
    "task": ("playbook", ("$defs", "task"), TASK),
    "opportunity": ("playbook", ("$defs", "opportunity"), OPPORTUNITY),
    "webhook": ("playbook", ("$defs", "webhook"), WEBHOOK),
    "survey": ("survey", (), SURVEY),
    "question": ("survey", ("$defs", "question"), QUESTION),
    "price book": ("pricebook", (), PRICEBOOK),
    "line": ("pricebook", ("$defs", "line"), LINE),
    "tier": ("pricebook", ("$defs", "tier"), TIER),
    "adjustment": ("pricebook", ("$defs", "adjustment"), ADJUSTMENT),
    "period": ("pricebook", ("properties", "period"), PERIOD),
}


@pytest.mark.parametrize(("name", "path", "shape"), SHAPES.values(), ids=SHAPES)
def test_a_schema_has_the_keys_of_the_loader(name: str, path: tuple[str | int, ...], shape: Shape) -> None:
    part: Any = _schema(name)
    for step in path:
        part = part[step]
    assert set(part["properties"]) == shape.keys
    assert part["additionalProperties"] is False


def _shipped() -> list[tuple[str, Path]]:
    roots = [ROOT / "docs" / "errors" / "example", ROOT / "playbooks" / "init", ROOT / "playbooks" / "demo"]
    found = [("project", root / "playcall.yaml") for root in roots]
    for folder in (*roots, ROOT / "playbooks"):
        found += [("catalog", path) for path in sorted(folder.glob("catalog/*.yaml"))]
        found += [("playbook", path) for path in sorted(folder.glob("plays/*.yaml"))]
        found += [("playbook", path) for path in sorted(folder.glob("playbooks/*.yaml"))]
        found += [("survey", path) for path in sorted(folder.glob("surveys/*.yaml"))]
        found += [("pricebook", path) for path in sorted(folder.glob("pricebooks/*.yaml"))]
    return found


@pytest.mark.parametrize(("name", "path"), _shipped(), ids=lambda value: getattr(value, "stem", str(value)))
def test_what_ships_is_valid(name: str, path: Path) -> None:
    schema = _schema(name)
    Draft202012Validator.check_schema(schema)
    errors = list(Draft202012Validator(schema).iter_errors(_read(path)))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []
