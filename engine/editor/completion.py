"""What can be written at the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dsl.diagnostics import CODES
from ...dsl.frozen import frozen
from . import names
from .expression import expression_items
from .items import Item
from .keys import Key, choices_at, keys_at, names_in
from .scene import Scene
from .site import Site
from .words import word_end

_COMMENT = re.compile(r"#\s*playcall:\s*(?P<written>\w*|allow\s+(?P<code>\w*))$")


@frozen
class Completion:
    """What can be written, and what of the text it takes the place of: so many characters before the cursor
    and after it."""

    items: tuple[Item, ...]
    before: int = 0
    after: int = 0


def complete(scene: Scene, line: str, rest: str) -> Completion:
    """The completions for the cursor's place; ``line`` is its line up to the cursor, ``rest`` what
    follows."""
    comment = _COMMENT.search(line)
    if comment is not None:
        return _comment(comment)
    slot, site = scene.slot, scene.site
    if site is not None and site.is_key:
        keys = _keys(scene, site, _colon(rest))
        return Completion(tuple(keys), len(site.before), len(site.after))
    if slot is not None and slot.kind == "expression":
        return _expression(scene)
    if slot is None and site is not None:
        return _plain_value(scene, site)
    if slot is None:
        return Completion(())
    if slot.kind == "people" and "." in slot.before:
        return _expression(scene)
    written = names.written(slot)
    return Completion(tuple(names.name_items(scene, slot)), len(written), word_end(slot.after))


def _comment(match: re.Match[str]) -> Completion:
    if match["code"] is None:
        item = Item("allow", "keyword", "silence a finding of a check", insert="allow ")
        return Completion((item,), len(match["written"]))
    items = (Item(code, "value", meaning) for code, meaning in CODES.items())
    return Completion(tuple(items), len(match["code"]))


def _colon(rest: str) -> str:
    """What a key needs after it, where it has no colon yet."""
    return "" if re.match(r"[\w.-]*\s*:", rest) else ":"


def _keys(scene: Scene, site: Site, colon: str) -> Iterator[Item]:
    present = set(names_in(site.parent)) - {site.text}
    for key in keys_at(scene.name, site.path, present):
        if key.name not in present:
            yield _key(key, f"{key.name}{colon}{' ' if colon and not key.nested else ''}")


def _key(key: Key, insert: str) -> Item:
    return Item(key.name, "key", "required" if key.required else "", key.describe, insert)


def _plain_value(scene: Scene, site: Site) -> Completion:
    """Choices of a key's value, or, on a line of its own, the keys of a mapping that could begin here."""
    choices = [Item(choice, "value") for choice in choices_at(scene.name, site.path)]
    known = keys_at(scene.name, site.path, ()) if site.alone else []
    keys = (_key(key, f"{key.name}: ") for key in known)
    return Completion((*choices, *keys), len(site.before), len(site.after))


def _expression(scene: Scene) -> Completion:
    assert scene.slot is not None  # the caller has seen to it
    style = scene.site.style if scene.site is not None else ""
    items, prefix = expression_items(scene, scene.slot, style)
    return Completion(tuple(items), len(prefix), word_end(scene.slot.after))
