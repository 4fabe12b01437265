"""What a project asks of its own files beyond what every project must keep: ``lint:`` of playcall.yaml, and
the version of playcall that it is written for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Final

from ... import __version__
from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ..document import Node, Scalar
from ..shape import Fields, read_each, read_fields, read_text, shape, suggestion

NAMED: Final = ("entity", "field", "recipient", "score", "playbook", "play", "param", "template")
STYLES: Final = {
    "kebab-case": "[a-z][a-z0-9]*(-[a-z0-9]+)*",
    "snake_case": "[a-z][a-z0-9]*(_[a-z0-9]+)*",
}
LINT = shape("`lint`", "naming unused_fields tests")

_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?")


@frozen
class Naming:
    """How names of one kind must look: a style's name or a pattern, as written, and the pattern (RE2)."""

    written: str
    pattern: str


@frozen
class Policy:
    """``naming`` by kind of name. ``unused_fields``: every field is read by something; ``tests``: every play
    has a test. ``requires``: the least version of playcall, with its place."""

    naming: Mapping[str, Naming] = field(default_factory=dict)
    unused_fields: bool = False
    tests: bool = False
    requires: Scalar | None = None


def read_policy(fields: Fields) -> Policy:
    """``lint`` and ``requires`` of playcall.yaml."""
    node = fields.get("lint")
    lint = read_fields(node, LINT, fields.findings) if node is not None else None
    requires = _requires(fields)
    if lint is None:
        return Policy(requires=requires)
    return Policy(_naming(lint), lint.boolean("unused_fields"), lint.boolean("tests"), requires)


def _naming(lint: Fields) -> dict[str, Naming]:
    found: dict[str, Naming] = {}

    def read(key: Scalar, node: Node) -> None:
        text = read_text(node, lint.findings, "a naming rule")
        if key.text not in NAMED:
            help_text = suggestion(key.text, NAMED) or f"one of {', '.join(NAMED)}"
            lint.findings.add("E105", key.location, f"`naming` has no key `{key.text}`", help_text)
        elif text is not None and (problem := _pattern_problem(text)):
            lint.findings.add("E107", node.location, *problem)
        elif text is not None:
            found[key.text] = Naming(text, STYLES.get(text, text))

    entries = lint.entries("naming")
    if entries:
        read_each(entries, read, lint.findings, "the naming rule")
    return found


def _pattern_problem(text: str) -> tuple[str, str] | None:
    """What is wrong with a rule that is neither a style nor a pattern."""
    if text in STYLES:
        return None
    if re.fullmatch(r"[\w -]+", text):
        hint = suggestion(text, STYLES) or f"write {' or '.join(STYLES)}, or a regular expression"
        return f"there is no naming style `{text}`", hint
    from ...dsl.patterns import regex_problem

    return regex_problem(text)


def _requires(fields: Fields) -> Scalar | None:
    text, node = fields.text("requires"), fields.get("requires")
    if text is None or not isinstance(node, Scalar):
        return None
    if _VERSION.fullmatch(text):
        return node
    message = f"`requires` is the least version of playcall, such as 0.2, not `{text}`"
    fields.findings.add("E107", node.location, message)
    return None


def version(text: str) -> tuple[int, ...]:
    """A version for comparison: what follows the numbers (``.dev0``) does not count, nor do zeros at the
    end."""
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", text)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def misfits(policy: Policy, newer: Iterable[tuple[Scalar, str]]) -> Iterator[Diagnostic]:
    """E113: what the declared version does not fit. ``newer``: keys with the version that brought them."""
    if policy.requires is None:
        return
    wanted = policy.requires.text
    if version(wanted) > version(__version__):
        message = f"the project requires playcall {wanted}, and this is {__version__}"
        yield Diagnostic(policy.requires.location, "E113", message, "install a newer playcall")
    for key, since in newer:
        if version(since) > version(wanted):
            message = f"`{key.text}` came with playcall {since}, and the project requires only {wanted}"
            help_text = f'write `requires: "{since}"` in playcall.yaml, or remove the key'
            yield Diagnostic(key.location, "E113", message, help_text)
