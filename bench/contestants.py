"""What the evaluation benchmark compares: each contestant from a snapshot's files to what is due.

A contestant is prepared once (its rules compiled, its records at hand where it cannot read files)
and then run several times. Every run gives the due pairs (play, contract), so that the answers can
be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conditions import Play, plays
from data import AS_OF, TODAY

if TYPE_CHECKING:
    import polars as pl

BEHIND = 1
Pairs = list[tuple[str, str]]
Run = Callable[[], Pairs]


@dataclass(frozen=True)
class Field:
    """The snapshot under test: its files by entity, its project, and the records the small engines get."""

    root: Path
    sample: int

    @cached_property
    def files(self) -> Mapping[str, Path]:
        from playcall.engine.facts.snapshot import SnapshotStore

        snapshot = SnapshotStore(self.root / "snapshots").latest()
        assert snapshot is not None
        return {name: entity.path for name, entity in snapshot.entities.items()}


def play_name(play: Play) -> str:
    return f"{play.group}.{play.name}"


def playcall(field: Field) -> Run:
    """The engine as `run` calls it: nothing opened, no SQL made ahead. Its playbooks are loaded and checked,
    which `startup` measures."""
    from playcall.engine.evaluate import tables
    from playcall.engine.evaluate.context import Context
    from playcall.engine.evaluate.evaluation import evaluate
    from playcall.engine.evaluate.model import History
    from playcall.engine.facts.snapshot import SnapshotStore
    from playcall.engine.facts.store import open_facts
    from playcall.engine.garbage import uncollected
    from playcall.engine.service.facts import FactBase
    from playcall.engine.service.moments import moment_of
    from playcall.engine.service.workspace import Workspace

    workspace = Workspace.open(field.root, None, {})
    moment = moment_of(AS_OF, workspace.clock.now(), "Asia/Tokyo", workspace.playbooks)
    snapshot = SnapshotStore(workspace.project.snapshots).latest()
    assert snapshot is not None

    def run() -> Pairs:
        with open_facts(snapshot, workspace.catalog) as store:
            base = FactBase(workspace, snapshot, store)
            base.fill_calendar(moment.today)
            store.fill(tables.OCCURRENCE, tables.OCCURRENCE_COLUMNS, [])
            store.fill(tables.EPISODE, tables.EPISODE_COLUMNS, [])
            history = History({}, frozenset(), {})
            context = Context(
                catalog=workspace.catalog,
                world=base.world(moment),
                moment=moment,
                history=history,
                compile_world=base.compile_world(moment),
                store=store,
            )
            with uncollected():  # as in a run
                due = evaluate(context, workspace.playbooks).due
                return [(f"{one.playbook}.{one.play}", one.record) for one in due]

    return run


def _sql(field: Field, sample: int | None = None) -> tuple[str, list[str]]:
    """The hand-written FROM clause and the 50 conditions."""
    files = field.files
    limit = f" ORDER BY _key LIMIT {sample}" if sample else ""
    source = (
        f"(SELECT * FROM '{files['contract']}'{limit}) c LEFT JOIN '{files['account']}' a USING (account_id) "
        f"LEFT JOIN (SELECT account_id, count(*) AS open_tickets FROM '{files['ticket']}' "
        "WHERE status = 'open' GROUP BY 1) t USING (account_id)"
    )
    today = f"DATE '{TODAY}'"
    return source, [play.condition.sql().replace("$today", today) for play in plays(BEHIND)]


def duckdb_projection(field: Field, sample: int | None = None) -> Run:
    """One projection of 50 booleans kept as a table, and each play's keys from it."""
    source, conditions = _sql(field, sample)
    columns = ", ".join(f"{condition} AS p{i}" for i, condition in enumerate(conditions))
    names = [play_name(play) for play in plays(BEHIND)]
    reads = " UNION ALL ".join(f"SELECT {i}, _key FROM e WHERE p{i}" for i in range(len(conditions)))
    return _duckdb(f"SELECT c._key, {columns} FROM {source}", reads, names)


def duckdb_list(field: Field) -> Run:
    """One list of the plays that are due a contract, those of length 0 dropped, then unnested."""
    source, conditions = _sql(field)
    items = ", ".join(f"CASE WHEN {condition} THEN {i} END" for i, condition in enumerate(conditions))
    names = [play_name(play) for play in plays(BEHIND)]
    return _duckdb(
        f"SELECT c._key, list_filter([{items}], lambda x: x IS NOT NULL) AS due FROM {source}",
        "SELECT unnest(due), _key FROM e WHERE len(due) > 0",
        names,
    )


def duckdb_bits(field: Field) -> Run:
    """All conditions as the bits of one number, and each play's keys from the numbers that are not 0."""
    source, conditions = _sql(field)
    bits = " + ".join(
        f"CASE WHEN {condition} THEN {1 << i} ELSE 0 END" for i, condition in enumerate(conditions)
    )
    names = [play_name(play) for play in plays(BEHIND)]
    reads = f"SELECT i, _key FROM e, range({len(names)}) t(i) WHERE bits & (1::BIGINT << i::INT) <> 0"
    return _duckdb(
        f"WITH w AS MATERIALIZED (SELECT c._key, ({bits})::BIGINT AS bits FROM {source}) "
        "SELECT * FROM w WHERE bits <> 0",
        reads,
        names,
    )


