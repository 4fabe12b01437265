"""What the decisions need to know of the records at hand: conditions, template values, people.

Everything is computed by the engine in one select per entity, over just the records that are due or open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Final, cast

from sqlglot import exp

from ...dsl.compiler import compile_select
from ...dsl.frozen import frozen
from ...dsl.sqltree import column, integer, join, select, table
from ...dsl.typed import Checked, Typed
from ...dsl.types import Kind, Money, Value
from ..catalog.model import Catalog
from ..playbook.model import (
    Action,
    EmailAction,
    MomentTrigger,
    OpportunityAction,
    Play,
    Playbook,
    TaskAction,
    TextTemplate,
    WebhookAction,
)
from ..playbook.model import Person as PersonRule
from . import people
from .context import Context, Occasion, equal
from .model import Person, PlayId
from .people import Rule
from .projection import due_date

ACCOUNT = "account"
NOTHING: Mapping[PlayId, Iterable[str]] = {}

# So many values are read in vain sooner than another statement is planned.
_IN_VAIN: Final = 20_000


@frozen
class RecordFacts:
    """One record as a play sees it, with the account that it is or belongs to (None: it has none).

    Expressions and rules are found by identity, not by equality: they are the playbook's own objects, and
    hashing a tree for every record would cost more than everything else here. ``due``: of a moment, the day
    it is due as the facts stand (None: unknown), by N as written in a list."""

    values: tuple[Value, ...]
    positions: Mapping[int, int]
    people: Mapping[int, Sequence[Person]]
    account: Person | None
    due: Mapping[str, date | None] = field(default_factory=dict)

    def value(self, checked: Checked) -> Value:
        """The value of one of the play's expressions for this record; None is unknown."""
        return self.values[self.positions[id(checked.tree)]]

    def people_of(self, rule: Rule) -> Sequence[Person]:
        """The people that one of the play's rules gives for this record."""
        return self.people[id(rule)]


@frozen
class Gathered:
    """Facts by (playbook, play) and record."""

    records: Mapping[PlayId, Mapping[str, RecordFacts]] = field(default_factory=dict)

    def get(self, playbook: str, play: str, record: str) -> RecordFacts | None:
        """None: the record is not in the snapshot (or its entity could not be loaded)."""
        return self.records.get((playbook, play), {}).get(record)

    def of(self, playbooks: Set[str]) -> Gathered:
        """What was gathered for these playbooks."""
        return Gathered({place: rows for place, rows in self.records.items() if place[0] in playbooks})

    def beside(self, other: Gathered) -> Gathered:
        """Both; they are about different plays."""
        return Gathered({**self.records, **other.records})


def account_of(catalog: Catalog, entity: str) -> dict[str, Typed]:
    """Key, locale, time zone and country of the account that a record is or belongs to, nearest first."""
    paths: list[tuple[tuple[str, ...], str]] = [((), entity)]
    seen = {entity}
    for hops, name in paths:
        if name == ACCOUNT:
            return people.attributes_of(catalog, ACCOUNT, hops)
        for step in catalog.entities[name].type.to_one.values():
            if step.entity not in seen and step.entity != people.USER:
                seen.add(step.entity)
                paths.append(((*hops, step.name), step.entity))
    return {}


def expressions(catalog: Catalog, playbook: Playbook, play: Play) -> list[Checked]:
    """Every expression of the record that deciding and acting on a play reads."""
    cycle = catalog.entities[playbook.entity].cycle
    optional = [
        playbook.where,
        playbook.stop,
        play.condition,
        play.unless,
        play.together.key if play.together else None,
        play.approve,
        cycle.checked if cycle else None,
    ]
    found = [checked for checked in optional if checked is not None]
    for action in play.all_actions:
        found += _of_action(action)
    return found


def _of_action(action: Action) -> list[Checked]:
    match action:
        case EmailAction():
            subject = _holes([action.subject]) if action.subject else []
            approve = [action.approve] if action.approve else []
            asked = action.survey.reads if action.survey else ()
            quoted = action.quote.book.reads() if action.quote else ()
            return [*action.context.values(), *subject, *approve, *asked, *quoted]
        case TaskAction():
            optional = [action.priority, action.until, action.rank]
            given = [checked for checked in optional if checked is not None]
            mails = [checked for mail in action.mails for checked in _of_action(mail)]
            return [*_holes([action.title, *action.checklist]), *given, *mails]
        case OpportunityAction():
            return [*_holes([action.title]), *([action.value] if action.value else [])]
        case WebhookAction():
            values = action.payload.values()
            texts = [value for value in values if isinstance(value, TextTemplate)]
            return [*_holes(texts), *(value for value in values if isinstance(value, Checked))]


def _holes(texts: Iterable[TextTemplate]) -> list[Checked]:
    return [part for text in texts for part in text.parts if isinstance(part, Checked)]


