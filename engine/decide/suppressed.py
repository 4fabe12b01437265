"""Who must not be written to: unsubscribed, bounced, complained, told so by a person, never asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .cases import Case, Change, Docket, Judgement, Setting
from .contacts import normal, why_suppressed
from .drafts import Draft

PREFIX: Final = "suppressed: "  # of a touch's reason

_NONE: Final[Mapping[str, str]] = {}

Asked = tuple[str | None, str, bool]  # an address (None: no message), a topic, whether it is a customer's


def suppressed(dockets: Sequence[Docket], setting: Setting) -> list[Judgement | Change]:
    """Messages to suppressed addresses do not go, copies are left out; the occurrence is `suppressed` where
    nothing else of it goes."""
    if not setting.contacts.suppressions and not setting.policy.promotes:
        return []
    why = _Reasons(setting)
    concerned = [
        case
        for docket in dockets
        for case in docket.cases
        for draft in case.drafts
        if draft.cc or why[draft.address, draft.doing.topic, draft.customer]
    ]
    return [_found(case, why) for case in dict.fromkeys(concerned)]


class _Reasons(dict[Asked, str]):
    """Why a message must not go to an address, "" where it may: found once for all of the same."""

    def __init__(self, setting: Setting) -> None:
        self._contacts = setting.contacts
        self._rules = setting.policy.rules

    def __missing__(self, asked: Asked) -> str:
        address, topic, customer = asked
        if address is None:
            return ""
        reasons = self._contacts.suppressions.get(address, ())
        consents = self._contacts.consents.get(address, _NONE)
        found = why_suppressed(reasons, consents, topic, self._rules)
        # Who is no customer need not agree.
        self[asked] = "" if found == "consent" and not customer else found
        return self[asked]


def _found(case: Case, why: _Reasons) -> Judgement | Change:
    drafts: list[Draft] = []
    for draft in case.drafts:
        topic = draft.doing.topic
        if reason := why[draft.address, topic, draft.customer]:
            drafts.append(draft._replace(state="cancelled", reason=f"{PREFIX}{reason}"))
        else:
            customers = draft.copies
            refused = [one for one in draft.cc if why[(to := normal(one)), topic, to in customers]]
            drafts.append(without_copies(draft, refused))
    if any(draft.goes for draft in drafts):
        return Change(case, tuple(drafts))
    reasons = (draft.reason for draft in drafts if draft.reason.startswith(PREFIX))
    return Judgement(case, "suppressed", next(reasons).removeprefix(PREFIX))


def without_copies(draft: Draft, left_out: Iterable[str]) -> Draft:
    """The draft without copies to some addresses."""
    gone = set(left_out)
    if not gone:
        return draft
    cc = tuple(one for one in draft.cc if one not in gone)
    kept = {normal(one) for one in cc}
    return draft._replace(cc=cc, copies=tuple(one for one in draft.copies if one in kept))
