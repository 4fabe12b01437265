"""The command line: arguments in, a use case called, its result shown, an exit code.

Exit codes (SPEC 9): 0 done, 1 findings, 2 usage, 3 could not do it, 4 differences. Nothing heavy is imported
before a command needs it: `playcall --help` costs what click costs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from fractions import Fraction

    from .dsl.diagnostics import Severity
    from .engine.lint.report import Report
    from .engine.service.workspace import Workspace
    from .engine.telemetry.log import Log, Style

API = "api"  # its description is made, and is none of the schemas that ship
FINDINGS, FAILED, DIFFERENT, INTERRUPTED = 1, 3, 4, 130
DUCKDB_INTERRUPTED = "Query interrupted"  # the error that it makes of Ctrl-C while a query runs
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Place:
    """Which project, and with which overlay; once it was opened, the time zone that its people read."""

    root: Path
    env: str | None
    timezone: str = "UTC"

    def open(self) -> Workspace:
        from .engine.service.workspace import Workspace

        workspace = Workspace.open(self.root, self.env, os.environ)
        self.timezone = workspace.project.settings.timezone
        return workspace


class Root(click.Group):
    """The `playcall` command: a user's mistake ends in one sentence on stderr, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from .dsl.diagnostics import CheckError, PlaycallError

        try:
            return super().invoke(ctx)
        except CheckError as error:
            from .engine.lint.report import report_of
            from .engine.lint.reporters import text

            click.echo(text(report_of(error.diagnostics, ctx.obj.root)), err=True)
            click.echo("playcall: the project has errors; nothing was done", err=True)
        except PlaycallError as error:
            click.echo(f"playcall: {error}", err=True)
        except (PermissionError, IsADirectoryError, NotADirectoryError, FileNotFoundError) as error:
            click.echo(f"playcall: {error.filename or 'a file'}: {error.strerror}", err=True)
        except KeyboardInterrupt:
            _interrupted(ctx)
        except RuntimeError as error:
            if str(error) != DUCKDB_INTERRUPTED:
                raise
            _interrupted(ctx)
        return ctx.exit(FAILED)


def _interrupted(ctx: click.Context) -> NoReturn:
    click.echo("playcall: interrupted; what was committed stays, the rest was not begun", err=True)
    ctx.exit(INTERRUPTED)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--project", default=".", metavar="DIR", help="The project's folder (default: here).")
@click.option("--env", metavar="NAME", help="Overlay one of the project's environments.")
@click.version_option(package_name="playcall", message="%(version)s")
@click.pass_context
def main(ctx: click.Context, project: str, env: str | None) -> None:
    """Customer-success playbooks as code."""
    ctx.obj = Place(Path(project), env)


