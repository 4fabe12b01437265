"""Lowering of dates and times: the rules, as ``dates`` computes them.

Durations are known when the SQL is built (``shift``); business days are looked up in the calendar's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlglot import exp

from . import sqltree as sql
from .dates import add_months, fiscal_start, from_ordinal
from .sqltree import Node, again, between, both, case, cast, integer, op, when
from .sqlvalue import Rule, Setting, Sql, fresh
from .types import Duration, Kind

DAYS_BOUND = 3_652_059.0  # days in the years 1 to 9999
_UNIT_DAYS = {"d": 1, "w": 7}
_UNIT_MONTHS = {"mo": 1, "y": 12}
_UNIT_MINUTES = {"min": 1, "h": 60}


def _day(value: date) -> Node:
    return sql.literal(value, Kind.DATE)


def _days(setting: Setting, later: Node, earlier: Node) -> Sql:
    return Sql(setting.dialect.days_between(later, earlier), Kind.INT, bound=DAYS_BOUND)


def _plus_constant(setting: Setting, day: Node, number: int) -> Node:
    """A date a known number of days on; NULL outside the years 1 to 9999."""
    if number == 0:
        return day
    limit = from_ordinal((date.max if number > 0 else date.min).toordinal() - number)
    if limit is None:
        return sql.null(Kind.DATE)
    inside = op(exp.LTE if number > 0 else exp.GTE, again(day), _day(limit))
    return when(inside, setting.dialect.plus_days(day, integer(number)))


def _plus_days(sign: int) -> Rule:
    def lower(setting: Setting, args: Sequence[Sql]) -> Node:
        day, number = args
        if isinstance(number.constant, int):
            return _plus_constant(setting, day.node, sign * number.constant)
        first, last = _day(date.min), _day(date.max)
        between_days = setting.dialect.days_between
        if sign > 0:
            low, high = between_days(first, fresh(day)), between_days(last, fresh(day))
        else:
            low, high = between_days(fresh(day), last), between_days(fresh(day), first)
        signed = number.node if sign > 0 else exp.Neg(this=sql.wrap(number.node))
        return when(between(fresh(number), low, high), setting.dialect.plus_days(day.node, signed))

    return lower


def _plus_months(day: Node, number: int) -> Node:
    """A date a known number of months on, clamped; NULL outside the years 1 to 9999."""
    edge = date(9999, 12, 1) if number > 0 else date(1, 1, 1)
    limit = add_months(edge, -number)
    if limit is None:
        return sql.null(Kind.DATE)
    if number > 0:
        following = add_months(limit, 1)
        inside = op(exp.LT, again(day), _day(following)) if following else sql.is_present(again(day))
    else:
        inside = op(exp.GTE, again(day), _day(limit))
    return when(inside, cast(op(exp.Add, day, sql.interval(number, "MONTH")), Kind.DATE))


def shift(setting: Setting, day: Node, duration: Duration, sign: int) -> Node:
    """``dates.add_to_date`` (sign 1) or ``subtract_from_date`` (−1) for a known duration."""
    number = duration.amount * sign
    if duration.unit in _UNIT_DAYS:
        return _plus_constant(setting, day, number * _UNIT_DAYS[duration.unit])
    if duration.unit in _UNIT_MONTHS:
        return _plus_months(day, number * _UNIT_MONTHS[duration.unit]) if number else day
    if duration.unit == "bd":
        count = Sql(integer(number), Kind.INT, constant=number)
        return _add_business_days(setting, (Sql(day, Kind.DATE), count))
    return sql.null(Kind.DATE)


def shift_moment(setting: Setting, moment: Node, duration: Duration, sign: int) -> Node:
    """``dates.add_to_moment`` (sign 1) or ``subtract_from_moment`` (−1) for a known duration."""
    number = duration.amount * sign
    units = {**_UNIT_MINUTES, **{unit: days * 24 * 60 for unit, days in _UNIT_DAYS.items()}}
    if duration.unit in units:
        return _plus_minutes(moment, number * units[duration.unit])
    local = setting.dialect.local_date(again(moment), setting.settings.timezone)
    shifted = shift(setting, again(local), duration, sign)
    return setting.dialect.plus_whole_days(moment, setting.dialect.days_between(shifted, local))


def _plus_minutes(moment: Node, minutes: int) -> Node:
    try:
        edge = (datetime.max if minutes > 0 else datetime.min) - timedelta(minutes=minutes)
    except OverflowError:
        return sql.null(Kind.DATETIME)
    inside = op(exp.LTE if minutes > 0 else exp.GTE, again(moment), sql.literal(edge, Kind.DATETIME))
    return when(inside, op(exp.Add, moment, sql.interval(minutes, "MINUTE"))) if minutes else moment


def _add_business_days(setting: Setting, args: Sequence[Sql]) -> Node:
    day, number = args
    row = setting.lookups.calendar_day(fresh(day))
    count, opening = sql.column("business_days", row), sql.column("opening", row)
    if number.constant == 0:
        return day.node
    if isinstance(number.constant, int):
        if abs(number.constant) > DAYS_BOUND:
            return sql.null(Kind.DATE)
        target = op(exp.Add, count, integer(number.constant))
        back = number.constant < 0
        if back:
            target = op(exp.Add, target, _one_if(sql.is_null(opening)))
        return sql.column("day", setting.lookups.business_day(target))
    passed = setting.dialect.integer_op(exp.Add, count, fresh(number))
    before = both(op(exp.LT, fresh(number), integer(0)), sql.is_null(opening))
    target = op(exp.Add, passed, _one_if(before))
    found = sql.column("day", setting.lookups.business_day(target))
    return case((op(exp.EQ, number.node, integer(0)), day.node), otherwise=found)


def _one_if(condition: Node) -> Node:
    return case((condition, integer(1)), otherwise=integer(0))


def _business_days_until(setting: Setting, args: Sequence[Sql]) -> Sql:
    today = setting.business_days_today()
    if today is None:
        return Sql(sql.null(Kind.INT), Kind.INT)
    row = setting.lookups.calendar_day(args[0].node)
    count = op(exp.Sub, sql.column("business_days", row), integer(today))
    return Sql(count, Kind.INT, bound=DAYS_BOUND)


def _part(name: str) -> Callable[[Node], Node]:
    return lambda day: cast(sql.extract(name, day), Kind.INT)


_year, _month, _day_of_month = _part("YEAR"), _part("MONTH"), _part("DAY")


def _part_rule(name: str) -> Rule:
    return lambda setting, args: Sql(_part(name)(args[0].node), Kind.INT, bound=9999)


def _months_until(setting: Setting, args: Sequence[Sql]) -> Sql:
    day, today = args[0], setting.today
    years = op(exp.Mul, op(exp.Sub, _year(fresh(day)), integer(today.year)), integer(12))
    months = op(exp.Add, years, op(exp.Sub, _month(fresh(day)), integer(today.month)))
    tomorrow = setting.dialect.plus_days(fresh(day), integer(1))
    earlier = both(
        op(exp.LT, _day_of_month(fresh(day)), integer(today.day)),
        op(exp.EQ, _month(tomorrow), _month(fresh(day))),
    )
    return Sql(op(exp.Sub, months, _one_if(earlier)), Kind.INT, bound=9999 * 12)


def _weekday(setting: Setting, args: Sequence[Sql]) -> Sql:
    since_monday = op(exp.Mod, setting.dialect.days_between(args[0].node, _day(date(1970, 1, 5))), integer(7))
    positive = op(exp.Mod, op(exp.Add, since_monday, integer(7)), integer(7))
    return Sql(op(exp.Add, positive, integer(1)), Kind.INT, bound=7)


def _fiscal_year_end(setting: Setting, args: Sequence[Sql]) -> Node:
    day = args[0]
    month, first = fiscal_start(setting.settings)
    if (month, first) == (1, 1):
        return setting.dialect.make_date(_year(fresh(day)), integer(12), integer(31))
    number = op(exp.Add, op(exp.Mul, _month(fresh(day)), integer(100)), _day_of_month(fresh(day)))
    begun = _one_if(op(exp.GTE, number, integer(month * 100 + first)))
    start = setting.dialect.make_date(op(exp.Add, _year(fresh(day)), begun), integer(month), integer(first))
    return setting.dialect.plus_days(start, integer(-1))


def _fiscal_quarter(setting: Setting, args: Sequence[Sql]) -> Sql:
    day = args[0]
    month, first = fiscal_start(setting.settings)
    passed = op(exp.Add, _month(fresh(day)), integer(12 - month))
    if first > 1:
        passed = op(exp.Sub, passed, _one_if(op(exp.LT, _day_of_month(fresh(day)), integer(first))))
    quarter = exp.IntDiv(this=sql.wrap(op(exp.Mod, passed, integer(12))), expression=integer(3))
    return Sql(op(exp.Add, cast(quarter, Kind.INT), integer(1)), Kind.INT, bound=4)


def _same_cycle_date(setting: Setting, args: Sequence[Sql]) -> Node:
    touch, cycle, tolerance = args
    earlier = setting.dialect.iso_date(fresh(touch))
    apart = exp.Abs(this=setting.dialect.days_between(fresh(cycle), earlier))
    near = sql.coalesce(op(exp.LTE, apart, fresh(tolerance)), sql.boolean(False))
    return when(both(*(sql.is_present(arg.node) for arg in args)), near)


def _same_cycle_text(setting: Setting, args: Sequence[Sql]) -> Node:
    touch, cycle, tolerance = args
    return when(sql.is_present(tolerance.node), op(exp.EQ, touch.node, cycle.node))


DATE_RULES: Mapping[str, Rule] = {
    "+:date_int": _plus_days(1),
    "-:date_int": _plus_days(-1),
    "-:date": lambda s, a: _days(s, a[0].node, a[1].node),
    "days_until": lambda s, a: _days(s, a[0].node, _day(s.today)),
    "days_since": lambda s, a: _days(s, _day(s.today), a[0].node),
    "months_until": _months_until,
    "business_days_until": _business_days_until,
    "add_business_days": _add_business_days,
    "date": lambda s, a: s.dialect.make_date(*(arg.node for arg in a)),
    "fiscal_year_end": _fiscal_year_end,
    "fiscal_quarter": _fiscal_quarter,
    "year": _part_rule("YEAR"),
    "month": _part_rule("MONTH"),
    "quarter": _part_rule("QUARTER"),
    "weekday": _weekday,
    "same_cycle:date": _same_cycle_date,
    "same_cycle:text": _same_cycle_text,
}
