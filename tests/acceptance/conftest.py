"""The company that most acceptance tests begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from clikit import ACCOUNT, CATALOG, CONTACT, CONTRACT, MAIL, PROJECT, Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """One contract that ends on 20 July 2024 (140 days before: 2 March), its account and decision maker."""
    made = Company(tmp_path / "acme")
    made.write({"playcall.yaml": PROJECT, "catalog/all.yaml": CATALOG, "templates/ask.md": MAIL})
    made.contracts(CONTRACT)
    made.table("accounts", [ACCOUNT])
    made.table("contacts", [CONTACT])
    return made
