"""50 plays over 1,000,000 contracts: playcall beside hand-written forms, and beside other rule engines.

    python bench/evaluate.py [--contracts 1000000] [--sample 20000] [--times 3] [--only NAME …]

Every contestant runs in a process of its own on the same snapshot, the same 50 conditions and the
same records; the answers are compared. Small engines see a sample of the records, and their rate is
per evaluation. Needs the extra `bench`; an engine that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import contestants
from contestants import Field, Run
from data import AS_OF, write_project
from measure import peak_memory

PLAYS = 50


@dataclass(frozen=True)
class Contestant:
    """A name for the table, how it is prepared, what it needs, and whether it sees a sample only."""

    title: str
    prepare: Callable[[Field], Run]
    needs: str | None = None
    sampled: bool = False


CONTESTANTS: Mapping[str, Contestant] = {
    "playcall": Contestant("playcall", contestants.playcall),
    "duckdb-projection": Contestant("DuckDB by hand, one projection", contestants.duckdb_projection),
    "duckdb-bits": Contestant("DuckDB by hand, bits of a number", contestants.duckdb_bits),
    "duckdb-list": Contestant("DuckDB by hand, a list a record", contestants.duckdb_list),
    "duckdb-queries": Contestant("DuckDB by hand, a query a play", contestants.duckdb_queries),
    "polars": Contestant("Polars by hand, from Parquet", contestants.polars_files, "polars"),
    "polars-memory": Contestant("Polars by hand, frame in memory", contestants.polars_memory, "polars"),
    "zen": Contestant("zen-engine, one expression of 50", contestants.zen, "zen", sampled=True),
    "zen-each": Contestant("zen-engine, an expression a play", contestants.zen_each, "zen", sampled=True),
    "rule-engine": Contestant("rule-engine", contestants.rule_engine, "rule_engine", sampled=True),
    "c7n": Contestant("c7n value filters", contestants.c7n, "c7n", sampled=True),
}


@dataclass(frozen=True)
class Result:
    """What a contestant's process reports; ``seconds`` is the median of its runs, ``cpu`` that of the
    processor's seconds that all its threads took: what stays when the machine is busy with other work."""

    seconds: float
    cpu: float
    due: int
    digest: str
    peak: float  # GiB
    records: int

    @property
    def rate(self) -> float:
        """Evaluations a second."""
        return PLAYS * self.records / self.seconds


def child(name: str, field: Field, contracts: int, times: int) -> None:
    """Run one contestant and print its result as JSON."""
    one = CONTESTANTS[name]
    run = one.prepare(field)
    seconds, cpu = [], []
    for _ in range(times):
        started, used = time.perf_counter(), time.process_time()
        found = run()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    pairs = "\n".join(sorted(f"{play} {key}" for play, key in found))
    peak = peak_memory()
    digest = hashlib.sha256(pairs.encode()).hexdigest()
    records = field.sample if one.sampled else contracts
    median = statistics.median
    print(json.dumps([median(seconds), median(cpu), len(found), digest, peak, records]))


def measure(name: str, field: Field, contracts: int, times: int) -> Result | str:
    """The result of a contestant's process, or why there is none."""
    command = [sys.executable, __file__, "--child", name, "--root", str(field.root)]
    sizes = ["--contracts", str(contracts), "--sample", str(field.sample), "--times", str(times)]
    done = subprocess.run([*command, *sizes], capture_output=True, text=True)
    if done.returncode == 0:
        return Result(*json.loads(done.stdout.splitlines()[-1]))
    reason = done.stderr.strip().splitlines()[-1]
    needs = CONTESTANTS[name].needs
    absent = needs is not None and "ModuleNotFoundError" in reason
    return "not installed" if absent else f"failed: {reason}"


def prepare(root: Path, contracts: int) -> None:
    """A project of that size and its snapshot."""
    from playcall.engine.facts.load import load
    from playcall.engine.ports import FixedClock
    from playcall.engine.service.moments import moment_of
    from playcall.engine.service.workspace import Workspace

    write_project(root, contracts / 1_000_000, contestants.BEHIND)
    workspace = Workspace.open(root, None, {})
    moment = moment_of(AS_OF, workspace.clock.now(), "Asia/Tokyo", workspace.playbooks)
    load(workspace.catalog, workspace.project, FixedClock(moment.now))


def report(results: Mapping[str, Result | str], expected: Mapping[bool, str]) -> None:
    """The table: seconds, evaluations a second, beside the quickest SQL by hand, peak memory, answers."""
    by_hand = [one for name, one in results.items() if name.startswith("duckdb") and isinstance(one, Result)]
    best = max((one.rate for one in by_hand), default=None)
    head = f"{'seconds':>8} {'CPU s':>7} {'M eval/s':>9} {'time × best SQL':>15} {'GiB':>5}  answers"
    print(f"\n{'':34} {'records':>9} {head}")
    for name, one in results.items():
        title = CONTESTANTS[name].title
        if isinstance(one, str):
            print(f"{title:34} {one}")
            continue
        ratio = f"{best / one.rate:.2f}" if best else "-"
        same = "same" if one.digest == expected.get(CONTESTANTS[name].sampled) else "DIFFERENT"
        print(
            f"{title:34} {one.records:>9,} {one.seconds:>8.3f} {one.cpu:>7.3f} {one.rate / 1e6:>9.3f} "
            f"{ratio:>15} {one.peak:>5.2f}  {same}"
        )
    ours = results.get("playcall")
    for name, one in results.items():
        if isinstance(ours, Result) and isinstance(one, Result) and CONTESTANTS[name].sampled:
            print(f"playcall / {CONTESTANTS[name].title}: {ours.rate / one.rate:,.0f}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--contracts", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=5_000, help="records for the small engines")
    parser.add_argument("--times", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--only", nargs="*", choices=list(CONTESTANTS), help="some contestants")
    parser.add_argument("--root", type=Path, help="keep the project here, and use it if it is there")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    sample = min(options.sample, options.contracts)
    if options.child:
        child(options.child, Field(options.root, sample), options.contracts, options.times)
        return
    with tempfile.TemporaryDirectory() as folder:
        root = options.root or Path(folder)
        root.mkdir(exist_ok=True)
        if not (root / "playcall.yaml").exists():
            prepare(root, options.contracts)
        field = Field(root, sample)
        results = {
            name: measure(name, field, options.contracts, options.times)
            for name in options.only or CONTESTANTS
        }
        expected = {sampled: answers(field, sampled) for sampled in (False, True)}
    report(results, expected)


def answers(field: Field, sampled: bool) -> str:
    """The digest of the right answers, by SQL written by hand."""
    found = contestants.duckdb_projection(field, field.sample if sampled else None)()
    return hashlib.sha256("\n".join(sorted(f"{play} {key}" for play, key in found)).encode()).hexdigest()


if __name__ == "__main__":
    main()
