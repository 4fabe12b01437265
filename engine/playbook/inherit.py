"""``extends``: what a playbook takes from another one, and what it removes with ``null``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..document import Entries, Scalar
from ..shape import Findings, is_null, read_text, suggestion
from .triggers import TRIGGERS

# What is said of one playbook alone.
_OWN = frozenset({"playbook", "was", "abstract", "extends"})


def inherited(entries: Entries, playbooks: Mapping[str, Entries], findings: Findings) -> Entries | None:
    """The playbook with everything that it extends laid under it; None, reported, if a base is unknown
    or they extend each other."""
    chain, seen = [entries], {_name(entries)}
    while (node := chain[-1].values.get("extends")) is not None:
        base = read_text(node, findings, "`extends`")
        if base is None:
            return None
        if base not in playbooks:
            message = f"there is no playbook `{base}` to extend"
            findings.add("E503", node.location, message, suggestion(base, playbooks))
            return None
        if base in seen:
            findings.add("E503", node.location, f"playbooks extend each other: `{base}` comes again")
            return None
        seen.add(base)
        chain.append(playbooks[base])
    merged = chain.pop()
    while chain:
        merged = _over(merged, chain.pop())
    return merged


def _name(entries: Entries) -> str:
    node = entries.values.get("playbook")
    return node.text if isinstance(node, Scalar) else ""


def _over(base: Entries, own: Entries) -> Entries:
    """A playbook's own keys over its base's. Params are overridden one by one, plays key by key."""
    kept = Entries({k: v for k, v in base.values.items() if k not in _OWN}, base.keys, base.location)
    merged = _merge(kept, own)
    for key, combine in (("params", _merge), ("plays", _merge_plays)):
        below, above = base.values.get(key), own.values.get(key)
        if isinstance(below, Entries) and isinstance(above, Entries):
            merged.values[key] = combine(below, above)
    return replace(merged, location=own.location)


def _merge(base: Entries, own: Entries) -> Entries:
    """Own values in place of the base's; ``null`` removes."""
    both = {**base.values, **own.values}
    values = {name: node for name, node in both.items() if not is_null(node) or name not in base.values}
    return Entries(values, {**base.keys, **own.keys}, own.location)


def _merge_plays(base: Entries, own: Entries) -> Entries:
    merged = _merge(base, own)
    for name, node in own.values.items():
        below = base.values.get(name)
        if isinstance(below, Entries) and isinstance(node, Entries):
            if any(trigger in node.values for trigger in TRIGGERS):  # a new trigger takes the old one's place
                replaced = set(TRIGGERS) - set(node.values)
                kept = {key: value for key, value in below.values.items() if key not in replaced}
                below = Entries(kept, below.keys, below.location)
            merged.values[name] = _merge(below, node)
    return merged
