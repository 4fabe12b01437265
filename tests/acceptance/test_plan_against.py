"""`plan --against`: what a pull request would change, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clikit import CATALOG, PROJECT, Answer, Company

ASK = """
ask:
  when: days_to_renewal == 140
  grace: 7d
  do: [{email: ask, to: decision_maker, from: csm}]
"""
LOW = """
low:
  when: devices < 50
  do: [{task: "Call", assign: csm}]
"""
DAY = "2024-03-02"


def git(folder: Path, *arguments: str) -> str:
    """git with an author, and with nothing of this machine's settings."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{
            f"GIT_{who}_{what}": f"{what.lower()}@acme.test"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    done = subprocess.run(["git", *arguments], cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(company: Company, text: str = "a change") -> str:
    """Commit all of the project but its data; gives the commit."""
    git(company.root, "init", "-q", "-b", "main")
    git(company.root, "add", "-A", "--", ".", ":!data", ":!.playcall")
    git(company.root, "commit", "-q", "--allow-empty", "-m", text)
    return git(company.root, "rev-parse", "HEAD")


@pytest.fixture
def asked(company: Company) -> Company:
    """A company whose playbook asks at 140 days, in git."""
    company.playbook(ASK)
    commit(company)
    return company


def against(company: Company, *arguments: str, revision: str = "HEAD", day: str = DAY) -> Answer:
    return company.call("plan", "--as-of", day, "--against", revision, *arguments)


def differences(company: Company, **options: str) -> dict[str, list[tuple[str, ...]]]:
    """What is added, removed and changed: (play, record, verdict)."""
    answer = against(company, "--format", "json", **options)
    assert answer.code == 0, answer.err
    found = answer.json()
    return {
        kind: [(one["play"], one["record"], one["verdict"]) for one in found[kind]]
        for kind in ("added", "removed", "changed")
        if found[kind]
    }


def test_nothing_changed_is_no_difference(asked: Company) -> None:
    assert differences(asked) == {}
    assert against(asked, "--detailed-exitcode").code == 0
    assert "nothing changes" in against(asked).out


def test_a_new_play_enters_and_a_removed_one_leaves(asked: Company) -> None:
    asked.contracts({"devices": 10})
    asked.playbook(LOW)
    assert differences(asked) == {"added": [("low", "C1", "fired")], "removed": [("ask", "C1", "fired")]}
    answer = against(asked, "--detailed-exitcode")
    assert answer.code == 4
    assert "+ 1 added" in answer.out and "- 1 removed" in answer.out


def test_what_is_done_otherwise_is_changed(asked: Company) -> None:
    asked.playbook(ASK.replace("do:", "if: devices < 50\n  do:"))
    [one] = against(asked, "--format", "json").json()["changed"]
    assert (one["verdict"], one["reason"], one["before"]["verdict"]) == ("declined", "if", "fired")
    asked.playbook(ASK.replace("to: decision_maker", "to: csm"))
    [one] = against(asked, "--format", "json").json()["changed"]
    assert one["actions"][0]["to"] == "kato@acme.test"
    assert one["before"]["actions"][0]["to"] == "ceo@acme.test"


def test_comments_layout_and_places_are_no_difference(asked: Company) -> None:
    text = (asked.root / "playbooks/renewals.yaml").read_text()
    (asked.root / "playbooks/renewals.yaml").unlink()
    asked.write(
        {"playbooks/moved/asking.yaml": "# a comment\n" + text.replace("grace: 7d", "grace:   7d  # a week")}
    )
    assert differences(asked) == {}


def test_a_rename_is_no_difference(asked: Company) -> None:
    asked.run("2024-03-01")
    asked.playbook(ASK.replace("ask:", "inquire:\n  was: ask", 1), "was: renewals\n", name="intent")
    (asked.root / "playbooks/renewals.yaml").unlink()
    assert differences(asked) == {}
    asked.playbook(ASK.replace("ask:", "inquire:", 1), name="intent")
    assert set(differences(asked)) == {"added", "removed"}


def test_a_rename_that_was_run_compares_with_the_name_before(asked: Company) -> None:
    asked.run("2024-03-01")
    asked.playbook(ASK.replace("ask:", "inquire:\n  was: ask", 1))
    asked.run("2024-03-02")
    assert differences(asked, day="2024-03-03") == {}


def test_the_catalogue_counts_too(asked: Company) -> None:
    asked.write(
        {"catalog/all.yaml": CATALOG.replace("days_until(renewal_date)", "days_until(renewal_date) + 3")}
    )
    assert set(differences(asked)) == {"removed"}
    stored = CATALOG.replace(
        "      devices: {int: true",
        "      seats: {int: true, from: crm.quantity, nullable: true}\n      devices: {int: true",
    )
    asked.write({"catalog/all.yaml": stored})
    assert differences(asked) == {}


def test_settings_count_too(asked: Company) -> None:
    asked.many(2)
    asked.write({"playcall.yaml": PROJECT + "limits: {per_play: 1}\n"})
    answer = against(asked, "--format", "json").json()
    assert [one["verdict"] for one in answer["changed"]] == ["held", "held"]


def test_an_edited_lead_lists_whom_it_would_skip(asked: Company) -> None:
    asked.playbook(ASK + LOW)
    asked.run("2024-01-01")
    asked.playbook(ASK.replace("140", "150") + LOW)
    found = against(asked, "--format", "json", day="2024-03-01").json()
    assert [(one["record"], one["was_due"], one["now_due"]) for one in found["skipped"]] == [
        ("C1", "2024-03-02", "2024-02-21")
    ]
    assert "1 skipped" in against(asked, day="2024-03-01").out


def test_an_edited_lead_beside_a_renamed_field(asked: Company) -> None:
    asked.run("2024-01-01")
    renamed = CATALOG.replace("renewal_date: date", "ends_on: {date: true, from: crm.renewal_date}")
    renamed = renamed.replace("days_to_renewal: days_until(renewal_date)", "days_left: days_until(ends_on)")
    mail = "---\nsubject: Soon\n---\nHello\n"
    asked.write({"catalog/all.yaml": renamed, "templates/ask.md": mail})
    asked.playbook(ASK.replace("days_to_renewal == 140", "days_left == 150"))
    found = against(asked, "--format", "json", day="2024-03-01").json()
    assert ([one["verdict"] for one in found["added"]], found["skipped"]) == (["expired"], [])
    derived = CATALOG.replace("days_to_renewal:", "days_left:")
    asked.write({"catalog/all.yaml": derived})
    asked.playbook(ASK.replace("days_to_renewal == 140", "days_left == 150"))
    assert len(against(asked, "--format", "json", day="2024-03-01").json()["skipped"]) == 1


def test_the_value_that_is_touched(asked: Company) -> None:
    catalog = CATALOG.replace("      quantity: int\n", "      quantity: int\n      arr: {money: JPY}\n")
    asked.write({"catalog/all.yaml": catalog})
    asked.contracts({"arr": "1200000"}, {"contract_id": "C2", "arr": "34"})
    commit(asked)
    asked.playbook(ASK.replace("140", "139"))
    found = against(asked, "--format", "json").json()
    [play] = found["plays"]
    assert (play["removed"], play["value"]["removed"]) == (2, ["1200034 JPY"])
    assert "1200034 JPY" in against(asked).out


class TestRevisions:
    def test_a_dirty_tree_is_compared_as_it_stands_and_left_so(self, asked: Company) -> None:
        asked.playbook(ASK + LOW)
        before = git(asked.root, "status", "--porcelain")
        assert differences(asked) == {}
        assert git(asked.root, "status", "--porcelain") == before

    def test_a_project_below_the_repository(self, tmp_path: Path, company: Company) -> None:
        company.playbook(ASK)
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "acme/playcall.yaml", "acme/catalog", "acme/playbooks", "acme/templates")
        git(tmp_path, "commit", "-q", "-m", "first")
        company.playbook(LOW)
        assert differences(company) == {"removed": [("ask", "C1", "fired")]}

    def test_a_work_tree_beside_and_a_path_with_spaces(self, tmp_path: Path, asked: Company) -> None:
        git(asked.root, "worktree", "add", "-q", str(tmp_path / "an other"), "-b", "other")
        other = Company(tmp_path / "an other")
        other.contracts({})
        other.table(
            "accounts", [{"account_id": "A1", "name": "Acme", "segment": "mid", "csm": "kato", "nps": ""}]
        )
        other.table("contacts", [{"email": "x@acme.test", "account_id": "A1", "name": "X", "role": "admin"}])
        other.playbook(LOW)
        assert differences(other, revision="main") == {"removed": [("ask", "C1", "fired")]}

    @pytest.mark.parametrize(
        ("revision", "said"),
        [("nope", "git knows no revision 'nope'"), ("--all", "'--all'"), ("", "no revision ''")],
    )
    def test_an_unknown_revision(self, asked: Company, revision: str, said: str) -> None:
        answer = against(asked, revision=revision)
        assert (answer.code, said in answer.err) == (3, True), answer.err

    def test_no_repository(self, company: Company) -> None:
        company.playbook(ASK)
        answer = against(company)
        assert (answer.code, "not a git repository" in answer.err) == (3, True)

    def test_a_revision_without_the_project(self, tmp_path: Path, company: Company) -> None:
        company.playbook(ASK)
        git(tmp_path, "init", "-q")
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing yet")
        answer = against(company)
        assert (answer.code, "has no acme/playcall.yaml" in answer.err) == (3, True), answer.err

    def test_a_revision_that_has_errors(self, asked: Company) -> None:
        asked.playbook(ASK.replace("days_to_renewal", "days_to_renwal"))
        broken = commit(asked)
        asked.playbook(ASK)
        answer = against(asked, revision=broken)
        assert answer.code == 3
        assert f"the project at {broken} has errors" in answer.err
        assert "playbooks/renewals.yaml:7:" in answer.err and "did you mean" in answer.err
        assert "^^^" in answer.err

    def test_a_shallow_clone_says_how_to_get_the_rest(self, tmp_path: Path, asked: Company) -> None:
        first = git(asked.root, "rev-parse", "HEAD")
        commit(asked)
        git(tmp_path, "clone", "-q", "--depth", "1", f"file://{asked.root}", "shallow")
        answer = against(Company(tmp_path / "shallow"), revision=first)
        assert (answer.code, "git fetch --unshallow" in answer.err) == (3, True), answer.err

    def test_a_submodule_is_read_where_it_is(self, tmp_path: Path, company: Company) -> None:
        company.playbook(ASK)
        shared = tmp_path / "shared"
        (company.root / "playbooks").rename(shared)
        git(shared, "init", "-q")
        git(shared, "add", ".")
        git(shared, "commit", "-q", "-m", "first")
        git(company.root, "init", "-q")
        git(
            company.root,
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "add",
            "-q",
            str(shared),
            "playbooks",
        )
        commit(company)
        assert differences(company) == {}
        company.playbook(LOW)
        assert differences(company) == {"removed": [("ask", "C1", "fired")]}

    def test_a_link_inside_the_repository_is_followed(self, asked: Company) -> None:
        asked.write({"shared/low.yaml": (asked.root / "playbooks/renewals.yaml").read_text()})
        (asked.root / "playbooks/renewals.yaml").unlink()
        (asked.root / "playbooks/renewals.yaml").symlink_to("../shared/low.yaml")
        commit(asked)
        assert differences(asked) == {}
        (asked.root / "playbooks/renewals.yaml").unlink()
        (asked.root / "playbooks/renewals.yaml").symlink_to("/etc/hostname.yaml")
        commit(asked)
        (asked.root / "playbooks/renewals.yaml").unlink()
        answer = against(asked)
        assert (answer.code, "leads out of the repository" in answer.err) == (3, True), answer.err


