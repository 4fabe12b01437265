"""`lint --facts`: each case is a playbook beside the example project, over a snapshot of real files."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.facts.load import load as load_facts
from playcall.engine.lint.lint import lint
from playcall.engine.playbook.loader import load
from playcall.engine.ports import FixedClock
from playcall.engine.service.linting import lint_facts
from playcall.engine.service.running import run
from playcall.engine.service.workspace import Workspace

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
CATALOG = """\
entities:
  site:
    key: site_id
    from: crm.sites
    fields:
      site_id: text
      region: text
      state: {enum: [live, trial, closed]}
      paid: bool
      seats: int
      ends_on: date
      fee: {money: JPY}
      note: {text: true, nullable: true}
      keeper: {user: true, nullable: true}
    derive:
      big: seats > 100
      days_left: days_until(ends_on)
      business_days_left: business_days_until(ends_on)
recipients:
  keeper: {user: keeper}
  kept: {user: keeper, else: kato_only}
  kato_only: {user: kato}
"""
HEADER = "site_id,region,state,paid,seats,ends_on,fee,note,keeper\n"


def row(number: int) -> str:
    """Twelve sites: two in five on trial, six with more than 100 seats, four that end on 10 January, a
    keeper for nine."""
    state = "trial" if number % 5 < 2 else "live"
    ends = "2027-01-10" if number <= 4 else f"2027-02-{number:02}"
    keeper = "kato" if number % 4 else ""
    return f"S{number},JP,{state},true,{number * 16},{ends},500,,{keeper}\n"


def project(folder: Path, play: str, top: str = "", rows: int = 12, settings: str = "") -> Path:
    shutil.copytree(EXAMPLE, folder)
    (folder / "playcall.yaml").write_text((EXAMPLE / "playcall.yaml").read_text() + settings)
    (folder / "catalog" / "sites.yaml").write_text(CATALOG)
    head = "playbook: example\ndescribe: An example.\nowner: cs@vendor.example\nfor: site\n"
    (folder / "playbooks" / "example.yaml").write_text(f"{head}{top}plays:\n  call: {{{play}}}\n")
    data = folder / "data" / "crm"
    data.mkdir(parents=True)
    (data / "sites.csv").write_text(HEADER + "".join(row(number + 1) for number in range(rows)))
    return folder


def keep_snapshot(folder: Path) -> None:
    known, catalog, _ = load(folder).checked()
    load_facts(catalog, known, FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))


def findings(folder: Path) -> list[tuple[str, str]]:
    keep_snapshot(folder)
    return [(one.code, one.message) for one in lint_facts(folder, NOW, None, {}).diagnostics]


TASK = "do: [{task: Call, assign: kato}]"

# play, top keys → code and words of the only finding
FOUND = {
    "always missing": (f'when: note == "x", {TASK}', "", "W212", "missing in all 12 records of site"),
    "one text": (f'when: region != "JP" and seats > 3, {TASK}', "", "W213", "`region` is JP in all 12"),
    "one bool": (f"when: paid == false, {TASK}", "", "W213", "`paid` is true"),
    "one amount": (f"when: fee > 100 JPY, {TASK}", "", "W213", "the comparison decides nothing"),
    "in where": (f"when: seats > 3, {TASK}", 'where: region == "JP"\n', "W213", "`region` is JP"),
    "never seen": (f'when: state == "closed", {TASK}', "", "W214", '`state` is not "closed" in any of 12'),
    "one of a list": (f"when: \"state in ['closed', 'live']\", {TASK}", "", "W214", "'closed'"),
    "state": (f"when: seats > 100, {TASK}", "limits: {per_play: 5}\n", "W306", "in its first run"),
    "derived": (f"when: big, limits: {{per_play: 5}}, {TASK}", "", "W306", "fire 6 times; its limit is 5"),
    "moment": (f"when: days_left == 30, {TASK}", "limits: {per_play: 3}\n", "W306", "on 2026-12-11"),
    "moments": (
        f"when: 'days_left in [30, 20]', {TASK}",
        "limits: {per_play: 3}\n",
        "W306",
        "on 2026-12-11 the play would fire 4 times",
    ),
    "business days": (f"when: business_days_left == 5, {TASK}", "limits: {per_play: 3}\n", "W306", "4 times"),
    "schedule": (f'every: "0 9 1 * *", {TASK}', "limits: {per_play: 11}\n", "W306", "in each of its slots"),
    "nobody": ("when: seats > 3, do: [{task: Call, assign: keeper}]", "", "W405", "for 25% of 12 records"),
}
SILENT = {
    "varied": (f'when: state == "trial" and seats > 20, {TASK}', ""),
    "nothing is compared": ("when: seats > 20, do: [{task: 'Call {{ region }}', assign: kato}]", ""),
    "within the limit": (f"when: seats > 100, {TASK}", "limits: {per_play: 6}\n"),
    "less by a condition": (f'when: seats > 100, if: state == "trial", {TASK}', "limits: {per_play: 5}\n"),
    "less by unless": (f'when: seats > 100, unless: state == "live", {TASK}', "limits: {per_play: 5}\n"),
    "less by where": (f"when: seats > 100, {TASK}", 'where: state == "live"\nlimits: {per_play: 5}\n'),
    "in the past": (f"when: days_left == 90, {TASK}", "limits: {per_play: 3}\n"),
    "what is over waits": (f"when: seats > 100, {TASK}", "limits: {per_play: 5 then defer}\n"),
    "without a limit": (f"when: seats > 100, {TASK}", ""),
    "else": ("when: seats > 3, do: [{task: Call, assign: kept}]", ""),
    "nobody outside": (
        "when: seats > 3, do: [{task: Call, assign: keeper}]",
        "where: keeper is not missing\n",
    ),
}
# Plain lint has its say about these recipients, and about those that the other cases leave unused.
BESIDE = {"W402", "W503"}


@pytest.mark.parametrize("case", FOUND)
def test_it_is_found(case: str, tmp_path: Path) -> None:
    play, top, code, words = FOUND[case]
    found = [one for one in findings(project(tmp_path / "project", play, top)) if one[0] not in BESIDE]
    assert [one for one, _ in found] == [code]
    assert words in found[0][1]


@pytest.mark.parametrize("case", SILENT)
def test_nothing_is_said(case: str, tmp_path: Path) -> None:
    play, top = SILENT[case]
    assert [one for one in findings(project(tmp_path / "project", play, top)) if one[0] not in BESIDE] == []


def test_few_records_say_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f'when: region == "KR", {TASK}', rows=9)
    assert [code for code, _ in findings(folder) if code not in BESIDE] == []


def test_the_limit_of_the_project_is_one_too(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f"when: big, {TASK}", settings="limits: {per_play: 5}\n")
    assert [code for code, _ in findings(folder) if code not in BESIDE] == ["W306"]


def test_a_state_that_has_run_has_fired_for_most(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f"when: big, {TASK}", "limits: {per_play: 5}\n")
    workspace = Workspace.open(folder, None, {}, FixedClock(datetime(2026, 11, 22, tzinfo=UTC)))
    run(workspace, deliver=False)
    assert [code for code, _ in findings(folder) if code not in BESIDE] == []


def test_a_comment_silences_it_and_means_nothing_to_plain_lint(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f'when: state == "closed", {TASK}')
    path = folder / "playbooks" / "example.yaml"
    path.write_text(path.read_text().replace("plays:\n", "plays:\n  # playcall: allow W214 -- rare\n"))
    assert [code for code, _ in findings(folder) if code not in BESIDE] == []
    assert "W103" not in {one.code for one in lint(folder, NOW).diagnostics}
    path.write_text(path.read_text().replace("closed", "trial"))
    assert "W103" in {code for code, _ in findings(folder)}


def test_fields_newer_than_the_snapshot_are_left_alone(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f"when: seats > 20, {TASK}")
    keep_snapshot(folder)
    path = folder / "catalog" / "sites.yaml"
    new = "tier: {enum: [gold, tin], nullable: true}\n      seats: int\n"
    path.write_text(path.read_text().replace("seats: int\n", new, 1))
    path = folder / "playbooks" / "example.yaml"
    path.write_text(path.read_text().replace("seats > 20", 'tier == "gold"'))
    found = {one.code for one in lint_facts(folder, NOW, None, {}).diagnostics}
    assert found <= BESIDE


def test_errors_come_first(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f"when: seatz > 5, {TASK}")
    assert [one.code for one in lint_facts(folder, NOW, None, {}).diagnostics] == ["E203"]


def test_without_a_snapshot_it_says_what_to_do(tmp_path: Path) -> None:
    folder = project(tmp_path / "project", f"when: seats > 5, {TASK}")
    with pytest.raises(PlaycallError, match=r"no snapshot in .*playcall run"):
        lint_facts(folder, NOW, None, {})
