"""Every operation of the API: the one table of its paths, roles, parameters, bodies and answers."""

from __future__ import annotations

from typing import Final, get_args

from ...engine.catalog.builtin import PRIORITIES, STAGES
from ...engine.decide.verdicts import REASONS
from ...engine.ledger.worklist import Shown
from ...engine.service.access import ROLES
from ...engine.service.mailing import LONGEST_TEXT
from ...engine.service.quote_desk import MOST_WORDS as QUOTE_WORDS
from ...engine.service.worklist import MOST_WORDS, Whose
from . import customers, operations, people, selling, tasks
from .call import CURSOR, NAME, PLACE, ApiRoute
from .shapes import DAY, TRUTH, WHOLE, Schema, body, many, maybe, named, one_of, ref, text

_SAID: Final[Schema] = text(QUOTE_WORDS, empty=False)
_REASON: Final = body(("reason",), reason=_SAID)
_AMOUNT: Final[Schema] = {"type": "string", "pattern": "^-?[0-9]{1,15}([.][0-9]{1,6})?$"}
_ACCOUNT: Final = body(("account",), account=NAME)


def _default(schema: Schema, value: object) -> Schema:
    return {**schema, "default": value}


_PAGE: Final = body(cursor=CURSOR)
_WORKLIST: Final = body(
    whose=_default(one_of(get_args(Whose)), "mine"),
    shown=_default(one_of(get_args(Shown)), "open"),
    account=NAME,
    playbook=NAME,
    priority=one_of(PRIORITIES),
    limit=_default({**WHOLE, "minimum": 1, "maximum": 200}, 50),
    cursor=CURSOR,
)
_FEED: Final = body(("by", "key"), by=one_of(("contact", "record", "account")), key=NAME)
_SNOOZE: Final = body(("until", "reason"), until=DAY, reason=text(MOST_WORDS, empty=False))
_HANDOVER: Final = body(("from", "to"), **{"from": NAME, "to": NAME, "shift": TRUTH})
_CLOSE: Final = body(outcome=text(100), note=text(MOST_WORDS))
_CHECK: Final = body(("done",), done={**many(PLACE), "maxItems": 500})
_MAIL: Final = body(
    ("subject", "text"),
    subject=text(500, empty=False),
    text=text(LONGEST_TEXT, empty=False),
)
_EDIT: Final = body(
    ("reason",),
    reason=_SAID,
    amounts={**named(_AMOUNT), "maxProperties": 200},
    remove={**many(NAME), "maxItems": 200},
    add=body(("label", "amount"), label=_SAID, amount=_AMOUNT),
    valid_until=maybe(DAY),
)
_LEAD: Final[Schema] = {
    **body(
        ("entity", "record", "title"),
        entity=NAME,
        record=NAME,
        title=_SAID,
        assignee=NAME,
        amount=_AMOUNT,
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        note=text(MOST_WORDS),
    ),
    "dependentRequired": {"amount": ["currency"], "currency": ["amount"]},
}
_MOVE: Final = body(("stage",), stage=one_of(STAGES), note=text(MOST_WORDS), assignee=NAME, meeting_on=DAY)
_USER: Final[Schema] = {
    **body(role=one_of(ROLES), state=one_of(("active", "disabled"))),
    "minProperties": 1,
    "maxProperties": 1,
}
_QUOTE: Final = ref("Quote")
_TASK: Final = ref("TaskWhole")
_LEAD_WHOLE: Final = ref("OpportunityWhole")