def rules_of(play: Play) -> list[Rule]:
    """Every rule of people that a play's actions use, alternatives included."""
    persons: list[PersonRule] = []
    for action in play.all_actions:
        mails = action.mails if isinstance(action, TaskAction) else (action,)
        for mail in mails:
            if isinstance(mail, EmailAction):
                persons += (*mail.to, *mail.cc, *mail.sender)
        if isinstance(action, TaskAction | OpportunityAction):
            persons += action.assign
    return [rule for person in persons for rule in person.alternatives]


def gather(
    context: Context,
    playbooks: Sequence[Playbook],
    wanted: Mapping[PlayId, Iterable[str]],
    left_open: Mapping[PlayId, Iterable[str]] = NOTHING,
) -> Gathered:
    """The facts of the wanted (playbook, play) → records, for records that are in the snapshot. Of those that
    are only ``left_open`` there is just what ends what is open: there may be many on each day."""
    records: dict[PlayId, dict[str, RecordFacts]] = {}
    whole: dict[str, list[Wanted]] = {}
    ends: dict[str, list[Wanted]] = {}
    for playbook in playbooks:
        for play in playbook.plays.values():
            place = (playbook.name, play.name)
            keys = set(wanted.get(place, ()))
            if keys:
                whole.setdefault(playbook.entity, []).append((need_of(context, playbook, play), sorted(keys)))
            others = set(left_open.get(place, ())) - keys
            if others:
                need = ending_of(context, playbook, play)
                ends.setdefault(playbook.entity, []).append((need, sorted(others)))
    for groups in (ends, whole):
        for entity, group in groups.items():
            for place, found in _gather_entity(context, entity, group).items():
                records.setdefault(place, {}).update(found)
    return Gathered(records)


@frozen
class Need:
    """What is computed for the records of a play: the values of ``trees``, the people of ``rules``, the day
    on which each of the ``targets`` is due (the last of the trees), the account."""

    place: PlayId
    trees: tuple[Typed, ...]
    rules: tuple[Rule, ...]
    targets: tuple[str, ...]
    account: Mapping[str, Typed]
    positions: Mapping[int, int]

    @property
    def columns(self) -> tuple[Typed, ...]:
        """All that is read of a record: the trees, then those of the account."""
        return (*self.trees, *self.account.values())


Wanted = tuple[Need, list[str]]


def need_of(occasion: Occasion, playbook: Playbook, play: Play) -> Need:
    """What deciding and acting on a play needs: its expressions, the user keys of its people, its due dates,
    its account."""
    rules, dues = rules_of(play), due_dates(play)
    trees = [checked.tree for checked in expressions(occasion.catalog, playbook, play)]
    users = [tree for rule in rules if (tree := people.own_value(rule)) is not None]
    account = account_of(occasion.catalog, playbook.entity)
    return _need(play, [*trees, *users, *dues.values()], tuple(rules), tuple(dues), account)


def ending_of(occasion: Occasion, playbook: Playbook, play: Play) -> Need:
    """What ends the open tasks and the waiting messages of a play."""
    cycle = occasion.catalog.entities[playbook.entity].cycle
    untils = [action.until for action in play.all_actions if isinstance(action, TaskAction)]
    asked = [playbook.where, playbook.stop, cycle.checked if cycle else None, *untils]
    return _need(play, [checked.tree for checked in asked if checked is not None], (), (), {})


def _need(
    play: Play,
    trees: Sequence[Typed],
    rules: tuple[Rule, ...],
    targets: tuple[str, ...],
    account: Mapping[str, Typed],
) -> Need:
    positions = {id(tree): index for index, tree in enumerate(trees)}
    return Need((play.playbook, play.name), tuple(trees), rules, targets, account, positions)


@frozen
class _Sheet:
    """The table of one entity's records at hand: which column holds which expression."""

    facts: str
    work: str
    names: Mapping[Typed, str]
    people: people.Found


def _gather_entity(
    context: Context, entity: str, group: Sequence[Wanted]
) -> dict[PlayId, dict[str, RecordFacts]]:
    work, facts = f"_work_{entity}", f"_facts_{entity}"
    batches = _batches(group)
    rows = [(number, key) for number, batch in enumerate(batches) for key in sorted(batch.records)]
    context.store.fill(work, {"batch": "BIGINT", "_key": "VARCHAR"}, rows)
    names: dict[Typed, str] = {}
    rules = [rule for need, _ in group for rule in need.rules]
    matched_by = (tree for rule in rules for tree in people.matched_by(context.catalog, entity, rule))
    for tree in chain((tree for need, _ in group for tree in need.columns), matched_by):
        names.setdefault(tree, f"v{len(names)}")
    outputs = {name: tree for tree, name in names.items()}
    context.store.create(facts, compile_select(entity, outputs, context.compile_world, only=work))
    sheet = _Sheet(facts, work, names, people.find(context, entity, facts, names, rules))
    found: dict[PlayId, dict[str, RecordFacts]] = {}
    for number, batch in enumerate(batches):
        read = context.store.execute(_rows(sheet, number, batch.trees))
        values = decoded(batch.trees, [row[1:] for row in read])
        of_record = dict(zip((cast(str, row[0]) for row in read), values, strict=True))
        for need, keys in batch.wanted:
            found[need.place] = _play_facts(sheet, need, batch.places(need), of_record, keys)
    return found


