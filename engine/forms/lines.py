"""The lines of a price book: by the unit, flat, or a share of other lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...dsl.types import Kind
from ..document import Entries, Items, Node, Scalar
from ..shape import Fields, Findings, as_list, read_fields, shape, suggestion
from .amounts import read_money, read_percent
from .pricebook import Flat, Line, PercentOf, PerUnit, Tier
from .reading import Reading
from .wording import plain_wording, read_wording

LINE = shape("a line", "label unit tiers quantity flat percent of if once")
TIER = shape("a tier", "from to price", "from price")
_BELONGS = {"tiers": "unit", "quantity": "unit", "of": "percent"}
_WAYS = ("unit", "flat", "percent")
MAX_TIER = 10**12


def read_line(key: Scalar, node: Node, currency: str, has_quantity: bool, reading: Reading) -> Line | None:
    """One line; None, reported, if it cannot be priced. ``has_quantity``: the price book has one."""
    fields = read_fields(node, LINE, reading.findings)
    if fields is None:
        return None
    way = _way(key, fields)
    label = read_wording(fields.get("label"), reading, "`label`") or plain_wording(key.text)
    condition = reading.condition(fields, "if")
    once = fields.boolean("once")
    if way == "unit" and not has_quantity and "quantity" not in fields:
        message = f"the line `{key.text}` has a price a unit, and there is no `quantity`"
        reading.findings.add("E106", key.location, message, "add `quantity` to the line or the price book")
    if way == "percent" and once:
        message = "a share of other lines is charged as they are"
        reading.findings.add("E411", fields.location("once"), message, "remove `once`")
    price = None if way is None else _PRICES[way](key, fields, currency, reading)
    return None if price is None else Line(key.text, label, price, condition, once, key.location)


def _way(key: Scalar, fields: Fields) -> str | None:
    ways = [way for way in _WAYS if way in fields]
    if len(ways) != 1:
        message = (
            f"a line has exactly one of {', '.join(_WAYS)}; `{key.text}` has {' and '.join(ways) or 'none'}"
        )
        fields.findings.add("E411", key.location, message)
        return None
    for name, owner in _BELONGS.items():
        if name in fields and owner != ways[0]:
            message = f"`{name}` belongs to lines with `{owner}`"
            fields.findings.add("E411", fields.location(name), message, "remove it")
    return ways[0]


def _per_unit(key: Scalar, fields: Fields, currency: str, reading: Reading) -> PerUnit | None:
    node = fields.get("unit")
    kind = fields.choice("tiers", ("volume", "graduated"))
    quantity = reading.value(fields.get("quantity"), "`quantity`", (Kind.INT, Kind.NUMBER))
    tiers = _tiers(node, currency, reading) if isinstance(node, Items | Entries) else None
    if tiers is None and isinstance(node, Scalar):
        price = read_money(node, "`unit`", currency, reading)
        tiers = (Tier(0, None, price),) if price is not None else ()
    if tiers and len(tiers) > 1 and "tiers" not in fields:
        message = "several tiers need `tiers`: do all units cost what the tier of the whole quantity says?"
        help_text = "tiers: volume (they do), or tiers: graduated (each unit what its own tier says)"
        reading.findings.add("E412", key.location, message, help_text)
        return None
    return PerUnit(tiers, kind == "graduated", quantity) if tiers else None


def _tiers(node: Node, currency: str, reading: Reading) -> tuple[Tier, ...]:
    found: list[Tier] = []
    for item in as_list(node):
        fields = read_fields(item, TIER, reading.findings)
        if fields is None:
            return ()
        start = fields.integer("from", most=MAX_TIER)
        end = fields.integer("to", most=MAX_TIER)
        price = read_money(fields.get("price"), "`price`", currency, reading)
        if start is None or price is None or not _follows(found, start, end, fields):
            return ()
        found.append(Tier(start, end, price))
    if not found:
        reading.findings.add("E412", node.location, "there are no tiers", "[{from: 1, price: 100 USD}]")
    return tuple(found)


def _follows(before: list[Tier], start: int, end: int | None, fields: Fields) -> bool:
    """Whether a tier begins where the one before it ends, so that each quantity has exactly one price."""
    place = fields.node.values["from"].location
    if not before and start > 1:
        message = f"the first tier begins at {start}, so {start - 1} and less have no price"
        fields.findings.add("E412", place, message, "begin with from: 1")
        return False
    if end is not None and end < start:
        message = f"the tier ends at {end}, before it begins at {start}"
        fields.findings.add("E412", fields.node.values["to"].location, message)
        return False
    if not before:
        return True
    last = before[-1]
    if start <= (last.start if last.end is None else last.end):
        message = f"the tier from {start} overlaps the one from {last.start}"
        fields.findings.add("E412", place, message, "tiers stand in order, each from where the last one ends")
        return False
    if last.end is not None and start > last.end + 1:
        missing = str(last.end + 1) if start == last.end + 2 else f"{last.end + 1} to {start - 1}"
        help_text = f"write from: {last.end + 1}"
        fields.findings.add("E412", place, f"no tier has a price for {missing}", help_text)
        return False
    return True


def _flat(key: Scalar, fields: Fields, currency: str, reading: Reading) -> Flat | None:
    amount = read_money(fields.get("flat"), "`flat`", currency, reading)
    return None if amount is None else Flat(amount)


def _percent(key: Scalar, fields: Fields, currency: str, reading: Reading) -> PercentOf | None:
    percent = read_percent(fields.get("percent"), "`percent`", reading)
    of = fields.texts("of")
    if not of:
        message = f"the line `{key.text}` is a share of nothing"
        reading.findings.add("E411", key.location, message, "name the lines: of: [licence]")
        return None
    return None if percent is None else PercentOf(percent, of)


Price = PerUnit | Flat | PercentOf
_PRICES: Mapping[str, Callable[[Scalar, Fields, str, Reading], Price | None]] = {
    "unit": _per_unit,
    "flat": _flat,
    "percent": _percent,
}


def check_of(lines: Mapping[str, Line], declared: Entries, findings: Findings) -> dict[str, Line]:
    """The lines that can be computed. Reports (E411) shares of lines that are not there, and lines that are
    shares of each other."""
    waiting = dict(lines)
    for line in lines.values():
        for name in _of(line):
            if name not in declared.values:
                help_text = suggestion(name, declared.values)
                message = f"`{line.name}` is a share of `{name}`, which is no line"
                findings.add("E411", line.location, message, help_text)
    while ready := [one for one in waiting.values() if not any(name in waiting for name in _of(one))]:
        for line in ready:
            waiting.pop(line.name)
    if waiting:
        first = next(iter(waiting.values()))
        message = f"these lines are shares of each other, or of one that is: {', '.join(waiting)}"
        findings.add("E411", first.location, message, "a share is of lines that have a price of their own")
    return {name: line for name, line in lines.items() if name not in waiting}


def _of(line: Line) -> tuple[str, ...]:
    return line.price.of if isinstance(line.price, PercentOf) else ()
