"""What `pip install` puts on a machine: the packages and their data, and nothing else of the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_PACKAGES = ("tests", "bench", "docs", "build", "dist")
DATA = (
    "py.typed",
    "docs/errors/*.md",
    "dsl/grammar.*",
    "schemas/*.json",
    "playbooks/**/*",
    "engine/ledger/migrations/*.mako",
    "engine/ledger/migrations/*.sql",
    "engine/service/pages/*",
    "engine/template/own/**/*.md",
    "web/static/*",
    "web/templates/*",
    "web/templates/staff/*",
)
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", "venv", "build", "dist", "__pycache__", "*.egg-info", ".*_cache"
)

pytestmark = pytest.mark.slow


def declared_packages() -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages: list[str] = tomllib.load(file)["tool"]["setuptools"]["packages"]
    return packages


def folder_of(package: str) -> Path:
    return ROOT.joinpath(*package.split(".")[1:])


def test_every_folder_with_an_init_is_declared() -> None:
    folders = {
        path.parent.relative_to(ROOT)
        for path in ROOT.rglob("__init__.py")
        if not path.relative_to(ROOT).parts[0].startswith((*NOT_PACKAGES, "."))
    }
    assert declared_packages() == sorted(".".join(("playcall", *folder.parts)) for folder in folders)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built from an sdist, as the package index would build it."""
    work = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, work / "copy", ignore=LEFT_BEHIND)
    build(work / "copy", "build_sdist", work)
    with tarfile.open(next(work.glob("*.tar.gz"))) as archive:
        archive.extractall(work, filter="data")
    build(next(work.glob("playcall-*/")), "build_wheel", work)
    with zipfile.ZipFile(next(work.glob("*.whl"))) as archive:
        return set(archive.namelist())


def build(source: Path, hook: str, target: Path) -> None:
    code = f"from setuptools import build_meta; build_meta.{hook}({str(target)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_only_the_package(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"playcall"}
    assert len(tops) == 2


def test_the_wheel_holds_every_module(wheel: set[str]) -> None:
    expected = {
        f"playcall/{path.relative_to(ROOT).as_posix()}"
        for package in declared_packages()
        for path in folder_of(package).glob("*.py")
    }
    assert {name for name in wheel if name.endswith(".py")} == expected


def test_the_wheel_holds_the_data(wheel: set[str]) -> None:
    expected = {
        f"playcall/{path.relative_to(ROOT).as_posix()}"
        for pattern in DATA
        for path in ROOT.glob(pattern)
        if path.is_file()
    }
    assert {name for name in wheel if name.startswith("playcall/") and not name.endswith(".py")} == expected
    assert {"playcall/dsl/grammar.lark", "playcall/playbooks/init/.gitignore"} <= expected
