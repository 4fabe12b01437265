"""Projects made from what ships with playcall: the demo company, and the starter of ``playcall init``."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from . import files
from .days import pass_day
from .generate import build
from .tables import Tables

DATA = "data"
LIBRARY = Path(__file__).resolve().parents[2] / "playbooks"

# (folder of the library, folder of the project that it becomes)
DEMO_PARTS = (
    ("demo", "."),
    ("catalog", "catalog"),
    ("plays", "playbooks"),
    ("surveys", "surveys"),
    ("pricebooks", "pricebooks"),
    ("templates", "templates"),
    ("tests", "tests"),
    ("reports", "reports"),
)


def write_demo(directory: Path, anchor: date) -> Tables:
    """Write the demo project: the library's playbooks on a company as it looks on ``anchor``.

    Gives its tables. Raises FileExistsError if ``directory`` holds anything but hidden files (a fresh
    ``.git`` is welcome).
    """
    _refuse_full(directory)
    for part, place in DEMO_PARTS:
        shutil.copytree(LIBRARY / part, directory / place, dirs_exist_ok=True)
    tables = build(anchor)
    files.write(tables, directory / DATA)
    return tables


def write_day(directory: Path, tables: Tables, day: date) -> None:
    """Let a day pass at the demo company: change its tables, and the files that show it."""
    pass_day(tables, day)
    files.write_daily(tables, directory / DATA)


def write_starter(directory: Path) -> None:
    """Write the small project that ``playcall init`` begins with. Raises FileExistsError as above."""
    _refuse_full(directory)
    shutil.copytree(LIBRARY / "init", directory, dirs_exist_ok=True)


def _refuse_full(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir() or any(not entry.name.startswith(".") for entry in directory.iterdir()):
        raise FileExistsError(f"{directory} is there already and is not an empty folder; choose another name")
