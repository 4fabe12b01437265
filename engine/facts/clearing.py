"""What of a folder of snapshots is not needed any more. Files are named by their content and stay as long as
anything names them; what names them goes first, so that a crash leaves files too many and never too few."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .past import KeptSnapshots
from .snapshot import SnapshotStore

# Of a file: a hash of its content. `… of 2026-03-01` only tells people where a value came from.
_NAME = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b(?! of )")


def names_in(text: str) -> set[str]:
    """The names of files that stand in a text."""
    return set(_NAME.findall(text))


def wanted(kept: KeptSnapshots, first: date, names: set[str]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a line of the index stays where days before ``first`` go: it is of a later day, tells what was
    known of an entity on that first day, is the last load, the last one of a snapshot among ``names`` (runs
    rested on it), or the word of a person on one that stays."""
    zone = ZoneInfo(kept.timezone)
    loads = [line for line in kept.store.lines() if not line.get("accepted")]
    newest = {line["id"]: line["as_of"] for line in loads}
    places = {(load.as_of, load.id) for load in kept.known_on(first)}
    last = {line["id"] for line in loads[-1:]}
    places |= {(_moment(newest[one]), one) for one in (names | last) & newest.keys()}

    def stays(line: Mapping[str, Any]) -> bool:
        as_of = _moment(line["as_of"])
        return as_of.astimezone(zone).date() >= first or (as_of, line["id"]) in places

    staying = {line["id"] for line in loads if stays(line)}
    return lambda line: line["id"] in staying if line.get("accepted") else stays(line)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def unused(store: SnapshotStore, names: set[str], before: float) -> Iterator[Path]:
    """The files of the folder that nothing names: ``names`` are those that stand in the index and in what
    runs rested on. One that was written or used since ``before`` (seconds since 1970) stays: a load that is
    under way, or a plan, may need it."""
    named = set(names)
    for folder, suffix in (("manifests", ".json"), ("projects", ".json")):
        for path in _files(store.root / folder, suffix):
            if path.stem in names or path.stat().st_mtime >= before:
                named |= names_in(path.read_text("utf-8"))
            else:
                yield path
    for folder, suffix in (("objects", ".parquet"), ("files", "")):
        for path in _files(store.root / folder, suffix):
            if path.stem not in named and path.stat().st_mtime < before:
                yield path


def _files(folder: Path, suffix: str) -> Iterable[Path]:
    return sorted(
        path for path in folder.glob("*") if path.suffix == suffix and not path.name.startswith(".")
    )
