"""The databases that tables are exported to, tried without changing them."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalog.model import Project
from ...ports import ExportError
from ..exporting import make_target
from .check import Check, fail, ok


def exports(project: Project) -> Iterator[Check]:
    """One check a database; what is handed over goes through a channel, which is tried as one."""
    for config in project.exports.values():
        if config.handed_over:
            continue
        name = f"export {config.name}"
        try:
            yield ok(name, make_target(config, project).check())
        except ExportError as error:
            yield fail(name, str(error), f"correct `exports.{config.name}` in playcall.yaml")
