"""Templates written by a test, found and rendered as a project's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from playcall.engine.deliver.render import Rendered, render
from playcall.engine.files import Files
from playcall.engine.template.library import TemplateLibrary
from playcall.engine.template.template import Template


@pytest.fixture
def templates(tmp_path: Path) -> Callable[..., TemplateLibrary]:
    """``templates({"ask.ja.md": "…"})``: a folder of template files."""

    def write(files: Mapping[str, str | bytes]) -> TemplateLibrary:
        for name, content in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return TemplateLibrary(Files(tmp_path))

    return write


@pytest.fixture
def template(templates: Callable[..., TemplateLibrary]) -> Callable[..., Template]:
    """``template("body", "subject")``: one template, its body beginning on line 4."""

    def make(body: str, subject: str = "Hello", locale: str = "en") -> Template:
        return templates({"t.md": f"---\nsubject: '{subject}'\n---\n{body}"}).find("t", locale, locale)

    return make


@pytest.fixture
def rendered(template: Callable[..., Template]) -> Callable[..., Rendered]:
    """``rendered("{{ a }}", a=1)``: a body rendered with values."""

    def make(body: str, subject: str = "Hello", locale: str = "en", **context: object) -> Rendered:
        return render(template(body, subject, locale), context)

    return make
