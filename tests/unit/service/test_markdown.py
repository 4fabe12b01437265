"""Markdown comments: whatever a value holds, it is only text in its cell."""

from __future__ import annotations

from typing import Any

import pytest
from markdown_it import MarkdownIt

from playcall.engine.service.text.markdown import MOST_CHARACTERS, code, markdown_comparison

HOSTILE = [
    "plain",
    "a|b||c",
    "`tick` ``ticks`` `",
    "<script>alert(1)</script>",
    "[x](javascript:x) ![y](http://x.test/y.png)",
    "@everyone #1 GH-2 a@b.test https://x.test",
    "\n# head\n\n---\n",
    "</details></summary>",
    "\u202eesrever\u0000\u2028",
    "\\",
    "",
    "   ",
    "a" * 5000,
]


def rendered(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False}).render(markdown)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_stays_in_its_cell(value: str) -> None:
    html = rendered(f"| a | b |\n| --- | --- |\n| {code(value)} | end |\n")
    assert html.count("<tr>") == 2
    assert html.count("<td>") == 2
    cell = html.split("<td>")[1].split("</td>")[0]
    assert cell.startswith("<code>") and cell.endswith("</code>")
    assert "<" not in cell[6:-7]


def play(name: str, count: int) -> dict[str, Any]:
    return {
        "playbook": "p",
        "play": name,
        "added": count,
        "removed": 0,
        "changed": 0,
        "skipped": 0,
        "value": None,
    }


def occurrence(name: str, record: str) -> dict[str, Any]:
    actions = [{"type": "email", "to": record, "template": None, "send_at": ""}] * 3
    told = {"verdict": "fired", "reason": "", "detail": "", "due": "2026-03-02", "late_days": 0}
    return {"playbook": "p", "play": name, "record": record, "key": "", **told, "actions": actions}


def test_every_value_of_a_comment_is_escaped_and_it_is_never_too_long() -> None:
    added = [occurrence(f"a{number}", value) for number in range(40) for value in HOSTILE * 3]
    found = {
        "as_of": "2026-03-01T23:00:00Z",
        "against": {"revision": "a`b<c>|", "commit": "0" * 40},
        "added": added,
        "removed": [],
        "changed": [],
        "skipped": [],
        "plays": [play(f"a{number}", len(HOSTILE) * 3) for number in range(40)],
    }
    said = markdown_comparison(found)
    assert len(said) < MOST_CHARACTERS + 500
    assert "are left out" in said
    assert said.count("\n<details>") == said.count("\n</details>\n") > 1
    html = rendered(said)
    for tag in ("<script", "<img", "<a "):
        assert tag not in html
