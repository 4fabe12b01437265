"""A year of ten plays over 50,000 contracts, 15,000 accounts and 75,000 tickets, day by day.

    python bench/simulate.py [--scale 1.0] [--days 365] [--stages]

Customers answer two thirds of what they are asked, tasks are done within two weeks, and contracts roll
over. Prints what a day takes, at the beginning and at the end (what grows with the days?), where the
time goes (`--stages`), and the peak memory. Aim: two minutes on two cores.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from data import TODAY, write_project
from measure import peak_memory
from run import STAGES, Stopwatch

CONTRACTS = 0.05  # of what `data` writes at scale 1: 50,000
TENTHS = 10

RENEWALS = """\
playbook: renewals
owner: renewals@vendor.example
for: contract
where: status == "active"
plays:
  ask:
    when: days_to_renewal == 140
    grace: 7d
    unless: intent is not missing
    do: [{email: renewal, to: decision_maker, from: csm}]
  remind:
    after: ask + 10d
    unless: intent is not missing
    do: [{email: renewal, to: decision_maker, from: csm}]
  statement:
    when: days_to_renewal in [90, 45, 7]
    unless: intent is "no"
    do: [{email: renewal, to: decision_maker, from: csm}]
  save:
    when: intent is "no"
    do:
      - {task: "Save {{ account.name }}", assign: csm, priority: high, due: 2bd, rank: quantity}
  escalate:
    after: save + 5bd
    if: open_task("save")
    do: [{task: "Nobody has acted on {{ account.name }}", assign: csm, priority: urgent, due: 1bd}]
"""

CARE = """\
playbook: care
owner: success@vendor.example
for: contract
where: status == "active" and quantity > 400
plays:
  grown:
    when: default(devices, 0) > quantity * 1.2
    once: per cycle
    do: [{task: "{{ account.name }} has outgrown its contract", assign: csm, due: 10bd}]
  notice:
    when: days_to_notice == 30
    if: auto_renew
    do: [{email: renewal, to: decision_maker, from: csm}]
  review:
    every: "0 9 1 */3 *"
    if: account.segment == "enterprise"
    do: [{task: "Review {{ account.name }}", assign: csm, due: 20bd}]
  laggard:
    when: installed_release <= 2
    for: 7d
    do: [{task: "Upgrade {{ account.name }}", assign: csm, priority: low}]
  tickets:
    when: account.open_tickets > 6
    again: 30d
    unless: touched_within(14d)
    do: [{email: renewal, to: decision_maker, from: csm}]
"""

ANSWERS = """\
seed: 7
approve: 1d
reactions:
  - after: renewals.ask
    one_of:
      - {share: 55%, days: {from: 1, to: 8}, set: {intent: "yes"}}
      - {share: 8%, days: {from: 1, to: 20}, set: {intent: "no"}}
  - after: renewals.save
    one_of:
      - {share: 50%, days: {from: 2, to: 14}, done: true, set: {intent: "yes"}}
      - {share: 45%, days: {from: 2, to: 14}, done: true}
  - {after: care.grown, one_of: [{share: 90%, days: {from: 2, to: 14}, done: true}]}
  - {after: care.review, one_of: [{share: 90%, days: {from: 2, to: 14}, done: true}]}
facts:
  - for: contract
    when: renewal_date < today and status == "active" and intent is "no"
    set: {status: lapsed}
  - for: contract
    when: renewal_date < today and status == "active"
    move: {term_start: 1y, renewal_date: 1y}
    set: {intent: missing}
"""

LIMITS = "limits: {per_contact: 3 per 7d, per_account: 8 per 7d, per_assignee: 30 per 1d}\n"


def write(root: Path, scale: float) -> Path:
    """The project; gives the answers file."""
    write_project(root, CONTRACTS * scale, 1)
    for file in (root / "playbooks").iterdir():
        file.unlink()
    (root / "playbooks" / "renewals.yaml").write_text(RENEWALS, encoding="utf-8")
    (root / "playbooks" / "care.yaml").write_text(CARE, encoding="utf-8")
    settings = root / "playcall.yaml"
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    settings.write_text(
        "".join(LIMITS if line.startswith("limits:") else line for line in lines), encoding="utf-8"
    )
    answers = root / "answers.yaml"
    answers.write_text(ANSWERS, encoding="utf-8")
    return answers


def watched() -> Stopwatch:
    """Times the stages of every day."""
    from playcall.engine.evaluate import stage
    from playcall.engine.service import deciding, facts, simulating

    watch = Stopwatch()
    watch.around_entry(simulating, "load_facts", "load")
    watch.around(facts, "history_of", "history")
    watch.around(deciding.FactBase, "fill_ledger_facts", "history")
    watch.around(stage, "evaluate", "evaluate")
    watch.around(stage, "gather", "gather")
    watch.around(deciding, "decide", "decide")
    watch.around(simulating.write, "write", "commit")
    return watch


def show_days(seconds: Sequence[float]) -> None:
    """What a day took, on average, in each tenth of the period."""
    size = max(1, len(seconds) // TENTHS)
    print("\nseconds of processor a day, by part of the period:")
    for start in range(0, len(seconds), size):
        part = seconds[start : start + size]
        print(f"  day {start + 1:4} on {sum(part) / len(part):8.3f}")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--stages", action="store_true", help="say where the time goes")
    options = parser.parse_args(arguments)
    from playcall.engine.service import simulating
    from playcall.engine.service.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        answers = write(Path(folder), options.scale)
        watch = watched() if options.stages else None
        workspace = Workspace.open(Path(folder), None, {})
        behaviour = simulating.behaviour_of(workspace, answers)
        period = simulating.Period(TODAY, TODAY + timedelta(days=options.days - 1))
        days: list[float] = []
        since = started = time.perf_counter(), time.process_time()

        def step(what: str, done: int, of: int) -> None:
            nonlocal since
            now = time.perf_counter(), time.process_time()
            days.append(now[1] - since[1])
            since = now

        found = simulating.simulate(workspace, period, behaviour, step)
        took = time.perf_counter() - started[0], time.process_time() - started[1]
    kinds = [one.type for one in found.tally.went]
    print(f"{options.days} days, {len(found.tally.fates):,} occurrences", end=", ")
    print(f"{kinds.count('email'):,} messages, {kinds.count('task'):,} tasks, {found.changed:,} changes")
    print(f"{took[0]:.1f} s, {took[1]:.1f} s of processor, peak memory {peak_memory():.2f} GiB")
    show_days(days)
    if watch is not None:
        with watch.stage("rest"):
            pass
        print()
        for stage in STAGES:
            print(f"  {stage:10} {watch.seconds[stage]:8.2f} s {watch.cpu[stage]:8.2f} s of processor")


if __name__ == "__main__":
    main()
