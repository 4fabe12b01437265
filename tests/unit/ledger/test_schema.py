"""A new ledger gets its tables at once; an old one comes to the same tables by its migrations.
PLAYCALL_WRITE_GOLDEN=1 writes the statements for new ones anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text

from playcall.engine.ledger import migrations, schema, tables
from playcall.engine.ledger.database import open_ledger, upgrade
from playcall.engine.ledger.errors import LedgerError

ROOT = Path(__file__).parents[3]
# All that a database says of its tables, but the order of columns: a migration adds them at the end.
SQLITE = {
    "tables": "select name, wr, strict from pragma_table_list",
    "options": """
        select name, sql like '%autoincrement%', sql like '%check%' from sqlite_master
        where type = 'table'""",
    "columns": """
        select t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
        from pragma_table_list t, pragma_table_xinfo(t.name) c where t.name not like 'sqlite_%'""",
    "foreign keys": """
        select t.name, f."table", f."from", f."to", f.on_update, f.on_delete, f.match
        from pragma_table_list t, pragma_foreign_key_list(t.name) f""",
    "indexes": """
        select t.name, i.name, i."unique", i.origin, i.partial,
            (select group_concat(name) from pragma_index_xinfo(i.name) where key)
        from pragma_table_list t, pragma_index_list(t.name) i""",
    "written": "select name, type, lower(sql) from sqlite_master where type <> 'table'",
    "revision": f"select version_num from {schema.VERSION_TABLE}",
}
POSTGRESQL = {
    "columns": """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            pg_get_expr(d.adbin, d.adrelid)
        from pg_class c join pg_attribute a on a.attrelid = c.oid
            left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
            and not a.attisdropped""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        from pg_constraint where connamespace = 'public'::regnamespace""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    "sequences": """
        select sequencename, data_type::text, start_value, increment_by from pg_sequences
        where schemaname = 'public'""",
    "others": """
        select relname, relkind::text from pg_class where relnamespace = 'public'::regnamespace""",
    "triggers": "select tgname from pg_trigger where not tgisinternal",
    "revision": f"select version_num from {schema.VERSION_TABLE}",
}


def described(connection: Connection) -> dict[str, Any]:
    """What the database has, a sorted list for each kind of thing."""
    questions = SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL
    questions = questions | {f"rows of {table}": f"select * from {table}" for table in tables.metadata.tables}
    return {
        name: sorted(map(repr, connection.execute(text(question)).all()))
        for name, question in questions.items()
    }


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    """To an empty database."""
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def tidy(statement: str) -> str:
    """The statement without blanks at the ends of its lines."""
    return "\n".join(map(str.rstrip, statement.strip().split("\n")))


def test_what_is_made_at_once_is_what_the_migrations_give(connection: Connection) -> None:
    written: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *call: written.append(tidy(call[2])))
    schema.upgrade(connection)
    migrated = described(connection)
    script = ROOT / "engine" / "ledger" / "migrations" / f"{connection.dialect.name}.sql"
    changes = [one for one in written if one.split()[0] in ("CREATE", "ALTER", "DROP")]
    changes.append(f"INSERT INTO {schema.VERSION_TABLE} (version_num) VALUES ('{migrations.HEAD}')")
    if os.environ.get("PLAYCALL_WRITE_GOLDEN") == "1":
        script.write_text("".join(f"{one};\n" for one in changes), "utf-8")
    tables.metadata.drop_all(connection)
    connection.execute(text(f"drop table {schema.VERSION_TABLE}"))
    schema.create(connection)
    assert described(connection) == migrated
    assert script.read_text("utf-8") == "".join(f"{one};\n" for one in changes)


def test_an_older_ledger_is_upgraded(
    connection: Connection, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(schema, "HEAD", "0001")
        schema.upgrade(connection)
    connection.commit()
    with pytest.raises(LedgerError, match="of an older playcall"):
        open_ledger(url, tmp_path)
    upgrade(url, tmp_path)
    open_ledger(url, tmp_path).close()


def test_migrations_give_the_tables_of_the_model(connection: Connection) -> None:
    schema.upgrade(connection)
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, tables.metadata) == []


def test_the_list_of_revisions_is_that_of_the_scripts() -> None:
    folder = Path(migrations.__file__).parent
    scripts = ScriptDirectory(str(folder))
    found = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert tuple(found) == migrations.REVISIONS
