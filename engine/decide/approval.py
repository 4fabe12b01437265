"""What a person must release first: `approve` on the playbook, the play, a message or a price book."""

from __future__ import annotations

from collections.abc import Sequence

from ..playbook.model import EmailAction
from .cases import GOING, Case, Judgement, Setting


def approval(cases: Sequence[Case], setting: Setting) -> list[Judgement]:
    """`approve` is true, or unknown: it waits for `playcall approve`."""
    return [
        Judgement(case, "held", "approval", _of_quotes(case)) for case in cases if is_wanted(case, setting)
    ]


def is_wanted(case: Case, setting: Setting) -> bool:
    """Whether a person must release the case, and has not."""
    play, facts = case.play, case.facts
    if play is None or facts is None or case.candidate.id in setting.approved:
        return False
    if case.candidate.due > setting.today:
        return False  # what only comes along with others is not due
    asked = [play.approve, *(one.approve for one in play.actions if isinstance(one, EmailAction))]
    return any(facts.value(one) is not False for one in asked if one is not None) or bool(_of_quotes(case))


def _of_quotes(case: Case) -> str:
    """Why the quotes that it offers need a person's word; empty if they do not."""
    going = (touch for touch in case.touches if touch.state in GOING)
    wanted = (offer.approval for touch in going for offer in touch.offers if offer.approval)
    return "; ".join(dict.fromkeys(wanted))
