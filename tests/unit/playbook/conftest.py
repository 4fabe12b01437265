"""The small example project of docs/errors, with files laid over it."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from playcall.engine.playbook.loader import Loaded, load
from playcall.engine.playbook.model import Play, Playbook

EXAMPLE = Path(__file__).parents[3] / "docs" / "errors" / "example"
HEAD = "playbook: example\ndescribe: An example.\nowner: cs@vendor.example\nfor: contract\n"

Lay = Callable[[Mapping[str, str]], Loaded]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Loads the example with files laid over it; each call starts from a fresh copy."""

    def load_with(files: Mapping[str, str]) -> Loaded:
        root = tmp_path / f"project{len(list(tmp_path.iterdir()))}"
        shutil.copytree(EXAMPLE, root)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        return load(root)

    return load_with


@pytest.fixture
def example(lay: Lay) -> Callable[[str], Playbook]:
    """The playbook of the given plays (YAML below ``plays:``, or a whole body), without mistakes."""

    def read(body: str) -> Playbook:
        loaded = lay({"playbooks/example.yaml": HEAD + body})
        assert loaded.diagnostics == ()
        return loaded.playbooks["example"]

    return read


@pytest.fixture
def play(example: Callable[[str], Playbook]) -> Callable[[str], Play]:
    """The one play ``p`` with the given keys, indented by four."""

    def read(keys: str, head: str = "") -> Play:
        return example(f"{head}plays:\n  p:\n{keys}").plays["p"]

    return read
