"""Quotes, tokens and posted answers a second in one process.

Run it with ``python bench/quotes.py [COUNT]``.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from playcall.dsl.typed import Checked
from playcall.dsl.types import Money, Value
from playcall.dsl.values import plain
from playcall.engine.forms.late import late_world
from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.playbook.loader import Loaded, load
from playcall.engine.respond.answers import Accepted, check_answers
from playcall.engine.respond.content import to_content
from playcall.engine.respond.links import Keys, open_token, sign
from playcall.engine.respond.quote import Quote
from playcall.engine.respond.quoting import make_quote

LIBRARY = Path(__file__).parents[1] / "playbooks"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2026, 7, 20, tzinfo=UTC)
FIXED: Mapping[str, Value] = {
    "renewal_date": date(2026, 7, 20),
    "renewal_date + 1y": date(2027, 7, 20),
    'account.segment == "enterprise"': True,
    "arr * 1.5": Money(Decimal(720000), "JPY"),
    "arr / quantity": Money(Decimal(4800), "JPY"),
}


def main(count: int) -> None:
    """Prints a table of steps with how many of them a second does."""
    loaded = _library()
    book, survey = loaded.pricebooks["standard"], loaded.surveys["renewal-intent"]
    assert loaded.catalog is not None
    assert loaded.project is not None
    world = late_world(loaded.catalog.schema, loaded.project.settings, NOW)
    quotes = [make_quote(book, _values(book, n), world, _show) for n in range(min(count, 100))]
    made = [quote for quote in quotes if isinstance(quote, Quote)]
    assert len(made) == len(quotes)
    keys = Keys(("a" * 32, "b" * 32))
    tokens = [sign(keys, "survey", f"link{n}", LATER) for n in range(count)]
    form = {"intent": ["not_me"], "who.email": ["cfo@acme.example"], "who.name": ["佐藤 花子"]}

    def answer(number: int) -> None:
        assert isinstance(check_answers(survey, {}, form, lambda checked: None, world), Accepted)

    _show_rate("quote computed", count, lambda n: make_quote(book, _values(book, n), world, _show))
    _show_rate("quote to JSON", count, lambda n: to_content(made[n % len(made)]))
    _show_rate("link signed", count, lambda n: sign(keys, "survey", f"link{n}", LATER))
    _show_rate("link opened", count, lambda n: open_token(keys, "survey", tokens[n], NOW))
    _show_rate("answers checked", count, answer)


def _library() -> Loaded:
    """The library's price book and survey over its own catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        shutil.copytree(LIBRARY / "demo", root)
        for part in ("catalog", "surveys", "pricebooks"):
            shutil.copytree(LIBRARY / part, root / part)
        return load(root)


def _values(book: PriceBook, number: int) -> Callable[[Checked], Value]:
    """What the price book reads of the contract with this number."""
    known = {**FIXED, str(book.quantity and book.quantity.source.text): 50 + number % 100}

    def value(checked: Checked) -> Value:
        span = checked.tree.span
        text = checked.source.text[span.start : span.end]
        return known.get(text, getattr(checked.tree, "value", None))

    return value


def _show(value: Value, language: str) -> str:
    return plain(value)


def _show_rate(what: str, count: int, act: Callable[[int], object]) -> None:
    start = time.perf_counter()
    for number in range(count):
        act(number)
    seconds = time.perf_counter() - start
    print(f"{what:<20}{count / seconds:>12,.0f}/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
