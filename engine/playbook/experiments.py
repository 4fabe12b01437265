"""``holdout``, ``variants`` and ``split``: who is left alone, and who gets which of several messages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, Literal

from ..document import Entries, Items, Node, Scalar
from ..shape import Fields, as_list, read_fields, shape, suggestion
from .actions import read_actions
from .context import Context
from .model import Holdout, Variant

# What a variant may say otherwise than the play; ``template`` is what the message's own key names.
_VARIANT = shape("a variant", "template subject to cc from")
_MESSAGE: Final = "email"
_PERCENT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,3})?)%")
_WEIGHT = re.compile(r"([1-9][0-9]{0,5})%?")


def read_holdout(fields: Fields, of: Literal["playbook", "play"]) -> Holdout | None:
    """``holdout: 10%``: the share of accounts that is left alone."""
    node = fields.get("holdout")
    if node is None:
        return None
    match = _PERCENT.fullmatch(node.text) if isinstance(node, Scalar) and not node.broken else None
    share = float(match[1]) / 100 if match else 0.0
    if share > 0:
        return Holdout(share, of)
    message = "`holdout` is a share of the accounts, more than 0% and less than 100%"
    fields.findings.add("E107", node.location, message, "write for example 10%")
    return None


def read_variants(fields: Fields, context: Context) -> tuple[Variant, ...]:
    """``variants`` with their weights (``split``; equal without) and the play's actions as each has them."""
    declared = fields.entries("variants") if "variants" in fields else None
    if declared is None:
        if "split" in fields:
            message = "`split` says how many get which of the `variants`, and there are none"
            fields.findings.add("E106", fields.location("split"), message)
        return ()
    weights = _weights(fields, declared)
    found: list[Variant] = []
    for key, node in declared:
        changes = read_fields(node, _VARIANT, fields.findings)
        if changes is not None:
            actions = read_actions(_changed(fields, changes), context).actions
            found.append(Variant(key.text, weights.get(key.text, 1), actions))
    if len(declared.values) < 2 or not any(_is_message(item) for item in as_list(fields.get("do"))):
        message = "`variants` are two or more ways to write the play's e-mail"
        fields.findings.add("E406", fields.location("variants"), message)
    return tuple(found)


def _weights(fields: Fields, declared: Entries) -> dict[str, int]:
    split = fields.entries("split") if "split" in fields else None
    weights: dict[str, int] = {}
    for key, node in split or ():
        match = _WEIGHT.fullmatch(node.text) if isinstance(node, Scalar) else None
        if key.text not in declared.values:
            help_text = suggestion(key.text, declared.values)
            fields.findings.add("E107", key.location, f"there is no variant `{key.text}`", help_text)
        elif match is None:
            fields.findings.add(
                "E107", node.location, "a weight is a whole number or a percentage such as 50%"
            )
        else:
            weights[key.text] = int(match[1])
    if split is not None:
        _check_shares(fields, split)
    for name in declared.values if split is not None else ():
        if name not in split.values:  # type: ignore[union-attr]  # it is there
            message = f"`split` says nothing of the variant `{name}`"
            fields.findings.add("E106", fields.location("split"), message)
    return weights


def _check_shares(fields: Fields, split: Entries) -> None:
    """Shares in percent are of one whole; other weights are only in proportion."""
    texts = [node.text for node in split.values.values() if isinstance(node, Scalar)]
    shares = [int(text[:-1]) for text in texts if _WEIGHT.fullmatch(text) and text.endswith("%")]
    if shares and len(shares) < len(split.values):
        message = "`split` mixes percentages and weights"
        fields.findings.add("E420", fields.location("split"), message, "write all as percentages, or none")
    elif shares and sum(shares) != 100:
        message = f"the shares of `split` add up to {sum(shares)}%, not to 100%"
        fields.findings.add("E420", fields.location("split"), message)


def _is_message(item: Node) -> bool:
    return isinstance(item, Entries) and _MESSAGE in item.values


def _changed(fields: Fields, changes: Fields) -> Fields:
    """The play's mapping with the variant's keys laid over its messages."""
    items = as_list(fields.get("do"))
    changed = tuple(_overlaid(item, changes.node) if _is_message(item) else item for item in items)
    do = Items(changed, fields.location("do"))
    return Fields(
        replace(fields.node, values={**fields.node.values, "do": do}), fields.shape, fields.findings
    )


def _overlaid(item: Node, changes: Entries) -> Node:
    assert isinstance(item, Entries)
    values, keys = dict(item.values), dict(item.keys)
    for key, node in changes:
        name = _MESSAGE if key.text == "template" else key.text
        values[name] = node
        keys[name] = replace(key, text=name) if name != key.text else key
    return Entries(values, keys, item.location)
