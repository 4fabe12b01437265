"""Who you are, whom tasks can be handed to, and the accounts."""

from __future__ import annotations

from ...engine.service import access
from ...engine.service.people import colleagues
from .call import Call


def get_me(call: Call) -> object:
    """Whom the token acts for, in which role, and the project's day."""
    project, person = call.office.workspace.project, call.person
    return {
        "name": person.name,
        "role": person.role,
        "token": person.token,
        "project": project.name,
        "timezone": project.settings.timezone,
        "today": call.office.today(),
    }


def list_colleagues(call: Call) -> object:
    """Whom tasks and opportunities can be handed to."""
    with call.office.ledger.reading() as connection:
        return list(colleagues(call.office, connection).values())


def list_users(call: Call) -> object:
    """The accounts, with what each may do."""
    return access.users_of(call.office.ledger)


def change_user(call: Call) -> object:
    """Give an account another role, or let it in no more, or again; not your own."""
    name, said = call.parts["name"], call.body
    ledger, act = call.office.ledger, call.office.act(call.person.actor)
    what = "role" if "role" in said else {"disabled": "disable", "active": "enable"}[said["state"]]
    access.administer(ledger, call.person, act, name, what, said.get("role", ""))
    return next(one for one in access.users_of(ledger) if one["name"] == name)
