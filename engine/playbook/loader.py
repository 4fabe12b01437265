"""A project's files → everything checked, or every mistake in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...dsl.checker import erroneous
from ...dsl.diagnostics import CheckError, Diagnostic
from ...dsl.frozen import frozen
from ...dsl.scope import Scope
from ...dsl.source import Location, SourceText
from ...dsl.typed import Checked
from ..catalog.contact_rules import read_limits
from ..catalog.loader import load_catalog
from ..catalog.model import LEDGER_ENTITIES, Catalog, Project
from ..catalog.policy import misfits
from ..catalog.project import load_project
from ..document import Entries, File, Node, Scalar
from ..files import Files
from ..forms.pricebook import PriceBook
from ..forms.pricebooks import load_pricebooks
from ..forms.reading import scope_of
from ..forms.report import Report
from ..forms.reports import load_reports
from ..forms.survey import Survey
from ..forms.surveys import load_surveys
from ..shape import (
    Fields,
    Findings,
    guessed,
    nearest,
    read_entries,
    read_fields,
    read_text,
    read_yaml,
    shape,
    suggestion,
)
from .context import Context, read_topic
from .experiments import read_holdout
from .fingerprint import fingerprint
from .inherit import inherited
from .model import MomentTrigger, Play, Playbook, SuccessPlan
from .params import read_params
from .plays import PlayDefaults, declared_plays, follow_ups, read_play
from .sources import Sources
from .success_plans import load_plans
from .templates import Templates
from .triggers import read_cron

DEFAULT_SCHEDULE = "0 8 * * *"

PLAYBOOK = shape(
    "a playbook",
    "playbook describe owner for where schedule params stop plays limits topic approve holdout"
    " extends abstract was",
    "playbook for plays",
    {"goal": "campaigns"},
    {"0.2": "topic approve holdout"},
)


@frozen
class PlaybookFile:
    """A playbook as written: its own mapping, and with what it extends laid under it."""

    name: str
    own: Entries
    merged: Entries
    abstract: bool
    name_key: Scalar


@frozen
class Opened:
    """What all playbooks of a project stand on; without a project and a catalogue, where these cannot be
    read. ``findings``: what is wrong with it."""

    project: Project | None
    catalog: Catalog | None
    surveys: Mapping[str, Survey]
    pricebooks: Mapping[str, PriceBook]
    reports: Mapping[str, Report]
    plans: Mapping[str, SuccessPlan]
    templates: Templates
    findings: Findings
    files: Files

    def context(self, scope: Scope, params: Mapping[str, Checked]) -> Context:
        """Where the expressions of a playbook or plan are checked, in a project with a catalogue."""
        assert self.project is not None and self.catalog is not None
        return Context(
            self.project,
            self.catalog,
            self.templates,
            scope,
            params,
            self.findings,
            surveys=self.surveys,
            pricebooks=self.pricebooks,
            plans=self.plans,
        )


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Loaded:
    """A project as far as it could be read. ``playbooks`` lack what can only be said of whole ones, their
    fingerprints and sources: ``checked`` gives them, where there are no errors.

    ``written`` holds every playbook's nodes, abstract ones too, for the linter."""

    opened: Opened
    playbooks: Mapping[str, Playbook]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[File, ...]
    written: Mapping[str, PlaybookFile]

    @property
    def project(self) -> Project | None:
        return self.opened.project

    @property
    def catalog(self) -> Catalog | None:
        return self.opened.catalog

    @property
    def templates(self) -> Templates:
        """Those of the project, and what was read of them."""
        return self.opened.templates

    @property
    def surveys(self) -> Mapping[str, Survey]:
        return self.opened.surveys

    @property
    def pricebooks(self) -> Mapping[str, PriceBook]:
        return self.opened.pricebooks

    @property
    def reports(self) -> Mapping[str, Report]:
        return self.opened.reports

    @property
    def plans(self) -> Mapping[str, SuccessPlan]:
        return self.opened.plans

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(found for found in self.diagnostics if found.severity == "error")

    def checked(self) -> tuple[Project, Catalog, Mapping[str, Playbook]]:
        """The project, its catalogue and its playbooks. Raises ``CheckError`` if anything is wrong."""
        if self.errors or self.project is None or self.catalog is None:
            raise CheckError(self.errors)
        catalog = self.catalog
        return self.project, catalog, {name: whole(one, catalog) for name, one in self.playbooks.items()}


def load(root: Path, env: str | None = None, files: Files | None = None) -> Loaded:
    """Reads a whole project: playcall.yaml, the catalogue, the playbooks and the templates that they name.

    Every mistake is a diagnostic, each once, sorted by place. Secrets stay as ``${NAME}``
    (``catalog.project.resolve_secrets``). ``files``: where they are read from, if not from the disk alone.
    Raises ``PlaycallError`` where there is no project or no such environment.
    """
    return read_playbooks(open_project(root, env, files or Files(root)))


