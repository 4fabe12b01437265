"""pricebooks/*.yaml → checked price books."""

from __future__ import annotations

from decimal import Decimal

from ...dsl.currencies import CURRENCIES
from ...dsl.typed import Const
from ...dsl.types import Duration, Kind, Money, Type
from ..catalog.adapters import EXPORTERS as EXPORTERS
from ..catalog.model import Catalog, Project
from ..document import Node, Scalar
from ..files import Files
from ..shape import Fields, Findings, read_each, read_fields, shape, suggestion
from .amounts import read_money, read_percent
from .late import Late, check_late
from .lines import check_of, read_line
from .pricebook import TOTALS, Adjustment, Line, Period, PriceBook
from .reading import Reading, check_own_name, read_entity, read_folder, scope_of
from .wording import plain_wording, read_wording

PRICEBOOK = shape(
    "a price book",
    "pricebook for describe title currency quantity period lines adjust minimum round tax approve valid_for"
    " export",
    "pricebook for lines",
)
PERIOD = shape("`period`", "from to anchor per", "from to")
ADJUSTMENT = shape("an adjustment", "label percent amount reason if", "reason")
YEAR = Duration(1, "y")
VALID_UNITS = ("d", "w", "mo")
_QUANTITY = (Kind.INT, Kind.NUMBER)


def load_pricebooks(
    project: Project, catalog: Catalog, findings: Findings, files: Files
) -> dict[str, PriceBook]:
    """The price books of a project, as far as they are right; mistakes go to ``findings``."""
    return read_folder(
        "pricebooks",
        PRICEBOOK,
        findings,
        files,
        lambda name, fields: _pricebook(name, fields, project, catalog),
    )


def _pricebook(name: str, fields: Fields, project: Project, catalog: Catalog) -> PriceBook | None:
    entity = read_entity(fields, catalog)
    if entity is None:
        return None
    reading = Reading(project, catalog, scope_of(entity, project, catalog), fields.findings)
    currency = _currency(fields, reading)
    fields.text("describe")
    quantity = reading.value(fields.get("quantity"), "`quantity`", _QUANTITY)
    return PriceBook(
        name=name,
        entity=reading.scope.entity,
        currency=currency,
        title=read_wording(fields.get("title"), reading, "`title`") or plain_wording(name),
        quantity=quantity,
        period=_period(fields, reading),
        lines=_lines(fields, currency, "quantity" in fields, reading),
        adjust=_adjustments(fields, currency, reading),
        minimum=read_money(fields.get("minimum"), "`minimum`", currency, reading),
        round_to=_round_to(fields, currency, reading),
        tax=read_percent(fields.get("tax"), "`tax`", reading),
        approve=_approve(fields, currency, reading),
        valid_for=fields.duration("valid_for", VALID_UNITS),
        location=fields.location("pricebook"),
        export=_export(fields, reading),
    )


def _export(fields: Fields, reading: Reading) -> tuple[str, ...]:
    """The channels of systems that an accepted quote goes to."""
    known = [name for name, one in reading.project.channels.items() if one.adapter in EXPORTERS]
    names = fields.texts("export")
    for name in names:
        if name not in known:
            message = f"playcall.yaml has no channel `{name}` that a quote can go to"
            help_text = suggestion(name, known) or "declare it under `channels:` with `adapter: webhook`"
            reading.findings.add("E405", fields.location("export"), message, help_text)
    return tuple(name for name in dict.fromkeys(names) if name in known)


def _currency(fields: Fields, reading: Reading) -> str:
    currency = fields.text("currency")
    if currency is not None and currency not in CURRENCIES:
        message = f"`currency` is an ISO 4217 code such as JPY, not `{currency}`"
        reading.findings.add("E107", fields.node.values["currency"].location, message)
    return currency if currency in CURRENCIES else reading.project.settings.currency


def _period(fields: Fields, reading: Reading) -> Period | None:
    node = fields.get("period")
    inner = read_fields(node, PERIOD, reading.findings) if node is not None else None
    if inner is None:
        return None
    days = (Kind.DATE,)
    start, end = (reading.value(inner.get(key), f"`{key}`", days) for key in ("from", "to"))
    anchor = reading.value(inner.get("anchor"), "`anchor`", days)
    per = inner.duration("per", ("mo", "y")) or YEAR
    if per.amount < 1:
        reading.findings.add("E107", inner.location("per"), "`per` is at least one month")
        return None
    return None if start is None or end is None else Period(start, end, anchor, per)


def _lines(fields: Fields, currency: str, has_quantity: bool, reading: Reading) -> dict[str, Line]:
    """The lines, each after those that it is a share of."""
    found: dict[str, Line] = {}
    declared = fields.entries("lines")

    def read(key: Scalar, node: Node) -> None:
        if check_own_name(key, "a line", reading.findings):
            line = read_line(key, node, currency, has_quantity, reading)
            if line is not None:
                found[key.text] = line

    if declared is None:
        return {}
    read_each(declared, read, reading.findings, "the line")
    if not declared.values:
        reading.findings.add("E106", fields.location("lines"), "the price book has no lines")
    return check_of(found, declared, reading.findings)


def _adjustments(fields: Fields, currency: str, reading: Reading) -> tuple[Adjustment, ...]:
    found: list[Adjustment] = []

    def read(key: Scalar, node: Node) -> None:
        one = read_fields(node, ADJUSTMENT, reading.findings)
        if one is not None and check_own_name(key, "an adjustment", reading.findings):
            adjustment = _adjustment(key, one, currency, reading)
            if adjustment is not None:
                found.append(adjustment)

    entries = fields.entries("adjust")
    if entries is not None:
        read_each(entries, read, reading.findings, "the adjustment")
    return tuple(found)


def _adjustment(key: Scalar, fields: Fields, currency: str, reading: Reading) -> Adjustment | None:
    percent = read_percent(fields.get("percent"), "`percent`", reading)
    amount = read_money(fields.get("amount"), "`amount`", currency, reading)
    reason = read_wording(fields.get("reason"), reading, "`reason`")
    label = read_wording(fields.get("label"), reading, "`label`") or plain_wording(key.text)
    condition = reading.condition(fields, "if")
    if ("percent" in fields) == ("amount" in fields):
        message = f"the adjustment `{key.text}` has `percent` or `amount`, one of them"
        reading.findings.add("E411", key.location, message, "write percent: -5% for a discount of 5 percent")
        return None
    if reason is None or (percent is None and amount is None):
        return None
    return Adjustment(key.text, label, percent, amount, reason, condition)


def _round_to(fields: Fields, currency: str, reading: Reading) -> Decimal | None:
    """The amount that the price before tax is a multiple of: a literal, for it is no matter of the record."""
    checked = read_money(fields.get("round"), "`round`", currency, reading)
    if checked is None:
        return None
    step = checked.tree.value if isinstance(checked.tree, Const) else None
    if isinstance(step, Money) and step.amount > 0:
        return step.amount
    message = f"`round` is a fixed amount above zero, such as 1 {currency}"
    reading.findings.add("E411", fields.node.values["round"].location, message)
    return None


def _approve(fields: Fields, currency: str, reading: Reading) -> Late | None:
    source = fields.expression("approve")
    totals = dict.fromkeys(TOTALS, Type(Kind.MONEY, currency=currency))
    return (
        None if source is None else check_late(source, reading.scope, totals, reading.findings, (Kind.BOOL,))
    )
