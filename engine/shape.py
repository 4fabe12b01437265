"""The shapes of YAML mappings: which keys one may have, and the readers of their values.

A scalar has no type of its own: the reader says which one it wants, and what YAML 1.1 would have read as
something else is an error that says "quote it".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from ..dsl.diagnostics import Diagnostic, Fix
from ..dsl.frozen import frozen
from ..dsl.source import Location, SourceText, Span
from ..dsl.types import Duration, DurationUnit
from .document import Entries, Items, Node, Scalar
from .files import Files


class Findings:
    """Diagnostics as they are found; each one once."""

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []
        self.newer: list[tuple[Scalar, str]] = []  # keys that came after the first version, with theirs

    def add(
        self, code: str, location: Location, message: str, help_text: str = "", fix: Fix | None = None
    ) -> None:
        self.items.append(Diagnostic(location, code, message, help_text, fix))


@frozen
class Shape:
    """What a mapping may hold. ``later`` names keys whose part is not built yet, with that part's name;
    ``since`` keys that the first version did not have, with the one that brought them."""

    what: str
    keys: frozenset[str]
    required: tuple[str, ...] = ()
    later: Mapping[str, str] = field(default_factory=dict)
    since: Mapping[str, str] = field(default_factory=dict)


def shape(
    what: str,
    keys: str,
    required: str = "",
    later: Mapping[str, str] | None = None,
    since: Mapping[str, str] | None = None,
) -> Shape:
    """A shape from blank-separated key names. ``since``: version → blank-separated keys."""
    versions = {key: version for version, names in (since or {}).items() for key in names.split()}
    return Shape(what, frozenset(keys.split()), tuple(required.split()), later or {}, versions)


def suggestion(name: str, known: Iterable[str]) -> str:
    """``did you mean `x`?``, or nothing where no known name is near."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like a misspelt one; empty where none is near."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def not_yet(what: str, part: str) -> str:
    """The one sentence about a key that parses and is refused."""
    return f"{what} is not available yet: it comes with {part}"


def read_yaml(path: Path, findings: Findings, files: Files) -> Node | None:
    """The one document of a file of the project. None, with findings, if it cannot be read, cannot be parsed
    or is empty."""
    before = len(findings.items)
    file = files.file(path, findings.items)
    if file is None:
        return None
    files.read.append(file)
    node = files.document(file, findings.items)
    if node is None and len(findings.items) == before:
        findings.add("E106", file.location(0, 0), "the file is empty", "fill it in or remove it")
    return node