def open_project(root: Path, env: str | None, files: Files) -> Opened:
    """Reads everything but the playbooks. Raises ``PlaycallError`` as ``load`` does."""
    findings, templates = Findings(), Templates(files)
    project = load_project(root, env, findings, files)
    if project is None:
        return Opened(None, None, {}, {}, {}, {}, templates, findings, files)
    catalog = load_catalog(project, findings, files)
    surveys = load_surveys(project, catalog, findings, files)
    pricebooks = load_pricebooks(project, catalog, findings, files)
    reports = load_reports(project, catalog, findings, files)
    opened = Opened(project, catalog, surveys, pricebooks, reports, {}, templates, findings, files)
    return replace(opened, plans=load_plans(opened.context, project, catalog, findings, files))


def playbook_files(files: Files) -> list[Path]:
    """The files that hold a project's playbooks, sorted by path."""
    return files.below("playbooks", "*.yaml")


def read_playbooks(opened: Opened, portion: Collection[Path] | None = None) -> Loaded:
    """The project with its playbooks, or with those of some of its files alone."""
    project, catalog, findings, files = opened.project, opened.catalog, opened.findings, opened.files
    if project is None or catalog is None:
        return Loaded(opened, {}, _sorted(findings.items), tuple(files.read), {})
    written = _written(findings, files, portion)
    playbooks: dict[str, Playbook] = {}
    for one in written.values():
        if not one.abstract:
            playbook = Reader(opened).playbook(one)
            if playbook is not None:
                playbooks[playbook.name] = playbook
    findings.items.extend(check_old_names([renamed(one) for one in playbooks.values()]))
    findings.items.extend(misfits(project.policy, findings.newer))
    read = (*files.read, *opened.templates.files_read())
    found = _sorted(findings.items)
    return Loaded(opened, playbooks, found, read, written)


Renamed = tuple[str, tuple[str, ...], Location]


def renamed(playbook: Playbook) -> Renamed:
    """A playbook's name, its old ones, and its place."""
    return playbook.name, playbook.was, playbook.location


def check_old_names(playbooks: Sequence[Renamed]) -> Iterator[Diagnostic]:
    """``was`` names one playbook of the past: none that is still there, and not one for two."""
    carried: dict[str, str] = {}
    there = {name for name, _, _ in playbooks}
    for name, was, place in playbooks:
        for old in was:
            if old in there:
                message = f"`was: {old}`, but the playbook `{old}` is still there"
                yield Diagnostic(place, "E501", message, "a rename leaves none of the old name")
            elif carried.setdefault(old, name) != name:
                message = f"`was: {old}` stands in the playbook `{carried[old]}` too"
                yield Diagnostic(place, "E501", message, "one of them carries its history on")


