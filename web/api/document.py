"""The OpenAPI document, made from the table of routes: it can say nothing that the routes do not do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from ... import __version__
from .answers import SCHEMAS
from .call import ApiRoute
from .problems import MEDIA
from .routes import ROUTES
from .shapes import Schema, ref

VERSION: Final = "v1"
PLACE: Final = f"/api/{VERSION}"
_ABOUT: Final = """\
What the staff pages of playcall show and do, for programs. Show a token (`playcall tokens create NAME --user
U`) as `Authorization: Bearer TOKEN`; its role says what it may. Lists come in pages: `next` is the cursor of
the next one. What is not done is said as a problem (RFC 9457), in `detail` and `next`; then nothing was
changed."""
_IF_MATCH: Final[Schema] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what you have read: if it has changed since, nothing is done.",
    "schema": {"type": "string", "minLength": 1},
}


def document(url: str = PLACE) -> dict[str, object]:
    """The OpenAPI 3.1 document of the API that lies at ``url``."""
    paths: dict[str, dict[str, object]] = {}
    for route in ROUTES:
        # A part that may hold slashes is sent with them as %2F.
        path = route.path.replace(":path}", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    bearer = {"type": "http", "scheme": "bearer", "description": "A token of `playcall tokens create`."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "playcall", "version": __version__, "description": _ABOUT},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": dict(SCHEMAS), "securitySchemes": {"token": bearer}},
    }


def _operation(route: ApiRoute) -> dict[str, object]:
    about = " ".join((route.handler.__doc__ or "").split())
    summary, _, more = about.partition(". ")
    said: dict[str, object] = {
        "operationId": route.operation,
        "summary": summary.rstrip("."),
        "description": f"{more} Needs the role `{route.least}`.".strip(),
        "tags": [route.path.split("/")[1]],
        "parameters": list(_parameters(route)),
        "responses": dict(_responses(route)),
    }
    if route.body is not None:
        content = {"application/json": {"schema": route.body}}
        said["requestBody"] = {"required": True, "content": content}
    return said


def _parameters(route: ApiRoute) -> Iterator[Schema]:
    for place, fields in (("path", route.parts), ("query", route.query)):
        for name, schema in fields["properties"].items():
            required = name in fields.get("required", ())
            yield {"name": name, "in": place, "required": required, "schema": schema}
    if route.matched:
        yield _IF_MATCH


def _responses(route: ApiRoute) -> Iterator[tuple[str, Mapping[str, Any]]]:
    done: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}
    if route.answer is not None:
        done["content"] = {"application/json": {"schema": route.answer}}
    if route.tagged:
        done["headers"] = {"ETag": {"required": True, "schema": {"type": "string"}}}
    yield str(route.status), done
    for status in sorted(_refusals(route)):
        content = {MEDIA: {"schema": ref("Problem")}}
        yield str(status), {"description": HTTPStatus(status).phrase, "content": content}


def _refusals(route: ApiRoute) -> set[int]:
    """How it may end otherwise."""
    found = {400, 401, 403, 409, 422, 429, 503}
    names = "{" in route.path or "required" in route.query or "cursor" in route.query["properties"]
    found |= {404} if names else set()
    found |= {408, 413, 415} if route.method != "GET" else set()
    return found | ({412, 428} if route.matched else set())
