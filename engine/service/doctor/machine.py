"""The machine: room on its disks, its clock, the time zones that it knows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo

from ...catalog.model import Project
from .check import Check, fail, ok, warn

LEAST_FREE = 200 * 2**20  # bytes; a run writes snapshots and the ledger
OLD_ZONES = 2  # years after which clocks have been changed somewhere


def disk(folder: Path, name: str = "disk", used: int = 0) -> Check:
    """Room where a folder is, or will be. ``used``: bytes of what stands there and is at times copied whole
    (a database that is upgraded, a snapshot that is made anew)."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / 2**30:.1f} GiB free" + (f", {used / 2**20:,.0f} MiB used" if used else "")
    if free < LEAST_FREE:
        return fail(name, detail, f"make room: a run wants {LEAST_FREE // 2**20} MiB")
    if free < used:
        return warn(name, detail, "make room: what stands there may have to be written anew beside it")
    return ok(name, detail)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where there is nothing."""
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def disks(project: Project, ledger: Path | None) -> Iterator[Check]:
    """Room for the ledger (``ledger``: its file, if it is one) and for the snapshots."""
    if ledger is not None:
        yield disk(ledger.parent, "disk of the ledger", size_of(ledger))
    newest = max(project.snapshots.glob("*"), key=lambda one: one.stat().st_mtime, default=None)
    yield disk(project.snapshots, "disk of the snapshots", size_of(newest) if newest else 0)


def clock(project: Project, now: datetime) -> Check:
    """The time, as the project's people read it."""
    zone = project.settings.timezone
    return ok("clock", f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} in {zone}")


def time_zones(now: datetime) -> Check:
    """Which edition of the time zones is there: governments change their clocks at short notice."""
    try:
        edition = version("tzdata")
    except PackageNotFoundError:
        return fail("time zones", "the package tzdata is absent", "pip install tzdata")
    year = int(edition.partition(".")[0])
    if year <= now.year - OLD_ZONES:
        advice = "pip install --upgrade tzdata, and update the system's own"
        return warn("time zones", f"the edition is {edition}, and it is {now.year}", advice)
    return ok("time zones", f"edition {edition}")
