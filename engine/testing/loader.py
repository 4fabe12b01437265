"""tests/**/*.yaml → the tests, or every mistake in one pass, as playbooks are read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import get_args

from ...dsl.diagnostics import Diagnostic
from ...dsl.frozen import frozen
from ...dsl.source import Location
from ..document import Entries, File, Items, Node, Scalar
from ..facts.model import Status
from ..files import Files
from ..playbook.loader import Loaded, PlaybookFile
from ..playbook.model import Playbook, TaskAction
from ..playbook.rereading import reread, with_params
from ..shape import Fields, Findings, as_list, read_fields, read_yaml, shape, suggestion
from .answers import read_answers
from .days import check_day, read_days, read_run_day
from .expectations import Known, read_expectation
from .model import Change, Completion, Expectation, Outage, PlaybookTest
from .records import RecordReader, Records, merged
from .values import read_date

FOLDER = "tests"
MOST_COMBINATIONS = 1_000

TEST_FILE = shape("a test file", "playbook start records params tests", "playbook tests")
TEST = shape(
    "a test",
    "name start run_on records params matrix set down done answers expect nothing_else",
    "name run_on",
)
_DOWN = shape("an item of `down`", "on source status", "on source")
_DONE = shape("an item of `done`", "on play record", "on play record")

Overrides = Mapping[str, Node]


@frozen
class Tests:
    """All tests of a project in order of place, what is wrong with their files, and the files."""

    tests: tuple[PlaybookTest, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[File, ...]


def test_files(files: Files) -> list[Path]:
    """The files that hold a project's tests, sorted by path."""
    return files.below(FOLDER, "*.yaml")


def load_tests(loaded: Loaded, files: Files, portion: Collection[Path] | None = None) -> Tests:
    """Read every file below tests/ against a project, or some of them. A file with a mistake gives no tests;
    a project without a catalogue gives no tests at all."""
    reader = _Reader(loaded)
    found: list[PlaybookTest] = []
    diagnostics: list[Diagnostic] = []
    before = len(files.read)
    for path in test_files(files) if portion is None else portion:
        findings = Findings()
        tests = reader.file(path, files, findings)
        diagnostics += dict.fromkeys(findings.items)
        if not findings.items:
            found += tests
    ordered = sorted(diagnostics, key=lambda one: (one.location, one.code, one.message))
    return Tests(tuple(found), tuple(ordered), tuple(files.read[before:]))