class Fields:
    """The values of a mapping by key, read by the type that is wanted. A reader gives None, or the given
    default, where the key is absent or its value wrong; wrong ones are reported."""

    def __init__(
        self, node: Entries, shape: Shape, findings: Findings, misspelt: frozenset[str] = frozenset()
    ) -> None:
        self.node = node
        self.shape = shape
        self.findings = findings
        self._misspelt = misspelt

    def tried(self, key: str) -> bool:
        """Whether a key is there with a value, without one or, it seems, misspelt: where that is wrong, it is
        reported, and its absence is not another mistake."""
        return key in self.node.keys or key in self._misspelt

    def __contains__(self, key: str) -> bool:
        return key in self.node.values

    def get(self, key: str) -> Node | None:
        return self.node.values.get(key)

    def location(self, key: str) -> Location:
        """The place of a key, or of the mapping where the key is absent."""
        return self.node.keys[key].location if key in self.node.keys else self.node.location

    def place(self, key: str) -> Location:
        """The place of a key's value; of the key, or the mapping, where there is none."""
        return self.node.values[key].location if key in self.node.values else self.location(key)

    def text(self, key: str) -> str | None:
        node = self.get(key)
        return None if node is None else read_text(node, self.findings, f"`{key}`")

    def expression(self, key: str) -> SourceText | None:
        node = self.get(key)
        return None if node is None else read_expression(node, self.findings, f"`{key}`")

    def boolean(self, key: str, default: bool = False) -> bool:
        node = self.get(key)
        value = None if node is None else read_boolean(node, self.findings, f"`{key}`")
        return default if value is None else value

    def integer(self, key: str, least: int = 0, most: int | None = None) -> int | None:
        node = self.get(key)
        return None if node is None else read_integer(node, self.findings, f"`{key}`", least, most)

    def duration(self, key: str, units: Sequence[str] | None = None) -> Duration | None:
        node = self.get(key)
        return None if node is None else read_duration(node, self.findings, f"`{key}`", units)

    def choice(self, key: str, choices: Sequence[str]) -> str | None:
        node = self.get(key)
        value = None if node is None else read_text(node, self.findings, f"`{key}`")
        if node is None or value is None or value in choices:
            return value
        expected = ", ".join(choices)
        hint = suggestion(value, choices)
        message = f"`{key}` is one of {expected}, not `{value}`"
        self.findings.add("E107", node.location, message, hint, guessed(node, choices))
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of them."""
        node = self.get(key)
        read = [read_text(item, self.findings, f"`{key}`") for item in as_list(node)]
        return tuple(item for item in read if item is not None)

    def entries(self, key: str) -> Entries | None:
        node = self.get(key)
        return None if node is None else read_entries(node, self.findings, f"`{key}`")


_MOST_UNKNOWN = 50  # keys of one mapping that are told one by one


def read_fields(node: Node, shape: Shape, findings: Findings) -> Fields | None:
    """The mapping with its keys checked against the shape; None (reported) if it is not a mapping."""
    entries = read_entries(node, findings, shape.what)
    if entries is None:
        return None
    misspelt: set[str] = set()
    unknown = 0
    for key, value in entries:
        name = key.text
        unknown += name not in shape.keys and name not in shape.later
        if unknown > _MOST_UNKNOWN:
            findings.add("E105", key.location, f"{shape.what} has more keys that are not known", "")
            break
        if name in shape.since:
            findings.newer.append((key, shape.since[name]))
        if name in shape.later:
            findings.add("E109", key.location, not_yet(f"`{name}`", shape.later[name]))
        elif name not in shape.keys:
            known = ", ".join(sorted(shape.keys))
            help_text = suggestion(name, shape.keys) or f"it may have: {known}"
            misspelt.add(nearest(name, shape.keys))
            fix = _renamed(key, shape.keys, entries)
            findings.add("E105", key.location, f"{shape.what} has no key `{name}`", help_text, fix)
        elif is_null(value) and not _broken(value):
            findings.add("E106", key.location, f"`{name}` is empty", "give it a value or remove the key")
    for name in shape.required:
        if name not in entries.values and name not in misspelt:
            findings.add("E106", entries.location, f"{shape.what} needs `{name}`")
    kept = {name: value for name, value in entries.values.items() if not is_null(value)}
    return Fields(Entries(kept, entries.keys, entries.location), shape, findings, frozenset(misspelt))


def _renamed(key: Scalar, known: Iterable[str], entries: Entries) -> Fix | None:
    """The fix of a misspelt key that does not stand there already: safe where one key alone is very near."""
    near = get_close_matches(key.text, sorted(known), n=2, cutoff=0.8)
    if not near or near[0] in entries.values:
        return None
    return replacing(key, near[0], f"write `{near[0]}`", safe=len(near) == 1)


def guessed(node: Node | None, known: Iterable[str]) -> Fix | None:
    """The name that is most like the one that a text holds, as a guess."""
    near = nearest(node.text, known) if isinstance(node, Scalar) else ""
    return replacing(node, near, f"write `{near}`", safe=False) if isinstance(node, Scalar) and near else None


def replacing(scalar: Scalar, text: str, title: str, safe: bool = True) -> Fix | None:
    """The fix that gives a scalar another text, and leaves it quoted as it is."""
    source = scalar.source
    edit = source.edit(Span(0, len(source.text)), text)
    return Fix(title, (edit,), safe) if edit is not None else None


def read_entries(node: Node, findings: Findings, what: str) -> Entries | None:
    """A mapping, or None with a report."""
    if isinstance(node, Entries):
        return node
    if not _broken(node):
        findings.add("E107", node.location, f"{what} is a mapping (`key: value`), not {kind_of(node)}")
    return None


def read_text(node: Node, findings: Findings, what: str) -> str | None:
    """A text as written; a plain scalar that YAML 1.1 takes for something else must be quoted."""
    if not isinstance(node, Scalar):
        findings.add("E107", node.location, f"{what} is a text, not {kind_of(node)}")
        return None
    if node.broken:
        return None
    if node.plain and (surprise := yaml_type(node.text)):
        findings.add(
            "E104", node.location, f"{what} is a text, but YAML reads `{node.text}` as {surprise}",
            f'quote it: "{node.text}"',
            replacing(node, f'"{node.text}"', "quote it") if surprise != "nothing" else None,
        )  # fmt: skip
        return None
    return node.text


def read_expression(node: Node, findings: Findings, what: str) -> SourceText | None:
    """The text of an expression with the place of each character."""
    if isinstance(node, Scalar):
        return None if node.broken else node.source
    message = f"{what} is an expression, not {kind_of(node)}"
    findings.add("E107", node.location, message, "if it begins with a bracket, quote it")
    return None


def read_boolean(node: Node, findings: Findings, what: str) -> bool | None:
    """``true`` or ``false``; YAML's other spellings (``yes``, ``on``) are refused."""
    if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
        return node.text == "true"
    if isinstance(node, Scalar) and node.plain and yaml_type(node.text) in ("true", "false"):
        message = f"{what} is true or false; YAML reads `{node.text}` as {yaml_type(node.text)}"
        fix = replacing(node, yaml_type(node.text), f"write {yaml_type(node.text)}")
        findings.add("E104", node.location, message, f"write {yaml_type(node.text)}", fix)
    elif not _broken(node):
        findings.add("E107", node.location, f"{what} is true or false, not {kind_of(node)}")
    return None


