"""Who must not be written to: unsubscribed, bounced, complained, told so by a person, never asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from .cases import GOING, Case, Judgement, Setting
from .contacts import normal, why_suppressed
from .model import TouchRow

PREFIX: Final = "suppressed: "  # of a touch's reason


def suppressed(cases: Sequence[Case], setting: Setting) -> tuple[list[Judgement], list[Case]]:
    """Messages to suppressed addresses do not go, copies are left out; the occurrence is `suppressed` where
    nothing else of it goes."""
    if not setting.contacts.suppressions and not setting.policy.promotes:
        return [], list(cases)
    judged: list[Judgement] = []
    kept: list[Case] = []
    for case in cases:
        touches = tuple([_judged(touch, setting) for touch in case.touches])
        if any(touch.state in GOING for touch in touches):
            kept.append(case if touches == case.touches else case.with_touches(touches))
        else:
            reason = touches[0].reason.removeprefix(PREFIX)
            judged.append(Judgement(case, "suppressed", reason))
    return judged, kept


def _judged(touch: TouchRow, setting: Setting) -> TouchRow:
    if touch.address is None:
        return touch
    reason = _why(touch.address, touch.customer, touch.topic, setting)
    if reason:
        return touch._replace(state="cancelled", reason=f"{PREFIX}{reason}")
    if touch.cc:
        return without_copies(touch, (one for one in touch.cc if _why_copy(touch, one, setting)))
    return touch


def _why(address: str, customer: bool, topic: str, setting: Setting) -> str:
    contacts = setting.contacts
    reasons = contacts.suppressions.get(address, ())
    found = why_suppressed(reasons, contacts.consents.get(address, {}), topic, setting.policy.rules)
    return "" if found == "consent" and not customer else found


def _why_copy(touch: TouchRow, copy: str, setting: Setting) -> str:
    address = normal(copy)
    return _why(address, address in touch.copies, touch.topic, setting)


def without_copies(touch: TouchRow, left_out: Iterable[str]) -> TouchRow:
    """The touch without copies to some addresses."""
    gone = set(left_out)
    if not gone:
        return touch
    cc = tuple(one for one in touch.cc if one not in gone)
    kept = {normal(one) for one in cc}
    return touch._replace(cc=cc, copies=tuple(one for one in touch.copies if one in kept))
