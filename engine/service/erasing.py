"""`erase`: a person is forgotten, in the ledger and in what is kept beside the snapshots."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...dsl.diagnostics import PlaycallError
from ...dsl.frozen import frozen
from ..decide.contacts import normal
from ..facts.snapshot import SnapshotStore
from ..ledger.erase import Erased, erase, overwrite
from ..versions.archive import write_whole
from .acting import acting
from .workspace import Workspace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEY = "_key"  # the column of a kept table that holds a record's key


@frozen
class Erasure:
    """What `erase` did. ``files``: what is kept of snapshots and runs in which the address stood and stands
    no more. ``trouble``: why the database's files may still hold old bytes; empty where they do not."""

    ledger: Erased
    files: Mapping[str, int]
    trouble: str

    def to_json(self) -> dict[str, object]:
        return {**self.ledger.to_json(), "files": dict(self.files), "trouble": self.trouble}


def forget(workspace: Workspace, address: str, actor: str) -> Erasure:
    """Forget the person of an address, who is never written to again. Raises ``PlaycallError``."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise PlaycallError(f"{address!r} is no address: write it as name@example.com")
    with acting(workspace, actor) as (connection, act):
        found = erase(connection, address, act)
    files = _beside(workspace.project.snapshots, normal(address), found.pseudonym)
    with workspace.ledger() as ledger:
        try:
            overwrite(ledger.engine)
        except PlaycallError as error:
            return Erasure(found, files, str(error))
    return Erasure(found, files, "")


def _beside(folder: Path, address: str, pseudonym: str) -> dict[str, int]:
    """Forget the person in the snapshots, and in what runs rested on. A table that is rewritten has another
    name, by its content; what named the old one names it."""
    moved = _tables(SnapshotStore(folder), address, pseudonym)
    stands = re.compile(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", re.IGNORECASE)

    def told(text: str) -> str:
        for old, new in moved.items():
            text = text.replace(old, new)
        return stands.sub(pseudonym, text)

    _retell(folder.glob("index.jsonl"), told)
    _retell(folder.glob("manifests/*.json"), told)
    runs = _retell(folder.glob("runs/*.json.gz"), told)
    for old in moved:
        SnapshotStore(folder).object_path(old).unlink()
    return {"tables": len(moved), "runs": runs}


def _retell(paths: Iterable[Path], told: Callable[[str], str]) -> int:
    """Rewrite the files whose text comes out otherwise; gives how many."""
    changed = 0
    for path in sorted(paths):
        packed, content = path.suffix == ".gz", path.read_bytes()
        text = (gzip.decompress(content) if packed else content).decode()
        said = told(text)
        if said != text:
            data = said.encode()
            write_whole(path, gzip.compress(data, 3, mtime=0) if packed else data, replace=True)
            changed += 1
    return changed


def _tables(store: SnapshotStore, address: str, pseudonym: str) -> dict[str, str]:
    """The kept tables without the person's own record, and without the address elsewhere: the new name of
    each that named it, by the old one."""
    import duckdb

    moved: dict[str, str] = {}
    with (
        duckdb.connect() as connection,
        TemporaryDirectory(prefix=".load-", dir=_made(store.root)) as scratch,
    ):
        for path in sorted(store.root.glob("objects/*.parquet")):
            made = Path(scratch) / path.name
            if _rewritten(connection, path, made, address, pseudonym):
                moved[path.stem] = store.adopt(made)
    return moved


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rewritten(connection: DuckDBPyConnection, path: Path, made: Path, address: str, pseudonym: str) -> bool:
    """Write to ``made`` a table that names the address, without it; whether it does."""
    table = connection.read_parquet(str(path))
    columns = zip(table.columns, map(str, table.types), strict=True)
    texts = {name: '"' + name.replace('"', '""') + '"' for name, kind in columns if kind == "VARCHAR"}
    if not texts:
        return False
    named = " or ".join(f"contains(lower({column}), $address)" for column in texts.values())
    counted = f"select count(*) from read_parquet($path) where {named}"
    given = {"path": str(path), "address": address}
    if connection.execute(counted, given).fetchall() == [(0,)]:
        return False
    replaced = ", ".join(
        f"regexp_replace({column}, $stands, $said, 'gi') as {column}" for column in texts.values()
    )
    kept = f"where lower({_KEY}) is distinct from $address" if _KEY in texts else "where $address is not null"
    # RE2 looks neither ahead nor behind: what stands around an address is put back.
    stands = rf"(^|[^\w.+-]){re.escape(address)}($|[^\w-])"
    connection.execute(
        f"create or replace temp table kept as select * replace ({replaced}) from read_parquet($path) {kept}",
        {**given, "stands": stands, "said": rf"\1{pseudonym}\2"},
    )
    connection.table("kept").write_parquet(str(made))
    return True
