"""`demo` for a person: what happened in two weeks, and what to try next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from .paper import Column, command, count, counts, section, table, text
from .remedies import held_section
from .tasks import task_table

if TYPE_CHECKING:
    from ..starting import DemoReport


def render_demo(report: DemoReport) -> Group:
    """The fortnight day by day, then by play, the mails, the worklist, the data, and three commands."""
    size = f"{report.accounts:,} accounts, {report.contracts:,} contracts"
    head = text(f"{report.company}: {size}, in {report.directory}", "bold")
    return Group(
        head,
        text(f"lint: {report.lint}"),
        section("fourteen days", _days(report)),
        *(section(f"{story.day}: {story.title}", text(story.told)) for story in report.stories),
        section("what became of what was due", _plays(report)),
        section(
            "mails", text(f"{report.mails:,} in the Maildir {report.mail_folder}; nothing left this machine")
        ),
        section(f"top of the worklist ({report.open_tasks:,} open)", task_table(list(report.worklist))),
        *held_section(report.held),
        section("what was wrong in the data", _problems(report)),
        section("try next", Group(command(f"cd {report.directory}"), *map(command, report.commands))),
    )


def _days(report: DemoReport) -> RenderableType:
    numbers = [Column(head, right=True) for head in ("due", "fired", "mails", "tasks", "cleared", "held")]
    rows = [
        (
            day.day.isoformat(),
            *(count(number) for number in (day.due, day.fired, day.mails, day.tasks, day.cleared, day.held)),
        )
        for day in report.days
    ]
    return table(rows, Column("day", whole=True), *numbers)


def _plays(report: DemoReport) -> RenderableType:
    rows = [(play.name, count(play.due), counts(play.verdicts)) for play in report.plays]
    return table(rows, "play", Column("due", right=True), "became")


def _problems(report: DemoReport) -> Group:
    return Group(*_problem_lines(report))


def _problem_lines(report: DemoReport) -> Iterable[Text]:
    for line in report.problems:
        yield text(line)
    yield Text.assemble("all of it, with rows: ", command("playcall facts check"))
