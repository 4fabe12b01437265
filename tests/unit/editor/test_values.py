"""The last values of a field, and what asking for them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from playcall.engine.editor.values import last_values

HEAVY = ("duckdb", "sqlalchemy", "sqlglot", "rich", "lark")


def test_no_snapshots_no_values(tmp_path: Path) -> None:
    assert last_values(tmp_path / "nowhere", "UTC", "contract", "status") is None


@pytest.mark.parametrize(
    "line",
    ["nonsense\n", "[]\n", "{}\n", '{"id": "x", "as_of": "2026-01-01T00:00:00+00:00"}\n'],
    ids=["no JSON", "no object", "no keys", "no manifest"],
)
def test_broken_snapshots_give_no_values(tmp_path: Path, line: str) -> None:
    (tmp_path / "index.jsonl").write_text(line)
    assert last_values(tmp_path, "UTC", "contract", "status") is None


def test_nothing_heavy_is_imported_until_it_is_asked_for(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
        "from playcall.engine.editor.server import Server\n"
        "Server().desk.project_at(Path(sys.argv[1])).analyse({}, datetime(2026, 1, 1, tzinfo=UTC))\n"
        "print(*(name for name in sys.argv[2:] if name in sys.modules))"
    )
    command = [sys.executable, "-c", code, str(root), *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_without_pygls_the_command_says_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from playcall.cli import main; main(['lsp'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "playcall: the language server needs pygls: pip install 'playcall[lsp]'\n"
