"""Every page and act of the staff, with the least role that may: the one table of it."""

from __future__ import annotations

from typing import Final

from starlette.routing import Route

from ..sheets import STAFF
from . import accounts, customers, operations, selling, tasks
from .console import Console
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
    StaffRoute("GET", "/tasks/{task}/mail/{number}", "csm", tasks.show_mail),
    StaffRoute("POST", "/tasks/{task}/mail/{number}", "csm", tasks.send_mail),
    StaffRoute("GET", "/handover", "csm", tasks.show_handover),
    StaffRoute("POST", "/handover", "csm", tasks.hand_over),
    StaffRoute("GET", "/customers", "viewer", customers.show_customers),
    StaffRoute("GET", "/customers/{account:path}", "viewer", customers.show_customer),
    StaffRoute("GET", "/approvals", "viewer", operations.show_approvals),
    StaffRoute("GET", "/approvals/{target}", "viewer", operations.show_held),
    StaffRoute("POST", "/approvals/{target}/approve", "ops", operations.approve),
    StaffRoute("POST", "/approvals/{target}/reject", "ops", operations.reject),
    StaffRoute("POST", "/pause/{scope}", "ops", operations.pause),
    StaffRoute("POST", "/resume/{scope}", "ops", operations.resume),
    StaffRoute("POST", "/answers/{submission}", "csm", operations.review_answers),
    StaffRoute("GET", "/runs", "viewer", operations.show_runs),
    StaffRoute("GET", "/runs/{run}", "viewer", operations.show_run),
    StaffRoute("GET", "/explain", "viewer", operations.show_reasons),
    StaffRoute("GET", "/playbooks", "viewer", operations.show_playbooks),
    StaffRoute("GET", "/playbooks/{playbook}", "viewer", operations.show_playbook),
    StaffRoute("GET", "/quotes/{quote}", "viewer", selling.show_quote),
    StaffRoute("POST", "/quotes/{quote}/revise", "csm", selling.revise_quote),
    StaffRoute("POST", "/quotes/{quote}/withdraw", "csm", selling.withdraw_quote),
    StaffRoute("POST", "/quotes/{quote}/send", "csm", selling.send_quote),
    StaffRoute("GET", "/opportunities", "viewer", selling.show_leads),
    StaffRoute("GET", "/opportunities/{opportunity}", "viewer", selling.show_lead),
    StaffRoute("POST", "/opportunities/{opportunity}/move", "csm", selling.move_lead),
    StaffRoute("GET", "/surveys", "viewer", selling.show_surveys),
    StaffRoute("POST", "/surveys/{survey}", "csm", selling.begin_survey),
    StaffRoute("GET", "/users", "admin", accounts.show_users),
    StaffRoute("POST", "/users/{name}", "admin", accounts.change_user),
)


def staff_routes(console: Console) -> list[Route]:
    """The staff's part of the application."""
    return [
        STAFF.route(console.site.base),
        *SignIn(console).routes(),
        *(guarded(console, route) for route in ROUTES),
    ]
