"""What a handler of the API is given, and what a route says of itself."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final

from ...dsl.frozen import frozen
from ...engine.respond.links import Keys
from ...engine.service.access import Person, Role
from ...engine.service.office import Office
from .answers import SCHEMAS
from .cursors import cursor_of, read_cursor
from .problems import RefusedError
from .shapes import Schema, body, text, write

CURSOR: Final = text(4000)  # where a page begins: `next` of the one before it
NAME: Final = {**text(500), "minLength": 1}  # of what is named in a path or a query
PLACE: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 500}
PARTS: Final = {"number": PLACE}  # what stands in paths and is no name
_PART: Final = re.compile(r"{(\w+)")


@frozen
class Call:
    """A request of somebody who may make it, its parts as the route says. ``keys`` sign links, which begin
    with ``url``; ``parts`` are of the path; ``tags`` the ETags that the caller goes by (If-Match)."""

    office: Office
    person: Person
    keys: Keys
    url: str
    operation: str
    parts: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    tags: frozenset[str] = frozenset()

    @property
    def after(self) -> str:
        """Where the page begins; empty: the first one. Raises ``RefusedError`` for a cursor that is none."""
        return read_cursor(self.operation, self.query.get("cursor", ""))

    def page(self, items: Any, after: object) -> dict[str, object]:
        """A page, and where the next one begins (empty: there is none)."""
        return {"items": items, "next": cursor_of(self.operation, after)}

    def require_seen(self, current: object, answer: Schema) -> None:
        """Raise ``RefusedError`` unless the caller goes by what there is now."""
        if "*" not in self.tags and tag_of(write(current, answer, SCHEMAS)) not in self.tags:
            raise RefusedError(412, "somebody has changed it since you read it")


Handler = Callable[[Call], object]


@frozen
class ApiRoute:
    """One operation: the least role that may, what does it, and what it gives (None: nothing). ``query`` and
    ``body`` are schemas of objects. ``tagged``: its answer has an ETag; ``matched``: it asks for one in
    If-Match."""

    method: str
    path: str
    least: Role
    handler: Handler
    answer: Schema | None
    status: int = 200
    query: Schema = field(default_factory=body)
    body: Schema | None = None
    tagged: bool = False
    matched: bool = False

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return self.handler.__name__

    @property
    def parts(self) -> Schema:
        """The schema of what stands in the path."""
        names = tuple(_PART.findall(self.path))
        return body(names, **{name: PARTS.get(name, NAME) for name in names})


def tag_of(written: object) -> str:
    """The ETag of an answer (RFC 9110, 8.8.3): of all that it says."""
    text = json.dumps(written, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