def _sorted(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once (what playbooks inherit is read for each of them), in order of place."""
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda one: (one.location, one.code, one.message)))


def _written(findings: Findings, files: Files, portion: Collection[Path] | None) -> dict[str, PlaybookFile]:
    """The playbooks of files, each with what it extends; names that stand twice are reported."""
    own: dict[str, Entries] = {}
    for path in playbook_files(files) if portion is None else portion:
        node = read_yaml(path, findings, files)
        if node is not None:
            _add(node, own, findings)
    found: dict[str, PlaybookFile] = {}
    for name, entries in own.items():
        merged = inherited(entries, own, findings)
        abstract = entries.values.get("abstract")
        is_abstract = isinstance(abstract, Scalar) and abstract.text == "true"
        if merged is not None:
            key = entries.values["playbook"]
            assert isinstance(key, Scalar)  # _add has seen to it
            found[name] = PlaybookFile(name, entries, merged, is_abstract, key)
    return found


def _add(node: Node, own: dict[str, Entries], findings: Findings) -> None:
    entries = read_entries(node, findings, "a playbook file")
    name = entries.values.get("playbook") if entries else None
    if entries is None or not isinstance(name, Scalar) or not name.text:
        if entries is not None:
            near = nearest("playbook", entries.keys)
            help_text = f"did you mean `playbook` where `{near}` stands?" if near else ""
            findings.add("E106", entries.location, "a playbook file begins with `playbook: NAME`", help_text)
        return
    if not name.text.replace("-", "_").isidentifier():
        message = f"`{name.text}` cannot be the name of a playbook"
        findings.add("E107", name.location, message, "letters, digits, `-` and `_`, not a digit first")
    elif name.text in own:
        first = own[name.text].values["playbook"].location
        message = f"the playbook `{name.text}` stands in {first.file}:{first.line} already"
        findings.add("E501", name.location, message, "give one of them another name")
    else:
        own[name.text] = entries


class Reader:
    """Reads one playbook."""

    def __init__(self, opened: Opened) -> None:
        assert opened.project is not None and opened.catalog is not None
        self._opened = opened
        self._project = opened.project
        self._catalog = opened.catalog
        self._findings = opened.findings

    def playbook(self, written: PlaybookFile) -> Playbook | None:
        fields = read_fields(written.merged, PLAYBOOK, self._findings)
        if fields is None:
            return None
        fields.boolean("abstract")
        schedule = read_cron(fields, "schedule") or DEFAULT_SCHEDULE
        limits, holdout = read_limits(fields), read_holdout(fields, "playbook")
        declared = declared_plays(fields)
        context = self._context(written.name, fields)
        if context is None or declared is None:
            return None
        where, stop = context.condition(fields, "where"), context.condition(fields, "stop")
        topic, approve = read_topic(fields, context), context.condition(fields, "approve")
        defaults = PlayDefaults(written.name, topic, approve, holdout)
        read = (read_play(key, node, declared.values, defaults, context) for key, node in declared)
        plays = follow_ups({play.name: play for some in read for play in some}, self._findings)
        self._check_was(plays)
        return Playbook(
            name=written.name,
            was=fields.texts("was"),
            describe=_described(fields, self._project.locale),
            owner=fields.text("owner") or "",
            entity=context.scope.entity,
            where=where,
            stop=stop,
            schedule=schedule,
            plays=plays,
            limits=limits,
            reads=frozenset(),
            fingerprint="",
            file=written.name_key.location.file,
            location=written.name_key.location,
        )

    def _context(self, name: str, fields: Fields) -> Context | None:
        entity = fields.text("for")
        if entity is None:
            return None
        known = [one for one in self._catalog.entities if one not in LEDGER_ENTITIES]
        if entity not in known:
            location = fields.node.values["for"].location
            message = f"the catalogue has no entity `{entity}`"
            if entity in LEDGER_ENTITIES:
                message = f"`{entity}` is what playbooks make; one cannot be for it"
            fix = guessed(fields.get("for"), known)
            self._findings.add("E502", location, message, suggestion(entity, known), fix)
            return None
        scope = replace(scope_of(entity, self._project, self._catalog), playbook=name)
        params = self._params(fields, scope)
        return self._opened.context(replace(scope, params=params), params)

    def _params(self, fields: Fields, scope: Scope) -> dict[str, Checked]:
        declared = fields.entries("params") if "params" in fields else None
        if declared is None:
            return {}
        read = read_params(declared, scope, self._findings)
        wrong = {name: erroneous(scope, SourceText.of(name)) for name in declared.values if name not in read}
        return {**read, **wrong}

    def _check_was(self, plays: Mapping[str, Play]) -> None:
        for play in plays.values():
            for old in play.was:
                if old in plays:
                    message = f"`was: {old}`, but the play `{old}` is still there"
                    self._findings.add(
                        "E501", play.location, message, "a rename leaves no play of the old name"
                    )


def whole(playbook: Playbook, catalog: Catalog) -> Playbook:
    """With the sources that it reads, and the fingerprints."""
    cycle = catalog.entities[playbook.entity].cycle
    common = (playbook.entity, playbook.where, playbook.stop, cycle)
    shared = Sources(catalog, playbook.entity)
    shared.add((playbook.where, playbook.stop, cycle))
    plays = {name: _whole_play(play, common, shared, catalog) for name, play in playbook.plays.items()}
    meaning = (common, playbook.schedule, [play.fingerprint for play in plays.values()])
    return replace(
        playbook,
        plays=plays,
        reads=frozenset(shared.found).union(*(play.reads for play in plays.values())),
        fingerprint=fingerprint(meaning, catalog),
    )


def _whole_play(play: Play, common: tuple[object, ...], shared: Sources, catalog: Catalog) -> Play:
    sources = shared.copy()
    sources.add(play)
    meaning = fingerprint((common, _unplaced(play)), catalog)
    return replace(play, reads=frozenset(sources.found), fingerprint=meaning)


def _described(fields: Fields, locale: str) -> str:
    """``describe``, one text or one a locale."""
    node = fields.get("describe")
    if isinstance(node, Entries):
        node = node.values.get(locale) or next(iter(node.values.values()), None)
    text = read_text(node, fields.findings, "`describe`") if node is not None else None
    return text or ""


def _unplaced(play: Play) -> tuple[object, ...]:
    """What of a play is its meaning: not its name (it may be renamed), nor where it stands. How N is written
    is part of a moment's key only where the moment lists several."""
    trigger: object = play.trigger
    if isinstance(play.trigger, MomentTrigger) and not play.trigger.moment.is_list:
        trigger = play.trigger.when
    return (
        trigger,
        play.grace,
        play.condition,
        play.unless,
        play.actions,
        play.priority,
        play.together,
        play.limits,
        play.approve,
        play.holdout,
        play.variants,
    )
