"""Price books and surveys of the example project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from formkit import laid

from playcall.engine.forms.pricebook import PriceBook
from playcall.engine.forms.survey import Survey
from playcall.engine.playbook.loader import Loaded


@pytest.fixture
def book(tmp_path: Path) -> Callable[[str], tuple[Loaded, PriceBook]]:
    """The price book of a text (its keys after ``for``), without mistakes."""

    def read(body: str) -> tuple[Loaded, PriceBook]:
        currency = "" if "currency:" in body else "currency: JPY\n"
        text = f"pricebook: standard\nfor: contract\n{currency}{body}"
        loaded = laid(tmp_path / f"p{len(list(tmp_path.iterdir()))}", {"pricebooks/standard.yaml": text})
        assert loaded.diagnostics == ()
        return loaded, loaded.pricebooks["standard"]

    return read


@pytest.fixture
def survey(tmp_path: Path) -> Callable[[str], tuple[Loaded, Survey]]:
    """The survey with the questions of a text, without mistakes."""

    def read(questions: str) -> tuple[Loaded, Survey]:
        text = f"survey: ask\nfor: contract\nquestions:\n{questions}"
        loaded = laid(tmp_path / f"p{len(list(tmp_path.iterdir()))}", {"surveys/ask.yaml": text})
        assert loaded.diagnostics == ()
        return loaded, loaded.surveys["ask"]

    return read
