"""What a person must release first: `approve` on the playbook, the play, a message or a price book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...dsl.typed import Checked
from ..playbook.model import EmailAction, Play
from .cases import Case, Docket, Judgement, Setting
from .quoted import may_offer


def approval(dockets: Sequence[Docket], setting: Setting) -> list[Judgement]:
    """`approve` is true, or unknown: it waits for `playcall approve`."""
    return [Judgement(case, "held", "approval", _of_quotes(case)) for case in wanting(dockets, setting)]


def wanting(dockets: Sequence[Docket], setting: Setting) -> Iterator[Case]:
    """The cases that a person must release, and has not. What only comes along with others is not due."""
    for docket in dockets:
        asked = list(_asked(docket.play))
        if not asked and not may_offer(docket.play):
            continue
        for case, facts in zip(docket.cases, docket.facts, strict=True):
            if case.candidate.id in setting.approved or case.candidate.due > setting.today:
                continue
            if any(facts.value(one) is not False for one in asked) or _of_quotes(case):
                yield case


def _asked(play: Play) -> Iterator[Checked]:
    """What a play asks: whether a person must release it."""
    for one in (
        play.approve,
        *(action.approve for action in play.actions if isinstance(action, EmailAction)),
    ):
        if one is not None:
            yield one


def _of_quotes(case: Case) -> str:
    """Why the quotes that it offers need a person's word; empty if they do not."""
    offers = (draft.offer for draft in case.drafts if draft.goes)
    return "; ".join(dict.fromkeys(one.approval for one in offers if one and one.approval))
