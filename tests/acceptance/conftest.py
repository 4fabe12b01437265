"""The company that most acceptance tests begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from clikit import Company, founded


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company of the test's own; see ``founded``."""
    return founded(tmp_path / "acme")
