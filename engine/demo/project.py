"""Projects made from what ships with playcall: the demo company, and the starter of ``playcall init``."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from .generate import generate

LIBRARY = Path(__file__).resolve().parents[2] / "playbooks"

# (folder of the library, folder of the project that it becomes)
_DEMO_PARTS = (("demo", "."), ("catalog", "catalog"), ("plays", "playbooks"), ("templates", "templates"))


def write_demo(directory: Path, anchor: date) -> None:
    """Write the demo project: the library's playbooks on a company as it looks on ``anchor``.

    Raises FileExistsError if ``directory`` holds anything but hidden files (a fresh ``.git`` is welcome).
    """
    _refuse_full(directory)
    for part, place in _DEMO_PARTS:
        shutil.copytree(LIBRARY / part, directory / place, dirs_exist_ok=True)
    generate(directory / "data", anchor)


def write_starter(directory: Path) -> None:
    """Write the small project that ``playcall init`` begins with. Raises FileExistsError as above."""
    _refuse_full(directory)
    shutil.copytree(LIBRARY / "init", directory, dirs_exist_ok=True)


def _refuse_full(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir() or any(not entry.name.startswith(".") for entry in directory.iterdir()):
        raise FileExistsError(f"{directory} is there already and is not an empty folder; choose another name")
