"""Messages that offer a quote: which revision goes out, or why none can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..playbook.model import EmailAction, Offered, Play
from .cases import GOING, Case, Judgement, Setting
from .experiments import actions_of
from .model import Offer, TouchRow
from .offers import NoOffer, Wanted

NO_QUOTE: Final = "no quote: "  # of a touch's reason
LINK: Final = "links.quote"  # the value of a touch's context from which its link is made

Found = Mapping[int, Offer | NoOffer]  # by the place of the action


def quoted(cases: Sequence[Case], setting: Setting) -> tuple[list[Judgement], list[Case]]:
    """Messages get the quote that they offer. One that cannot be made does not go; where nothing else of the
    occurrence does, that is its verdict."""
    plays = {id(case.play): case.play for case in cases}
    if not any(_may_offer(play) for play in plays.values()):
        return [], list(cases)
    judged: list[Judgement] = []
    kept: list[Case] = []
    for case, offers in zip(cases, _offers_of(cases, setting), strict=True):
        touches = tuple(_with_quote(touch, offers.get(touch.action)) for touch in case.touches)
        why = next((one for one in offers.values() if isinstance(one, NoOffer)), None)
        if why is None or any(touch.state in GOING for touch in touches):
            kept.append(case.with_touches(touches) if offers else case)
        else:
            judged.append(Judgement(case, why.verdict, why.reason, why.detail))
    return judged, kept


def _may_offer(play: Play | None) -> bool:
    actions = play.all_actions if play else ()
    return any(isinstance(action, EmailAction) and action.quote is not None for action in actions)


def _offers_of(cases: Sequence[Case], setting: Setting) -> list[Found]:
    """For each case, what its actions offer."""
    places = [list(_offering(case, setting)) for case in cases]
    wanted = [
        Wanted(offered, case.candidate, case.facts)
        for case, found in zip(cases, places, strict=True)
        for _, offered in found
        if case.facts is not None
    ]
    made = iter(setting.offers(wanted) if wanted else ())
    return [{place: next(made) for place, _ in found} for found in places]


def _offering(case: Case, setting: Setting) -> Iterator[tuple[int, Offered]]:
    """The quotes that a case's actions offer, by the place of the action, as far as they go to anybody."""
    if case.play is None or not any(touch.type == "quote" for touch in case.touches):
        return
    going = {touch.action for touch in case.touches}
    for place, action in enumerate(actions_of(case, setting)[1]):
        if place in going and isinstance(action, EmailAction) and action.quote is not None:
            yield place, action.quote


def _with_quote(touch: TouchRow, offer: Offer | NoOffer | None) -> TouchRow:
    if offer is None:
        return touch
    if isinstance(offer, NoOffer):
        return touch._replace(state="cancelled", reason=f"{NO_QUOTE}{offer.detail}")
    link = {
        "id": offer.id,
        "pricebook": offer.pricebook,
        "revision": offer.revision,
        "record": offer.record,
        "cycle": offer.cycle,
        "account": offer.account,
    }
    context = {**touch.context, **offer.shown(touch.locale or ""), LINK: link}
    return touch._replace(context=context, offers=(offer,))