class TestMarkdown:
    def test_a_comment_has_a_table_and_folded_details(self, asked: Company) -> None:
        asked.playbook(LOW)
        said = against(asked, "--format", "markdown").out
        assert said.startswith("### playcall plan: 0 added, 1 removed, 0 changed\n")
        assert "| `renewals.ask` |  | 1 |  |" in said
        assert "<details><summary>renewals.ask</summary>" in said
        assert said.count("<details>") == said.count("</details>")

    def test_hostile_values_are_only_text(self, asked: Company) -> None:
        hostile = "<img src=x onerror=a> | [x](http://x.test) @all `` `code` \u202e"
        asked.contracts({"contract_id": hostile})
        asked.playbook(LOW)
        said = against(asked, "--format", "markdown").out
        shown = "``` <img src=x onerror=a> \\| [x](http://x.test) @all `` `code` \\u202e ```"
        assert shown in said

    def test_a_comment_is_never_too_long(self, asked: Company) -> None:
        plays = "".join(LOW.replace("low:", f"low{number}:") for number in range(150))
        asked.many(30, devices=10)
        asked.playbook(plays)
        said = against(asked, "--format", "markdown").out
        assert len(said) < 65_536
        assert "and 51 more plays" in said and "are left out" in said

    def test_it_wants_a_comparison(self, asked: Company) -> None:
        assert asked.call("plan", "--format", "markdown").code == 2
