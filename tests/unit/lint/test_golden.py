"""Whole reports: each folder of tests/golden/lint holds files that are laid over the example project of
docs/errors, and what `lint` prints about it. PLAYCALL_WRITE_GOLDEN=1 writes the reports anew."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint
from playcall.engine.lint.reporters import text

NOW = datetime(2026, 11, 22, tzinfo=UTC)

ROOT = Path(__file__).parents[3]
CASES = sorted(path for path in (ROOT / "tests" / "golden" / "lint").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_report_is_as_expected(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "docs" / "errors" / "example", folder)
    expected = case / "expected.txt"
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt"))
    report = text(lint(folder, NOW))
    if os.environ.get("PLAYCALL_WRITE_GOLDEN") == "1":
        expected.write_text(report, "utf-8")
    assert report == expected.read_text("utf-8")