@dataclass(slots=True)
class _Common:
    """What the tests of one file share."""

    playbook: Playbook
    written: PlaybookFile
    start: date | None
    params: Overrides
    records: Records
    reader: RecordReader
    names: dict[str, Location] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    loaded: Loaded
    variants: dict[tuple[str, tuple[tuple[str, Location], ...]], Playbook | None] = field(
        default_factory=dict
    )

    def file(self, path: Path, files: Files, findings: Findings) -> list[PlaybookTest]:
        node = read_yaml(path, findings, files)
        fields = read_fields(node, TEST_FILE, findings) if node is not None else None
        common = self._common(fields, findings) if fields is not None else None
        if fields is None or common is None:
            return []
        listed = fields.get("tests")
        if listed is not None and not as_list(listed):
            findings.add("E505", listed.location, "the file has no tests, so it checks nothing")
        return [test for node in as_list(listed) for test in self._test(node, common, findings)]

    def _common(self, fields: Fields, findings: Findings) -> _Common | None:
        catalog, project = self.loaded.catalog, self.loaded.project
        name = fields.text("playbook")
        if catalog is None or project is None or name is None:
            return None
        if name not in self.loaded.playbooks:
            is_written = name in self.loaded.written and not self.loaded.written[name].abstract
            if not is_written and not self._unread():
                known = list(self.loaded.playbooks)
                message = f"there is no playbook `{name}` that runs"
                findings.add(
                    "E504", fields.node.values["playbook"].location, message, suggestion(name, known)
                )
            return None
        start, reader = fields.get("start"), RecordReader(catalog, project.settings, findings)
        return _Common(
            self.loaded.playbooks[name],
            self.loaded.written[name],
            read_run_day(start, "`start`", findings) if start is not None else None,
            _entries(fields, "params"),
            reader.records(_node(fields, "records")) if "records" in fields else {},
            reader,
        )

    def _unread(self) -> bool:
        """Whether a file of playbooks could not be read, so that nobody knows what it holds."""
        read = {one.name_key.location.file for one in self.loaded.written.values()}
        wrong = {one.location.file for one in self.loaded.errors}
        return any(name.startswith("playbooks/") for name in wrong - read)

    def _test(self, node: Node, common: _Common, findings: Findings) -> Iterator[PlaybookTest]:
        fields = read_fields(node, TEST, findings)
        if fields is None:
            return
        name = self._name(fields, common)
        days = read_days(_node(fields, "run_on"), "`run_on`", findings) if "run_on" in fields else ()
        start = common.start
        if "start" in fields:
            start = read_run_day(_node(fields, "start"), "`start`", findings)
        if start is not None and days and days[0] < start:
            message = f"the test runs on {days[0]}, before `start` ({start})"
            findings.add("E107", fields.location("run_on"), message)
        reader = common.reader
        own = reader.records(_node(fields, "records")) if "records" in fields else {}
        changes = tuple(_changes(fields, reader, days, findings))
        records = merged(common.records, own)
        keys = {
            key
            for entity, key in (*records, *(c.record for c in changes))
            if entity == common.playbook.entity
        }
        known = Known(common.playbook, _plays_written(common), frozenset(keys), days)
        test = PlaybookTest(
            name=name,
            playbook=common.playbook.name,
            params={},
            variant=None,
            start=start,
            days=days,
            records={record: given for record, given in records.items() if given is not None},
            changes=tuple(sorted(changes, key=lambda change: change.on)),
            outages=tuple(self._outages(fields, days, findings)),
            completions=tuple(_completions(fields, known, findings)),
            answers=read_answers(fields, self.loaded.surveys, {*records, *(c.record for c in changes)}, days),
            expect=_expectations(fields, known, findings),
            nothing_else=fields.boolean("nothing_else"),
            location=fields.node.location,
        )
        if name and not test.expect and not test.nothing_else:
            message = f"the test `{name}` asserts nothing"
            findings.add("E505", fields.node.location, message, "give `expect`, or say `nothing_else: true`")
        yield from self._variants(test, fields, common, findings)

    def _name(self, fields: Fields, common: _Common) -> str:
        name = fields.text("name") or ""
        if name in common.names:
            message = f"the test `{name}` stands in line {common.names[name].line} already"
            fields.findings.add("E501", fields.node.values["name"].location, message, "give it another name")
        elif name:
            common.names[name] = fields.node.values["name"].location
        return name

    def _outages(self, fields: Fields, days: Sequence[date], findings: Findings) -> Iterator[Outage]:
        assert self.loaded.project is not None
        sources = self.loaded.project.sources
        for item in as_list(fields.get("down")):
            one = read_fields(item, _DOWN, findings)
            if one is None or "on" not in one:
                continue
            source = one.text("source")
            if source is not None and source not in sources:
                location = one.node.values["source"].location
                message = f"playcall.yaml has no source `{source}`"
                findings.add("E502", location, message, suggestion(source, sources))
            status = one.choice("status", [name for name in get_args(Status) if name != "ok"]) or "broken"
            for day in read_days(_node(one, "on"), "`on`", findings):
                check_day(day, days, one, findings)
                yield Outage(day, source or "", status)  # type: ignore[arg-type]  # one of the choices

    def _variants(
        self, test: PlaybookTest, fields: Fields, common: _Common, findings: Findings
    ) -> Iterator[PlaybookTest]:
        """The test as it is or, with a matrix, one for each combination of its values."""
        params = {**common.params, **_entries(fields, "params")}
        axes = {name: _axis(name, node, findings) for name, node in _entries(fields, "matrix").items()}
        combinations = list(product(*axes.values()))
        if len(combinations) > MOST_COMBINATIONS:
            message = (
                f"the matrix has {len(combinations):,} combinations; at most {MOST_COMBINATIONS:,} are run"
            )
            findings.add("E107", fields.location("matrix"), message)
            return
        for values in combinations:
            chosen = dict(zip(axes, values, strict=True))
            own = {**params, **chosen}
            label = ", ".join(f"{name}={_shown(node)}" for name, node in chosen.items())
            yield replace(
                test,
                name=f"{test.name} [{label}]" if label else test.name,
                params=own,
                variant=self._variant(common, own, findings),
            )

    def _variant(self, common: _Common, params: Overrides, findings: Findings) -> Playbook | None:
        """The playbook with other params; None where there are none (or wrong ones, which are reported)."""
        if not params:
            return None
        place = (common.playbook.name, tuple((name, node.location) for name, node in params.items()))
        if place not in self.variants:
            self.variants[place] = self._overridden(common, params, findings)
        return self.variants[place]

    def _overridden(self, common: _Common, params: Overrides, findings: Findings) -> Playbook | None:
        declared = common.written.merged.values.get("params")
        own = declared.values if isinstance(declared, Entries) else {}
        for name, node in params.items():
            if name not in own:
                message = f"the playbook `{common.playbook.name}` has no param `{name}`"
                findings.add("E504", node.location, message, suggestion(name, own))
        if params.keys() - own.keys():
            return None
        found = Findings()
        playbook = reread(self.loaded, with_params(common.written, params), found)
        findings.items += (_because(one, params) for one in found.items)
        return playbook


