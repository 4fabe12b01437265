"""Every code has a page: its failing example gives that code and nothing else, its mended one is clean."""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import CODES, ONLINE
from playcall.engine.facts.load import load as load_facts
from playcall.engine.lint.lint import lint
from playcall.engine.playbook.loader import load
from playcall.engine.ports import FixedClock
from playcall.engine.service.linting import lint_facts

PAGES = Path(__file__).parents[3] / "docs" / "errors"
TODAY = date(2026, 11, 22)

_BLOCK = re.compile(r"^```(?:yaml|markdown|csv) (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


def _codes(section: str, folder: Path, facts: bool) -> set[str]:
    """What lint finds in the small example project with the files of a section laid over it; with ``facts``,
    also in a snapshot of its data."""
    shutil.copytree(PAGES / "example", folder)
    blocks = list(_BLOCK.finditer(section))
    assert blocks
    for block in blocks:
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], "utf-8")
    if not facts:
        return {found.code for found in lint(folder, TODAY).diagnostics}
    project, catalog, _ = load(folder).checked()
    load_facts(catalog, project, FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))
    return {found.code for found in lint_facts(folder, TODAY, None, {}).diagnostics}


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_a_failing_and_a_mended_example(code: str, tmp_path: Path) -> None:
    page = (PAGES / f"{code}.md").read_text("utf-8")
    assert page.startswith(f"# {code}: {CODES[code]}\n")
    wrong, right = page.split("\n## Wrong\n")[1].split("\n## Right\n")
    assert _codes(wrong, tmp_path / "wrong", code in ONLINE) == {code}
    assert _codes(right, tmp_path / "right", code in ONLINE) == set()


def test_every_page_is_of_a_code_and_in_the_list() -> None:
    assert {page.stem for page in PAGES.glob("[EW]*.md")} == set(CODES)
    listed = re.findall(
        r"^\| \[(\w+)\]\((\w+)\.md\) \| (.+) \|$", (PAGES / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert [(code, code, title) for code, title in CODES.items()] == listed


def test_the_example_project_is_clean() -> None:
    assert lint(PAGES / "example", TODAY).diagnostics == ()
