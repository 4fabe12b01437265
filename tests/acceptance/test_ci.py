"""What docs/how-to/ci.md offers, run as the machines run it: the hooks of pre-commit, the steps of the GitHub
action, the scripts of GitLab and Jenkins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from clikit import Company

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "ci.md").read_text("utf-8")
COMMANDS = Path(sys.executable).parent
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "venv", "build", "dist", "__pycache__", "*.egg-info", ".*_cache", "tests", "bench"
)

PLAYS = """
call:
  when: {when}
  do:
    - {{task: Call, assign: csm}}
"""
FINE, SLIP = "days_to_renewal == 140", "days_to_renwal == 140"


def block(name: str) -> str:
    """The text of a file that the page shows."""
    match = re.search(rf"^```\w+ {re.escape(name)}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert match is not None
    return match[1]


def shell(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """A step as GitHub and GitLab run it: bash that ends at the first failure."""
    path = f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**os.environ, "PATH": path, **environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *who, *arguments], check=True, capture_output=True)


def committed(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")


class TestPreCommit:
    """Hooks of the manifest, in an environment that has playcall already (``language: system``)."""

    def run(self, root: Path, **overrides: object) -> subprocess.CompletedProcess[str]:
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
        wanted = [one["id"] for one in yaml.safe_load(block(".pre-commit-config.yaml"))["repos"][0]["hooks"]]
        assert [hook["id"] for hook in hooks] == wanted
        local = [{**hook, "language": "system", **overrides.get(hook["id"], {})} for hook in hooks]  # type: ignore[dict-item]
        config = {"repos": [{"repo": "local", "hooks": local}]}
        (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
        git(root, "add", "-A")
        return shell("pre-commit run --verbose", root, PRE_COMMIT_HOME=str(root.parent / "pre-commit"))

    def test_the_manifest_is_valid(self) -> None:
        done = shell("pre-commit validate-manifest .pre-commit-hooks.yaml", ROOT)
        assert done.returncode == 0, done.stdout

    def test_findings_stop_a_commit_and_clean_files_do_not(self, company: Company) -> None:
        committed(company.root)
        company.playbook(PLAYS.format(when=SLIP))
        done = self.run(company.root)
        assert (done.returncode, "error E203" in done.stdout) == (1, True), done.stdout
        company.playbook(PLAYS.format(when=FINE))
        done = self.run(company.root)
        assert done.returncode == 0, done.stdout
        assert "playcall lint" in done.stdout
        assert "Skipped" not in done.stdout

    def test_fmt_lays_out_what_is_committed_and_says_so(self, company: Company) -> None:
        committed(company.root)
        company.playbook(PLAYS.format(when="days_to_renewal==140"))
        path = company.root / "playbooks" / "renewals.yaml"
        done = self.run(company.root)
        assert (done.returncode, "files were modified by this hook" in done.stdout) == (1, True)
        assert "when: days_to_renewal == 140" in path.read_text("utf-8")
        assert self.run(company.root).returncode == 0

    def test_a_project_in_a_folder_of_the_repository(self, company: Company, tmp_path: Path) -> None:
        committed(tmp_path)
        company.playbook(PLAYS.format(when=SLIP))
        inside = {"playcall-lint": {"args": ["--project", "acme", "lint"]}}
        done = self.run(tmp_path, **inside)
        assert (done.returncode, "error E203" in done.stdout) == (1, True), done.stdout

    def test_other_files_do_not_start_the_hooks(self, company: Company) -> None:
        committed(company.root)
        self.run(company.root)
        git(company.root, "commit", "-q", "-m", "config")
        company.write({"README.md": "hello"})
        assert self.run(company.root).stdout.count("Skipped") == 2


class Action:
    """The composite action, its steps run with the values that GitHub puts in."""

    def __init__(self, source: Path, workspace: Path, temporary: Path) -> None:
        path = source / ".github" / "actions" / "lint"
        self._spec: Any = yaml.safe_load((path / "action.yml").read_text("utf-8"))
        self._values = {"github.action_path": str(path)}
        self._workspace, self._temporary = workspace, temporary

    def step(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        defaults = {key: one["default"] for key, one in self._spec["inputs"].items()}
        given = {**defaults, **{key.replace("_", "-"): value for key, value in inputs.items()}}
        assert given.keys() == defaults.keys()
        values = {**self._values, **{f"inputs.{key}": value for key, value in given.items()}}
        (step,) = [one for one in self._spec["runs"]["steps"] if one.get("name") == name]
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "what a user writes reaches a script by its environment alone"
        environ = {key: self._filled(value, values) for key, value in step["env"].items()}
        return shell(
            step["run"],
            self._workspace,
            **environ,
            RUNNER_TEMP=str(self._temporary),
            GITHUB_WORKSPACE=str(self._workspace),
        )

    @staticmethod
    def _filled(text: str, values: Mapping[str, str]) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: values[match[1]], text)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The action's repository, and the folder into which its install step has put playcall. What playcall
    needs comes from the tests' own environment, so that nothing is downloaded."""
    work = tmp_path_factory.mktemp("action")
    source = work / "repository"
    shutil.copytree(ROOT, source, ignore=LEFT_BEHIND)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_DEPS", "1")
        patch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip's spelling of "no isolation"
        patch.setenv("PYTHONPATH", os.pathsep.join(one for one in sys.path if "site-packages" in one))
        done = Action(source, work, work).step("Install playcall")
    assert done.returncode == 0, done.stderr
    return source, work


