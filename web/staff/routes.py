"""Every page and act of the staff, with the least role that may: the one table of it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import tasks
from .console import STYLE, STYLE_NAME, Console
from .gate import StaffRoute, guarded
from .signing import SignIn, sign_out

ROUTES: Final[tuple[StaffRoute, ...]] = (
    StaffRoute("POST", "/sign-out", "viewer", sign_out),
    StaffRoute("GET", "", "viewer", tasks.start),
    StaffRoute("GET", "/tasks", "viewer", tasks.show_tasks),
    StaffRoute("GET", "/tasks.csv", "viewer", tasks.export_tasks),
    StaffRoute("GET", "/tasks/{task}", "viewer", tasks.show_task),
    StaffRoute("POST", "/tasks/{task}/close", "csm", tasks.close_task),
    StaffRoute("POST", "/tasks/{task}/snooze", "csm", tasks.snooze_task),
    StaffRoute("POST", "/tasks/{task}/reassign", "csm", tasks.reassign_task),
    StaffRoute("POST", "/tasks/{task}/check", "csm", tasks.check_task),
)
_FOREVER: Final = "public, max-age=31536000, immutable"  # its name changes with its content


def staff_routes(console: Console) -> list[Route]:
    """The staff's part of the application."""
    style = Route(f"{console.site.base}/static/{STYLE_NAME}", _style, methods=["GET"])
    return [style, *SignIn(console).routes(), *(guarded(console, route) for route in ROUTES)]


async def _style(request: Request) -> Response:
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": _FOREVER})
