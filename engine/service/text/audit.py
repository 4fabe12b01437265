"""`audit verify` for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from .paper import command, text


def render_audit(found: Mapping[str, Any]) -> Group:
    """Whether the chain holds, or where it breaks first."""
    size = f"{found['events']:,} event(s), {found['seals']:,} seal(s), {found['runs']:,} run(s)"
    if found["unsealed"]:
        size += f"; {found['unsealed']:,} not sealed yet"
    if found["erased"]:
        size += f"; {found['erased']:,} emptied by erasures"
    if found["broken"]:
        return Group(text(f"the chain is broken: {_where(found['broken'])}", "bold red"), text(size))
    parts = [Text("the chain holds", style="green"), text(size)]
    if found["head"]:
        again = command(f"playcall audit verify --head {found['head']['hash']}")
        parts.append(Text.assemble("keep its head elsewhere: ", again))
    return Group(*parts)


def _where(broken: Mapping[str, Any]) -> str:
    places = [f"{name} {broken[name]}" for name in ("seal", "event", "run") if broken[name] is not None]
    return ": ".join([", ".join(places), broken["problem"]] if places else [broken["problem"]])
