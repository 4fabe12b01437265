"""Answers to surveys that nobody types into a page: customers' of tests and of simulations, kept as the pages
keep theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from ...dsl.interpreter import World
from ...dsl.typed import Checked
from ...dsl.types import Value
from ..forms.survey import Survey
from ..ledger import answers
from ..ledger.answers import Subject
from ..ledger.tasks import Act
from ..respond.answers import Refused, check_answers
from ..respond.survey_page import answer_rows, standing_answers


def answer_survey(
    connection: Connection,
    survey: Survey,
    subject: Subject,
    posted: Mapping[str, tuple[str, ...]],
    value_of: Callable[[Checked], Value],
    late: World,
    act: Act,
) -> Refused | None:
    """Keep what is posted, beside what is answered already; what is wrong with it where the page would refuse
    it. ``value_of`` gives what the survey reads of the record, ``late`` is ``forms.late.late_world``."""
    found = check_answers(survey, standing_answers(connection, survey, subject), posted, value_of, late)
    if isinstance(found, Refused):
        return found
    answers.submit(connection, subject, answer_rows(survey, found.answers), act)
    return None
