"""Snapshots on disk: Parquet objects named by their content, a manifest a snapshot, an index of the loads.

    objects/<sha256>.parquet   manifests/<id>.json   index.jsonl

Nothing is ever changed; what a load writes appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from ...dsl.frozen import frozen
from .columns import column_of
from .guards import EarlierLoad
from .model import EntityData, Example, FactsError, Problem, Snapshot, SourceState, Status

_INDEX = "index.jsonl"


@frozen
class Stored:
    """One entity as stored: its object's hash, rows, and the object of the values that lost. ``money``: in
    which currency the amounts of a field are, or the field that holds it (``by NAME``)."""

    digest: str
    rows: int
    rivals: str | None = None
    conflicts: int = 0
    money: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        return {
            "object": self.digest,
            "rows": self.rows,
            "rivals": self.rivals,
            "conflicts": self.conflicts,
            "money": dict(self.money),
        }


@frozen
class Load:
    """One load of a run: when it stands, the snapshot that it gave, and the tables (SOURCE.TABLE) that were
    not right, each with its wrong columns (ENTITY.FIELD; none: the table as a whole)."""

    as_of: datetime
    id: str
    wrong: Mapping[str, tuple[str, ...]]


@frozen
class SnapshotStore:
    """The folder ``snapshots:`` of a project."""

    root: Path

    def object_path(self, digest: str) -> Path:
        return self.root / "objects" / f"{digest}.parquet"

    def adopt(self, written: Path) -> str:
        """Take a finished file into the store, or drop it if it is there already; gives its hash."""
        digest = file_hash(written)
        target = self.object_path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            os.utime(target)  # it is used: whoever clears the folder sees that
            written.unlink()
        else:
            _publish(written, target)
        return digest

    def commit(
        self,
        entities: Mapping[str, Stored],
        fingerprint: str,
        as_of: datetime,
        loaded_at: datetime,
        sources: Iterable[SourceState],
        *,
        listed: bool = True,
    ) -> Snapshot:
        """Write the manifest and a line of the index, if it is ``listed``. The objects are in the store
        already."""
        states = tuple(sources)
        stored = {key: entities[key].to_json() for key in sorted(entities)}
        content: dict[str, object] = {"catalog": fingerprint, "entities": stored}
        snapshot_id = hashlib.sha256(_compact(content).encode()).hexdigest()[:32]
        manifest = self._manifest(snapshot_id)
        if manifest.exists():
            os.utime(manifest)
        else:
            self._write(manifest, json.dumps({"id": snapshot_id, **content}, indent=1, ensure_ascii=False))
        snapshot = self._snapshot(snapshot_id, as_of, loaded_at, stored, states)
        if listed:
            self.list_load(snapshot)
        return snapshot

    def list_load(self, snapshot: Snapshot) -> None:
        """Make a load one of those that later ones are compared with."""
        self._append(load_to_json(snapshot))

    def restore(self, load: Mapping[str, Any]) -> Snapshot:
        """The snapshot of a load that ``load_to_json`` described. Raises ``FactsError``: its files are gone
        or are not what they were."""
        snapshot = self._from_line(load)
        for data in snapshot.entities.values():
            for path in filter(None, (data.path, data.rivals)):
                if not path.is_file() or file_hash(path) != path.stem:
                    raise FactsError(f"the snapshot's file {path} is gone or damaged")
        return snapshot

    def stamp(self) -> tuple[int, int]:
        """Changes when another load is listed: when the index was written, and how long it is."""
        try:
            state = (self.root / _INDEX).stat()
        except FileNotFoundError:
            return 0, 0
        return state.st_mtime_ns, state.st_size

    def latest(self, as_of: datetime | None = None) -> Snapshot | None:
        """The last load, or the last one whose ``as_of`` is not after the given moment."""
        found = None
        for line in self.lines():
            if as_of is None or datetime.fromisoformat(line["as_of"]) <= as_of:
                found = line
        return None if found is None else self._from_line(found)

    def find(self, snapshot_id: str) -> Snapshot:
        """The last load that gave this snapshot. Raises ``FactsError``."""
        found = [line for line in self.lines() if line["id"] == snapshot_id]
        if not found:
            raise FactsError(f"no snapshot {snapshot_id} in {self.root}; `playcall run` makes one")
        return self._from_line(found[-1])

    def earlier(self, as_of: datetime) -> list[EarlierLoad]:
        """The loads before a moment, in the order of their ``as_of``."""
        loads = []
        for line in self.lines():
            moment = datetime.fromisoformat(line["as_of"])
            tables = {
                f"{s['source']}.{s['table']}": (int(s["rows"]), cast(Status, s["status"]))
                for s in line["sources"]
            }
            if moment < as_of:
                states = [_state_from_json(state) for state in line["sources"]]
                columns = {name: column for state in states for name, column in state.columns.items()}
                faults = {name: why for state in states for name, why in state.faults.items()}
                loads.append(EarlierLoad(moment, tables, columns, faults))
        return sorted(loads, key=lambda load: load.as_of)

    def loads(self) -> list[Load]:
        """The loads of runs, as they were made; a table that a person accepted since then is right."""
        found: list[Load] = []
        for line in self.lines():
            accepted = {f"{state['source']}.{state['table']}" for state in line["sources"]}
            if not line.get("accepted"):
                found.append(Load(datetime.fromisoformat(line["as_of"]), line["id"], _wrong(line["sources"])))
                continue
            for number, load in enumerate(found):
                if load.id == line["id"]:
                    wrong = {name: why for name, why in load.wrong.items() if name not in accepted}
                    found[number] = replace(load, wrong=wrong)
        return found

    def stored(self, snapshot_id: str) -> dict[str, Stored]:
        """What a snapshot holds, by entity. Raises ``FactsError``."""
        content = self._content(snapshot_id)
        return {
            entity: Stored(one["object"], one["rows"], one["rivals"], one["conflicts"], one.get("money", {}))
            for entity, one in content["entities"].items()
        }

    def accept(self, table: str, as_of: datetime) -> None:
        """A person says that the size a table had in the last load is right: it is no longer shrunk or empty.
        Raises ``FactsError`` where that load did not read it."""
        last = self.latest()
        state = next((s for s in last.sources if s.name == table), None) if last else None
        if last is None or state is None:
            raise FactsError(f"no load has read {table}; `playcall facts check` lists the tables")
        known = {**_state_to_json(state), "status": "ok", "reason": "accepted", "problems": [], "faults": {}}
        moment = as_of.isoformat()
        self._append(
            {"id": last.id, "as_of": moment, "loaded_at": moment, "sources": [known], "accepted": True}
        )

    def lines(self) -> Iterable[dict[str, Any]]:
        """The index, as it is written, oldest first."""
        path = self.root / _INDEX
        if not path.exists():
            return
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):  # a line without its end was cut short by a crash
                    yield json.loads(line)

    def forget(self, stays: Callable[[Mapping[str, Any]], bool]) -> int:
        """Leave only some lines in the index, all at once; gives how many loads went."""
        path = self.root / _INDEX
        if not path.exists():
            return 0
        with locked(self.root / f"{_INDEX}.lock"):
            lines = list(self.lines())
            staying = [line for line in lines if stays(line)]
            if len(staying) < len(lines):
                self._write(path, "".join(f"{_compact(line)}\n" for line in staying))
        return sum(not line.get("accepted") and line not in staying for line in lines)

    def _from_line(self, line: Mapping[str, Any]) -> Snapshot:
        content = self._content(line["id"])
        return self._snapshot(
            line["id"],
            datetime.fromisoformat(line["as_of"]),
            datetime.fromisoformat(line["loaded_at"]),
            content["entities"],
            tuple(_state_from_json(state) for state in line["sources"]),
        )

    def _snapshot(
        self,
        snapshot_id: str,
        as_of: datetime,
        loaded_at: datetime,
        entities: Mapping[str, Any],
        states: tuple[SourceState, ...],
    ) -> Snapshot:
        found = {
            key: EntityData(
                key,
                self.object_path(entry["object"]),
                entry["rows"],
                self.object_path(entry["rivals"]) if entry["rivals"] else None,
                entry["conflicts"],
            )
            for key, entry in entities.items()
        }
        return Snapshot(snapshot_id, as_of, loaded_at, found, states)

    def _content(self, snapshot_id: str) -> dict[str, Any]:
        manifest = self._manifest(snapshot_id)
        try:
            content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FactsError(
                f"the snapshot {manifest} cannot be read ({error}); load the facts again"
            ) from error
        return content

    def _manifest(self, snapshot_id: str) -> Path:
        return self.root / "manifests" / f"{snapshot_id}.json"

    def _write(self, path: Path, content: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(content, encoding="utf-8")
        _publish(temporary, path)

    def _append(self, line: Mapping[str, object]) -> None:
        """One write at the end of the index; a torn line of an earlier crash is closed first."""
        self.root.mkdir(parents=True, exist_ok=True)
        with locked(self.root / f"{_INDEX}.lock"), (self.root / _INDEX).open("ab+") as file:
            torn = False
            if file.tell():
                file.seek(-1, os.SEEK_END)
                torn = file.read(1) != b"\n"
            if torn:
                _cut_torn_line(file.fileno())
            file.write(_compact(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _wrong(states: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The tables that were not right. A stale one holds what was known."""
    return {
        f"{state['source']}.{state['table']}": tuple(state.get("faults", ()))
        for state in states
        if state["status"] not in ("ok", "stale") or state.get("faults")
    }


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system frees when the process ends. Where there are no such locks nothing is held,
    and clearing and loading must not meet."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _cut_torn_line(descriptor: int) -> None:
    """Cut the file after its last whole line."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        content = file.read()
    os.ftruncate(descriptor, content.rfind(b"\n") + 1)


def _publish(temporary: Path, target: Path) -> None:
    """Give a finished file its name, and make both last."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load_to_json(snapshot: Snapshot) -> dict[str, Any]:
    """A load as the index has it: which snapshot it gave, when, and how each table was found."""
    return {
        "id": snapshot.id,
        "as_of": snapshot.as_of.isoformat(),
        "loaded_at": snapshot.loaded_at.isoformat(),
        "sources": [_state_to_json(state) for state in snapshot.sources],
    }


def _state_to_json(state: SourceState) -> dict[str, Any]:
    return {
        **state.to_json(),
        "loaded_at": state.loaded_at.isoformat(),
        "data_time": state.data_time.isoformat() if state.data_time else None,
        "faults": dict(state.faults),
        "columns": {name: column.to_json() for name, column in state.columns.items()},
    }


def _state_from_json(entry: Mapping[str, Any]) -> SourceState:
    problems = tuple(
        Problem(
            p["entity"],
            p["field"],
            p["kind"],
            p["count"],
            tuple(Example(e["row"], e["key"], e["cell"]) for e in p["examples"]),
        )
        for p in entry["problems"]
    )
    data_time = datetime.fromisoformat(entry["data_time"]).astimezone(UTC) if entry["data_time"] else None
    loaded_at = datetime.fromisoformat(entry["loaded_at"])
    return SourceState(
        entry["source"],
        entry["table"],
        entry["rows"],
        loaded_at,
        data_time,
        problems,
        entry["status"],
        entry["reason"],
        entry.get("faults", {}),
        {name: column_of(values) for name, values in entry.get("columns", {}).items()},
    )
