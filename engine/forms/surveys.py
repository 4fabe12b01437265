"""surveys/*.yaml → checked surveys."""

from __future__ import annotations

from ...dsl.types import Duration, Type
from ..catalog.model import Catalog, Project
from ..catalog.names import check_name
from ..document import Node, Scalar
from ..files import Files
from ..shape import Fields, Findings, read_each, shape
from .questions import read_question
from .reading import Reading, read_entity, read_folder, scope_of
from .survey import Question, Survey
from .wording import plain_wording, read_wording

SURVEY = shape("a survey", "survey for open title questions describe", "survey for questions")
OPEN_UNITS = ("d", "w", "mo", "y")
DEFAULT_OPEN = Duration(30, "d")


def load_surveys(project: Project, catalog: Catalog, findings: Findings, files: Files) -> dict[str, Survey]:
    """The surveys of a project, as far as they are right; mistakes go to ``findings``."""
    return read_folder(
        "surveys", SURVEY, findings, files, lambda name, fields: _survey(name, fields, project, catalog)
    )


def _survey(name: str, fields: Fields, project: Project, catalog: Catalog) -> Survey | None:
    entity = read_entity(fields, catalog)
    if entity is None:
        return None
    reading = Reading(project, catalog, scope_of(entity, project, catalog), fields.findings)
    title = read_wording(fields.get("title"), reading, "`title`")
    fields.text("describe")
    questions = _questions(fields, reading)
    if not questions:
        return None
    return Survey(
        name=name,
        entity=entity,
        open=fields.duration("open", OPEN_UNITS) or DEFAULT_OPEN,
        title=title or plain_wording(name),
        questions=questions,
        location=fields.location("survey"),
    )


def _questions(fields: Fields, reading: Reading) -> dict[str, Question]:
    """In conditions, the name of an earlier question is its answer, whatever field the record has by that
    name."""
    found: dict[str, Question] = {}
    earlier: dict[str, Type] = {}
    declared = fields.entries("questions")

    def read(key: Scalar, node: Node) -> None:
        if not check_name(key, "a question", reading.findings):
            return
        question = read_question(key, node, earlier, not found, reading)
        if question is not None:
            found[key.text] = question
            earlier[key.text] = question.type()

    if declared is not None:
        read_each(declared, read, reading.findings, "the question")
        if not declared.values:
            reading.findings.add("E106", fields.location("questions"), "the survey asks nothing")
    return found
