"""The questions of a survey: each has one kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...dsl.checker import CONDITION
from ...dsl.typed import Checked
from ...dsl.types import Kind, Type
from ..document import Entries, Node, Scalar
from ..shape import Fields, read_each, read_fields, shape, suggestion
from .late import Late, check_late
from .reading import Reading, check_own_name
from .survey import CSAT, NPS, Amount, Answering, Choice, Day, FreeText, Number, Question, Scale, Somebody
from .wording import Wording, read_wording

_KINDS = "choice nps csat text date number amount person"
QUESTION = shape("a question", f"ask if required {_KINDS}", "ask")
BOUNDS = shape("bounds", "min max")
TEXT = shape("`text`", "max")
MAX_TEXT = 2_000  # characters of an answer in words
_WHOLE_NUMBERS = (Kind.INT, Kind.NUMBER)


def read_question(
    key: Scalar, node: Node, earlier: Mapping[str, Type], first: bool, reading: Reading
) -> Question | None:
    """One question; None, reported, if it cannot be asked. ``earlier``: the answers that its condition may
    read. The first question is required unless it says otherwise."""
    fields = read_fields(node, QUESTION, reading.findings)
    if fields is None:
        return None
    ask = read_wording(fields.get("ask"), reading, "`ask`")
    answering = _answering(key, fields, reading)
    shown = _shown(fields, earlier, reading)
    required = fields.boolean("required", default=first)
    if first and "if" in fields:
        message = "the first question is always asked, so that `answer()` is about everybody"
        reading.findings.add("E410", fields.location("if"), message, "remove `if`, or put another one first")
    if ask is None or answering is None:
        return None
    return Question(key.text, ask, answering, shown, required, key.location)


def _shown(fields: Fields, earlier: Mapping[str, Type], reading: Reading) -> Late | None:
    source = fields.expression("if")
    return None if source is None else check_late(source, reading.scope, earlier, reading.findings, CONDITION)


def _answering(key: Scalar, fields: Fields, reading: Reading) -> Answering | None:
    kinds = [kind for kind in _READERS if kind in fields]
    if len(kinds) != 1:
        which = " and ".join(kinds) or "none"
        message = (
            f"a question has exactly one kind of answer ({', '.join(_READERS)}); `{key.text}` has {which}"
        )
        reading.findings.add("E410", key.location, message, "for example `text: true`" if not kinds else "")
        return None
    return _READERS[kinds[0]](fields, reading)


def _choice(fields: Fields, reading: Reading) -> Choice | None:
    options: dict[str, Wording] = {}
    declared = fields.entries("choice")

    def read(key: Scalar, node: Node) -> None:
        wording = read_wording(node, reading, f"the answer `{key.text}`")
        if wording is not None and check_own_name(key, "an answer", reading.findings):
            options[key.text] = wording

    if declared is None:
        return None
    read_each(declared, read, reading.findings, "the answer")
    if len(declared.values) < 2:
        message = f"a choice has at least two answers, not {len(declared.values)}"
        reading.findings.add("E410", fields.location("choice"), message)
    return Choice(options) if options else None


def _scale(kind: str, bounds: tuple[int, int]) -> Callable[[Fields, Reading], Scale | None]:
    def read(fields: Fields, reading: Reading) -> Scale | None:
        return Scale(kind, *bounds) if _said(fields, kind) else None

    return read


def _said(fields: Fields, kind: str) -> bool:
    """Whether ``KIND: true`` stands there; ``false`` is reported."""
    if fields.boolean(kind):
        return True
    node = fields.get(kind)
    if isinstance(node, Scalar) and node.text == "false":
        fields.findings.add("E107", node.location, f"`{kind}: false` says nothing", "remove it")
    return False


def _text(fields: Fields, reading: Reading) -> FreeText | None:
    node = fields.get("text")
    if not isinstance(node, Entries):
        return FreeText(MAX_TEXT) if _said(fields, "text") else None
    inner = read_fields(node, TEXT, reading.findings)
    most = inner.integer("max", least=1, most=MAX_TEXT) if inner else None
    return FreeText(MAX_TEXT if most is None else most)


def _day(fields: Fields, reading: Reading) -> Day | None:
    bounds = _bounds("date", (Kind.DATE,), fields, reading)
    return None if bounds is None else Day(bounds.get("min"), bounds.get("max"))


def _number(fields: Fields, reading: Reading) -> Number | None:
    bounds = _bounds("number", _WHOLE_NUMBERS, fields, reading)
    return None if bounds is None else Number(bounds.get("min"), bounds.get("max"))


def _bounds(
    kind: str, want: tuple[Kind, ...], fields: Fields, reading: Reading
) -> dict[str, Checked | None] | None:
    """``KIND: true`` (no bounds) or ``KIND: {min: …, max: …}``."""
    node = fields.get(kind)
    if not isinstance(node, Entries):
        return {} if _said(fields, kind) else None
    inner = read_fields(node, BOUNDS, reading.findings)
    names = [name for name in ("min", "max") if inner and name in inner]
    return {name: reading.value(node.values[name], f"`{name}`", want) for name in names}


def _amount(fields: Fields, reading: Reading) -> Amount | None:
    expected = reading.value(fields.get("amount"), "`amount`", (Kind.MONEY,))
    return None if expected is None else Amount(expected)


def _person(fields: Fields, reading: Reading) -> Somebody | None:
    name = fields.text("person")
    if name is None:
        return None
    known = reading.catalog.recipients
    if name not in known:
        help_text = suggestion(name, known) or f"there are: {', '.join(known) or 'none'}"
        location = fields.node.values["person"].location
        reading.findings.add("E404", location, f"`{name}` is not a recipient", help_text)
        return None
    return Somebody(name)


_READERS: Mapping[str, Callable[[Fields, Reading], Answering | None]] = {
    "choice": _choice,
    "nps": _scale("nps", NPS),
    "csat": _scale("csat", CSAT),
    "text": _text,
    "date": _day,
    "number": _number,
    "amount": _amount,
    "person": _person,
}
