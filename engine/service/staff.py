"""Who the people of the staff are: as the last load has them, else as playcall.yaml does."""

from __future__ import annotations

from collections.abc import Mapping

from ...dsl.frozen import frozen
from ..decide.quiet import is_country, is_timezone
from ..facts.model import FactsError
from ..facts.snapshot import SnapshotStore
from ..facts.store import open_facts
from .workspace import Workspace

USER = "user"


@frozen
class Member:
    """One of them. ``digest``: whether they want to be told each day what waits."""

    key: str
    name: str
    email: str
    locale: str
    timezone: str
    country: str
    digest: bool


def staff(workspace: Workspace) -> dict[str, Member]:
    """Everybody, by key."""
    rows: Mapping[str, Mapping[str, object]] = workspace.project.users
    if workspace.catalog.entities[USER].tables:
        rows = _loaded(workspace)
    return {key: _member(workspace, key, row) for key, row in rows.items()}


def _loaded(workspace: Workspace) -> dict[str, Mapping[str, object]]:
    snapshot = SnapshotStore(workspace.project.snapshots).latest()
    if snapshot is None:
        return {}
    try:
        with open_facts(snapshot, workspace.catalog) as store:
            return {str(row["_key"]): row for row in store.select(USER, "ORDER BY _key")}
    except FactsError:
        return {}


def _member(workspace: Workspace, key: str, row: Mapping[str, object]) -> Member:
    settings = workspace.project.settings

    def said(name: str) -> str:
        return str(row.get(name) or "").strip()

    timezone, country = said("timezone"), said("country").upper()
    return Member(
        key=key,
        name=said("name"),
        email=said("email"),
        locale=said("locale") or workspace.project.locale,
        timezone=timezone if timezone and is_timezone(timezone) else settings.timezone,
        country=country if country and is_country(country) else settings.holidays,
        digest=str(row.get("digest")).casefold() != "false",
    )
