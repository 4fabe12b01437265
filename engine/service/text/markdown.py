"""`plan --against` as Markdown, for a comment on a pull request.

Values come from customers' systems. They stand in code spans, where neither Markdown nor HTML, mentions or
links are looked for, and a comment keeps below the size that forges take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from .comparison import SIGNS
from .paper import moment, safe, zone

MOST_CHARACTERS: Final = 60_000  # GitHub refuses comments of more than 65,536
MOST_PLAYS: Final = 100  # rows of the summary
MOST_LISTED: Final = 20  # records of one play and kind
MOST_LONG: Final = 120  # characters of one value

Row = Mapping[str, Any]


def markdown_comparison(found: Row) -> str:
    """The whole comment: what changes in one sentence, a table by play, and folded what changes for whom."""
    parts = [_head(found), *_summary(found["plays"])]
    size, left_out = sum(map(len, parts)), 0
    for play in found["plays"]:
        details = _details(play, found)
        if size + len(details) > MOST_CHARACTERS:
            left_out += 1
            continue
        parts.append(details)
        size += len(details)
    if left_out:
        parts.append(
            f"\nThe details of {left_out:,} plays are left out; `playcall plan --against` shows them.\n"
        )
    return "".join(parts)


def _head(found: Row) -> str:
    against = found["against"]
    when = f"{moment(found['as_of']).plain} {zone()}"
    where = f"against {code(against['revision'])} ({code(str(against['commit'])[:10])}), as of {when}"
    if not found["plays"]:
        return f"### playcall plan: nothing changes\n\n{where}\n"
    totals = (f"{sum(play[kind] for play in found['plays']):,} {kind}" for kind in SIGNS)
    return f"### playcall plan: {', '.join(totals)}\n\n{where}\n"


def _summary(plays: Sequence[Row]) -> Iterator[str]:
    if not plays:
        return
    skipped, worth = any(play["skipped"] for play in plays), any(play["value"] for play in plays)
    columns = ["play", *SIGNS, *(["skipped"] if skipped else []), *(["value"] if worth else [])]
    yield "\n" + _row(columns) + _row(["---", *["---:"] * (len(columns) - 1)])
    for play in plays[:MOST_PLAYS]:
        cells = [code(f"{play['playbook']}.{play['play']}"), *(_number(play[kind]) for kind in SIGNS)]
        cells += [_number(play["skipped"])] if skipped else []
        cells += [_value(play["value"] or {})] if worth else []
        yield _row(cells)
    if len(plays) > MOST_PLAYS:
        yield f"\nand {len(plays) - MOST_PLAYS:,} more plays\n"


def _value(value: Mapping[str, Sequence[str]]) -> str:
    """What the records are worth that enter, leave and change."""
    parts = (f"{SIGNS[kind][0]} {code(' + '.join(value[kind]))}" for kind in SIGNS if value.get(kind))
    return "<br>".join(parts)


def _details(play: Row, found: Row) -> str:
    """One play, folded."""
    sections = [
        section
        for kind in SIGNS
        for section in _listed(kind, [one for one in found[kind] if _is_of(one, play)], _difference)
    ]
    missed = [one for one in found["skipped"] if _is_of(one, play)]
    sections += _listed("skipped", missed, _missed)
    name = f"{play['playbook']}.{play['play']}"
    return f"\n<details><summary>{escape(safe(name))}</summary>\n{''.join(sections)}\n</details>\n"


def _listed(kind: str, rows: Sequence[Row], cells: Any) -> Iterator[str]:
    if not rows:
        return
    heads = ["record", "was due", "now due"] if kind == "skipped" else ["record", "due", "verdict", "what"]
    yield f"\n**{len(rows):,} {kind}**\n\n" + _row(heads) + _row(["---"] * len(heads))
    yield from (_row(cells(one)) for one in rows[:MOST_LISTED])
    if len(rows) > MOST_LISTED:
        yield f"\nand {len(rows) - MOST_LISTED:,} more\n"


def _difference(one: Row) -> list[str]:
    before = one.get("before")
    now = _became(one)
    if before is not None and (before["verdict"], before["reason"]) != (one["verdict"], one["reason"]):
        now = f"{_became(before)} → {now}"
    does = _does(one["actions"])
    did = _does(before["actions"]) if before is not None else does
    return [code(one["record"]), one["due"], now, does if does == did else f"{did} → {does}"]


def _missed(one: Row) -> list[str]:
    return [code(one["record"]), one["was_due"], one["now_due"]]


def _became(one: Row) -> str:
    return f"{one['verdict']} ({one['reason']})" if one["reason"] else str(one["verdict"])


def _does(actions: Iterable[Row]) -> str:
    texts = (f"{one['type']} {one['template'] or ''} → {one['to']}".replace("  ", " ") for one in actions)
    return "<br>".join(map(code, texts)) or "nothing"


def _is_of(one: Row, play: Row) -> bool:
    return bool(one["playbook"] == play["playbook"] and one["play"] == play["play"])


def _number(value: int) -> str:
    return f"{value:,}" if value else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def code(value: object) -> str:
    """A value as a code span that may stand in a table: nothing in it is Markdown (GFM 6.1 and 4.10)."""
    shown = safe(value).strip() or "–"
    if len(shown) > MOST_LONG:
        shown = f"{shown[:MOST_LONG]}…"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {shown} " if longest else shown
    return f"{fence}{padded}{fence}".replace("|", "\\|")
