"""Who must not be written to: unsubscribed, bounced, complained, told so by a person, never asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .cases import Case, Change, Docket, Judgement, Setting
from .contacts import normal, why_suppressed
from .drafts import Draft

PREFIX: Final = "suppressed: "  # of a touch's reason

Asked = tuple[str | None, str, bool]  # an address (None: no message), a topic, whether it is a customer's


def suppressed(dockets: Sequence[Docket], setting: Setting) -> list[Judgement | Change]:
    """Messages to suppressed addresses do not go, copies are left out; the occurrence is `suppressed` where
    nothing else of it goes."""
    if not setting.contacts.suppressions and not setting.policy.promotes:
        return []
    messages = [
        (case, draft.cc, (draft.address, draft.doing.topic, draft.customer))
        for docket in dockets
        for case in docket.cases
        for draft in case.drafts
    ]
    refused = {one: why for one in {asked for _, _, asked in messages} if (why := _why(one, setting))}
    concerned = [case for case, cc, asked in messages if cc or asked in refused]
    return [_found(case, refused, setting) for case in dict.fromkeys(concerned)]


def _why(asked: Asked, setting: Setting) -> str:
    """Why a message must not go to an address; "" where it may. Who is no customer need not agree."""
    address, topic, customer = asked
    if address is None:
        return ""
    contacts = setting.contacts
    reasons, consents = contacts.suppressions.get(address, ()), contacts.consents.get(address, {})
    found = why_suppressed(reasons, consents, topic, setting.policy.rules)
    return "" if found == "consent" and not customer else found


def _found(case: Case, refused: Mapping[Asked, str], setting: Setting) -> Judgement | Change:
    drafts: list[Draft] = []
    for draft in case.drafts:
        why = refused.get((draft.address, draft.doing.topic, draft.customer))
        if why:
            drafts.append(draft._replace(state="cancelled", reason=f"{PREFIX}{why}"))
        else:
            drafts.append(without_copies(draft, _copies(draft, setting)))
    if any(draft.goes for draft in drafts):
        return Change(case, tuple(drafts))
    reasons = (draft.reason for draft in drafts if draft.reason.startswith(PREFIX))
    return Judgement(case, "suppressed", next(reasons).removeprefix(PREFIX))


def _copies(draft: Draft, setting: Setting) -> list[str]:
    """To whom no copy of a message must go."""
    topic, customers = draft.doing.topic, draft.copies
    return [one for one in draft.cc if _why((address := normal(one), topic, address in customers), setting)]


def without_copies(draft: Draft, left_out: Iterable[str]) -> Draft:
    """The draft without copies to some addresses."""
    gone = set(left_out)
    if not gone:
        return draft
    cc = tuple(one for one in draft.cc if one not in gone)
    kept = {normal(one) for one in cc}
    return draft._replace(cc=cc, copies=tuple(one for one in draft.copies if one in kept))
