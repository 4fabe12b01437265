"""The revision of a ledger's tables, and the way to the current one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text

from . import access_tables as access_tables  # their tables are of the same metadata
from . import operation_tables as operation_tables
from . import response_tables as response_tables
from .errors import LedgerError, shown
from .migrations import HEAD, REVISIONS, VERSION_TABLE
from .tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"


def revision(connection: Connection) -> str | None:
    """The revision of the tables in the database; None if it has none of ours."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        return str(connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar())
    ours = sorted(names & set(metadata.tables))
    if ours:
        raise LedgerError(
            f"the database {shown(connection.engine.url)} has a table `{ours[0]}` "
            "that playcall did not make. Set `ledger:` to a database (or schema) of its own"
        )
    return None


def require_current(found: str, url: URL) -> None:
    """Raise ``LedgerError`` unless ``found`` is the revision of this version of playcall."""
    if found == HEAD:
        return
    if found in REVISIONS:
        raise LedgerError(
            f"the ledger {shown(url)} is of an older playcall (revision {found}, this one needs {HEAD}). "
            "Back it up, then run `playcall db upgrade`"
        )
    raise LedgerError(
        f"the ledger {shown(url)} was written by a newer playcall (revision {found}, this one knows {HEAD}). "
        "Install that version of playcall"
    )


def migrate(connection: Connection) -> None:
    """Bring the tables to the current revision, inside the caller's transaction."""
    found = revision(connection)
    if found is None:
        create(connection)
    elif found in REVISIONS[:-1]:
        upgrade(connection)
    else:
        require_current(found, connection.engine.url)


def create(connection: Connection) -> None:
    """Make the tables in a database that has none of them, by the statements of all migrations: without
    Alembic, whose import and steps take ten times as long, because every new ledger waits for it."""
    script = _MIGRATIONS / f"{connection.dialect.name}.sql"
    for statement in script.read_text("utf-8").removesuffix(";\n").split(";\n"):
        connection.exec_driver_sql(statement)


def upgrade(connection: Connection) -> None:
    """Make the migrations that the tables have not had."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
