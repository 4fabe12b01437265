"""Checks of schedules, people and several playbooks: what they find, and what they leave alone."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.engine.lint.lint import lint

NOW = datetime(2026, 11, 22, tzinfo=UTC)

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
MAIL = "do: [{email: notice, to: admin, from: csm}, {task: Call, assign: csm}]"
TASK = "do: [{task: Call, assign: csm}]"


def playbook(name: str, plays: dict[str, str], top: str = "") -> str:
    head = f"playbook: {name}\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n{top}plays:\n"
    return head + "".join(f"  {play}: {{{keys}}}\n" for play, keys in plays.items())


def codes(folder: Path, files: dict[str, str]) -> list[str]:
    shutil.copytree(EXAMPLE, folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [found.code for found in lint(folder, NOW).diagnostics]


# (plays and top keys of one more playbook beside the example's, which writes at 90 days to active contracts)
MEETINGS = {
    "same day": ({"a": f"when: days_to_renewal == 90, {MAIL}"}, "", ["W504"]),
    "one of a list": ({"a": f'when: "days_to_renewal in [120, 90]", {MAIL}'}, "", ["W504"]),
    "the same date otherwise": ({"a": f"when: days_until(renewal_date) == 90, {MAIL}"}, "", ["W504"]),
    "another day": ({"a": f"when: days_to_renewal == 91, {MAIL}"}, "", []),
    "another population": ({"a": f"when: days_to_renewal == 90, {MAIL}"}, 'where: status == "renewed"\n', []),
    "asks before": (
        {"a": f"when: days_to_renewal == 90, unless: touched_within(1d), {MAIL}"},
        "",
        [],
    ),
    "to a user": (
        {"a": "when: days_to_renewal == 90, do: [{email: notice, to: csm, from: csm}]"},
        "",
        [],
    ),
    "two states": (
        {"a": f"when: quantity > 5, {MAIL}", "b": f"when: not (quantity <= 5), {MAIL}"},
        "",
        ["W504"],
    ),
    "two other states": ({"a": f"when: quantity > 5, {MAIL}", "b": f"when: quantity > 9, {MAIL}"}, "", []),
    "two slots": (
        {
            "a": f'every: "0 9 1 * *", limits: {{per_play: 9}}, {MAIL}',
            "b": f'every: "0 9 1 * *", limits: {{per_play: 9}}, {MAIL}',
        },
        "",
        ["W504"],
    ),
}


@pytest.mark.parametrize("case", MEETINGS)
def test_meetings(case: str, tmp_path: Path) -> None:
    plays, top, expected = MEETINGS[case]
    assert codes(tmp_path / "project", {"playbooks/more.yaml": playbook("more", plays, top)}) == expected


CALL = {"call": f"when: days_to_renewal == 60, {TASK}"}
ACTIVE = 'where: status == "active"\n'
# (plays and top keys of the wider playbook, of the narrower one, and whether it is covered)
COVERED = {
    "equal": (CALL, ACTIVE, CALL, ACTIVE, True),
    "narrower": (CALL, ACTIVE, CALL, 'where: status == "active" and quantity > 5\n', True),
    "narrower by if": (CALL, "", {"call": f"when: days_to_renewal == 60, if: auto_renew, {TASK}"}, "", True),
    "with a follow-up": (
        {**CALL, "again": f"after: call + 3d, {TASK}"},
        "",
        {**CALL, "again": f"after: call + 3d, {TASK}"},
        ACTIVE,
        True,
    ),
    "another population": (CALL, ACTIVE, CALL, 'where: status == "renewed"\n', False),
    "neither implies the other": (CALL, "where: quantity > 5\n", CALL, "where: auto_renew\n", False),
    "another action": (CALL, "", {"call": CALL["call"].replace("Call", "Write")}, "", False),
    "another day": (CALL, "", {"call": CALL["call"].replace("60", "50")}, "", False),
    "one play more": (CALL, "", {**CALL, "more": f"when: quantity > 5, {TASK}"}, ACTIVE, False),
    "never stopped": (CALL, 'stop: status == "renewed"\n', CALL, "where: auto_renew\n", False),
}


@pytest.mark.parametrize("case", COVERED)
def test_a_playbook_that_another_one_covers(case: str, tmp_path: Path) -> None:
    wide, top, narrow, narrow_top, is_covered = COVERED[case]
    files = {
        "playbooks/a.yaml": playbook("wide", wide, top),
        "playbooks/b.yaml": playbook("narrow", narrow, narrow_top),
    }
    assert codes(tmp_path / "project", files) == (["W505"] if is_covered else [])


def project(zone: str = "Asia/Tokyo", fresh: str = "") -> str:
    source = f"{{adapter: files, path: data/crm{fresh}}}"
    user = "{name: Kato, email: kato@vendor.example}"
    return (
        f"project: example\ntimezone: {zone}\nlocale: en\nsources:\n  crm: {source}\nusers:\n  kato: {user}\n"
    )


@pytest.mark.parametrize(
    ("zone", "cron", "expected"),
    [
        ("Europe/Berlin", "30 2 * * *", ["W304"]),
        ("Europe/Berlin", "0 2 * * 0", ["W304"]),
        ("America/New_York", "15 2 * * *", ["W304"]),
        ("Australia/Sydney", "0 2 * 10 *", ["W304"]),
        ("Europe/Berlin", "0 3 * * *", []),  # the first time after the change
        ("Europe/Berlin", "30 2 * * 1", []),  # clocks change on Sundays
        ("Europe/Berlin", "30 2 * 7 *", []),
        ("Europe/Berlin", "30 * * * *", []),  # follows the clock
        ("Asia/Tokyo", "30 2 * * *", []),
        ("UTC", "30 2 * * *", []),
    ],
)
def test_times_that_the_clock_leaves_out(zone: str, cron: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "playcall.yaml": project(zone),
        "playbooks/more.yaml": playbook("more", CALL, f'schedule: "{cron}"\n'),
    }
    assert codes(tmp_path / "project", files) == expected


@pytest.mark.parametrize(
    ("fresh", "cron", "expected"),
    [
        (", fresh: 24h", "0 * * * *", ["W303"]),
        (", fresh: 24h", "*/5 9-17 * * 1-5", ["W303"]),
        (", fresh: 36h", "0 8 * * *", []),
        (", fresh: 96h", "0 8 * * *", []),
        (", fresh: 2h", "0 * * * *", []),
        ("", "0 * * * *", []),
    ],
)
def test_runs_between_two_loads(fresh: str, cron: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "playcall.yaml": project(fresh=fresh),
        "playbooks/more.yaml": playbook("more", CALL, f'schedule: "{cron}"\n'),
    }
    assert codes(tmp_path / "project", files) == expected


@pytest.mark.parametrize(("cron", "expected"), [("*/5 * * * *", ["W303"]), ("0 9 1 */3 *", [])])
def test_slots_between_two_loads(cron: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "playcall.yaml": project(fresh=", fresh: 24h"),
        "playbooks/more.yaml": playbook("more", {"a": f'every: "{cron}", {TASK}'}),
    }
    assert codes(tmp_path / "project", files) == expected


RECIPIENTS = """\
recipients:
  desk: {of: users, where: team == "renewals", take: 1}
  boss: {user: account.csm.manager}
  chief: {user: account.csm.manager, else: csm}
  buyer: {of: contacts, where: role == "buyer", else: desk}
