"""Reports as checked: which records, in which groups, what is shown of each group, and what is aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import EntityType, FieldType, Schema, ToMany, Type

GROUP = "this report"  # the entity whose records are a report's groups; a catalogue's names have no blank
RECORDS = "records"  # its relation: the records of a group
NUMBER = "_group"  # what a group's records are matched by, in their own table too


@frozen
class Report:
    """What `reports/NAME.yaml` says. ``where`` and ``by`` (with its text as a label) are about a record of
    ``entity``; ``show`` and ``goal`` about a group, checked against ``schema``: there, what is shown is a
    derived field of the group."""

    name: str
    entity: str
    describe: str
    where: Checked | None
    by: Mapping[str, Checked]
    show: Mapping[str, Checked]
    goal: Checked | None
    schema: Schema
    location: Location


def schema_of_groups(schema: Schema, entity: str, shown: Mapping[str, Type]) -> Schema:
    """The schema with the groups of a report as an entity, of which so much is shown."""
    fields = {name: FieldType(name, type_, derived=True) for name, type_ in shown.items()}
    records = ToMany(RECORDS, entity, ((NUMBER, NUMBER),))
    group = EntityType(GROUP, (NUMBER,), fields, to_many={RECORDS: records})
    return replace(schema, entities={**schema.entities, GROUP: group})