def read_integer(
    node: Node, findings: Findings, what: str, least: int = 0, most: int | None = None
) -> int | None:
    """A whole number in decimal digits within bounds."""
    if isinstance(node, Scalar) and node.plain and re.fullmatch(r"-?(0|[1-9][0-9]*)", node.text):
        value = int(node.text)
        if value >= least and (most is None or value <= most):
            return value
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        findings.add("E107", node.location, f"{what} is {bounds}, not {value}")
    elif (
        isinstance(node, Scalar) and node.plain and yaml_type(node.text) in ("a number", "a time in seconds")
    ):
        message = f"{what} is a whole number; `{node.text}` is something else to YAML"
        findings.add("E104", node.location, message, "write it in plain digits, without a leading 0")
    elif not _broken(node):
        findings.add("E107", node.location, f"{what} is a whole number, not {kind_of(node)}")
    return None


def read_number(node: Node, findings: Findings, what: str) -> str | None:
    """A decimal number, as its text."""
    if isinstance(node, Scalar) and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", node.text):
        return node.text
    if not _broken(node):
        findings.add("E107", node.location, f"{what} is a number, not {kind_of(node)}")
    return None


def read_duration(
    node: Node, findings: Findings, what: str, units: Sequence[str] | None = None
) -> Duration | None:
    """``90d``, ``2w``, ``36h`` …; ``units`` narrows which units may stand here."""
    allowed = tuple(units or get_args(DurationUnit))
    if isinstance(node, Scalar) and not node.broken:
        duration = parse_duration(node.text)
        if duration is not None and duration.unit in allowed:
            return duration
        listed = " ".join(f"1{unit}" for unit in allowed)
        message = f"{what} is a duration, not `{node.text}`"
        if duration is not None:
            message = f"{what} cannot be counted in `{duration.unit}`"
        findings.add("E107", node.location, message, f"write for example {listed}")
    elif not isinstance(node, Scalar):
        findings.add("E107", node.location, f"{what} is a duration such as 7d, not {kind_of(node)}")
    return None


def parse_duration(text: str) -> Duration | None:
    """``90d`` as a value; None if the text is not a duration."""
    match = re.fullmatch(r"([0-9]{1,9})(min|h|d|w|mo|y|bd)", text)
    if match is None:
        return None
    for unit in get_args(DurationUnit):
        if match[2] == unit:
            return Duration(int(match[1]), unit)
    return None


def as_list(node: Node | None) -> tuple[Node, ...]:
    """A list's items; one value counts as a list of one."""
    if node is None:
        return ()
    return node.items if isinstance(node, Items) else (node,)


def read_each(entries: Entries, read: Callable[[Scalar, Node], None], findings: Findings, what: str) -> None:
    """Calls ``read`` for every entry whose value is not empty; empty ones are reported."""
    for key, node in entries:
        if is_null(node) and not _broken(node):
            findings.add("E106", key.location, f"{what} `{key.text}` is empty", "fill it in or remove it")
        else:
            read(key, node)


def is_null(node: Node) -> bool:
    """Whether nothing stands there: an empty value, ``null`` or ``~``."""
    return isinstance(node, Scalar) and node.plain and node.text in ("", "~", "null", "Null", "NULL")


def kind_of(node: Node) -> str:
    """What a node is, for messages."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Entries):
        return "a mapping"
    if is_null(node):
        return "nothing"
    return f"`{node.text if len(node.text) <= 40 else node.text[:39] + '…'}`"


def _broken(node: Node) -> bool:
    return isinstance(node, Scalar) and node.broken


# The implicit types of YAML 1.1 (https://yaml.org/type/), as PyYAML resolves plain scalars.
_IMPLICIT = (
    ("true", re.compile(r"yes|Yes|YES|true|True|TRUE|on|On|ON")),
    ("false", re.compile(r"no|No|NO|false|False|FALSE|off|Off|OFF")),
    ("nothing", re.compile(r"~|null|Null|NULL|")),
    ("a time in seconds", re.compile(r"[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")),
    (
        "a number",
        re.compile(
            r"[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+"
            r"|[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*([eE][-+][0-9]+)?"
            r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
        ),
    ),
    (
        "a date",
        re.compile(
            r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?"
            r"([ \t]*(Z|[-+]\d\d?(:\d\d)?))?"
        ),
    ),
)


def yaml_type(text: str) -> str:
    """What YAML 1.1 reads a plain scalar as when it is not text; empty for text."""
    return next((name for name, pattern in _IMPLICIT if pattern.fullmatch(text)), "")
