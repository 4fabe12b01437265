"""A tab of a real browser: pages are opened, looked at by axe, and kept as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from clikit import Company
from webkit import Served

PHONE, DESK = (390, 844), (1280, 900)  # width and height in CSS pixels
SIZES = {"phone": PHONE, "desk": DESK}


@cache
def axe() -> str:
    """The source of axe-core, which a package of Python brings along."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Tab:
    """``page`` is playwright's; ``url`` the server's; ``folder`` where pictures go, by ``size``."""

    page: Any
    url: str
    folder: Path
    size: str

    def open(self, path: str) -> int:
        """Open a page; gives its status."""
        response = self.page.goto(self.url + path)
        return int(response.status)

    def check(self, name: str) -> None:
        """What is shown has nothing that axe calls serious, nothing that is cut off at the side, and nothing
        that was refused by its own rules of content."""
        self.page.screenshot(path=self.folder / f"{name}.{self.size}.png", full_page=True)
        self.page.evaluate(axe())
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not grave, [(one["id"], [node["html"] for node in one["nodes"]]) for one in grave]
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels too wide for a {self.size}"


@dataclass(frozen=True, slots=True)
class World:
    """A company, its server, and the paths of the pages that its customer was sent."""

    company: Company
    served: Served
    links: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{self.served.host}:{self.served.port}"
