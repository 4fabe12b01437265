"""E304: a countdown's exact day inside a larger condition, which one missed run loses."""

from collections.abc import Iterator

from ....dsl.diagnostics import Diagnostic
from ....dsl.typed import Call, walk
from ...playbook.loader import Loaded
from ...playbook.model import StateTrigger
from ..subjects import Subject, expressions, operator


def check(loaded: Loaded) -> Iterator[Diagnostic]:
    """``days_to_renewal == 90 and …`` as a ``when`` is a state that holds for one day. Under ``not`` just
    that day is left out, and nothing is lost."""
    for subject in expressions(loaded):
        play = subject.play
        is_when = (
            play is not None
            and isinstance(play.trigger, StateTrigger)
            and play.trigger.when is subject.checked
        )
        if is_when:
            yield from _exact_days(subject)


def _exact_days(subject: Subject) -> Iterator[Diagnostic]:
    negated = {id(part) for node in subject.written if operator(node) == "not" for part in walk(node)}
    for node in subject.written:
        if not isinstance(node, Call) or operator(node) not in ("==", "in") or id(node) in negated:
            continue
        if [arg.type.countdown is not None for arg in node.args].count(True) == 1:
            message = f"`{subject.text(node)}` holds for one day: a run that fails that day loses it"
            help_text = "leave it alone in `when`, and put the rest into `if` or `where`"
            yield Diagnostic(subject.place(node), "E304", message, help_text)