ROUTES: Final[tuple[ApiRoute, ...]] = (
    ApiRoute("GET", "/me", "viewer", people.get_me, ref("Me")),
    ApiRoute("GET", "/colleagues", "viewer", people.list_colleagues, many(ref("Colleague"))),
    ApiRoute("GET", "/users", "admin", people.list_users, many(ref("User"))),
    ApiRoute("PATCH", "/users/{name}", "admin", people.change_user, ref("User"), body=_USER),
    # the worklist
    ApiRoute("GET", "/tasks", "viewer", tasks.list_tasks, ref("TaskPage"), query=_WORKLIST),
    ApiRoute("GET", "/tasks/{task}", "viewer", tasks.get_task, _TASK),
    ApiRoute("POST", "/tasks/{task}/close", "csm", tasks.close_task, _TASK, body=_CLOSE),
    ApiRoute("POST", "/tasks/{task}/snooze", "csm", tasks.snooze_task, _TASK, body=_SNOOZE),
    ApiRoute(
        "POST",
        "/tasks/{task}/reassign",
        "csm",
        tasks.reassign_task,
        _TASK,
        body=body(("to",), to=NAME, shift=TRUTH),
    ),
    ApiRoute("GET", "/handover", "csm", tasks.list_handovers, many(ref("Holder"))),
    ApiRoute("POST", "/handover", "csm", tasks.hand_over, ref("HandedOver"), body=_HANDOVER),
    ApiRoute("PUT", "/tasks/{task}/checklist", "csm", tasks.check_task, _TASK, body=_CHECK),
    ApiRoute("GET", "/tasks/{task}/mails/{number}", "csm", tasks.get_mail, ref("Mail")),
    ApiRoute("POST", "/tasks/{task}/mails/{number}", "csm", tasks.send_mail, None, 204, body=_MAIL),
    # customers
    ApiRoute(
        "GET",
        "/customers",
        "viewer",
        customers.list_customers,
        ref("CustomerFoundPage"),
        query=body(words=_default(text(500), ""), cursor=CURSOR),
    ),
    ApiRoute("GET", "/customers/{account:path}", "viewer", customers.get_customer, ref("Customer")),
    ApiRoute("GET", "/answers", "viewer", customers.list_answers, many(ref("Answer")), query=_ACCOUNT),
    ApiRoute("GET", "/quarantine", "viewer", customers.list_quarantine, many(ref("Submission"))),
    ApiRoute(
        "POST",
        "/quarantine/{submission}",
        "csm",
        customers.review_answers,
        None,
        204,
        body=body(("verdict",), verdict=one_of(("accepted", "rejected"))),
    ),
    ApiRoute("GET", "/surveys", "viewer", customers.list_surveys, many(ref("Survey"))),
    ApiRoute(
        "POST",
        "/surveys/{survey}/links",
        "csm",
        customers.begin_survey,
        ref("Link"),
        201,
        body=body(("record",), record=NAME),
    ),
    ApiRoute("GET", "/feed", "viewer", customers.list_feed, many(ref("FeedItem")), query=_FEED),
    ApiRoute("POST", "/feed/{item}/put-away", "csm", customers.put_away, None, 204),
    # operations
    ApiRoute("GET", "/approvals", "viewer", operations.list_approvals, many(ref("Held"))),
    ApiRoute(
        "GET", "/approvals/{target}", "viewer", operations.list_held, ref("HeldOccurrencePage"), query=_PAGE
    ),
    ApiRoute("GET", "/approvals/{target}/effect", "ops", operations.get_effect, ref("Effect")),
    ApiRoute("POST", "/approvals/{target}/approve", "ops", operations.approve, None, 204),
    ApiRoute("POST", "/approvals/{target}/reject", "ops", operations.reject, None, 204),
    ApiRoute("GET", "/pauses", "viewer", operations.list_pauses, many(ref("Pause"))),
    ApiRoute("PUT", "/pauses/{scope}", "ops", operations.pause, None, 204),
    ApiRoute("DELETE", "/pauses/{scope}", "ops", operations.resume, None, 204),
    ApiRoute("GET", "/runs", "viewer", operations.list_runs, ref("RunPage"), query=_PAGE),
    ApiRoute("GET", "/runs/{run}", "viewer", operations.get_run, ref("Run")),
    ApiRoute(
        "GET",
        "/runs/{run}/decisions",
        "viewer",
        operations.list_decisions,
        ref("DecisionPage"),
        query=body(verdict=_default(one_of(("", *REASONS)), ""), cursor=CURSOR),
    ),
    ApiRoute(
        "GET",
        "/explain",
        "viewer",
        operations.explain,
        ref("Reasons"),
        query=body(("play", "record"), play=NAME, record=NAME),
    ),
    ApiRoute("GET", "/playbooks", "viewer", operations.list_playbooks, many(ref("PlaybookShort"))),
    ApiRoute("GET", "/playbooks/{playbook}", "viewer", operations.get_playbook, ref("Playbook")),
    ApiRoute("GET", "/reports", "viewer", operations.list_reports, many(ref("ReportShort"))),
    ApiRoute("GET", "/reports/{report}", "ops", operations.get_report, ref("Report")),
    # quotes and opportunities
    ApiRoute("GET", "/quotes", "viewer", selling.list_quotes, many(ref("QuoteShort")), query=_ACCOUNT),
    ApiRoute("GET", "/quotes/{quote}", "viewer", selling.get_quote, _QUOTE, tagged=True),
    ApiRoute(
        "GET", "/quotes/{quote}/revisions", "viewer", selling.list_revisions, many(ref("QuoteRevision"))
    ),
    ApiRoute(
        "POST",
        "/quotes/{quote}/revisions",
        "csm",
        selling.revise_quote,
        _QUOTE,
        201,
        body=_EDIT,
        tagged=True,
        matched=True,
    ),
    ApiRoute(
        "POST",
        "/quotes/{quote}/withdraw",
        "csm",
        selling.withdraw_quote,
        _QUOTE,
        body=_REASON,
        tagged=True,
        matched=True,
    ),
    ApiRoute("POST", "/quotes/{quote}/send", "csm", selling.send_quote, _QUOTE, tagged=True, matched=True),
    ApiRoute(
        "GET",
        "/opportunities",
        "viewer",
        selling.list_opportunities,
        ref("OpportunityPage"),
        query=body(stage=_default(one_of(("", *STAGES)), ""), cursor=CURSOR),
    ),
    ApiRoute("POST", "/opportunities", "csm", selling.create_opportunity, _LEAD_WHOLE, 201, body=_LEAD),
    ApiRoute("GET", "/funnel", "viewer", selling.count_opportunities, named(WHOLE)),
    ApiRoute("GET", "/opportunities/{opportunity}", "viewer", selling.get_opportunity, _LEAD_WHOLE),
    ApiRoute(
        "POST", "/opportunities/{opportunity}/move", "csm", selling.move_opportunity, _LEAD_WHOLE, body=_MOVE
    ),
)
