"""`doctor`: try everything that a run needs, without running. A user's mistake is a check that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...dsl.diagnostics import PlaycallError
from ..catalog.model import Project
from ..catalog.project import resolve_secrets
from ..playbook.loader import Loaded, load
from ..ports import Clock, SystemClock
from .doctor.channels import channels
from .doctor.check import Check, fail, ok
from .doctor.exports import exports
from .doctor.keys import keys
from .doctor.ledger import file_of, ledger
from .doctor.links import links
from .doctor.machine import clock as clock_check
from .doctor.machine import disk, disks, time_zones
from .doctor.schedule import schedule
from .doctor.senders import Asking, senders
from .doctor.sources import sources


def doctor(
    root: Path,
    env: str | None,
    environ: Mapping[str, str],
    clock: Clock | None = None,
    asking: Asking | None = None,
) -> dict[str, object]:
    """The JSON of `doctor`: every check, each tried although others fail; ``asking``: how the DNS is."""
    checks = list(_checks(root, env, environ, clock or SystemClock(), asking or Asking()))
    sound = all(check.level != "fail" for check in checks)
    return {"ok": sound, "checks": [check.to_json() for check in checks]}


def _checks(
    root: Path, env: str | None, environ: Mapping[str, str], clock: Clock, asking: Asking
) -> Iterator[Check]:
    try:
        loaded = load(root, env)
    except PlaycallError as error:
        yield fail("project", str(error), "go to a project's folder, or make one: playcall init DIR")
        return
    yield _files(loaded)
    yield disk(root)
    if loaded.project is None:
        return
    yield clock_check(loaded.project, clock.now())
    yield time_zones(clock.now())
    try:
        project = resolve_secrets(loaded.project, environ)
    except PlaycallError as error:
        yield fail("secrets", str(error), "set it where playcall runs")
        return
    yield ok("secrets", "every ${NAME} that is wanted is set")
    yield from _resolved(loaded, project, clock, asking)


def _resolved(loaded: Loaded, project: Project, clock: Clock, asking: Asking) -> Iterator[Check]:
    """What the project reaches outside its own files."""
    yield from keys(project)
    yield from ledger(project)
    yield from links(project, clock.now())
    yield from disks(project, file_of(project))
    yield from schedule(project, list(loaded.playbooks.values()), clock.now())
    if loaded.catalog is not None and not loaded.errors:
        yield from sources(loaded.catalog, project, clock)
    yield from channels(project)
    yield from exports(project)
    yield from senders(project, asking)


def _files(loaded: Loaded) -> Check:
    if loaded.errors:
        first = loaded.errors[0]
        detail = f"{len(loaded.errors)} error(s), the first: {first.location}: {first.code}: {first.message}"
        return fail("project", detail, "playcall lint")
    return ok("project", f"{len(loaded.files)} files, {len(loaded.playbooks)} playbook(s), no errors")
