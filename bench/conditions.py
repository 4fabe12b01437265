"""The 50 conditions of the benchmarks, each in the notation of every contestant.

A condition is a conjunction of small parts; a part knows how playcall, SQL, Polars, zen-engine,
rule-engine and c7n write it. The two small engines and c7n see flat records, in which the account,
its tickets and the days to a date are there already (`account_segment`, `days_to_renewal`, `over`):
they have no relations, and c7n has no arithmetic. That work is done before their clock starts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

GRACE = 3  # days that a moment stays due: playcall's default


class Part(Protocol):
    """A part of a condition."""

    def playcall(self) -> str: ...
    def sql(self) -> str: ...
    def polars(self) -> pl.Expr: ...
    def zen(self) -> str: ...
    def rule(self) -> str: ...
    def c7n(self) -> dict[str, Any]: ...


def flat(name: str) -> str:
    """The name of a field in a flat record."""
    return name.replace(".", "_")


def column(name: str) -> str:
    """The name of a field in the hand-written SQL: c, a and t are contract, account and open tickets."""
    if name == "account.open_tickets":
        return "coalesce(t.open_tickets, 0)"
    return name.replace("account.", "a.") if "." in name else f"c.{name}"


def quoted(value: object) -> str:
    """A literal in SQL."""
    return f"'{value}'" if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class Compare:
    """A field beside a fixed value; false or unknown where the field is missing."""

    name: str
    op: str
    value: str | int
    unit: str = ""  # of money

    def playcall(self) -> str:
        return f"{self.name} {self.op} {json.dumps(self.value)}{self.unit}"

    def sql(self) -> str:
        return f"{column(self.name)} {self.op} {quoted(self.value)}"

    def polars(self) -> pl.Expr:
        import operator

        import polars as pl

        ops = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, ">=": operator.ge}
        found: pl.Expr = ops[self.op](pl.col(flat(self.name)), self.value)
        return found

    def zen(self) -> str:
        return self.rule()

    def rule(self) -> str:
        test = f"{flat(self.name)} {self.op} {json.dumps(self.value)}"
        return test if isinstance(self.value, str) else f"({flat(self.name)} != null and {test})"

    def c7n(self) -> dict[str, Any]:
        ops = {"==": "eq", "!=": "ne", "<": "lt", ">": "gt", ">=": "ge"}
        return {"type": "value", "key": flat(self.name), "op": ops[self.op], "value": self.value}


@dataclass(frozen=True)
class OneOf:
    """A field is one of several texts."""

    name: str
    values: tuple[str, ...]

    def playcall(self) -> str:
        return f"{self.name} in {json.dumps(self.values)}"

    def sql(self) -> str:
        return f"{column(self.name)} IN ({', '.join(map(quoted, self.values))})"

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.col(flat(self.name)).is_in(self.values)

    def zen(self) -> str:
        return self.rule()

    def rule(self) -> str:
        return f"{flat(self.name)} in {json.dumps(self.values)}"

    def c7n(self) -> dict[str, Any]:
        return {"type": "value", "key": flat(self.name), "op": "in", "value": list(self.values)}


@dataclass(frozen=True)
class Flag:
    """A boolean field is true, or false."""

    name: str
    value: bool

    def playcall(self) -> str:
        return self.name if self.value else f"not {self.name}"

    def sql(self) -> str:
        return column(self.name) if self.value else f"NOT {column(self.name)}"

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.col(self.name) if self.value else ~pl.col(self.name)

    def zen(self) -> str:
        return self.playcall()

    def rule(self) -> str:
        return self.playcall()

    def c7n(self) -> dict[str, Any]:
        return {"type": "value", "key": self.name, "value": self.value}


@dataclass(frozen=True)
class Has:
    """A text contains another."""

    name: str
    text: str

    def playcall(self) -> str:
        return f"{self.name} contains {json.dumps(self.text)}"

    def sql(self) -> str:
        return f"contains({column(self.name)}, {quoted(self.text)})"

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.col(self.name).str.contains(self.text, literal=True)

    def zen(self) -> str:
        return f"contains({self.name}, {json.dumps(self.text)})"

    def rule(self) -> str:
        return f"{json.dumps(self.text)} in {self.name}"

    def c7n(self) -> dict[str, Any]:
        return {"type": "value", "key": self.name, "op": "contains", "value": self.text}


@dataclass(frozen=True)
class Unanswered:
    """A field is missing."""

    name: str

    def playcall(self) -> str:
        return f"{self.name} is missing"

    def sql(self) -> str:
        return f"{column(self.name)} IS NULL"

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.col(self.name).is_null()

    def zen(self) -> str:
        return self.rule()

    def rule(self) -> str:
        return f"{self.name} == null"

    def c7n(self) -> dict[str, Any]:
        return {"type": "value", "key": self.name, "value": "absent"}


@dataclass(frozen=True)
class Over:
    """More devices than seats, by more than some; no count of devices is none."""

    seats: int

    def playcall(self) -> str:
        return f"default(devices, 0) - quantity > {self.seats}"

    def sql(self) -> str:
        return f"coalesce(c.devices, 0) - c.quantity > {self.seats}"

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.col("devices").fill_null(0) - pl.col("quantity") > self.seats

    def zen(self) -> str:
        return f"(devices ?? 0) - quantity > {self.seats}"

    def rule(self) -> str:
        return f"(devices == null ? 0 : devices) - quantity > {self.seats}"

    def c7n(self) -> dict[str, Any]:
        return {"type": "value", "key": "over", "op": "gt", "value": self.seats}


@dataclass(frozen=True)
class Days:
    """The days until a date (its notice date: less the notice days) are in one of some ranges."""

    countdown: str
    ranges: tuple[tuple[int, int], ...]

    def playcall(self) -> str:
        parts = (f"{self.countdown} between {first} and {last}" for first, last in self.ranges)
        return " or ".join(parts)

    def sql(self) -> str:
        if self.countdown == "days_to_notice":
            days = "c.renewal_date - $today - c.notice_days"
            return _either(f"{days} BETWEEN {first} AND {last}" for first, last in self.ranges)
        day = "c.renewal_date BETWEEN $today"
        return _either(f"{day} + {first} AND $today + {last}" for first, last in self.ranges)

    def polars(self) -> pl.Expr:
        import polars as pl

        found = pl.lit(False)
        for first, last in self.ranges:
            found |= pl.col(self.countdown).is_between(first, last)
        return found

    def zen(self) -> str:
        ranges = _either(f"{self.countdown} in [{first}..{last}]" for first, last in self.ranges)
        return f"({self.countdown} != null and {ranges})"

    def rule(self) -> str:
        ranges = _either(
            f"({self.countdown} >= {first} and {self.countdown} <= {last})" for first, last in self.ranges
        )
        return f"({self.countdown} != null and {ranges})"

    def c7n(self) -> dict[str, Any]:
        found = [
            {"type": "value", "key": self.countdown, "op": "in", "value": list(range(first, last + 1))}
            for first, last in self.ranges
        ]
        return found[0] if len(found) == 1 else {"or": found}


def _either(parts: Any) -> str:
    found = list(parts)
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Part, ...]

    def playcall(self) -> str:
        return " and ".join(part.playcall() for part in self.parts)

    def sql(self) -> str:
        return " AND ".join(part.sql() for part in self.parts)

    def polars(self) -> pl.Expr:
        import polars as pl

        return pl.all_horizontal(part.polars() for part in self.parts)

    def zen(self) -> str:
        return " and ".join(part.zen() for part in self.parts)

    def rule(self) -> str:
        return " and ".join(part.rule() for part in self.parts)

    def c7n(self) -> dict[str, Any]:
        return {"and": [part.c7n() for part in self.parts]}


def both(*parts: Part) -> All:
    return All(parts)


@dataclass(frozen=True)
class Trigger(Days):
    """A moment: due on the day on which the countdown is N, and for its grace after that."""

    targets: tuple[int, ...] = ()

    def playcall(self) -> str:
        single = len(self.targets) == 1
        return f"{self.countdown} {f'== {self.targets[0]}' if single else f'in {list(self.targets)}'}"


def moment(countdown: str, *targets: int) -> Trigger:
    return Trigger(countdown, tuple((target - GRACE, target) for target in targets), targets)


@dataclass(frozen=True)
class Play:
    """One play: what all plays of its playbook ask of a record, and its own trigger."""

    group: str
    name: str
    trigger: Part

    @property
    def condition(self) -> All:
        """What makes it due."""
        return both(*GROUPS[self.group].parts, self.trigger)


PRODUCTS = {
    "fleet": ("mdm", "connect"),
    "network": ("edge", "core"),
    "storage": ("vault", "flow"),
    "office": ("desk", "print"),
    "paper": ("sign", "scan"),
}
GROUPS = {
    name: both(Compare("status", "==", "active"), OneOf("product", products))
    for name, products in PRODUCTS.items()
}


def plays(behind: int) -> list[Play]:
    """Ten plays for each of five groups of products."""
    return [
        Play(group, name, trigger)
        for number, group in enumerate(GROUPS)
        for name, trigger in _plays(number, behind).items()
    ]


def _plays(n: int, behind: int) -> dict[str, Part]:
    return {
        "ask": moment("days_to_renewal", 140 + 5 * n),
        "inform": moment("days_to_renewal", 110 + n),
        "notice": moment("days_to_notice", 30 + 5 * n),
        "statement": moment("days_to_renewal", 90 - n, 45, 7),
        "growth": both(Over(430 + 10 * n), Compare("arr", ">=", 8_000_000 + 1_000_000 * n, " JPY")),
        "trouble": both(
            Compare("account.open_tickets", ">", 6), Compare("account.segment", "==", "enterprise")
        ),
        "detractor": both(
            Compare("account.nps", "<", 1),
            OneOf("account.region", ("east", "west")),
            Compare("quantity", ">", 480),
        ),
        "outdated": Compare("installed_release", "<", behind),
        "legacy": both(
            Has("edition", "legacy"), Flag("auto_renew", False), Compare("arr", ">=", 19_600_000, " JPY")
        ),
        "silent": both(
            Unanswered("intent"), Days("days_to_renewal", ((0, 1 + n),)), Flag("auto_renew", True)
        ),
    }
