"""Every code has a page: its failing example gives that code and nothing else, in the words that the page
shows; its mended one is clean. PLAYCALL_WRITE_GOLDEN=1 writes the words, and the list of all pages, anew."""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import CODES, ONLINE
from playcall.engine.facts.load import load as load_facts
from playcall.engine.lint.lint import lint
from playcall.engine.lint.report import Report
from playcall.engine.lint.reporters import text
from playcall.engine.playbook.loader import load
from playcall.engine.ports import FixedClock
from playcall.engine.service.linting import lint_facts

PAGES = Path(__file__).parents[3] / "docs" / "errors"
LIST = PAGES / "README.md"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WRITES = os.environ.get("PLAYCALL_WRITE_GOLDEN") == "1"

_BLOCK = re.compile(r"^```(?:yaml|markdown|csv) (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_WORDS = re.compile(r"\n```text\n(?P<text>.*?)```\n", re.DOTALL)


def _report(section: str, folder: Path, facts: bool) -> Report:
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
        return lint(folder, NOW)
    project, catalog, _ = load(folder).checked()
    load_facts(catalog, project, FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))
    return lint_facts(folder, NOW, None, {})


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_a_failing_and_a_mended_example(code: str, tmp_path: Path) -> None:
    path = PAGES / f"{code}.md"
    page = path.read_text("utf-8")
    assert page.startswith(f"# {code}: {CODES[code]}\n")
    wrong, right = page.split("\n## Wrong\n")[1].split("\n## Right\n")
    report = _report(wrong, tmp_path / "wrong", code in ONLINE)
    assert {found.code for found in report.diagnostics} == {code}
    assert _report(right, tmp_path / "right", code in ONLINE).diagnostics == ()
    words = re.sub(r"\d+ errors?, \d+ warnings? in \d+ files?\n$", "", text(report))
    if WRITES:
        shown = f"\n```text\n{words}```\n"
        without = _WORDS.sub("", wrong).rstrip("\n") + "\n"
        path.write_text(page.replace(wrong, without + shown), "utf-8")
        return
    found = _WORDS.search(wrong)
    assert (found["text"] if found else "") == words


def test_every_page_is_of_a_code_and_in_the_list() -> None:
    assert {page.stem for page in PAGES.glob("[EW]*.md")} == set(CODES)
    rows = "".join(f"| [{code}]({code}.md) | {_how(code)} | {title} |\n" for code, title in CODES.items())
    head, _, table = LIST.read_text("utf-8").partition("|---|---|---|\n")
    if WRITES:
        LIST.write_text(f"{head}|---|---|---|\n{rows}", "utf-8")
    else:
        assert table == rows


def _how(code: str) -> str:
    return "`--facts`" if code in ONLINE else "error" if code.startswith("E") else "warning"


def test_the_example_project_is_clean() -> None:
    assert lint(PAGES / "example", NOW).diagnostics == ()
