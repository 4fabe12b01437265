"""Who may use these pages: for administrators."""

from __future__ import annotations

from starlette.responses import Response

from ...engine.service import access
from .console import Ask


def show_users(ask: Ask) -> Response:
    """The accounts, with what each may do."""
    found = access.users_of(ask.office.ledger)
    return ask.page("users.html", {"users": found, "roles": access.ROLES})


def change_user(ask: Ask) -> Response:
    """Another role, or in no more, or in again."""
    name, act = ask.part("name"), ask.posted("act")
    told = ask.office.act(ask.person.actor)
    access.administer(ask.office.ledger, ask.person, told, name, act, ask.posted("role"))
    return ask.to("users", told="changed")
