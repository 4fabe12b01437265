"""`test` for a person: expected beside got, with the explanation; what was not tried; what survived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...testing.compare import written
from .explanation import render_explanation
from .paper import count, section, text

Report = Mapping[str, Any]


def render_tests(report: Report) -> Group:
    """The failures one after another, then a line that counts them all."""
    failed = [one for one in report["tests"] if one["outcome"] == "failed"]
    parts: list[RenderableType] = [part for one in failed for part in _test(one)]
    parts += [text(problem, "red") for problem in report["problems"]]
    if "coverage" in report:
        parts += _coverage(report["coverage"])
    if "mutants" in report:
        parts += _mutants(report["mutants"])
    parts.append(_summary(report))
    return Group(*parts)


def _test(one: Report) -> Iterator[RenderableType]:
    yield Text.assemble(
        text("FAILED ", "bold red"), text(f"{one['file']}:{one['line']}: {one['name']}", "bold")
    )
    for failure in one["failures"]:
        yield Padding(_failure(one, failure), (0, 0, 0, 2), expand=False)
    yield Text("")


def _failure(one: Report, failure: Report) -> Group:
    parts: list[RenderableType] = [text(f"{one['file']}:{failure['line']}: {failure['message']}")]
    if failure["expected"] is not None or failure["got"]:
        parts.append(_beside(failure))
    if failure["explanation"] is not None:
        parts.append(Padding(_explanation(failure["explanation"]), (0, 0, 0, 2), expand=False))
    return Group(*parts)


def _explanation(found: Report) -> Group:
    return render_explanation(found, found["roles"])


def _beside(failure: Report) -> Table:
    """Expected and got as two columns, key by key; what differs is marked."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), header_style="bold", show_edge=False)
    for head in ("", "", "expected", "got"):
        made.add_column(head, overflow="fold")
    wanted, got = failure["expected"] or {}, failure["got"]
    first = got[0] if got else {}
    for name in {**wanted, **first}:
        mark, style = ("≠", "red") if name in failure["differs"] else ("", "")
        mine, theirs = _value(wanted, name), _value(first, name)
        made.add_row(text(mark, style), text(name, "dim"), text(mine, style), text(theirs, style))
    if not got:
        made.add_row(Text(""), Text(""), Text(""), text("nothing", "red"))
    for more in got[1:]:
        made.add_row(Text(""), text("or", "dim"), Text(""), text(written(more)))
    return made


def _value(said: Report, name: str) -> str:
    return written({name: said[name]})[len(name) + 3 : -1] if name in said else ""


def _coverage(found: Report) -> list[RenderableType]:
    lines = [
        Text.assemble(
            text(f"{one['file']}:{one['line']}:{one['column']}: "),
            text(f"never {one['never']}: ", "yellow"),
            text(f"{one['play'] or one['playbook']} {one['key']}: {one['text']}"),
        )
        for one in found["missed"]
    ]
    head = f"coverage {found['percent']:.2f} % ({found['tried']} of {found['ways']} ways)"
    return [section(head, Group(*lines)), Text("")]


def _mutants(found: Report) -> list[RenderableType]:
    lines = [
        Text.assemble(
            text(f"{one['file']}:{one['line']}:{one['column']}: "),
            text(f"{one['kind']}: ", "yellow"),
            text(f"`{one['before']}` → " + (f"`{one['after']}`" if one["after"] else "nothing")),
        )
        for one in found["survivors"]
    ]
    head = f"{found['survived']} of {found['survived'] + found['killed']} mutants survived"
    return [section(head, Group(*lines)), Text("")]


def _summary(report: Report) -> Text:
    style = "bold red" if report["failed"] or report["problems"] or report["diagnostics"] else "bold green"
    parts = [Text.assemble(count(report["passed"]), " passed")]
    if report["failed"]:
        parts.append(Text.assemble(count(report["failed"]), " failed"))
    line = Text(", ").join(parts)
    line.append(f" in {report['files']} file{'' if report['files'] == 1 else 's'}")
    line.stylize(style)
    return line
