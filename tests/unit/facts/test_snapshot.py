"""Snapshots: the same facts have the same id, nothing is changed, and nothing is ever half there."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from playcall.engine.facts import snapshot as snapshots
from playcall.engine.facts.load import load
from playcall.engine.facts.model import FactsError
from playcall.engine.facts.snapshot import SnapshotStore
from playcall.engine.facts.store import open_facts
from playcall.engine.ports import FixedClock

from .conftest import NOW, Folder, MakeFolder, state

CATALOG = """
entities:
  account: {key: id, from: crm.accounts, fields: {id: text, name: text}}
"""
DAY = timedelta(days=1)


@pytest.fixture
def made(folder: MakeFolder) -> Folder:
    return folder(CATALOG, {"accounts.csv": "id,name\n" + "".join(f"A{i},n{i}\n" for i in range(5000))})


def files(made: Folder) -> set[str]:
    root = made.root / ".playcall" / "snapshots"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_the_same_facts_have_the_same_id(made: Folder, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = made.load(threads=1)
    objects = files(made)
    again = made.load(NOW + DAY, threads=4)
    assert again.id == first.id
    assert files(made) == objects
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for part in ("playcall.yaml", "catalog", "data"):
        source = made.root / part
        shutil.copytree(source, elsewhere / part) if source.is_dir() else shutil.copy(
            source, elsewhere / part
        )
    rows = (elsewhere / "data" / "accounts.csv").read_text().splitlines(keepends=True)
    (elsewhere / "data" / "accounts.csv").write_text("".join([rows[0], *reversed(rows[1:])]))
    assert Folder(elsewhere).load().id == first.id


def test_other_facts_or_another_catalogue_have_another_id(made: Folder) -> None:
    first = made.load()
    path = made.root / "catalog" / "all.yaml"
    path.write_text("# a comment\n" + path.read_text())
    assert made.load().id == first.id
    path.write_text(path.read_text().replace("name: text", "name: {text: true, nullable: true}"))
    assert made.load().id != first.id
    made.write("accounts.csv", "id,name\nA1,other\n")
    assert made.load().id not in (first.id, None)


def test_what_was_loaded_can_be_found_again(made: Folder) -> None:
    store = SnapshotStore(made.root / ".playcall" / "snapshots")
    assert store.latest() is None
    first, second = made.load(NOW), made.load(NOW + 2 * DAY)
    assert store.latest(NOW - DAY) is None
    assert store.latest(NOW + DAY) == first
    assert store.latest() == second
    assert store.find(first.id) == second
    with pytest.raises(FactsError, match="no snapshot nope"):
        store.find("nope")


def test_a_failing_load_leaves_nothing(made: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots.os, "replace", fail)
    with pytest.raises(FactsError, match=r"cannot be written to .*No space left on device"):
        made.load()
    assert files(made) == set()


def test_what_a_killed_load_left_is_swept(made: Folder) -> None:
    root = made.root / ".playcall" / "snapshots"
    old, running = root / ".load-old", root / ".load-running"
    for left in (old, running):
        left.mkdir(parents=True)
    os.utime(old, (0, 0))
    made.load()
    assert (old.exists(), running.exists()) == (False, True)


def test_a_torn_index_line_is_left_out(made: Folder) -> None:
    first = made.load()
    store = SnapshotStore(made.root / ".playcall" / "snapshots")
    index = store.root / "index.jsonl"
    with index.open("a") as file:
        file.write('{"id": "half')
    assert store.latest() == first
    made.load(NOW + DAY)
    assert [json.loads(line)["id"] for line in index.read_text().splitlines()] == [first.id, first.id]


def test_a_load_to_look_at_is_not_kept(made: Folder, tmp_path: Path) -> None:
    made.load()
    before = files(made)
    index = (made.root / ".playcall" / "snapshots" / "index.jsonl").read_text()
    made.write("accounts.csv", "id,name\nA1,other\n")
    found = load(*made.open(), FixedClock(NOW + DAY), wall=FixedClock(NOW), into=tmp_path / "look")
    assert state(found, "crm.accounts").status == "shrunk"
    assert files(made) == before
    assert (made.root / ".playcall" / "snapshots" / "index.jsonl").read_text() == index


def test_a_person_accepts_a_new_size(made: Folder) -> None:
    store = SnapshotStore(made.root / ".playcall" / "snapshots")
    with pytest.raises(FactsError, match=r"no load has read crm\.accounts"):
        store.accept("crm.accounts", NOW)
    made.load(NOW)
    made.write("accounts.csv", "id,name\nA1,other\n")
    assert state(made.load(NOW + DAY), "crm.accounts").status == "shrunk"
    store.accept("crm.accounts", NOW + DAY)
    assert state(made.load(NOW + 2 * DAY), "crm.accounts").status == "ok"


def test_a_snapshot_whose_files_are_gone(made: Folder) -> None:
    found = made.load()
    found.entities["account"].path.unlink()
    with pytest.raises(FactsError, match="is gone; load the facts again"):
        open_facts(found, made.open()[0])


def test_a_load_that_is_not_listed_is_no_part_of_the_history(made: Folder) -> None:
    store = SnapshotStore(made.root / ".playcall" / "snapshots")
    catalog, project = made.open()
    planned = load(catalog, project, FixedClock(NOW), wall=FixedClock(NOW), listed=False)
    assert (store.latest(), store.earlier(NOW + DAY)) == (None, [])
    kept = snapshots.load_to_json(planned)
    assert store.restore(json.loads(json.dumps(kept))) == planned
    store.list_load(planned)
    assert store.latest() == planned


def test_a_load_whose_files_are_not_what_they_were_is_not_restored(made: Folder) -> None:
    store = SnapshotStore(made.root / ".playcall" / "snapshots")
    kept = snapshots.load_to_json(made.load())
    path = store.restore(kept).entities["account"].path
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(FactsError, match="gone or damaged"):
        store.restore(kept)
    path.unlink()
    with pytest.raises(FactsError, match="gone or damaged"):
        store.restore(kept)
