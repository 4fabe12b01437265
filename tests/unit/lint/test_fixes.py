"""The reference lists which findings are mended: in the examples of all pages, those and no others."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playcall.engine.lint.fixes import mend
from playcall.engine.lint.lint import lint
from playcall.engine.lint.report import Report

DOCS = Path(__file__).parents[3] / "docs"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
LISTED = re.findall(r"^\| ([EW]\d{3}) \|", (DOCS / "reference" / "fixes.md").read_text("utf-8"), re.MULTILINE)

_BLOCK = re.compile(r"^```yaml (?P<path>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


# Their pages show forms that have no safe mend; tests/acceptance/test_fix.py has those that do.
_ELSEWHERE = {"E101", "E110", "E112", "W203", "W205"}


def _mended(code: str, folder: Path) -> set[str]:
    """Codes that are mended in the failing example of a page; none of them is left."""
    shutil.copytree(DOCS / "errors" / "example", folder)
    wrong = (DOCS / "errors" / f"{code}.md").read_text("utf-8").split("## Wrong")[1].split("## Right")[0]
    for block in _BLOCK.finditer(wrong):
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], "utf-8")
    done = mend(folder, NOW)
    fixed = {one.code for one in done.fixed}
    assert fixed.isdisjoint(one.code for one in done.report.diagnostics)
    return fixed


@pytest.mark.parametrize("code", sorted(path.stem for path in (DOCS / "errors").glob("[EW]*.md")))
def test_what_the_reference_lists_is_mended_and_nothing_else(code: str, tmp_path: Path) -> None:
    fixed = _mended(code, tmp_path / "project")
    assert fixed == ({code} if code in LISTED and code not in _ELSEWHERE else set())


@pytest.mark.parametrize("sign", ["：", "： ", ":\u3000", ":\u00a0"])
def test_a_sign_that_looks_like_a_colon_and_a_space_is_mended(sign: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(DOCS / "errors" / "example", folder)
    file = folder / "playbooks" / "renewal.yaml"
    text = file.read_text()
    file.write_text(text.replace("describe: ", f"describe{sign}"))
    assert [one.code for one in mend(folder, NOW).fixed] == ["E101"]
    assert file.read_text() == text


GOLDEN = sorted(path for path in (DOCS.parent / "tests" / "golden" / "lint").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_what_is_left_is_what_lint_finds(case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(DOCS / "errors" / "example", folder)
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt"))
    done = mend(folder, NOW)
    assert lint(folder, NOW).diagnostics == done.report.diagnostics
    assert mend(folder, NOW).fixed == ()


_SLIPS = st.sampled_from(
    ["=", "&&", "||", "AND", "“", "”", "'", '"', "\\", "　", "＝", ": ", " #", "\n", "  ", "{", "]", ",",
     "# playcall: allow W209", "is not missing and ", "NO", "12:30", "１", "!", "50,000", "é", "\U0001f600"]
)  # fmt: skip
_PLAYBOOK = """\
playbook: x
describe: "A text"  # beside
owner: cs@vendor.example
for: contract
where: >-
  status == "active" and
  quantity > 5
plays:
  call:
    when: 'days_to_renewal == 30'
    do:
      - {task: Call, assign: csm, until: "product matches \\"^a\\""}
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slips=st.lists(st.tuples(st.integers(20, len(_PLAYBOOK)), _SLIPS), min_size=1, max_size=4))
def test_no_file_is_left_worse(slips: list[tuple[int, str]], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    if not folder.exists():
        shutil.copytree(DOCS / "errors" / "example", folder)
    text = _PLAYBOOK
    for at, slip in slips:
        text = text[:at] + slip + text[at:]
    path = folder / "playbooks" / "x.yaml"
    path.write_text(text, "utf-8")
    before = lint(folder, NOW)
    done = mend(folder, NOW)
    assert _stop(done.report) >= _stop(before)
    assert mend(folder, NOW).fixed == ()
    if not done.fixed:
        assert path.read_text("utf-8") == text


def _stop(report: Report) -> tuple[float, int]:
    """Where YAML cannot read the playbook on."""
    found = [one for one in report.diagnostics if one.code in ("E101", "E110")]
    places = [one.location for one in found if one.location.file == "playbooks/x.yaml"]
    return min(((one.line, one.column) for one in places), default=(float("inf"), 0))
