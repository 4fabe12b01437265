"""The cost of the language itself: 50 conditions over 1,000,000 contracts in DuckDB, form by form.

    python bench/evaluate_core.py [CONTRACTS]

Compares the compiler's select, kept as a table and read back play by play, with the best hand-written SQL:
the same conditions written by a person, as one projection of booleans. Each line: processor seconds of all
threads (best of three; they do not depend on what else the machine does) and the ratio to the first form.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

import duckdb

from playcall.dsl.checker import CONDITION, check
from playcall.dsl.compiler import CompileWorld, compile_select
from playcall.dsl.diagnostics import Diagnostic
from playcall.dsl.scope import Scope
from playcall.dsl.source import SourceText
from playcall.dsl.typed import Typed
from playcall.dsl.types import EntityType, FieldType, Kind, Schema, ToOne, Type

NOW = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
PLAYS = 50


def _fields(**types: Type) -> dict[str, FieldType]:
    return {name: FieldType(name, type_) for name, type_ in types.items()}


_TEXT, _DATE, _INT = Type(Kind.TEXT), Type(Kind.DATE), Type(Kind.INT)
_STATUS = Type(Kind.ENUM, values=("active", "cancelled", "lapsed", "renewed"))
SCHEMA = Schema(
    {
        "account": EntityType(
            "account",
            ("account_id",),
            _fields(
                account_id=_TEXT,
                segment=Type(Kind.ENUM, values=("enterprise", "mid", "smb")),
                nps=_INT.optional(),
            ),
        ),
        "contract": EntityType(
            "contract",
            ("contract_id",),
            _fields(
                contract_id=_TEXT,
                account_id=_TEXT,
                product=_TEXT,
                status=_STATUS,
                renewal_date=_DATE,
                auto_renew=Type(Kind.BOOL),
                notice_days=_INT.optional(),
                quantity=_INT,
                devices=_INT.optional(),
                arr=Type(Kind.MONEY, currency="JPY"),
            ),
            {"account": ToOne("account", "account", ("account_id",))},
        ),
    }
)


def plays() -> list[tuple[str, str]]:
    """Each play's condition in the language, and as a person would write it in SQL."""
    found, day = [], f"DATE '{TODAY}'"
    for i in range(PLAYS):
        days, count = 5 * i, 10 + i
        match i % 5:
            case 0:
                text = f'status == "active" and not auto_renew and days_until(renewal_date) == {days}'
                hand = f"status = 'active' and not auto_renew and renewal_date - {day} = {days}"
            case 1:
                both = f"{days}, {days + 90}"
                text = f"days_until(renewal_date) - notice_days in [{both}] and quantity > {count}"
                hand = f"renewal_date - {day} - notice_days in ({both}) and quantity > {count}"
            case 2:
                text = f'account.segment == "enterprise" and default(devices, 0) > quantity * 1.{count}'
                hand = f"segment = 'enterprise' and coalesce(devices, 0) > quantity * 1.{count}::DOUBLE"
            case 3:
                text = f'arr >= {count}00000 JPY and account.nps < {i % 10} and status != "cancelled"'
                hand = f"arr >= {count}00000 and nps < {i % 10} and status <> 'cancelled'"
            case _:
                text = f'product in ["mdm", "connect"] and renewal_date < today + {count}d and auto_renew'
                hand = f"product in ('mdm', 'connect') and renewal_date < {day} + {count} and auto_renew"
        found.append((text, hand))
    return found


def typed(text: str) -> Typed:
    """A condition through parser and checker."""
    findings: list[Diagnostic] = []
    checked = check(SourceText.of(text), Scope(SCHEMA, "contract"), findings, CONDITION)
    if checked is None:
        raise SystemExit(f"{text}: {findings}")
    return checked.tree