def _duckdb(kept: str, reads: str, names: Sequence[str]) -> Run:
    import duckdb

    def run() -> Pairs:
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TEMP TABLE e AS {kept}")
            return [(names[i], key) for i, key in connection.execute(reads).fetchall()]

    return run


def duckdb_queries(field: Field) -> Run:
    """A query a play, over the joined tables kept in memory."""
    import duckdb

    source, conditions = _sql(field)
    names = [play_name(play) for play in plays(BEHIND)]

    def run() -> Pairs:
        with duckdb.connect() as connection:
            return [
                (name, key)
                for name, condition in zip(names, conditions, strict=True)
                for (key,) in connection.execute(f"SELECT c._key FROM {source} WHERE {condition}").fetchall()
            ]

    return run


def _frames(field: Field) -> pl.LazyFrame:
    import polars as pl

    contract, account, ticket = (
        pl.scan_parquet(field.files[name]) for name in ("contract", "account", "ticket")
    )
    opened = (
        ticket.filter(pl.col("status") == "open")
        .group_by("account_id")
        .agg(pl.len().alias("account_open_tickets"))
    )
    accounts = account.join(opened, on="account_id", how="left").select(
        "account_id",
        pl.col("segment").alias("account_segment"),
        pl.col("region").alias("account_region"),
        pl.col("nps").alias("account_nps"),
        pl.col("account_open_tickets").fill_null(0),
    )
    days = (pl.col("renewal_date") - TODAY).dt.total_days()
    return contract.join(accounts, on="account_id", how="left").with_columns(
        days_to_renewal=days,
        days_to_notice=days - pl.col("notice_days"),
        over=pl.col("devices").fill_null(0) - pl.col("quantity"),
    )


def _polars(frame: pl.LazyFrame | pl.DataFrame) -> Pairs:
    import polars as pl

    named = {play_name(play): play.condition.polars() for play in plays(BEHIND)}
    judged = frame.lazy().select("_key", **named).collect()
    found: Pairs = []
    for name in named:
        keys = judged.lazy().filter(pl.col(name)).select("_key").collect()
        found += ((name, key) for key in keys["_key"].to_list())
    return found


def polars_files(field: Field) -> Run:
    """Lazy frames from the files: joined, judged in one select, each play's keys filtered from it."""
    return lambda: _polars(_frames(field))


def polars_memory(field: Field) -> Run:
    """The same over the joined frame, in memory before the clock starts."""
    frame = _frames(field).collect()
    return lambda: _polars(frame)


def records(field: Field) -> list[dict[str, Any]]:
    """The first contracts by key as flat records, with all that the small engines cannot work out."""
    frame = _frames(field).sort("_key").head(field.sample).collect()
    rows = frame.with_columns(arr=frame["arr"].cast(float)).drop("term_start", "renewal_date").to_dicts()
    return list(rows)


def zen(field: Field) -> Run:
    """One compiled expression that gives the list of all 50 answers: quicker than 50 expressions."""
    import zen as engine

    found, rules = records(field), plays(BEHIND)
    judge = engine.compile_expression(f"[{', '.join(play.condition.zen() for play in rules)}]")
    return lambda: list(_answered(found, rules, lambda record: judge.evaluate(record)))


def zen_each(field: Field) -> Run:
    """A compiled expression a play."""
    import zen as engine

    found, rules = records(field), plays(BEHIND)
    judges = [engine.compile_expression(play.condition.zen()).evaluate for play in rules]
    return lambda: list(_answered(found, rules, lambda record: [judge(record) for judge in judges]))


def rule_engine(field: Field) -> Run:
    """A compiled rule a play."""
    import rule_engine as engine

    found, rules = records(field), plays(BEHIND)
    judges = [engine.Rule(play.condition.rule()).matches for play in rules]
    return lambda: list(_answered(found, rules, lambda record: [judge(record) for judge in judges]))


def c7n(field: Field) -> Run:
    """c7n's value filters, combined as its policies combine them: the innermost loop of its own engine."""
    from c7n.filters.core import ValueFilter

    found, rules = records(field), plays(BEHIND)

    def judge(spec: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
        if "and" in spec or "or" in spec:
            combine = all if "and" in spec else any
            parts = [judge(part) for part in spec.get("and") or spec["or"]]
            return lambda record: combine(part(record) for part in parts)
        filtered: Callable[[Mapping[str, Any]], bool] = ValueFilter(dict(spec)).match
        return filtered

    judges = [judge(play.condition.c7n()) for play in rules]
    return lambda: list(_answered(found, rules, lambda record: [one(record) for one in judges]))


def _answered(
    found: Iterable[dict[str, Any]], rules: Sequence[Play], judge: Callable[[Any], Sequence[Any]]
) -> Iterator[tuple[str, str]]:
    names = [play_name(play) for play in rules]
    for record in found:
        for name, answer in zip(names, judge(record), strict=True):
            if answer:
                yield name, record["_key"]
