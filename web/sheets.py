"""The style sheets: each is what all pages share and what its own have besides, named by its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..dsl.frozen import frozen

_STATIC: Final = Path(__file__).parent / "static"
_FOREVER: Final = "public, max-age=31536000, immutable"


@frozen
class Sheet:
    """One of them. ``file`` changes with its content, so that browsers may keep it."""

    file: str
    content: bytes

    def route(self, base: str) -> Route:
        """Where it lies, under the path of all pages."""

        async def style(request: Request) -> Response:
            return Response(self.content, media_type="text/css", headers={"Cache-Control": _FOREVER})

        return Route(self.path(base), style, methods=["GET"])

    def path(self, base: str) -> str:
        """Its path."""
        return f"{base}/static/{self.file}"


def _sheet(name: str) -> Sheet:
    content = b"".join((_STATIC / f"{part}.css").read_bytes() for part in ("base", name))
    return Sheet(f"{name}.{hashlib.sha256(content).hexdigest()[:12]}.css", content)


CUSTOMERS: Final = _sheet("pages")
STAFF: Final = _sheet("staff")
