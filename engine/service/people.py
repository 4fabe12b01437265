"""The people of the staff: who is whose manager, and who is in a team."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from ...dsl.frozen import frozen
from ..facts.model import FactsError
from ..ledger import access
from .office import Office

USER = "user"


@frozen
class Colleague:
    """Somebody whom tasks may be given to."""

    name: str
    title: str
    team: str
    manager: str


def colleagues(office: Office, connection: Connection) -> dict[str, Colleague]:
    """Everybody by their key: of the last load or, before there is one, of playcall.yaml; and who has an
    account here."""
    found = {
        account.name: Colleague(account.name, account.name, "", "") for account in access.accounts(connection)
    }
    users: Mapping[str, Mapping[str, object]] = office.workspace.project.users
    try:
        with office.latest.looking(connection, office.now(), office.today()) as view:
            if USER not in view.memory:
                rows = view.store.select(USER, "ORDER BY _key")
                view.memory[USER] = {str(one["_key"]): one for one in rows}
            users = view.memory[USER] or users
    except FactsError:
        pass
    for name, user in users.items():
        said = {key: str(user.get(key) or "") for key in ("name", "team", "manager")}
        found[name] = Colleague(name, said["name"] or name, said["team"], said["manager"])
    return dict(sorted(found.items()))


def team_of(name: str, everybody: Mapping[str, Colleague]) -> frozenset[str]:
    """Somebody, who is in a team with them, and who reports to them."""
    own = everybody.get(name)
    team = own.team if own else ""
    together = (one.name for one in everybody.values() if one.manager == name or (team and one.team == team))
    return frozenset((name, *together))
