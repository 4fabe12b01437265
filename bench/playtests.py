"""How long `playcall test` takes: playbooks with ten tests of one to three days each, beside promtool.

Run: ``python bench/playtests.py [PLAYBOOKS]``. A fresh process each; promtool's tests of as many rules, where
Debian's package `prometheus` is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from measure import environment

TARGET = 10.0  # seconds for 1,000 tests on two cores
TESTS = 10  # a playbook

PLAYCALL = str(Path(sys.executable).with_name("playcall"))
STARTER = Path(__file__).parents[1] / "playbooks" / "init"

PLAYBOOK = """\
playbook: book-{n}
describe: A mail {lead} days before the renewal, a task where little is used, and one if it is not done.
owner: cs@vendor.example
for: contract
where: status == "active"
params: {{lead: {lead}}}
stop: status in ["cancelled", "renewed"]
plays:
  notice:
    when: days_to_renewal == lead
    grace: 7d
    do: [{{email: renewal-notice, to: decision_maker, from: csm}}]
  low-usage:
    when: devices < quantity * 50%
    do: [{{task: "Call {{{{ account.name }}}}", assign: csm, due: 5bd}}]
  nobody-called:
    after: low-usage + 2d
    if: open_task("low-usage")
    do: [{{task: "Nobody has called {{{{ account.name }}}}", assign: csm}}]
"""
HEAD = """\
playbook: book-{n}
start: 2026-01-05
records:
  account: {{A1: {{name: Acme, csm: kato}}}}
  contract:
    C1: {{account_id: A1, term_start: 2025-07-20, renewal_date: {renewal}, quantity: 100, devices: 80}}
  contact: {{ceo@acme.test: {{account_id: A1, name: Carla, role: decision_maker}}}}
tests:
"""
ONE_DAY = """\
  - name: the notice, as of {number} units
    run_on: 2026-03-02
    records: {{contract: {{C1: {{quantity: {number}}}}}}}
    expect: [{{on: 2026-03-02, play: notice, record: C1, action: email, to: ceo@acme.test}}]
    nothing_else: true
"""
TWO_DAYS = """\
  - name: a day too late, as of {number} units
    run_on: [2026-03-01, 2026-03-03]
    records: {{contract: {{C1: {{quantity: {number}}}}}}}
    expect: [{{on: 2026-03-03, play: notice, action: email, late_days: 1}}]
    nothing_else: true
"""
THREE_DAYS = """\
  - name: a task on the day that use drops to {number}, and another if nobody calls
    run_on: [2026-02-02, 2026-02-03, 2026-02-05]
    set: [{{on: 2026-02-03, contract: {{C1: {{devices: {number}}}}}}}]
    expect:
      - {{on: 2026-02-03, play: low-usage, action: task, assignee: kato}}
      - {{on: 2026-02-05, play: nobody-called, action: task}}
    nothing_else: true
"""
KINDS = (ONE_DAY, TWO_DAYS, THREE_DAYS)


def write_project(root: Path, playbooks: int) -> None:
    """The starter project with so many playbooks, each with its tests."""
    shutil.copytree(STARTER, root)
    shutil.rmtree(root / "playbooks")
    shutil.rmtree(root / "tests")
    (root / "playbooks").mkdir()
    (root / "tests").mkdir()
    for n in range(playbooks):
        lead = 100 + n % 50
        renewal = date(2026, 3, 2) + timedelta(days=lead)
        (root / "playbooks" / f"book-{n}.yaml").write_text(PLAYBOOK.format(n=n, lead=lead))
        tests = "".join(KINDS[one % 3].format(number=30 + one) for one in range(TESTS))
        (root / "tests" / f"book-{n}.yaml").write_text(HEAD.format(n=n, renewal=renewal) + tests)


def timed(command: list[str], cwd: Path) -> tuple[float, float, str]:
    """Seconds, processor seconds and output of a command in a fresh process."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment())
    took, after = time.perf_counter() - start, os.times()
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    busy = sum(after[2:4]) - sum(before[2:4])
    return took, busy, done.stdout


def playcall(playbooks: int) -> None:
    """Print the line of `playcall test`."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        write_project(root, playbooks)
        took, busy, out = timed([PLAYCALL, "--project", str(root), "test", "--format", "json"], root)
    passed = json.loads(out)["passed"]
    verdict = "" if passed < 1000 else f"   target {TARGET:.0f} s: {'met' if took <= TARGET else 'missed'}"
    print(f"playcall test   {passed:6,} tests {took:8.2f} s {busy:8.2f} s of processor{verdict}")


RULE = '  - {{alert: Low{n}, expr: "devices{{contract=\\"C{n}\\"}} < 50", for: 1d, labels: {{play: task}}}}\n'
CASE = """\
  - interval: 1d
    input_series: [{{series: 'devices{{contract="C{n}"}}', values: '80 {low} {low} {low}'}}]
    alert_rule_test:
      - eval_time: 2d
        alertname: Low{n}
        exp_alerts: [{{exp_labels: {{contract: C{n}, play: task}}}}]
"""


def promtool(playbooks: int) -> None:
    """Print the line of `promtool test rules`: a rule a test over four days, in as many files."""
    if shutil.which("promtool") is None:
        print("promtool        is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        for book in range(playbooks):
            rules = "".join(RULE.format(n=n) for n in range(TESTS))
            cases = "".join(CASE.format(n=n, low=30 + n) for n in range(TESTS))
            head = f"rule_files: [rules-{book}.yaml]\nevaluation_interval: 1d\ntests:\n"
            (Path(folder) / f"rules-{book}.yaml").write_text(f"groups:\n- name: plays\n  rules:\n{rules}")
            (Path(folder) / f"test-{book}.yaml").write_text(head + cases)
        files = [f"test-{book}.yaml" for book in range(playbooks)]
        took, busy, _ = timed(["promtool", "test", "rules", *files], Path(folder))
    print(f"promtool        {playbooks * TESTS:6,} tests {took:8.2f} s {busy:8.2f} s of processor")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    playcall(number)
    promtool(number)
