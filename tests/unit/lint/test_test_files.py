"""What lint says of the files that hold tests of playbooks."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
HEAD = "playbook: renewal\nrecords: {contract: {C1: {}}}\ntests:\n"
FIRES = "- {name: a, run_on: 2026-02-03, expect: [{play: notice}]}\n"

# (the file's name, its text, the findings)
FILES = {
    "right": ("tests/a.yaml", HEAD + FIRES, []),
    "a name that YAML reads as true": (
        "tests/a.yaml",
        HEAD + FIRES.replace("name: a", "name: on"),
        ["4:10 E104"],
    ),
    "a comment that silences nothing": (
        "tests/a.yaml",
        HEAD + FIRES + "# playcall: allow W501\n",
        ["5:1 W103"],
    ),
    "a comment that cannot be read": ("tests/a.yaml", HEAD + FIRES + "# playcall: allow all\n", ["5:1 E112"]),
    "a comment in capitals": ("tests/a.yaml", HEAD + FIRES + "# PLAYCALL: allow W501\n", ["5:1 W103"]),
    "a comment without its colon": ("tests/a.yaml", HEAD + FIRES + "# playcall allow W501\n", ["5:1 E112"]),
    "a comment about playcall": ("tests/a.yaml", HEAD + FIRES + "# playcall is said here\n", []),
    "a comment that has expired": (
        "tests/a.yaml",
        HEAD + FIRES + "# playcall: allow W501 until 2026-01-01 -- x\n",
        ["5:1 E112"],
    ),
    "two secrets": (
        "tests/a.yaml",
        HEAD + FIRES + "# glpat-" + "a1b2" * 5 + " https://u:secret@vendor.example\n",
        ["5:3 E111", "5:40 E111"],
    ),
    "another ending": ("tests/a.yml", HEAD + FIRES, ["1:1 W104"]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_tests(name: str, tmp_path: Path) -> None:
    file, text, expected = FILES[name]
    assert found(tmp_path / "p", {file: text}) == expected


def test_with_errors_in_tests_no_comment_is_useless(tmp_path: Path) -> None:
    book = (EXAMPLE / "playbooks" / "renewal.yaml").read_text()
    files = {
        "playbooks/renewal.yaml": f"# playcall: allow W506\n{book}",
        "tests/a.yaml": "playbook: renewal\n",
    }
    assert found(tmp_path / "p", files) == ["1:1 E106"]


@pytest.mark.parametrize(("zone", "codes"), [("Asia/Tokyo", ["8:5 E112"]), ("UTC", [])])
def test_a_comment_expires_on_the_projects_day(zone: str, codes: list[str], tmp_path: Path) -> None:
    project = (EXAMPLE / "playcall.yaml").read_text()
    lines = [line for line in project.splitlines() if not line.startswith("timezone")]
    book = (EXAMPLE / "playbooks" / "renewal.yaml").read_text()
    comment = "    # playcall: allow W202 until 2026-11-21 -- x\n"
    allowed = f"{comment}    when: quantity != devices or days_to_renewal < 3"
    files = {
        "playcall.yaml": "\n".join([*lines, f"timezone: {zone}\n"]),
        "playbooks/renewal.yaml": book.replace("    when: days_to_renewal == 90", allowed),
    }
    late = datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert [one for one in found(tmp_path / "p", files, late) if "E112" in one] == codes


def found(
    folder: Path, files: dict[str, str], now: datetime = datetime(2026, 11, 22, tzinfo=UTC)
) -> list[str]:
    shutil.copytree(EXAMPLE, folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return [f"{one.location.line}:{one.location.column} {one.code}" for one in lint(folder, now).diagnostics]
