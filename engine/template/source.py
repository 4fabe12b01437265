"""A template's file, read: the subject of its front matter and its body, each character with its place."""

from __future__ import annotations

import re

from ...dsl.frozen import frozen
from ...dsl.source import SourceText
from ..document import File, Scalar, read_document
from ..shape import Findings, read_fields, read_text, shape

LARGEST_FILE = 262_144  # bytes

_FRONT = shape("a template's front matter", "subject", "subject")
_FENCE = re.compile(r"\A---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_UNQUOTED = re.compile(r"^subject:[ \t]*(?P<text>[{\[].*\S)", re.MULTILINE)
_LINE_END = re.compile("\r\n|\r|\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@frozen
class Source:
    """One variant of a template as written: ``subject`` and ``body`` are Jinja texts."""

    subject: SourceText
    body: SourceText


def read_source(file: File, findings: Findings) -> Source | None:
    """None, with findings, if the front matter is wrong or there is no message."""
    if not _is_fit(file, findings):
        return None
    fence = _FENCE.match(file.text)
    if fence is None:
        help_text = "begin the file with `---`, `subject: …`, `---`"
        place = file.location(0, min(3, len(file.line(1))))
        findings.add("E402", place, "the template has no front matter", help_text)
        return None
    subject = _read_subject(file, fence, findings)
    body = _body(file, fence.end())
    if not body.text.strip():
        findings.add("E402", file.location(fence.end(), fence.end()), "the template has no message")
        return None
    return None if subject is None else Source(subject, body)


def _is_fit(file: File, findings: Findings) -> bool:
    """Whether the text can be a message's; a mail carries no control characters."""
    size = len(file.text.encode())
    bad = _CONTROL.search(file.text)
    if size > LARGEST_FILE:
        message = f"the template has {size:,} bytes; at most {LARGEST_FILE:,} are read"
        findings.add("E108", file.location(0, 1), message)
    elif bad is not None:
        message = f"the character U+{ord(bad[0]):04X} may not stand in a message"
        findings.add("E402", file.location(bad.start(), bad.end()), message, "remove it")
    return size <= LARGEST_FILE and bad is None


def _read_subject(file: File, fence: re.Match[str], findings: Findings) -> SourceText | None:
    unquoted = _UNQUOTED.search(file.text, fence.start("front"), fence.end("front"))
    if unquoted is not None:
        message = f"YAML takes `{unquoted['text'][0]}` for the beginning of a mapping or list"
        findings.add(
            "E110", file.location(*unquoted.span("text")), message, "put the whole subject in quotes"
        )
        return None
    blank = re.sub(r"[^\r\n]", " ", file.text[: fence.start("front")])
    front = read_document(File(file.name, blank + fence["front"]), findings.items)
    fields = read_fields(front, _FRONT, findings) if front is not None else None
    subject = fields.get("subject") if fields is not None else None
    if front is None and not any(found.location.file == file.name for found in findings.items):
        findings.add("E402", file.location(0, 3), "the template's front matter has no `subject`")
    if subject is None or read_text(subject, findings, "`subject`") is None:
        return None
    assert isinstance(subject, Scalar)  # read_text has seen to it
    if not subject.text.strip():
        findings.add("E402", subject.location, "the subject is empty")
        return None
    return subject.source


def _body(file: File, start: int) -> SourceText:
    """The text after the front matter, with ``\\n`` for every line's end."""
    first, _ = file.position(start)
    lines = _LINE_END.split(file.text[start:])
    places = ((first + row, column) for row, line in enumerate(lines) for column in range(1, len(line) + 2))
    return SourceText("\n".join(lines), file.name, tuple(places))