@pytest.mark.slow
class TestAction:
    @pytest.fixture
    def action(
        self, installed: tuple[Path, Path], company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Action:
        """The action in a repository that has the project in the folder ``acme``."""
        packages = [one for one in sys.path if "site-packages" in one]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(packages))
        company.playbook(PLAYS.format(when=SLIP), name="old")
        committed(tmp_path)
        return Action(installed[0], tmp_path, installed[1])

    def test_findings_are_annotations_that_the_repository_can_place(self, action: Action) -> None:
        done = action.step("Check the project", project="acme")
        assert done.returncode == 1
        assert "::error file=acme/playbooks/old.yaml,line=7,endLine=7,col=11," in done.stdout

    def test_only_what_changed(self, action: Action, company: Company) -> None:
        assert action.step("Check the project", project="acme", changed_since="HEAD").returncode == 0
        company.playbook(PLAYS.format(when=SLIP), name="new")
        done = action.step("Check the project", project="acme", changed_since="HEAD")
        assert done.returncode == 1
        assert "new.yaml" in done.stdout
        assert "old.yaml" not in done.stdout

    def test_sarif_is_written_whatever_is_found(self, action: Action, tmp_path: Path) -> None:
        done = action.step("Check the project", project="acme", sarif="out.sarif")
        assert done.returncode == 1
        assert '"uri": "acme/playbooks/old.yaml"' in (tmp_path / "out.sarif").read_text("utf-8")

    def test_what_cannot_be_done_fails_as_such(self, action: Action) -> None:
        done = action.step("Check the project", project="nowhere", sarif="out.sarif")
        assert done.returncode == 3
        assert "Traceback" not in done.stderr

    def test_layout_and_warnings(self, action: Action, company: Company) -> None:
        company.playbook(PLAYS.format(when="days_to_renewal==140"), name="old")
        assert action.step("Check the project", project="acme").returncode == 0
        done = action.step("Check the project", project="acme", fmt="true")
        assert (done.returncode, "playbooks/old.yaml" in done.stdout) == (1, True)

    def test_inputs_are_no_scripts(self, action: Action, tmp_path: Path) -> None:
        done = action.step(
            "Check the project", project='x"; touch hacked; "', changed_since="$(touch hacked)"
        )
        assert done.returncode == 3
        assert not (tmp_path / "hacked").exists()


def test_the_workflow_uses_the_action_with_inputs_that_it_has() -> None:
    workflow = yaml.safe_load(block(".github/workflows/playbooks.yml"))
    spec = yaml.safe_load((ROOT / ".github" / "actions" / "lint" / "action.yml").read_text("utf-8"))
    (step,) = [one for one in workflow["jobs"]["playbooks"]["steps"] if "playcall" in one["uses"]]
    assert step["with"].keys() <= spec["inputs"].keys()
    assert "/.github/actions/lint@" in step["uses"]
    listed = re.findall(r"`([\w-]+)`", PAGE[PAGE.index("The action's inputs are") :].split(". ")[0])
    assert listed == list(spec["inputs"])


@pytest.mark.parametrize(("when", "code"), [(FINE, 0), (SLIP, 1)])
def test_gitlabs_script(company: Company, when: str, code: int) -> None:
    job = yaml.safe_load(block(".gitlab-ci.yml"))["playbooks"]
    company.playbook(PLAYS.format(when=when))
    done = shell("\n".join(job["script"]), company.root)
    assert done.returncode == code, done.stderr
    suite = ElementTree.parse(company.root / job["artifacts"]["reports"]["junit"]).getroot()
    assert int(suite.get("failures", "")) == code


@pytest.mark.parametrize(("when", "code"), [(FINE, 0), (SLIP, 1)])
def test_jenkins_steps(company: Company, when: str, code: int) -> None:
    text = block("Jenkinsfile")
    install, check = re.findall(r"sh '([^']*)'", text)
    assert "pip install playcall" in install
    (company.root / ".venv").mkdir()
    (company.root / ".venv" / "bin").symlink_to(COMMANDS)
    company.playbook(PLAYS.format(when=when))
    done = shell(check, company.root)
    assert done.returncode == code, done.stderr
    (report,) = re.findall(r"junit '([^']*)'", text)
    assert (int(ElementTree.parse(company.root / report).getroot().get("failures", "")) > 0) is bool(code)
