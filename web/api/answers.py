"""What the API answers: the schemas that have names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...engine.catalog.builtin import PRIORITIES, QUOTE_STATES, STAGES, TASK_STATES
from ...engine.service.access import ROLES
from .shapes import (
    AMOUNT,
    ANY,
    DAY,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    WHOLE,
    Schema,
    many,
    maybe,
    named,
    one_of,
    page_of,
    record,
    ref,
)

_ABOUT: Final = {"entity": TEXT, "record": TEXT, "account": maybe(TEXT)}
_PLAY: Final = {"playbook": TEXT, "play": TEXT}
_EVENT: Final = record(at=MOMENT, actor=TEXT, kind=TEXT, data=named(ANY))

# ---------------------------------------------------------------------------------- work

_TASK: Final = {
    "id": TEXT,
    **_PLAY,
    **_ABOUT,
    "title": TEXT,
    "assignee": TEXT,
    "priority": one_of(PRIORITIES),
    "rank": maybe(NUMBER),
    "due": maybe(DAY),
    "kind": TEXT,
    "opened_on": DAY,
    "snoozed_until": maybe(DAY),
}
_WORK: Final[Mapping[str, Schema]] = {
    "Task": record(**_TASK),
    "TaskWhole": record(
        **_TASK,
        cycle=maybe(TEXT),
        state=one_of(TASK_STATES),
        checklist=many(record(text=TEXT, done=TRUTH)),
        outcomes=named(ANY),
        outcome=maybe(TEXT),
        note=maybe(TEXT),
        closed_on=maybe(DAY),
        closed_by=maybe(TEXT),
        mails=many(record(number=WHOLE, to=TEXT, name=maybe(TEXT), state=TEXT)),
        history=many(_EVENT),
        may_act=TRUTH,
        may_send=TRUTH,
    ),
    "Holder": record(name=TEXT, tasks=WHOLE),
    "HandedOver": record(tasks=WHOLE),
    "Mail": record(
        number=WHOLE,
        to=TEXT,
        name=TEXT,
        cc=many(TEXT),
        subject=TEXT,
        text=TEXT,
        trouble=TEXT,
        state=TEXT,
    ),
}

# ---------------------------------------------------------------------------------- customers

_VALUE: Final = record(
    value=ANY,
    type=TEXT,
    source=maybe(TEXT),
    loaded_at=maybe(MOMENT),
    unknown_because=many(TEXT),
    rivals=many(record(source=TEXT, value=ANY)),
)
_PART: Final = record(name=TEXT, weight=NUMBER, value=ANY, before=ANY, change=maybe(NUMBER))
_SCORE: Final = record(name=TEXT, value=ANY, band=ANY, before=ANY, change=maybe(NUMBER), parts=many(_PART))
_CUSTOMERS: Final[Mapping[str, Schema]] = {
    "CustomerFound": record(account=TEXT, name=TEXT),
    "Customer": record(
        key=TEXT,
        title=TEXT,
        loaded_on=DAY,
        compared=maybe(DAY),
        fields=named(_VALUE),
        above=many(record(relation=TEXT, entity=TEXT, key=TEXT)),
        scores=many(_SCORE),
        related=many(
            record(
                name=TEXT,
                entity=TEXT,
                columns=many(TEXT),
                rows=many(record(key=TEXT, values=many(ANY))),
                more=TRUTH,
            )
        ),
        tasks=many(record(**_TASK, state=TEXT, closed_on=maybe(DAY), outcome=maybe(TEXT))),
        messages=many(ref("Message")),
        answers=many(ref("Answer")),
        quotes=many(ref("QuoteShort")),
        opportunities=many(ref("Opportunity")),
    ),
    "Message": record(
        id=TEXT,
        **_PLAY,
        entity=TEXT,
        record=TEXT,
        type=TEXT,
        template=TEXT,
        recipient=TEXT,
        recipient_name=maybe(TEXT),
        state=TEXT,
        reason=TEXT,
        fired_on=DAY,
        send_at=MOMENT,
        sent_at=maybe(MOMENT),
        topic=TEXT,
    ),
    "Answer": record(
        survey=TEXT,
        entity=TEXT,
        record=TEXT,
        respondent=TEXT,
        number=WHOLE,
        quarantine=TEXT,
        at=MOMENT,
        question=TEXT,
        value=TEXT,
        name=maybe(TEXT),
    ),
    "Submission": record(
        id=TEXT,
        survey=TEXT,
        **_ABOUT,
        respondent=TEXT,
        number=WHOLE,
        quarantine=TEXT,
        at=MOMENT,
        answers=named(TEXT),
    ),
    "Survey": record(name=TEXT, entity=TEXT, questions=many(TEXT)),
    "Link": record(url=TEXT),
    "FeedItem": record(
        id=TEXT, **_PLAY, **_ABOUT, contact=maybe(TEXT), since=MOMENT, subject=TEXT, text=TEXT, html=TEXT
    ),
}

# ---------------------------------------------------------------------------------- operations

_OCCURRENCE: Final = {
    "id": TEXT,
    **_PLAY,
    "entity": TEXT,
    "record": TEXT,
    "key": TEXT,
    "due": DAY,
    "cycle": maybe(TEXT),
    "reason": TEXT,
    "detail": TEXT,
}
_RUN: Final = {
    "id": TEXT,
    "number": WHOLE,
    "as_of": MOMENT,
    "day": DAY,
    "snapshot": TEXT,
    "summary": named(ANY),
}
_VERDICT: Final = record(key=TEXT, due=DAY, verdict=TEXT, reason=TEXT, detail=TEXT, run=TEXT, as_of=MOMENT)
_WORDS: Final = record(about=TEXT, words=TEXT)
_FIGURES: Final = record(by=named(ANY), show=named(ANY), reached=maybe(TRUTH))
_OPERATIONS: Final[Mapping[str, Schema]] = {
    "Held": record(**_PLAY, reason=TEXT, count=WHOLE),
    "HeldOccurrence": record(**_OCCURRENCE, held_since=maybe(DAY)),
    "Effect": record(verdicts=named(WHOLE), messages=WHOLE, actions=many(named(ANY))),
    "Pause": record(scope=TEXT, since=MOMENT, actor=TEXT),
    "Run": record(**_RUN),
    "Decision": record(**_OCCURRENCE, verdict=TEXT),
    "Reasons": record(
        target=TEXT,
        entity=TEXT,
        record=TEXT,
        history=many(_VERDICT),
        trigger=maybe(named(ANY)),
        conditions=many(record(key=TEXT, expression=named(ANY))),
        loaded_on=maybe(DAY),
    ),
    "PlaybookShort": record(name=TEXT, describe=TEXT, owner=TEXT, entity=TEXT, plays=many(TEXT)),
    "Playbook": record(
        name=TEXT,
        describe=TEXT,
        owner=TEXT,
        details=many(_WORDS),
        plays=many(record(name=TEXT, due=TEXT, details=many(_WORDS), actions=many(TEXT))),
    ),
    "ReportShort": record(name=TEXT, describe=TEXT, entity=TEXT),
    "Report": record(
        report=TEXT,
        describe=TEXT,
        entity=TEXT,
        as_of=DAY,
        goal=maybe(TEXT),
        by=many(TEXT),
        show=many(TEXT),
        groups=many(_FIGURES),
        total=_FIGURES,
        unknown=WHOLE,
    ),
}

# ---------------------------------------------------------------------------------- selling

_LINE: Final = record(
    kind=TEXT,
    name=TEXT,
    label=named(TEXT),
    amount=AMOUNT,
    how=many(TEXT),
    quantity=maybe(AMOUNT),
    reason=maybe(named(TEXT)),
)
_QUOTE: Final = {
    "id": TEXT,
    "pricebook": TEXT,
    **_ABOUT,
    "cycle": maybe(TEXT),
    "state": one_of(QUOTE_STATES),
    "revision": WHOLE,
    "made_at": MOMENT,
    "made_on": DAY,
    "sent_on": maybe(DAY),
    "total": AMOUNT,
    "currency": TEXT,
    "valid_until": maybe(DAY),
}
_SELLING: Final[Mapping[str, Schema]] = {
    "QuoteContent": record(
        title=named(TEXT),
        quantity=maybe(AMOUNT),
        starts=maybe(DAY),
        ends=maybe(DAY),
        lines=many(_LINE),
        net=AMOUNT,
        tax=AMOUNT,
        total=AMOUNT,
        currency=TEXT,
        approval=TEXT,
    ),
    "QuoteShort": record(**_QUOTE, accepted_on=maybe(DAY), accepted_by=maybe(TEXT)),
    "Quote": record(
        **_QUOTE,
        content=ref("QuoteContent"),
        editable=many(TEXT),
        acceptance=maybe(record(revision=WHOLE, name=TEXT, terms=TEXT, actor=TEXT, at=MOMENT, day=DAY)),
        history=many(_EVENT),
        broken=maybe(WHOLE),
    ),
    "QuoteRevision": record(
        number=WHOLE,
        content=ref("QuoteContent"),
        total=AMOUNT,
        currency=TEXT,
        valid_until=maybe(DAY),
        reason=TEXT,
        actor=TEXT,
        made_at=MOMENT,
        hash=TEXT,
    ),
    "Opportunity": record(
        id=TEXT,
        **_PLAY,
        **_ABOUT,
        cycle=maybe(TEXT),
        title=TEXT,
        assignee=TEXT,
        amount=maybe(AMOUNT),
        currency=maybe(TEXT),
        stage=one_of(STAGES),
        opened_on=DAY,
        changed_on=DAY,
        meeting_on=maybe(DAY),
        closed_on=maybe(DAY),
        note=maybe(TEXT),
    ),
    "OpportunityWhole": record(
        opportunity=ref("Opportunity"), history=many(_EVENT), next_stages=many(one_of(STAGES))
    ),
}

# ---------------------------------------------------------------------------------- people

_PEOPLE: Final[Mapping[str, Schema]] = {
    "Me": record(
        name=TEXT,
        role=one_of(ROLES),
        token=TEXT,
        project=TEXT,
        timezone=TEXT,
        today=DAY,
    ),
    "Colleague": record(name=TEXT, title=TEXT, team=TEXT, manager=TEXT),
    "User": record(name=TEXT, role=one_of(ROLES), email=maybe(TEXT), signs_in_by=many(TEXT), state=TEXT),
    "Problem": {
        "type": "object",
        "description": "RFC 9457. `detail` says what happened, `next` what to do.",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "detail": TEXT,
            "next": TEXT,
            "errors": many(record(pointer=TEXT, detail=TEXT)),
        },
        "required": ["type", "title", "status", "detail", "next"],
    },
}

_WHOLE: Final = {**_WORK, **_CUSTOMERS, **_OPERATIONS, **_SELLING, **_PEOPLE}
_LISTED: Final = ("Task", "CustomerFound", "HeldOccurrence", "Run", "Decision", "Opportunity")
SCHEMAS: Final[Mapping[str, Schema]] = {**_WHOLE, **{f"{name}Page": page_of(name) for name in _LISTED}}
