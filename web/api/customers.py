"""Customers: found, whole, what they answered, and what the product shows them."""

from __future__ import annotations

from ...engine.service import asking, browsing, responding
from ...engine.service.customer import customer, find_customers
from .answers import SCHEMAS
from .call import Call
from .problems import missing


def list_customers(call: Call) -> object:
    """A page of the accounts of the last load whose key or name contains the words."""
    found = find_customers(call.office, call.query["words"], call.after)
    return call.page(found.accounts, found.after)


def get_customer(call: Call) -> object:
    """All about one account: facts, scores and what moved them, tasks, messages, answers, quotes, leads."""
    found = customer(call.office, call.parts["account"])
    if found is None:
        raise missing("account in the facts of the last load")
    told = {name: getattr(found, name) for name in SCHEMAS["Customer"]["properties"]}
    masked = {field.name: field.to_json() for field in found.fields}
    return {**told, "fields": masked}


def list_answers(call: Call) -> object:
    """The last 100 answers of an account's people, also what is kept apart and older versions."""
    return responding.answers_of(call.office, call.query["account"])


def list_quarantine(call: Call) -> object:
    """Answers that look automated and wait for somebody to judge them."""
    return browsing.waiting(call.office).answers


def review_answers(call: Call) -> None:
    """Say whether answers that look automated are a person's."""
    accepted = call.body["verdict"] == "accepted"
    browsing.review(call.office, call.person, call.parts["submission"], accepted=accepted)


def list_surveys(call: Call) -> object:
    """The surveys of the project."""
    return [(one.name, one.entity, list(one.questions)) for one in asking.surveys(call.office)]


def begin_survey(call: Call) -> object:
    """A link for you alone, to fill in a survey about a record in your own name."""
    survey, record = call.parts["survey"], call.body["record"]
    token = asking.begin(call.office, call.person, call.keys, survey, record)
    return {"url": f"{call.url}/s/{token}"}


def list_feed(call: Call) -> object:
    """What the product is to show now: to a contact (an address), about a record or an account; the newest
    first."""
    return responding.feed_of(call.office, **{call.query["by"]: call.query["key"]})


def put_away(call: Call) -> None:
    """Show an item of the feed no more: whom it was for has seen it."""
    responding.put_away(call.office, call.person, call.parts["item"])
