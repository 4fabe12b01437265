"""The reference lists which findings are mended: in the examples of all pages, those and no others."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from playcall.engine.lint.fixes import mend

DOCS = Path(__file__).parents[3] / "docs"
TODAY = date(2026, 11, 22)
LISTED = re.findall(r"^\| ([EW]\d{3}) \|", (DOCS / "reference" / "fixes.md").read_text("utf-8"), re.MULTILINE)

_BLOCK = re.compile(r"^```yaml (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


# Their pages show forms that have no safe mend; tests/acceptance/test_fix.py has those that do.
_ELSEWHERE = {"E110", "E112", "W203", "W205"}


def _mended(code: str, folder: Path) -> set[str]:
    """Codes that are mended in the failing example of a page; none of them is left."""
    shutil.copytree(DOCS / "errors" / "example", folder)
    wrong = (DOCS / "errors" / f"{code}.md").read_text("utf-8").split("## Wrong")[1].split("## Right")[0]
    for block in _BLOCK.finditer(wrong):
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], "utf-8")
    done = mend(folder, TODAY)
    fixed = {one.code for one in done.fixed}
    assert fixed.isdisjoint(one.code for one in done.report.diagnostics)
    return fixed


@pytest.mark.parametrize("code", sorted(path.stem for path in (DOCS / "errors").glob("[EW]*.md")))
def test_what_the_reference_lists_is_mended_and_nothing_else(code: str, tmp_path: Path) -> None:
    fixed = _mended(code, tmp_path / "project")
    assert fixed == ({code} if code in LISTED and code not in _ELSEWHERE else set())
