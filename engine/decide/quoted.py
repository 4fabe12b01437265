"""Messages that offer a quote: which revision goes out, or why none can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..playbook.model import EmailAction, Offered, Play
from .cases import Case, Change, Docket, Judgement, Setting
from .drafts import Draft
from .model import Offer
from .offers import NoOffer, Wanted

NO_QUOTE: Final = "no quote: "  # of a touch's reason
LINK: Final = "links.quote"  # the value of a touch's context from which its link is made

Found = Mapping[int, Offer | NoOffer]  # by the place of the action


def quoted(dockets: Sequence[Docket], setting: Setting) -> list[Judgement | Change]:
    """Messages get the quote that they offer. One that cannot be made does not go; where nothing else of the
    occurrence does, that is its verdict."""
    cases = [case for docket in dockets if may_offer(docket.play) for case in docket.cases]
    pairs = zip(cases, _offers_of(cases, setting), strict=True)
    return [_found(case, offers) for case, offers in pairs if offers]


def may_offer(play: Play) -> bool:
    """Whether any message of a play offers a quote."""
    return any(isinstance(one, EmailAction) and one.quote is not None for one in play.all_actions)


def _found(case: Case, offers: Found) -> Judgement | Change:
    drafts = tuple(_with_quote(draft, offers.get(draft.doing.number)) for draft in case.drafts)
    why = next((one for one in offers.values() if isinstance(one, NoOffer)), None)
    if why is None or any(draft.goes for draft in drafts):
        return Change(case, drafts)
    return Judgement(case, why.verdict, why.reason, why.detail)


def _offers_of(cases: Sequence[Case], setting: Setting) -> list[Found]:
    """For each case, what its actions offer."""
    places = [dict(_offering(case)) for case in cases]
    wanted = [
        Wanted(offered, case.candidate, case.facts)
        for case, found in zip(cases, places, strict=True)
        for offered in found.values()
        if case.facts is not None
    ]
    made = iter(setting.offers(wanted) if wanted else ())
    return [{place: next(made) for place in found} for found in places]


def _offering(case: Case) -> Iterator[tuple[int, Offered]]:
    """The quotes that a case's actions offer, by the place of the action, as far as they go to anybody."""
    for draft in case.drafts:
        action = draft.doing.action
        if isinstance(action, EmailAction) and action.quote is not None:
            yield draft.doing.number, action.quote


def _with_quote(draft: Draft, offer: Offer | NoOffer | None) -> Draft:
    if isinstance(offer, NoOffer):
        return draft._replace(state="cancelled", reason=f"{NO_QUOTE}{offer.detail}")
    return draft if offer is None else draft._replace(offer=offer)