def fill(connection: duckdb.DuckDBPyConnection, contracts: int) -> None:
    """Deterministic contracts and accounts."""
    connection.execute(
        """
        create table account as select 'A' || i as _key, 'A' || i as account_id,
          ['enterprise', 'mid', 'smb'][1 + (hash(i, 1) % 3)::int] as segment,
          case when hash(i, 2) % 4 > 0 then hash(i, 3) % 11 end::bigint as nps
        from range(?) t(i)
        """,
        [contracts * 3 // 10],
    )
    connection.execute(
        """
        create table contract as select 'C' || i as _key, 'C' || i as contract_id,
          'A' || (hash(i, 1) % ?) as account_id,
          ['mdm', 'connect', 'vault', 'edge'][1 + (hash(i, 2) % 4)::int] as product,
          ['active', 'cancelled', 'lapsed', 'renewed'][1 + (hash(i, 3) % 4)::int] as status,
          date '2026-01-01' + (hash(i, 4) % 730)::int as renewal_date,
          hash(i, 5) % 2 = 0 as auto_renew,
          case when hash(i, 6) % 3 > 0 then 30 * (hash(i, 7) % 4) end::bigint as notice_days,
          (hash(i, 8) % 500)::bigint as quantity,
          case when hash(i, 9) % 3 > 0 then hash(i, 10) % 600 end::bigint as devices,
          (hash(i, 11) % 10000000)::decimal(38, 6) as arr
        from range(?) t(i)
        """,
        [contracts * 3 // 10, contracts],
    )


def hand_written() -> str:
    columns = ", ".join(f"({hand}) as p{i}" for i, (_, hand) in enumerate(plays()))
    return f"select c._key, {columns} from contract c left join account a on c.account_id = a.account_id"


def compiled() -> str:
    outputs = {f"p{i}": typed(text) for i, (text, _) in enumerate(plays())}
    world = CompileWorld(SCHEMA, Scope(SCHEMA, "contract").settings, {}, NOW)
    return compile_select("contract", outputs, world).sql(dialect="duckdb", copy=False)


def unpivot_of(table: str) -> str:
    """(record, play) for every true condition, from a table of booleans."""
    names = ", ".join(f"p{i}" for i in range(PLAYS))
    some = " or ".join(f"p{i}" for i in range(PLAYS))
    rows = f"unpivot (select * from {table} where {some}) on {names} into name play value is_true"
    return f"select _key, play from ({rows}) where is_true"


def union_of(table: str) -> str:
    """The same, as one scan of two columns for each condition."""
    return " union all ".join(f"select _key, 'p{i}' as play from {table} where p{i}" for i in range(PLAYS))


def best_of(times: int, run: Callable[[], object]) -> float:
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    contracts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    connection = duckdb.connect()
    fill(connection, contracts)
    trees = best_of(3, lambda: [typed(text) for text, _ in plays()])
    generate = best_of(3, compiled)
    print(f"parse and check {trees * 1000:.0f} ms; that, compile and write {generate * 1000:.0f} ms")
    ours, theirs = compiled(), hand_written()
    names = [f"p{i}" for i in range(PLAYS)]
    counts = ", ".join(f"count(*) filter (where {name})" for name in names)
    same = [connection.execute(f"select {counts} from ({q})").fetchone() for q in (ours, theirs)]
    print("same answers:", same[0] == same[1])
    any_true = " or ".join(names)

    def table(query: str, then: str) -> Callable[[], object]:
        def run() -> object:
            connection.execute(f"create or replace temp table e as {query}")
            return connection.execute(f"create or replace temp table due as {then}")

        return run

    forms: dict[str, Callable[[], object]] = {
        "hand-written, one projection, counted": lambda: connection.execute(
            f"select {counts} from ({theirs})"
        ).fetchall(),
        "compiled, one projection, counted": lambda: connection.execute(
            f"select {counts} from ({ours})"
        ).fetchall(),
        "hand-written, kept, rows": table(theirs, union_of("e")),
        "compiled, kept, union of plays": table(ours, union_of("e")),
        "compiled, kept, unpivot": table(ours, unpivot_of("e")),
        "compiled, kept (any), union of plays": table(
            f"with e as materialized ({ours}) select * from e where {any_true}", union_of("e")
        ),
        "compiled, materialized cte, unpivot": lambda: connection.execute(
            f"create or replace temp table due as with e as materialized ({ours}) {unpivot_of('e')}"
        ),
        "compiled, subquery filtered (twice)": table(
            f"select * from ({ours}) where {any_true}", union_of("e")
        ),
    }
    base = 0.0
    for name, run in forms.items():
        seconds = best_of(3, run)
        base = base or seconds
        print(
            f"{name:40} {seconds:7.3f} s  {seconds / base:5.2f}  {PLAYS * contracts / seconds / 1e6:6.0f} M/s"
        )


if __name__ == "__main__":
    main()