def _as_of(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A day or a moment as it was written. Raises ``BadParameter`` for anything else."""
    try:
        if value is not None:
            datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is not a date: write it as 2026-03-01 or 2026-03-01T08:00"
        ) from error
    return value


def as_of_option(command: Command) -> Command:
    help_text = "Move the clock: 2026-03-01, or 2026-03-01T08:00."
    return click.option("--as-of", metavar="D", callback=_as_of, help=help_text)(command)


def format_option(command: Command) -> Command:
    choice = click.Choice(["text", "json"])
    return click.option("--format", "style", type=choice, default="text", show_default=True)(command)


def playbook_option(command: Command) -> Command:
    return click.option("--playbook", metavar="P", help="Only this playbook.")(command)


def show(data: Mapping[str, object], style: str, render: Callable[[Any], object]) -> None:
    """Print JSON, or what ``render`` makes of it for a person."""
    if style == "json":
        from .engine.service.jsontext import json_text

        click.echo(json_text(data))
        return
    from .engine.service.text import put, put_in

    put_in(click.get_current_context().ensure_object(Place).timezone)
    put(render(data))


def actor() -> str:
    """Who acts, for the audit trail."""
    import getpass

    return os.environ.get("PLAYCALL_ACTOR") or getpass.getuser()


def _percent(_: click.Context, __: click.Parameter, value: str | None) -> Fraction | None:
    """A share in percent, exactly as written: 99.5 is not rounded to anything. Raises ``BadParameter``."""
    from fractions import Fraction

    if value is None:
        return None
    try:
        share = Fraction(value) / 100
    except (ValueError, ZeroDivisionError) as error:
        raise click.BadParameter(f"{value!r} is not a percentage") from error
    if not 0 <= share <= 1:
        raise click.BadParameter(f"{value} does not lie between 0 and 100")
    return share


DAY = click.DateTime(["%Y-%m-%d"])


def _names(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """An expression of names as it was written. Raises ``BadParameter`` for what cannot be read."""
    from .dsl.diagnostics import PlaycallError
    from .engine.testing.select import chooser

    try:
        if value is not None:
            chooser(value)
    except PlaycallError as error:
        raise click.BadParameter(str(error)) from error
    return value


# ---------------------------------------------------------------------------------- starting


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """A new project that lints clean and runs."""
    from .engine.service.starting import init as make

    make(directory)
    click.echo(f"made {directory}. Next:\n  cd {directory}\n  playcall lint\n  playcall plan\n  playcall run")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path), default="playcall-demo")
def demo(directory: Path) -> None:
    """A complete example company, two weeks of runs in a minute, then what happened."""
    from .engine.service.starting import demo as make
    from .engine.service.text import put, render_demo

    with progress("two weeks at the demo company") as step:
        report = make(directory, step)
    put(render_demo(report))


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on a terminal, nothing when piped: gives ``step(what, done, of)``."""
    if not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


# ---------------------------------------------------------------------------------- authors


@main.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "sarif", "junit", "github"]),
    default="text",
    show_default=True,
)
@click.option("--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True)
@click.option("--fix", is_flag=True, help="Mend what has one safe mend, then report what is left.")
@click.option("--changed-since", metavar="REV", help="Only what changed since a git revision has brought.")
@click.option("--facts", is_flag=True, help="Also what the facts of the last snapshot say.")
@click.pass_context
def lint(
    ctx: click.Context,
    paths: tuple[str, ...],
    style: str,
    fail_on: Severity,
    fix: bool,
    changed_since: str | None,
    facts: bool,
) -> None:
    """Check the project's files: shape, references, expressions, templates."""
    if fix + bool(changed_since) + facts > 1:
        raise click.UsageError("--fix, --changed-since and --facts exclude each other")
    from dataclasses import replace

    from .engine.garbage import uncollected

    with uncollected():
        from .engine.lint import reporters
        from .engine.lint.report import seen_from

        report = _linted(ctx.obj, [Path(path) for path in paths], fix, changed_since, facts)
    folder = seen_from(ctx.obj.root, Path(os.environ.get("GITHUB_WORKSPACE", ".")))
    report = replace(report, fail_on=fail_on, folder=folder)
    click.echo(reporters.FORMATS[style](report), nl=False)
    if report.failed:
        ctx.exit(FINDINGS)


def _linted(place: Place, only: list[Path], fix: bool, changed_since: str | None, facts: bool) -> Report:
    """The report of `lint`, after mending, against a revision or with the facts as wanted."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    if changed_since:
        from .engine.lint.changed import lint_changed

        return lint_changed(place.root, changed_since, now, place.env, only)
    if fix:
        from .engine.lint import reporters
        from .engine.lint.fixes import mend

        mended = mend(place.root, now, place.env, only)
        click.echo(reporters.mended(mended.fixed), nl=False, err=True)
        return mended.report
    if facts:
        from .engine.service.linting import lint_facts

        return lint_facts(place.root, now, place.env, os.environ, only)
    from .engine.lint.lint import lint

    return lint(place.root, now, place.env, only)


@main.command()
@click.pass_context
def lsp(ctx: click.Context) -> None:
    """The language server for editors: it speaks on stdin and stdout until the editor ends it."""
    from importlib.util import find_spec

    from .dsl.diagnostics import PlaycallError

    if find_spec("pygls") is None:
        raise PlaycallError("the language server needs pygls: pip install 'playcall[lsp]'")
    from .engine.editor.server import serve

    ctx.exit(serve(ctx.obj.env))


@main.command()
@as_of_option
@playbook_option
@click.option("--against", metavar="GITREV", help="What the files change, compared with a revision.")
@click.option("--out", type=click.Path(path_type=Path), metavar="F", help="Keep the plan for `apply`.")
@click.option("--sql", is_flag=True, help="Show the SQL that finds what is due.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 4 if a run would do something, or otherwise.")
@click.option("--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text")
@click.pass_context
def plan(
    ctx: click.Context,
    as_of: str | None,
    playbook: str | None,
    against: str | None,
    out: Path | None,
    sql: bool,
    detailed_exitcode: bool,
    style: str,
) -> None:
    """What a run would do, without doing it; or what a change of the project would change."""
    if style == "markdown" and not against:
        raise click.UsageError("--format markdown shows a comparison: it wants --against")
    if against is not None and (out is not None or sql):
        raise click.UsageError("--against compares; --out and --sql are of what a run would do")
    if against is not None:
        differs = _compare(ctx, against, as_of, playbook, style)
        ctx.exit(DIFFERENT if detailed_exitcode and differs else 0)
    from .engine.service import applying, planning
    from .engine.service.text import render_plan

    if out is not None:
        found = applying.save(ctx.obj.open(), out, as_of, playbook=playbook)
        click.echo(f"playcall: the plan is in {out}; `playcall apply {out}` does exactly that", err=True)
    else:
        found = planning.plan(ctx.obj.open(), as_of, playbook=playbook)
    if sql:
        click.echo("\n\n".join(f"{statement};" for statement in found.statements))
    else:
        show(found.to_json(), style, render_plan)
    if detailed_exitcode and found.acts:
        ctx.exit(DIFFERENT)


def _compare(ctx: click.Context, against: str, as_of: str | None, playbook: str | None, style: str) -> bool:
    """`plan --against`; gives whether there are differences."""
    from .engine.service import comparing
    from .engine.service.text import markdown_comparison, render_comparison

    found = comparing.compare(ctx.obj.open(), against, os.environ, as_of, playbook=playbook)
    if style == "markdown":
        click.echo(markdown_comparison(found.to_json()), nl=False)
    else:
        show(found.to_json(), style, render_comparison)
    return found.differs


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-deliver", is_flag=True, help="Decide and commit, but send nothing.")
@format_option
@click.pass_context
def apply(ctx: click.Context, file: Path, no_deliver: bool, style: str) -> None:
    """Do exactly what a plan (`plan --out`) says, or refuse because something has moved since."""
    from .engine.service import applying
    from .engine.service.text import render_run

    report = applying.apply(ctx.obj.open(), file, actor(), deliver=not no_deliver)
    show(report.to_json(), style, render_run)
    if report.delivery.trouble:
        click.echo(f"playcall: {report.delivery.trouble}", err=True)
        ctx.exit(FAILED)


@main.command()
@click.argument("target", metavar="PLAYBOOK[.PLAY]")
@click.argument("record")
@as_of_option
@format_option
@click.pass_obj
def explain(place: Place, target: str, record: str, as_of: str | None, style: str) -> None:
    """Why a play fires for a record, or why not: every sub-expression with its value."""
    from .engine.service import explaining
    from .engine.service.text import render_explanation

    found = explaining.explain(place.open(), target, record, as_of)
    show(found.to_json(), style, partial(render_explanation, roles=found.roles))


@main.command()
@click.argument("run", metavar="RUN|last")
@format_option
@click.pass_context
def replay(ctx: click.Context, run: str, style: str) -> None:
    """Decide a past run again, from what it rested on, and compare."""
    from .engine.service import replaying
    from .engine.service.text import render_replay

    found = replaying.replay(ctx.obj.open(), run)
    show(found.to_json(), style, render_replay)
    if found.differences:
        ctx.exit(FINDINGS)


@main.command()
@click.argument("target", metavar="PLAYBOOK.PLAY")
@click.argument("record")
@click.option("--to", metavar="ADDRESS", help="As this recipient sees it.")
@as_of_option
@click.pass_obj
def preview(place: Place, target: str, record: str, to: str | None, as_of: str | None) -> None:
    """The message as its recipient would see it."""
    from .engine.service import previewing

    click.echo(previewing.preview(place.open(), target, record, to, as_of))


@main.command()
@click.option("--from", "first", metavar="D", required=True, type=DAY, help="The first day, as 2026-03-01.")
@click.option("--to", "last", metavar="D", required=True, type=DAY, help="The last day.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="F",
    help="What customers do, and how facts move (default: only the clock moves).",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write charts and a table."
)
@format_option
@click.pass_obj
def simulate(
    place: Place, first: datetime, last: datetime, answers: Path | None, out: Path | None, style: str
) -> None:
    """Day by day over a period, on a copy: who gets what when, loads, collisions."""
    from .engine.service import simulating
    from .engine.service.text import render_simulation

    period = simulating.period_of(first.date(), last.date())
    workspace = place.open()
    behaviour = simulating.behaviour_of(workspace, answers)
    if out is not None:
        simulating.require_drawing()
    with progress("simulating") as step:
        found = simulating.simulate(workspace, period, behaviour, step)
    if out is not None:
        made = simulating.files_of(found)
        simulating.write_files(out, made)
        click.echo(f"playcall: wrote {', '.join(made)} to {out}", err=True)
    show(found.to_json(), style, render_simulation)


@main.command()
@click.argument("name", required=False)
@click.pass_obj
def schema(place: Place, name: str | None) -> None:
    """The JSON Schema of a file or an output; without NAME, which there are.

    That of `playbook` lists the entities, templates, people and channels of the project; `api` is the OpenAPI
    document of what `serve` answers programs."""
    from .engine.service.schemas import names, read_schema

    if name == API:
        from .engine.service.jsontext import json_text
        from .web.api.document import document

        click.echo(json_text(document()))
    else:
        click.echo(read_schema(name, place.root) if name else "\n".join(sorted((API, *names()))))


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Change nothing; show what would change.")
@click.pass_context
def fmt(ctx: click.Context, paths: tuple[str, ...], check: bool, diff: bool) -> None:
    """Lay out YAML files: one order of keys, one indentation, every comment kept."""
    from .engine.format.files import fmt as lay_out
    from .engine.lint.report import Report
    from .engine.lint.reporters import text

    layout = lay_out(ctx.obj.root, [Path(path) for path in paths], write=not (check or diff))
    for one in layout.changed:
        click.echo(one.diff() if diff else one.name, nl=not diff)
    if layout.diagnostics:
        report = Report(layout.diagnostics, layout.files, layout.texts)
        click.echo(text(report), nl=False, err=True)
    done = "would change" if check or diff else "changed"
    click.echo(f"{len(layout.changed)} of {layout.files} file(s) {done}", err=True)
    if layout.diagnostics or (check and layout.changed):
        ctx.exit(FINDINGS)


@main.command()
@click.argument("paths", nargs=-1)
@click.option(
    "-k", "keyword", metavar="EXPR", callback=_names, help="Only tests whose names fit: `ask and not late`."
)
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="F", help="Write JUnit XML."
)
@click.option("--coverage", is_flag=True, help="Say which triggers and conditions were not tried both ways.")
@click.option("--fail-under", callback=_percent, metavar="PERCENT", help="Fail where the coverage is lower.")
@click.option("--mutate", is_flag=True, help="Say which changes of a playbook no test notices.")
@click.option("--from", "origin", nargs=2, metavar="PLAYBOOK RECORD", help="Write a test of a real decision.")
@click.option(
    "--out", metavar="F", help="Where --from writes it (default: in tests/; -: to standard output)."
)
@as_of_option
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="How many processes (default: the cores).")
@click.option(
    "--engine",
    type=click.Choice(["reference", "bulk"]),
    default="reference",
    help="Evaluate record by record (default), or in bulk as a run does: the same, more slowly.",
)
@format_option
@click.pass_context
def test(
    ctx: click.Context,
    paths: tuple[str, ...],
    keyword: str | None,
    junit: Path | None,
    coverage: bool,
    fail_under: Fraction | None,
    mutate: bool,
    origin: tuple[str, str] | None,
    out: str | None,
    as_of: str | None,
    jobs: int | None,
    engine: Literal["reference", "bulk"],
    style: str,
) -> None:
    """Run the tests of playbooks, in tests/."""
    if origin is not None:
        _test_from(ctx.obj, origin, as_of, out)
        return
    if as_of is not None or out is not None:
        raise click.UsageError("--as-of and --out belong to --from: a test says itself on which days it runs")
    from .engine.garbage import uncollected
    from .engine.service import testing
    from .engine.service.text import render_tests

    choice = testing.Choice(tuple(map(Path, paths)), keyword)
    wanted = testing.Wanted(coverage or fail_under is not None, fail_under, mutate, jobs, engine)
    with progress("tests") as step, uncollected():
        report = testing.run_tests(ctx.obj.root, ctx.obj.env, choice, wanted, step)
    if junit is not None:
        junit.write_text(report.junit(), encoding="utf-8")
    if report.diagnostics:
        click.echo(report.findings(), err=True, nl=False)
    show(report.to_json(), style, render_tests)
    if not report.passed:
        ctx.exit(FINDINGS)


def _test_from(place: Place, origin: tuple[str, str], as_of: str | None, out: str | None) -> None:
    from .engine.service import generating

    made = generating.generate(place.open(), *origin, as_of, out)
    click.echo(made.text if made.file == "-" else f"wrote {made.file}", nl=made.file != "-")
    for note in made.notes:
        click.echo(f"playcall: {note}", err=True)


# ---------------------------------------------------------------------------------- running


@main.command()
@as_of_option
@playbook_option
@click.option("--no-deliver", is_flag=True, help="Decide and commit, but send nothing.")
@click.option("--force", is_flag=True, help="Run before the last run, or more than a day ahead.")
@click.option("--strict", is_flag=True, help="Exit 1 if something is held.")
@format_option
@click.pass_context
def run(
    ctx: click.Context,
    as_of: str | None,
    playbook: str | None,
    no_deliver: bool,
    force: bool,
    strict: bool,
    style: str,
) -> None:
    """Load, evaluate, decide, commit, deliver: every playbook, now."""
    from .engine.service import running
    from .engine.service.text import render_run

    report = running.run(ctx.obj.open(), as_of, deliver=not no_deliver, playbook=playbook, force=force)
    show(report.to_json(), style, render_run)
    if report.delivery.trouble:
        click.echo(f"playcall: {report.delivery.trouble}", err=True)
        ctx.exit(FAILED)
    if strict and report.held:
        ctx.exit(FINDINGS)


@main.command()
@click.argument("name", required=False)
@click.option("--table", metavar="T", help="Only this table.")
@click.option("--full", is_flag=True, help="All rows anew, not only those that have changed.")
@format_option
@click.pass_context
def export(ctx: click.Context, name: str | None, table: str | None, full: bool, style: str) -> None:
    """Bring the databases of `exports` in playcall.yaml up to date with the ledger, all of them or NAME."""
    from .engine.service import exporting
    from .engine.service.text import render_exports

    found = exporting.export(ctx.obj.open(), name, table, full=full)
    show({"exports": [one.to_json() for one in found]}, style, render_exports)
    for one in found:
        if one.trouble:
            click.echo(f"playcall: {one.trouble}", err=True)
    if any(one.trouble for one in found):
        ctx.exit(FAILED)


@main.command()
@click.option("--user", metavar="U", help="Only this person's.")
@click.option("--dry-run", is_flag=True, help="Say what they would be, and send nothing.")
@click.option("--no-deliver", is_flag=True, help="Queue them, but send nothing.")
@format_option
@click.pass_context
def digest(ctx: click.Context, user: str | None, dry_run: bool, no_deliver: bool, style: str) -> None:
    """Mail everybody what waits for them today, once a day; the scheduler does it by itself."""
    from .engine.service import delivering, digesting
    from .engine.service.text import render_digests

    workspace = ctx.obj.open()
    found = digesting.digest(workspace, user, dry_run=dry_run)
    show({"digests": [one.to_json() for one in found], "dry_run": dry_run}, style, render_digests)
    if dry_run or no_deliver or not any(one.state == "queued" for one in found):
        return
    if trouble := delivering.deliver(workspace).trouble:
        click.echo(f"playcall: {trouble}", err=True)
        ctx.exit(FAILED)


def log_options(command: Command) -> Command:
    style = click.option(
        "--log",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="The log's lines.",
    )
    addresses = click.option("--log-addresses", is_flag=True, help="Show customers' addresses in the log.")
    return style(addresses(command))


def _log(workspace: Workspace, style: Style, addresses: bool) -> Log:
    """The log on stderr of a command that keeps running; what the project takes from the environment is a
    secret."""
    from .engine.service.workspace import secrets_of
    from .engine.telemetry.log import Log

    secrets = secrets_of(workspace, os.environ)
    return Log(partial(click.echo, err=True), workspace.clock, style, secrets=secrets, addresses=addresses)


@main.command()
@click.option("--once", is_flag=True, help="Send what is due now and stop (the default).")
@click.option("--watch", is_flag=True, help="Keep sending until stopped.")
@log_options
@format_option
@click.pass_context
def deliver(ctx: click.Context, once: bool, watch: bool, log: Style, log_addresses: bool, style: str) -> None:
    """Send what is queued."""
    if once and watch:
        raise click.UsageError("--once and --watch exclude each other")
    from .engine.service import delivering
    from .engine.service.text import render_delivery

    workspace = ctx.obj.open()
    if watch:
        report = delivering.watch(workspace, _log(workspace, log, log_addresses))
    else:
        report = delivering.deliver(workspace)
    show(report.to_json(), style, render_delivery)
    if report.trouble:
        click.echo(f"playcall: {report.trouble}", err=True)
        ctx.exit(FAILED)


@main.command()
@click.option("--listen", metavar="HOST:PORT", help="Answer /metrics (Prometheus) and /healthz there.")
@log_options
@click.pass_context
def scheduler(ctx: click.Context, listen: str | None, log: Style, log_addresses: bool) -> None:
    """Keep running: each playbook on its own schedule, and delivery in between, until stopped.

    Started several times over one ledger, one leads and the others wait to take over."""
    from contextlib import nullcontext

    from .engine.service.scheduling import keep
    from .engine.service.signals import until_stopped
    from .engine.service.watching import watched

    told = _log(ctx.obj.open(), log, log_addresses)
    with until_stopped() as stop:
        keep(ctx.obj.open, told, stop, lambda of, at: watched(of, at, listen) if listen else nullcontext())


@main.command()
@click.option("--host", metavar="H", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", metavar="P", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--forwarded-allow-ips",
    metavar="IPS",
    default="",
    help="Proxies whose X-Forwarded-For and -Proto are believed (default: none).",
)
@log_options
@click.pass_obj
def serve(
    place: Place, host: str, port: int, forwarded_allow_ips: str, log: Style, log_addresses: bool
) -> None:
    """Answer what customers open from their mails: surveys, quotes, preferences."""
    from importlib.util import find_spec

    from .dsl.diagnostics import PlaycallError

    if not all(map(find_spec, ("starlette", "uvicorn", "python_multipart"))):
        raise PlaycallError("the pages need starlette and uvicorn: pip install 'playcall[web]'")
    from .web.server import Listening, answer

    workspace = place.open()
    where = Listening(host, port, forwarded_allow_ips)
    answer(workspace, where, _log(workspace, log, log_addresses), lambda url: click.echo(f"serving {url}"))


def _password() -> str:
    """A password typed twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = click.prompt("password", hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


ROLE = click.Choice(["viewer", "csm", "ops", "admin"])


@main.group()
def users() -> None:
    """Who may use the staff pages of `serve`."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=ROLE, help="What they may do (default: that of `users:` in playcall.yaml).")
@click.option(
    "--email", metavar="ADDRESS", help="Their address (default: that of `users:` in playcall.yaml)."
)
@click.option("--no-password", is_flag=True, help="Only the identity provider lets them in.")
@click.pass_obj
def users_add(place: Place, name: str, role: str | None, email: str | None, no_password: bool) -> None:
    """Give somebody an account; the password is asked for, or read from stdin."""
    from .engine.service import access

    password = None if no_password else _password()
    access.add_user(place.open(), name, role or "", email, password, actor())
    click.echo(f"{name}: added")


@users.command("list")
@format_option
@click.pass_obj
def users_list(place: Place, style: str) -> None:
    """The accounts, what each may do and how they sign in."""
    from .engine.service import access
    from .engine.service.text import render_users

    show(access.users(place.open()), style, render_users)


@users.command("role")
@click.argument("name")
@click.argument("role", type=ROLE)
@click.pass_obj
def users_role(place: Place, name: str, role: str) -> None:
    """Give an account another role."""
    from .engine.service import access

    access.change_role(place.open(), name, role, actor())
    click.echo(f"{name}: {role}")


@users.command("password")
@click.argument("name")
@click.pass_obj
def users_password(place: Place, name: str) -> None:
    """Give an account another password, asked for or read from stdin; its sessions end."""
    from .engine.service import access

    access.change_password(place.open(), name, _password(), actor())
    click.echo(f"{name}: the password is changed")


@users.command("disable")
@click.argument("name")
@click.pass_obj
def users_disable(place: Place, name: str) -> None:
    """Let somebody in no more; their sessions end at once."""
    from .engine.service import access

    access.disable(place.open(), name, actor())
    click.echo(f"{name}: disabled")


@users.command("enable")
@click.argument("name")
@click.pass_obj
def users_enable(place: Place, name: str) -> None:
    """Let somebody in again."""
    from .engine.service import access

    access.enable(place.open(), name, actor())
    click.echo(f"{name}: enabled")


@main.group()
def tokens() -> None:
    """What programs show to the JSON API of `serve`."""


@tokens.command("create")
@click.argument("name")
@click.option("--user", metavar="U", required=True, help="The account that the program acts for.")
@click.option("--role", type=ROLE, help="What it may do at most (default: all that the account may).")
@click.option(
    "--expires", metavar="D", default="90d", show_default=True, help="How long it lasts, up to 365d."
)
@click.pass_obj
def tokens_create(place: Place, name: str, user: str, role: str | None, expires: str) -> None:
    """Make a token and print it: it is not shown again."""
    from .engine.service import tokens

    click.echo(tokens.create(place.open(), name, user, role or "", expires, actor()))


@tokens.command("list")
@format_option
@click.pass_obj
def tokens_list(place: Place, style: str) -> None:
    """The tokens, whose they are, what they may do and until when."""
    from .engine.service import tokens
    from .engine.service.text import render_tokens

    show(tokens.listed(place.open()), style, render_tokens)


@tokens.command("revoke")
@click.argument("name")
@click.pass_obj
def tokens_revoke(place: Place, name: str) -> None:
    """Let a token be used no more, from this moment on."""
    from .engine.service import tokens

    tokens.revoke(place.open(), name, actor())
    click.echo(f"{name}: revoked")


# ---------------------------------------------------------------------------------- people decide


@main.command()
@click.argument("target", metavar="PLAYBOOK[.PLAY]")
@as_of_option
@format_option
@click.pass_obj
def approve(place: Place, target: str, as_of: str | None, style: str) -> None:
    """Release what is held; `where` and every later step are judged again."""
    from .engine.service import running
    from .engine.service.text import render_run

    show(running.approve(place.open(), target, actor(), as_of=as_of).to_json(), style, render_run)


@main.command()
@click.argument("target", metavar="PLAYBOOK[.PLAY]")
@as_of_option
@click.pass_obj
def adopt(place: Place, target: str, as_of: str | None) -> None:
    """Record what is due as done, without acting."""
    from .engine.service import running

    count = running.adopt(place.open(), target, actor(), as_of=as_of)
    click.echo(f"{target}: {count} occurrence(s) recorded as done; nothing was sent")


@main.command()
@click.argument("scope", metavar="PLAYBOOK[.PLAY]|all")
@click.pass_obj
def pause(place: Place, scope: str) -> None:
    """Hold what falls due of a play, a playbook or all."""
    from .engine.service import acting

    acting.pause(place.open(), scope, actor())
    click.echo(f"{scope} is paused; `playcall resume {scope}` ends it")


@main.command()
@click.argument("scope", metavar="PLAYBOOK[.PLAY]|all")
@click.pass_obj
def resume(place: Place, scope: str) -> None:
    """End a pause; what it held waits for `playcall approve`."""
    from .engine.service import acting

    wider = acting.resume(place.open(), scope, actor())
    still = "".join(f"; it stays paused until `playcall resume {one}`" for one in wider)
    click.echo(f"{scope} runs again{still}; what was held meanwhile waits for `playcall approve`")


@main.command()
@click.argument("touch")
@click.argument("outcome", type=click.Choice(["sent", "failed", "requeue"]))
@click.pass_obj
def settle(place: Place, touch: str, outcome: str) -> None:
    """Say what became of a touch whose fate is unknown."""
    from .engine.service import acting

    acting.settle(place.open(), touch, outcome, actor())
    click.echo(f"{touch}: settled as {outcome}")


@main.command()
@click.argument("touches", nargs=-1, required=True)
@click.pass_context
def cancel(ctx: click.Context, touches: tuple[str, ...]) -> None:
    """Cancel touches that still wait."""
    from .engine.service import acting

    left = acting.cancel(ctx.obj.open(), touches, actor())
    click.echo(f"{len(set(touches) - left.keys())} touch(es) cancelled")
    for touch, state in left.items():
        click.echo(f"playcall: touch {touch} is {state}: only what waits can be cancelled", err=True)
    ctx.exit(FAILED if left else 0)


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@format_option
@click.pass_obj
def inbox(place: Place, folder: Path | None, style: str) -> None:
    """Read what came back: delivery reports, complaints, replies (a Maildir or mbox)."""
    from .engine.service import inbox as use
    from .engine.service.text import render_inbox

    show(use.read_folder(place.open(), folder).to_json(), style, render_inbox)


@main.group()
def suppress() -> None:
    """Who must not be written to."""


reason_option = click.option(
    "--reason",
    type=click.Choice(["unsubscribe", "bounce", "complaint", "manual", "legal"]),
    help="Why.",
)
topic_option = click.option("--topic", metavar="T", default="", help="Only messages of this topic.")


@suppress.command("add")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@reason_option
@topic_option
@click.option("--until", metavar="DAY", default="", help="Until the end of this day; else for good.")
@click.option("--note", default="", help="What a colleague should know.")
@click.pass_obj
def suppress_add(
    place: Place, addresses: tuple[str, ...], reason: str | None, topic: str, until: str, note: str
) -> None:
    """Write no more to these addresses."""
    from .engine.service import contacts

    common = {"reason": reason or "", "topic": topic, "until": until, "note": note}
    rows = [{"address": address, **common} for address in addresses]
    click.echo(f"{contacts.suppress(place.open(), rows, actor())} suppression(s) added")


@suppress.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def suppress_import(place: Place, file: Path) -> None:
    """Add all of a CSV file: address, and where wanted reason, topic, until, note."""
    from .engine.service import contacts

    rows = contacts.read_rows(file, contacts.SUPPRESSION_COLUMNS)
    click.echo(f"{contacts.suppress(place.open(), rows, actor())} suppression(s) added")


@suppress.command("lift")
@click.argument("address")
@reason_option
@topic_option
@click.option("--asked", metavar="TEXT", default="", help="How the recipient asked for it (unsubscribe).")
@click.pass_obj
def suppress_lift(place: Place, address: str, reason: str | None, topic: str, asked: str) -> None:
    """Write to an address again. An unsubscribe is lifted by the recipient alone."""
    from .engine.service import contacts

    count = contacts.lift(place.open(), address, actor(), reason=reason or "", topic=topic, asked=asked)
    click.echo(f"{address}: {count} suppression(s) lifted")


@suppress.command("list")
@click.argument("address", required=False, default="")
@format_option
@click.pass_obj
def suppress_list(place: Place, address: str, style: str) -> None:
    """Who is suppressed, why, of what, until when."""
    from .engine.service import contacts
    from .engine.service.text import render_suppressions

    show(contacts.suppressions(place.open(), address), style, render_suppressions)


@main.group()
def consent() -> None:
    """Who agreed to promotional messages, with its record."""


@consent.command("add")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@topic_option
@click.option(
    "--ground",
    type=click.Choice(["opt_in", "double_opt_in", "address_given", "relationship", "published"]),
    default="opt_in",
    show_default=True,
)
@click.option("--given", metavar="DAY", default="", help="When it was given; else now.")
@click.option("--evidence", metavar="TEXT", required=True, help="The form, mail or card it was given by.")
@click.option("--wording", metavar="TEXT", default="", help="Which version of which words was agreed to.")
@click.pass_obj
def consent_add(place: Place, /, addresses: tuple[str, ...], **common: str) -> None:
    """Record that these addresses agreed."""
    from .engine.service import contacts

    rows = [{"address": address, **common} for address in addresses]
    click.echo(f"{contacts.agree(place.open(), rows, actor())} consent(s) recorded")


@consent.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def consent_import(place: Place, file: Path) -> None:
    """Record all of a CSV file: address, topic, ground, given, evidence, wording."""
    from .engine.service import contacts

    rows = contacts.read_rows(file, contacts.CONSENT_COLUMNS)
    click.echo(f"{contacts.agree(place.open(), rows, actor())} consent(s) recorded")


@consent.command("withdraw")
@click.argument("address")
@topic_option
@click.pass_obj
def consent_withdraw(place: Place, address: str, topic: str) -> None:
    """End the consents of an address; the record stays."""
    from .engine.service import contacts

    count = contacts.withdraw(place.open(), address, actor(), topic=topic)
    click.echo(f"{address}: {count} consent(s) withdrawn")


@consent.command("list")
@click.argument("address", required=False, default="")
@format_option
@click.pass_obj
def consent_list(place: Place, address: str, style: str) -> None:
    """Who agreed to what, when and how, withdrawn ones included."""
    from .engine.service import contacts
    from .engine.service.text import render_consents

    show(contacts.consents(place.open(), address), style, render_consents)


# ---------------------------------------------------------------------------------- looking


@main.command()
@click.option("--state", metavar="S", help="Only touches in this state.")
@click.option("--to", metavar="ADDRESS", help="Only touches to this address.")
@click.option("--record", metavar="R", help="Only touches of this record.")
@format_option
@click.pass_obj
def touches(place: Place, state: str | None, to: str | None, record: str | None, style: str) -> None:
    """What was and will be sent."""
    from .engine.service import looking
    from .engine.service.text import render_touches

    show(looking.touches(place.open(), state, to, record), style, render_touches)


@main.command()
@format_option
@click.pass_obj
def status(place: Place, style: str) -> None:
    """What is held, waiting or unknown, and the command that settles each."""
    from .engine.service import looking
    from .engine.service.text import render_status

    show(looking.status(place.open()), style, render_status)


@main.group(invoke_without_command=True)
@click.option("--assignee", metavar="USER", help="Only this person's.")
@click.option("--state", metavar="S", help="Tasks in this state instead of the open ones.")
@format_option
@click.pass_context
def tasks(ctx: click.Context, assignee: str | None, state: str | None, style: str) -> None:
    """The worklist, most urgent first."""
    if ctx.invoked_subcommand is None:
        from .engine.service import looking
        from .engine.service.text import render_tasks

        show(looking.tasks(ctx.obj.open(), assignee, state), style, render_tasks)


@tasks.command("show")
@click.argument("task")
@format_option
@click.pass_obj
def tasks_show(place: Place, task: str, style: str) -> None:
    """One task with its checklist and what happened to it."""
    from .engine.service import looking
    from .engine.service.text import render_task

    show(looking.task(place.open(), task), style, render_task)


@tasks.command("done")
@click.argument("task")
@click.option("--outcome", metavar="NAME", default="", help="What came of it, where its play names outcomes.")
@click.option("--note", default="", help="What a colleague should know.")
@click.pass_obj
def tasks_done(place: Place, task: str, outcome: str, note: str) -> None:
    """Close a task as done."""
    from .engine.service import acting

    acting.done(place.open(), task, note, actor(), outcome)
    click.echo(f"{task}: done")


@tasks.command("snooze")
@click.argument("task")
@click.argument("until", metavar="DAY")
@click.pass_obj
def tasks_snooze(place: Place, task: str, until: str) -> None:
    """Hide a task until a day."""
    from .engine.service import acting

    acting.snooze(place.open(), task, until, actor())
    click.echo(f"{task}: snoozed until {until}")


@tasks.command("reassign")
@click.argument("task")
@click.argument("user")
@click.pass_obj
def tasks_reassign(place: Place, task: str, user: str) -> None:
    """Give a task to somebody else."""
    from .engine.service import acting

    acting.reassign(place.open(), task, user, actor())
    click.echo(f"{task}: now {user}'s")


@main.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write (default: .playcall/docs).",
)
@click.pass_obj
def docs(place: Place, out: Path | None) -> None:
    """The project as pages to read: playbooks, fields, texts."""
    from .engine.service.documenting import document

    folder = out or place.root / ".playcall" / "docs"
    click.echo(f"{document(place.root, place.env, folder)} files in {folder}: open {folder / 'index.html'}")


@main.group()
def quotes() -> None:
    """What customers were offered."""


@quotes.command("list")
@click.option("--state", metavar="S", help="draft, sent, withdrawn, accepted or expired.")
@click.option("--account", metavar="A", help="Only quotes of this account.")
@click.option("--record", metavar="R", help="Only quotes for this record.")
@format_option
@click.pass_obj
def quotes_list(place: Place, state: str | None, account: str | None, record: str | None, style: str) -> None:
    """The quotes, the newest first."""
    from .engine.service import quotes as use
    from .engine.service.text import render_quotes

    show(use.listed(place.open(), state, account, record), style, render_quotes)


@quotes.command("show")
@click.argument("quote")
@format_option
@click.pass_obj
def quotes_show(place: Place, quote: str, style: str) -> None:
    """One quote: its lines and how each came about, its revisions, who accepted it."""
    from .engine.service import quotes as use
    from .engine.service.text import render_quote

    show(use.show(place.open(), quote), style, render_quote)


@quotes.command("send")
@click.argument("quote")
@click.pass_obj
def quotes_send(place: Place, quote: str) -> None:
    """Send the current revision to whoever got the last one, once."""
    from .engine.service import quotes as use

    revision = use.send(place.open(), quote, actor())
    click.echo(f"{quote}: revision {revision} is queued; `playcall deliver` sends it")


@quotes.command("withdraw")
@click.argument("quote")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept with the quote.")
@click.pass_obj
def quotes_withdraw(place: Place, quote: str, reason: str) -> None:
    """Have the customer accept it no more, until another revision is sent."""
    from .engine.service import quotes as use

    use.withdraw(place.open(), quote, reason, actor())
    click.echo(f"{quote}: withdrawn")


@main.command()
@click.argument("name")
@as_of_option
@format_option
@click.pass_obj
def report(place: Place, name: str, as_of: str | None, style: str) -> None:
    """The figures of a report: reports/NAME.yaml."""
    from .engine.service import reporting
    from .engine.service.text import render_report

    show(reporting.report(place.open(), name, as_of), style, render_report)


@main.group()
def facts() -> None:
    """The single source of truth: every value, and where it comes from."""


@facts.command("show")
@click.argument("entity")
@click.argument("record")
@as_of_option
@format_option
@click.pass_obj
def facts_show(place: Place, entity: str, record: str, as_of: str | None, style: str) -> None:
    """One record: stored and derived fields and scores, with the source of each value."""
    from .engine.service import facts as use
    from .engine.service.text import render_record

    show(use.show(place.open(), entity, record, as_of), style, render_record)


@facts.command("list")
@click.argument("entity")
@click.option("--where", metavar="E", help="Only records for which this expression is true.")
@as_of_option
@format_option
@click.pass_obj
def facts_list(place: Place, entity: str, where: str | None, as_of: str | None, style: str) -> None:
    """The records of an entity."""
    from .engine.service import facts as use
    from .engine.service.text import render_records

    show(use.list_records(place.open(), entity, where, as_of), style, render_records)


@facts.command("conflicts")
@format_option
@click.pass_obj
def facts_conflicts(place: Place, style: str) -> None:
    """Where sources disagree about a value."""
    from .engine.service import facts as use
    from .engine.service.text import render_conflicts

    show(use.conflicts(place.open()), style, render_conflicts)


@facts.command("check")
@click.option("--accept", metavar="SOURCE.TABLE", help="Its size in the last run is right, though it shrank.")
@format_option
@click.pass_context
def facts_check(ctx: click.Context, accept: str | None, style: str) -> None:
    """What is wrong with the rows of the sources."""
    from .engine.service import facts as use
    from .engine.service.text import render_check

    if accept is not None:
        use.accept(ctx.obj.open(), accept)
        click.echo(f"{accept}: accepted as it is; the next run decides on it")
        return
    found, clean = use.check(ctx.obj.open())
    show(found, style, render_check)
    if not clean:
        ctx.exit(FINDINGS)


@main.command()
@click.option("--dkim", metavar="SELECTOR", default="", help="The key that the mail server signs with.")
@click.option("--resolver", metavar="ADDRESS[:PORT]", default="", help="Ask this DNS server about senders.")
@format_option
@click.pass_context
def doctor(ctx: click.Context, dkim: str, resolver: str, style: str) -> None:
    """Try everything a run needs: files, sources, ledger, channels, the DNS of senders."""
    from .engine.service import diagnosing
    from .engine.service.doctor.senders import Asking
    from .engine.service.text import render_doctor

    asking = Asking(resolver, dkim)
    found = diagnosing.doctor(ctx.obj.root, ctx.obj.env, os.environ, asking=asking)
    show(found, style, render_doctor)
    if not found["ok"]:
        ctx.exit(FINDINGS)


@main.command()
@click.argument("address")
@format_option
@click.pass_context
def erase(ctx: click.Context, address: str, style: str) -> None:
    """Forget a person: bytes, names and addresses go, and they are never written to again."""
    from .engine.service import erasing
    from .engine.service.text import render_erasure

    found = erasing.forget(ctx.obj.open(), address, actor())
    show(found.to_json(), style, render_erasure)
    if found.trouble:
        ctx.exit(FAILED)


@main.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@format_option
@click.pass_context
def prune(ctx: click.Context, dry_run: bool, style: str) -> None:
    """Remove what `retention` in playcall.yaml no longer keeps: old facts, bytes of old messages."""
    from .engine.service import pruning
    from .engine.service.text import render_pruned

    found = pruning.prune(ctx.obj.open(), actor(), dry_run=dry_run)
    show(found.to_json(), style, render_pruned)


@main.group()
def audit() -> None:
    """What happened, so that nobody can change it unseen."""


@audit.command("verify")
@click.option(
    "--head", metavar="HASH", default="", help="A head of earlier, kept elsewhere: it must be there."
)
@format_option
@click.pass_context
def audit_verify(ctx: click.Context, head: str, style: str) -> None:
    """Go along the chain of all that happened, and find the first broken link."""
    from .engine.service import auditing
    from .engine.service.text import render_audit

    found = auditing.audit(ctx.obj.open(), head)
    show(found.to_json(), style, render_audit)
    if found.broken is not None:
        ctx.exit(FINDINGS)


@main.group()
def db() -> None:
    """The ledger's database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(place: Place) -> None:
    """Bring the ledger to this version's tables."""
    from .engine.service import acting

    acting.upgrade(place.open())
    click.echo("the ledger is up to date")
