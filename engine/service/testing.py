"""`test`: run the tests of a project's playbooks, and say where they and the playbooks disagree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ..document import File
from ..files import Files, below, named
from ..lint import reporters
from ..lint.report import Report
from ..playbook.loader import Loaded, load
from ..playbook.model import Playbook
from ..testing.coverage import Coverage, covered
from ..testing.junit import junit
from ..testing.loader import FOLDER, load_tests
from ..testing.model import PlaybookTest
from ..testing.outcome import TestOutcome
from ..testing.select import chooser
from .mutating import MutationReport, Trial, mutate
from .testbench import Bench, Site
from .testfacts import EngineName
from .testone import run_test
from .workers import Step, each


@frozen
class Choice:
    """Which tests to run: of these files and folders, whose names ``keyword`` chooses; all by default."""

    paths: tuple[Path, ...] = ()
    keyword: str | None = None


@frozen
class Wanted:
    """What to find out beside whether the tests pass: coverage, and whether it reaches a share; which mutants
    survive. ``jobs``: in how many processes; ``engine``: how plays are evaluated."""

    coverage: bool = False
    fail_under: Fraction | None = None
    mutation: bool = False
    jobs: int | None = None
    engine: EngineName = "reference"


@frozen
class TestReport:
    """What came of the tests: the JSON of `playcall test`. ``problems`` are sentences about what makes it
    fail besides single tests; ``files`` those that were read."""

    __test__ = False  # not one of pytest's

    outcomes: tuple[TestOutcome, ...]
    diagnostics: tuple[Diagnostic, ...]
    problems: tuple[str, ...]
    files: tuple[File, ...]
    coverage: Coverage | None = None
    mutation: MutationReport | None = None

    @property
    def passed(self) -> bool:
        survived = self.mutation is not None and bool(self.mutation.survivors)
        wrong = self.problems or self.diagnostics or survived
        return not wrong and all(one.passed for one in self.outcomes)

    def junit(self) -> str:
        """The outcomes as JUnit XML; what is wrong with test files are failures too."""
        wrong = [f"{one.location}: {one.code}: {one.message}" for one in self.diagnostics]
        return junit(self.outcomes, [*self.problems, *wrong])

    def findings(self) -> str:
        """What is wrong with test files, as `lint` says it."""
        texts = {file.name: file.text for file in self.files}
        return reporters.text(Report(self.diagnostics, len(self.files), texts))

    def to_json(self) -> dict[str, object]:
        failed = sum(not one.passed for one in self.outcomes)
        body: dict[str, object] = {
            "tests": [one.to_json() for one in self.outcomes],
            "passed": len(self.outcomes) - failed,
            "failed": failed,
            "files": len(self.files),
            "problems": list(self.problems),
            "diagnostics": [reporters.row(one) for one in self.diagnostics],
        }
        if self.coverage is not None:
            body["coverage"] = self.coverage.to_json()
        if self.mutation is not None:
            body["mutants"] = self.mutation.to_json()
        return body


@frozen
class Suite:
    """A project with its tests, of which some are chosen."""

    site: Site
    loaded: Loaded
    chosen: tuple[PlaybookTest, ...]
    diagnostics: tuple[Diagnostic, ...]
    problems: tuple[str, ...]
    files: tuple[File, ...]

    def playbook(self, test: PlaybookTest) -> Playbook:
        return test.variant or self.site.playbooks[test.playbook]


def open_suite(root: Path, env: str | None, choice: Choice) -> Suite:
    """Read a project and its tests. Raises ``CheckError`` where the project itself has errors,
    ``PlaycallError`` where there is none, or for a path or an expression that is wrong."""
    files = Files(root)
    loaded = load(root, env, files)
    project, catalog, playbooks = loaded.checked()
    read = load_tests(loaded, files)
    names = named(root, choice.paths)
    chooses = chooser(choice.keyword) if choice.keyword is not None else (lambda name: True)
    chosen = tuple(
        test
        for test in read.tests
        if (names is None or below(test.file, names)) and chooses(f"{test.file}::{test.name}")
    )
    diagnostics = tuple(one for one in read.diagnostics if names is None or below(one.location.file, names))
    kept = tuple(one for one in read.files if names is None or below(one.name, names))
    problems = _problems(kept, chosen, diagnostics, choice)
    site = Site(project, catalog, playbooks, loaded.surveys)
    return Suite(site, loaded, chosen, diagnostics, problems, kept)


def _problems(
    files: Sequence[File],
    chosen: Sequence[PlaybookTest],
    diagnostics: Sequence[Diagnostic],
    choice: Choice,
) -> tuple[str, ...]:
    if not files:
        where = ", ".join(map(str, choice.paths)) or f"{FOLDER}/"
        return (f"there are no tests in {where}; `playcall test --from PLAYBOOK RECORD` writes one",)
    broken = {one.location.file for one in diagnostics}
    if choice.keyword is not None and not chosen:
        return (f"no test has a name that -k {choice.keyword!r} chooses",)
    silent = {file.name for file in files} - broken - {test.file for test in chosen}
    if choice.keyword is None:
        return tuple(f"{name} has no tests" for name in sorted(silent))
    return ()


def run_tests(
    root: Path, env: str | None, choice: Choice, wanted: Wanted, step: Step = lambda what, done, of: None
) -> TestReport:
    """Run tests. Raises ``CheckError`` for a project with errors, and ``PlaycallError``."""
    suite = open_suite(root, env, choice)
    outcomes = run_suite(suite, wanted, step)
    problems = suite.problems
    coverage, mutation = None, None
    if wanted.coverage:
        coverage = _coverage(suite, outcomes, choice)
        if wanted.fail_under is not None and coverage.share < wanted.fail_under:
            least = f"{float(wanted.fail_under * 100):.15g}"
            problems = (*problems, f"coverage is {coverage.percent} %, which is less than {least} %")
    if wanted.mutation and outcomes and all(one.passed for one in outcomes):
        mutation = mutate(_trial(suite, wanted), wanted.jobs, step)
    elif wanted.mutation:
        problems = (*problems, "mutants were not tried: the tests must pass first")
    return TestReport(outcomes, suite.diagnostics, problems, suite.files, coverage, mutation)


def _trial(suite: Suite, wanted: Wanted) -> Trial:
    return Trial(suite.loaded, suite.site, suite.chosen, wanted.engine)


def _coverage(suite: Suite, outcomes: Sequence[TestOutcome], choice: Choice) -> Coverage:
    """Of the playbooks that the chosen tests are about or, where all tests run, of all."""
    tested = {one.playbook for one in suite.chosen}
    is_part = bool(choice.paths) or choice.keyword is not None
    books = [book for name, book in suite.site.playbooks.items() if not is_part or name in tested]
    return covered(books, [one.counted for one in outcomes])


def run_suite(suite: Suite, wanted: Wanted, step: Step) -> tuple[TestOutcome, ...]:
    """Run the chosen tests, in several processes where there are many; outcomes come in their order."""

    def start() -> tuple[Bench, Callable[[PlaybookTest], TestOutcome]]:
        bench = Bench(suite.site, wanted.engine)
        return bench, lambda one: run_test(bench, one, suite.playbook(one), coverage=wanted.coverage)

    return tuple(each(suite.chosen, start, wanted.jobs, step))
