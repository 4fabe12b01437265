"""`doctor`: try everything that a run needs, without running. A user's mistake is a check that fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from ...dsl.diagnostics import PlaycallError
from ..catalog.model import ChannelConfig, Project
from ..catalog.project import resolve_secrets
from ..playbook.loader import Loaded, load
from ..ports import ChannelError, Clock, FixedClock, SystemClock

LEAST_FREE = 200 * 2**20  # bytes; a run writes snapshots and the ledger
LOCK_WAITS = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried: what was found, and what to do next where it is not well."""

    name: str
    ok: bool
    detail: str
    next: str = ""


def doctor(
    root: Path, env: str | None, environ: Mapping[str, str], clock: Clock | None = None
) -> dict[str, object]:
    """The JSON of `doctor`: every check, each tried although others fail."""
    checks = list(_checks(root, env, environ, clock or SystemClock()))
    return {"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]}


def _checks(root: Path, env: str | None, environ: Mapping[str, str], clock: Clock) -> Iterator[Check]:
    try:
        loaded = load(root, env)
    except PlaycallError as error:
        yield Check("project", False, str(error), "go to a project's folder, or make one: playcall init DIR")
        return
    yield _files(loaded)
    yield _disk(root)
    if loaded.project is None:
        return
    yield _clock(loaded.project, clock)
    try:
        project = resolve_secrets(loaded.project, environ)
    except PlaycallError as error:
        yield Check("secrets", False, str(error), "set it where playcall runs")
        return
    yield Check("secrets", True, "every ${NAME} that is wanted is set")
    yield _ledger_check(project)
    if loaded.catalog is not None and not loaded.errors:
        yield from _sources(loaded, project, clock)
    for config in project.channels.values():
        yield _channel(config, project)


def _files(loaded: Loaded) -> Check:
    if loaded.errors:
        first = loaded.errors[0]
        detail = f"{len(loaded.errors)} error(s), the first: {first.location}: {first.code}: {first.message}"
        return Check("project", False, detail, "playcall lint")
    detail = f"{len(loaded.files)} files, {len(loaded.playbooks)} playbook(s), no errors"
    return Check("project", True, detail)


def _disk(root: Path) -> Check:
    free = shutil.disk_usage(root).free
    detail = f"{free / 2**30:.1f} GiB free"
    if free < LEAST_FREE:
        return Check("disk", False, detail, f"make room: a run wants {LEAST_FREE // 2**20} MiB")
    return Check("disk", True, detail)


def _clock(project: Project, clock: Clock) -> Check:
    zone = project.settings.timezone
    local = clock.now().astimezone(ZoneInfo(zone))
    return Check("clock", True, f"{local:%Y-%m-%d %H:%M} in {zone}")


def _ledger_check(project: Project) -> Check:
    try:
        return Check("ledger", True, _ledger(project))
    except (PlaycallError, OSError) as error:
        return Check("ledger", False, str(error), "mend that, or correct `ledger:` in playcall.yaml")


def _ledger(project: Project) -> str:
    """Whether it opens, is at this version's revision, and can be written; an absent SQLite file is made by
    the first run."""
    from sqlalchemy import make_url

    from ..ledger.database import Waits, open_ledger
    from ..ledger.errors import shown

    url = make_url(project.ledger_url)
    if url.get_backend_name() == "sqlite" and url.database:
        path = project.root / url.database
        if not path.exists():
            _require_writable(path)
            return f"{path} does not exist yet; the first run makes it"
    ledger = open_ledger(project.ledger_url, project.root, Waits(person=LOCK_WAITS, run=LOCK_WAITS))
    try:
        with ledger.writing() as connection:
            settings = ""
            if connection.dialect.name == "sqlite":
                mode = connection.exec_driver_sql("pragma journal_mode").scalar()
                full = connection.exec_driver_sql("pragma synchronous").scalar()
                settings = f", journal {mode}, synchronous {'full' if full == 2 else full}"
        return f"{shown(url)}: can be written, at the current revision{settings}"
    finally:
        ledger.close()


def _require_writable(path: Path) -> None:
    """Raise ``PlaycallError`` unless a file can be made there, its folders included."""
    import os

    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise PlaycallError(f"{path} cannot be made: {folder} is not a folder that this user may write in")


def _sources(loaded: Loaded, project: Project, clock: Clock) -> Iterator[Check]:
    """One check a table, from a load that is not kept."""
    from ..facts.load import load as load_facts

    assert loaded.catalog is not None
    try:
        now = clock.now()
        with TemporaryDirectory(prefix="playcall-") as folder:
            into = Path(folder)
            snapshot = load_facts(loaded.catalog, project, FixedClock(now), wall=clock, into=into)
    except PlaycallError as error:
        yield Check("sources", False, str(error), "mend what it says")
        return
    for state in snapshot.sources:
        problems = sum(problem.count for problem in state.problems)
        detail = f"{state.rows:,} rows" + (f", {problems:,} problem(s) in them" if problems else "")
        if state.status == "ok":
            yield Check(f"source {state.name}", True, detail)
        else:
            advice = "what reads it is held until it is mended: playcall facts check"
            yield Check(f"source {state.name}", False, f"{state.status}: {state.reason}", advice)


def _channel(config: ChannelConfig, project: Project) -> Check:
    from .delivering import make_channel

    name = f"channel {config.name}"
    advice = f"correct `channels.{config.name}` in playcall.yaml"
    try:
        channel = make_channel(config, project)
    except PlaycallError as error:
        return Check(name, False, str(error), advice)
    try:
        return Check(name, True, channel.check())
    except ChannelError as error:
        return Check(name, False, str(error), advice)
    finally:
        channel.close()
