"""What came of tests as JUnit XML, which CI servers read: a suite a file, a case a test."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .compare import written
from .outcome import Disagreement, TestOutcome


def junit(outcomes: Sequence[TestOutcome], problems: Sequence[str]) -> str:
    """The XML. ``problems`` are what failed beside single tests: each is a case of its own."""
    failed = sum(not one.passed for one in outcomes) + len(problems)
    root = Element("testsuites", name="playcall test", tests=str(len(outcomes) + len(problems)))
    root.set("failures", str(failed))
    for file, group in groupby(outcomes, key=lambda one: one.file):
        _suite(root, file, list(group))
    if problems:
        suite = SubElement(root, "testsuite", name="playcall test", tests=str(len(problems)))
        suite.set("failures", str(len(problems)))
        for problem in problems:
            case = SubElement(suite, "testcase", classname="playcall test", name=clean(problem))
            SubElement(case, "failure", message=clean(problem))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, file: str, outcomes: Sequence[TestOutcome]) -> None:
    failures = sum(not one.passed for one in outcomes)
    suite = SubElement(root, "testsuite", name=clean(file), tests=str(len(outcomes)), failures=str(failures))
    for one in outcomes:
        case = SubElement(suite, "testcase", classname=clean(file), name=clean(one.name))
        for disagreement in one.disagreements[:1]:
            failure = SubElement(case, "failure", message=clean(disagreement.message))
            failure.text = clean("\n\n".join(map(_told, one.disagreements)))


def _told(one: Disagreement) -> str:
    lines = [one.message]
    if one.expected is not None:
        lines.append(f"expected: {written(one.expected)}")
    lines += [f"got: {written(got)}" for got in one.got] or ["got: nothing"]
    return "\n".join(lines)


def clean(text: str) -> str:
    """Without the characters that XML 1.0 has no way to write."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )
