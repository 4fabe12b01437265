"""What the pages for customers need of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...dsl.diagnostics import PlaycallError
from ..catalog.contact_rules import Topic
from ..catalog.model import Project
from ..respond.desk import Desk
from ..respond.keyring import keys_of
from .accepting import Acceptances
from .workspace import Workspace


@contextmanager
def open_desk(workspace: Workspace) -> Iterator[tuple[Desk, str]]:
    """The desk that the pages answer at, and the address under which the outside reaches them. Raises
    ``PlaycallError`` where the project has no links, or its ledger cannot be used."""
    project = workspace.project
    if project.links is None:
        raise PlaycallError(
            "the pages need an address and keys: add "
            '`links: {url: https://renewals.example.com, keys: ["${LINK_KEY}"]}` to playcall.yaml'
        )
    keys = keys_of(project.links, project.root)
    with workspace.ledger() as ledger:
        schema, settings = workspace.catalog.schema, project.settings
        follows = Acceptances(project, workspace.pricebooks)
        desk = Desk(ledger, keys, workspace.surveys, schema, settings, project.locale, follows)
        yield desk, project.links.url


def topics_to_choose(project: Project) -> Mapping[str, Topic]:
    """The topics that a contact may switch off: what a contract demands is none of them."""
    return {name: topic for name, topic in project.rules.topics.items() if topic.kind != "transactional"}