def _changes(
    fields: Fields, reader: RecordReader, days: Sequence[date], findings: Findings
) -> Iterator[Change]:
    for item in as_list(fields.get("set")):
        changes = list(reader.changes(item))
        if days and any(change.on > days[-1] for change in changes):
            message = f"the last run is on {days[-1]}, so this changes nothing"
            findings.add("E505", item.location, message, "add a day to `run_on`, or correct it")
        yield from changes


def _axis(name: str, node: Node, findings: Findings) -> Sequence[Node]:
    """The values of one param of a matrix."""
    values = as_list(node)
    if not values:
        findings.add("E505", node.location, f"`{name}` has no values, so nothing is tried")
    shown = [_shown(value) for value in values if isinstance(value, Scalar)]
    for value in values:
        if isinstance(value, Scalar) and shown.count(_shown(value)) > 1:
            message = f"`{name}` has the value {_shown(value)} twice"
            findings.add("E501", value.location, message, "keep one of the two")
            break
    return values


def _because(found: Diagnostic, params: Overrides) -> Diagnostic:
    """What a playbook cannot be with the params of a test, where these are written."""
    last = [*params.values()][-1].location
    if found.location.file == last.file:
        return found
    message = f"with this value, {found.location}: {found.message}"
    return Diagnostic(last, found.code, message, found.help)


def _plays_written(common: _Common) -> tuple[str, ...]:
    plays = common.written.merged.values.get("plays")
    written = tuple(plays.values) if isinstance(plays, Entries) else ()
    return tuple(dict.fromkeys((*written, *common.playbook.plays)))


def _completions(fields: Fields, known: Known, findings: Findings) -> Iterator[Completion]:
    for item in as_list(fields.get("done")):
        one = read_fields(item, _DONE, findings)
        if one is None or not {"on", "play", "record"} <= one.node.values.keys():
            continue
        day = read_date(one.node.values["on"], "`on`", findings)
        if day is not None:
            check_day(day, known.days, one, findings)
        play, record = one.text("play"), one.text("record")
        tasks = [
            name
            for name, play_ in known.playbook.plays.items()
            if any(isinstance(action, TaskAction) for action in play_.actions)
        ]
        has_mistakes = play in known.plays and play not in known.playbook.plays
        if play is not None and play not in tasks and not has_mistakes:
            message = f"there is no play `{play}` that opens tasks"
            findings.add("E504", one.node.values["play"].location, message, suggestion(play, tasks))
        if record is not None and record not in known.records:
            message = f"the test has no {known.playbook.entity} `{record}`"
            findings.add(
                "E504", one.node.values["record"].location, message, suggestion(record, known.records)
            )
        if day is not None and play is not None and record is not None:
            yield Completion(day, play, record, one.node.location)


def _expectations(fields: Fields, known: Known, findings: Findings) -> tuple[Expectation, ...]:
    read = (read_expectation(item, known, findings) for item in as_list(fields.get("expect")))
    return tuple(one for one in read if one is not None)


def _entries(fields: Fields, key: str) -> dict[str, Node]:
    entries = fields.entries(key) if key in fields else None
    return {} if entries is None else entries.values


def _node(fields: Fields, key: str) -> Node:
    """The value of a key; of one that is absent (which is reported), an empty list."""
    return fields.get(key) or Items((), fields.node.location)


def _shown(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else "…"