"""


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("{task: Call, assign: desk}", ["W402"]),
        ("{task: Call, assign: boss}", ["W402"]),
        ("{email: notice, to: boss, from: csm}", ["W402"]),
        ("{task: Call, assign: chief}", []),
        ("{email: notice, to: buyer, from: boss}", []),
        ("{email: notice, to: admin, from: csm}", []),
    ],
)
def test_people_rules_that_find_nobody(actions: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "catalog/people.yaml": RECIPIENTS,
        "playbooks/more.yaml": playbook("more", {"a": f"when: quantity > 5, do: [{actions}]"}),
    }
    found = codes(tmp_path / "project", files)
    assert [code for code in found if code != "W503"] == expected  # the other recipients are unused


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('every: "0 9 1 * *"', ["W403"]),
        ("when: quantity > 5, again: 30d", ["W403"]),
        ('every: "0 9 1 * *", limits: {per_play: 50}', []),
        ('every: "0 9 1 * *", limits: {per_contact: 1 per 30d}', []),
        ('every: "0 9 1 * *", limits: {per_assignee: 5 per 1d}', ["W403"]),
        ('every: "0 9 1 * *", unless: touched_within(30d)', []),
        ("when: quantity > 5", []),
    ],
)
def test_messages_that_repeat(keys: str, expected: list[str], tmp_path: Path) -> None:
    files = {"playbooks/more.yaml": playbook("more", {"a": f"{keys}, {MAIL}"})}
    assert codes(tmp_path / "project", files) == expected


def test_a_limit_of_the_project_is_one_for_each_play(tmp_path: Path) -> None:
    files = {
        "playcall.yaml": project() + "limits: {per_play: 100}\n",
        "playbooks/more.yaml": playbook("more", {"a": f'every: "0 9 1 * *", {MAIL}'}),
    }
    assert codes(tmp_path / "project", files) == []


SITES = """\
entities:
  site:
    key: site_id
    from: crm.sites
    belongs_to: {account: account_id}
    fields: {site_id: text, account_id: text, usage: number, seats: int}
    derive: {busy: usage > 3, load: usage * 2, ratio: seats / 7}
