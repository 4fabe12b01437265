"""The worked examples of docs/reference/quotes.md come to what they say. PLAYCALL_WRITE_GOLDEN=1 writes them
anew."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from formkit import quoted

from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.playbook.loader import Loaded
from playcall.engine.respond.figures import amount_text
from playcall.engine.respond.quote import NoQuote

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "quotes.md"
_EXAMPLE = re.compile(
    r"^### (?P<name>.+)\n(?:(?!^#).*\n)*?```yaml\n(?P<book>(?:.*\n)*?)```\n\nRecord: `(?P<record>.+)`\n"
    r"(?P<result>(?:(?!^#).*\n)*)",
    re.MULTILINE,
)


def examples() -> list[re.Match[str]]:
    """Every example of the page."""
    return list(_EXAMPLE.finditer(PAGE.read_text("utf-8")))


def test_no_example_is_overlooked() -> None:
    worked = PAGE.read_text("utf-8").partition("## Worked examples")[2]
    assert [one["name"] for one in examples()] == re.findall(r"^### (.+)$", worked, re.MULTILINE)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["name"])
def test_an_example_comes_to_what_it_says(
    example: re.Match[str], book: Callable[[str], tuple[Loaded, PriceBook]]
) -> None:
    record = yaml.safe_load(example["record"])
    shown = _shown(*book(example["book"]), record)
    if os.environ.get("PLAYCALL_WRITE_GOLDEN") == "1":
        whole = example[0]
        ends = "\n" if example.end() < len(example.string) else ""
        written = whole[: len(whole) - len(example["result"])] + f"\n{shown}{ends}"
        PAGE.write_text(PAGE.read_text("utf-8").replace(whole, written), "utf-8")
        return
    assert example["result"].strip() == shown.strip()


def _shown(loaded: Loaded, book: PriceBook, record: dict[str, object]) -> str:
    found = quoted(loaded, book, record)  # type: ignore[arg-type]
    if isinstance(found, NoQuote):
        return f"No quote: {found.reason}.\n"
    rows = [(line.name, "; ".join(line.how), line.amount) for line in found.lines]
    rows.append(("**total**", "", found.total))
    lines = [f"| {name} | {how} | {amount_text(amount, found.currency)} |\n" for name, how, amount in rows]
    return "| line | how | amount |\n|---|---|---:|\n" + "".join(lines)
