"""`links:` of playcall.yaml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from playcall.dsl.diagnostics import PlaycallError
from playcall.engine.catalog.links import LinkConfig
from playcall.engine.catalog.model import Project
from playcall.engine.catalog.project import load_project, resolve_secrets
from playcall.engine.files import Files
from playcall.engine.shape import Findings

Read = Callable[[str], tuple[Project | None, list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A project with the given `links:`, and the codes of what is wrong."""

    def load(links: str) -> tuple[Project | None, list[str]]:
        (tmp_path / "playcall.yaml").write_text(f"project: p\nlinks: {links}\n", "utf-8")
        findings = Findings()
        project = load_project(tmp_path, None, findings, Files(tmp_path))
        return project, [found.code for found in findings.items]

    return load


def test_keys_come_from_the_environment(read: Read) -> None:
    project, codes = read('{url: "https://cs.example.com/", keys: ["${NEW}", "${OLD}"]}')
    assert codes == []
    assert project is not None
    assert resolve_secrets(project, {"NEW": "n", "OLD": "o"}).links == LinkConfig(
        "https://cs.example.com", ("n", "o")
    )
    with pytest.raises(PlaycallError, match=r"OLD is not set; `links` in playcall.yaml needs it"):
        resolve_secrets(project, {"NEW": "n"})


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ('{url: "https://cs.example.com", keys: ["literal"]}', "E111"),
        ('{url: "http://cs.example.com", keys: ["${K}"]}', "E107"),
        ('{url: "cs.example.com", keys: ["${K}"]}', "E107"),
        ('{url: "https://cs.example.com/?a=1", keys: ["${K}"]}', "E107"),
        ('{url: "ftp://cs.example.com", keys: ["${K}"]}', "E107"),
        ('{url: "https://cs.example.com"}', "E106"),
        ('{url: "https://cs.example.com", keys: ["${K}"], key: x}', "E105"),
    ],
)
def test_what_cannot_be_signed_or_opened_is_said(read: Read, links: str, code: str) -> None:
    assert read(links)[1] == [code]


def test_a_page_on_this_machine_needs_no_encryption(read: Read) -> None:
    assert read('{url: "http://localhost:8080", keys: ["${K}"]}')[1] == []