scores:
  health: {on: site, parts: {usage: {weight: 1, value: usage}}, bands: {good: ">= 50", bad: "< 50"}}
"""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("when: usage < 10", ["W302"]),
        ("when: health < 10", ["W302"]),
        ("when: load > 10", ["W302"]),
        ("when: ratio > 10", []),
        ('when: health.band == "bad"', ["W302"]),
        ("when: \"health.band in ['bad']\"", ["W302"]),
        ("when: usage < 10, for: 7d", []),
        ("when: usage < 10, clear: usage > 20", []),
        ("when: usage < 10, once: ever", []),
        ("when: seats < 10", []),
        ("when: usage < seats", []),
        ("when: busy", []),
    ],
)
def test_states_of_moving_figures(keys: str, expected: list[str], tmp_path: Path) -> None:
    text = playbook("more", {"a": f"{keys}, {TASK}"}).replace("for: contract", "for: site")
    assert codes(tmp_path / "project", {"catalog/sites.yaml": SITES, "playbooks/more.yaml": text}) == expected


LICENCES = """\
entities:
  licence:
    key: licence_id
    from: crm.licences
    belongs_to: {account: account_id}
    fields: {licence_id: text, account_id: text, ends_on: date, auto_renew: bool, notice_days: int}
    derive:
      days_to_end: days_until(ends_on)
      days_to_notice: days_until(ends_on) - notice_days
"""


@pytest.mark.parametrize(
    ("where", "when", "expected"),
    [
        ("auto_renew", "days_to_end == 30", ["W305"]),
        ("auto_renew == true and account_id != 'A1'", '"days_to_end in [60, 30]"', ["W305"]),
        ("auto_renew", "days_to_end == 90", []),
        ("auto_renew", "days_to_notice == 30", []),
        ("auto_renew and notice_days <= 14", "days_to_end == 30", []),
        ("not auto_renew", "days_to_end == 30", []),
        ("account_id != 'A1'", "days_to_end == 30", []),
    ],
)
def test_first_touches_after_the_notice(where: str, when: str, expected: list[str], tmp_path: Path) -> None:
    text = playbook("more", {"a": f"when: {when}, {TASK}"}, f"where: {where}\n")
    files = {
        "catalog/licences.yaml": LICENCES,
        "playbooks/more.yaml": text.replace("for: contract", "for: licence"),
    }
    assert codes(tmp_path / "project", files) == expected


def test_files_of_other_names_are_not_read(tmp_path: Path) -> None:
    files = {
        "playbooks/more.yml": "x",
        "catalog/a/more.YAML": "x",
        "playbooks/notes.md": "x",
        "other.yml": "x",
    }
    assert codes(tmp_path / "project", files) == ["W104", "W104"]


SPELLED_OUT = 'count(account.tickets where status == "open" and csat is not missing)'


@pytest.mark.parametrize(
    ("expression", "times", "expected"),
    [
        (SPELLED_OUT, 3, ["W210"]),
        (SPELLED_OUT, 2, []),
        ("default(devices, 0) * 2 - quantity", 3, ["W210"]),
        ("default(devices, 0)", 3, []),
        ("account.open_tickets", 3, []),
    ],
)
def test_what_is_spelled_out_again_and_again(
    expression: str, times: int, expected: list[str], tmp_path: Path
) -> None:
    plays = {f"p{i}": f"when: '{expression} > {i + 10}', {TASK}" for i in range(times)}
    assert codes(tmp_path / "project", {"playbooks/more.yaml": playbook("more", plays)}) == expected
