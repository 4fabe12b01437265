"""What ships loads without a finding: the demo with the library's playbooks, and the starter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from playcall.engine.demo.project import LIBRARY, write_demo, write_starter
from playcall.engine.lint.lint import lint
from playcall.engine.playbook.loader import load


@pytest.mark.parametrize(
    ("write", "playbooks"),
    [
        (
            lambda folder: write_demo(folder, date(2026, 11, 22)),
            ["renewal-intent", "renewal-quote", "usage-check-in", "version-currency"],
        ),
        (write_starter, ["first-steps"]),
    ],
)
def test_what_ships_lints_clean(tmp_path: Path, write: Callable[[Path], None], playbooks: list[str]) -> None:
    write(tmp_path / "project")
    assert lint(tmp_path / "project", datetime(2026, 11, 22, tzinfo=UTC)).diagnostics == ()
    assert sorted(load(tmp_path / "project").playbooks) == playbooks


def test_every_template_of_the_library_is_there_in_japanese_and_english() -> None:
    names = {path.name.split(".")[0] for path in (LIBRARY / "templates").glob("*.md")}
    expected = {f"{name}.{locale}.md" for name in names for locale in ("ja", "en")}
    assert {path.name for path in (LIBRARY / "templates").glob("*.md")} == expected
