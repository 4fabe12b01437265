"""`test --mutate`: which changes of a playbook does no test notice?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ...dsl.frozen import frozen
from ..document import File
from ..playbook.loader import Loaded, PlaybookFile
from ..playbook.model import Playbook
from ..playbook.rereading import bases, reread, rewritten, with_params
from ..rewrite import edited
from ..shape import Findings
from ..testing.model import PlaybookTest
from ..testing.mutants import Mutant, mutants
from .testbench import Bench, Site
from .testfacts import EngineName
from .testone import run_test
from .workers import Step, each


@frozen
class MutationReport:
    """The mutants that some test noticed (``killed``), and those that none did. What cannot be read, or means
    the same as before, is no mutant."""

    killed: int
    survivors: tuple[Mutant, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "killed": self.killed,
            "survived": len(self.survivors),
            "survivors": [one.to_json() for one in self.survivors],
        }


@frozen
class Trial:
    """A project and the tests that its mutants are tried with; all of them pass as it is."""

    loaded: Loaded
    site: Site
    tests: Sequence[PlaybookTest]
    engine: EngineName = "reference"


def mutate(trial: Trial, jobs: int | None, step: Step) -> MutationReport:
    """Try every mutant of the playbooks that the tests are about."""
    found = list(_mutants(trial))

    def start() -> tuple[Bench, Callable[[Mutant], bool | None]]:
        bench = Bench(trial.site, trial.engine)
        return bench, lambda one: _survives(bench, trial, one)

    survives = list(each(found, start, jobs, step))
    survivors = tuple(one for one, alive in zip(found, survives, strict=True) if alive)
    return MutationReport(survives.count(False), survivors)


def _mutants(trial: Trial) -> Iterator[Mutant]:
    """The mutants of every file that a tested playbook is written in, its bases included, each once."""
    own = {one.name: one.own for one in trial.loaded.written.values()}
    tested = {test.playbook for test in trial.tests}
    for name in sorted({base for playbook in tested for base in bases(own, playbook)}):
        yield from mutants(own[name])


def _survives(bench: Bench, trial: Trial, mutant: Mutant) -> bool | None:
    """Whether no test notices the change; None where the change makes no mutant."""
    file = next(one for one in trial.loaded.files if one.name == mutant.location.file)
    changed = rewritten(trial.loaded, File(file.name, edited(file.text, [mutant.edit])))
    seen = None
    for test in _concerned(trial.tests, changed):
        playbook = reread(trial.loaded, with_params(changed[test.playbook], test.params), Findings())
        if playbook is None:
            return None
        if _means_the_same(playbook, test.variant or trial.site.playbooks[test.playbook]):
            continue
        seen = True
        if not run_test(bench, test, playbook, explain=False).passed:
            return False
    return seen


def _concerned(tests: Sequence[PlaybookTest], changed: Mapping[str, PlaybookFile]) -> Iterator[PlaybookTest]:
    return (test for test in tests if test.playbook in changed)


def _means_the_same(playbook: Playbook, original: Playbook) -> bool:
    return playbook.fingerprint == original.fingerprint
