"""W503: fields of the catalogue that nothing reads."""

import re
from collections.abc import Iterator, Sequence

from ....dsl.diagnostics import Diagnostic
from ...catalog.model import Catalog, Expression, Recipient
from ...playbook.loader import Loaded
from ..fields import fields_read
from ..whole import Whole

# What messages, schedules and worklists read of people and accounts by themselves.
_OF_PEOPLE = frozenset({"name", "email", "role", "locale", "timezone", "country", "manager", "away_until"})
_ELSEWHERE = ("reports", "surveys", "pricebooks", "plans", "tests")  # may name fields too
_WORD = re.compile(r"\w+")

_Name = tuple[str, str]


def gather(loaded: Loaded) -> frozenset[_Name]:
    """The fields that are read, where the project asks for those that are not."""
    return fields_read(loaded) if _is_wanted(loaded) else frozenset()


def judge(whole: Whole, gathered: Sequence[frozenset[_Name]]) -> Iterator[Diagnostic]:
    """Where the project asks for it (`lint: {unused_fields: true}`): a stored field that no expression, key,
    relation, template or recipient reads. One with ``describe`` is there for people (`facts show`), and
    derived fields are words for reports. Says nothing while files have errors: what reads it may be there."""
    loaded = whole.loaded
    if not _is_wanted(loaded) or loaded.errors or loaded.catalog is None:
        return
    used = _structure(loaded.catalog).union(*gathered)
    words = _words(loaded)
    for entity in loaded.catalog.entities.values():
        for name, stored in entity.fields.items():
            is_known = (entity.name, name) in used or name in words or name in _OF_PEOPLE
            if not is_known and not entity.type.fields[name].describe:
                message = f"nothing reads the field `{name}` of {entity.name}"
                help_text = "remove it, or say with `describe:` what people read it for"
                yield Diagnostic(stored.location, "W503", message, help_text)


def _is_wanted(loaded: Loaded) -> bool:
    return loaded.project is not None and loaded.project.policy.unused_fields


def _structure(catalog: Catalog) -> set[_Name]:
    """Keys, currencies, and the fields that relations go by."""
    used: set[_Name] = set()
    for entity in catalog.entities.values():
        used |= {(entity.name, name) for name in entity.key}
        used |= {(entity.name, one.currency_by or "") for one in entity.fields.values()}
        used |= {(entity.name, name) for step in entity.type.to_one.values() for name in step.by}
        for relation in entity.type.to_many.values():
            used |= {(entity.name, own) for own, _ in relation.match}
            used |= {(relation.entity, theirs) for theirs, _ in relation.fixed}
            used |= {(relation.entity, theirs) for _, theirs in relation.match}
    return used


def _words(loaded: Loaded) -> set[str]:
    """The words of recipients, whose expressions are checked where they are used, and of files that other
    parts read."""
    recipients = loaded.catalog.recipients.values() if loaded.catalog else ()
    texts = [one.source.text for recipient in recipients for one in _expressions(recipient)]
    folders = [loaded.project.root / folder for folder in _ELSEWHERE] if loaded.project else []
    files = (path for folder in folders for path in folder.rglob("*.yaml") if path.is_file())
    texts += [path.read_text("utf-8", "replace") for path in files]
    return {word for text in texts for word in _WORD.findall(text)}


def _expressions(recipient: Recipient) -> Iterator[Expression]:
    yield from (one for one in (recipient.user, recipient.where, recipient.by) if one is not None)
