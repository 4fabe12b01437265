"""`init` and `demo`: projects to begin with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..ports import Clock, SystemClock

if TYPE_CHECKING:
    from ..demo.tables import Tables
    from .running import RunReport
    from .workspace import Workspace

Step = Callable[[str, int, int], None]

DAYS = 14
WORKLIST_TOP = 5
ZONE = ZoneInfo("Asia/Tokyo")  # the demo company's


@frozen
class DemoDay:
    """What one run of the demo decided and did."""

    day: date
    due: int
    fired: int
    mails: int
    tasks: int
    cleared: int
    held: int


@frozen
class DemoPlay:
    """What became of a play's occurrences in the fortnight."""

    name: str
    verdicts: Mapping[str, int]

    @property
    def due(self) -> int:
        return sum(self.verdicts.values())


@frozen
class Story:
    """Something that the demo did beside running, said as it was."""

    day: date
    title: str
    told: str


@frozen
class DemoReport:
    """What happened in two weeks at the demo company. ``worklist`` and ``held`` are rows of the JSON of
    `tasks` and `run`; ``problems`` sentences; ``commands`` what to try next, inside the folder."""

    directory: Path
    company: str
    accounts: int
    contracts: int
    lint: str
    days: Sequence[DemoDay]
    stories: Sequence[Story]
    plays: Sequence[DemoPlay]
    mails: int
    mail_folder: Path
    open_tasks: int
    worklist: Sequence[Mapping[str, Any]]
    held: Sequence[Mapping[str, Any]]
    problems: Sequence[str]
    commands: Sequence[str]


def init(directory: Path) -> None:
    """Write a small project that lints clean and runs. Raises ``PlaycallError`` where something is."""
    from ..demo.project import write_starter

    try:
        write_starter(directory)
    except FileExistsError as error:
        raise PlaycallError(str(error)) from None


def demo(directory: Path, step: Step, clock: Clock | None = None) -> DemoReport:
    """Write the demo company and run its playbooks on each of the fourteen days before today, so that the
    next `playcall run` is today's. Raises ``PlaycallError`` where the folder is not empty."""
    clock = clock or SystemClock()
    today = clock.now().astimezone(ZONE).date()
    step("writing the company", 0, DAYS + 1)
    tables = _write(directory, today)
    return _Fortnight(directory, tables, clock, step).live(today)


def _write(directory: Path, today: date) -> Tables:
    from ..demo.project import write_demo

    try:
        return write_demo(directory, today)
    except FileExistsError:
        raise PlaycallError(
            f"{directory} is there already. Look into it (`cd {directory}`, `playcall status`), "
            "remove it, or name another folder: playcall demo DIR"
        ) from None


@dataclass(slots=True)
class _Fortnight:
    """The demo while it runs."""

    directory: Path
    tables: Tables
    clock: Clock
    step: Step
    days: list[DemoDay] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)

    def live(self, today: date) -> DemoReport:
        from .workspace import Workspace

        lint = self._lint()
        workspace = Workspace.open(self.directory, None, {}, self.clock)
        report = None
        for number in range(DAYS):
            day = today - timedelta(days=DAYS - number)
            self.step(f"run of {day}", number + 1, DAYS + 1)
            report = self._day(workspace, day, number)
        assert report is not None
        return self._report(workspace, report, lint)

    def _lint(self) -> str:
        from ..lint.lint import lint
        from ..lint.reporters import summary

        return summary(lint(self.directory, self.clock.now()))

    def _day(self, workspace: Workspace, day: date, number: int) -> RunReport:
        from ..demo.project import write_day
        from .running import run

        if number:
            write_day(self.directory, self.tables, day)
        report = run(workspace, day.isoformat())
        released = self._release(workspace, report, day)
        self.days.append(_summed(day, report, released))
        return report

    def _release(self, workspace: Workspace, report: RunReport, day: date) -> list[RunReport]:
        """The first time that limits hold something, do what a person would: release it."""
        from .running import approve

        held = [one for one in report.held if one["reason"] == "limit" and one["count"]]
        if not held or self.stories:
            return []
        released = []
        for one in held:
            target = f"{one['playbook']}.{one['play']}"
            released.append(approve(workspace, target, "demo", as_of=day.isoformat()))
            told = (
                f"{target} was due for {one['count']:,} records at once ({one['detail']}): all were held, "
                "nobody was written to. The demo released them as you would after a look at `playcall plan`, "
                f"with `playcall approve {target}`."
            )
            self.stories.append(Story(day, "a limit held", told))
        return released

    def _report(self, workspace: Workspace, last: RunReport, lint: str) -> DemoReport:
        from . import looking

        worklist: Any = looking.tasks(workspace, None, None)["tasks"]
        mail_folder = workspace.project.root / ".playcall" / "mail"
        held = [one for one in last.held if one["count"]]
        return DemoReport(
            directory=self.directory,
            company=workspace.project.name,
            accounts=_distinct(self.tables.accounts, "account_id"),
            contracts=_distinct(self.tables.contracts, "contract_id"),
            lint=lint,
            days=self.days,
            stories=self.stories,
            plays=_plays(workspace),
            mails=sum(1 for _ in mail_folder.glob("new/*")),
            mail_folder=mail_folder,
            open_tasks=len(worklist),
            worklist=worklist[:WORKLIST_TOP],
            held=held,
            problems=list(_problems(last)),
            commands=list(_commands(worklist, held)),
        )


def _distinct(rows: Sequence[Mapping[str, object]], key: str) -> int:
    """How many things the rows are about: exports repeat some."""
    return len({row[key] for row in rows})


def _summed(day: date, report: RunReport, released: Sequence[RunReport]) -> DemoDay:
    """One line of the fortnight: the run, and what was released after it."""
    from ..decide.model import MESSAGES

    parts = [report, *released]
    touches = [touch for part in parts for touch in part.decision.commit.touches]
    fired = sum(part.decision.decided.counts().get("fired", 0) for part in parts)
    return DemoDay(
        day=day,
        due=sum(report.decision.decided.counts().values()),
        fired=fired,
        mails=sum(touch.type in MESSAGES for touch in touches),
        tasks=sum(touch.type == "task" for touch in touches),
        cleared=len(report.decision.commit.cleared),
        held=sum(int(str(one["count"])) for one in report.held),
    )


def _plays(workspace: Workspace) -> list[DemoPlay]:
    from ..ledger import views

    found: dict[str, Counter[str]] = {}
    with workspace.ledger_to_read() as ledger, ledger.reading() as connection:
        for one in views.outcomes(connection):
            why = f"{one['verdict']}: {one['reason']}" if one["reason"] else one["verdict"]
            found.setdefault(f"{one['playbook']}.{one['play']}", Counter())[why] += one["count"]
    return [DemoPlay(name, dict(verdicts.most_common())) for name, verdicts in sorted(found.items())]


def _problems(last: RunReport) -> Iterator[str]:
    """One problem a table, the most frequent; `facts check` has the rest."""
    from ..facts.check import describe

    for state in last.decision.snapshot.sources:
        if state.problems:
            worst = max(state.problems, key=lambda problem: problem.count)
            yield f"{state.name}: {describe(worst)}"


def _commands(worklist: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Three things to try: why, who decides, and today's run."""
    if worklist:
        first = worklist[0]
        yield f"playcall explain {first['playbook']}.{first['play']} {first['record']}"
    if held:
        yield f"playcall approve {held[0]['playbook']}.{held[0]['play']}"
    else:
        yield "playcall tasks"
    yield "playcall run"
