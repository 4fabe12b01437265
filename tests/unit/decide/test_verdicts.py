"""The closed list of verdicts is documented as it is."""

from pathlib import Path
from typing import get_args

from playcall.engine.decide.verdicts import OPEN, REASONS, Verdict

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "verdicts.md"


def test_every_verdict_has_its_reasons():
    assert set(get_args(Verdict)) == set(REASONS)
    assert set(REASONS) >= OPEN


def test_the_page_lists_every_reason():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    expected = [
        f"| `{verdict}` | {f'`{reason}`' if reason else ''} | {meaning} |"
        for verdict, reasons in REASONS.items()
        for reason, meaning in reasons.items()
    ]
    assert rows == expected
