"""Surveys as checked: what is asked, of which kind the answers are, and when a question is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...dsl.frozen import frozen
from ...dsl.source import Location
from ...dsl.typed import Checked
from ...dsl.types import Duration, Kind, Type
from .late import Late
from .wording import Wording

NPS = (0, 10)  # how likely, from not at all to extremely
CSAT = (1, 5)  # how satisfied, from very dissatisfied to very satisfied


@frozen
class Choice:
    """One of several answers: what is kept, and what people read."""

    options: Mapping[str, Wording]


@frozen
class Scale:
    """A whole number of a scale. ``kind`` is ``nps`` or ``csat``."""

    kind: str
    least: int
    most: int


@frozen
class FreeText:
    """A text of at most ``most`` characters."""

    most: int


@frozen
class Day:
    """A date. The bounds (none: any) may come from the record and both may be answered."""

    least: Checked | None
    most: Checked | None


@frozen
class Number:
    """A number with a point, bounds included."""

    least: Checked | None
    most: Checked | None


@frozen
class Amount:
    """An amount that the customer confirms or corrects; ``expected`` is what the record says."""

    expected: Checked


@frozen
class Somebody:
    """A person, by address and name, who takes the place of the recipient rule of that name."""

    recipient: str


Answering = Choice | Scale | FreeText | Day | Number | Amount | Somebody


@frozen
class Question:
    """One question. ``shown``: the condition under which it is asked (unknown: it is not)."""

    name: str
    ask: Wording
    answering: Answering
    shown: Late | None
    required: bool
    location: Location

    def type(self) -> Type:
        """The type of its answer in later conditions: always one that can be missing."""
        match self.answering:
            case Choice(options):
                return Type(Kind.ENUM, True, values=tuple(options))
            case Scale():
                return Type(Kind.INT, True)
            case Day():
                return Type(Kind.DATE, True)
            case Number():
                return Type(Kind.NUMBER, True)
            case Amount(expected):
                return Type(Kind.MONEY, True, currency=expected.type.currency)
            case Somebody():
                return Type(Kind.EMAIL, True)
            case FreeText():
                return Type(Kind.TEXT, True)


@frozen
class Survey:
    """A survey about a record of ``entity``. ``open``: how long after it was sent it takes answers; the first
    of ``questions`` is the one that ``answer("…")`` means."""

    name: str
    entity: str
    open: Duration
    title: Wording
    questions: Mapping[str, Question]
    location: Location

    def reads(self) -> Iterator[Checked]:
        """Every expression that the record decides, to be kept with the invitation."""
        yield from self.title.reads()
        for question in self.questions.values():
            yield from question.ask.reads()
            yield from question.shown.known if question.shown else ()
            yield from _reads(question.answering)


def _reads(answering: Answering) -> Iterator[Checked]:
    match answering:
        case Choice(options):
            for wording in options.values():
                yield from wording.reads()
        case Day(least, most) | Number(least, most):
            yield from (bound for bound in (least, most) if bound is not None)
        case Amount(expected):
            yield expected
