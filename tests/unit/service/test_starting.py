"""The demo: two weeks on a fixed day, what it says of them, and that the company can be gone on with."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.ports import FixedClock
from playcall.engine.service.starting import DAYS, DemoReport, demo, init
from playcall.engine.service.text import render_demo

TODAY = date(2026, 11, 22)
CLOCK = FixedClock(datetime(2026, 11, 22, 3, tzinfo=UTC))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    steps: list[int] = []
    made = demo(tmp_path_factory.mktemp("demo") / "company", lambda what, done, of: steps.append(done), CLOCK)
    assert steps == list(range(DAYS + 1))
    return made


pytestmark = pytest.mark.slow


def test_fourteen_days_up_to_yesterday(report: DemoReport) -> None:
    assert [day.day for day in report.days] == [TODAY - timedelta(days=DAYS - n) for n in range(DAYS)]
    assert all(day.fired for day in report.days)
    assert sum(day.cleared for day in report.days) > 0
    assert report.lint.startswith("no findings")


def test_every_due_occurrence_has_a_verdict(report: DemoReport) -> None:
    plays = {play.name: play for play in report.plays}
    assert {"renewal-intent.ask", "renewal-intent.remind", "version-currency.upgrade"} <= plays.keys()
    assert plays["renewal-intent.ask"].verdicts["fired"] > 50
    assert sum(play.due for play in report.plays) >= sum(day.fired for day in report.days)


def test_the_mails_that_it_tells_of_lie_there(report: DemoReport) -> None:
    assert report.mails == len(list((report.mail_folder / "new").iterdir())) > 100


def test_a_limit_does_its_work_and_is_told_as_it_was(report: DemoReport) -> None:
    [story] = report.stories
    assert story.day == report.days[0].day
    assert "playcall approve version-currency.upgrade" in story.told
    assert report.days[0].held > 50
    assert report.days[0].tasks > 50


def test_it_is_told_in_eighty_columns(report: DemoReport) -> None:
    buffer = io.StringIO()
    Console(file=buffer, width=80, highlight=False, markup=False).print(render_demo(report))
    told = buffer.getvalue()
    assert "try next" in told
    assert len(report.commands) == 3
    assert all(command in told for command in report.commands)


def test_twice_is_refused_with_what_to_do(report: DemoReport) -> None:
    with pytest.raises(PlaycallError, match="playcall status"):
        demo(report.directory, lambda what, done, of: None, CLOCK)


def test_init_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(PlaycallError, match="choose another name"):
        init(tmp_path)
