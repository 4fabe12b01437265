"""Price books and surveys from text, and what they come to for a record that a test writes down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from playcall.dsl.calendar import Calendar
from playcall.dsl.interpreter import Record, World, evaluate
from playcall.dsl.typed import Checked
from playcall.dsl.types import ToMany, ToOne, Value
from playcall.dsl.values import plain
from playcall.engine.catalog.model import Catalog
from playcall.engine.forms.late import late_world
from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.playbook.loader import Loaded, load
from playcall.engine.respond.quote import NoQuote, Quote
from playcall.engine.respond.quoting import make_quote

EXAMPLE = Path(__file__).parents[2] / "docs" / "errors" / "example"
NOW = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # 08:00 on the 2nd in Tokyo

Records = Mapping[str, Mapping[str, Value]]


def laid(root: Path, files: Mapping[str, str]) -> Loaded:
    """The example project with files laid over it, loaded."""
    shutil.copytree(EXAMPLE, root)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return load(root)


class OneRecord:
    """The facts of one contract and its account; there are no others."""

    def __init__(self, account: Record) -> None:
        self._account = account

    def one(self, entity: str, record: Record, step: ToOne) -> Record | None:
        return self._account if step.entity == "account" else None

    def many(self, entity: str, record: Record, step: ToMany) -> Sequence[Record]:
        return ()


def value_of(catalog: Catalog, loaded: Loaded, record: Record, account: Record) -> Callable[[Checked], Value]:
    """What expressions about a contract come to."""
    assert loaded.project is not None
    settings = loaded.project.settings
    calendar = Calendar.around(settings, NOW.date())
    world = World(catalog.schema, settings, catalog.derived(), NOW, OneRecord(account), calendar)
    contract = {"_key": "C1", "contract_id": "C1", **record}
    return lambda checked: evaluate(checked.tree, contract, world, checked.entity)


def show(value: Value, language: str) -> str:
    return plain(value)


def quoted(loaded: Loaded, book: PriceBook, record: Record, account: Record | None = None) -> Quote | NoQuote:
    """The quote for a contract."""
    assert loaded.catalog is not None
    assert loaded.project is not None
    values = value_of(loaded.catalog, loaded, record, account or {"_key": "A1", "account_id": "A1"})
    world = late_world(loaded.catalog.schema, loaded.project.settings, NOW)
    return make_quote(book, values, world, show)
