"""What every page is made from: the desk it answers at, its templates, its words, its one style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ..dsl.types import Money, Value
from ..engine.catalog.contact_rules import Topic
from ..engine.ports import Clock
from ..engine.respond.desk import Desk, Visit
from ..engine.telemetry.log import Log
from ..engine.template.values import write, write_number
from .forms import NONCE
from .sheets import CUSTOMERS
from .words import WORDS, Language, language_of

HERE: Final = Path(__file__).parent
_MISSING: Final = "–"


def _environment() -> Environment:
    """Everything is escaped; a name that is not there is a mistake of ours and never an empty gap."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["money"] = lambda amount, currency, locale: write(Money(amount, currency), locale)
    made.filters["shown"] = write
    made.filters["number"] = write_number
    return made


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one project. ``url`` is where the outside reaches them, without a slash at its end;
    ``topics`` those that a contact may choose."""

    desk: Desk
    topics: Mapping[str, Topic]
    url: str
    clock: Clock
    log: Log
    templates: Environment = field(default_factory=_environment)

    @property
    def base(self) -> str:
        """The path under which the pages lie; empty where they have the host for themselves."""
        return urlsplit(self.url).path

    @property
    def encrypted(self) -> bool:
        """Whether the outside reaches the pages by https."""
        return self.url.startswith("https://")

    def now(self) -> datetime:
        """The moment, as everything in the ledger is dated."""
        return self.clock.now()

    def visit(self, request: Request) -> Visit:
        """Who posts: the address that the connection comes from, or that a trusted proxy tells."""
        return Visit(self.now(), address_of(request))

    def show(self, value: Value, language: str) -> str:
        """A value within a question, as people of a language read it."""
        return _MISSING if value is None else write(value, language or self.desk.locale)

    def language(self, request: Request) -> Language:
        """The language of a page that is for nobody in particular: what the browser asks for."""
        asked = request.headers.get("accept-language", "").split(",")[0].strip()
        return language_of(asked or self.desk.locale)

    def locale(self, wanted: str) -> str:
        """A recipient's locale; the project's where they have none."""
        return wanted or self.desk.locale

    def say(self, locale: str) -> Mapping[str, str]:
        """Our words for readers of a locale."""
        return WORDS[language_of(self.locale(locale))]

    def message(self, title: str, text: str, locale: str, status: int = 200, again: str = "") -> HTMLResponse:
        """A page that says one thing; ``again``: where it can be changed."""
        return self.page("message.html", locale, {"title": title, "text": text, "again": again}, status)

    def page(
        self, template: str, locale: str, values: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        """A page in the language of a locale (empty: the project's)."""
        locale = self.locale(locale)
        shared = {
            "language": language_of(locale),
            "locale": locale,
            "say": self.say(locale),
            "style": CUSTOMERS.path(self.base),
            "nonce_name": NONCE,
        }
        return HTMLResponse(self.templates.get_template(template).render(shared, **values), status)


def address_of(request: Request) -> str:
    """The network address that a request comes from; empty where the server cannot tell."""
    return request.client.host if request.client else ""
