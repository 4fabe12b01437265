"""Whatever stands in a file, lint says what is wrong with it: it never raises."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playcall.engine.lint.lint import lint
from playcall.engine.lint.reporters import FORMATS

NOW = datetime(2026, 11, 22, tzinfo=UTC)

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
FILES = ("playcall.yaml", "catalog/customers.yaml", "playbooks/renewal.yaml", "templates/notice.md")

_SIGNS = [
    "",
    " ",
    "\n",
    "\n  ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "- ",
    '"',
    "'",
    "#",
    "{{",
    "}}",
    "{%",
    "%}",
    "==",
    "(",
]
_WORDS = [
    "null",
    "~",
    "[]",
    "{}",
    "x",
    "3",
    "true",
    "2026-04-01",
    "日",
    "when",
    "every: x",
    "after: notice + 3d",
]
_PIECES = st.sampled_from([*_SIGNS, *_WORDS])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fuzz") / "project"
    shutil.copytree(EXAMPLE, root)
    return root


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), _PIECES), max_size=4))
def test_lint_of_a_damaged_project_never_raises(
    project: Path, name: str, edits: list[tuple[float, int, str]]
) -> None:
    text = (EXAMPLE / name).read_text("utf-8")
    for where, length, piece in edits:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + length :]
    path = project / name
    try:
        path.write_text(text, "utf-8")
        report = lint(project, NOW)
        for write in FORMATS.values():
            write(report)
        assert all(found.message and found.location.line >= 1 for found in report.diagnostics)
    finally:
        shutil.copy(EXAMPLE / name, path)