@dataclass(slots=True)
class _Batch:
    """Plays whose records are read by one statement. ``trees``: what it reads, with their places in its rows;
    ``asked``: how many of these values some play asks for."""

    wanted: list[Wanted] = field(default_factory=list)
    records: set[str] = field(default_factory=set)
    trees: dict[Typed, int] = field(default_factory=dict)
    asked: int = 0

    def add(self, need: Need, keys: list[str]) -> None:
        self.wanted.append((need, keys))
        self.records.update(keys)
        for tree in need.columns:
            self.trees.setdefault(tree, len(self.trees))
        self.asked += len(keys) * len(need.columns)

    def takes(self, need: Need, keys: list[str]) -> bool:
        """Whether little would be read that nobody asks for, if it read this play's records too."""
        rows, columns = len(self.records.union(keys)), len(self.trees.keys() | set(need.columns))
        return rows * columns - self.asked - len(keys) * len(need.columns) <= _IN_VAIN

    def places(self, need: Need) -> list[int]:
        """Where in the rows the values of a play's columns are."""
        return [self.trees[tree] for tree in need.columns]


def _batches(group: Sequence[Wanted]) -> list[_Batch]:
    """The plays of one batch, where their records are few; where they are many, each has one for itself."""
    batches: list[_Batch] = []
    for need, keys in group:
        if not batches or not batches[-1].takes(need, keys):
            batches.append(_Batch())
        batches[-1].add(need, keys)
    return batches


def due_dates(play: Play) -> dict[str, Typed]:
    """The due dates of a moment, by N as written in a list."""
    if not isinstance(play.trigger, MomentTrigger):
        return {}
    moment = play.trigger.moment
    return {label if moment.is_list else "": due_date(moment, target) for label, target in moment.targets}


def _play_facts(
    sheet: _Sheet,
    need: Need,
    places: Sequence[int],
    rows: Mapping[str, tuple[Value, ...]],
    keys: Iterable[str],
) -> dict[str, RecordFacts]:
    """The facts of the records that a play wants, which of these rows have its values at the ``places``."""
    count, names = len(need.trees), list(need.account)
    result: dict[str, RecordFacts] = {}
    for record in keys:
        row = rows.get(record)
        if row is None:
            continue
        values = tuple([row[place] for place in places])
        own, of_account = values[:count], values[count:]
        persons = {id(rule): sheet.people.people(rule, record, own, need.positions) for rule in need.rules}
        dates = cast("tuple[date | None, ...]", own[count - len(need.targets) :])
        due = dict(zip(need.targets, dates, strict=True))
        person = account_in(names, of_account)
        result[record] = RecordFacts(own, need.positions, persons, person, due)
    return result


def account_in(names: Sequence[str], values: Sequence[Value]) -> Person | None:
    """The account that the values of ``account_of`` are of; None: there is none."""
    found = dict(zip(names, values, strict=True))
    return people.person(found) if found.get("key") else None


def _rows(sheet: _Sheet, batch: int, trees: Iterable[Typed]) -> exp.Select:
    """The rows of the records of a batch: the key, then the values of these trees in their order."""
    selected = [column("_key", "f")]
    for tree in trees:
        selected.append(column(sheet.names[tree], "f"))
        if tree.type.kind is Kind.MONEY:
            selected.append(column(f"{sheet.names[tree]}__currency", "f"))
    return select(
        selected,
        table(sheet.facts, "f"),
        [join(table(sheet.work, "w"), equal(column("_key", "w"), column("_key", "f")))],
        equal(column("batch", "w"), integer(batch)),
    )


def decoded(trees: Iterable[Typed], rows: Sequence[Sequence[object]]) -> list[tuple[Value, ...]]:
    """Rows of the engine with the values of these trees, in the language's own terms (money takes two
    columns). A column at a time: most are as they should be."""
    if not rows:
        return []
    columns = iter(zip(*rows, strict=True))
    made: list[Sequence[object]] = []
    for tree in trees:
        cells = next(columns)
        if tree.type.kind is Kind.MONEY:
            made.append(list(map(_money, cells, next(columns))))
        elif tree.type.kind is Kind.DATETIME:
            made.append(list(map(_utc, cells)))
        else:
            made.append(cells)
    return cast("list[tuple[Value, ...]]", list(zip(*made, strict=True)) or [()] * len(rows))


def _money(amount: object, currency: object) -> Money | None:
    missing = amount is None or currency is None
    return None if missing else Money(cast(Decimal, amount), cast(str, currency))


def _utc(moment: object) -> datetime | None:
    return None if moment is None else cast(datetime, moment).replace(tzinfo=UTC)
