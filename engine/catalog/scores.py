"""Scores: parts with weights become derived fields, in the expression language itself.

``health`` of the parts ``support`` (weight 40) and ``nps`` (30) is

    (default(health.support * 40, 0) + …) / ((40 if health.support is not missing else 0) + …)

so a missing part is left out and the rest is reweighted; all missing, it is missing. ``explain`` shows it as
any other derived field.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise

from ...dsl.frozen import frozen
from ...dsl.literals import quote
from ...dsl.source import Location, SourceText
from ...dsl.typed import Checked
from ...dsl.types import Kind, Type
from ..document import Entries, Node, Scalar
from ..shape import Fields, Findings, read_each, read_fields, read_number, read_text, shape, suggestion
from .derive import DerivedFields, Wanted
from .model import Score
from .names import check_name
from .schema import Draft

SCORE = shape("a score", "on parts bands describe", "on parts bands")
_PART = shape("a part of a score", "weight value", "weight value")

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_BAND = re.compile(r"(?P<op>>=|<=|>|<)\s*(?P<bound>-?[0-9]+(\.[0-9]+)?)")


@frozen
class Part:
    name: str
    weight: str
    value: SourceText
    location: Location


@frozen
class Band:
    name: str
    op: str
    bound: str
    location: Location

    def holds(self, value: Fraction) -> bool:
        return _COMPARE[self.op](value, Fraction(self.bound))


@frozen
class DeclaredScore:
    name: str
    entity: str
    parts: tuple[Part, ...]
    bands: tuple[Band, ...]
    location: Location


def read_score(
    key: Scalar, node: Node, entities: Mapping[str, Draft], findings: Findings
) -> DeclaredScore | None:
    """One entry of ``scores:``; None if it cannot be used."""
    fields = read_fields(node, SCORE, findings)
    entity = fields.text("on") if fields else None
    if not check_name(key, "a score", findings) or fields is None or entity is None:
        return None
    if entity not in entities:
        location, help_text = fields.place("on"), suggestion(entity, entities)
        findings.add("E502", location, f"the catalogue has no entity `{entity}`", help_text)
        return None
    parts, bands = _parts(fields), _bands(fields)
    if not parts or not bands:
        return None
    _check_bands(key.text, bands, findings)
    return DeclaredScore(key.text, entity, parts, bands, key.location)


def _parts(fields: Fields) -> tuple[Part, ...]:
    parts: list[Part] = []
    findings = fields.findings

    def read(key: Scalar, node: Node) -> None:
        part = read_fields(node, _PART, findings)
        value, weight_node = (part.expression("value"), part.get("weight")) if part else (None, None)
        weight = read_number(weight_node, findings, "`weight`") if weight_node is not None else None
        if not check_name(key, "a part of a score", findings) or value is None or weight is None:
            return
        if Fraction(weight) <= 0:
            findings.add("E107", key.location, f"the weight of `{key.text}` is more than 0, not {weight}")
        else:
            parts.append(Part(key.text, weight, value, key.location))

    declared = fields.entries("parts")
    if declared is not None:
        read_each(declared, read, findings, "the part")
    return tuple(parts)


def _bands(fields: Fields) -> tuple[Band, ...]:
    bands: list[Band] = []

    def read(key: Scalar, node: Node) -> None:
        text = read_text(node, fields.findings, f"the band `{key.text}`")
        match = _BAND.fullmatch(text.strip()) if text is not None else None
        if match:
            bands.append(Band(key.text, match["op"], match["bound"], key.location))
        elif text is not None:
            message = f"the band `{key.text}` is a comparison with a number, not `{text}`"
            fields.findings.add("E107", node.location, message, 'write for example ">= 70"')

    declared: Entries | None = fields.entries("bands")
    if declared is not None:
        read_each(declared, read, fields.findings, "the band")
    return tuple(bands)


def _check_bands(name: str, bands: tuple[Band, ...], findings: Findings) -> None:
    """The bands, first that holds, must give every value one band and every band a value."""
    bounds = sorted({Fraction(band.bound) for band in bands})
    between = [(low + high) / 2 for low, high in pairwise(bounds)]
    reached: set[str] = set()
    for value in sorted([bounds[0] - 1, *bounds, *between, bounds[-1] + 1]):
        band = next((band for band in bands if band.holds(value)), None)
        if band is None:
            message = f"no band of `{name}` covers the value {float(value):g}"
            findings.add("E107", bands[-1].location, message, "let the bands cover every value")
            return
        reached.add(band.name)
    for band in bands:
        if band.name not in reached:
            message = f"the band `{band.name}` is never reached: those before it cover all its values"
            findings.add("E107", band.location, message)


def add_score(score: DeclaredScore, derived: DerivedFields, findings: Findings) -> None:
    """Declares the derived fields of a score: each part, the value and the band."""
    for part in score.parts:
        derived.add(score.entity, f"{score.name}.{part.name}", Wanted(lambda p=part: p.value, part.location))  # type: ignore[misc]
    number, band = Type(Kind.NUMBER, nullable=True), Type(Kind.ENUM, True, tuple(b.name for b in score.bands))
    derived.add(
        score.entity,
        score.name,
        Wanted(lambda: _value(score, derived, findings), score.location, lambda _: number),
    )
    derived.add(
        score.entity, f"{score.name}.band", Wanted(lambda: _band(score), score.location, lambda _: band)
    )


def checked_score(score: DeclaredScore, derived: DerivedFields) -> Score | None:
    """The score with its parts' expressions; None if one of them is wrong."""
    parts: dict[str, tuple[float, Checked]] = {}
    for part in score.parts:
        checked = derived.checked(score.entity, f"{score.name}.{part.name}")
        if checked is None:
            return None
        parts[part.name] = (float(part.weight), checked)
    return Score(score.name, score.entity, parts, tuple(band.name for band in score.bands), score.location)


def _value(score: DeclaredScore, derived: DerivedFields, findings: Findings) -> SourceText | None:
    above, below = [], []
    for part in score.parts:
        name = f"{score.name}.{part.name}"
        type_ = derived.field(score.entity, name).type
        if type_.kind not in (Kind.INT, Kind.NUMBER):
            if type_.kind is not Kind.ERROR:
                findings.add("E205", part.location, f"the part `{part.name}` is a number, not {type_}")
            return None
        above.append(f"default({name} * {part.weight}, 0)" if type_.nullable else f"{name} * {part.weight}")
        below.append(f"({part.weight} if {name} is not missing else 0)" if type_.nullable else part.weight)
    return _generated(f"({' + '.join(above)}) / ({' + '.join(below)})", score.location)


def _band(score: DeclaredScore) -> SourceText:
    """The last band needs no condition: the bands cover every value."""
    *before, last = score.bands
    chain = [f"{quote(band.name)} if {score.name} {band.op} {band.bound} else " for band in before]
    if not before:
        chain = [f"{quote(last.name)} if {score.name} {last.op} {last.bound} else "]
    return _generated("".join(chain) + quote(last.name), score.location)


def _generated(text: str, location: Location) -> SourceText:
    """A text that stands nowhere: every character points to the score's name."""
    return SourceText(text, location.file, ((location.line, location.column),) * (len(text) + 1))
