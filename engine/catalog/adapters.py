"""Sources, channels and exports alike: the adapter that a mapping of playcall.yaml names, and its own
options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from ..document import Entries, Items, Node, Scalar
from ..shape import Findings, kind_of, read_entries, suggestion, yaml_type

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

# What playcall itself brings, as pyproject.toml declares it. A project that names no other adapter is read
# without a search for what else is installed, which takes as long as reading a hundred playbooks.
OWN: Final = {
    "source": ("files", "sql"),
    "channel": ("maildir", "smtp", "webhook", "feed", "folder"),
    "export": ("sql",),
}
EXPORTERS: Final = ("webhook", "folder")  # the adapters of channels that other systems read


def read_adapter(
    key: Scalar, node: Node, what: str, findings: Findings, also: Sequence[str] = ()
) -> tuple[str, dict[str, object], Entries] | None:
    """The name of a source's, channel's or export's adapter and the adapter's own options. ``also``: names
    that may stand there beside those of the installed adapters of this kind."""
    entries = read_entries(node, findings, f"the {what} `{key.text}`")
    options = plain_value(entries, findings) if entries is not None else None
    if entries is None or not isinstance(options, dict):
        return None
    adapter = options.pop("adapter", None)
    if adapter in (*OWN[what], *also):
        return str(adapter), options, entries
    known = sorted({*installed_adapters(what), *also})
    if not isinstance(adapter, str):
        help_text = f"one of {', '.join(known)}"
        findings.add("E106", key.location, f"the {what} `{key.text}` needs `adapter`", help_text)
    elif adapter not in known:
        location = entries.values["adapter"].location
        help_text = suggestion(adapter, known) or f"there are: {', '.join(known)}"
        findings.add("E107", location, f"no {what} adapter is called `{adapter}`", help_text)
    return str(adapter), options, entries


def installed_adapters(what: str) -> tuple[str, ...]:
    """The names of the installed adapters for a ``source``, ``channel`` or ``export``."""
    return tuple(sorted(adapters_for(what).names))


@cache
def adapters_for(what: str) -> EntryPoints:
    """The installed adapters for a ``source``, ``channel`` or ``export``; looked for once a process."""
    from importlib.metadata import entry_points

    return entry_points(group=f"playcall.{what}s")


def plain_value(node: Node, findings: Findings) -> object:
    """A node as plain Python values, for adapters: mappings, lists, text, whole and decimal numbers, true and
    false. What YAML 1.1 would read otherwise than it looks must be quoted."""
    if isinstance(node, Entries):
        return {key.text: plain_value(value, findings) for key, value in node}
    if isinstance(node, Items):
        return [plain_value(item, findings) for item in node.items]
    if not node.plain or not yaml_type(node.text):
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if re.fullmatch(r"-?(0|[1-9][0-9]*)", node.text):
        return int(node.text)
    if re.fullmatch(r"-?(0|[1-9][0-9]*)\.[0-9]*[1-9]|0\.0", node.text):
        return float(node.text)
    if not node.broken:
        message = f"YAML reads {kind_of(node)} as {yaml_type(node.text)}"
        findings.add("E104", node.location, message, f'quote it: "{node.text}"')
    return None
