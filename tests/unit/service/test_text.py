"""Answers for people: folded at 80 columns, uncut when piped, and never forged by a value."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from playcall.engine.service import text
from playcall.engine.service.text.explanation import label
from playcall.engine.service.text.paper import PIPED_WIDTH, plain, safe
from playcall.engine.service.text.remedies import next_step

HOSTILE = "[bold]株式会社\x1b[31m\u202e\n青空"
SHOWN = "[bold]株式会社\\x1b[31m\\u202e\\n青空"

PLAY = {"playbook": "renewal-intent", "play": "ask"}
HELD = {**PLAY, "reason": "limit", "count": 3000, "detail": "3000 due, limit 50"}
ID = "abcdefghij0123456789"
STAMP = "2026-03-01T23:00:00Z"
PROBLEM = {
    "entity": "contract",
    "field": "renewal_date",
    "kind": "unparsed",
    "count": 2,
    "examples": [{"row": 4, "key": "K-1", "cell": HOSTILE}],
}
SOURCE = {
    "source": "crm",
    "table": "contracts",
    "rows": 1000000,
    "loaded_at": STAMP,
    "data_time": STAMP,
    "status": "stale",
    "reason": HOSTILE,
    "problems": [PROBLEM],
}
RUN = {
    "run": ID,
    "as_of": STAMP,
    "snapshot": ID,
    "evaluated": 50000000,
    "verdicts": {"fired": 12, "held": 3000},
    "duplicates": 7,
    "unknown": [{**PLAY, "field": HOSTILE, "count": 4}],
    "touches": {"email": 12, "task": 0},
    "held": [HELD],
    "delivery": {"sent": 12, "failed": 0, "unknown": 0, "queued": 0},
    "sources": [SOURCE],
}
TOUCH = {
    "id": ID,
    **PLAY,
    "record": HOSTILE,
    "type": "email",
    "to": "somebody.with.a.long.name@a-company-with-a-long-name.example",
    "state": "unknown",
    "reason": "the connection ended after the final dot",
    "message_id": None,
    "send_at": STAMP,
    "sent_at": None,
}
TASK = {
    "id": ID,
    **PLAY,
    "record": "K-000001",
    "title": HOSTILE * 3,
    "assignee": "kato",
    "priority": "urgent",
    "due": "2026-03-04",
    "state": "open",
    "rank": 12.5,
}
NODE = {
    "text": "nps > 3 and 1 == 1",
    "value": None,
    "type": "bool",
    "unknown_because": ["nps"],
    "parts": [{"text": "nps", "value": None, "type": "int", "unknown_because": ["nps"], "parts": []}],
}
FIELD = {
    "value": HOSTILE,
    "type": "text",
    "source": "crm.contracts",
    "loaded_at": STAMP,
    "unknown_because": [],
    "rivals": [{"source": "finance.contracts.name", "value": HOSTILE}],
}
OCCURRENCE = {
    **PLAY,
    "record": HOSTILE,
    "key": "2026",
    "due": "2026-03-01",
    "late_days": 2,
    "verdict": "fired",
    "reason": "",
    "detail": "",
    "actions": [{"type": "email", "to": "a@b.example", "template": "ask", "send_at": STAMP}],
}
STATUS = {
    "touches": {"sent": 1, "unknown": 1},
    "verdicts": {"fired": 2},
    "held": [HELD],
    "unknown": [TOUCH],
    "tasks": {"open": 1},
    "last_run": {"run": ID, "as_of": STAMP},
}
RENDERED: dict[str, tuple[Any, dict[str, Any]]] = {
    "run": (text.render_run, RUN),
    "plan": (text.render_plan, {"as_of": STAMP, "occurrences": [OCCURRENCE], "verdicts": {}, "held": [HELD]}),
    "explain": (
        text.render_explanation,
        {
            **PLAY,
            "record": HOSTILE,
            "as_of": STAMP,
            "verdict": "not_due",
            "reason": HOSTILE,
            "trigger": NODE,
            "conditions": [NODE],
        },
    ),
    "touches": (text.render_touches, {"touches": [TOUCH]}),
    "status": (text.render_status, STATUS),
    "tasks": (text.render_tasks, {"tasks": [TASK]}),
    "task": (text.render_task, {**TASK, "checklist": [{"text": HOSTILE, "done": True}], "history": []}),
    "record": (
        text.render_record,
        {"entity": "contract", "record": "K", "snapshot": ID, "fields": {"name": FIELD}},
    ),
    "records": (
        text.render_records,
        {
            "entity": "contract",
            "count": 1,
            "unknown": 2,
            "records": [{"record": "K", "fields": {"n": HOSTILE}}],
        },
    ),
    "conflicts": (
        text.render_conflicts,
        {"count": 1, "conflicts": [{"entity": "contract", "record": "K", "field": "name", **FIELD}]},
    ),
    "check": (text.render_check, {"sources": [SOURCE]}),
    "doctor": (
        text.render_doctor,
        {"ok": False, "checks": [{"name": "ledger", "level": "fail", "detail": HOSTILE, "next": HOSTILE}]},
    ),
    "delivery": (text.render_delivery, {"sent": 1, "failed": 0, "unknown": 1, "queued": 0}),
}


def printed(renderable: RenderableType, width: int, *, colour: bool = False) -> str:
    buffer = io.StringIO()
    Console(
        file=buffer, width=width, force_terminal=colour, highlight=False, markup=False, emoji=False
    ).print(renderable)
    return buffer.getvalue()


@pytest.mark.parametrize("name", RENDERED)
def test_fits_eighty_columns_and_cuts_nothing(name: str) -> None:
    render, data = RENDERED[name]
    out = printed(render(data), 80)
    assert max(cell_len(line) for line in out.splitlines()) <= 80
    assert "…" not in out


@pytest.mark.parametrize("name", [name for name in RENDERED if name != "delivery"])
def test_values_are_shown_and_not_obeyed(name: str) -> None:
    render, data = RENDERED[name]
    out = printed(render(data), PIPED_WIDTH)
    assert SHOWN in out
    assert not {"\x1b", "\u202e"} & set(out)


@pytest.mark.parametrize("name", RENDERED)
def test_colours_are_of_the_frame_alone(name: str) -> None:
    render, data = RENDERED[name]
    assert "\x1b[31m\u202e" not in printed(render(data), 200, colour=True)


def test_ids_stay_whole_at_eighty_columns() -> None:
    for render, data in (RENDERED["touches"], RENDERED["tasks"], RENDERED["status"]):
        assert ID in printed(render(data), 80)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "true"),
        (12, "12"),
        (12.5, "12.5"),
        (1234567.891, "1,234,567.89"),
        (["a", None], "a, –"),
        ("tab\there", "tab\\there"),
        ("\u0085\u2028", "\\x85\\u2028"),
        ("\ud800", "\\ud800"),
        ("é 株 👍", "é 株 👍"),
    ],
)
def test_values_on_one_line(value: object, shown: str) -> None:
    assert safe(value) == shown
    assert isinstance(plain(value), str)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"text": "a > 1", "value": True, "type": "bool"}, "a > 1  true"),
        ({"text": "a", "value": "x", "type": "text"}, 'a  "x"'),
        ({"text": '"x"', "value": "x", "type": "text"}, '"x"'),
        ({"text": "d", "value": "2026-03-01", "type": "date"}, "d  2026-03-01"),
        ({"text": "arr", "value": "12.50 USD", "type": "money"}, "arr  12.50 USD"),
        ({"text": "140", "value": 140, "type": "int"}, "140"),
        ({"text": "ask + 10d", "value": None, "type": "text"}, "ask + 10d"),
        ({"text": "min(a)", "value": None, "type": "int"}, "min(a)  missing"),
        (
            {"text": "a", "value": None, "type": "int", "unknown_because": ["a", "b"]},
            "a  unknown: no value for a, b",
        ),
    ],
)
def test_a_node_says_its_value(node: dict[str, Any], said: str) -> None:
    assert label({"unknown_because": [], "parts": [], **node}).plain == said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("limit", "playcall approve renewal-intent.ask"),
        ("stop", "playcall approve renewal-intent.ask"),
        ("paused", "playcall status names the pause; after it playcall approve renewal-intent.ask"),
        ("source", "playcall facts check, mend it, then playcall run"),
    ],
)
def test_each_hold_has_its_command(reason: str, said: str) -> None:
    assert next_step({**PLAY, "reason": reason}).plain == said


@pytest.mark.parametrize(
    ("scopes", "first"),
    [
        (["all", "renewal-intent"], "playcall resume all, then playcall resume renewal-intent, then "),
        (["renewal-intent.remind", "renewals"], ""),
    ],
)
def test_what_a_pause_held_is_released_after_it(scopes: list[str], first: str) -> None:
    paused = [{"scope": scope} for scope in scopes]
    said = next_step({**PLAY, "reason": "paused"}, paused).plain
    assert said == f"{first}playcall approve renewal-intent.ask"


@pytest.mark.parametrize(
    ("render", "data", "said"),
    [
        (text.render_touches, {"touches": []}, "no touches"),
        (text.render_tasks, {"tasks": []}, "no open tasks"),
        (text.render_conflicts, {"conflicts": []}, "they agree"),
        (text.render_records, {"entity": "contract", "records": [], "count": 0, "unknown": 0}, "0 contract"),
        (text.render_check, {"sources": []}, "no problems"),
    ],
)
def test_nothing_is_said_too(render: Any, data: dict[str, Any], said: str) -> None:
    assert said in printed(render(data), 80)
