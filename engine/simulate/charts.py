"""The charts that `simulate --out` writes: Vega-Lite specifications, drawn as SVG by vl-convert."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

from ...dsl.diagnostics import PlaycallError
from .statistics import Statistics

Spec = dict[str, Any]

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_VERSION: Final = "5.20"
_WIDTH: Final = 900
_BAR: Final = 24  # pixels, of a bar that has a line of its own


def require_drawing() -> None:
    """Raise ``PlaycallError`` where charts cannot be drawn."""
    if find_spec("vl_convert") is None:
        raise PlaycallError("the charts of --out need vl-convert: pip install 'playcall[charts]'")


def files(found: Statistics) -> dict[str, bytes]:
    """The charts as SVG by file name. Raises ``PlaycallError``."""
    require_drawing()
    import vl_convert

    return {
        f"{name}.svg": vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=_VERSION).encode()
        for name, spec in specifications(found).items()
    }


def specifications(found: Statistics) -> dict[str, Spec]:
    """The charts by name: load a day, messages a contact, tasks a person, verdicts by play."""
    return {
        "load": _load(found.days),
        "contacts": _contacts(found.contacts),
        "tasks": _tasks(found.assignees),
        "verdicts": _verdicts(found.verdicts),
    }


def _load(days: Sequence[Mapping[str, Any]]) -> Spec:
    kinds = ("messages", "tasks")
    rows = [{"day": one["day"], "what": what, "count": one[what]} for one in days for what in kinds]
    encoding = {
        "x": {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None},
        "y": {"field": "count", "type": "quantitative", "title": "a day"},
        "row": {"field": "what", "type": "nominal", "title": None},
    }
    chart = _chart("Messages sent and tasks opened", rows, "bar", encoding)
    return {**chart, "width": _WIDTH, "height": 160, "resolve": {"scale": {"y": "independent"}}}


def _contacts(contacts: Mapping[str, Any]) -> Spec:
    encoding = {
        "x": {"field": "messages", "type": "ordinal", "title": "messages"},
        "y": {"field": "count", "type": "quantitative", "title": "contacts"},
    }
    chart = _chart("How many messages a contact gets", contacts["spread"], "bar", encoding)
    return {**chart, "height": 300}


def _tasks(assignees: Sequence[Mapping[str, Any]]) -> Spec:
    kinds = {"opened": "opened", "closed": "closed", "most_open": "most open at once"}
    rows = [
        {"who": one["assignee"], "what": said, "count": one[kind]}
        for one in assignees
        for kind, said in kinds.items()
    ]
    encoding = {
        "x": {"field": "count", "type": "quantitative", "title": "tasks"},
        "y": {"field": "who", "type": "nominal", "title": None},
        "yOffset": {"field": "what", "type": "nominal", "sort": list(kinds.values())},
        "color": {"field": "what", "type": "nominal", "title": None, "sort": list(kinds.values())},
    }
    chart = _chart("Tasks by assignee", rows, "bar", encoding)
    return {**chart, "width": _WIDTH // 2, "height": {"step": _BAR // 2}}


def _verdicts(verdicts: Sequence[Mapping[str, Any]]) -> Spec:
    rows = [
        {"play": f"{one['playbook']}.{one['play']}", "verdict": verdict, "count": count}
        for one in verdicts
        for verdict, count in one["verdicts"].items()
    ]
    encoding = {
        "x": {"field": "count", "type": "quantitative", "title": "occurrences"},
        "y": {"field": "play", "type": "nominal", "title": None},
        "color": {"field": "verdict", "type": "nominal", "title": None},
    }
    chart = _chart("What became of what was due", rows, "bar", encoding)
    return {**chart, "width": _WIDTH // 2, "height": {"step": _BAR}}


def _chart(title: str, rows: Sequence[Mapping[str, Any]], mark: str, encoding: Spec) -> Spec:
    values = [dict(row) for row in rows]
    return {
        "$schema": _SCHEMA,
        "title": title,
        "data": {"values": values},
        "mark": mark,
        "encoding": encoding,
    }
