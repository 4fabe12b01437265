"""A member of the staff at a browser: cookies are kept, forms carry their token, redirects are followed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from click.testing import CliRunner

from playcall.cli import main
from webkit import Page, Served

PASSWORD = "correct horse battery"


def add_user(root: Path, name: str, role: str, *options: str) -> None:
    """An account with the usual password."""
    command = ["--project", str(root), "users", "add", name, "--role", role, *options]
    result = CliRunner().invoke(main, command, input=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output


@dataclass(slots=True)
class Browser:
    """One browser. ``page`` is what it shows, ``path`` where that lies."""

    served: Served
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = ""
    page: Page = field(default_factory=lambda: Page(0, {}, ""))

    def get(self, path: str, **headers: str) -> Page:
        """Open a page and follow where it leads."""
        return self._follow(self.ask("GET", path, headers=headers), path)

    def post(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, *, token: str = ""
    ) -> Page:
        """Post a form with the token of the page that is shown."""
        sent = {"-nonce": token or self.page.nonce, **(fields or {})}
        return self._follow(self.ask("POST", path, sent), path)

    def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """One request, with the cookies."""
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = urlencode(fields, doseq=True).encode() if fields is not None else None
        page = self.served.ask(path, method=method, body=body, headers=sent)
        for line in page.set_cookies:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return page

    def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        """Sign in by name and password."""
        self.get("/staff/sign-in")
        return self.post("/staff/sign-in", {"name": name, "password": password})

    @property
    def session(self) -> str:
        return next((value for name, value in self.cookies.items() if name.endswith("playcall")), "")

    def _follow(self, page: Page, path: str) -> Page:
        for _ in range(5):
            if page.status not in (302, 303):
                break
            path = page.headers["location"]
            assert not urlsplit(path).netloc, path
            page = self.ask("GET", path)
        assert page.status != 500, self.served.log[-3:]
        self.page, self.path = page, path
        return page


def heading(page: Page) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.body, re.DOTALL)
    assert found, page.body
    return found[1].strip()
